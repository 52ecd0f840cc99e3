"""What a wave keeps of the day it was launched: who is asked, and the groups they belong to.

Moving or renaming people later changes nothing of it (anonymity.md R6). The preview before the launch is
worked out by the same functions, so what HR reads is what happens.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.organisation import current
from common.working_time import find_zone
from customers.models import Contact
from notifications.models import OptOut
from people.models import Person, PersonAttribute, Team
from people.models.team import descendant_ids
from surveys.domain.mailing import reminding
from surveys.domain.repeating import taking_turns
from surveys.domain.waves import gathering, subjects
from surveys.domain.waves.audience import FrozenAudience, Identity, Member, Place, groups_of, only
from surveys.models import Invitation, Wave, WaveGroup

ROWS_AT_ONCE = 1000


def freeze_audience(wave: Wave, day: dt.date) -> FrozenAudience:
    """Who would be asked on this day, in a fixed number of statements.

    Left out: people who do not work here on that day, and addresses that opted out, which are counted; of a
    wave that repeats also those whose turn it is not; of a wave about managers those who have none.
    """
    found, places = _contacts(wave) if wave.audience == Wave.Audience.CONTACTS else _people(wave, day)
    opted_out = OptOut.objects.among(reminding.CATEGORY, {member.address for member in found})
    reachable = [member for member in found if member.address not in opted_out]
    rated = subjects.rated_by(wave, reachable)
    turn = taking_turns.turn_of(wave, rated.members, day, asked_in=asked_in)
    if wave.about:
        places = subjects.tree_of(wave, turn.members)
    return FrozenAudience(
        members=turn.members,
        groups=tuple(groups_of(turn.members, places, _name_of_all(wave))),
        opted_out=len(found) - len(reachable),
        left_out=turn.left_out,
        without_subject=rated.left_out,
    )


def _name_of_all(wave: Wave) -> str:
    match wave.audience:
        case Wave.Audience.EVERYONE:
            return current().name
        case Wave.Audience.TEAMS:
            return _("All teams asked")
        case Wave.Audience.ATTRIBUTE:
            return _("Everyone asked")
        case _:
            return _("All organisations asked")


def _contacts(wave: Wave) -> tuple[list[Member], list[Place]]:
    organisations = list(wave.organisations.order_by("name", "pk"))
    rows = (
        Contact.objects.active()
        .filter(organisation__in=organisations)
        .exclude(email="")
        .order_by("pk")
        .values_list("pk", "email", "language", "organisation_id", "country")
    )
    members = [
        Member(None, pk, email, language, place, _breakdown(wave, country=country))
        for pk, email, language, place, country in rows
    ]
    return members, [Place(one.pk, None, one.name, one.owner_id) for one in organisations]


def _people(wave: Wave, day: dt.date) -> tuple[list[Member], list[Place]]:
    """Everyone, or the members of the teams asked; with the teams that may become groups."""
    people = (
        Person.objects.active()
        .filter(Q(start_date=None) | Q(start_date__lte=day), Q(end_date=None) | Q(end_date__gte=day))
        .exclude(email="")
        .order_by("pk")
    )
    places = [
        Place(*row) for row in Team.objects.order_by("pk").values_list("pk", "parent_id", "name", "lead_id")
    ]
    if wave.audience == Wave.Audience.TEAMS:
        asked = set(wave.teams.values_list("pk", flat=True))
        if wave.with_teams_below:
            asked = descendant_ids(list(asked))
        people = people.filter(team_id__in=asked)
        places = only(places, asked)
    elif wave.audience == Wave.Audience.ATTRIBUTE:
        people = gathering.among(people, wave.audience_by, wave.audience_values)
    values = _attribute_values(wave, people)
    rows = people.values_list("pk", "email", "language", "team_id", "location", "country")
    members = [
        Member(
            pk,
            None,
            email,
            language,
            place,
            values.get(pk, "") or _breakdown(wave, location=location, country=country),
        )
        for pk, email, language, place, location, country in rows
    ]
    return members, places


def _attribute_values(wave: Wave, people: models.QuerySet[Person]) -> dict[int, str]:
    """By person what the attribute of the breakdown is for them; nothing where it is by none."""
    attribute = wave.breakdown_attribute
    if attribute is None:
        return {}
    values = PersonAttribute.objects.filter(attribute=attribute, person__in=people.order_by())
    return dict(values.values_list("person_id", "value"))


def _breakdown(wave: Wave, *, location: str = "", country: str = "") -> str:
    match wave.breakdown:
        case Wave.Breakdown.LOCATION:
            return location
        case Wave.Breakdown.COUNTRY:
            return country
        case _:
            return ""


def asked_in(wave: Wave, now: dt.datetime) -> set[Identity]:
    """Whom another wave asks: those invited or, while its launch is on the way, those it will invite."""
    rows = list(wave.invitations.values_list("person_id", "contact_id"))
    if rows:
        return {("person", person) if person else ("contact", contact) for person, contact in rows}
    audience = freeze_audience(wave, day_of_launch(wave, now))
    return {member.identity for member in audience.members}


# --- Rows ---------------------------------------------------------------------------------------------------
def write_audience(wave: Wave, audience: FrozenAudience) -> None:
    """Groups and invitations as rows; the caller's transaction makes them appear at once."""
    is_external = wave.audience == Wave.Audience.CONTACTS and not wave.about
    by_team = not is_external and not wave.about
    WaveGroup.objects.bulk_create(
        [
            WaveGroup(
                wave=wave,
                code=group.code,
                parent_code=group.parent_code,
                name=group.name,
                team_id=group.place if by_team else None,
                organisation_id=group.place if is_external else None,
                lead_id=group.lead_id,
                subject_id=group.subject_id,
                invited_count=group.invited,
            )
            for group in audience.groups
        ],
        batch_size=ROWS_AT_ONCE,
    )
    Invitation.objects.bulk_create(
        [
            Invitation(
                wave=wave,
                person_id=member.person_id,
                contact_id=member.contact_id,
                subject_id=member.subject_id,
                address=member.address,
                language=member.language,
                group_code=audience.group_code(member),
                breakdown_value=member.breakdown_value,
            )
            for member in audience.members
        ],
        batch_size=ROWS_AT_ONCE,
    )


def day_of_launch(wave: Wave, now: dt.datetime) -> dt.date:
    """The day people must work here to be asked: the day it opens, where the organisation is.

    Not the viewer's zone: the worker must find whom the preview named.
    """
    return timezone.localtime(max(wave.opens_at, now), find_zone("")).date()
