"""What the outbox holds on one person (people/domain/downloading.py)."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from notifications.kinds import known_kinds
from notifications.models import LastOfKind, Message, Muted, Notice, OptOut, RefusedAddress, fingerprints
from people.domain.downloading import About, Subject, person_only, register, table
from people.domain.wording_data import language_name
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
                "reason": _("why"),
                "sent_at": _("sent"),
                "last_reply": _("what the mail server said"),
                "language": _("language"),
                "time_zone": _("time zone"),
                "country": _("country"),
            },
            of=_messages,
            model=Message,
            through=("person",),
            about=About.MAIL,
            words={"kind": _kind_words, "language": language_name},
        )
    )
    register(
        table(
            "last_of_kinds",
            _("Kinds of mail of which you get one in so many days"),
            {"kind": _("kind"), "address": _("address"), "at": _("the last one")},
            of=_last_of_kinds,
            model=LastOfKind,
            through=("person",),
            about=About.MAIL,
            words={"kind": _kind_words},
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
            about=About.MAIL,
            words={"category": _category_words},
        )
    )
    register(
        table(
            "notices",
            _("Notices to you in the portal"),
            {"kind": _("kind"), "category": _("about"), "due": _("shown from"), "read": _("looked at")},
            of=person_only(lambda person: Notice.objects.filter(person=person).order_by("due", "pk")),
            model=Notice,
            through=("person",),
            about=About.MAIL,
            words={"kind": _kind_words, "category": _category_words},
        )
    )
    register(
        table(
            "muted",
            _("Notices you do not want"),
            {"category": _("kind")},
            of=person_only(lambda person: Muted.objects.filter(person=person)),
            model=Muted,
            through=("person",),
            about=About.MAIL,
            words={"category": _category_words},
        )
    )
    register(
        table(
            "refused",
            _("Your address was refused"),
            {"address": _("address"), "reply": _("what the mail server said")},
            of=lambda subject: RefusedAddress.objects.filter(address=_address(subject)),
            model=RefusedAddress,
            about=About.MAIL,
        )
    )


def _kind_words(name: str) -> str:
    kind = known_kinds().get(name)
    return str(kind.label or name) if kind else name


def _category_words(name: str) -> str:
    """The mails it is about."""
    kinds = [kind for kind in known_kinds().values() if kind.category == name and kind.unsubscribable]
    return ", ".join(str(kind.label) for kind in kinds if kind.label) or name


def _address(subject: Subject) -> str:
    address: str = subject.email  # type: ignore[attr-defined]
    return address


def _messages(subject: Subject) -> QuerySet[Message]:
    """Of anonymous waves none: which reminders were sent says whether somebody answered (anonymity.md P1)."""
    # An address may have been another person's before.
    theirs = Q(person=None, address__iexact=_address(subject))
    if isinstance(subject, Person):
        theirs |= Q(person=subject)
    return Message.objects.filter(theirs, confidential=False).order_by("due", "pk")


def _last_of_kinds(subject: Subject) -> QuerySet[LastOfKind]:
    theirs = Q(person=None, address__iexact=_address(subject))
    if isinstance(subject, Person):
        theirs |= Q(person=subject)
    return LastOfKind.objects.filter(theirs).order_by("kind", "pk")
