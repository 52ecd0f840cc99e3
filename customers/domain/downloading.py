"""What is held on a contact, and what customers somebody looks after (people/domain/downloading.py)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from customers.models import Contact, ExternalOrganisation
from people.domain.downloading import About, person_only, register, table
from people.domain.wording_data import language_name


def register_parts() -> None:
    register(
        table(
            "contact",
            _("What is kept of you as a contact"),
            {
                "name": _("name"),
                "email": _("e-mail"),
                "organisation__name": _("organisation"),
                "job_title": _("job title"),
                "language": _("language"),
                "time_zone": _("time zone"),
                "country": _("country"),
                "phone": _("telephone"),
                "preferred_channel": _("likes to be reached"),
                "active": _("may be asked"),
                "inactive_since": _("no longer asked since"),
            },
            of=lambda subject: (
                Contact.objects.filter(pk=subject.pk) if isinstance(subject, Contact) else None
            ),
            model=Contact,
            about=About.THEMSELVES,
            words={"language": language_name},
        )
    )
    register(
        table(
            "organisations",
            _("Customers you look after"),
            {"name": _("organisation")},
            of=person_only(lambda person: ExternalOrganisation.objects.filter(owner=person)),
            model=ExternalOrganisation,
            through=("owner",),
        )
    )
