"""The page on which somebody says what they want to be told, by which channel, when and in which language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications import kinds
from notifications.checks import check_categories
from notifications.domain.opting_out import opt_out, read_token, unsubscribe_url
from notifications.domain.preferring import wanted_of
from notifications.kinds import Kind
from notifications.models import Message, Muted, OptOut
from people.models import Person
from people.roles import HR

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR = dt.timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(person: MakePerson) -> Person:
    return person(email="anna@example.org")


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url() -> str:
    return reverse("notifications:preferences")


def everything(person: Person, **changes: object) -> dict[str, object]:
    """What the form sends where nothing is changed, but for ``changes``."""
    form = client_of(person).get(url()).context["form"]
    sent: dict[str, object] = {}
    for field in form:
        value = field.value()
        if isinstance(value, dt.time):
            value = f"{value:%H:%M}"
        if value is not None:
            sent[field.name] = value
    return sent | changes


def save(person: Person, **changes: object) -> int:
    return client_of(person).post(url(), everything(person, **changes)).status_code


def refused(person: Person, **changes: object) -> dict[str, list[str]]:
    answer = client_of(person).post(url(), everything(person, **changes))
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


# --- What, and where ----------------------------------------------------------------------------------------
def test_who_has_chosen_nothing_gets_everything(anna: Person) -> None:
    form = client_of(anna).get(url()).context["form"]
    assert form["tell_surveys"].value() == ["email", "portal"]
    assert form["rhythm"].value() == ""


@pytest.mark.parametrize(
    ("chosen", "opted_out", "muted"),
    [(["email", "portal"], 0, 0), (["portal"], 1, 0), (["email"], 0, 1), ([], 1, 1)],
)
def test_each_channel_is_chosen_by_itself(
    anna: Person, chosen: list[str], opted_out: int, muted: int
) -> None:
    assert save(anna, tell_surveys=chosen) == 302
    assert OptOut.objects.filter(category="surveys", address=anna.email).count() == opted_out
    assert Muted.objects.filter(category="surveys", person=anna).count() == muted
    assert client_of(anna).get(url()).context["form"]["tell_surveys"].value() == chosen


def test_what_a_mailed_link_switched_off_shows_and_comes_back(anna: Person) -> None:
    token = unsubscribe_url("surveys", anna.email).split("/")[-2]
    wish = read_token(token)
    assert wish is not None
    opt_out(wish)
    assert client_of(anna).get(url()).context["form"]["tell_surveys"].value() == ["portal"]
    assert save(anna, tell_surveys=["email", "portal"]) == 302
    assert not OptOut.objects.exists()


def test_what_the_account_hangs_on_is_shown_and_cannot_be_chosen(anna: Person) -> None:
    page = client_of(anna).get(url()).content.decode()
    assert "Account and sign-in" in page
    assert "tell_account" not in page
    assert save(anna, tell_account=[]) == 302
    assert not OptOut.objects.filter(category="account").exists()


def test_a_channel_that_does_not_exist_is_refused(anna: Person) -> None:
    assert list(refused(anna, tell_surveys=["pigeon"])) == ["tell_surveys"]


def test_every_category_is_registered_and_what_is_fixed_cannot_be_left(register: Register) -> None:
    assert check_categories() == []
    register("test.lost", category="nowhere")
    register("test.held", category="account", unsubscribable=True)
    assert [(found.id, found.obj) for found in check_categories()] == [
        ("notifications.E002", "test.lost"),
        ("notifications.E003", "test.held"),
    ]


def test_everybody_sees_what_concerns_them_and_keeps_the_rest(person: MakePerson, anna: Person) -> None:
    leavable = {kind.category for kind in kinds.known_kinds().values() if kind.unsubscribable} - {"digest"}
    of_hr = {each.name for each in kinds.known_categories() if each.concerns} & leavable
    assert of_hr
    hr = person()
    hr.groups.add(Group.objects.get_or_create(name=HR)[0])
    seen = {
        who: {field.name for field in client_of(who).get(url()).context["form"].category_fields}
        for who in (hr, anna)
    }
    assert seen == {
        hr: {f"tell_{name}" for name in leavable},
        anna: {f"tell_{name}" for name in leavable - of_hr},
    }
    OptOut.objects.create(category=min(of_hr), address=anna.email)
    assert save(anna) == 302
    assert OptOut.objects.get().category == min(of_hr)


# --- When ---------------------------------------------------------------------------------------------------
def test_language_hours_and_quiet_hours_are_kept(anna: Person) -> None:
    status = save(
        anna,
        language="de",
        time_zone="Europe/Vienna",
        hours="own",
        working_days=["5", "1"],
        day_starts="22:00",
        day_ends="06:00",
        quiet_starts="02:00",
        quiet_ends="04:00",
        rhythm="weekly",
    )
    assert status == 302
    anna.refresh_from_db()
    assert (anna.language, anna.time_zone, anna.working_days, anna.digest) == (
        "de",
        "Europe/Vienna",
        "15",
        "weekly",
    )
    assert (anna.day_starts, anna.day_ends) == (dt.time(22), dt.time(6))
    assert (anna.quiet_starts, anna.quiet_ends) == (dt.time(2), dt.time(4))


def test_the_first_page_in_a_new_language_says_in_it_that_it_is_saved(anna: Person) -> None:
    client = client_of(anna)
    answer = client.post(url(), everything(anna, language="de"), follow=True)
    assert [code for _url, code in answer.redirect_chain] == [302]
    assert answer.headers["Content-Language"] == "de"
    assert len(answer.context["messages"]) == 1


def test_hours_of_ones_own_need_a_day_and_times(anna: Person) -> None:
    hours = {"hours": "own", "working_days": [], "day_starts": "08:00", "day_ends": "25:00"}
    assert refused(anna, **hours) == {
        "working_days": ["Choose at least one day."],
        "day_ends": ["Enter a valid time."],
    }


def test_hours_follow_the_organisation_or_their_owner(anna: Person) -> None:
    page = client_of(anna).get(url())
    assert page.context["form"].initial["hours"] == "usual"
    assert "Here: Monday, Tuesday, Wednesday, Thursday, Friday, 08:00 to 18:00." in page.content.decode()
    own = {"hours": "own", "working_days": ["2"], "day_starts": "09:00", "day_ends": "15:00"}
    assert save(anna, **own) == 302
    anna.refresh_from_db()
    assert (anna.working_days, anna.day_starts, anna.day_ends) == ("2", dt.time(9), dt.time(15))
    # Whatever still stands in the fields.
    assert save(anna, hours="usual") == 302
    anna.refresh_from_db()
    assert (anna.working_days, anna.day_starts, anna.day_ends) == ("", None, None)


def test_quiet_hours_can_be_taken_back(anna: Person) -> None:
    assert save(anna, quiet_starts="12:00", quiet_ends="13:00") == 302
    assert save(anna, quiet_starts="", quiet_ends="") == 302
    anna.refresh_from_db()
    assert (anna.quiet_starts, anna.quiet_ends) == (None, None)


@pytest.mark.parametrize(
    ("begins", "ends", "where"),
    [
        ("12:00", "", "quiet_ends"),
        ("", "13:00", "quiet_starts"),
        ("12:00", "12:00", "quiet_ends"),
        # Those of the organisation are 8 to 18.
        ("08:00", "18:00", "quiet_ends"),
        ("07:00", "19:00", "quiet_ends"),
    ],
)
def test_quiet_hours_nobody_could_keep_are_refused(anna: Person, begins: str, ends: str, where: str) -> None:
    found = refused(anna, quiet_starts=begins, quiet_ends=ends)
    assert list(found) == [where]
    anna.refresh_from_db()
    assert (anna.quiet_starts, anna.quiet_ends) == (None, None)


def test_quiet_hours_are_held_against_the_hours_sent_with_them(anna: Person) -> None:
    hours = {"hours": "own", "working_days": ["1"], "day_starts": "12:00", "day_ends": "14:00"}
    assert list(refused(anna, quiet_starts="12:00", quiet_ends="14:00", **hours)) == ["quiet_ends"]
    assert save(anna, quiet_starts="12:00", quiet_ends="13:00", **hours) == 302


def test_it_holds_for_what_waits_already(anna: Person, register: Register, put: Put) -> None:
    register()
    later = timezone.now() + 12 * HOUR
    for_hours, for_its_time = put(person=anna), put(person=anna, due=later)
    Message.objects.filter(pk=for_hours.pk).update(due=later, reason=Reason.HOURS)
    assert save(anna, quiet_starts="12:00", quiet_ends="13:00") == 302
    for_hours.refresh_from_db()
    for_its_time.refresh_from_db()
    assert (for_hours.reason, for_hours.due <= timezone.now()) == (Reason.NONE, True)
    assert for_its_time.due == later


# --- How often ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("rhythm", "opted_out"), [("", 0), ("daily", 0), ("weekly", 0), ("never", 1)])
def test_each_rhythm_is_kept_and_shown(anna: Person, rhythm: str, opted_out: int) -> None:
    assert save(anna, rhythm=rhythm) == 302
    anna.refresh_from_db()
    assert (anna.digest, OptOut.objects.filter(category="digest").count()) == (
        rhythm if rhythm != "never" else "",
        opted_out,
    )
    assert client_of(anna).get(url()).context["form"]["rhythm"].value() == rhythm


def test_never_can_be_taken_back(anna: Person) -> None:
    assert [save(anna, rhythm="never"), save(anna, rhythm="daily")] == [302, 302]
    assert not OptOut.objects.exists()


def test_it_says_when_a_digest_would_come(anna: Person) -> None:
    answer = client_of(anna).get(url())
    assert answer.context["next_daily"] > timezone.now()
    assert answer.context["next_weekly"] >= answer.context["next_daily"]
    assert "once a day would next be" in answer.content.decode()


# --- Twice, late, meanwhile ---------------------------------------------------------------------------------
def test_posted_twice_is_as_good_as_once(anna: Person) -> None:
    client, sent = client_of(anna), everything(anna, tell_surveys=["portal"], rhythm="daily")
    assert client.post(url(), sent).status_code == 302
    sent.pop("as_opened")
    assert client.post(url(), sent).status_code == 302
    assert (OptOut.objects.count(), Person.objects.get(pk=anna.pk).digest) == (1, "daily")


@pytest.mark.parametrize("meanwhile", ["link", "hours", "digest"])
def test_whoever_saves_over_a_change_is_told(anna: Person, meanwhile: str) -> None:
    sent = everything(anna, tell_surveys=["email", "portal"])
    if meanwhile == "link":
        OptOut.objects.create(category="surveys", address=anna.email)
    elif meanwhile == "hours":
        Person.objects.filter(pk=anna.pk).update(day_ends=dt.time(15))
    else:
        Person.objects.filter(pk=anna.pk).update(digest="weekly")
    answer = client_of(anna).post(url(), sent)
    assert answer.status_code == 422
    assert "after you opened it" in answer.content.decode()
    assert OptOut.objects.count() == (meanwhile == "link")
    # Once told, they may.
    sent["as_opened"] = answer.context["form"]["as_opened"].value()
    assert client_of(anna).post(url(), sent).status_code == 302
    assert not OptOut.objects.exists()


def test_what_is_not_on_the_page_stays_as_it_is(anna: Person) -> None:
    client, sent = client_of(anna), everything(anna)
    Person.objects.filter(pk=anna.pk).update(job_title="Nurse", link_stamp=7)
    assert client.post(url(), sent).status_code == 302
    anna.refresh_from_db()
    assert (anna.job_title, anna.link_stamp) == ("Nurse", 7)


def test_nobody_chooses_for_others(anna: Person, person: MakePerson) -> None:
    other = person()
    assert save(anna, tell_surveys=[]) == 302
    assert wanted_of(other)["email"] >= {"surveys"}
    assert not Muted.objects.filter(person=other).exists()
