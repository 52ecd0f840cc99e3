"""Parts and questions doubled, with keys of their own."""

from __future__ import annotations

import pytest

from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.domain.building import copying, editing, translating
from surveys.domain.building.conditioning import faults
from surveys.domain.building.editing import SurveyFull
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Question, Survey
from tests.surveys.factories import QUESTIONNAIRE, make_hr, make_survey

pytestmark = pytest.mark.django_db

WHEN_BY_MAIL = Condition(True, (Rule("channel", How.IS, "mail"), Rule("promise", How.IS, "no")))


def question(survey: Survey, key: str) -> Question:
    return Question.objects.select_related("section__survey").get(section__survey=survey, key=key)


def test_a_copy_of_a_question_stands_right_below_with_a_key_of_its_own_and_the_same_condition() -> None:
    survey = make_survey()
    editing.set_condition(question(survey, "helps"), WHEN_BY_MAIL, by=None)
    copy = copying.duplicate_question(question(survey, "helps"), by=None)
    frozen = freeze_questionnaire(survey)
    assert [one.key for one in frozen.sections[1].questions] == ["channel", "helps", copy.key, "hear"]
    assert frozen.question(copy.key).condition == WHEN_BY_MAIL
    assert frozen.question(copy.key).options == frozen.question("helps").options
    assert copy.key not in {one.key for one in QUESTIONNAIRE.questions()}


def test_a_copy_of_a_part_stands_right_below_and_looks_at_its_own_questions() -> None:
    survey = make_survey()
    editing.set_condition(question(survey, "hear"), WHEN_BY_MAIL, by=None)
    Question.objects.filter(key="hear").update(
        text="You said [[channel]] and [[promise]].",
        translations={"de": {"text": "[[channel.other]]"}},
    )
    survey.sections.filter(position=2).update(translations={"de": {"title": "Mehr", "intro": "Hallo"}})
    copy = copying.duplicate_section(survey.sections.get(position=2), by=None)
    survey.sections.create(position=9, title="Last")
    assert list(survey.sections.values_list("title", flat=True)) == [
        "Everyday",
        "More",
        "More (copy)",
        "Last",
    ]
    assert copy.translations == {"de": {"intro": "Hallo"}}
    channel, helps, hear = copy.questions.all()
    assert len({channel.key, helps.key, hear.key, "channel", "helps", "hear"}) == 6
    assert hear.condition is not None
    assert [rule["key"] for rule in hear.condition["rules"]] == [channel.key, "promise"]
    assert hear.text == f"You said [[{channel.key}]] and [[promise]]."
    assert hear.translations == {"de": {"text": f"[[{channel.key}.other]]"}}
    assert list(faults(freeze_questionnaire(survey))) == []


def test_translations_of_a_copied_part_are_as_good_as_before() -> None:
    survey = make_survey(languages=["de"])
    Question.objects.filter(key="hear").update(text="You said [[channel]].", help="And [[helps]]?")
    words = {
        "hear.text": "Sie sagten [[channel]].",
        "hear.help": "Und [[helps]]?",
        "helps.text": "Was hilft?",
    }
    translating.translate(survey, "de", words, by=make_hr())
    Question.objects.filter(key="hear").update(help="Or [[helps]]?")
    copying.duplicate_section(survey.sections.get(position=2), by=None)
    behind = [place.label for place in translating.places_of(survey) if place.is_behind("de")]
    assert behind == ["Hint", "Hint"]


def test_a_full_survey_takes_no_copy() -> None:
    survey = make_survey()
    section = survey.sections.get(position=1)
    Question.objects.bulk_create(
        Question(section=section, position=9, key=f"x{n}", kind="yes_no", text="?") for n in range(53)
    )
    copying.duplicate_question(question(survey, "listens"), by=None)
    with pytest.raises(SurveyFull, match="60 questions"):
        copying.duplicate_question(question(survey, "listens"), by=None)
    with pytest.raises(SurveyFull, match="60 questions"):
        copying.duplicate_section(survey.sections.get(position=2), by=None)
    assert Question.objects.count() == 60
