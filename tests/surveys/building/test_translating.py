"""The words of a survey in further languages."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.models import AuditEntry
from people.models import Person
from surveys import conditions
from surveys.domain.building import editing, translating
from surveys.domain.building.freezing_questions import MEMORY, freeze_questionnaire
from surveys.domain.building.translating import TooManyLanguages, UnknownLanguage
from surveys.models import Question, Survey
from surveys.questionnaire import Kind, Option, Questionnaire, Section
from surveys.questionnaire import Question as Asked
from tests.surveys.factories import make_hr, make_survey, make_wave

pytestmark = pytest.mark.django_db

NUMBER = Asked(
    key="days",
    kind=Kind.NUMBER,
    text="How many days?",
    help="About.",
    unit="days",
    most=30,
    condition=conditions.Condition(True, (conditions.Rule("calm", conditions.Test.IS, "yes"),)),
)
MATRIX = Asked(
    key="tools",
    kind=Kind.MATRIX,
    text="How good are they?",
    low=1,
    high=5,
    low_label="bad",
    high_label="good",
    rows=(Option("desk", "The desk"), Option("chair", "The chair")),
)
CHOICE = Asked(
    key="place",
    kind=Kind.SINGLE,
    text="Where?",
    options=(Option("here", "Here"), Option("home", "At home")),
    other=True,
)
CALM = Asked(key="calm", kind=Kind.YES_NO, text="Is it calm?")
QUESTIONS = (CALM, NUMBER, MATRIX, CHOICE)
ASKED = Questionnaire("At work", "Two minutes.", 1, (Section("You", "First.", QUESTIONS),), "en")
PLACES = [
    ("title", "At work"),
    ("intro", "Two minutes."),
    ("section.title", "You"),
    ("section.intro", "First."),
    ("calm.text", "Is it calm?"),
    ("days.text", "How many days?"),
    ("days.help", "About."),
    ("days.unit", "days"),
    ("tools.text", "How good are they?"),
    ("tools.low_label", "bad"),
    ("tools.high_label", "good"),
    ("tools.row.desk", "The desk"),
    ("tools.row.chair", "The chair"),
    ("place.text", "Where?"),
    ("place.option.here", "Here"),
    ("place.option.home", "At home"),
]


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def survey() -> Survey:
    made = make_survey(ASKED, languages=["de", "ar"])
    made.sections.update(intro="First.")
    Question.objects.filter(key="days").update(help="About.")
    return made


def part_of(survey: Survey) -> str:
    return f"section.{survey.sections.get().pk}"


def test_every_text_of_the_survey_has_its_place_and_nothing_else_has_one(survey: Survey) -> None:
    part = part_of(survey)
    found = [(place.name.replace(part, "section"), place.original) for place in translating.places_of(survey)]
    assert found == PLACES


def test_each_translated_place_is_what_a_wave_freezes_in_that_language(survey: Survey, hr: Person) -> None:
    words = {place.name: f"<{place.name}>" for place in translating.places_of(survey)}
    assert translating.translate(survey, "de", words, by=hr) == len(PLACES)
    survey.refresh_from_db()
    german = freeze_questionnaire(survey).in_language("de")
    part = part_of(survey)
    assert (german.title, german.intro) == ("<title>", "<intro>")
    assert (german.sections[0].title, german.sections[0].intro) == (f"<{part}.title>", f"<{part}.intro>")
    days, tools, place = (german.question(key) for key in ("days", "tools", "place"))
    assert (days.text, days.help, days.unit) == ("<days.text>", "<days.help>", "<days.unit>")
    assert (tools.low_label, tools.high_label) == ("<tools.low_label>", "<tools.high_label>")
    assert [row.label for row in tools.rows] == ["<tools.row.desk>", "<tools.row.chair>"]
    assert [option.label for option in place.options] == ["<place.option.here>", "<place.option.home>"]
    assert translating.missing(survey, "de") == 0
    assert translating.missing(survey, "ar") == len(PLACES)


def test_nothing_of_what_a_translation_was_made_from_reaches_a_wave(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"title": "Bei der Arbeit", "calm.text": "Ruhig?"}, by=hr)
    survey.refresh_from_db()
    assert MEMORY + "title" in survey.translations["de"]
    assert freeze_questionnaire(survey).translations == {
        "de": {"title": "Bei der Arbeit", "calm.text": "Ruhig?"},
        "ar": {},
    }


def test_only_the_places_named_change_and_an_empty_one_is_taken_out(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"title": "Eins", "intro": "Zwei"}, by=hr)
    assert translating.translate(survey, "de", {"intro": "  "}, by=hr) == 1
    survey.refresh_from_db()
    assert freeze_questionnaire(survey).translations["de"] == {"title": "Eins"}


def test_saving_what_stands_there_changes_nothing_and_makes_no_version(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"title": "Eins"}, by=hr)
    make_wave(survey=survey, questionnaire=freeze_questionnaire(survey))
    entries = AuditEntry.objects.count()
    assert translating.translate(survey, "de", {"title": "Eins ", "intro": ""}, by=hr) == 0
    survey.refresh_from_db()
    assert (survey.version, AuditEntry.objects.count()) == (1, entries)


def test_a_translation_after_a_launch_is_a_new_version(survey: Survey, hr: Person) -> None:
    make_wave(survey=survey, questionnaire=freeze_questionnaire(survey))
    translating.translate(survey, "de", {"title": "Eins"}, by=hr)
    survey.refresh_from_db()
    assert survey.version == 2
    entry = AuditEntry.objects.get(action="survey.translated")
    assert entry.detail == {"language": "de", "texts": 1}


def test_a_translation_stays_and_is_marked_when_the_original_changes(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"title": "Bei der Arbeit", "intro": "Zwei Minuten."}, by=hr)
    editing.change_survey(survey, title="At your work", intro="Two minutes.", by=hr)
    survey.refresh_from_db()
    behind = [place.name for place in translating.places_of(survey) if place.is_behind("de")]
    assert behind == ["title"]
    assert freeze_questionnaire(survey).in_language("de").title == "Bei der Arbeit"
    assert [(one.missing, one.behind) for one in translating.progress_of(survey)] == [(14, 1), (16, 0)]


@pytest.mark.parametrize("ticked", [True, False])
def test_the_mark_goes_when_somebody_says_it_is_still_right(
    survey: Survey, hr: Person, *, ticked: bool
) -> None:
    translating.translate(survey, "de", {"title": "Bei der Arbeit"}, by=hr)
    editing.change_survey(survey, title="At work!", intro="Two minutes.", by=hr)
    still = {"title"} if ticked else set()
    translating.translate(survey, "de", {"title": "Bei der Arbeit"}, still_right=still, by=hr)
    survey.refresh_from_db()
    assert next(translating.places_of(survey)).is_behind("de") is not ticked


def test_an_answer_that_a_translation_lost_is_named(survey: Survey, hr: Person) -> None:
    Question.objects.filter(key="place").update(text="Where, after [[calm]] and [[subject]]?")
    translating.translate(survey, "de", {"place.text": "Wo, nach [[subject]]?"}, by=hr)
    survey.refresh_from_db()
    lost = {place.name: place.lost_marks("de") for place in translating.places_of(survey)}
    assert {name: marks for name, marks in lost.items() if marks} == {"place.text": ["[[calm]]"]}
    assert all(place.lost_marks("ar") == [] for place in translating.places_of(survey))


def test_the_mark_goes_when_the_original_is_as_it_was(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"title": "Bei der Arbeit"}, by=hr)
    editing.change_survey(survey, title="Elsewhere", intro="", by=hr)
    editing.change_survey(survey, title="At work", intro="", by=hr)
    survey.refresh_from_db()
    assert not next(translating.places_of(survey)).is_behind("de")


def test_words_too_long_are_cut_and_cleaned_of_what_no_text_should_hold(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"days.unit": "x" * 40, "title": "Zwei\nZeilen\x00"}, by=hr)
    survey.refresh_from_db()
    assert freeze_questionnaire(survey).translations["de"] == {"days.unit": "x" * 30, "title": "Zwei Zeilen"}


# --- Languages ----------------------------------------------------------------------------------------------
def test_a_language_that_is_left_out_and_added_again_has_its_words(survey: Survey, hr: Person) -> None:
    translating.translate(survey, "de", {"title": "Eins"}, by=hr)
    translating.remove_language(survey, "de", by=hr)
    translating.remove_language(survey, "de", by=hr)
    survey.refresh_from_db()
    assert (survey.languages, freeze_questionnaire(survey).languages) == (["ar"], ("en", "ar"))
    with pytest.raises(UnknownLanguage):
        translating.translate(survey, "de", {"title": "Zwei"}, by=hr)
    translating.add_language(survey, "de", by=hr)
    survey.refresh_from_db()
    assert survey.languages == ["ar", "de"]
    assert freeze_questionnaire(survey).in_language("de").title == "Eins"


def test_the_main_language_and_one_that_is_there_are_not_added_again(survey: Survey, hr: Person) -> None:
    translating.add_language(survey, "en", by=hr)
    translating.add_language(survey, "ar", by=hr)
    survey.refresh_from_db()
    assert survey.languages == ["de", "ar"]
    with pytest.raises(UnknownLanguage):
        translating.add_language(survey, "tlh", by=hr)


def test_a_survey_has_room_for_twenty_further_languages(hr: Person) -> None:
    survey = make_survey(languages=list(map(str, range(20))))
    with pytest.raises(TooManyLanguages):
        translating.add_language(survey, "de", by=hr)


def test_a_main_language_is_no_further_one_too(survey: Survey, hr: Person) -> None:
    editing.change_survey(survey, title="Arbeit", intro="", language="de", by=hr)
    survey.refresh_from_db()
    assert (survey.language, survey.languages) == ("de", ["ar"])


def test_how_far_it_is_costs_as_much_for_many_questions(survey: Survey) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            translating.progress_of(survey)
        return len(captured)

    few = statements()
    section = survey.sections.get()
    Question.objects.bulk_create(
        Question(section=section, position=9, key=f"x{n}", kind="yes_no", text="?") for n in range(30)
    )
    assert statements() == few <= 3
