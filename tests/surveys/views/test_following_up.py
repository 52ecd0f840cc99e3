"""The pages of follow-ups: who sees what, what closing asks for, and lists that stay quick."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.erasing import Erased
from common.models import AuditEntry
from customers.models import Contact
from people.models import Person, Team
from surveys.domain import forgetting
from surveys.domain.following_up import asking_again, going_up
from surveys.domain.following_up.telling_owners import waiting_follow_ups
from surveys.models import FollowUp, FollowUpCause, Wave
from tests.surveys.browsing import browser_of
from tests.surveys.factories import make_draft, make_hr, make_person
from tests.surveys.following import (
    ANSWERED,
    DAY,
    HEARD,
    close,
    make_cause,
    make_follow_up,
    make_followed_wave,
)

pytestmark = pytest.mark.django_db

LIST = "/follow-ups/"
# One less where a session is in Redis.
QUERIES_OF_LIST = 11


def words_of(response: Any) -> str:
    content = response.content.decode()
    main = content[content.index("<main") : content.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.fixture
def boss() -> Person:
    return make_person(display_name="Boss")


@pytest.fixture
def mara(boss: Person) -> Person:
    return make_person(display_name="Mara", manager=boss)


@pytest.fixture
def follow_up(mara: Person) -> FollowUp:
    return make_follow_up(mara, phone="+49 30 1234", preferred_channel=Contact.Channel.PHONE)


@pytest.fixture
def page(mara: Person) -> Client:
    return browser_of(mara)


def url(name: str, follow_up: FollowUp) -> str:
    return reverse(f"surveys:follow-up-{name}", args=[follow_up.pk])


def local(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


# --- One of them --------------------------------------------------------------------------------------------
def test_the_page_says_who_what_and_how_they_like_to_be_reached(page: Client, follow_up: FollowUp) -> None:
    words = words_of(page.get(url("detail", follow_up)))
    for said in ("Captain", "Ferry line", HEARD, "+49 30 1234", "By telephone", "@ferry.example", "Mara"):
        assert said in words


def test_each_look_is_recorded_as_of_any_named_answer(
    page: Client, follow_up: FollowUp, mara: Person
) -> None:
    page.get(url("detail", follow_up))
    page.get(url("detail", follow_up))
    looks = AuditEntry.objects.filter(action="wave.answer_read", actor=mara)
    assert [entry.detail["response"] for entry in looks] == [follow_up.response_id] * 2


def test_hr_the_manager_and_others_find_nothing_until_it_comes_up_to_them(
    follow_up: FollowUp, boss: Person
) -> None:
    for person in (boss, make_hr(), make_person()):
        assert browser_of(person).get(url("detail", follow_up)).status_code == 404
    assert follow_up.goes_up_at is not None
    going_up.hand_up_late(follow_up.goes_up_at)
    assert browser_of(boss).get(url("detail", follow_up)).status_code == 200


def test_first_contact_then_what_was_done_then_closed(page: Client, follow_up: FollowUp) -> None:
    early = page.post(url("close", follow_up), {"done": "Rang.", "cause": make_cause().pk})
    assert early.status_code == 422
    assert "Note the first contact" in words_of(early)

    page.post(url("contact", follow_up), {"at": local(ANSWERED + DAY), "channel": "phone"})
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.channel) == ("contacted", "phone")

    without = page.post(url("close", follow_up), {"done": "", "cause": ""})
    assert without.status_code == 422

    page.post(url("note", follow_up), {"done": "Rang them.", "cause": ""})
    follow_up.refresh_from_db()
    assert (follow_up.done, follow_up.state) == ("Rang them.", "contacted")

    answer = page.post(url("close", follow_up), {"done": "Refunded.", "cause": make_cause().pk}, follow=True)
    follow_up.refresh_from_db()
    assert follow_up.state == "closed"
    assert "Refunded." in words_of(answer)
    assert "Bad weather" in words_of(answer)


def test_contact_needs_a_time_between_the_answer_and_now(page: Client, follow_up: FollowUp) -> None:
    for at in (ANSWERED - DAY, timezone.now() + DAY):
        response = page.post(url("contact", follow_up), {"at": local(at), "channel": "phone"})
        assert response.status_code == 422
    assert FollowUp.objects.waiting().exists()


def test_contact_in_the_minute_of_the_answer_is_taken(page: Client, mara: Person) -> None:
    follow_up = make_follow_up(mara, now=ANSWERED + dt.timedelta(seconds=40))
    response = page.post(url("contact", follow_up), {"at": local(ANSWERED), "channel": "phone"})
    assert response.status_code == 302


def test_it_is_handed_over_by_address(page: Client, follow_up: FollowUp) -> None:
    other = make_person(display_name="Otto")
    page.post(url("hand-over", follow_up), {"to": other.email})
    assert page.get(url("detail", follow_up)).status_code == 404
    assert "Otto" in words_of(browser_of(other).get(url("detail", follow_up)))


def test_taking_it_on_oneself_says_so_and_tells_nobody(follow_up: FollowUp, boss: Person) -> None:
    FollowUp.objects.filter(pk=follow_up.pk).update(escalated_to=boss)
    response = browser_of(boss).post(url("hand-over", follow_up), {"to": boss.email}, follow=True)
    content = response.content.decode()
    assert "It is yours now." in content
    assert "is told" not in content
    follow_up.refresh_from_db()
    assert follow_up.owner == boss


def test_whoever_closes_second_hears_that_their_words_were_not_kept(
    page: Client, follow_up: FollowUp, boss: Person
) -> None:
    FollowUp.objects.filter(pk=follow_up.pk).update(escalated_to=boss)
    page.post(url("contact", follow_up), {"at": local(ANSWERED + DAY), "channel": "phone"})
    words = {"done": "Refunded.", "cause": make_cause().pk}
    for _ in range(2):
        assert "Closed." in page.post(url("close", follow_up), words, follow=True).content.decode()
    other = browser_of(boss).post(url("close", follow_up), {**words, "done": "Rang."}, follow=True)
    assert "Nothing was changed" in other.content.decode()
    follow_up.refresh_from_db()
    assert follow_up.done == "Refunded."


def test_whoever_reads_only_what_was_asked_again_has_no_figures(follow_up: FollowUp, mara: Person) -> None:
    close(follow_up, contacted=ANSWERED + DAY, closed=ANSWERED + DAY)
    asking_again.ask_again_due(ANSWERED + 60 * DAY)
    assert Wave.objects.filter(readers=mara).exists()
    assert not mara.has_perm("surveys.see_recovery")


def test_history_names_the_steps_and_whom_it_went_to(follow_up: FollowUp, boss: Person) -> None:
    assert follow_up.goes_up_at is not None
    going_up.hand_up_late(follow_up.goes_up_at)
    words = words_of(browser_of(boss).get(url("detail", follow_up)))
    assert "The portal passed a follow-up up the line: Boss" in words
    assert "The portal opened a follow-up after a low score: Mara" in words


def test_one_of_an_erased_respondent_still_shows_and_says_so(page: Client, follow_up: FollowUp) -> None:
    contact = Contact.objects.get()
    forgetting.take_out(Erased(model=Contact, ids=[contact.pk], addresses=set()))
    words = words_of(page.get(url("detail", follow_up)))
    assert "no longer kept" in words
    assert "Captain" not in words
    assert "no longer kept" in words
    assert "Somebody who has left" in words_of(page.get(LIST, {"stage": "every"}))
    # Nobody can get in touch any more, so nobody is asked to.
    assert "Nobody waits for you" in words_of(page.get(LIST))
    going_up.hand_up_late(timezone.now())
    assert FollowUp.objects.get().escalated_to is None


# --- The list -----------------------------------------------------------------------------------------------
def test_late_ones_stand_first_and_closed_ones_are_asked_for(page: Client, mara: Person) -> None:
    wave = make_followed_wave(opens_at=timezone.now() - 20 * DAY, closes_at=timezone.now() + 20 * DAY)
    fresh = make_follow_up(mara, wave=wave, now=timezone.now(), name="Fresh")
    done = close(
        make_follow_up(mara, wave=wave, now=timezone.now() - 9 * DAY, name="Done"),
        contacted=timezone.now(),
        closed=timezone.now(),
    )
    late = make_follow_up(mara, wave=wave, now=timezone.now() - 9 * DAY, name="Late one")
    words = words_of(page.get(LIST))
    assert words.index("Late one") < words.index("Fresh")
    assert "Done" not in words
    assert "Late" in words
    assert "Done" in words_of(page.get(LIST, {"stage": "closed"}))
    only_late = words_of(page.get(LIST, {"stage": "late"}))
    assert "Late one" in only_late
    assert "Fresh" not in only_late
    assert {fresh.owner, done.owner, late.owner} == {mara}


def test_a_manager_sees_of_their_people_who_has_it_but_not_of_whom(follow_up: FollowUp, boss: Person) -> None:
    words = words_of(browser_of(boss).get(LIST, {"whose": "people", "stage": "every"}))
    assert "Mara gets in touch." in words
    assert "Captain" not in words
    assert "They gave" not in words


def test_somebody_without_people_is_not_offered_their_peoples(page: Client, follow_up: FollowUp) -> None:
    assert "My people" not in words_of(page.get(LIST))
    lead = make_person()
    Team.objects.create(name="Dock", lead=lead)
    assert "My people" in words_of(browser_of(lead).get(LIST))


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_takes_as_many_statements_however_long(
    number: int, page: Client, mara: Person, django_assert_max_num_queries: Any
) -> None:
    wave = make_followed_wave()
    for _ in range(number):
        make_follow_up(mara, wave=wave)
    page.get(LIST)
    with django_assert_max_num_queries(QUERIES_OF_LIST):
        assert page.get(LIST).status_code == 200


# --- My day -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 12])
def test_my_day_shows_open_ones_in_one_statement(
    number: int, mara: Person, django_assert_num_queries: Any
) -> None:
    wave = make_followed_wave()
    for _ in range(number):
        make_follow_up(mara, wave=wave)
    with django_assert_num_queries(1):
        items = waiting_follow_ups(mara, ANSWERED)
    assert len(items) == number
    assert items[0].title.startswith("Get in touch with Captain")
    assert items[0].due is not None


# --- What a wave says of it ---------------------------------------------------------------------------------
def settings_of(wave: Wave) -> str:
    return reverse("surveys:wave-follow-up", args=[wave.pk])


def test_hr_decides_on_a_draft_and_reads_it_after_the_launch() -> None:
    hr = make_hr()
    page, draft = browser_of(hr), make_draft(mode=Wave.Mode.IDENTIFIED)
    assert "Decide what is followed up" in words_of(page.get(draft.get_absolute_url()))
    sent = {
        "follow_up_question": "recommend",
        "follow_up_limit": "6",
        "follow_up_days": "3",
        "follow_up_owner": hr.email,
        "ask_again_days": "0",
    }
    assert page.post(settings_of(draft), sent).status_code == 302
    draft.refresh_from_db()
    assert (draft.follow_up_question, draft.follow_up_limit, draft.follow_up_owner) == ("recommend", 6, hr)
    running = make_followed_wave()
    words = words_of(page.get(settings_of(running)))
    assert "Would you recommend us?" in words
    page.post(settings_of(running), {**sent, "follow_up_limit": "1"})
    running.refresh_from_db()
    assert running.follow_up_limit == 6
    assert page.get(settings_of(make_draft())).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("follow_up_limit", ""), ("follow_up_limit", "10"), ("follow_up_owner", ""), ("follow_up_days", "0")],
)
def test_what_does_not_fit_is_refused(field: str, value: str) -> None:
    hr, draft = make_hr(), make_draft(mode=Wave.Mode.IDENTIFIED)
    sent = {
        "follow_up_question": "recommend",
        "follow_up_limit": "6",
        "follow_up_days": "3",
        "follow_up_owner": hr.email,
        "ask_again_days": "10",
    }
    response = browser_of(hr).post(settings_of(draft), {**sent, field: value})
    assert response.status_code == 422
    draft.refresh_from_db()
    assert draft.follow_up_question == ""


# --- Causes and figures -------------------------------------------------------------------------------------
def test_hr_keeps_the_causes() -> None:
    page = browser_of(make_hr())
    page.post(reverse("surveys:cause-create"), {"name": "Broken lift"})
    cause = FollowUpCause.objects.get(name="Broken lift")
    again = page.post(reverse("surveys:cause-create"), {"name": "Broken lift"})
    assert again.status_code == 422
    page.post(reverse("surveys:cause-edit", args=[cause.pk]), {"name": "Lift out of order"})
    page.post(reverse("surveys:cause-archive", args=[cause.pk]))
    cause.refresh_from_db()
    assert (cause.name, cause.archived) == ("Lift out of order", True)
    assert "Lift out of order" in words_of(page.get(reverse("surveys:cause-list")))
    page.post(reverse("surveys:cause-bring-back", args=[cause.pk]))
    cause.refresh_from_db()
    assert not cause.archived


def test_figures_name_nobody(follow_up: FollowUp) -> None:
    close(follow_up, contacted=ANSWERED + DAY, closed=ANSWERED + DAY)
    words = words_of(browser_of(make_hr()).get(reverse("surveys:follow-up-figures")))
    assert "Bad weather" in words
    assert "100 %" in words
    for name in ("Captain", "Mara", "Ferry", "Refunded", HEARD):
        assert name not in words
