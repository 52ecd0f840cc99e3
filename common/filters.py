"""What the lists of this app can be narrowed by."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit_actions import ACTIONS, THINGS, Group, in_group
from common.forms import DayInput, PortalForm
from common.models.audit import AuditQuerySet

_CONTROL = {"class": "form-control"}
# What a calendar of people reaches: beyond it a zone's offset leads out of the years there are.
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=DayInput(attrs=_CONTROL),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Write a day as 2026-11-30.")},
    )


class AuditFilter(PortalForm):
    group = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("Everything")), *((group.value, group.label) for group in Group)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    who = forms.CharField(
        label=_("Who: name or e-mail"), required=False, max_length=200, widget=forms.TextInput(attrs=_CONTROL)
    )
    since = _day(_("From"))
    until = _day(_("To"))
    q = forms.CharField(
        label=_("Any words"), required=False, max_length=200, widget=forms.TextInput(attrs=_CONTROL)
    )
    # One thing, from a link in the list: "surveys.wave:7".
    thing = forms.CharField(required=False, max_length=130, widget=forms.HiddenInput)

    def clean_thing(self) -> tuple[str, str] | None:
        kind, _colon, number = self.cleaned_data["thing"].partition(":")
        return (kind, number) if kind in THINGS and number else None

    def clean_since(self) -> dt.date | None:
        return _within_a_calendar(self.cleaned_data["since"])

    def clean_until(self) -> dt.date | None:
        return _within_a_calendar(self.cleaned_data["until"])

    def narrow(self, entries: AuditQuerySet) -> AuditQuerySet:
        """The entries asked for; all of them where the form holds nothing, or nothing valid."""
        asked = self.cleaned_data if self.is_valid() else {}
        if asked.get("group"):
            entries = entries.done(in_group(asked["group"]))
        if asked.get("who"):
            entries = entries.by(asked["who"])
        if asked.get("since"):
            entries = entries.filter(at__gte=_midnight(asked["since"]))
        if asked.get("until"):
            entries = entries.filter(at__lt=_midnight(asked["until"] + dt.timedelta(days=1)))
        if asked.get("thing"):
            entries = entries.about(*asked["thing"])
        if asked.get("q"):
            entries = entries.matching(asked["q"], _sentences())
        return entries

    @property
    def narrows(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())


def _within_a_calendar(day: dt.date | None) -> dt.date | None:
    if day and not _EARLIEST <= day <= _LATEST:
        raise ValidationError(_("Write a day as 2026-11-30."))
    return day


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _sentences() -> dict[str, str]:
    """Each action with what the viewer reads of it, without the names."""
    return {
        name: f"{action.words % {'who': '', 'thing': ''}} {name}".lower() for name, action in ACTIONS.items()
    }
