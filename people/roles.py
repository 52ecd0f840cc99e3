"""Everyone is an employee; these two come by group, a manager by leading or having reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from people.models import Person

HR = "HR"
ADMINISTRATOR = "Administrator"

# As they stand in addresses.
BY_SLUG = {"hr": HR, "administrator": ADMINISTRATOR}
_WORDS = {
    "hr": (_("HR"), _("People, surveys, behaviours and customers.")),
    "administrator": (_("Administrator"), _("Mail, the audit log, and these roles.")),
}


@dataclass(frozen=True)
class RoleRow:
    slug: str
    label: Promise | str
    meaning: Promise | str
    held: bool


def role_rows(person: Person) -> list[RoleRow]:
    return [RoleRow(slug, *_WORDS[slug], held=BY_SLUG[slug] in person.role_names) for slug in BY_SLUG]
