"""What HR says of the organisation. What counts for the law or for anonymity is recorded with both values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import IO, Any

from django.db import transaction

from common import audit, organisation
from common.logo import digest_of, draw_anew
from common.models import Organisation
from common.organisation import OrganisationFacts
from people.models import Person

# Recorded with what held before and what holds now; of the others the name of the field is enough.
RECORDED_IN_FULL = ("country", "time_zone", "working_days", "day_starts", "day_ends", "k")


def stored_organisation(*, locked: bool = False) -> Organisation:
    """The one row, or what the environment says as long as there is none. ``locked``: until the commit."""
    rows = Organisation.objects.defer("logo")
    row = (rows.select_for_update() if locked else rows).first()
    return row or Organisation(pk=1, **asdict(organisation.from_environment()))


def save_organisation(facts: Organisation, *, by: Person) -> list[str]:
    """Keep what was said; the names of the facts that changed."""
    names = [field.name for field in fields(OrganisationFacts) if field.name != "logo_digest"]
    with transaction.atomic():
        before = stored_organisation(locked=True)
        changed = [name for name in names if getattr(before, name) != getattr(facts, name)]
        if not changed:
            return []
        _write({name: getattr(facts, name) for name in names}, before)
        both: dict[str, Any] = {
            name: f"{getattr(before, name)} -> {getattr(facts, name)}"
            for name in changed
            if name in RECORDED_IN_FULL
        }
        audit.record(by=by, action="settings.organisation_changed", fields=", ".join(_words(changed)), **both)
    return changed


def save_logo(file: IO[bytes], *, by: Person) -> None:
    """Raises NotALogo."""
    # Outside of the transaction: it takes a moment.
    png = draw_anew(file)
    with transaction.atomic():
        _write({"logo": png, "logo_digest": digest_of(png)}, stored_organisation(locked=True))
        audit.record(by=by, action="settings.logo_changed")


def remove_logo(*, by: Person) -> bool:
    """False where there was none."""
    with transaction.atomic():
        before = stored_organisation(locked=True)
        if not before.logo_digest:
            return False
        _write({"logo": None, "logo_digest": ""}, before)
        audit.record(by=by, action="settings.logo_removed")
    return True


def _write(values: dict[str, object], before: Organisation) -> None:
    """Into the row, which is made of what held until now where nobody has said anything yet."""
    if not Organisation.objects.filter(pk=1).update(**values):
        Organisation.objects.bulk_create([before], ignore_conflicts=True)
        Organisation.objects.filter(pk=1).update(**values)
    # Once for whoever asks inside of this transaction, once for whoever asked while it was open.
    organisation.forget()
    transaction.on_commit(organisation.forget)


def _words(names: Iterable[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]
