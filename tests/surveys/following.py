"""What tests of follow-ups share: a customer outside whom somebody looks after, and a wave by name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from customers.models import Contact, ExternalOrganisation
from people.models import Person
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.following_up import stepping
from surveys.models import FollowUp, FollowUpCause, Invitation, Wave
from tests.surveys.factories import make_person, make_wave

# A Thursday at noon, within the wave of the factories.
ANSWERED = dt.datetime(2026, 3, 5, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HEARD = "The ferry left without our guests."


def make_contact(owner: Person | None = None, **fields: Any) -> Contact:
    number = Contact.objects.count()
    organisation = ExternalOrganisation.objects.create(name=f"Ferry line {number}", owner=owner)
    contact = Contact(
        **{
            "organisation": organisation,
            "name": f"Captain {number}",
            "email": f"captain{number}@ferry.example",
            **fields,
        }
    )
    contact.refresh_search_text()
    contact.save()
    return contact


def make_followed_wave(**fields: Any) -> Wave:
    """By name; an answer of 6 or less to ``recommend`` is followed up within two working days."""
    defaults: dict[str, Any] = {
        "mode": Wave.Mode.IDENTIFIED,
        "audience": Wave.Audience.CONTACTS,
        "follow_up_question": "recommend",
        "follow_up_limit": 6,
        "follow_up_days": 2,
        "ask_again_days": 10,
        "invited": {},
    }
    if "follow_up_owner" not in fields:
        defaults["follow_up_owner"] = make_person(display_name="Fay Fallback")
    return make_wave(**{**defaults, **fields})


def ask(wave: Wave, respondent: Contact | Person) -> Invitation:
    contact = respondent if isinstance(respondent, Contact) else None
    person = respondent if isinstance(respondent, Person) else None
    return Invitation.objects.create(
        wave=wave, contact=contact, person=person, address=respondent.email, group_code=1
    )


def answer(invitation: Invitation, score: int | None, now: dt.datetime = ANSWERED) -> FollowUp | None:
    options: dict[str, tuple[str, ...]] = {} if score is None else {"recommend": (str(score),)}
    sheet = AnswerSheet(options=options, texts={"hear": HEARD})
    submitting.submit(invitation=invitation, sheet=sheet, now=now)
    return FollowUp.objects.filter(response__invitation=invitation).first()


def make_follow_up(
    owner: Person | None = None,
    *,
    wave: Wave | None = None,
    score: int = 3,
    now: dt.datetime = ANSWERED,
    **contact: Any,
) -> FollowUp:
    """Of a contact whom ``owner`` looks after."""
    invitation = ask(wave or make_followed_wave(), make_contact(owner or make_person(), **contact))
    follow_up = answer(invitation, score, now)
    assert follow_up is not None
    return follow_up


def make_cause(name: str = "Bad weather") -> FollowUpCause:
    return FollowUpCause.objects.get_or_create(name=name)[0]


def close(follow_up: FollowUp, *, contacted: dt.datetime, closed: dt.datetime) -> FollowUp:
    by = follow_up.owner
    assert by is not None
    stepping.record_contact(follow_up=follow_up, at=contacted, channel="phone", by=by, now=contacted)
    return stepping.close(
        follow_up=follow_up, done="We rang and refunded.", cause=make_cause(), by=by, now=closed
    )
