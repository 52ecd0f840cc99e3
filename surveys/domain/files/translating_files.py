"""The words of a survey as a table for translators who never come here, and what they made of it.

Four columns: the place, what it is, the original under the code of its language, the translation under the
code of its own. What comes back may be a workbook or CSV; places with an empty translation stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from common.csv_export import runs_as_formula
from common.forms import clean_text
from common.importing.grid import Grid
from common.importing.problems import UnreadableFile
from surveys.domain.building.translating import Place, places_of
from surveys.models import Survey

_PLACE, _ORIGINAL, _TRANSLATION = 0, 2, 3


def rows_of(survey: Survey, language: str) -> list[list[str]]:
    """With the headings."""
    heading = [_("Place"), _("What it is"), survey.language, language]
    return [
        heading,
        *(
            [place.name, str(place.label), place.original, place.translation(language)]
            for place in places_of(survey)
        ),
    ]


@dataclass
class Texts:
    """What a file holds for a survey, by place; ``unknown`` rows name no text of it (any more)."""

    words: dict[str, str] = field(default_factory=dict)
    made_from: dict[str, str] = field(default_factory=dict)
    unknown: int = 0


def headings_of(survey: Survey, language: str) -> list[str]:
    """By which the row of headings is found."""
    return rows_of(survey, language)[0]


def read_texts(survey: Survey, language: str, grid: Grid) -> Texts:
    """Raises UnreadableFile where it is another table, or a text is too long for its place."""
    _refuse_another_table(language, grid)
    places = {place.name: place for place in places_of(survey)}
    texts, too_long = Texts(), []
    for number, cells in grid.lines:
        place = places.get(_cell(cells, _PLACE))
        if place is None:
            texts.unknown += 1
            continue
        text = clean_text(_cell(cells, _TRANSLATION), lines=place.lines).strip()
        if len(text) > place.longest:
            words = _("Row %(row)d: at most %(longest)d characters.")
            too_long.append(words % {"row": number, "longest": place.longest})
        if text:
            texts.words[place.name] = text
            texts.made_from[place.name] = _original(place, _cell(cells, _ORIGINAL))
    if too_long:
        raise UnreadableFile(" ".join([_("Please shorten these."), *too_long[:10]]))
    return texts


def _refuse_another_table(language: str, grid: Grid) -> None:
    if len(grid.headings) <= _TRANSLATION:
        raise UnreadableFile(_("This is another table. Please use the one that was taken out here."))
    found = grid.headings[_TRANSLATION].strip().lower()
    if found != language:
        words = _("The fourth column should be “%(language)s”, and here it is “%(found)s”.")
        raise UnreadableFile(words % {"language": language, "found": found[:20]})


def _original(place: Place, seen: str) -> str:
    """What the translator saw; the spaces and line ends of a spreadsheet make no other text."""
    return place.original if seen.split() == place.original.split() or not seen.strip() else seen


def _cell(cells: Sequence[str], column: int) -> str:
    """Without the apostrophe that keeps a spreadsheet from running what it believes to be a formula."""
    text = cells[column].strip() if column < len(cells) else ""
    return text[1:] if text.startswith("'") and runs_as_formula(text[1:]) else text
