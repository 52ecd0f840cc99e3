"""Addresses a mail server refused: whose they are, and telling HR without end or loop."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.models import AuditEntry
from culture_portal.metrics import Portal
from culture_portal.proving.sink import Sink
from customers.models import Contact, ExternalOrganisation
from notifications import kinds
from notifications.domain import refusing
from notifications.domain.dispatching import drain
from notifications.kinds import Kind
from notifications.models import Message, Notice, RefusedAddress
from people.models import Person
from people.roles import ADMINISTRATOR, HR
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db
State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
MakePerson = Callable[..., Person]
SOON = NOW + dt.timedelta(hours=2)
NO_BOX = "550 5.1.1 No such box"


@pytest.fixture
def make_hr(person: MakePerson) -> Callable[..., Person]:
    def make(**fields: object) -> Person:
        hana = person(**fields)
        hana.groups.add(Group.objects.get_or_create(name=HR)[0])
        return hana

    return make


@pytest.fixture
def hana(make_hr: Callable[..., Person]) -> Person:
    return make_hr(email="hana@example.org", display_name="Hana")


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def told() -> list[Message]:
    return list(Message.objects.filter(kind=refusing.KIND).order_by("due", "pk"))


def contact(email: str, name: str = "Captain Nemo") -> Contact:
    ferry = ExternalOrganisation.objects.get_or_create(name="Ferry line")[0]
    made = Contact(organisation=ferry, name=name, email=email)
    made.refresh_search_text()
    made.save()
    return made


# --- Marking and telling ------------------------------------------------------------------------------------
def test_a_refused_address_is_marked_and_hr_is_told_in_one_mail(
    hana: Person, note: Kind, put: Put, sink: Sink, person: MakePerson
) -> None:
    for number in range(3):
        person(email=f"never.{number}@example.org")
        put(f"never.{number}@example.org")
    drain(now=NOW)
    marked = RefusedAddress.objects.order_by("address").values_list("address", flat=True)
    assert list(marked) == [f"never.{number}@example.org" for number in range(3)]
    (message,) = told()
    assert (message.key, message.person, message.context) == (f"refused:{hana.pk}:2026-03-03", hana, {})
    assert Notice.objects.get().person == hana
    drain(now=SOON)
    (mail,) = sink.mails()
    assert mail["Subject"] == "3 addresses do not work"
    assert mail["To"] == "Hana <hana@example.org>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "/mail/refused/" in text.get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_mark_and_the_news_of_it_are_one_transaction(
    hana: Person, person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(email="gone@example.org")
    refusing.mark("gone@example.org", NO_BOX, NOW)
    refusing.mark("gone@example.org", NO_BOX, NOW + dt.timedelta(days=3))
    assert len(told()) == 1, "what is marked already is no news"


def test_what_is_refused_after_todays_mail_is_told_tomorrow(
    hana: Person, person: MakePerson, sink: Sink
) -> None:
    for name in ("one", "two", "three"):
        person(email=f"{name}@example.org")
    refusing.mark("one@example.org", NO_BOX, NOW)
    drain(now=SOON)
    refusing.mark("two@example.org", NO_BOX, SOON)
    refusing.mark("three@example.org", NO_BOX, SOON)
    drain(now=SOON)
    assert [mail["Subject"] for mail in sink.mails()] == ["1 address does not work"]
    drain(now=NOW + dt.timedelta(days=1))
    assert [mail["Subject"] for mail in sink.mails()] == [
        "1 address does not work",
        "3 addresses do not work",
    ]
    assert [message.key[-10:] for message in told()] == ["2026-03-03", "2026-03-04"]


def test_of_several_days_only_the_newest_news_is_shown_and_carried(
    hana: Person, person: MakePerson, sink: Sink
) -> None:
    Person.objects.filter(pk=hana.pk).update(digest="weekly")
    for days in range(3):
        now = NOW + dt.timedelta(days=days)
        refusing.mark(person(email=f"gone{days}@example.org").email, NO_BOX, now)
        drain(now=now + dt.timedelta(hours=2))
        # What is carried has not gone: what comes the same day is told with it.
        refusing.mark(person(email=f"more{days}@example.org").email, NO_BOX, now + dt.timedelta(hours=3))
    assert {message.state for message in told()} == {State.CARRIED}
    assert [message.key[-5:] for message in told()] == ["03-03", "03-04", "03-05"]
    assert len({message.series for message in told()}) == 1
    (shown,) = Notice.objects.shown_to(hana, NOW + dt.timedelta(days=4))
    assert shown.key == told()[-1].key
    drain(now=NOW + dt.timedelta(days=6))
    assert [mail["Subject"] for mail in sink.mails()] == ["1 thing for you"]
    drain(now=NOW + dt.timedelta(days=6))
    assert [message.state for message in told()] == [State.EXPIRED, State.EXPIRED, State.SENT]


def test_hr_whose_own_address_is_refused_does_not_go_round_in_circles(
    make_hr: Callable[..., Person], person: MakePerson, sink: Sink
) -> None:
    hana, hugo = make_hr(email="never.hana@example.org"), make_hr(email="hugo@example.org")
    person(email="gone@example.org")
    refusing.mark("gone@example.org", NO_BOX, NOW)
    for hours in range(2, 12):
        drain(now=NOW + dt.timedelta(hours=hours))
    assert RefusedAddress.objects.filter(address=hana.email).exists()
    assert sorted(
        (message.person_id, message.state) for message in told() if message.key.endswith("03-03")
    ) == [
        (hana.pk, State.FAILED),
        (hugo.pk, State.SENT),
    ]
    for days in range(1, 6):
        refusing.mark(person(email=f"gone{days}@example.org").email, NO_BOX, NOW + dt.timedelta(days=days))
        drain(now=NOW + dt.timedelta(days=days, hours=2))
    assert sum(message.person_id == hana.pk for message in told()) == 1
    assert set(sink.recipients()) == {"hugo@example.org"}


def test_nobody_is_told_of_an_address_that_nobody_has(hana: Person) -> None:
    refusing.mark("stranger@example.org", NO_BOX, NOW)
    assert told() == []
    assert RefusedAddress.objects.count() == 1


def test_news_that_is_old_is_not_sent(hana: Person, person: MakePerson, sink: Sink) -> None:
    emil = person(email="gone@example.org")
    refusing.mark("gone@example.org", NO_BOX, NOW)
    Person.objects.filter(pk=emil.pk).update(email="right@example.org")
    drain(now=SOON)
    assert sink.recipients() == []
    (message,) = told()
    assert (message.state, message.reason) == (State.CANCELLED, Reason.NOT_WANTED)


def test_neither_mail_nor_page_says_which_mail_was_refused(
    hana: Person, put: Put, register: Callable[..., Kind], sink: Sink, person: MakePerson
) -> None:
    register("surveys.secret", label="A secret wave", confidential=True, category="surveys")
    person(email="never.box@example.org")
    put("never.box@example.org", kind="surveys.secret", context={"wave": 4711})
    drain(now=NOW)
    drain(now=SOON)
    (mail,) = sink.mails()
    body = mail.get_body(("html",))
    assert body is not None
    page = client_of(hana).get("/mail/refused/").content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    assert "never.box@example.org" in main
    for words in (mail["Subject"], body.get_content(), main.partition('<p class="cp-meta">')[0]):
        assert not re.search("secret|4711|survey", words, re.IGNORECASE)
    assert {str(message.context) for message in told()} == {"{}"}


def test_what_the_portal_shows_of_it_ends_with_it(hana: Person, person: MakePerson) -> None:
    emil = person(email="gone@example.org")
    refusing.mark("gone@example.org", NO_BOX, NOW)
    notice = Notice.objects.get()
    words = refusing.notices([notice])[notice.pk]
    assert (words.title, words.path) == ("1 address does not work", "/mail/refused/")
    hana.groups.clear()
    assert refusing.notices([notice]) == {}
    hana.groups.add(Group.objects.get_or_create(name=HR)[0])
    Person.objects.filter(pk=emil.pk).update(email="right@example.org")
    assert refusing.notices([notice]) == {}


def test_the_kind_is_one_that_may_be_refused_and_carried() -> None:
    kind = kinds.find_kind(refusing.KIND)
    assert (kind.unsubscribable, kind.takes_slot, kind.again_when_in_doubt) == (True, True, False)
    assert refusing.CATEGORY in {category.name for category in kinds.known_categories()}


# --- The page -----------------------------------------------------------------------------------------------
def test_my_day_tells_hr_how_many_there_are(hana: Person, person: MakePerson) -> None:
    assert refusing.waiting_to_be_corrected(hana, NOW) == []
    emil = person(email="gone@example.org")
    RefusedAddress.objects.create(address="gone@example.org", reply=NO_BOX)
    (item,) = refusing.waiting_to_be_corrected(hana, NOW)
    assert (item.title, item.url) == ("1 address does not work", "/mail/refused/")
    assert refusing.waiting_to_be_corrected(emil, NOW) == []
    assert "1 address does not work" in client_of(hana).get("/").content.decode()


def test_the_page_says_whose_an_address_is_and_leads_there(hana: Person, person: MakePerson) -> None:
    emil = person(email="gone@example.org", display_name="Emil Gone")
    nemo = contact("nemo@ferry.example")
    for address in (emil.email, nemo.email, "nobody@example.org"):
        RefusedAddress.objects.create(address=address, reply=NO_BOX)
    page = client_of(hana).get("/mail/refused/").content.decode()
    assert f'<a href="/people/{emil.pk}/edit/"><bdi>Emil Gone</bdi></a>' in page
    assert f'<a href="/contacts/{nemo.pk}/edit/"><bdi>Captain Nemo</bdi></a>' in page
    assert "There is no such mailbox." in page
    assert "nobody@example.org" not in page


def test_an_administrator_sees_people_but_no_contacts(person: MakePerson) -> None:
    ada, emil = person(), person(email="gone@example.org", display_name="Emil Gone")
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    for address in (emil.email, contact("nemo@ferry.example").email):
        RefusedAddress.objects.create(address=address, reply=NO_BOX)
    page = client_of(ada).get("/mail/refused/").content.decode()
    assert "<bdi>Emil Gone</bdi>" in page
    assert "nemo@ferry.example" in page
    assert "Captain Nemo" not in page
    assert "/edit/" not in page


def test_correcting_an_address_ends_its_mark(
    hana: Person, note: Kind, put: Put, sink: Sink, person: MakePerson
) -> None:
    emil = person(email="never.box@example.org", display_name="Emil", family_name="Gone", given_name="Emil")
    put(person=emil)
    drain(now=NOW)
    client = client_of(hana)
    assert "never.box@example.org" in client.get("/mail/refused/").content.decode()
    fields = {
        name: value
        for name, value in client.get(f"/people/{emil.pk}/edit/").context["form"].initial.items()
        if value is not None
    }
    answer = client.post(f"/people/{emil.pk}/edit/", fields | {"email": "right@example.org"})
    assert answer.status_code == 302, answer.context["form"].errors
    page = client.get("/mail/refused/").content.decode()
    assert "Every address works" in page
    put(person=Person.objects.get(pk=emil.pk))
    drain(now=NOW + dt.timedelta(days=1))
    assert "right@example.org" in sink.recipients()


def test_an_address_that_works_again_gets_what_failed(
    hana: Person, note: Kind, put: Put, person: MakePerson
) -> None:
    refused = RefusedAddress.objects.create(address="anna@example.org", reply="550 No such box")
    by_address, other = put("Anna@example.org"), put("bert@example.org")
    by_person = put(person=person(email="anna@example.org"))
    Message.objects.update(state=State.FAILED)
    client_of(hana).post(f"/mail/refused/{refused.pk}/trust/")
    states = [Message.objects.get(pk=message.pk).state for message in (by_address, by_person, other)]
    assert states == [State.PENDING, State.PENDING, State.FAILED]
    assert not RefusedAddress.objects.exists()
    assert refusing.trust_again(refused=refused, by=hana) == 0
    assert AuditEntry.objects.filter(action="mail.address_trusted").count() == 1


def test_nothing_confidential_goes_again_when_an_address_is_trusted(
    hana: Person, note: Kind, register: Callable[..., Kind], put: Put, person: MakePerson
) -> None:
    """Whether the mark comes back would say whether its reader has answered."""
    register("test.anonymous", confidential=True)
    emil = person(email="anna@example.org")
    refused = RefusedAddress.objects.create(address="anna@example.org", reply=NO_BOX)
    named, secret = put(person=emil), put(person=emil, kind="test.anonymous")
    Message.objects.update(state=State.FAILED)
    assert refusing.trust_again(refused=refused, by=hana) == 1
    states = [Message.objects.get(pk=message.pk).state for message in (named, secret)]
    assert states == [State.PENDING, State.FAILED]


def test_the_page_is_paged_and_asks_as_much_for_thirty_as_for_one(hana: Person, person: MakePerson) -> None:
    client = client_of(hana)

    def add(number: int) -> None:
        address = f"reader{number:02}@example.org"
        (person if number % 2 else contact)(email=address)
        RefusedAddress.objects.create(address=address, reply=NO_BOX)

    for number in range(2):
        add(number)
    client.get("/mail/refused/")
    with CaptureQueriesContext(connection) as one:
        client.get("/mail/refused/")
    for number in range(2, 31):
        add(number)
    with CaptureQueriesContext(connection) as many:
        first = client.get("/mail/refused/").content.decode()
    assert len(many) == len(one)
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).content.decode()
    shown = [re.findall(r"(reader\d\d)@example.org</bdi></span>", page) for page in (first, second)]
    assert shown == [[f"reader{number:02}" for number in range(30)], ["reader30"]]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("550 5.1.1 <x@y>: Recipient address rejected", "There is no such mailbox."),
        ("550-5.1.1 The account does not exist", "There is no such mailbox."),
        ("556 5.1.10 Null MX", "The part after the @ takes no mail at all."),
        ("550 5.1.2 Bad domain", "Nothing takes mail for the part after the @. Look for a slip in it."),
        ("552 5.2.2 Over quota", "The mailbox is full."),
        ("550 5.2.9 Odd", "The mailbox takes no mail."),
        ("554 5.7.1 Denied", "Their mail server takes no mail from us."),
        ("550 No such box", ""),
        ("550 see 5.1.1", ""),
        ("UnicodeEncodeError", ""),
        ("", ""),
    ],
)
def test_what_the_server_said_in_plain_words(reply: str, words: str) -> None:
    assert refusing.meaning_of(reply) == words


def test_figures_count_addresses_in_use(person: MakePerson) -> None:
    def figure() -> Iterator[float]:
        for family in Portal().collect():
            if family.name == "portal_refused_addresses":
                yield from (sample.value for sample in family.samples)

    RefusedAddress.objects.create(address="nobody@example.org", reply=NO_BOX)
    RefusedAddress.objects.create(address=person().email, reply=NO_BOX)
    assert list(figure()) == [1.0]
