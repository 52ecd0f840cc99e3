"""What the outbox holds on one person (people/domain/downloading.py)."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from notifications.models import Message, OptOut, RefusedAddress, fingerprints
from people.domain.downloading import Subject, register, table
from people.models import Person


def register_parts() -> None:
    register(
        table(
            "messages",
            _("Mail to you"),
            {
                "kind": _("kind"),
                "address": _("address"),
                "due": _("not before"),
                "state": _("state"),
                "sent_at": _("sent"),
                "last_reply": _("what the mail server said"),
                "language": _("language"),
                "time_zone": _("time zone"),
                "country": _("country"),
            },
            of=_messages,
            model=Message,
            through=("person",),
        )
    )
    register(
        table(
            "opt_outs",
            _("Mail you do not want"),
            {"category": _("kind")},
            of=lambda subject: OptOut.objects.filter(
                address__in=[_address(subject), *fingerprints(_address(subject))]
            ),
            model=OptOut,
            through=("address",),
        )
    )
    register(
        table(
            "refused",
            _("Your address was refused"),
            {"address": _("address"), "reply": _("what the mail server said")},
            of=lambda subject: RefusedAddress.objects.filter(address=_address(subject)),
            model=RefusedAddress,
        )
    )


def _address(subject: Subject) -> str:
    address: str = subject.email  # type: ignore[attr-defined]
    return address


def _messages(subject: Subject) -> QuerySet[Message]:
    """Of anonymous waves none: which reminders were sent says whether somebody answered (anonymity.md P1)."""
    theirs = Q(address__iexact=_address(subject))
    if isinstance(subject, Person):
        theirs |= Q(person=subject)
    return Message.objects.filter(theirs, confidential=False).order_by("due", "pk")
