"""Whatever is told goes into every channel that can carry it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from notifications.channels import Channel, known_channels
from notifications.domain.queueing import NewMessage, cancel, queue_many, release
from notifications.kinds import Kind, NoticeWords
from notifications.models import Message, Muted, Notice, OptOut
from people.models import Person
from tests.notifications.conftest import NOW

Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
LATER = NOW + dt.timedelta(days=300)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(register: Register) -> Kind:
    def notices(rows: object) -> dict[int, NoticeWords]:
        return {}

    return register(notices=notices)


def new(key: str, person: Person | None, **fields: object) -> NewMessage:
    values: dict[str, object] = {"kind": "test.note", "due": NOW, "address": "anna@example.org"}
    return NewMessage(key=key, person=person, **(values | fields))  # type: ignore[arg-type]


def keys() -> tuple[set[str], set[str]]:
    messages = Message.objects.exclude(state=Message.State.CANCELLED)
    return set(messages.values_list("key", flat=True)), set(Notice.objects.values_list("key", flat=True))


def test_a_person_is_told_by_mail_and_in_the_portal_once(shown: Kind, person: MakePerson) -> None:
    anna = person()
    assert queue_many([new("a", anna)]) == 1
    assert queue_many([new("a", anna, due=LATER), new("b", anna)]) == 1
    assert keys() == ({"a", "b"}, {"a", "b"})
    assert Notice.objects.get(key="a").due == Message.objects.get(key="a").due == NOW


def test_whoever_has_no_account_is_told_by_mail_alone(shown: Kind) -> None:
    queue_many([new("a", None)])
    assert keys() == ({"a"}, set())


def test_what_has_no_words_for_the_portal_is_told_by_mail_alone(note: Kind, person: MakePerson) -> None:
    queue_many([new("a", person())])
    assert keys() == ({"a"}, set())


def test_j4_notices_are_cancelled_with_their_series(shown: Kind, person: MakePerson) -> None:
    anna = person()
    queue_many([new("a", anna, series="walk"), new("b", anna, series="talk")])
    assert cancel(series="walk") == 1
    assert keys() == ({"b"}, {"b"})


def test_what_waited_for_a_sign_is_released_in_every_channel(shown: Kind, person: MakePerson) -> None:
    queue_many([new("a", person(), due=LATER), new("b", person(), due=LATER)])
    release(["a"], due=NOW)
    assert dict(Message.objects.values_list("key", "due")) == {"a": NOW, "b": LATER}
    assert dict(Notice.objects.values_list("key", "due")) == {"a": NOW, "b": LATER}


def test_what_has_gone_is_not_released_again(note: Kind) -> None:
    queue_many([new("a", None)])
    Message.objects.update(state=Message.State.SENT)
    release(["a"], due=LATER)
    assert Message.objects.get().due == NOW


@pytest.mark.parametrize("channel", known_channels(), ids=lambda channel: channel.name)
def test_each_channel_can_be_refused_and_wanted_again(channel: Channel, person: MakePerson) -> None:
    anna, bert = person(), person()
    both = ["walks", "talks"]
    assert channel.choose(anna, "walks", wanted=False)
    assert not channel.choose(anna, "walks", wanted=False)
    assert channel.wanted_by(anna, both) == {"talks"}
    assert channel.wanted_by(bert, both) == set(both)
    assert channel.choose(anna, "walks", wanted=True)
    assert not channel.choose(anna, "walks", wanted=True)
    assert channel.wanted_by(anna, both) == set(both)
    assert not OptOut.objects.exists()
    assert not Muted.objects.exists()


def test_an_address_is_stored_as_it_is_compared(note: Kind) -> None:
    queue_many([new("a", None, address="Anna@Example.Org")])
    assert Message.objects.get().address == "anna@example.org"
