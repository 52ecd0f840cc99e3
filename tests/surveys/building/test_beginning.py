from __future__ import annotations

import pytest
from django.utils import translation

from customers.models import Behaviour
from surveys.domain.building.beginning import create_from
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Survey, Wave
from surveys.questionnaire import Kind
from surveys.ready_made import READY_MADE, ReadyMade, ReadyMadeQuestion, find_ready_made

pytestmark = pytest.mark.django_db

each = pytest.mark.parametrize("ready_made", READY_MADE, ids=lambda one: one.code)


def questions_of(ready_made: ReadyMade) -> list[ReadyMadeQuestion]:
    return [question for section in ready_made.sections for question in section.questions]


@each
def test_each_ready_made_survey_is_whole(ready_made: ReadyMade) -> None:
    survey = create_from(ready_made, by=None)
    assert (survey.title, survey.template_code) == (str(ready_made.title), ready_made.code)
    frozen = [*freeze_questionnaire(survey).questions()]
    assert [one.key for one in frozen] == [one.key for one in questions_of(ready_made)]
    assert len({one.key for one in frozen}) == len(frozen)
    assert [one.behaviour for one in frozen] == [one.behaviour for one in questions_of(ready_made)]
    assert ready_made.about in Wave.About
    for one in frozen:
        assert one.kind.is_text or len(one.codes) >= 2


@each
def test_each_looks_back_at_earlier_answers_only(ready_made: ReadyMade) -> None:
    seen: dict[str, tuple[str, ...]] = {}
    for one in freeze_questionnaire(create_from(ready_made, by=None)).questions():
        for rule in one.condition.rules if one.condition else ():
            assert rule.value in seen[rule.key]
        seen |= {item.key: item.codes for item in one.items}


@each
@pytest.mark.parametrize(("main", "other"), [("en", "de"), ("de", "en")])
def test_each_comes_with_every_word_in_both_languages(ready_made: ReadyMade, main: str, other: str) -> None:
    with translation.override(main):
        survey = create_from(ready_made, by=None)
    assert (survey.language, survey.languages) == (main, [other])
    mine = freeze_questionnaire(survey)
    with translation.override(other):
        theirs = freeze_questionnaire(create_from(ready_made, by=None))
    translated = mine.in_language(other)
    assert (translated.title, translated.intro) == (theirs.title, theirs.intro)
    assert translated.sections == theirs.sections
    assert translated.sections != mine.sections


def test_what_is_asked_by_the_same_key_is_counted_alike_everywhere() -> None:
    counted: dict[str, tuple[object, ...]] = {}
    for one in [question for ready_made in READY_MADE for question in questions_of(ready_made)]:
        codes = tuple(code for code, _label in one.options)
        assert counted.setdefault(one.key, (one.kind, one.low, one.high, codes)) == (
            one.kind,
            one.low,
            one.high,
            codes,
        )


def test_the_same_service_is_asked_about_inside_and_outside() -> None:
    inside, outside = (
        {one.key: one for one in questions_of(find_ready_made(f"service-quality-{where}"))}
        for where in ("inside", "outside")
    )
    assert inside.keys() - outside.keys() == {"which-team"}
    assert outside.keys() <= inside.keys()
    assert all(inside[key] == one for key, one in outside.items())
    assert "understood" in outside


@pytest.mark.parametrize("code", ["six-behaviours", "six-behaviours-about"])
def test_the_six_behaviours_are_each_asked_about(code: str) -> None:
    asked = {one.behaviour for one in questions_of(find_ready_made(code))}
    assert asked - {""} == set(Behaviour.objects.values_list("code", flat=True))


def test_the_pulse_has_an_enps_and_the_external_one_csat_nps_and_effort() -> None:
    kinds = {one.key: one.kind for ready_made in READY_MADE for one in questions_of(ready_made)}
    assert (kinds["enps"], kinds["nps"]) == (Kind.RECOMMEND, Kind.RECOMMEND)
    assert (kinds["csat"], kinds["effort"]) == (Kind.SCALE, Kind.SCALE)


def test_newcomers_are_asked_after_a_week_and_one_two_and_three_months() -> None:
    codes = [ready_made.code for ready_made in READY_MADE if ready_made.code.startswith("onboarding")]
    assert codes == ["onboarding-7", "onboarding-30", "onboarding-60", "onboarding-90"]


def test_two_surveys_from_one_ready_made_share_their_questions() -> None:
    first, second = (create_from(READY_MADE[0], by=None) for _ in range(2))
    assert Survey.objects.count() == 2
    assert freeze_questionnaire(first).sections == freeze_questionnaire(second).sections
