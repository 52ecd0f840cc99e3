"""What HR plans about a wave, until it is launched."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from common import audit
from customers.models import ExternalOrganisation
from people.models import Person, Team
from surveys.domain.building import handing_over
from surveys.models import Wave, WaveSeries
from surveys.models.wave import DECIDED

# A form opened before these were changed there does not take them back.
_ON_PAGES_OF_THEIR_OWN = frozenset(
    {
        "mail_texts",
        "follow_up_question",
        "follow_up_limit",
        "follow_up_days",
        "follow_up_owner_id",
        "ask_again_days",
    }
)


class NotADraft(Exception):
    """The wave is on its way; nothing was changed."""


def save_draft(
    wave: Wave,
    *,
    teams: Iterable[Team],
    organisations: Iterable[ExternalOrganisation],
    readers: Iterable[Person],
    by: Person,
) -> Wave:
    """Keep what a form set on a new or existing draft. Raises NotADraft."""
    with transaction.atomic():
        if not wave.pk:
            wave.created_by = by
            wave.save()
            handing_over.taken_up(wave.survey)
            audit.record(by=by, action="wave.planned", obj=wave)
        else:
            _lock_draft(wave)
            wave.save(update_fields=[name for name in DECIDED if name not in _ON_PAGES_OF_THEIR_OWN])
            audit.record(by=by, action="wave.edited", obj=wave)
        wave.teams.set(teams)
        wave.organisations.set(organisations)
        wave.readers.set(readers)
    return wave


def delete_draft(wave: Wave, *, by: Person) -> None:
    """Raises NotADraft."""
    with transaction.atomic():
        _lock_draft(wave)
        audit.record(by=by, action="wave.draft_deleted", obj=wave)
        row = wave.series
        wave.delete()
        # Else the next tick would plan it again.
        if row is not None:
            WaveSeries.objects.filter(pk=row.pk).update(active=False)
            WaveSeries.objects.filter(pk=row.pk, waves=None).delete()


def _lock_draft(wave: Wave) -> None:
    if not Wave.objects.select_for_update().filter(pk=wave.pk, state=Wave.State.DRAFT).exists():
        raise NotADraft
