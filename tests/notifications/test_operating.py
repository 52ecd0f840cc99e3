"""What an administrator sees of the outbox."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.domain.overseeing import Standing, outbox_totals, rows_standing, standing_of
from notifications.kinds import Kind
from notifications.models import Message, RefusedAddress
from people.roles import HR
from tests.notifications.conftest import NOW
from tests.notifications.outbox import (
    MakePerson,
    Put,
    Reason,
    Register,
    State,
    ada,
    administrator,
    look,
    place,
)

__all__ = ["ada", "administrator", "place"]

pytestmark = pytest.mark.django_db


def rows_of(page: str, tag: str = "tbody") -> list[str]:
    """The words of each row of the table, or of the list under it."""
    body = page.partition(f"<{tag}")[2].partition(f"</{tag}>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>" if tag == "tbody" else r"<li.*?>(.*?)</li>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


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
