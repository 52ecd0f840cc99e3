"""Answer links of people who work here end when they leave, change their password or their address.

The invitation itself stays as it was frozen: no rate, cohort or figure knows of it (anonymity.md S8, R1, R6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from culture_portal.account_mail import set_password_link
from customers.models import Contact, ExternalOrganisation
from notifications.models import Message
from people.domain import changing, changing_address, shutting_out
from people.models import Person
from people.roles import ADMINISTRATOR
from surveys.domain.mailing import asking, linking, reminding
from surveys.models import Invitation, SealedBallot, Wave
from tests.surveys.factories import invite, make_people, make_person, make_wave

pytestmark = pytest.mark.django_db

ANSWERS = {"q-listens": "4"}


@pytest.fixture
def wave() -> Wave:
    now = timezone.now()
    return make_wave(opens_at=now - dt.timedelta(days=1), closes_at=now + dt.timedelta(days=5))


@pytest.fixture
def person() -> Person:
    person = make_person()
    person.set_password("a quiet harbour at dawn")
    person.save()
    return person


@pytest.fixture
def invitation(wave: Wave, person: Person) -> Invitation:
    return invite(wave, [person])[0]


def mailed(invitation: Invitation) -> str:
    """The link as a mail sent now carries it."""
    message = Message(context={"invitation": invitation.pk})
    return reminding._occasion_of(message).link.removeprefix("http://localhost")


def status(path: str) -> int:
    return Client().get(path, follow=True).status_code


def set_password(person: Person) -> None:
    changing.set_password(person, "four brave otters swim")


def reset_by_mail(person: Person) -> None:
    client = Client()
    page = client.get(set_password_link(person).removeprefix("http://localhost"), follow=True)
    new = {"password1": "four brave otters swim", "password2": "four brave otters swim"}
    assert client.post(page.redirect_chain[-1][0], new).status_code == 302


def change_address(person: Person) -> None:
    token = changing_address.token_for(person, "other@example.com", stamp=person.link_stamp)
    change = changing_address.read_token(token, person, now=timezone.now())
    assert change is not None
    changing_address.change_address(change, but=None, now=timezone.now())


def address_by_hr(person: Person) -> None:
    person.email = "corrected@example.com"
    changing.save_person(person, by=make_person(), changed=["email"])


@pytest.mark.parametrize("happens", [set_password, reset_by_mail, change_address, address_by_hr])
def test_links_mailed_before_open_nothing_and_the_next_mail_brings_a_new_one(
    invitation: Invitation, person: Person, happens: Callable[[Person], None]
) -> None:
    before = mailed(invitation)
    client = Client()
    assert client.get(before, follow=True).status_code == 200
    happens(person)
    # The link, and the cookie it had become; the form is refused too.
    assert status(before) == 410
    answer = client.post(f"/a/{invitation.handle}/", ANSWERS)
    assert answer.status_code == 410
    assert answer.cookies["answer"].value == ""
    assert not SealedBallot.objects.exists()
    after = mailed(invitation)
    assert (after != before, status(after)) == (True, 200)
    assert status(before) == 410


def test_a_first_password_takes_no_link_away(wave: Wave) -> None:
    newcomer = make_person()
    newcomer.set_unusable_password()
    newcomer.save()
    link = mailed(invite(wave, [newcomer])[0])
    set_password(newcomer)
    newcomer.refresh_from_db()
    assert (newcomer.link_stamp, status(link)) == (0, 200)


def test_whoever_left_answers_no_more_and_nothing_else_changes(
    wave: Wave, invitation: Invitation, person: Person
) -> None:
    hr, before = make_person(), mailed(invitation)
    frozen = list(wave.invitations.order_by("pk").values()), list(wave.groups.order_by("pk").values())
    changing.deactivate(person, by=hr)
    assert (status(before), status(mailed(invitation))) == (410, 410)
    after = list(wave.invitations.order_by("pk").values()), list(wave.groups.order_by("pk").values())
    assert after == frozen
    # Back at work, only what is mailed from now on.
    changing.reactivate(person, by=hr)
    assert (status(before), status(mailed(invitation))) == (410, 200)


def test_a_link_is_refused_also_where_somebody_left_by_another_way(
    invitation: Invitation, person: Person
) -> None:
    link = mailed(invitation)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert status(link) == 410


def test_my_day_leads_to_the_survey_after_a_changed_password(invitation: Invitation, person: Person) -> None:
    set_password(person)
    (item,) = asking.waiting_surveys(person, timezone.now())
    assert status(item.url) == 200


def test_the_page_is_kind_and_tells_nothing_of_the_survey(
    wave: Wave, invitation: Invitation, person: Person
) -> None:
    before = mailed(invitation)
    set_password(person)
    answer = Client().get(before, follow=True)
    page = answer.content.decode()
    assert "This link was replaced" in page
    assert "My day" in page
    assert wave.title not in page
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("no-referrer", True)


def test_an_answered_invitation_says_no_more_than_an_open_one(invitation: Invitation, person: Person) -> None:
    """Whoever holds a former link does not learn from it whether the person has answered."""
    before = mailed(invitation)
    set_password(person)
    opened = Client().get(before, follow=True).content
    Invitation.objects.filter(pk=invitation.pk).update(answered=True)
    assert Client().get(before, follow=True).content == opened


def test_contacts_outside_keep_theirs(wave: Wave) -> None:
    contact = Contact(
        organisation=ExternalOrganisation.objects.create(name="Ferry line"),
        name="Captain",
        email="captain@ferry.example",
    )
    contact.refresh_search_text()
    contact.save()
    outside = Invitation.objects.create(wave=wave, contact=contact, address=contact.email, group_code=1)
    assert status(mailed(outside)) == 200
    forged = linking.answer_path(outside.handle, 1)
    assert status(forged) == 410


@pytest.mark.parametrize(
    "proof", ["0.{mac}", "01.{mac}", "-1.{mac}", "١.{mac}", "1.{mac}", ".{mac}", "9" * 30]
)
def test_a_proof_with_another_stamp_than_its_own_is_none(invitation: Invitation, proof: str) -> None:
    mac = linking.prove(linking.LINK, invitation.handle, 0)
    assert status(f"/a/{invitation.handle}/{proof.format(mac=mac)}/") == 404


def test_shutting_out_many_takes_few_statements(django_assert_num_queries: object) -> None:
    people = [person.pk for person in make_people(40)]
    with django_assert_num_queries(4):  # type: ignore[operator]
        shutting_out.shut_out(people)
    assert set(Person.objects.filter(pk__in=people).values_list("link_stamp", flat=True)) == {1}


def test_an_administrator_may_change_their_own_address() -> None:
    """Nobody else could do it for the only one."""
    person = make_person()
    person.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    change_address(person)
    person.refresh_from_db()
    assert person.email == "other@example.com"
