"""How a wave repeats."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from surveys.models import WaveSeries


class RowForm(PortalModelForm[WaveSeries]):
    rhythm = forms.ChoiceField(
        label=_("How often"),
        choices=WaveSeries.Rhythm.choices,
        initial=WaveSeries.Rhythm.MONTHLY,
        widget=forms.RadioSelect,
        help_text=_("At the same hour; where the day is free, on the next working day."),
    )
    rotation = forms.IntegerField(
        label=_("Each person is asked by one of so many waves"),
        initial=1,
        min_value=1,
        max_value=12,
        help_text=_(
            "1: everybody by every wave. 4: a quarter of them each time, everybody once in four waves. "
            "Nobody chooses who."
        ),
    )

    class Meta:
        model = WaveSeries
        fields = ["rhythm", "rotation"]
