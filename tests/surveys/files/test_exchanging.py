"""A survey out as a file and in again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from surveys import conditions
from surveys.domain.building import beginning
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.files.exchanging import packed, start_again, take_in
from surveys.domain.files.parsing import LARGEST_FILE, MOST_FAULTS, Fault, NotGood
from surveys.domain.files.unpacking import unpack
from surveys.models import Survey
from surveys.questionnaire import OTHER, Kind, Option, Question, Questionnaire, Section
from surveys.ready_made import READY_MADE
from tests.surveys.factories import make_hr, make_survey

OPTIONS = (Option("here", "Here"), Option("home", "At home"))
IF_CALM = conditions.Condition(
    False,
    (
        conditions.Rule("calm", conditions.Test.IS, "yes"),
        conditions.Rule("tools.desk", conditions.Test.AT_LEAST, "3"),
    ),
)
EVERY_KIND = (
    Question("recommend", Kind.RECOMMEND, "Would you?", low=0, high=10, low_label="no", high_label="yes"),
    Question("speed", Kind.SCALE, "Quick?", low=1, high=7, driver="Tools"),
    Question("calm", Kind.YES_NO, "Calm?", required=True, behaviour="listening"),
    Question("tools", Kind.MATRIX, "How good?", low=1, high=5, rows=(Option("desk", "Desk"), *OPTIONS)),
    Question("grid", Kind.MATRIX, "Which?", rows=OPTIONS, options=OPTIONS, condition=IF_CALM),
    Question("where", Kind.SINGLE, "Where?", options=OPTIONS, other=True),
    Question("all", Kind.MULTIPLE, "All of them?", options=OPTIONS, other=True),
    Question("order", Kind.RANKING, "In which order?", options=OPTIONS),
    Question("short", Kind.SHORT_TEXT, "In short, of [[where]]?", help="A word."),
    Question("long", Kind.LONG_TEXT, "At length?"),
    Question("days", Kind.NUMBER, "How many?", least=-5, most=30, unit="days"),
    Question("since", Kind.DATE, "Since when?", least=738000, most=739000),
)
WORDS = {
    "title": "العنوان",
    "intro": "سطر\nسطر",
    "section.0.title": "جزء",
    "section.1.intro": "كلمات",
    "where.option.home": "في البيت",
    "tools.row.desk": "مكتب",
    "recommend.low_label": "لا",
    "days.unit": "أيام",
    "short.help": "كلمة",
}
WHOLE = Questionnaire(
    "Everything",
    "Line one\nline two",
    1,
    (Section("One", "", EVERY_KIND[:6]), Section("Two", "Words.", EVERY_KIND[6:])),
    "en",
    {"ar": WORDS, "de": {}},
)
BEHAVIOURS = {"listening"}


def written(data: Any) -> bytes:
    return json.dumps(data).encode()


def faults_of(raw: bytes) -> list[Fault]:
    with pytest.raises(NotGood) as found:
        unpack(raw, behaviours=BEHAVIOURS)
    return found.value.faults


def test_every_kind_is_in_the_questionnaire_that_is_tried() -> None:
    assert {question.kind for question in EVERY_KIND} == set(Kind) - {Kind.PLACE}


def test_what_was_packed_is_unpacked_as_it_was() -> None:
    unpacked = unpack(written(packed(WHOLE)), behaviours=BEHAVIOURS)
    assert unpacked.questionnaire == WHOLE
    assert unpacked.notes == []


@pytest.mark.django_db
def test_a_survey_taken_out_comes_in_equal() -> None:
    hr = make_hr()
    survey = take_in(WHOLE, by=hr)
    assert freeze_questionnaire(survey) == WHOLE
    again = take_in(unpack(written(packed(WHOLE)), behaviours=BEHAVIOURS).questionnaire, by=hr)
    assert freeze_questionnaire(again) == WHOLE
    assert (again.created_by, again.languages) == (hr, ["ar", "de"])


@pytest.mark.django_db
@pytest.mark.parametrize("code", [one.code for one in READY_MADE])
def test_each_ready_made_survey_comes_in_equal(code: str) -> None:
    ready = next(one for one in READY_MADE if one.code == code)
    frozen = freeze_questionnaire(beginning.create_from(ready, by=None))
    behaviours = {question.behaviour for question in frozen.questions()}
    assert unpack(written(packed(frozen)), behaviours=behaviours).questionnaire == frozen


@pytest.mark.django_db
def test_a_version_becomes_a_survey_of_its_own() -> None:
    hr = make_hr()
    survey = make_survey(template_code="team-pulse")
    again = start_again(survey, replace(WHOLE, version=3), by=hr)
    assert Survey.objects.count() == 2
    assert (again.version, again.template_code) == (1, "team-pulse")
    assert freeze_questionnaire(again) == WHOLE


# --- Any questionnaire --------------------------------------------------------------------------------------
def texts(longest: int) -> some.SearchStrategy[str]:
    letters = "abz ÄéءبЖ語\N{ZERO WIDTH NON-JOINER}\"'<&{[\\"
    return some.text(letters, max_size=longest).map(str.strip)


def needed(longest: int) -> some.SearchStrategy[str]:
    return texts(longest).filter(bool)


CODES = some.from_regex(r"[A-Za-z0-9_-]{1,14}", fullmatch=True).filter(lambda code: code != OTHER)


@some.composite
def options(draw: some.DrawFn, most: int) -> tuple[Option, ...]:
    codes = draw(some.lists(CODES, min_size=2, max_size=most, unique=True))
    return tuple(Option(code, draw(needed(20))) for code in codes)


@some.composite
def questions(draw: some.DrawFn, key: str) -> Question:
    kind = draw(some.sampled_from([kind for kind in Kind if kind is not Kind.PLACE]))
    fields: dict[str, Any] = {}
    if kind in {Kind.SINGLE, Kind.MULTIPLE}:
        fields = {"options": draw(options(5)), "other": draw(some.booleans())}
    elif kind is Kind.RANKING:
        fields = {"options": draw(options(5))}
    elif kind in {Kind.NUMBER, Kind.DATE}:
        low = draw(some.integers(700_000, 800_000))
        fields = {"least": low, "most": low + draw(some.integers(1, 3000))}
    elif kind is Kind.MATRIX:
        fields = {"rows": draw(options(4))}
        if draw(some.booleans()):
            fields["options"] = draw(options(4))
    if kind is Kind.RECOMMEND:
        fields |= {"low": 0, "high": 10}
    elif kind is Kind.SCALE or (kind is Kind.MATRIX and "options" not in fields):
        fields |= {"low": draw(some.integers(0, 4)), "high": draw(some.integers(5, 10))}
    if "high" in fields:
        fields |= {"low_label": draw(texts(20)), "high_label": draw(texts(20))}
    if kind is Kind.NUMBER:
        fields["unit"] = draw(texts(10))
    return Question(
        key, kind, draw(needed(40)), help=draw(texts(20)), required=draw(some.booleans()), **fields
    )


@some.composite
def questionnaires(draw: some.DrawFn) -> Questionnaire:
    keys = draw(some.lists(some.from_regex(r"[A-Za-z0-9_-]{1,25}", fullmatch=True), max_size=6, unique=True))
    asked = [draw(questions(key)) for key in keys]
    cut = draw(some.integers(0, len(asked)))
    sections = tuple(
        Section(draw(needed(20)), draw(texts(30)), tuple(part)) for part in (asked[:cut], asked[cut:])
    )
    whole = Questionnaire(draw(needed(30)), draw(texts(30)), 1, sections, "en")
    places = draw(some.sets(some.sampled_from(sorted(whole.words))))
    words = {place: draw(needed(10)) for place in whole.words if place in places}
    return replace(whole, translations={"ar": words})


@settings(max_examples=60, deadline=None)
@given(questionnaires())
def test_whatever_is_packed_is_unpacked_as_it_was(asked: Questionnaire) -> None:
    assert unpack(written(packed(asked)), behaviours=()).questionnaire == asked


# --- What is refused ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"not json",
        b'{"format": NaN}',
        b"[]",
        b'{"format": "another"}',
        b'{"format": "culture-portal-survey", "format_version": 2}',
        b'{"format": ' + b"9" * 5000 + b"}",
        b" " * (LARGEST_FILE + 1),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_sentence(raw: bytes) -> None:
    [fault] = faults_of(raw)
    assert fault.place == "The file"


def changed(**fields: Any) -> Any:
    """The whole survey with other fields in its first question."""
    data = packed(WHOLE)
    data["parts"][0]["questions"][0] |= fields
    return data


def of_kind(number: int, **fields: Any) -> Any:
    data = packed(WHOLE)
    place = data["parts"][0]["questions"] if number < 6 else data["parts"][1]["questions"]
    place[number if number < 6 else number - 6] |= fields
    return data


CALM_RULE = {"item": "calm", "test": "is", "value": "yes"}
REFUSED: list[tuple[str, Any, str]] = [
    ("no title", packed(WHOLE) | {"title": " "}, "“title” is missing."),
    ("no text", packed(WHOLE) | {"title": 5}, "“title” must be a text."),
    ("a long title", packed(WHOLE) | {"title": "x" * 151}, "“title” has at most 150 characters."),
    ("an unknown name", packed(WHOLE) | {"titel": "x"}, "“titel” is not known here. Is it a slip?"),
    (
        "a language there is none of",
        packed(WHOLE) | {"language": "tlh"},
        "“language” is the code of a language",
    ),
    ("parts that are none", packed(WHOLE) | {"parts": {}}, "“parts” must be a list."),
    ("a part that is none", packed(WHOLE) | {"parts": [1]}, "Names with values in curly brackets"),
    (
        "21 parts",
        packed(WHOLE) | {"parts": [{"title": "x"}] * 21, "translations": {}},
        "A survey has at most 20 parts.",
    ),
    ("a kind there is none of", changed(kind="place"), "“kind” must be one of"),
    ("a key with a dot", changed(key="a.b"), "“key” is made of 1 to 25 letters"),
    ("a long key", changed(key="k" * 26), "“key” is made of 1 to 25 letters"),
    ("the same key twice", changed(key="calm"), "Two questions have the key “calm”."),
    ("a field twice", changed(key="where-other"), "“where” and “where-other” would share a field."),
    ("a field of a row twice", changed(key="tools-desk"), "“tools” and “tools-desk” would share a field."),
    ("the key of whom it is about", changed(key="subject"), "The key “subject” is kept"),
    ("a name of another kind", changed(unit="days"), "“unit” is not known here."),
    ("required in words", changed(required="yes"), "“required” is true or false."),
    ("half a scale", of_kind(1, low=True), "“low” is a whole number from 0 to 10."),
    ("a scale of words", of_kind(1, high="7"), "“high” is a whole number from 0 to 10."),
    ("a scale downward", of_kind(1, low=7, high=1), "A scale runs upward, between 0 and 10."),
    ("no answers", of_kind(5, options=[]), "It needs at least two answers, as “options”."),
    ("one answer", of_kind(5, options=[{"code": "a", "label": "A"}]), "has at least two entries."),
    (
        "a code twice",
        of_kind(5, options=[{"code": "a", "label": "A"}] * 2),
        "Two entries of “options” have the same code.",
    ),
    (
        "a long code",
        of_kind(5, options=[{"code": "a" * 41, "label": "A"}, {"code": "b", "label": "B"}]),
        "“code” is made of 1 to 40 letters",
    ),
    (
        "a long code of what is counted by itself",
        of_kind(3, rows=[{"code": "a" * 15, "label": "A"}, {"code": "b", "label": "B"}]),
        "“code” is made of 1 to 14 letters",
    ),
    (
        "our own code",
        of_kind(5, options=[{"code": "other", "label": "A"}, {"code": "b", "label": "B"}]),
        "The code “other” is kept",
    ),
    (
        "11 to rank",
        of_kind(7, options=[{"code": f"o{n}", "label": "x"} for n in range(11)]),
        "“options” has at most 10 entries.",
    ),
    ("no rows", of_kind(3, rows=[]), "It needs at least two rows, as “rows”."),
    ("bounds upside down", of_kind(10, least=31), "The second bound must be above the first."),
    ("a huge number", of_kind(10, most=10**12), "“most” is a whole number from"),
    ("no day", of_kind(11, earliest="yesterday"), "“earliest” is a day like 2026-12-31"),
    ("a day long ago", of_kind(11, earliest="1066-10-14"), "“earliest” is a day like 2026-12-31"),
    (
        "a condition on a later one",
        changed(shown_when={"match": "all", "rules": [CALM_RULE]}),
        "Change or remove that condition first.",
    ),
    ("no rules", changed(shown_when={"match": "all", "rules": []}), "A condition has from one to"),
    (
        "a test there is none of",
        of_kind(5, shown_when={"match": "all", "rules": [CALM_RULE | {"test": "like"}]}),
        "“test” must be one of",
    ),
    (
        "an answer there is none of",
        of_kind(5, shown_when={"match": "all", "rules": [CALM_RULE | {"value": "perhaps"}]}),
        "Change or remove that condition first.",
    ),
    ("translated into itself", packed(WHOLE) | {"translations": {"en": {}}}, "No survey is translated"),
    (
        "a translation of nothing",
        packed(WHOLE) | {"translations": {"de": {"long.help": "x"}}},
        "“long.help” is not known here.",
    ),
    (
        "a long translation",
        packed(WHOLE) | {"translations": {"de": {"days.unit": "x" * 31}}},
        "“days.unit” has at most 30 characters.",
    ),
]


@pytest.mark.parametrize(("data", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_wrong_is_said_in_kind_words(data: Any, says: str) -> None:
    found = faults_of(written(data))
    assert any(says in fault.says for fault in found), found


def test_a_name_that_stands_twice_is_said_instead_of_losing_one() -> None:
    twice = written(packed(WHOLE)).replace(b'"text": "Calm?"', b'"text": "Lost?", "text": "Calm?"')
    assert faults_of(twice) == [Fault("The file", "“text” stands twice in the same place. Keep one of them.")]


def test_of_very_many_questions_only_as_many_are_read_as_may_be() -> None:
    question = {"key": "a", "kind": "yes_no", "text": "?"}
    data = packed(WHOLE) | {"parts": [{"title": "x", "questions": [question] * 15_000}], "translations": {}}
    said = [fault.says for fault in faults_of(written(data))]
    assert "A survey has at most 60 questions." in said
    assert said.count("Two questions have the key “a”.") < MOST_FAULTS
    many = {
        "kind": "single",
        "options": [{}] * 100_000,
        "shown_when": {"match": "all", "rules": [{}] * 50_000},
    }
    began = time.process_time()
    faults_of(written(packed(WHOLE) | {"parts": [{"title": "x", "questions": [many]}]}))
    assert time.process_time() - began < 1


def test_a_fault_names_its_place() -> None:
    assert Fault("Part 2, question 5", "“least” is a whole number from -1000000000 to 1000000000.") in (
        faults_of(written(of_kind(10, least="few")))
    )


def test_very_many_faults_are_told_as_far_as_somebody_reads() -> None:
    data = packed(WHOLE) | {f"x{number}": 1 for number in range(500)}
    assert len(faults_of(written(data))) == 50


def test_a_behaviour_there_is_none_of_is_left_out_with_a_note() -> None:
    unpacked = unpack(written(packed(WHOLE)), behaviours=())
    assert unpacked.questionnaire.question("calm").behaviour == ""
    assert unpacked.notes == ["Part 1, question 3: there is no behaviour “listening” here. It was left out."]


def test_a_mark_of_no_earlier_question_is_noted() -> None:
    unpacked = unpack(written(changed(text="And [[where]]?")), behaviours=BEHAVIOURS)
    assert "“[[where]]” names no earlier question" in unpacked.notes[0]
