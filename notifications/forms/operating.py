from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from notifications.domain.overseeing import KindTotals, Standing, rows_standing
from notifications.models import MessageQuerySet


class CapturedFilter(PortalForm):
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )


class OutboxFilter(PortalForm):
    """Which mail of one kind is shown; anything else than its choices shows all."""

    standing = forms.ChoiceField(
        label=_("Where it stands"),
        required=False,
        choices=[("", _("All")), *Standing.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def narrow(self, messages: MessageQuerySet, now: dt.datetime) -> MessageQuerySet:
        return messages.filter(rows_standing(self.standing_asked, now)) if self.standing_asked else messages

    @property
    def standing_asked(self) -> Standing | None:
        chosen = self.cleaned_data.get("standing") if self.is_valid() else ""
        return Standing(chosen) if chosen else None


class ByHandForm(PortalForm):
    """What is done to the mail of one kind as a whole. ``totals`` are those the page shows beside it."""

    anonymous = forms.BooleanField(required=False, widget=forms.HiddenInput)
    standings = forms.MultipleChoiceField(
        label=_("Which of them"), widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )

    def __init__(self, *args: Any, totals: KindTotals, offered: Sequence[Standing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standings"].choices = [  # type: ignore[attr-defined]
            (one.value, f"{one.label}: {number_format(totals.counts.get(one, 0), force_grouping=True)}")
            for one in offered
        ]

    @property
    def standings_asked(self) -> list[Standing]:
        return [Standing(one) for one in self.cleaned_data["standings"]]
