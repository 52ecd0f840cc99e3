"""One's own sessions, what ends them, and the page that shows them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from common.models import AuditEntry
from culture_portal.account_mail import set_password_link
from people.domain import changing, keeping_sessions
from people.models import Person, SignedInSession
from tests.people.conftest import PASSWORD, client_of, make_person

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
OnCommit = Callable[..., AbstractContextManager[list[Callable[[], None]]]]


@pytest.fixture
def owner() -> Person:
    return make_person("Olga Owner")


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks: OnCommit) -> Callable[[], AbstractContextManager[object]]:
    """What follows a commit happens, although a test's own transaction never commits."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def signed_in(person: Person, agent: str = FIREFOX, address: str = "192.0.2.10", **data: str) -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD, **data})
    return client


def key_of(client: Client) -> str:
    return str(client.session.session_key)


def is_in(client: Client) -> bool:
    """Asked as the browser asks: by the next request."""
    answer = client.get(reverse("home"))
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


def go_back(client: Client, hours: int) -> None:
    """As if so many hours had passed since the last visit."""
    session = client.session
    session[keeping_sessions.SEEN] -= hours
    session.save()


# --- The page -----------------------------------------------------------------------------------------------
def test_the_page_lists_devices_in_words_and_marks_this_one(owner: Person) -> None:
    here, _phone = signed_in(owner), signed_in(owner, IPHONE, "2001:db8:1:2::9")
    page = here.get(reverse("signing_in:security")).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Firefox on Linux" in text
    assert "Safari on iPhone" in text
    assert "192.0.2.x" in text
    assert "2001:db8:1::x" in text
    assert text.count("This device") == 1
    assert [session.session_id for session in owner.signed_in_sessions.all()].count(key_of(here)) == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8", "A device we do not recognise"),
        ("", "A device we do not recognise"),
        ("Firefox/1 <script>alert(1)</script> Windows " * 200, "Firefox on Windows"),
    ],
)
def test_devices_are_told_in_words_and_the_rest_is_not_kept(owner: Person, agent: str, words: str) -> None:
    signed_in(owner, agent)
    assert SignedInSession.objects.get().device_words == words


def test_the_page_takes_the_same_statements_for_one_and_for_thirty(owner: Person, settings: Settings) -> None:
    # What a cached session costs depends on the cache.
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    client = signed_in(owner)
    counts = []
    for more in (29, 0):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("signing_in:security")).status_code == 200
        counts.append(len(queries))
        for _ in range(more):
            signed_in(owner)
    assert counts[0] == counts[1]
    assert owner.signed_in_sessions.count() == 30


def test_people_see_and_end_only_their_own(owner: Person) -> None:
    other = make_person("Otto Other")
    theirs = signed_in(other)
    row = other.signed_in_sessions.get()
    answer = signed_in(owner).post(reverse("signing_in:session-end", args=[row.pk]))
    assert answer.status_code == 404
    assert is_in(theirs)


def test_ending_one_session_signs_that_device_out_with_its_next_request(
    owner: Person, on_commit: Callable[[], AbstractContextManager[object]]
) -> None:
    here, there, third = signed_in(owner), signed_in(owner, IPHONE), signed_in(owner, EDGE)
    assert is_in(there)
    row = owner.signed_in_sessions.get(session_id=key_of(there))
    with on_commit():
        here.post(reverse("signing_in:session-end", args=[row.pk]))
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)
    assert not Session.objects.filter(pk=row.session_id).exists()
    # A second time there is nothing to end.
    assert here.post(reverse("signing_in:session-end", args=[row.pk])).status_code == 404
    entry = AuditEntry.objects.get(action="person.session_ended")
    assert (entry.actor, entry.detail) == (owner, {"number": 1})


