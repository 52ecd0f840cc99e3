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
# What each may do that others may not, in words; ``rules.py`` of each app says it in code.
POWERS: dict[str, tuple[Promise, ...]] = {
    "hr": (
        _("Add people, change what is kept of them, note that they have left, import them from a file."),
        _("Erase who left, so that no name is left and every figure stays."),
        _("Build surveys, launch waves, and see the figures of every anonymous wave after its close."),
        _("Word behaviours, values and mails, and say what holds for the organisation."),
        _("Keep customers outside and their contacts."),
        _("Never: read answers given by name, unless a wave names them as a reader, or give roles."),
    ),
    "administrator": (
        _("Give and take roles."),
        _("See which mail waits, failed or is in doubt, and send it again or cancel it."),
        _("Read the audit log."),
        _("Never: see figures or answers, or change what is kept of people."),
    ),
}


def label_of(name: str) -> Promise | str:
    """How a role is called, by the name of its group."""
    return next((_WORDS[slug][0] for slug, known in BY_SLUG.items() if known == name), name)


@dataclass(frozen=True)
class RoleRow:
    slug: str
    label: Promise | str
    meaning: Promise | str
    held: bool


def role_rows(person: Person) -> list[RoleRow]:
    return [RoleRow(slug, *_WORDS[slug], held=BY_SLUG[slug] in person.role_names) for slug in BY_SLUG]


@dataclass(frozen=True)
class RoleOverview:
    """A role with whoever holds it, by name."""

    slug: str
    label: Promise | str
    powers: tuple[Promise, ...]
    holders: list[Person]


def role_overviews(holders: dict[str, list[Person]]) -> list[RoleOverview]:
    """``holders`` by the name of the role."""
    return [
        RoleOverview(slug, _WORDS[slug][0], POWERS[slug], holders.get(name, []))
        for slug, name in BY_SLUG.items()
    ]
