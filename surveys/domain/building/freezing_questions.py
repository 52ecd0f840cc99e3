"""The questions of a survey as they stand, as plain values: what a wave keeps of the day it is launched."""

from __future__ import annotations

from dataclasses import replace

from surveys import questionnaire
from surveys.conditions import Condition
from surveys.models import Question, Section, Survey, Wave

# Before the name of a place: what its translation was made from, see ``translating``. Never frozen.
MEMORY = "#"


def freeze_questionnaire(survey: Survey) -> questionnaire.Questionnaire:
    """The survey's questions as they stand now; parts without a question are left out."""
    rows = survey.sections.prefetch_related("questions__behaviour")
    sections = [section for section in rows if section.questions.all()]
    frozen = questionnaire.Questionnaire(
        title=survey.title,
        intro=survey.intro,
        version=survey.version,
        language=survey.language,
        sections=tuple(
            questionnaire.Section(
                section.title, section.intro, tuple(freeze_question(row) for row in section.questions.all())
            )
            for section in sections
        ),
    )
    known = frozen.words
    translations = {}
    for language in survey.languages:
        words = _words(survey, sections, language)
        # Words of a hint that is gone, and what translations were made from, stay with the rows.
        translations[language] = {place: text for place, text in words.items() if text and place in known}
    return replace(frozen, translations=translations)


def questionnaire_of(wave: Wave) -> questionnaire.Questionnaire:
    """What the wave asks, or would ask if it were launched now."""
    is_frozen = wave.questionnaire_json is not None
    return wave.questionnaire if is_frozen else freeze_questionnaire(wave.survey)


def _words(survey: Survey, sections: list[Section], language: str) -> dict[str, str]:
    """All that is stored of the survey in a language, by its place in the questionnaire."""
    words = dict(survey.translations.get(language, {}))
    for number, section in enumerate(sections):
        for place, text in section.translations.get(language, {}).items():
            words[f"section.{number}.{place}"] = text
        for row in section.questions.all():
            words |= {
                f"{row.key}.{place}": text for place, text in row.translations.get(language, {}).items()
            }
    return words


def freeze_question(row: Question) -> questionnaire.Question:
    """Only what its kind has of ends, options, rows and bounds: rows may carry leftovers."""
    kind = questionnaire.Kind(row.kind)
    options, rows = _options_of(kind, row)
    low, high = _ends_of(kind, row, options)
    least, most = _bounds_of(kind, row)
    has_ends = high > low
    return questionnaire.Question(
        key=row.key,
        kind=kind,
        text=row.text,
        help=row.help,
        required=row.required,
        behaviour=row.behaviour.code if row.behaviour else "",
        low=low,
        high=high,
        low_label=row.low_label if has_ends else "",
        high_label=row.high_label if has_ends else "",
        options=options,
        driver=row.driver,
        other=row.other and kind in {questionnaire.Kind.SINGLE, questionnaire.Kind.MULTIPLE},
        rows=rows,
        unit=row.unit if kind is questionnaire.Kind.NUMBER else "",
        least=least,
        most=most,
        condition=Condition.from_json(row.condition) if row.condition else None,
    )


def _options_of(
    kind: questionnaire.Kind, row: Question
) -> tuple[tuple[questionnaire.Option, ...], tuple[questionnaire.Option, ...]]:
    """Options and rows."""
    with_options = kind in {
        questionnaire.Kind.SINGLE,
        questionnaire.Kind.MULTIPLE,
        questionnaire.Kind.RANKING,
        questionnaire.Kind.MATRIX,
    }
    options = tuple(questionnaire.Option(**option) for option in row.options) if with_options else ()
    rows = tuple(questionnaire.Option(**one) for one in row.rows)
    return options, rows if kind is questionnaire.Kind.MATRIX else ()


def _ends_of(
    kind: questionnaire.Kind, row: Question, options: tuple[questionnaire.Option, ...]
) -> tuple[int, int]:
    match kind:
        case questionnaire.Kind.RECOMMEND:
            return 0, 10
        case questionnaire.Kind.SCALE:
            return row.low, row.high
        case questionnaire.Kind.MATRIX if not options:
            return row.low, row.high
        case _:
            return 0, 0


def _bounds_of(kind: questionnaire.Kind, row: Question) -> tuple[int, int]:
    if kind is questionnaire.Kind.NUMBER and row.least is not None and row.most is not None:
        return row.least, row.most
    if kind is questionnaire.Kind.DATE and row.earliest and row.latest:
        return row.earliest.toordinal(), row.latest.toordinal()
    return 0, 0
