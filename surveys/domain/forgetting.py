"""What waves let go of: whose an invitation was, and whose an answer by name. Figures stay as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from common.erasing import Erased
from common.nobody import NAME
from people.models import Person
from surveys.domain.counting.releasing import TYPED_NUMBER
from surveys.models import Answer, FollowUp, Invitation, Wave, WaveGroup
from surveys.models.answer import TAKEN_OUT
from surveys.models.invitation import new_handle

_AT_ONCE = 1000


def take_out(erased: Erased) -> None:
    """Nothing in any wave says who the erased were. No rate, no count and no figure changes.

    In waves by name the row is cut off from them, their own words go and what they chose stays, of nobody. In
    anonymous waves the row stays with the person's empty one: the next launch compares who was asked
    (anonymity.md R7). The outbox takes out the address too, and no mailed link opens again. Where others were
    asked about them, the group that counts these answers stays, and is called after nobody.
    """
    if erased.model is Person:
        rated = Q(subject__in=erased.ids) | Q(lead__in=erased.ids)
        WaveGroup.objects.filter(rated).exclude(wave__about="").update(name=NAME)
    link = "person" if erased.model is Person else "contact"
    theirs = Invitation.objects.filter(**{f"{link}__in": erased.ids})
    rows = list(theirs.values_list("pk", "address", "wave__mode"))
    erased.addresses |= {address for _pk, address, _mode in rows if address}
    named = [pk for pk, _address, mode in rows if mode == Wave.Mode.IDENTIFIED]
    others = [pk for pk, _address, mode in rows if mode != Wave.Mode.IDENTIFIED]
    _exchange_links([pk for pk, _address, _mode in rows])
    _cut_off(named)
    Invitation.objects.filter(pk__in=others).update(address="", language="", breakdown_value="", subject=None)


def forget_invitations(days: int, now: dt.datetime) -> int:
    """Who was asked, some time after the close. Named answers have a rule of their own."""
    closed = Wave.objects.filter(state=Wave.State.CLOSED, closed_at__lt=now - dt.timedelta(days=days))
    known = Invitation.objects.filter(wave__in=closed, response__isnull=True)
    return _in_chunks(known.exclude(person=None, contact=None), named=False)


def forget_names(days: int, now: dt.datetime) -> int:
    """Who gave an answer by name, and their words."""
    closed = Wave.objects.filter(state=Wave.State.CLOSED, closed_at__lt=now - dt.timedelta(days=days))
    known = Invitation.objects.filter(wave__in=closed, response__isnull=False)
    return _in_chunks(known.exclude(person=None, contact=None), named=True)


def _in_chunks(known: QuerySet[Invitation], *, named: bool) -> int:
    done = 0
    while ids := list(known.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            if named:
                _cut_off(ids)
            else:
                Invitation.objects.filter(pk__in=ids).update(
                    person=None, contact=None, subject=None, address="", language="", breakdown_value=""
                )
        done += len(ids)
    return done


def _cut_off(ids: Sequence[int]) -> None:
    """Group, breakdown and typed numbers stay: the figures of a wave by name are made of them."""
    said = Answer.objects.filter(response__invitation__in=ids).exclude(text="")
    said.exclude(text__regex=TYPED_NUMBER, option__gt="").update(text=TAKEN_OUT)
    # What was done about it tells of them too; that something was done stays.
    FollowUp.objects.filter(response__invitation__in=ids).exclude(done="").update(done=TAKEN_OUT)
    Invitation.objects.filter(pk__in=ids).update(
        person=None, contact=None, subject=None, address="", language=""
    )


def _exchange_links(ids: Sequence[int]) -> None:
    rows = [Invitation(pk=pk, handle=new_handle()) for pk in ids]
    Invitation.objects.bulk_update(rows, ["handle"], batch_size=500)
