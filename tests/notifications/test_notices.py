"""The notification centre: what it shows, what the bell counts, and what marks a notice as read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from culture_portal.signing_in.mail import queue_notice
from notifications.domain.queueing import cancel
from notifications.domain.showing_notices import notice_page, unread_count
from notifications.kinds import Kind, NoticeWords
from notifications.models import Message, Muted, Notice
from people.domain.changing_address import ADDRESS_CHANGED
from people.models import Person
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
LIST, READ_ALL = "/notifications/", "/notifications/read/"
SETTLED = "settled"


def words(told: Sequence[Message | Notice]) -> Mapping[int, NoticeWords]:
    """What its context says; settled ones are not worth showing."""
    return {
        one.pk: NoticeWords(
            title=one.context.get("title", one.key), why="Somebody asked.", path="/more/", action="Look"
        )
        for one in told
        if SETTLED not in one.context
    }


@pytest.fixture
def reader(person: MakePerson, register: Register) -> Person:
    """Somebody, and a kind that is shown in the portal."""
    register(notices=words)
    return person()


@pytest.fixture
def client(reader: Person) -> Client:
    client = Client()
    client.force_login(reader)
    return client


def titles(page: str) -> list[str]:
    return re.findall(r'class="cp-row-title"><bdi>(.*?)</bdi>', page)


def listed(client: Client, **query: str) -> list[str]:
    return titles(client.get(LIST, query).content.decode())


def bell(client: Client, path: str = "/more/") -> tuple[str, str]:
    """What the bell says to those who hear it and to those who see it."""
    page = client.get(path).content.decode()
    link = re.search(r'href="/notifications/" aria-label="([^"]*)">(.*?)</a>', page, re.DOTALL)
    assert link
    dot = re.search(r'class="cp-dot" aria-hidden="true">([^<]*)<', link[2])
    return link[1], dot[1] if dot else ""


def notice_of(message: Message) -> Notice:
    return Notice.objects.get(key=message.key)


def open_it(client: Client, message: Message) -> str:
    response = client.post(reverse("notifications:notice-open", args=[notice_of(message).pk]))
    assert response.status_code == 302
    return str(response["Location"])


# --- What is shown ------------------------------------------------------------------------------------------
def test_the_newest_stands_on_top_and_only_ones_own(
    client: Client, reader: Person, put: Put, person: MakePerson
) -> None:
    for days, title in ((2, "Older"), (0, "Newest"), (1, "Newer")):
        put(person=reader, due=NOW - dt.timedelta(days=days), context={"title": title})
    put(person=person(), context={"title": "Somebody else's"})
    assert listed(client) == ["Newest", "Newer", "Older"]
    assert bell(client) == ("Notifications, 3 new", "3")


def test_what_is_not_shown_is_not_counted(client: Client, reader: Person, put: Put) -> None:
    put(person=reader, due=timezone.now() + dt.timedelta(days=1))
    put(person=reader, not_after=NOW + dt.timedelta(days=1))
    put(person=reader, context={SETTLED: 1})
    put(person=reader, series="one", step=0)
    put(person=reader, series="one", step=1, context={"title": "The reminder"})
    gone = put(person=reader, series="two")
    cancel(series=gone.series)
    put(person=reader, kind="test.note")
    Muted.objects.create(person=reader, category="other")
    assert len(listed(client)) == 2
    assert bell(client) == ("Notifications, 2 new", "2")
    Muted.objects.create(person=reader, category="tests")
    assert listed(client) == []
    assert bell(client) == ("Notifications", "")


def test_a_kind_nobody_knows_any_more_is_not_shown(client: Client, reader: Person, put: Put) -> None:
    Notice.objects.filter(pk=notice_of(put(person=reader)).pk).update(kind="of.an.older.portal")
    assert (listed(client), bell(client)) == ([], ("Notifications", ""))


def test_the_bell_counts_to_ninety_nine(client: Client, reader: Person, put: Put) -> None:
    for _ in range(99):
        put(person=reader)
    assert bell(client) == ("Notifications, 99 new", "99")
    put(person=reader)
    assert bell(client) == ("Notifications, more than 99 new", "99+")
    put(person=reader)
    assert unread_count(reader, timezone.now()) == 100


def test_a_page_looks_further_where_much_is_settled(client: Client, reader: Person, put: Put) -> None:
    for number in range(70):
        context = {"title": str(number)} if number % 2 else {SETTLED: 1}
        put(person=reader, due=NOW + dt.timedelta(minutes=number), context=context)
    first = notice_page(reader, now=timezone.now())
    assert [row.words.title for row in first.rows] == [str(number) for number in range(69, 14, -2)]
    rest = notice_page(reader, after=first.next_cursor, now=timezone.now())
    assert [row.words.title for row in rest.rows] == ["13", "11", "9", "7", "5", "3", "1"]
    assert rest.next_cursor is None


def test_what_arrives_meanwhile_moves_nothing(client: Client, reader: Person, put: Put) -> None:
    for number in range(31):
        put(person=reader, context={"title": str(number)})
    page = client.get(LIST).content.decode()
    following = re.search(r'href="([^"]*)" rel="next"', page)
    assert following
    put(person=reader, due=NOW + dt.timedelta(days=1))
    assert titles(client.get(following[1]).content.decode()) == ["0"]


def test_unread_ones_alone(client: Client, reader: Person, put: Put) -> None:
    seen = put(person=reader, context={"title": "Seen"})
    put(person=reader, context={"title": "New"})
    open_it(client, seen)
    assert listed(client, show="unread") == ["New"]
    assert listed(client, show="anything") == ["New", "Seen"]
    page = client.get(LIST, {"show": "unread"}).content.decode()
    assert '<a href="/notifications/?show=unread" aria-current="true">Unread</a>' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "Nothing to tell you yet"),
        ({"show": "unread"}, "Nothing unread"),
        ({"after": "no-cursor-of-ours"}, "That was all"),
    ],
)
def test_an_empty_page_says_why(client: Client, query: dict[str, str], expected: str) -> None:
    page = client.get(LIST, query).content.decode()
    assert expected in page
    assert "Nothing is new." in page
    assert "Mark all as read" not in page


def test_names_run_their_own_way_and_no_markup_comes_through(
    client: Client, reader: Person, put: Put
) -> None:
    put(person=reader, context={"title": "استطلاع <b>الفريق</b>"})
    assert listed(client) == ["استطلاع &lt;b&gt;الفريق&lt;/b&gt;"]


# --- Reading ------------------------------------------------------------------------------------------------
def test_looking_changes_nothing(client: Client, reader: Person, put: Put) -> None:
    message = put(person=reader)
    for path in (LIST, READ_ALL, reverse("notifications:notice-open", args=[notice_of(message).pk])):
        client.get(path)
    assert not notice_of(message).read


def test_opening_leads_on_and_marks_it_read_however_often(client: Client, reader: Person, put: Put) -> None:
    message = put(person=reader)
    assert [open_it(client, message) for _ in range(2)] == ["/more/", "/more/"]
    assert notice_of(message).read
    assert bell(client) == ("Notifications", "")


def test_opening_what_was_settled_meanwhile_says_so(client: Client, reader: Person, put: Put) -> None:
    message = put(person=reader)
    Notice.objects.update(context={SETTLED: 1})
    assert open_it(client, message) == LIST
    assert "That is settled" in client.get(LIST).content.decode()
    assert notice_of(message).read


def test_nobody_opens_the_notice_of_somebody_else_nor_one_of_tomorrow(
    client: Client, reader: Person, put: Put, person: MakePerson
) -> None:
    theirs = put(person=person())
    tomorrow = put(person=reader, due=timezone.now() + dt.timedelta(days=1))
    for message in (theirs, tomorrow):
        path = reverse("notifications:notice-open", args=[notice_of(message).pk])
        assert client.post(path).status_code == 404
        assert client.post(READ_ALL, {"newest": notice_of(message).pk}).status_code == 302
    assert not Notice.objects.filter(read=True).exists()


def test_all_that_was_seen_is_read_and_what_came_since_is_not(
    client: Client, reader: Person, put: Put, person: MakePerson
) -> None:
    older, newest = put(person=reader, due=NOW - dt.timedelta(days=1)), put(person=reader)
    # Planned long ago, so that its number is no later than those of the others, and due only now.
    planned = put(person=reader, due=timezone.now() + dt.timedelta(days=1))
    theirs = put(person=person())
    page = client.get(LIST).content.decode()
    seen = re.search(r'name="newest" value="(\d+)"', page)
    assert seen
    Notice.objects.filter(key=planned.key).update(due=timezone.now())
    since = put(person=reader, due=NOW)
    page = client.post(READ_ALL, {"newest": seen[1]}, follow=True).content.decode()
    assert "Everything is marked as read." in page
    read = set(Notice.objects.filter(read=True).values_list("key", flat=True))
    assert read == {older.key, newest.key}
    assert {since.key, planned.key, theirs.key}.isdisjoint(read)
    assert bell(client) == ("Notifications, 2 new", "2")
    again = client.post(READ_ALL, {"newest": seen[1]}, follow=True).content.decode()
    assert "Everything is marked as read." not in again


@pytest.mark.parametrize("newest", ["", "0", "-1", "²", "9" * 18, "9" * 40, "x"])
def test_a_number_that_is_none_marks_nothing(client: Client, reader: Person, put: Put, newest: str) -> None:
    put(person=reader)
    assert client.post(READ_ALL, {"newest": newest}).status_code == 302
    assert not Notice.objects.filter(read=True).exists()


def test_further_down_nothing_offers_to_mark_all(client: Client, reader: Person, put: Put) -> None:
    for _ in range(31):
        put(person=reader)
    page = client.get(LIST).content.decode()
    following = re.search(r'href="([^"]*)" rel="next"', page)
    assert following
    assert "Mark all as read" in page
    assert "Mark all as read" not in client.get(following[1]).content.decode()


# --- What it costs ------------------------------------------------------------------------------------------
def statements(client: Client, path: str) -> tuple[int, int]:
    """All, and those that ask for notices."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    asking = [one for one in queries.captured_queries if 'FROM "notifications_notice"' in one["sql"]]
    return len(queries), len(asking)


