"""The results of a group as files: figures, change and comments, from the cells the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.xlsx_export import Sheet
from surveys.domain.counting.releasing import ReleasedGroup, breakdown_label
from surveys.domain.results.reading import GroupPage, title_of, why_not
from surveys.domain.results.reporting import Withheld, csv_rows
from surveys.domain.results.trending import ItemChange
from surveys.questionnaire import Question


def sheets(page: GroupPage, changed: Sequence[ItemChange]) -> list[Sheet]:
    return [
        Sheet(_("Figures"), [export_header(), *export_rows(page)]),
        Sheet(_("Change"), [change_header(), *change_rows(changed)]),
        Sheet(_("Comments"), [comment_header(), *comment_rows(page)]),
    ]


def export_header() -> tuple[str, ...]:
    return (
        pgettext("in a file", "group"),
        pgettext("in a file", "question"),
        pgettext("in a file", "part"),
        pgettext("in a file", "figure"),
        pgettext("in a file", "answer"),
        pgettext("in a file", "value"),
        pgettext("in a file", "cell"),
    )


def export_rows(page: GroupPage) -> Iterator[tuple[str | float, ...]]:
    """Every figure of the group and of those directly below it, each with the name of its cell.

    Numbers of a wave by name are numbers; the others are words with open ends.
    """
    release = page.release
    for group in (page.group, *page.below):
        for question in page.questionnaire.items():
            values = ("", *release.breakdown_values(question.key, group.code))
            for value in values:
                yield from _export_cell(page, question, group, value)


def _export_cell(
    page: GroupPage, question: Question, group: ReleasedGroup, value: str
) -> Iterator[tuple[str | float, ...]]:
    release = page.release
    cell = release.cell(question.key, group.code, value)
    place = (group.name, title_of(question), breakdown_label(value) if value else "")
    if isinstance(cell, Withheld):
        yield (*place, pgettext("in a file", "not shown"), "", why_not(release, cell), str(cell.ref))
        return
    for figure, answer, said in csv_rows(question, cell, anonymous=release.anonymous):
        yield (*place, figure, answer, said if release.anonymous else _number(said), str(cell.ref))


def _number(value: str) -> str | float:
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() and "." not in value else number


# --- Change -------------------------------------------------------------------------------------------------
def change_header() -> tuple[str, ...]:
    return (
        pgettext("in a file", "question"),
        pgettext("in a file", "figure"),
        pgettext("in a file", "wave before"),
        pgettext("in a file", "before"),
        pgettext("in a file", "now"),
        pgettext("in a file", "difference"),
        pgettext("in a file", "interval 95 %"),
        pgettext("in a file", "change"),
        pgettext("in a file", "cells"),
    )


def change_rows(changed: Sequence[ItemChange]) -> Iterator[tuple[str, ...]]:
    for item in changed:
        for change in item.changes:
            yield (
                title_of(item.read.question),
                change.label,
                item.earlier.wave.title,
                change.then_words,
                change.now_words,
                change.difference_words,
                change.interval_words,
                change.verdict.label if change.verdict else _("too few answers to judge"),
                item.cells,
            )


# --- Comments -----------------------------------------------------------------------------------------------
def comment_header() -> tuple[str, ...]:
    return (pgettext("in a file", "question"), pgettext("in a file", "comment"))


def comment_rows(page: GroupPage) -> Iterator[tuple[str, ...]]:
    """As on the page; those given by name stand with their names, in another file."""
    for read in page.texts:
        for comment in read.comments:
            yield read.title, comment.text
