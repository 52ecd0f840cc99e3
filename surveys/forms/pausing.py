"""What may still be decided of a wave that is open, and which of its mails somebody tries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from surveys.domain.mailing.reminding import planned_days
from surveys.forms.launching import FURTHEST_AHEAD, Moment
from surveys.models import Wave


class ClosingForm(PortalForm):
    """A later end of ``wave``, whose answers carry names."""

    closes_at = Moment(
        label=_("Closes"),
        help_text=_("Reminders that have not left yet name the new day."),
    )

    def __init__(self, *args: Any, wave: Wave, **kwargs: Any) -> None:
        super().__init__(*args, initial={"closes_at": wave.closes_at}, **kwargs)
        self.wave = wave

    def clean_closes_at(self) -> dt.datetime:
        closes_at: dt.datetime = self.cleaned_data["closes_at"]
        # The field shows no seconds.
        if closes_at <= self.wave.closes_at:
            raise ValidationError(_("Choose a later time than the one it has."))
        if closes_at > timezone.now() + FURTHEST_AHEAD:
            raise ValidationError(_("Choose a day within the next twelve months."))
        return closes_at


class TrialForm(PortalForm):
    """Which mails of ``wave`` to try."""

    steps = forms.TypedMultipleChoiceField(
        label=_("Which mails"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, wave: Wave, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = self.fields["steps"]
        if isinstance(steps, forms.TypedMultipleChoiceField):
            steps.choices = _mails_of(wave)
            steps.initial = [0]


def _mails_of(wave: Wave) -> list[tuple[int, str]]:
    reminders = range(1, len(planned_days(wave)) + 1)
    return [
        (0, gettext("Invitation")),
        *((number, gettext("Reminder %(number)d") % {"number": number}) for number in reminders),
    ]
