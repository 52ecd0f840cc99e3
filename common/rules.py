"""Who may look behind the scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from people.models import Person


@rules.predicate
def is_administrator(person: Person) -> bool:
    return person.is_active and person.is_administrator


@rules.predicate
def is_hr(person: Person) -> bool:
    return person.is_active and person.is_hr


rules.add_perm("common.see_audit_log", is_administrator)
# What stands on the page depends on who looks.
rules.add_perm("common.see_settings", is_hr | is_administrator)
