"""Translations side by side, as pages."""

from __future__ import annotations

import pytest
from django.test import Client

from people.models import Person
from surveys.domain.building import editing, translating
from surveys.models import Question, Survey
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import make_draft, make_hr, make_people, make_person, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


@pytest.fixture
def survey() -> Survey:
    return make_survey(languages=["ar"])


def test_the_language_of_a_survey_is_chosen_with_its_title(browser: Client) -> None:
    post(browser, "survey-create", title="Kantine", intro="", language="de")
    survey = Survey.objects.get()
    assert survey.language == "de"
    post(browser, "survey-edit", survey.pk, title="Canteen", intro="", language="en")
    survey.refresh_from_db()
    assert (survey.title, survey.language) == ("Canteen", "en")
    response = post(browser, "survey-edit", survey.pk, title="Canteen", intro="", language="xx")
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["language"])


def test_a_language_is_added_translated_and_left_out(browser: Client) -> None:
    survey = make_survey()
    assert "One language so far" in get(browser, "translation-list", survey.pk).content.decode()
    response = post(browser, "language-add", survey.pk, language="de")
    assert response.url == f"/surveys/{survey.pk}/translations/de/"
    response = post(
        browser, "translation-edit", survey.pk, "de", **{"title": "Zusammen", "listens.text": "Hört zu."}
    )
    assert response.status_code == 302
    page = get(browser, "translation-list", survey.pk).content.decode()
    assert "2 of 17 texts are translated." in " ".join(page.split())
    post(browser, "language-remove", survey.pk, "de")
    assert get(browser, "translation-edit", survey.pk, "de").status_code == 404


@pytest.mark.parametrize("language", ["en", "ar", "xx", ""])
def test_a_language_that_cannot_be_added_is_refused_beside_the_field(
    browser: Client, survey: Survey, language: str
) -> None:
    response = post(browser, "language-add", survey.pk, language=language)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["language"])


def test_fields_run_the_way_their_language_does(browser: Client, survey: Survey) -> None:
    page = get(browser, "translation-edit", survey.pk, "ar").content.decode()
    assert page.count('lang="ar" dir="rtl"') == 17
    assert 'lang="en" dir="ltr">My lead listens.</div>' in page


def test_only_what_is_to_do_is_shown_and_saving_it_leaves_the_rest(
    browser: Client, survey: Survey, hr: Person
) -> None:
    translating.translate(survey, "ar", {"title": "عنوان", "listens.text": "يستمع"}, by=hr)
    Question.objects.filter(key="listens").update(text="My lead hears me.")
    response = browser.get(f"/surveys/{survey.pk}/translations/ar/?show=open")
    shown = [name for name in response.context["form"].fields if name != "as_opened"]
    assert "title" not in shown
    assert "listens.text" in shown
    assert "The original has changed since" in response.content.decode()
    browser.post(f"/surveys/{survey.pk}/translations/ar/?show=open", {"hear.text": "ماذا نسمع؟"})
    survey.refresh_from_db()
    done = {place.name for place in translating.places_of(survey) if not place.is_missing("ar")}
    # What was shown and sent empty is empty; the title was not shown.
    assert done == {"title", "hear.text"}


def test_a_translation_whose_original_changed_is_said_to_be_right(
    browser: Client, survey: Survey, hr: Person
) -> None:
    translating.translate(survey, "ar", {"title": "عنوان"}, by=hr)
    editing.change_survey(survey, title="Another", intro="", by=hr)
    post(browser, "translation-edit", survey.pk, "ar", **{"title": "عنوان", "ok.title": "on"})
    survey.refresh_from_db()
    assert not next(translating.places_of(survey)).is_behind("ar")


def test_whoever_saves_over_another_translator_is_told_once(
    browser: Client, survey: Survey, hr: Person
) -> None:
    form = get(browser, "translation-edit", survey.pk, "ar").context["form"]
    opened = form["as_opened"].value()
    translating.translate(survey, "ar", {"title": "أول"}, by=hr)
    response = post(browser, "translation-edit", survey.pk, "ar", title="ثان", as_opened=opened)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Somebody changed words on this page" in page
    assert "ثان" in page
    again = response.context["form"]["as_opened"].value()
    assert post(browser, "translation-edit", survey.pk, "ar", title="ثان", as_opened=again).status_code == 302


def test_what_was_made_of_an_original_that_changed_meanwhile_is_not_taken_for_its_translation(
    browser: Client, survey: Survey, hr: Person
) -> None:
    opened = get(browser, "translation-edit", survey.pk, "ar").context["form"]["as_opened"].value()
    editing.change_survey(survey, title="Quite another one", intro="", by=hr)
    response = post(browser, "translation-edit", survey.pk, "ar", title="عنوان", as_opened=opened)
    page = response.content.decode()
    assert (response.status_code, "Quite another one" in page, "عنوان" in page) == (422, True, True)
    survey.refresh_from_db()
    assert survey.translations.get("ar", {}) == {}


def test_words_too_long_are_refused_beside_their_field(browser: Client, survey: Survey) -> None:
    response = post(browser, "translation-edit", survey.pk, "ar", title="x" * 151)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["title"])


def test_a_survey_with_very_many_texts_comes_in_pages(browser: Client, survey: Survey) -> None:
    options = [{"code": f"o{n}", "label": f"Answer {n}"} for n in range(30)]
    section = survey.sections.get(position=2)
    Question.objects.bulk_create(
        Question(section=section, position=9, key=f"x{n}", kind="single", text="?", options=options)
        for n in range(30)
    )
    seen: list[str] = []
    for number in (1, 2, 3):
        response = browser.get(f"/surveys/{survey.pk}/translations/ar/?page={number}")
        seen += [name for name in response.context["form"].fields if name != "as_opened"]
    assert seen == [place.name for place in translating.places_of(survey)]
    assert len(seen) == 17 + 30 * 31
    late = browser.get(f"/surveys/{survey.pk}/translations/ar/?page=99")
    assert late.context["form"].blocks[-1].places[-1].name == "x29.option.o29"


def test_nobody_without_the_right_translates(survey: Survey) -> None:
    stranger = browser_of(make_person())
    assert get(stranger, "translation-list", survey.pk).status_code == 403
    assert post(stranger, "translation-edit", survey.pk, "ar", title="x").status_code == 403


# --- Before a launch ----------------------------------------------------------------------------------------
def test_before_a_launch_it_says_what_is_not_translated_yet(
    browser: Client, survey: Survey, hr: Person
) -> None:
    wave = make_draft(survey=survey)
    make_people(12)
    for name in ("wave-detail", "wave-launch"):
        page = " ".join(get(browser, name, wave.pk).content.decode().split())
        assert "العربيّة (Arabic): 17 texts are shown in the main language." in page
    translating.translate(survey, "ar", dict.fromkeys(_names(survey), "كلمة"), by=hr)
    assert "texts are shown in the main" not in get(browser, "wave-launch", wave.pk).content.decode()


def _names(survey: Survey) -> list[str]:
    return [place.name for place in translating.places_of(survey)]
