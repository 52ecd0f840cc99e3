"""Earlier answers put into a text while a questionnaire is built."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from surveys.domain.building import inserting
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.waves.previewing import Reason, preview
from surveys.models import Question, Survey
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import OPENED, make_draft, make_hr, make_people, make_survey

pytestmark = pytest.mark.django_db


def question(survey: Survey, key: str) -> Question:
    return Question.objects.select_related("section__survey").get(section__survey=survey, key=key)


def test_the_marks_offered_are_those_of_what_is_asked_before() -> None:
    survey = make_survey()
    Question.objects.filter(key="channel").update(other=True)
    first, more = survey.sections.all()
    names = [
        "1. My lead listens.",
        "2. Would you recommend us?",
        "3. Was the last promise kept?",
    ]
    subject = "whom the wave is about, where it is about somebody"
    assert inserting.marks_before(first) == {
        "[[listens]]": names[0],
        "[[recommend]]": names[1],
        "[[promise]]": names[2],
        "[[subject]]": subject,
    }
    assert list(inserting.marks_before(more, question(survey, "helps"))) == [
        "[[listens]]",
        "[[recommend]]",
        "[[promise]]",
        "[[channel]]",
        "[[channel.other]]",
        "[[subject]]",
    ]
    assert inserting.marks_before(first, question(survey, "listens")) == {"[[subject]]": subject}


@pytest.fixture
def browser() -> Client:
    return browser_of(make_hr())


def test_a_mark_of_nothing_asked_before_is_refused_beside_its_field(browser: Client) -> None:
    survey = make_survey()
    pk = question(survey, "promise").pk
    page = get(browser, "question-edit", pk).content.decode()
    assert 'data-builder-insert="[[listens]]"' in page
    assert "[[channel]]" not in page
    for mark in ("channel", "promise", "nothing"):
        response = post(browser, "question-edit", pk, text=f"You said [[{mark}]].", help=f"[[{mark}]]")
        words = f"Nobody is asked for [[{mark}]] before this question. Choose from the answers listed below."
        assert response.context["form"].errors == {"text": [words], "help": [words]}
    response = post(browser, "question-edit", pk, text="[[subject]]: you said [[listens]] [not a mark]?")
    assert response.status_code == 302


def test_a_launch_is_refused_where_a_mark_lost_its_answer() -> None:
    survey = make_survey()
    make_people(24)
    draft = make_draft(survey=survey)
    now = OPENED - dt.timedelta(days=1)
    Question.objects.filter(key="hear").update(text="About [[channel]], [[subject]]: what else?")
    assert preview(draft, now).problems == []
    Question.objects.filter(key="channel").delete()
    (problem,) = preview(draft, now).problems
    assert problem.reason == Reason.STRAY_MARK
    assert "5. About …, …: what else?" in problem.words
    assert "[[channel]]" in problem.words
    assert len(list(inserting.faults(freeze_questionnaire(survey)))) == 1
