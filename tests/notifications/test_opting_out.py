"""Who wants no such mail wants none at their new address either (delivery.md J8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction

from common.bulk import update_rows
from culture_portal.proving.sink import Sink
from notifications.domain.dispatching import drain
from notifications.domain.opting_out import opt_out
from notifications.kinds import Kind
from notifications.models import Message, OptOut, fingerprint
from people.domain.changing import save_person
from people.domain.changing_address import Change, change_address
from people.domain.importing.applying import change_addresses
from people.models import Person
from tests.notifications.conftest import NOW

Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
NEW = "anna.new@example.org"

pytestmark = pytest.mark.django_db


def by_themselves(person: Person) -> None:
    change_address(Change(person.pk, NEW, person.link_stamp, NOW + dt.timedelta(hours=1)), but=None, now=NOW)


def by_hr(person: Person) -> None:
    person.email = NEW
    save_person(person, by=person, changed=["email"])


def by_an_import(person: Person) -> None:
    with transaction.atomic():
        change_addresses({person.pk: NEW}, {person.email: person.pk})
        update_rows(Person, ["email"], [(person.pk, NEW)])


def opted_out() -> set[tuple[str, str]]:
    return set(OptOut.objects.values_list("category", "address"))


@pytest.mark.parametrize("change", [by_themselves, by_hr, by_an_import])
def test_j8_an_opt_out_comes_along_to_a_new_address(
    sink: Sink, register: Register, put: Put, person: MakePerson, change: Callable[[Person], None]
) -> None:
    register("test.walks", category="walks", unsubscribable=True)
    register("test.talks", category="talks", unsubscribable=True)
    anna = person(email="anna@example.org")
    OptOut.objects.create(category="walks", address="anna@example.org")
    change(anna)
    assert opted_out() == {("walks", "anna@example.org"), ("walks", NEW)}
    # What still goes to the former address, and what goes to the new one.
    to_former = put("anna@example.org", kind="test.walks")
    walk, talk = (put(person=anna, kind=kind) for kind in ("test.walks", "test.talks"))
    drain(now=NOW)
    reasons = dict(Message.objects.filter(context={}).values_list("pk", "reason"))
    assert [reasons[message.pk] for message in (to_former, walk)] == [Message.Reason.OPTED_OUT] * 2
    talk.refresh_from_db()
    assert (talk.state, talk.address) == (Message.State.SENT, NEW)


def test_j8_two_who_swap_addresses_each_take_their_own_wishes(person: MakePerson) -> None:
    anna, bert = person(email="anna@example.org"), person(email="bert@example.org")
    OptOut.objects.create(category="walks", address=anna.email)
    OptOut.objects.create(category="talks", address=bert.email)
    with transaction.atomic():
        change_addresses(
            {anna.pk: bert.email, bert.pk: anna.email}, {anna.email: anna.pk, bert.email: bert.pk}
        )
        update_rows(Person, ["email"], [(anna.pk, "bert@example.org"), (bert.pk, "anna@example.org")])
    assert opted_out() == {("walks", "bert@example.org"), ("talks", "anna@example.org")}


def test_j8_a_promise_to_an_erased_address_comes_along_too(person: MakePerson) -> None:
    anna = person(email="anna@example.org")
    promise = fingerprint("anna@example.org")
    OptOut.objects.create(category="walks", address=promise)
    by_hr(anna)
    assert opted_out() == {("walks", promise), ("walks", NEW)}


def test_j8_wishes_of_the_new_address_stay_and_none_is_doubled(person: MakePerson) -> None:
    anna = person(email="anna@example.org")
    for address, category in [("anna@example.org", "walks"), (NEW, "walks"), (NEW, "talks")]:
        OptOut.objects.create(category=category, address=address)
    by_hr(anna)
    assert opted_out() == {("walks", "anna@example.org"), ("walks", NEW), ("talks", NEW)}


def test_another_change_moves_nothing(person: MakePerson) -> None:
    anna = person(email="anna@example.org")
    OptOut.objects.create(category="walks", address="anna@example.org")
    anna.display_name = "Anna B"
    save_person(anna, by=anna, changed=["display_name"])
    assert opted_out() == {("walks", "anna@example.org")}


def test_a_link_in_an_old_mail_does_not_bring_an_erased_address_back() -> None:
    OptOut.objects.create(category="surveys", address=fingerprint("anna@example.org"))
    opt_out(OptOut(category="surveys", address="anna@example.org"))
    assert [wish.address for wish in OptOut.objects.all()] == [fingerprint("anna@example.org")]
