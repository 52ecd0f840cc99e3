"""Waves about somebody: whom each member is asked about, and the tree of those who are rated.

Figures are then by whom they are about instead of by the team of who answers. Everything else (pieces of at
least k, who may read what) works on that tree as on any other, so the rules of release hold unchanged:

    Everyone asked
      Under Ada               answers about Ada and about everybody below her; Ada reads it
        Ada                   answers about Ada alone
        Ben                   answers about Ben, who leads nobody that was rated

Somebody with fewer than k answers shows no figure; they are counted in the group above, with those about
others there. Who was asked about whom follows from who reports to whom at the launch, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.nobody import name_shown
from people.models import Person
from surveys.domain.waves.audience import Member, Place, with_subject
from surveys.models import Invitation, Wave
from surveys.notice import Subject


@dataclass(frozen=True)
class Rated:
    """Members with whom they are asked about. ``left_out``: how many have nobody to be asked about."""

    members: list[Member]
    left_out: int = 0


def rated_by(wave: Wave, members: Sequence[Member]) -> Rated:
    """Everybody as they are, where the wave is about nobody; the one it is about is not asked themselves."""
    if wave.about == Wave.About.PERSON:
        subject = wave.subject_id
        others = [member for member in members if member.person_id is None or member.person_id != subject]
        return Rated([with_subject(member, subject) for member in others] if subject else others)
    if wave.about == Wave.About.MANAGER:
        managers = _managers(members)
        kept = [
            with_subject(member, managers[member.person_id])
            for member in members
            if member.person_id in managers
        ]
        return Rated(kept, len(members) - len(kept))
    return Rated(list(members))


def _managers(members: Iterable[Member]) -> dict[int | None, int]:
    """By person the manager they have today. Somebody who has left is nobody's manager any more."""
    known = Person.objects.filter(manager__is_active=True).values_list("pk", "manager_id")
    asked = {member.person_id for member in members}
    return {pk: manager for pk, manager in known if pk in asked and manager is not None}


def subject_of(invitation: Invitation) -> Subject | None:
    """Whom somebody is asked about, with what becomes of few answers, as the launch froze it."""
    wave = invitation.wave
    if not wave.about:
        return None
    groups = {group.code: group for group in wave.groups.select_related("lead")}
    group = groups.get(invitation.group_code)
    if group is None:
        return None
    above = groups.get(group.parent_code or 0)
    under = str(above.lead) if above is not None and above.lead is not None else ""
    return Subject(name_shown(group.name), alone=above is None, above=under)


# --- The tree -----------------------------------------------------------------------------------------------
def tree_of(wave: Wave, members: Iterable[Member]) -> list[Place]:
    """A place for each who is rated, and one for each who has rated people below them."""
    rated = {member.subject_id for member in members if member.subject_id}
    if wave.about == Wave.About.PERSON:
        names = dict(Person.objects.filter(pk__in=rated).values_list("pk", "display_name"))
        return [Place(pk, None, names[pk], lead_id=pk, subject_id=pk) for pk in rated]
    leading = Person.objects.filter(reports__isnull=False).order_by("pk").distinct()
    rows = list(leading.values_list("pk", "manager_id", "display_name", "is_active"))
    names = {pk: name for pk, _manager, name, active in rows if active}
    above = _nearest({pk: manager for pk, manager, _name, _active in rows}, names)
    over = {one for pk in rated & above.keys() for one in _path(above, pk)}
    places = [
        # Beside the people below them, where somebody of those is rated too.
        Place(pk, _under(pk if pk in over else above[pk]), names[pk], lead_id=pk, subject_id=pk)
        for pk in sorted(rated & above.keys())
    ]
    return places + [
        Place(_under(pk) or 0, _under(above[pk]), _("Under %(name)s") % {"name": names[pk]}, lead_id=pk)
        for pk in sorted(over)
    ]


def _under(manager: int | None) -> int | None:
    """The place of all below them; their own number is that of the place about them alone."""
    return None if manager is None else -manager


def _path(above: Mapping[int, int | None], pk: int) -> list[int]:
    """Everybody above, nearest first; in a ring until it comes round."""
    path: list[int] = []
    one = above[pk]
    while one is not None and one not in path:
        path.append(one)
        one = above[one]
    return path


def _nearest(managers: Mapping[int, int | None], working: Mapping[int, str]) -> dict[int, int | None]:
    """By who works here the nearest above them who does too; a ring of managers is cut at its first."""

    def nearest(pk: int) -> int | None:
        seen = {pk}
        manager = managers.get(pk)
        while manager is not None and manager not in seen:
            if manager in working:
                return manager
            seen.add(manager)
            manager = managers.get(manager)
        return None

    above = {pk: nearest(pk) for pk in working}
    for pk in sorted(above):
        if pk in _path(above, pk):
            above[pk] = None
    return above
