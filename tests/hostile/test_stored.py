"""What got into the database somehow is still shown harmlessly, on every page and in every file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from tests.authz.table import TABLE, VARIETIES, Line
from tests.authz.visiting import Visitors, undone
from tests.authz.world import World
from tests.hostile.doors import MORE
from tests.hostile.pages import Page

pytestmark = pytest.mark.django_db

OURS = {"culture_portal", "surveys", "customers", "notifications", "people", "common"}
# What something else is found by, or what only the portal itself writes and reads.
NOT_WORDS = (models.SlugField, models.EmailField)
KEYS = {
    "Message": {"kind", "key", "series", "message_id", "claimed_by"},
    "Notice": {"kind", "key", "series", "category"},
    "Muted": {"category"},
    "Progress": {"key", "permission", "next_url"},
    "Invitation": {"handle"},
    "ReleasedCount": {"question_key", "option"},
    "Atom": {"question_key", "breakdown_value"},
    "Comment": {"question_key"},
    "Answer": {"question_key", "option"},
    "AuditEntry": {"object_type", "object_id"},
    "OptOut": {"category"},
    "Person": {"password", "working_days", "employee_number"},
    "Survey": {"template_code"},
    "Wave": {"breakdown"},
    "ImportRun": {"digest", "language"},
    "Organisation": {"logo_digest"},
}
LABELS = {"label", "text", "title", "intro", "help", "low_label", "high_label"}
POISONS = [
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7|add:7 }}{% csrf_token %}%s{0}",
    "</textarea></title></select><svg/onload=alert(1)> &lt;b&gt; \u202e\u2066 \U0001f469\u200d\U0001f680",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
]


def poison(text: str) -> None:
    """Into every text a person could have typed, as far as it is long enough."""
    poison_with(lambda room: text[:room])


def poison_with(words: Callable[[int], str]) -> None:
    """``words`` gives what goes into the next text, for so many characters."""
    _let_everything_be_changed()
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.concrete_fields:
            if _holds_words(model, field):
                _poison_column(model, field, words)
            elif isinstance(field, models.JSONField):
                for row in model._base_manager.exclude(**{f"{field.name}__isnull": True}):
                    value = _poisoned_labels(getattr(row, field.name), words)
                    model._base_manager.filter(pk=row.pk).update(**{field.name: value})


def _let_everything_be_changed() -> None:
    """PostgreSQL itself keeps what a launched wave promised; until the rollback it looks away."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in apps.get_models():
            if model._meta.app_label in OURS:
                cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE TRIGGER USER')


def _holds_words(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    return (
        isinstance(field, (models.CharField, models.TextField))
        and not isinstance(field, NOT_WORDS)
        and not field.choices
        and not field.primary_key
        and (field.max_length is None or field.max_length >= 30)
        and field.name != "time_zone"
        and field.name not in KEYS.get(model.__name__, set())
    )


def _poison_column(
    model: type[models.Model], field: models.Field[Any, Any], words: Callable[[int], str]
) -> None:
    for pk in model._base_manager.values_list("pk", flat=True):
        # Names that must differ end in their number.
        ending = f" {pk}"[-20:]
        text = words((field.max_length or 300) - len(ending)) + ending
        model._base_manager.filter(pk=pk).update(**{field.name: text})


def _poisoned_labels(value: Any, words: Callable[[int], str]) -> Any:
    """Words of a questionnaire and of its options; codes and keys stay."""
    if isinstance(value, dict):
        return {
            key: words(300) if key in LABELS else _poisoned_labels(one, words) for key, one in value.items()
        }
    if isinstance(value, list):
        return [_poisoned_labels(one, words) for one in value]
    return value


@pytest.mark.parametrize("text", POISONS)
def test_every_page_shows_it_as_words(text: str, world: World, visitors: Visitors) -> None:
    wrong = []
    shown = 0
    with undone():
        poison(text)
        for line in [*TABLE, *VARIETIES, *MORE]:
            if "GET" not in line.methods:
                continue
            with undone():
                response = visitors.visit(line.insider(), "GET", line.url(world)).response
            kind = response.get("Content-Type", "")
            if response.status_code >= 500:
                wrong.append(f"{line}: {response.status_code} {getattr(response, 'exc_info', None)}")
            elif kind.startswith("text/html"):
                dangers = Page("/", response.content.decode()).dangers
                wrong += [f"{line}: {danger}" for danger in dangers if danger not in allowed(line)]
                shown += 1
            elif kind.startswith("text/csv"):
                wrong += [f"{line}: the formula {cell!r}" for cell in formulas(response.content.decode())]
    assert wrong == []
    assert shown > 5


def allowed(line: Line) -> set[str]:
    """A mail brings its own style along; which one is in the policy, see tests/authz/test_headers.py."""
    return {"<style>"} if line.name.endswith(("mail-html", "text-html", "words-html")) else set()


def formulas(text: str) -> list[str]:
    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
    return [cell for cell in cells if is_formula(cell)]


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would take this for a formula."""
    return cell.lstrip()[:1] in {"=", "+", "@", "\t", "\r", "＝", "＋", "－", "＠"} or (
        cell.startswith("-") and not cell[1:2].isdigit() and cell != "-"
    )
