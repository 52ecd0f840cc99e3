"""The faults, each a row of the table."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import redis

from culture_portal.proving.judging import Row, judge
from culture_portal.proving.mortal import POINTS
from culture_portal.proving.rehearsing import PATIENCE, Stage, careless
from surveys.models import Invitation

# (in words, the sink's manner, with which chance)
ANSWERS = (
    ("SMTP 421 and hung up", "busy", 0.5),
    ("SMTP 450", "later", 0.5),
    ("SMTP 550", "never", 0.3),
    ("SMTP 452 after the text", "full", 0.5),
    ("SMTP silent before its banner", "mute", 0.5),
    ("SMTP silent after the text", "hang", 0.15),
    ("SMTP closed before its 250", "cut", 0.3),
    ("SMTP slow", "slow", 0.3),
)
# How long a fault lasts that has no end of its own.
WHILE = 4.0


@dataclass(frozen=True)
class Size:
    mails: int
    kills: int
    small: bool

    @property
    def part(self) -> int:
        """Mails of a fault without kills."""
        return 40 if self.small else max(60, self.mails // 20)


def play_all(stage: Stage, *, mails: int, kills: int, small: bool) -> list[Row]:
    """Every fault in turn; the small run leaves some out and strikes at named points more often."""
    size = Size(mails, kills, small)
    if small:
        stage.point_every = 2
    stage.make_waves()
    stage.start_workers()
    stage.installation.start_beat("beat one")
    rows = [_killed(stage, size)]
    rows.append(
        _played(stage, "answers at the same instant", size.part * 2, lambda row: _answered(stage, row))
    )
    rows.append(_two_a_day(stage, size))
    rows += [_smtp(stage, size, *answer) for answer in (ANSWERS[2:7:3] if small else ANSWERS)]
    rows.append(_played(stage, "PostgreSQL restarted", size.part, lambda row: _database_away(stage, row)))
    rows.append(
        _played(stage, "Redis flushed and restarted", size.part, lambda row: _broker_away(stage, row))
    )
    if not small:
        rows.append(_played(stage, "three dispatchers", size.part, lambda row: _three(stage, row)))
        rows.append(_played(stage, "two beats", size.part, lambda row: _two_beats(stage)))
    stage.installation.stop("beat one")
    rows.append(_careless(stage, size, "every broker message doubled", 2))
    rows.append(_careless(stage, size, "every broker message dropped", 0))
    stage.installation.start_beat("beat one")
    rows += [_wrong(stage, size, *each) for each in (("mark_first", "lost"), ("send_first", "doubled"))]
    return rows


def _played(
    stage: Stage,
    fault: str,
    mails: int,
    inject: Callable[[Row], object],
    *,
    closed: bool = True,
    each: int = 1,
    refusals: bool = False,
    wrong: str = "",
) -> Row:
    """One row from empty tables to rest."""
    began = time.monotonic()
    row = Row(fault, wrong=wrong)
    stage.clear()
    stage.put(mails, closed=closed, each=each)
    inject(row)
    stage.rest()
    judge(row, replace(stage.expected, refusals=refusals), stage.installation.sink.lines())
    row.kills = stage.kills
    if row.lost_as:
        row.note = "; ".join(filter(None, [row.note, f"lost as {dict(row.lost_as)}"]))
    row.seconds = round(time.monotonic() - began, 1)
    print(f"{row.seconds:6.1f} s  {row.fault}: {row.verdict}", flush=True)
    return row


# --- Kills --------------------------------------------------------------------------------------------------
def _killed(stage: Stage, size: Size) -> Row:
    fault = "workers killed at random and at each point"
    return _played(stage, fault, size.mails, lambda row: _under_kills(stage, size, row))


def _wrong(stage: Stage, size: Size, dispatcher: str, breaks: str) -> Row:
    stage.stop_workers()
    stage.instead = {"PROVING_DISPATCHER": dispatcher}
    stage.start_workers()
    return _played(
        stage,
        f"{dispatcher.replace('_', ' ')}, wrong on purpose",
        size.mails,
        lambda row: _under_kills(stage, size, row),
        # It looks at nobody's hours, which is not what it is here for.
        closed=False,
        wrong=breaks,
    )


def _under_kills(stage: Stage, size: Size, row: Row) -> None:
    # Not every strike hits; and some mails are kept for the points that nobody came to.
    at_once = max(1, size.mails // (2 * size.kills))
    kept = at_once * 2 * len(POINTS)
    told = 0
    while stage.kills < size.kills:
        if len(stage.unreleased) > kept:
            stage.release(at_once)
        stage.wake()
        stage.wait_for_a_mail()
        stage.strike()
        if stage.kills >= told + 50:
            told = stage.kills
            print(f"          {told} kills", flush=True)
    for point in POINTS:
        stage.strike_at(point, at_once)
    places = stage.hits + stage.points
    row.note = ", ".join(f"{count} {place}" for place, count in sorted(places.items()))


# --- What else may happen -----------------------------------------------------------------------------------
def _answered(stage: Stage, row: Row) -> None:
    """Half of them answer while the mails go out, in an order of their own."""
    invitations = list(Invitation.objects.select_related("wave").order_by("-pk")[: len(stage.keys)])
    stage.dice.shuffle(invitations)
    answering = threading.Thread(target=stage.answer, args=[invitations[::2]])
    stage.release()
    answering.start()
    stage.wake()
    stage.wake()
    answering.join()
    row.note = f"{len(stage.answered)} answered"


def _two_a_day(stage: Stage, size: Size) -> Row:
    def release(row: Row) -> None:
        stage.release()
        stage.wake()
        stage.wake()

    return _played(stage, "two mails for one person on one day", size.part * 2, release, each=2)


def _smtp(stage: Stage, size: Size, fault: str, manner: str, chance: float) -> Row:
    def inject(row: Row) -> None:
        stage.installation.sink.behave(manner, chance)
        stage.release()
        stage.wake()
        time.sleep(WHILE)

    return _played(stage, fault, size.part, inject, refusals=manner == "never")


def _database_away(stage: Stage, row: Row) -> None:
    for _ in range(3):
        stage.release(math.ceil(len(stage.keys) / 3))
        stage.wake()
        time.sleep(stage.dice.uniform(0.1, 0.5))
        stage.database.restart()
        time.sleep(0.5)
    row.note = f"{stage.database.how}, three times"


def _broker_away(stage: Stage, row: Row) -> None:
    for _ in range(2):
        stage.release(math.ceil(len(stage.keys) / 2))
        stage.wake()
        time.sleep(stage.dice.uniform(0.1, 0.5))
        redis.Redis.from_url(f"{stage.broker.url}/14").flushdb()
        stage.broker.restart()
    row.note = f"flushed, then {stage.broker.how}, twice"


def _three(stage: Stage, row: Row) -> None:
    stage.start_workers("worker three")
    stage.release()
    for _ in range(12):
        stage.wake()
        time.sleep(0.05)
    row.note = "three workers of two processes each"


def _two_beats(stage: Stage) -> None:
    stage.installation.start_beat("beat two")
    for _ in range(4):
        stage.release(math.ceil(len(stage.keys) / 4))
        time.sleep(1.5)
    stage.installation.stop("beat two")


def _careless(stage: Stage, size: Size, fault: str, copies: int) -> Row:
    with _clock_behind(stage, copies) as seen:

        def inject(row: Row) -> None:
            deadline = time.monotonic() + PATIENCE
            while not seen["messages"]:
                assert time.monotonic() < deadline, "the clock does not start"
                time.sleep(0.1)
            for _ in range(4):
                stage.release(math.ceil(len(stage.keys) / 4))
                time.sleep(WHILE / 3)
            row.note = f"{seen['messages']} messages, each handed on {copies} times"

        return _played(stage, fault, size.part, inject)


@contextmanager
def _clock_behind(stage: Stage, copies: int) -> Iterator[dict[str, int]]:
    """A clock that the workers hear only through a careless broker."""
    source = f"{stage.broker.url}/13"
    stage.installation.start_beat("beat", REDIS_URL=source)
    with careless(source, f"{stage.broker.url}/14", copies) as seen:
        yield seen
    stage.installation.stop("beat")
