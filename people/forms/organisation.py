"""What HR says of the organisation."""

from __future__ import annotations

from typing import Any

import holidays
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm, PortalModelForm
from common.models import Organisation
from people.forms.fields import CountryField, LongSelect, zone_choices
from people.forms.hours import WorkingDaysField, day_ends_field, day_starts_field


class HolidaysCountryField(CountryField):
    """A country whose public holidays are known."""

    def clean(self, value: Any) -> str:
        country = super().clean(value)
        if country and country not in holidays.list_supported_countries():
            raise ValidationError(_("We do not know this country's public holidays. Germany is DE."))
        return country


class OrganisationFactsForm(PortalModelForm[Organisation]):
    detect_lost_update = True

    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of mails to whoever chose none."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        widget=LongSelect,
        help_text=_("For whoever chose none, and for the days a wave counts."),
    )
    country = HolidaysCountryField()
    working_days = WorkingDaysField()
    day_starts = day_starts_field()
    day_ends = day_ends_field()
    k = forms.IntegerField(
        label=_("Smallest group a figure may describe"),
        min_value=5,
        max_value=20,
        help_text=_(
            "From 5 to 20 people. No wave planned from now on may ask for less. Waves people were "
            "already asked in keep what they were promised."
        ),
    )

    class Meta:
        model = Organisation
        fields = ["name", "language", "time_zone", "country", "working_days", "day_starts", "day_ends", "k"]
        help_texts = {"name": _("Stands on every page and in every mail.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = zone_choices(self.instance.time_zone)  # type: ignore[attr-defined]


class LogoForm(PortalForm):
    picture = forms.FileField(
        label=_("A picture"),
        help_text=_("PNG, JPEG or WebP, up to 2 MB. We keep a small copy and nothing else of the file."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )


class FreeDaysForm(PortalForm):
    """Which country's public holidays to show."""

    country = HolidaysCountryField()
