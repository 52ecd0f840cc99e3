"""The form of the one page on which somebody says what they want to be told, how and when."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import TimeOfDayInput
from common.organisation import current
from common.working_time import leaves_time
from notifications.channels import known_channels
from notifications.domain.preferring import Wanted, offered_categories
from people.forms import AccountForm
from people.models import Person

# Of the digest: nothing without haste by mail at all.
NEVER = "never"
_OF_A_CATEGORY = "tell_"


class PreferencesForm(AccountForm):
    """``wanted``: by channel, the categories wanted until now. ``without_mail``: nothing without haste."""

    detect_lost_update = True

    quiet_starts = forms.TimeField(label=_("Quiet from"), required=False, widget=TimeOfDayInput)
    quiet_ends = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=TimeOfDayInput,
        help_text=_("Within your working hours, when no mail may disturb you. Both empty: no quiet hours."),
    )
    rhythm = forms.ChoiceField(
        label=_("What has no haste comes"),
        required=False,
        choices=[
            ("", _("as it comes, at most one mail a day")),
            (Person.Digest.DAILY, _("together once a day")),
            (Person.Digest.WEEKLY, _("together once a week")),
            (NEVER, _("never by e-mail: I look in the portal")),
        ],
        widget=forms.RadioSelect,
    )

    class Meta(AccountForm.Meta):
        fields = [*AccountForm.Meta.fields, "quiet_starts", "quiet_ends"]

    def __init__(self, *args: Any, wanted: Wanted, without_mail: bool, **kwargs: Any) -> None:
        self._stored_otherwise = _in_words(wanted, without_mail)
        super().__init__(*args, **kwargs)
        self.initial["rhythm"] = NEVER if without_mail else self.instance.digest
        channels = [(channel.name, channel.label) for channel in known_channels()]
        for category in offered_categories(self.instance):
            name = _OF_A_CATEGORY + category.name
            self.fields[name] = forms.MultipleChoiceField(
                label=str(category.label),
                help_text=str(category.about),
                choices=channels,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            self.initial[name] = [channel for channel, _label in channels if category.name in wanted[channel]]

    @property
    def category_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(_OF_A_CATEGORY)]

    @property
    def wanted(self) -> dict[str, set[str]]:
        """By channel, the categories chosen."""
        chosen: dict[str, set[str]] = {channel.name: set() for channel in known_channels()}
        for category in offered_categories(self.instance):
            for channel in self.cleaned_data[_OF_A_CATEGORY + category.name]:
                chosen[channel].add(category.name)
        return chosen

    @property
    def without_mail(self) -> bool:
        return bool(self.cleaned_data["rhythm"] == NEVER)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_quiet_hours(cleaned)
        return cleaned

    def _check_quiet_hours(self, cleaned: Mapping[str, Any]) -> None:
        if {"quiet_starts", "quiet_ends", "day_starts", "day_ends"} & set(self.errors):
            return
        begins, ends = cleaned["quiet_starts"], cleaned["quiet_ends"]
        if begins is None and ends is None:
            return
        if begins is None or ends is None:
            missing = "quiet_starts" if begins is None else "quiet_ends"
            self.add_error(missing, _("Fill in both times, or leave both empty."))
        elif begins == ends:
            self.add_error("quiet_ends", _("Choose an end that differs from the beginning."))
        elif not leaves_time(*_hours(cleaned), (begins, ends)):
            self.add_error(
                "quiet_ends",
                _("This leaves nothing of your working day, so no mail could ever come. Choose less."),
            )

    def _digest_of_stored(self) -> str:
        # With what is no field of the person: a click in a mail may have changed it meanwhile.
        stored = super()._digest_of_stored() + self._stored_otherwise + self.instance.digest
        return hashlib.blake2s(stored.encode(), digest_size=16).hexdigest()


def _hours(cleaned: Mapping[str, Any]) -> tuple[dt.time, dt.time]:
    usual = current()
    return cleaned["day_starts"] or usual.day_starts, cleaned["day_ends"] or usual.day_ends


def _in_words(wanted: Wanted, without_mail: bool) -> str:
    return repr((sorted((name, sorted(categories)) for name, categories in wanted.items()), without_mail))
