"""Questions of every kind, their places and their conditions, in the browser of whoever builds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.domain.building import editing
from surveys.models import Question, Section, Survey
from surveys.questionnaire import Kind
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import make_hr, make_person, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return browser_of(make_hr())


@pytest.fixture
def section() -> Section:
    return Survey.objects.create(title="Empty").sections.create(position=1, title="Part")


def question(survey: Survey, key: str) -> Question:
    return Question.objects.select_related("section__survey").get(section__survey=survey, key=key)


def labels(stored: list[dict[str, Any]]) -> list[str]:
    return [one["label"] for one in stored]


# --- Kinds --------------------------------------------------------------------------------------------------
def test_every_kind_is_offered_with_an_example(browser: Client, section: Section) -> None:
    page = get(browser, "question-choose", section.pk).content.decode()
    for kind in Question.Kind.values:
        assert f"/questions/new/{kind}/" in page
    assert page.count('class="cp-example"') == len(Question.Kind.values)
    assert "/questions/new/place/" not in page


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("ranking", {"options": "Speed\nCare\nCost"}, {"options": ["Speed", "Care", "Cost"]}),
        (
            "matrix",
            {
                "rows": "Food\nRoom",
                "columns": "scale",
                "ends": "1-7",
                "low_label": "bad",
                "options": "left over",
            },
            {"rows": ["Food", "Room"], "options": [], "high": 7, "low_label": "bad"},
        ),
        (
            "matrix",
            {"rows": "Food\nRoom", "columns": "options", "ends": "1-5", "options": "Often\nNever"},
            {"rows": ["Food", "Room"], "options": ["Often", "Never"]},
        ),
        ("number", {"least": "-5", "most": "50", "unit": "days"}, {"least": -5, "most": 50, "unit": "days"}),
        (
            "date",
            {"earliest": "2026-01-01", "latest": "2026-12-31"},
            {"earliest": dt.date(2026, 1, 1), "latest": dt.date(2026, 12, 31)},
        ),
        ("single", {"options": "Mail\nPhone", "other": "on"}, {"options": ["Mail", "Phone"], "other": True}),
        (
            "multiple",
            {"options": "Mail\nPhone", "driver": " my  tools "},
            {"driver": "my tools", "other": False},
        ),
    ],
)
def test_every_new_kind_is_added_and_shown_again(
    browser: Client, section: Section, kind: str, data: dict[str, str], expected: dict[str, Any]
) -> None:
    post(browser, "question-create", section.pk, kind, text="How is it?", **data)
    added = section.questions.get()
    found = {name: getattr(added, name) for name in expected}
    for name in {"options", "rows"} & found.keys():
        assert {one["code"][0] for one in found[name]} <= {name[0]}
        found[name] = labels(found[name])
    assert found == expected
    page = get(browser, "question-edit", added.pk)
    opened = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    sent = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    assert opened
    kept = {
        name: "on" if value is True else value for name, value in sent.items() if value not in (None, False)
    }
    assert post(browser, "question-edit", added.pk, **kept).status_code == 302
    again = section.questions.get()
    assert (again.key, again.options, again.rows) == (added.key, added.options, added.rows)
    assert get(browser, "survey-detail", section.survey_id).status_code == 200


@pytest.mark.parametrize(
    ("kind", "data", "field", "words"),
    [
        ("ranking", {"options": "One"}, "options", "Write at least two, one a line."),
        ("ranking", {"options": "\n".join("abcdefghijk")}, "options", "Write at most 10."),
        (
            "matrix",
            {"rows": "\n".join("abcdefghijklmnop"), "columns": "scale", "ends": "1-5"},
            "rows",
            "Write at most 15.",
        ),
        (
            "matrix",
            {"rows": "a\nb", "columns": "options", "ends": "1-5", "options": ""},
            "options",
            "Write at least two, one a line.",
        ),
        (
            "matrix",
            {"rows": "a\nb", "columns": "options", "ends": "1-5", "options": "\n".join("abcdefgh")},
            "options",
            "Write at most 7.",
        ),
        ("matrix", {"rows": "a\nb", "columns": "scale"}, "ends", "Choose one of these."),
        ("matrix", {"rows": "a\nb", "ends": "1-5"}, "columns", "Choose one of these."),
        ("number", {"most": "5"}, "least", "Please fill this in."),
        ("number", {"least": "5", "most": "5"}, "most", "The largest number must be above the smallest."),
        (
            "number",
            {"least": "0", "most": "1000000001"},
            "most",
            "Write a number up to a thousand million, above or below zero.",
        ),
        ("date", {"earliest": "2026-01-01"}, "latest", "Please fill this in."),
        (
            "date",
            {"earliest": "2026-01-02", "latest": "2026-01-01"},
            "latest",
            "The latest day must be after the earliest.",
        ),
        (
            "date",
            {"earliest": "0001-01-01", "latest": "2026-01-01"},
            "earliest",
            "Choose a day between 1900 and 2200.",
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    browser: Client, section: Section, kind: str, data: dict[str, str], field: str, words: str
) -> None:
    response = post(browser, "question-create", section.pk, kind, text="How?", **data)
    assert (response.status_code, section.questions.count()) == (422, 0)
    assert response.context["form"].errors == {field: [words]}


def test_a_scale_that_came_from_a_file_stays_when_its_words_change(browser: Client) -> None:
    survey = make_survey()
    Question.objects.filter(key="listens").update(low=1, high=3)
    one = question(survey, "listens")
    page = get(browser, "question-edit", one.pk).content.decode()
    assert '<option value="1-3" selected>1 to 3</option>' in page
    post(browser, "question-edit", one.pk, text="My lead hears me.", ends="1-3")
    one.refresh_from_db()
    assert (one.key, one.text, one.low, one.high) == ("listens", "My lead hears me.", 1, 3)
    post(browser, "question-edit", one.pk, text="My lead hears me.", ends="1-5")
    assert not Question.objects.filter(key="listens").exists()


def test_drivers_in_use_are_offered_and_keep_their_spelling(browser: Client, section: Section) -> None:
    other = Survey.objects.create(title="Other").sections.create(position=1, title="Part")
    other.questions.create(position=1, key="a", kind="yes_no", text="?", driver="Workload")
    page = get(browser, "question-create", section.pk, "scale").content.decode()
    assert '<option value="Workload"></option>' in page
    assert 'list="drivers"' in page
    post(browser, "question-create", section.pk, "yes_no", text="Too much?", driver="WORKLOAD")
    assert section.questions.get().driver == "Workload"


def test_a_new_number_and_day_begin_with_bounds_that_make_sense(browser: Client, section: Section) -> None:
    form = get(browser, "question-create", section.pk, "date").context["form"]
    assert form["earliest"].value() < dt.date.today() < form["latest"].value()  # noqa: DTZ011 - years apart
    form = get(browser, "question-create", section.pk, "number").context["form"]
    assert (form["least"].value(), form["most"].value()) == (0, 100)


# --- Places -------------------------------------------------------------------------------------------------
def order(survey: Survey) -> list[str]:
    rows = Question.objects.filter(section__survey=survey).order_by("section__position", "position")
    return list(rows.values_list("key", flat=True))


def test_a_question_is_dropped_in_another_part_but_in_no_other_survey(browser: Client) -> None:
    survey, other = make_survey(), make_survey()
    moved = question(survey, "listens")
    more = survey.sections.get(position=2)
    response = post(browser, "question-place", moved.pk, section=more.pk, place=2)
    assert response.url == f"{survey.get_absolute_url()}#question-{moved.pk}"
    assert order(survey) == ["recommend", "promise", "channel", "listens", "helps", "hear"]
    for wrong in [
        {"section": other.sections.get(position=1).pk, "place": 1},
        {"section": more.pk, "place": 0},
        {},
    ]:
        response = browser.post(f"/surveys/questions/{moved.pk}/place/", wrong, follow=True)
        assert "It could not be put there." in response.content.decode()
    assert order(survey) == ["recommend", "promise", "channel", "listens", "helps", "hear"]


def test_copies_of_questions_and_parts(browser: Client) -> None:
    survey = make_survey()
    post(browser, "question-duplicate", question(survey, "promise").pk)
    post(browser, "section-duplicate", survey.sections.get(position=2).pk)
    assert list(survey.sections.values_list("title", flat=True)) == ["Everyday", "More", "More (copy)"]
    assert len(set(order(survey))) == 10
    bulk = (
        Question(section=survey.sections.get(position=1), position=9, key=f"x{n}", kind="yes_no", text="?")
        for n in range(50)
    )
    Question.objects.bulk_create(bulk)
    for name, pk in [
        ("question-duplicate", question(survey, "promise").pk),
        ("section-duplicate", survey.sections.get(position=2).pk),
    ]:
        response = post(browser, name, pk)
        assert "A survey has at most 60 questions." in browser.get(response.url).content.decode()
    assert len(order(survey)) == 60


# --- Conditions ---------------------------------------------------------------------------------------------
def test_a_condition_is_built_in_two_steps_without_a_script(browser: Client) -> None:
    survey = make_survey()
    shown = question(survey, "hear")
    form = get(browser, "question-condition", shown.pk).context["form"]
    assert list(form.fields) == ["every", "as_opened", "item1"]
    form = post(browser, "question-condition-fields", shown.pk, every="any", item1="channel").context["form"]
    assert list(form.fields) == ["every", "as_opened", "item1", "test1", "value1", "item2"]
    assert form["every"].value() == "any"
    assert [code for code, _label in form.fields["value1"].choices] == ["mail", "phone", "desk"]
    assert question(survey, "hear").condition is None
    post(
        browser,
        "question-condition",
        shown.pk,
        every="any",
        item1="channel",
        test1="is_not",
        value1="desk",
        item2="",
        item3="recommend",
        test3="at_least",
        value3="9",
    )
    stored = question(survey, "hear").condition
    assert stored is not None
    assert Condition.from_json(stored) == Condition(
        every=False, rules=(Rule("channel", How.IS_NOT, "desk"), Rule("recommend", How.AT_LEAST, "9"))
    )
    page = get(browser, "survey-detail", survey.pk).content.decode()
    words = page.replace("\N{FIRST STRONG ISOLATE}", "").replace("\N{POP DIRECTIONAL ISOLATE}", "")
    assert (
        "Shown when 4. How do you reach us? is not In person or 2. Would you recommend us? is at least 9"
    ) in words
    form = get(browser, "question-condition", shown.pk).context["form"]
    assert [form[name].value() for name in ("every", "item1", "test1", "value1")] == [
        "any",
        "channel",
        "is_not",
        "desk",
    ]
    post(browser, "question-condition-remove", shown.pk)
    assert question(survey, "hear").condition is None


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({}, "item1", "Choose a question, or go back without a condition."),
        ({"item1": "hear"}, "item1", "Choose a question that comes before this one."),
        ({"item1": "channel"}, "item1", "Choose a question that comes before this one."),
        ({"item1": "promise"}, "test1", "Choose one of these."),
        (
            {"item1": "promise", "test1": "at_least", "value1": "yes"},
            "test1",
            "Choose one of these: the other does not fit this question.",
        ),
        (
            {"item1": "promise", "test1": "is", "value1": "maybe"},
            "value1",
            "Choose one of the answers to this question.",
        ),
    ],
)
def test_a_condition_that_cannot_be_is_refused_kindly(
    browser: Client, data: dict[str, str], field: str, words: str
) -> None:
    survey = make_survey()
    response = post(browser, "question-condition", question(survey, "channel").pk, every="all", **data)
    assert response.status_code == 422
    assert response.context["form"].errors[field] == [words]
    assert question(survey, "channel").condition is None


@pytest.mark.parametrize(
    ("kind", "fields", "good", "wrong"),
    [
        (Kind.NUMBER, {"least": 0, "most": 30}, "14", "31"),
        (
            Kind.DATE,
            {"earliest": dt.date(2026, 1, 1), "latest": dt.date(2026, 2, 1)},
            "2026-01-15",
            "2026-03-01",
        ),
        (Kind.SHORT_TEXT, {}, "late", " "),
    ],
)
def test_what_is_typed_must_be_an_answer_somebody_could_give(
    browser: Client, section: Section, kind: Kind, fields: dict[str, Any], good: str, wrong: str
) -> None:
    section.questions.create(position=1, key="before", kind=kind.value, text="Before?", **fields)
    shown = section.questions.create(position=2, key="after", kind="yes_no", text="After?")
    data = {"every": "all", "item1": "before", "test1": "is"}
    assert post(browser, "question-condition", shown.pk, **data, value1=wrong).status_code == 422
    assert post(browser, "question-condition", shown.pk, **data, value1=good).status_code == 302
    shown.refresh_from_db()
    assert shown.condition == {"every": True, "rules": [{"key": "before", "test": "is", "value": good}]}


def kept(survey: Survey) -> Condition | None:
    stored = question(survey, "promise").condition
    return Condition.from_json(stored) if stored else None


def test_whoever_saves_over_another_condition_is_told_once(browser: Client) -> None:
    survey = make_survey()
    one = question(survey, "promise")
    form = get(browser, "question-condition", one.pk).context["form"]
    mine = {"every": "all", "item1": "listens", "test1": "is", "value1": "5"}
    mine["as_opened"] = form["as_opened"].value()
    # Asking for the fields that fit makes the page no younger.
    between = post(browser, "question-condition-fields", one.pk, **mine).context["form"]
    assert between["as_opened"].value() == mine["as_opened"]
    theirs = Condition(True, (Rule("recommend", How.IS, "0"),))
    editing.set_condition(one, theirs, by=None)
    response = post(browser, "question-condition", one.pk, **mine)
    assert response.status_code == 422
    assert "Somebody changed when it is shown" in response.content.decode()
    assert kept(survey) == theirs
    mine["as_opened"] = response.context["form"]["as_opened"].value()
    assert post(browser, "question-condition", one.pk, **mine).status_code == 302
    assert kept(survey) == Condition(True, (Rule("listens", How.IS, "5"),))


def test_the_first_question_has_nothing_to_look_at(browser: Client) -> None:
    page = get(browser, "question-condition", question(make_survey(), "listens").pk).content.decode()
    assert "Nothing is asked before it" in page


def test_a_refusal_names_the_questions_on_the_page(browser: Client) -> None:
    survey = make_survey()
    editing.set_condition(
        question(survey, "hear"), Condition(True, (Rule("channel", How.IS, "mail"),)), by=None
    )
    channel = question(survey, "channel")
    response = post(browser, "question-edit", channel.pk, text="How?", options="By telephone\nIn person")
    assert response.status_code == 422
    assert "What should we hear?" in response.context["form"].non_field_errors()[0]
    for name, args, data in [
        ("question-delete", (channel.pk,), {}),
        ("section-move", (survey.sections.get(position=2).pk, "up"), {}),
        ("question-place", (channel.pk,), {"section": survey.sections.get(position=2).pk, "place": 3}),
        ("section-delete", (survey.sections.get(position=2).pk,), {}),
    ]:
        page = browser.get(post(browser, name, *args, **data).url).content.decode()
        refused = name in {"question-delete", "question-place"}
        assert ("Change or remove that condition first." in page) is refused, name


# --- Who ----------------------------------------------------------------------------------------------------
def test_nobody_else_builds() -> None:
    survey = make_survey()
    stranger = browser_of(make_person())
    pk = question(survey, "listens").pk
    for name in ("question-duplicate", "question-place", "question-condition-remove"):
        assert post(stranger, name, pk).status_code == 403
    assert order(survey) == ["listens", "recommend", "promise", "channel", "helps", "hear"]