def test_the_bell_asks_once_on_every_page(client: Client, reader: Person, put: Put) -> None:
    client.get("/more/")
    nothing = statements(client, "/more/")
    for _ in range(30):
        put(person=reader)
    assert statements(client, "/more/") == nothing
    assert nothing[1] == 1


def test_the_page_costs_the_same_with_one_and_with_thirty(client: Client, reader: Person, put: Put) -> None:
    counts = []
    client.get(LIST)
    for number in (1, 29):
        for _ in range(number):
            put(person=reader)
        counts.append(statements(client, LIST))
    assert counts[0] == counts[1]
    assert counts[0][1] == 2


def test_pages_for_nobody_in_particular_ask_for_no_notices(reader: Person, put: Put) -> None:
    put(person=reader)
    assert statements(Client(), "/sign-in/")[1] == 0


# --- Kinds of the account -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "title"),
    [
        ("added", "A second factor was set up"),
        ("removed", "Your second factor was removed"),
        ("reset", "Your second factor was reset"),
        ("codes", "You have new recovery codes"),
    ],
)
def test_a_changed_second_factor_leads_to_what_guards_the_account(
    client: Client, reader: Person, change: str, title: str
) -> None:
    queue_notice(reader, change, now=timezone.now())
    assert listed(client) == [title]
    assert open_it(client, Message.objects.get()) == "/account/security/"


def test_a_changed_address_is_told_to_its_person(client: Client, reader: Person, put: Put) -> None:
    message = put(kind=ADDRESS_CHANGED, person=reader, address="former@example.org")
    assert listed(client) == ["Your e-mail address was changed"]
    assert open_it(client, message) == "/account/security/"
