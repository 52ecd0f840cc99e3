"""What an administrator sees of the outbox and does about it by hand."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import AuditEntry
from culture_portal.proving.sink import Sink
from notifications.domain import overseeing
from notifications.domain.dispatching import drain
from notifications.domain.overseeing import Standing, outbox_totals, rows_standing, standing_of
from notifications.kinds import Kind
from notifications.models import Message, RefusedAddress, SendSlot
from people.models import Person
from people.roles import ADMINISTRATOR, HR
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db
State = Message.State
Reason = Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
TOMORROW = dt.timedelta(days=1)


@pytest.fixture
def ada(person: MakePerson) -> Person:
    ada = person(display_name="Ada")
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    return ada


@pytest.fixture
def administrator(ada: Person) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def place(put: Put) -> Put:
    """A message of this state and reason; ``later``: not due before tomorrow."""

    def make(state: State, reason: str = "", *, later: bool = False, **fields: object) -> Message:
        message = put(**fields)
        due = timezone.now() + (TOMORROW if later else -dt.timedelta(minutes=5))
        Message.objects.filter(pk=message.pk).update(state=state, reason=reason, due=due)
        message.refresh_from_db()
        return message

    return make


def rows_of(page: str, tag: str = "tbody") -> list[str]:
    """The words of each row of the table, or of the list under it."""
    body = page.partition(f"<{tag}")[2].partition(f"</{tag}>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>" if tag == "tbody" else r"<li.*?>(.*?)</li>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def look(client: Client, path: str = "/mail/outbox/") -> str:
    return client.get(path).content.decode()


# --- Totals -------------------------------------------------------------------------------------------------
def test_each_state_and_reason_stands_in_one_place(note: Kind, place: Put) -> None:
    """The page counts in one statement, a row is judged alone, and what is done asks by a condition."""
    now = timezone.now()
    for state in State:
        for reason in ("", Reason.HOURS, Reason.DIED):
            for later in (True, False):
                place(state, reason, later=later)
    found = {
        standing: set(Message.objects.filter(rows_standing(standing, now)).values_list("pk", flat=True))
        for standing in Standing
    }
    assert sum(len(rows) for rows in found.values()) == Message.objects.count()
    for message in Message.objects.all():
        assert message.pk in found[standing_of(message, now)]
    (line,) = outbox_totals(now)
    assert line.counts == {standing: len(rows) for standing, rows in found.items()}


def test_the_outbox_says_how_many_stand_where_and_why(administrator: Client, note: Kind, place: Put) -> None:
    place(State.PENDING)
    place(State.CLAIMED)
    place(State.PENDING, later=True)
    for reason in (Reason.HOURS, Reason.HOURS, Reason.SLOT):
        place(State.PENDING, reason, later=True)
    place(State.CARRIED)
    for _ in range(3):
        place(State.SENT)
    place(State.CANCELLED, Reason.OPTED_OUT)
    place(State.IN_DOUBT, Reason.DIED)
    place(State.FAILED, Reason.REFUSED)
    page = look(administrator)
    assert rows_of(page) == ["test.note waits for 5\xa0minutes 2 4 1 3 1 1 1".replace("\xa0", " ")]
    assert rows_of(page.partition("</table>")[2], "ul") == [
        (
            "test.note Put off: Outside their working hours 2 , In a digest 1 , "
            "They get another mail that day 1 No longer needed: They want no such mail 1 "
            "In doubt: A worker stopped while sending 1 "
            "Failed: The mail server refused it 1 Send again : test.note Cancel : test.note"
        )
    ]


def test_p1_of_anonymous_surveys_there_are_sums_and_no_reasons(
    administrator: Client, register: Register, place: Put
) -> None:
    """A reminder that is sent tells that its reader has not answered (anonymity.md R1, P1)."""
    register(confidential=True)
    sent = place(State.SENT)
    place(State.CANCELLED, Reason.NOT_WANTED)
    place(State.PENDING, Reason.HOURS, later=True)
    place(State.FAILED, Reason.BAD_ADDRESS)
    before = look(administrator)
    assert rows_of(before) == ["test.note anonymous 0 1 0 2 together 0 1"]
    for reason in (Reason.HOURS, Reason.BAD_ADDRESS):
        assert str(reason.label) not in before
    assert 'href="/mail/outbox/test.note/"' not in before
    Message.objects.filter(pk=sent.pk).update(state=State.CANCELLED, reason=Reason.NOT_WANTED)
    after = look(administrator)
    for part in (rows_of, lambda page: rows_of(page.partition("</table>")[2], "ul")):
        assert part(after) == part(before)


def test_the_outbox_names_nobody(administrator: Client, note: Kind, put: Put) -> None:
    for state in State:
        message = put("secret.reader@example.org")
        Message.objects.filter(pk=message.pk).update(state=state, last_reply="secret.reader refused")
    assert "secret.reader" not in look(administrator)


@pytest.mark.parametrize(
    "path",
    [
        "/mail/outbox/",
        "/mail/outbox/test.note/",
        "/mail/outbox/test.note/again/",
        "/mail/refused/",
        "/audit/",
    ],
)
def test_only_administrators_look_behind_the_scenes(
    person: MakePerson, note: Kind, put: Put, path: str
) -> None:
    put()
    client = Client()
    client.force_login(person())
    assert client.get(path).status_code == 403


def test_the_outbox_asks_as_much_for_thirty_kinds_as_for_one(
    administrator: Client, register: Register, put: Put
) -> None:
    def asked() -> tuple[int, int]:
        """All statements, and those about mail: the navigation has its own."""
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get("/mail/outbox/").status_code == 200
        mail = [
            query["sql"]
            for query in queries
            if re.search(r'FROM "notifications_(message|refusedaddress|epoch)"', query["sql"])
        ]
        return len(queries), len(mail)

    register("test.0")
    put(kind="test.0")
    administrator.get("/mail/outbox/")
    one = asked()
    for number in range(1, 30):
        register(f"test.{number}")
        put(f"{number}@example.org", kind=f"test.{number}")
    assert asked() == one
    assert one[1] == 3, "totals, addresses, and whether mail goes at all"


@pytest.mark.needs_postgres
def test_totals_come_out_of_the_index_alone(note: Kind, put: Put) -> None:
    template = put()
    rows = [
        Message(
            key=f"many:{number}",
            kind=template.kind,
            address=template.address,
            due=NOW,
            state=State.SENT,
            message_id=f"<{number}@x>",
        )
        for number in range(5000)
    ]
    Message.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_message")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT kind, confidential, state, reason, count(*), min(due) FROM notifications_message "
            "GROUP BY kind, confidential, state, reason"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using message_totals" in plan


# --- One kind -----------------------------------------------------------------------------------------------
def test_a_kind_lists_its_mail_and_nothing_confidential(
    administrator: Client, register: Register, place: Put, person: MakePerson
) -> None:
    register(confidential=lambda context: bool(context["anonymous"]))
    place(State.FAILED, Reason.REFUSED, address="open@example.org", context={"anonymous": 0})
    place(State.SENT, person=person(display_name="Emil Open"), context={"anonymous": 0})
    secret = place(State.FAILED, address="secret@example.org", context={"anonymous": 1})
    place(State.SENT, person=person(display_name="Sara Secret"), context={"anonymous": 1})
    page = look(administrator, "/mail/outbox/test.note/")
    names = re.findall(r"cp-row-title[^>]*><bdi>([^<]*)", page)
    assert sorted(names) == ["Emil Open", "open@example.org"]
    assert "The mail server refused it" in page
    assert not re.search("secret", page, re.IGNORECASE)
    for deed in ("again", "cancel"):
        assert administrator.post(f"/mail/message/{secret.pk}/{deed}/").status_code == 404
    assert Message.objects.get(pk=secret.pk).state == State.FAILED


def test_a_kind_with_nothing_but_confidential_mail_is_not_there(
    administrator: Client, register: Register, put: Put
) -> None:
    register(confidential=True)
    put()
    for query in ("", "?standing=due", "?standing=nonsense"):
        assert administrator.get(f"/mail/outbox/test.note/{query}").status_code == 404
    assert administrator.get("/mail/outbox/no.such.kind/").status_code == 404


def test_a_kind_is_narrowed_by_where_its_mail_stands(administrator: Client, note: Kind, place: Put) -> None:
    place(State.SENT, address="sent@example.org")
    place(State.PENDING, Reason.HOURS, later=True, address="waits@example.org")
    seen = {
        asked: re.findall(
            r"(sent|waits)@example.org</bdi>",
            look(administrator, f"/mail/outbox/test.note/?standing={asked}"),
        )
        for asked in ("", "sent", "deferred", "failed")
    }
    assert seen == {"": ["waits", "sent"], "sent": ["sent"], "deferred": ["waits"], "failed": []}
    assert administrator.get("/mail/outbox/test.note/?standing=lost").status_code == 422


def test_a_kind_is_paged_and_asks_as_much_for_thirty_as_for_one(
    administrator: Client, note: Kind, put: Put
) -> None:
    put("reader00@example.org")
    administrator.get("/mail/outbox/test.note/")
    with CaptureQueriesContext(connection) as one:
        administrator.get("/mail/outbox/test.note/")
    for number in range(1, 31):
        put(f"reader{number:02}@example.org", due=NOW - dt.timedelta(seconds=number))
    with CaptureQueriesContext(connection) as many:
        first = look(administrator, "/mail/outbox/test.note/")
    assert len(many) == len(one)
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = look(administrator, following[1].replace("&amp;", "&"))
    shown = [re.findall(r"(reader\d\d)@example.org</bdi>", page) for page in (first, second)]
    assert shown == [[f"reader{number:02}" for number in range(30)], ["reader30"]]


# --- By hand ------------------------------------------------------------------------------------------------
def test_what_is_in_doubt_goes_again_after_the_page_that_asks(
    administrator: Client, note: Kind, place: Put
) -> None:
    doubtful, failed = place(State.IN_DOUBT, Reason.DIED), place(State.FAILED, Reason.REFUSED)
    Message.objects.update(attempt=3)
    asked = look(administrator, "/mail/outbox/test.note/again/")
    assert "Some people may get the same mail twice." in asked
    assert re.findall(r"(In doubt|Failed): (\d)", asked) == [("In doubt", "1"), ("Failed", "1")]
    assert Message.objects.get(pk=doubtful.pk).state == State.IN_DOUBT
    page = administrator.post("/mail/outbox/test.note/again/", {"standings": "in_doubt"}, follow=True)
    assert "1 mail goes once more." in page.content.decode()
    for message in (doubtful, failed):
        message.refresh_from_db()
    assert [doubtful.state, doubtful.reason, doubtful.attempt, failed.state] == [
        State.PENDING,
        Reason.NONE,
        0,
        State.FAILED,
    ]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == (
        "mail.resent",
        {"kind": "test.note", "state": "in_doubt", "messages": 1},
    )


def test_who_presses_twice_changes_one_mail_once(administrator: Client, note: Kind, place: Put) -> None:
    place(State.IN_DOUBT)
    pages = [
        administrator.post("/mail/outbox/test.note/again/", {"standings": "in_doubt"}, follow=True)
        for _ in range(2)
    ]
    assert "1 mail goes once more." in pages[0].content.decode()
    assert "somebody was quicker" in pages[1].content.decode()
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("standings", [[], ["sent"], ["later"], ["due"], ["nonsense"]])
def test_nothing_else_goes_again(administrator: Client, note: Kind, place: Put, standings: list[str]) -> None:
    place(State.SENT)
    place(State.IN_DOUBT)
    before = list(Message.objects.order_by("pk").values_list("state", flat=True))
    answer = administrator.post("/mail/outbox/test.note/again/", {"standings": standings})
    assert answer.status_code == 422
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == before


def test_what_waits_is_cancelled_but_for_what_is_being_sent(
    administrator: Client, note: Kind, place: Put
) -> None:
    due, claimed, sending = place(State.PENDING), place(State.CLAIMED), place(State.SENDING)
    put_off, carried = place(State.PENDING, Reason.HOURS, later=True), place(State.CARRIED)
    later, doubtful = place(State.PENDING, later=True), place(State.IN_DOUBT)
    page = administrator.post(
        "/mail/outbox/test.note/cancel/", {"standings": ["due", "deferred"]}, follow=True
    )
    assert "4 mails are not sent." in page.content.decode()
    states = dict(Message.objects.values_list("pk", "state"))
    gone = [due, claimed, put_off, carried]
    assert [states[message.pk] for message in gone] == [State.CANCELLED] * 4
    assert {message.reason for message in Message.objects.filter(state=State.CANCELLED)} == {Reason.BY_HAND}
    assert [states[one.pk] for one in (sending, later, doubtful)] == [
        State.SENDING,
        State.PENDING,
        State.IN_DOUBT,
    ]
    assert [entry.action for entry in AuditEntry.objects.all()] == ["mail.cancelled"] * 2


def test_of_one_kind_anonymous_and_named_mail_are_two_things(
    administrator: Client, register: Register, place: Put
) -> None:
    register(confidential=lambda context: bool(context["anonymous"]))
    named, secret = (place(State.PENDING, context={"anonymous": number}) for number in (0, 1))
    administrator.post("/mail/outbox/test.note/cancel/", {"standings": "due", "anonymous": "True"})
    states = dict(Message.objects.values_list("pk", "state"))
    assert (states[named.pk], states[secret.pk]) == (State.PENDING, State.CANCELLED)
    form = look(administrator, "/mail/outbox/test.note/cancel/")
    hidden = re.findall(r'name="anonymous" value="(\w+)"', form)
    administrator.post("/mail/outbox/test.note/cancel/", {"standings": "due", "anonymous": hidden})
    assert Message.objects.get(pk=named.pk).state == State.CANCELLED


def test_one_mail_is_sent_again_or_cancelled(administrator: Client, note: Kind, place: Put) -> None:
    failed, waiting, sent = place(State.FAILED), place(State.PENDING), place(State.SENT)
    answers = {
        (message.pk, deed): administrator.post(f"/mail/message/{message.pk}/{deed}/", follow=True)
        for message in (failed, waiting, sent)
        for deed in ("cancel", "again")
    }
    changed = {key for key, answer in answers.items() if "Nothing was changed" not in answer.content.decode()}
    assert changed == {(failed.pk, "again"), (waiting.pk, "cancel")}
    states = dict(Message.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in (failed, waiting, sent)] == [
        State.PENDING,
        State.CANCELLED,
        State.SENT,
    ]


def test_what_moved_on_after_it_was_read_is_left_alone(ada: Person, note: Kind, place: Put) -> None:
    """The dispatcher, or another administrator, between the page and the press."""
    waiting, doubtful = place(State.PENDING), place(State.IN_DOUBT)
    Message.objects.filter(pk=waiting.pk).update(state=State.SENDING)
    Message.objects.filter(pk=doubtful.pk).update(state=State.SENT)
    now = timezone.now()
    assert overseeing.cancel_one(waiting, by=ada, now=now) == 0
    assert overseeing.resend_one(doubtful, by=ada, now=now) == 0
    assert overseeing.cancel_one(doubtful, by=ada, now=now) == 0
    assert not AuditEntry.objects.exists()


def test_what_is_cancelled_leaves_its_day_to_others(
    ada: Person, note: Kind, put: Put, person: MakePerson
) -> None:
    emil = person()
    held, other = put(person=emil), put(person=emil)
    SendSlot.objects.create(person=emil, day=NOW.date(), message=held)
    Message.objects.filter(pk=other.pk).update(reason=Reason.SLOT, due=NOW + TOMORROW)
    assert overseeing.cancel_one(held, by=ada, now=NOW) == 1
    other.refresh_from_db()
    assert (SendSlot.objects.count(), other.due) == (0, NOW)


def test_what_was_cancelled_is_not_sent_and_what_goes_again_is(
    ada: Person, note: Kind, put: Put, sink: Sink
) -> None:
    put("never@example.org")
    again = put("again@example.org")
    Message.objects.filter(pk=again.pk).update(state=State.FAILED)
    Message.objects.filter(address="never@example.org").update(state=State.PENDING)
    cancel = partial(overseeing.cancel, kind="test.note", confidential=False, by=ada, now=NOW)
    resend = partial(overseeing.resend, kind="test.note", confidential=False, by=ada, now=NOW)
    assert (cancel(standing=Standing.DUE), resend(standing=Standing.FAILED)) == (1, 1)
    Message.objects.filter(pk=again.pk).update(due=NOW)
    drain(now=NOW)
    assert sink.recipients() == ["again@example.org"]


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_send_each_mail_again_once(
    person: MakePerson, note: Kind, place: Put
) -> None:
    by = [person() for _ in range(4)]
    for _ in range(40):
        place(State.IN_DOUBT)
    counts: list[int] = []
    ready = threading.Barrier(4)

    def press(one: Person) -> None:
        ready.wait()
        try:
            counts.append(
                overseeing.resend(
                    kind="test.note",
                    confidential=False,
                    standing=Standing.IN_DOUBT,
                    by=one,
                    now=timezone.now(),
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(one,)) for one in by]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 40
    assert AuditEntry.objects.count() == sum(count > 0 for count in counts)


def test_the_page_leads_to_addresses_that_do_not_work(administrator: Client, person: MakePerson) -> None:
    assert "/mail/refused/" not in look(administrator)
    RefusedAddress.objects.create(address=person().email, reply="550 5.1.1 No such box")
    assert "1 address does not work" in look(administrator)


def test_hr_does_not_see_the_outbox(person: MakePerson) -> None:
    hana = person()
    hana.groups.add(Group.objects.get_or_create(name=HR)[0])
    client = Client()
    client.force_login(hana)
    assert client.get("/mail/outbox/").status_code == 403
