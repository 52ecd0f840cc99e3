"""A survey looked at, its versions, and its way out and in, as pages."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.models import AuditEntry
from people.models import Person
from surveys.domain.building import editing, translating, versioning
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.files.parsing import LARGEST_FILE
from surveys.models import FollowUp, Invitation, Response, SealedBallot, Survey, Wave
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import OPENED, QUESTIONNAIRE, make_draft, make_hr, make_person, make_survey
from tests.surveys.following import make_follow_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


@pytest.fixture
def survey() -> Survey:
    return make_survey()


def launched(survey: Survey, day: int = 0, **fields: Any) -> Wave:
    """A wave that keeps the survey as it stands."""
    survey.refresh_from_db()
    asked = freeze_questionnaire(survey)
    moment = OPENED + dt.timedelta(days=day)
    named = {"state": Wave.State.CLOSED, "launched_at": moment, "questionnaire_json": asked.to_json()}
    return make_draft(survey=survey, **{**named, **fields})


# --- Looking at it ------------------------------------------------------------------------------------------
def page_of(browser: Client, survey: Survey, query: str = "") -> Any:
    return browser.get(reverse("surveys:survey-preview-page", args=[survey.pk]) + query)


def test_the_page_in_the_frame_is_what_those_asked_will_see(browser: Client, survey: Survey) -> None:
    response = page_of(browser, survey)
    page = response.content.decode()
    assert "Your answers are anonymous" in page
    assert all(question.text in page for question in QUESTIONNAIRE.questions())
    assert "build/answer.js" in page
    assert "surveys/answer_form.html" in [template.name for template in response.templates]
    named = page_of(browser, survey, "?mode=identified").content.decode()
    assert "Your answers carry your name" in named


def test_only_this_page_stands_in_a_frame_of_ours(browser: Client, survey: Survey) -> None:
    framed, around = page_of(browser, survey), get(browser, "survey-preview", survey.pk)
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert around["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in around["Content-Security-Policy"]
    assert f'src="/surveys/{survey.pk}/preview/page/' in around.content.decode()


def test_sending_is_checked_as_it_will_be_and_kept_nowhere(browser: Client, survey: Survey) -> None:
    survey.sections.get(position=1).questions.filter(key="listens").update(required=True)
    before = Wave.objects.count(), Invitation.objects.count(), AuditEntry.objects.count()
    url = reverse("surveys:survey-preview-page", args=[survey.pk])
    assert browser.post(url, {"q-recommend": "9"}).status_code == 422
    response = browser.post(url, {"q-listens": "4"})
    assert (response.status_code, "Nothing was sent" in response.content.decode()) == (200, True)
    assert (Wave.objects.count(), Invitation.objects.count(), AuditEntry.objects.count()) == before
    assert not SealedBallot.objects.exists()
    assert not Response.objects.exists()


def test_each_language_is_shown_in_its_words_and_what_we_speak_in_ours(browser: Client, hr: Person) -> None:
    survey = make_survey(languages=["de", "ar"])
    translating.translate(survey, "de", {"listens.text": "Meine Leitung hört zu."}, by=hr)
    translating.translate(survey, "ar", {"listens.text": "مديري يستمع."}, by=hr)
    german = page_of(browser, survey, "?language=de").content.decode()
    assert "Meine Leitung hört zu." in german
    assert '<html lang="de"' in german
    arabic = page_of(browser, survey, "?language=ar").content.decode()
    assert "مديري يستمع." in arabic
    assert ('lang="ar"' in arabic, 'dir="rtl"' in arabic) == (True, True)
    around = get(browser, "survey-preview", survey.pk).context["offers"]
    assert [str(one.label) for one in around["language"]] == ["English", "Deutsch", "العربيّة"]


def test_questions_about_somebody_are_about_whoever_looks(browser: Client, hr: Person) -> None:
    survey = make_survey()
    survey.sections.get(position=1).questions.filter(key="listens").update(text="Does [[subject]] listen?")
    page = page_of(browser, survey).content.decode()
    assert f"Does <bdi>{hr.display_name}</bdi> listen?" in page


@pytest.mark.parametrize("query", ["?language=xx", "?width=huge", "?mode=none", "?language=de&width="])
def test_what_is_not_on_offer_is_the_usual(browser: Client, survey: Survey, query: str) -> None:
    response = browser.get(reverse("surveys:survey-preview", args=[survey.pk]) + query)
    shown = response.context["shown"]
    assert (shown.language, shown.width, shown.mode) == ("en", "phone", "anonymous")


def test_a_version_there_is_none_of_is_not_found(browser: Client, survey: Survey) -> None:
    assert page_of(browser, survey, "?version=7").status_code == 404
    assert page_of(browser, survey, "?version=x").status_code == 200


def test_the_builder_shows_the_survey_beside_its_questions(browser: Client, survey: Survey) -> None:
    page = get(browser, "survey-detail", survey.pk).content.decode()
    assert f'src="/surveys/{survey.pk}/preview/page/"' in page
    empty = Survey.objects.create(title="Empty")
    assert "<iframe" not in get(browser, "survey-detail", empty.pk).content.decode()


# --- Versions -----------------------------------------------------------------------------------------------
def test_every_version_that_was_asked_is_listed_with_what_changed_and_who_did_it(
    browser: Client, survey: Survey, hr: Person
) -> None:
    first = launched(survey, 0)
    editing.change_survey(survey, title="Together", intro="", by=hr)
    second = launched(survey, 10_000)
    again = launched(survey, 10_001)
    editing.change_survey(survey, title="Closer together", intro="", by=hr)
    versions = get(browser, "version-list", survey.pk).context["versions"]
    assert [version.number for version in versions] == [3, 2, 1]
    assert [[wave.pk for wave in version.waves] for version in versions] == [
        [],
        [again.pk, second.pk],
        [first.pk],
    ]
    told = [[(one.before, one.after) for one in version.changes] for version in versions]
    assert told == [[("Together", "Closer together")], [("How we work together", "Together")], []]
    # Both changes were made before the waves of the future that stand for later ones.
    assert [len(version.lines) for version in versions] == [0, 2, 0]
    page = get(browser, "version-list", survey.pk).content.decode()
    assert hr.display_name in page
    assert "<del>" in page


def test_a_survey_never_asked_has_one_version(browser: Client, survey: Survey) -> None:
    [version] = get(browser, "version-list", survey.pk).context["versions"]
    assert (version.number, version.asked, version.changes) == (1, False, [])


def test_the_wave_of_one_that_asks_again_is_no_version(survey: Survey) -> None:
    first = launched(survey, 0)
    again = launched(survey, 1)
    follow_up = make_follow_up()
    FollowUp.objects.filter(pk=follow_up.pk).update(again=again)
    [version] = versioning.versions_of(survey)
    assert [wave.pk for wave in version.waves] == [first.pk]


def test_an_earlier_version_is_shown_and_begun_again(browser: Client, survey: Survey, hr: Person) -> None:
    launched(survey)
    editing.change_survey(survey, title="Another", intro="", by=hr)
    assert "How we work together" in page_of(browser, survey, "?version=1").content.decode()
    assert "Another" in page_of(browser, survey, "?version=2").content.decode()
    response = post(browser, "version-start", survey.pk, 1)
    again = Survey.objects.latest("pk")
    assert response.url == again.get_absolute_url()
    assert freeze_questionnaire(again) == QUESTIONNAIRE
    assert post(browser, "version-start", survey.pk, 9).status_code == 404


def test_versions_cost_as_much_for_many_waves_as_for_one(browser: Client, survey: Survey, hr: Person) -> None:
    def statements() -> int:
        get(browser, "version-list", survey.pk)
        with CaptureQueriesContext(connection) as captured:
            get(browser, "version-list", survey.pk)
        return len(captured)

    launched(survey)
    editing.change_survey(survey, title="T", intro="", by=hr)
    few = statements()
    for number in range(15):
        launched(survey, number)
        editing.change_survey(survey, title=f"T{number}", intro="", by=hr)
    assert statements() == few <= 12


# --- Out and in ---------------------------------------------------------------------------------------------
def sent(browser: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("survey.json", content, "application/json")
    return post(browser, "survey-take-in", file=file)


def test_a_survey_goes_out_as_a_file_and_comes_in_equal(browser: Client, survey: Survey) -> None:
    response = get(browser, "survey-file", survey.pk)
    assert response["Content-Disposition"] == 'attachment; filename="how-we-work-together.json"'
    assert sent(browser, response.content).status_code == 302
    taken = Survey.objects.latest("pk")
    assert freeze_questionnaire(taken) == QUESTIONNAIRE
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["survey.taken_out", "survey.taken_in"]


def test_a_file_that_is_not_right_makes_no_survey_and_says_where(browser: Client, survey: Survey) -> None:
    data = json.loads(get(browser, "survey-file", survey.pk).content)
    data["parts"][0]["questions"][0]["key"] = "a key"
    data["parts"][1]["title"] = ""
    response = sent(browser, json.dumps(data).encode())
    assert (response.status_code, Survey.objects.count()) == (422, 1)
    assert [fault.place for fault in response.context["faults"]] == ["Part 1, question 1", "Part 2"]
    assert "2 things in the file are not right." in response.content.decode()


@pytest.mark.parametrize(("content", "status"), [(b"", 422), (b"{", 422), (b"x" * (LARGEST_FILE + 1), 422)])
def test_a_file_of_nothing_is_refused(browser: Client, content: bytes, status: int) -> None:
    assert sent(browser, content).status_code == status
    assert not Survey.objects.exists()


def test_a_behaviour_of_another_organisation_is_left_out_with_a_note(browser: Client, survey: Survey) -> None:
    data = json.loads(get(browser, "survey-file", survey.pk).content)
    data["parts"][0]["questions"][0]["behaviour"] = "<b>bold</b>"
    response = sent(browser, json.dumps(data).encode())
    page = browser.get(response.url).content.decode()
    assert "there is no behaviour “&lt;b&gt;bold&lt;/b&gt;” here." in page


def test_nobody_without_the_right_looks_takes_out_or_takes_in(survey: Survey) -> None:
    stranger = browser_of(make_person())
    for name in ("survey-preview", "survey-preview-page", "version-list", "survey-file"):
        assert get(stranger, name, survey.pk).status_code == 403
    assert get(stranger, "survey-take-in").status_code == 403
