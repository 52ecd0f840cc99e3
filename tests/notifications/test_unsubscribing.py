"""One click and no more mail of this kind (delivery.md J8, RFC 8058), as a mail program does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from common.links import seal
from culture_portal.proving.sink import Sink
from notifications.domain.dispatching import dispatch_batch, drain
from notifications.domain.opting_out import unsubscribe_url
from notifications.kinds import Kind
from notifications.models import Message, OptOut
from notifications.transports import SmtpTransport
from people.models import Person
from tests.notifications.conftest import NOW

State = Message.State
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
DAY = dt.timedelta(days=1)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reached_by_https(settings: Settings) -> None:
    """As in production; RFC 8058 allows nothing else."""
    settings.PORTAL_URL = "https://portal.example.org"


def mail_program() -> Client:
    """Neither cookie nor token, and no redirect is followed."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def walks(register: Register) -> Kind:
    return register("test.walks", category="walks", unsubscribable=True)


def way_out(sink: Sink) -> str:
    """The path in the header of the last mail."""
    header: str = sink.mails()[-1]["List-Unsubscribe"]
    assert (header[0], header[-1], header.count("<")) == ("<", ">", 1)
    address = urlsplit(header[1:-1])
    assert (address.scheme, address.query) == ("https", "")
    return address.path


def test_j8_a_mail_says_how_to_leave_and_that_one_click_does_it(sink: Sink, walks: Kind, put: Put) -> None:
    put(kind=walks.name)
    drain(now=NOW)
    (mail,) = sink.mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert way_out(sink).startswith("/unsubscribe/")
    # Each once, on one line.
    assert [len(mail.get_all(name, [])) for name in ("List-Unsubscribe", "List-Unsubscribe-Post")] == [1, 1]
    (source,) = [line["source"] for line in sink.lines()]
    assert "\r\nList-Unsubscribe: <https://" in source


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_j8_one_click_needs_no_cookie_no_token_and_no_redirect(
    sink: Sink, walks: Kind, put: Put, content_type: str
) -> None:
    put(kind=walks.name)
    drain(now=NOW)
    client = mail_program()
    if content_type.startswith("multipart"):
        answer = client.post(way_out(sink), ONE_CLICK)
    else:
        answer = client.post(way_out(sink), "List-Unsubscribe=One-Click", content_type=content_type)
    assert (answer.status_code, answer.cookies.output()) == (200, "")
    assert OptOut.objects.of("walks", "anna@example.org").count() == 1


def test_j8_a_second_click_is_as_good_as_one(walks: Kind) -> None:
    path = urlsplit(unsubscribe_url("walks", "anna@example.org")).path
    assert [mail_program().post(path, ONE_CLICK).status_code for _ in range(2)] == [200, 200]
    assert OptOut.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_j8_whoever_only_looks_changes_nothing(walks: Kind, method: str) -> None:
    path = urlsplit(unsubscribe_url("walks", "anna@example.org")).path
    for each in (path, f"{path}?List-Unsubscribe=One-Click"):
        answer = getattr(mail_program(), method)(each)
        assert (answer.status_code, answer.cookies.output()) == (200, "")
    assert getattr(mail_program(), method)(f"{path}undo/").status_code == 405
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_j8_other_methods_change_nothing(walks: Kind, method: str) -> None:
    path = urlsplit(unsubscribe_url("walks", "anna@example.org")).path
    assert getattr(mail_program(), method)(path).status_code == 405
    assert not OptOut.objects.exists()


def test_j8_it_is_about_this_kind_and_this_address(
    sink: Sink, walks: Kind, register: Register, put: Put
) -> None:
    talks = register("test.talks", category="talks", unsubscribable=True)
    put("anna@example.org", kind=walks.name)
    drain(now=NOW)
    mail_program().post(way_out(sink), ONE_CLICK)
    sent = [
        put("anna@example.org", kind=walks.name, due=NOW + DAY),
        put("anna@example.org", kind=talks.name, due=NOW + DAY),
        put("ben@example.org", kind=walks.name, due=NOW + DAY),
    ]
    drain(now=NOW + DAY)
    for message in sent:
        message.refresh_from_db()
    assert [message.state for message in sent] == [State.CANCELLED, State.SENT, State.SENT]
    assert sent[0].reason == Message.Reason.OPTED_OUT


def test_j8_it_holds_for_what_is_queued_already(sink: Sink, walks: Kind, put: Put) -> None:
    put("Anna@Example.org", kind=walks.name)
    later = put("anna@example.org", kind=walks.name, due=NOW + DAY)
    drain(now=NOW)
    mail_program().post(way_out(sink), ONE_CLICK)
    drain(now=NOW + DAY)
    later.refresh_from_db()
    assert (later.state, len(sink.mails())) == (State.CANCELLED, 1)


def test_j8_a_click_between_claim_and_text_is_in_time(sink: Sink, walks: Kind, put: Put) -> None:
    path = urlsplit(unsubscribe_url("walks", "anna@example.org")).path

    class Clicks(SmtpTransport):
        def offer(self, sender: str, recipient: str) -> None:
            assert mail_program().post(path, ONE_CLICK).status_code == 200
            super().offer(sender, recipient)

    message = put(kind=walks.name)
    dispatch_batch(now=NOW, transport=Clicks())
    message.refresh_from_db()
    assert (message.state, sink.mails()) == (State.CANCELLED, [])


def test_j8_a_link_of_another_purpose_or_changed_on_its_way_does_nothing(walks: Kind) -> None:
    good = urlsplit(unsubscribe_url("walks", "anna@example.org")).path.split("/")[2]
    wrong = [
        seal("another purpose", {"category": "walks", "address": "anna@example.org"}),
        good[:-2],
        good[1:],
        good.swapcase(),
    ]
    for token in wrong:
        assert mail_program().post(f"/unsubscribe/{token}/", ONE_CLICK).status_code == 404
    assert not OptOut.objects.exists()


def test_j8_the_link_tells_nobody_whose_it_is(walks: Kind) -> None:
    assert "anna" not in unsubscribe_url("walks", "anna@example.org")
    page = mail_program().get(urlsplit(unsubscribe_url("walks", "anna@example.org")).path)
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


def test_j8_it_can_be_undone_by_the_same_link(walks: Kind) -> None:
    path = urlsplit(unsubscribe_url("walks", "anna@example.org")).path
    page = mail_program().post(path, ONE_CLICK).content.decode()
    assert f'action="{path}undo/"' in page
    assert mail_program().post(f"{path}undo/").status_code == 200
    assert not OptOut.objects.exists()


def test_somebody_who_can_sign_in_is_led_to_all_their_choices(walks: Kind, person: MakePerson) -> None:
    colleague = person()
    shown = {
        address: "/account/notifications/"
        in mail_program().get(urlsplit(unsubscribe_url("walks", address)).path).content.decode()
        for address in (colleague.email, "outside@example.org")
    }
    assert shown == {colleague.email: True, "outside@example.org": False}


def test_a_mail_of_somebody_who_can_sign_in_leads_there_too(
    sink: Sink, walks: Kind, put: Put, person: MakePerson
) -> None:
    put(kind=walks.name, person=person())
    put("outside@example.org", kind=walks.name)
    drain(now=NOW)
    for mail, leads in zip(sink.mails(), (True, False), strict=True):
        for part in ("plain", "html"):
            body = mail.get_body((part,))
            assert body is not None
            assert ("/account/notifications/" in body.get_content()) is leads
