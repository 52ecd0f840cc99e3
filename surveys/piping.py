"""Earlier answers inside a later text: ``[[key]]`` in a question, hint or introduction. Pure: no database.

``key`` names an earlier item (``Question.items``), or ``subject``: whom the wave is about. In the page of an
anonymous wave the script fills it in, and what is filled in never leaves the page for that.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from surveys.questionnaire import OTHER, Kind, Question, Questionnaire, item_key

# In place of a key: whom the wave is about. No question has this key.
SUBJECT = "subject"
# Where nothing was answered.
NOTHING = "\N{HORIZONTAL ELLIPSIS}"
_MARK = re.compile(r"\[\[\s*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?)\s*\]\]")


def mark(key: str) -> str:
    """What stands in a text for the answer to the item with this key."""
    return f"[[{key}]]"


def keys(text: str) -> tuple[str, ...]:
    """The keys a text asks for, each once, in order."""
    return tuple(dict.fromkeys(_MARK.findall(text)))


def names_subject(questionnaire: Questionnaire) -> bool:
    """Whether any of its words asks for whom the wave is about."""
    return any(SUBJECT in keys(text) for text in questionnaire.words.values())


def fill(text: str, given: Mapping[str, str]) -> str:
    """The text with words by key in their places; what an answer holds is never taken for a mark.

    ``given`` is of ``words_of``. The result is plain text: escape it as any other.
    """
    return _MARK.sub(lambda found: given.get(found[1]) or NOTHING, text)


def fill_live(text: str, given: Mapping[str, str]) -> SafeString:
    """As ``fill``, as markup in which ``answer.js`` keeps each answer up to date."""

    def place(found: re.Match[str]) -> str:
        words = given.get(found[1]) or NOTHING
        if found[1] == SUBJECT:
            return format_html("<bdi>{}</bdi>", words)
        return format_html('<bdi data-pipe="{}">{}</bdi>', found[1], words)

    # Escaping leaves brackets as they are.
    return mark_safe(_MARK.sub(place, escape(text)))  # noqa: S308 - escaped first, and each word by itself


def words_of(
    questionnaire: Questionnaire,
    options: Mapping[str, Sequence[str]],
    texts: Mapping[str, str],
    subject: str = "",
) -> dict[str, str]:
    """By key what was answered, as people read it; ``options`` and ``texts`` as in an ``AnswerSheet``."""
    words = {SUBJECT: subject} if subject else {}
    for item in questionnaire.items():
        typed = texts.get(item.key, "")
        if item.kind.is_banded:
            said = _typed(item, typed)
        elif item.kind.is_text:
            said = typed
        else:
            in_own_words = texts.get(item_key(item.key, OTHER), "")
            said = ", ".join(label_of(item, code, in_own_words) for code in options.get(item.key, ()))
        if said:
            words[item.key] = said
    return words


def label_of(item: Question, code: str, in_own_words: str = "") -> str:
    """One answer as people read it: of a scale the number alone, of "other" their own words."""
    if item.kind is Kind.YES_NO:
        return {"yes": _("Yes"), "no": _("No")}.get(code, code)
    if code == OTHER and item.other:
        return in_own_words or _("Other")
    return next((option.label for option in item.options if option.code == code), code)


def _typed(item: Question, typed: str) -> str:
    if item.kind is not Kind.DATE or not typed:
        return typed
    try:
        return date_format(dt.date.fromisoformat(typed), "DATE_FORMAT")
    except ValueError:
        return typed
