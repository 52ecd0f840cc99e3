"""Asking people by what they have in common."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from notifications.domain import queueing
from notifications.kinds import find_kind
from notifications.models import Message
from people.models import Attribute, Person, PersonAttribute, Team
from surveys.domain.mailing import reminding
from surveys.domain.waves import freezing, gathering
from surveys.domain.waves.gathering import Value
from surveys.domain.waves.previewing import Reason, preview
from surveys.models import Wave
from surveys.models.wave import by_attribute
from tests.surveys.factories import OPENED, invite, make_draft, make_people, make_person, make_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Attribute:
    return Attribute.objects.create(name="Contract")


def give(attribute: Attribute, value: str, people: list[Person]) -> list[Person]:
    PersonAttribute.objects.bulk_create(
        PersonAttribute(person=person, attribute=attribute, value=value) for person in people
    )
    return people


def make_draft_by(by: str, *values: str, **fields: Any) -> Wave:
    return make_draft(
        audience=Wave.Audience.ATTRIBUTE, audience_by=by, audience_values=list(values), **fields
    )


def asked(wave: Wave) -> set[int | None]:
    return {member.person_id for member in freezing.freeze_audience(wave, OPENED.date()).members}


def test_the_values_offered_are_those_somebody_has_with_how_many(contract: Attribute) -> None:
    give(contract, "permanent", make_people(3, location="Leeds"))
    give(contract, "fixed term", make_people(2, location="York"))
    give(contract, "left long ago", make_people(1, location="Hull", is_active=False))
    Attribute.objects.create(name="Old", archived=True)
    assert [label for _by, label in gathering.ways()] == ["Location", "Country", "Contract"]
    assert gathering.values_of("location") == [Value("Leeds", 3), Value("York", 2)]
    assert gathering.values_of(by_attribute(contract.pk)) == [Value("fixed term", 2), Value("permanent", 3)]
    assert gathering.values_of("nothing") == []


def test_those_with_one_of_the_values_are_asked(contract: Attribute) -> None:
    permanent = give(contract, "permanent", make_people(3))
    fixed = give(contract, "fixed term", make_people(2))
    give(contract, "trainee", make_people(2))
    make_people(2)
    wave = make_draft_by(by_attribute(contract.pk), "permanent", "fixed term")
    assert asked(wave) == {person.pk for person in [*permanent, *fixed]}
    leeds = make_people(2, location="Leeds", country="GB")
    make_people(2, location="York", country="GB")
    assert asked(make_draft_by("location", "Leeds")) == {person.pk for person in leeds}
    assert len(asked(make_draft_by("country", "GB"))) == 4


def test_groups_stay_the_tree_of_teams_and_count_those_asked(contract: Attribute) -> None:
    sales, billing = Team.objects.create(name="Sales"), Team.objects.create(name="Billing")
    give(contract, "permanent", make_people(6, team=sales))
    make_people(4, team=sales)
    give(contract, "permanent", make_people(5, team=billing))
    Team.objects.create(name="Nobody of them")
    found = preview(make_draft_by(by_attribute(contract.pk), "permanent"), OPENED)
    assert [(group.name, group.invited) for group in found.groups] == [
        ("Everyone asked", 11),
        ("Billing", 5),
        ("Sales", 6),
    ]
    assert found.problems == []


def test_an_attribute_put_aside_or_gone_stops_the_launch_kindly(contract: Attribute) -> None:
    give(contract, "permanent", make_people(20))
    wave = make_draft_by(by_attribute(contract.pk), "permanent")
    Attribute.objects.update(name="Kind of contract")
    assert preview(wave, OPENED).problems == []
    Attribute.objects.update(archived=True)
    assert [problem.reason for problem in preview(wave, OPENED).problems] == [Reason.ATTRIBUTE_GONE]
    PersonAttribute.objects.all().delete()
    contract.delete()
    reasons = [problem.reason for problem in preview(wave, OPENED).problems]
    assert reasons == [Reason.ATTRIBUTE_GONE, Reason.NOBODY]


def test_the_mail_says_what_was_gone_by_and_never_whose_value_it_is(contract: Attribute) -> None:
    words = {
        "location": "You get this because you work at a place of Brightwater that is asked.",
        "country": "You get this because you work at Brightwater in a country that is asked.",
        by_attribute(contract.pk): "You get this because you work at Brightwater. "
        "Who is asked was chosen by “Contract”.",
        by_attribute(0): "You get this because you work at Brightwater.",
    }
    for by, expected in words.items():
        wave = make_wave(
            invited={1: 0}, audience=Wave.Audience.ATTRIBUTE, audience_by=by, audience_values=["x"]
        )
        invitation = invite(wave, [make_person()])[0]
        queueing.queue_many([reminding.invitation_message(invitation, due=OPENED + dt.timedelta(1))])
        message = Message.objects.get(key=f"survey:{invitation.pk}:invitation")
        assert find_kind(message.kind).render(message).why == expected
