"""What our own logs may say: routes instead of addresses, an error's class and place instead of its words.

One line an event, as JSON in production. Nothing that somebody wrote, no address, token or name gets in,
whatever the level: requests by their route, exceptions without text and without values, and of what other
packages log only the sentence, never what they would put into it.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Any

import structlog
from django.http import HttpRequest
from structlog.typing import EventDict, Processor

# Our apps say what they mean.
OURS = ("portal", "culture_portal", "surveys", "customers", "notifications", "people", "common")
# These speak of processes and connections, until something goes wrong and they quote it.
MACHINERY = ("celery", "kombu", "gunicorn")
# Three lines a tick of nothing but names and arguments; only their trouble is of interest.
_TALKATIVE = ("celery.app.trace", "celery.worker.strategy", "celery.worker.request", "celery.beat")

# What our lines may carry beside their sentence.
EXTRA = ("method", "route", "status", "ms")

_MOST_FRAMES = 12


def route_of(request: HttpRequest) -> str:
    """The pattern the address matched, such as ``/a/<handle>/<mac>/``."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "/(no route)"


def is_unwatched(request: HttpRequest) -> bool:
    """Whether the view bears the mark ``unwatched``: of its visitors nobody shall learn who came when."""
    return bool(request.resolver_match and getattr(request.resolver_match.func, "unwatched", False))


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """For ``logging.config.dictConfig``; ``level`` is that of our own apps, others speak of trouble only."""
    renderer: Processor = structlog.processors.JSONRenderer() if as_json else _readable
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    without_words,
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(allow=EXTRA),
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": level} for name in OURS},
            **{name: {"level": "INFO"} for name in MACHINERY},
            **{name: {"level": "WARNING"} for name in _TALKATIVE},
            # It brings handlers of its own, and lines that are not JSON.
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            # Refusals stand in the request log already.
            "django.request": {"level": "ERROR"},
            # Statements carry parameters, and parameters carry answers: never logged, whatever the level.
            "django.db.backends": {"level": "WARNING"},
        },
    }


def without_words(logger: Any, name: str, event: EventDict) -> EventDict:
    """Put what may be said in the place of what the record holds."""
    record: logging.LogRecord = event["_record"]
    event["event"] = _sentence(record, str(event["event"]))
    event.pop("stack_info", None)
    if event.pop("exc_info", None) and record.exc_info and record.exc_info[0]:
        event["error"] = record.exc_info[0].__name__
        event["at"] = list(places(record.exc_info[2]))
    return event


def _sentence(record: logging.LogRecord, message: str) -> str:
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        # Django says "Not Found: /path", or repeats what the visitor sent as host or form.
        return f"{_what(record)}: {route_of(request)}"
    if record.name == "celery.app.trace":
        return "A task failed"
    speaks_of_itself = _is_of(record, MACHINERY) and record.levelno < logging.WARNING
    if _is_of(record, OURS) or speaks_of_itself or "time limit" in str(record.msg):
        return message
    # Without what it would have put in: the class, where somebody logs an exception itself.
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__


def _what(record: logging.LogRecord) -> str:
    if record.name.startswith("django.security."):
        return f"Refused for {record.name.removeprefix('django.security.')}"
    return HTTPStatus(getattr(record, "status_code", 500)).phrase


def _is_of(record: logging.LogRecord, names: tuple[str, ...]) -> bool:
    return any(record.name == name or record.name.startswith(f"{name}.") for name in names)


def places(trace: TracebackType | None) -> Iterator[str]:
    """Where it came through, innermost first, without what was said or held there."""
    for frame in reversed(traceback.extract_tb(trace)[-_MOST_FRAMES:]):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"


def _readable(logger: Any, name: str, event: EventDict) -> str:
    """One line for the terminal: time, level, who, what, and the rest as name=value."""
    begin = [event.pop(key, "") for key in ("timestamp", "level", "logger", "event")]
    begin[1] = str(begin[1]).upper()
    at = event.pop("at", [])
    rest = [f"{key}={value}" for key, value in event.items() if value is not None]
    return "\n".join([" ".join([*map(str, begin), *rest]), *(f"    at {place}" for place in at)])