def test_ending_all_others_leaves_this_one(
    owner: Person, on_commit: Callable[[], AbstractContextManager[object]]
) -> None:
    here, there, third = signed_in(owner), signed_in(owner, IPHONE), signed_in(owner, EDGE)
    with on_commit():
        here.post(reverse("signing_in:session-end-others"))
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)
    assert owner.signed_in_sessions.count() == 1


def test_an_ended_session_stays_ended_where_the_cache_did_not_hear_of_it(owner: Person) -> None:
    """Redis was away meanwhile and comes back with what it held: the hour's look at the row ends it."""
    client = signed_in(owner)
    assert is_in(client)
    key = key_of(client)
    held = cache.get(f"django.contrib.sessions.cached_db{key}")
    keeping_sessions.end(session_keys=[key])
    held[keeping_sessions.SEEN] -= 1
    cache.set(f"django.contrib.sessions.cached_db{key}", held)
    assert not is_in(client)


# --- What is written, and when ------------------------------------------------------------------------------
def test_a_session_is_seen_to_the_hour_and_written_once_in_it(owner: Person) -> None:
    client = signed_in(owner)
    go_back(client, 3)
    SignedInSession.objects.update(seen_at=timezone.now() - dt.timedelta(hours=3))
    written = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert is_in(client)
        written.append(
            sum('UPDATE "people_signedinsession"' in query["sql"] for query in queries.captured_queries)
        )
    assert written == [1, 0, 0]
    session = SignedInSession.objects.get()
    now = timezone.now()
    assert session.seen_at == now.replace(minute=0, second=0, microsecond=0)
    assert session.begun_at <= session.seen_at
    ends = Session.objects.get().expire_date
    assert (ends.minute, ends.second, ends.microsecond) == (0, 0, 0)


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_logout"])
def test_public_pages_are_never_seen(owner: Person, name: str) -> None:
    client = signed_in(owner)
    go_back(client, 3)
    before = SignedInSession.objects.values_list("seen_at").get()
    client.get(reverse(name))
    assert SignedInSession.objects.values_list("seen_at").get() == before


def test_a_session_from_before_they_were_noted_is_noted(owner: Person) -> None:
    client = signed_in(owner)
    SignedInSession.objects.all().delete()
    session = client.session
    del session[keeping_sessions.SEEN]
    session.save()
    assert is_in(client)
    assert SignedInSession.objects.get().person == owner


def test_rows_leave_with_their_session(owner: Person) -> None:
    client = signed_in(owner)
    client.post(reverse("account_logout"))
    assert SignedInSession.objects.count() == 0
    signed_in(owner)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(days=1))
    keeping_sessions.forget_expired(timezone.now())
    assert SignedInSession.objects.count() == 0


# --- How long -----------------------------------------------------------------------------------------------
def test_without_being_asked_to_stay_the_cookie_ends_with_the_browser(owner: Person) -> None:
    client = signed_in(owner)
    assert client.cookies["sessionid"]["max-age"] == ""
    go_back(client, 11)
    assert is_in(client)
    go_back(client, 12)
    assert not is_in(client)


def test_a_device_may_be_asked_to_stay_signed_in(owner: Person, settings: Settings) -> None:
    client = signed_in(owner, remember="on")
    assert client.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE
    go_back(client, 13 * 24)
    assert is_in(client)
    # Used again, the two weeks begin anew.
    assert client.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE
    go_back(client, 14 * 24)
    assert not is_in(client)


def test_nobody_stays_signed_in_for_ever(owner: Person, settings: Settings) -> None:
    client = signed_in(owner, remember="on")
    session = client.session
    session[keeping_sessions.BEGUN] -= settings.SESSION_LONGEST_HOURS
    session[keeping_sessions.SEEN] -= 1
    session.save()
    assert not is_in(client)


