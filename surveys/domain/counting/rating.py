"""How many answered, as far as it may be said (anonymity.md R1): a share in words, no list and no count.

The share is shown for groups of 20 invited or more, of pieces that are themselves of 20 invited or more (the
groups are divided like answers, see ``counting.atoms``): otherwise a department of 25 and its team of
20 would tell how many of the other five answered. A wave of fewer than 20 shows none. While the wave is open
it is worked out once a day, and a last time at its close.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.working_time import find_zone
from surveys.domain.counting.atoms import Tree, form_atoms, published_cells
from surveys.domain.results.rounding import round_half_up
from surveys.models import Wave, WaveGroup

RATE_FROM = 20
LOWEST_PERCENT, HIGHEST_PERCENT = 10, 90


def rate_due(now: dt.datetime) -> None:
    """Work out the rates of open waves that have none of today, by the organisation's own day."""
    due = Wave.objects.open().filter(Q(rated_on__isnull=True) | Q(rated_on__lt=_day(now)))
    for wave_id in list(due.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            wave = due.select_for_update(no_key=True).filter(pk=wave_id).first()
            if wave is not None:
                rate(wave, now)


def rate(wave: Wave, now: dt.datetime) -> None:
    """Store the shares of this moment, in the caller's transaction."""
    groups = list(wave.groups.all())
    tree = Tree.of(groups)
    own = wave.invitations.values_list("group_code").annotate(
        invited=Count("pk"), answered=Count("pk", filter=Q(answered=True))
    )
    invited = {(code, ""): number for code, number, _answered in own}
    answered = {code: number for code, _invited, number in own}
    shown = {
        cell.group: Fraction(sum(answered[member] for atom in cell.atoms for member in atom.members), cell.n)
        for cell in published_cells(tree, form_atoms(tree, invited, RATE_FROM))
    }
    for group in groups:
        group.response_percent = percent_said(shown[group.code]) if group.code in shown else None
    WaveGroup.objects.bulk_update(groups, ["response_percent"], batch_size=500)
    wave.rated_on = _day(now)
    wave.save(update_fields=["rated_on"])


def percent_said(share: Fraction) -> int:
    """Whole percent; one below and one above what is said stand for the open ends."""
    percent = 100 * share
    if percent < LOWEST_PERCENT:
        return LOWEST_PERCENT - 1
    if percent > HIGHEST_PERCENT:
        return HIGHEST_PERCENT + 1
    return int(round_half_up(percent, Fraction(1)))


def why_no_rate(invited: int) -> str:
    """What a group of so many says where its share is not shown."""
    if invited < RATE_FROM:
        return _("Not shown: fewer than %(number)s were asked") % {"number": RATE_FROM}
    return _("Not there yet, or only together with a larger group")


def _day(now: dt.datetime) -> dt.date:
    return timezone.localtime(now, find_zone("")).date()
