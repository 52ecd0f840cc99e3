"""The survey builder in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Behaviour
from people.models import Person
from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.models import Question, Section, Survey
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import (
    make_draft,
    make_hr,
    make_person,
    make_survey,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


# --- Surveys ------------------------------------------------------------------------------------------------
def test_an_empty_survey_is_created_with_a_part_to_begin_with(browser: Client, hr: Person) -> None:
    response = post(browser, "survey-create", title="Canteen", intro="About lunch.")
    survey = Survey.objects.get()
    assert response.url == survey.get_absolute_url()
    assert (survey.title, survey.intro, survey.created_by) == ("Canteen", "About lunch.", hr)
    assert survey.sections.count() == 1


def test_a_survey_without_a_title_is_refused_beside_the_field(browser: Client) -> None:
    response = post(browser, "survey-create", title=" \x00 ")
    assert (response.status_code, Survey.objects.count()) == (422, 0)
    assert list(response.context["form"].errors) == ["title"]
    assert 'id="id_title_error"' in response.content.decode()


@pytest.mark.parametrize(
    ("code", "questions"), [("team-pulse", 10), ("six-behaviours-about", 8), ("requirements-changed", 5)]
)
def test_each_ready_made_survey_becomes_a_survey(browser: Client, code: str, questions: int) -> None:
    post(browser, "survey-create-from", code)
    survey = Survey.objects.get()
    assert Question.objects.filter(section__survey=survey).count() == questions
    page = get(browser, "survey-detail", survey.pk).content.decode()
    assert get(browser, "survey-preview", survey.pk).status_code == 200
    assert all(question.text in page for question in Question.objects.exclude(text__contains="'"))


def test_a_ready_made_survey_there_is_none_of_is_not_found(browser: Client) -> None:
    assert post(browser, "survey-create-from", "nothing").status_code == 404


def test_title_and_first_words_are_changed(browser: Client) -> None:
    survey = make_survey()
    post(browser, "survey-edit", survey.pk, title="New", intro="Line 1\r\nLine 2")
    survey.refresh_from_db()
    assert (survey.title, survey.intro) == ("New", "Line 1\nLine 2")


def test_a_copy_is_another_survey_with_the_same_questions(browser: Client) -> None:
    survey = make_survey()
    response = post(browser, "survey-duplicate", survey.pk)
    copy = Survey.objects.exclude(pk=survey.pk).get()
    assert response.url == copy.get_absolute_url()
    assert copy.title == "How we work together (copy)"


def test_put_away_and_brought_back(browser: Client) -> None:
    survey = make_survey()
    post(browser, "survey-archive", survey.pk)
    assert [row.pk for row in get(browser, "survey-list").context["page"].rows] == []
    assert [row.pk for row in get(browser, "survey-list-archived").context["page"].rows] == [survey.pk]
    post(browser, "survey-bring-back", survey.pk)
    assert [row.pk for row in get(browser, "survey-list").context["page"].rows] == [survey.pk]


def test_the_list_counts_questions_and_waves(browser: Client) -> None:
    survey = make_survey()
    make_draft(survey=survey)
    make_draft(survey=survey)
    row = get(browser, "survey-list").context["page"].rows[0]
    assert (row.question_count, row.wave_count) == (6, 2)


def statements(browser: Client, name: str, *args: object) -> int:
    get(browser, name, *args)
    with CaptureQueriesContext(connection) as captured:
        assert get(browser, name, *args).status_code == 200
    return len(captured)


def test_the_list_asks_the_database_as_often_for_30_rows_as_for_one(browser: Client) -> None:
    make_survey()
    with_one = statements(browser, "survey-list")
    for _ in range(29):
        make_survey()
    assert statements(browser, "survey-list") == with_one <= 6


def test_a_survey_asks_the_database_as_often_for_60_questions_as_for_six(browser: Client) -> None:
    survey = make_survey()
    with_six = statements(browser, "survey-detail", survey.pk)
    section = survey.sections.get(position=2)
    behaviour = Behaviour.objects.get(code="listening")
    condition = Condition(True, (Rule("promise", How.IS, "no"),)).to_json()
    Question.objects.bulk_create(
        Question(
            section=section,
            position=9,
            key=f"x{n}",
            kind="yes_no",
            text="?",
            behaviour=behaviour,
            driver="tools",
            condition=condition,
        )
        for n in range(54)
    )
    # Behaviours twice: the first six had none to load.
    assert statements(browser, "survey-detail", survey.pk) == with_six + 2 <= 14


# --- Parts --------------------------------------------------------------------------------------------------
def test_parts_are_added_changed_moved_and_deleted(browser: Client) -> None:
    survey = make_survey()
    post(browser, "section-create", survey.pk, title="Last", intro="")
    last = survey.sections.get(title="Last")
    post(browser, "section-edit", last.pk, title="At last", intro="Nearly done.")
    post(browser, "section-move", last.pk, "up")
    assert list(survey.sections.values_list("title", flat=True)) == ["Everyday", "At last", "More"]
    more = survey.sections.get(title="More")
    assert "Its 3 questions go with it." in get(browser, "section-delete", more.pk).content.decode()
    post(browser, "section-delete", last.pk)
    assert list(survey.sections.values_list("title", flat=True)) == ["Everyday", "More"]


def test_the_21st_part_is_refused_kindly(browser: Client) -> None:
    survey = make_survey()
    Section.objects.bulk_create(Section(survey=survey, position=n, title="x") for n in range(18))
    response = post(browser, "section-create", survey.pk, title="One more", intro="")
    assert (response.status_code, survey.sections.count()) == (422, 20)
    assert "A survey has at most 20 parts." in response.content.decode()


# --- Questions ----------------------------------------------------------------------------------------------
def add(browser: Client, section: Section, kind: str, **data: Any) -> Any:
    return post(browser, "question-create", section.pk, kind, **{"text": "How is it?", **data})


@pytest.fixture
def section() -> Section:
    survey = Survey.objects.create(title="Empty")
    return survey.sections.create(position=1, title="Part")


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("recommend", {"low_label": "no", "high_label": "yes"}, (0, 10, "no", "yes", [])),
        ("scale", {"ends": "1-7", "low_label": "never"}, (1, 7, "never", "", [])),
        ("scale", {"ends": "0-10"}, (0, 10, "", "", [])),
        ("yes_no", {}, (1, 5, "", "", [])),
        ("single", {"options": " Red \r\n\r\nBlue"}, (1, 5, "", "", ["Red", "Blue"])),
        ("multiple", {"options": "Red\nBlue\nGreen"}, (1, 5, "", "", ["Red", "Blue", "Green"])),
        ("short_text", {}, (1, 5, "", "", [])),
        ("long_text", {"options": "ignored\nhere", "ends": "1-7"}, (1, 5, "", "", [])),
    ],
)
def test_every_kind_of_question_is_added(
    browser: Client, section: Section, kind: str, data: dict[str, str], expected: tuple[object, ...]
) -> None:
    behaviour = Behaviour.objects.get(code="humility")
    response = add(browser, section, kind, required="on", behaviour=behaviour.pk, help="Think.", **data)
    question = section.questions.get()
    assert response.url == f"{section.survey.get_absolute_url()}#question-{question.pk}"
    labels = [option["label"] for option in question.options]
    assert (question.low, question.high, question.low_label, question.high_label, labels) == expected
    assert (question.kind, question.required, question.help) == (kind, True, "Think.")
    assert question.behaviour == behaviour
    assert get(browser, "survey-preview", section.survey_id).status_code == 200


@pytest.mark.parametrize(
    ("kind", "data", "field", "words"),
    [
        ("yes_no", {"text": ""}, "text", "Please fill this in."),
        ("yes_no", {"text": "x" * 501}, "text", "Ensure this value has at most 500 characters (it has 501)."),
        ("scale", {"ends": "5-1"}, "ends", "Select a valid choice. 5-1 is not one of the available choices."),
        ("scale", {}, "ends", "Choose one of these."),
        ("single", {"options": "One"}, "options", "Write at least two, one a line."),
        ("single", {"options": "One\none"}, "options", "Two lines are the same. Keep one of them."),
        (
            "multiple",
            {"options": "\n".join(str(n) for n in range(31))},
            "options",
            "Write at most 30.",
        ),
        (
            "single",
            {"options": "a\n" + "b" * 121},
            "options",
            f"Shorten “{'b' * 40}...” to 120 characters.",
        ),
        (
            "yes_no",
            {"behaviour": "9999999"},
            "behaviour",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
    ],
)
def test_a_question_that_cannot_be_is_refused_beside_its_field(
    browser: Client, section: Section, kind: str, data: dict[str, str], field: str, words: str
) -> None:
    response = add(browser, section, kind, **data)
    assert (response.status_code, section.questions.count()) == (422, 0)
    assert response.context["form"].errors == {field: [words]}
    assert f'id="id_{field}_error"' in response.content.decode()


def test_a_kind_there_is_none_of_is_not_found(browser: Client, section: Section) -> None:
    assert browser.get(f"/surveys/parts/{section.pk}/questions/new/colour/").status_code == 404


def test_the_61st_question_is_refused_kindly(browser: Client, section: Section) -> None:
    Question.objects.bulk_create(
        Question(section=section, position=n, key=f"q{n}", kind="yes_no", text="?") for n in range(60)
    )
    response = add(browser, section, "yes_no")
    assert (response.status_code, section.questions.count()) == (422, 60)
    assert "A survey has at most 60 questions." in response.content.decode()


def test_a_question_is_changed_and_keeps_its_key(browser: Client) -> None:
    survey = make_survey()
    question = Question.objects.get(section__survey=survey, key="channel")
    post(
        browser, "question-edit", question.pk, text="How do you  reach us?", options="By letter\nBy telephone"
    )
    question.refresh_from_db()
    assert (question.text, question.key) == ("How do you reach us?", "channel")
    assert question.options == [
        {"code": "mail", "label": "By letter"},
        {"code": "phone", "label": "By telephone"},
    ]


def test_a_question_is_moved_and_deleted_only_by_post(browser: Client) -> None:
    survey = make_survey()
    question = Question.objects.get(section__survey=survey, key="recommend")
    assert get(browser, "question-move", question.pk, "up").status_code == 405
    post(browser, "question-move", question.pk, "up")
    keys = survey.sections.get(position=1).questions.values_list("key", flat=True)
    assert list(keys) == ["recommend", "listens", "promise"]
    assert get(browser, "question-delete", question.pk).status_code == 200
    assert Question.objects.filter(pk=question.pk).exists()
    post(browser, "question-delete", question.pk)
    assert not Question.objects.filter(pk=question.pk).exists()


def test_a_thousand_unknown_fields_change_nothing(browser: Client, section: Section) -> None:
    unknown = {f"field{n}": "x" for n in range(1001)}
    assert add(browser, section, "yes_no", **unknown).status_code == 400
    few = {f"field{n}": "x" for n in range(500)}
    assert add(browser, section, "yes_no", **few).status_code == 302
    assert section.questions.count() == 1


def test_hostile_words_stay_words(browser: Client, section: Section) -> None:
    text = "<script>alert(1)</script>{{ 7*7 }}{% now %} ' OR 1=1 \u202eabc"
    add(browser, section, "single", text=text, options="<b>\n{{ x }}")
    for name, pk in [("survey-detail", section.survey_id), ("survey-preview-page", section.survey_id)]:
        page = get(browser, name, pk).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}{% now %}" in page
        assert "<script>alert" not in page


# --- Who ----------------------------------------------------------------------------------------------------
def test_only_hr_builds() -> None:
    client = Client()
    survey = make_survey()
    assert get(client, "survey-list").status_code == 302
    client.force_login(make_person())
    assert get(client, "survey-list").status_code == 403
    assert post(client, "survey-archive", survey.pk).status_code == 403
    survey.refresh_from_db()
    assert survey.archived is False