# --- What ends them all -------------------------------------------------------------------------------------
def test_deactivating_somebody_ends_every_session_and_coming_back_revives_none(
    owner: Person, on_commit: Callable[[], AbstractContextManager[object]]
) -> None:
    hr, here, there = make_person("Hana Resource"), signed_in(owner), signed_in(owner, IPHONE)
    with on_commit():
        changing.deactivate(owner, by=hr)
    assert (is_in(here), is_in(there)) == (False, False)
    changing.reactivate(owner, by=hr)
    assert (is_in(here), is_in(there)) == (False, False)
    assert SignedInSession.objects.count() == 0


def test_changing_the_password_ends_all_other_sessions_and_keeps_this_one(
    owner: Person, on_commit: Callable[[], AbstractContextManager[object]]
) -> None:
    here, there = signed_in(owner), signed_in(owner, IPHONE)
    new = {"password1": "four brave otters swim", "password2": "four brave otters swim"}
    with on_commit():
        answer = here.post(reverse("account_change_password"), new)
    assert answer.headers["Location"] == reverse("signing_in:security")
    assert (is_in(here), is_in(there)) == (True, False)
    assert owner.signed_in_sessions.get().session_id == key_of(here)
    assert AuditEntry.objects.filter(action="person.password_changed", actor=owner).count() == 1


def test_a_reset_by_mail_ends_every_session(
    owner: Person, on_commit: Callable[[], AbstractContextManager[object]]
) -> None:
    there = signed_in(owner, IPHONE)
    owner.refresh_from_db()
    by_mail = Client()
    page = by_mail.get(set_password_link(owner).removeprefix("http://localhost"), follow=True)
    new = {"password1": "four brave otters swim", "password2": "four brave otters swim"}
    with on_commit():
        by_mail.post(page.redirect_chain[-1][0], new)
    assert (is_in(by_mail), is_in(there)) == (True, False)


def test_the_password_links_of_somebody_who_left_open_nothing(owner: Person) -> None:
    hr = make_person("Hana Resource")
    path = set_password_link(owner).removeprefix("http://localhost")
    changing.deactivate(owner, by=hr)
    assert Client().get(path, follow=True).redirect_chain == []
    changing.reactivate(owner, by=hr)
    assert Client().get(path, follow=True).redirect_chain == []
    owner.refresh_from_db()
    again = set_password_link(owner).removeprefix("http://localhost")
    assert Client().get(again, follow=True).redirect_chain != []


# --- Confirming ---------------------------------------------------------------------------------------------
GUARDED = ["signing_in:address-change", "account_change_password"]


def age_records(client: Client, seconds: int) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.save()


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_could_lock_an_owner_out_asks_again_after_five_minutes(
    owner: Person, name: str, method: str
) -> None:
    client = signed_in(owner)
    age_records(client, 299)
    assert client.get(reverse(name)).status_code == 200
    age_records(client, 2)
    secret = {"password1": "four brave otters swim", "password2": "four brave otters swim"}
    answer: HttpResponse = getattr(client, method)(reverse(name), secret)
    asked = f"{reverse('account_reauthenticate')}?next={reverse(name).replace('/', '%2F')}"
    assert (answer.status_code, answer.headers["Location"]) == (302, asked)
    # Nothing of what was typed waits anywhere.
    assert "otters" not in repr(dict(client.session))
    confirmed = client.post(asked, {"password": PASSWORD, "next": reverse(name)})
    assert confirmed.headers["Location"] == reverse(name)
    assert client.get(reverse(name)).status_code == 200


def test_a_session_that_only_exists_is_not_confirmed(owner: Person) -> None:
    assert client_of(owner).get(reverse("account_change_password")).status_code == 302


def test_confirming_leads_nowhere_else(owner: Person) -> None:
    client = signed_in(owner)
    answer = client.post(
        reverse("account_reauthenticate"), {"password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/"


def test_who_has_no_password_confirms_by_signing_in_again(owner: Person) -> None:
    owner.set_unusable_password()
    owner.save()
    client = client_of(owner)
    page = client.get(reverse("signing_in:address-change"), follow=True)
    assert page.status_code == 200
    assert "Sign out and in again" in page.content.decode()
