from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm, TimeOfDayInput
from common.organisation import current
from people.forms.fields import DayField, LocalForm
from people.models import Absence, Person

WEEKDAYS = [
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("7", _("Sunday")),
]


class AccountForm(LocalForm[Person]):
    """What people decide for themselves: their language and when they work."""

    working_days = forms.MultipleChoiceField(
        label=_("Working days"),
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    day_starts = forms.TimeField(label=_("Working day starts"), widget=TimeOfDayInput)
    day_ends = forms.TimeField(
        label=_("Working day ends"),
        help_text=_("Earlier than the start means the next morning."),
        widget=TimeOfDayInput,
    )

    class Meta:
        model = Person
        fields = ["language", "time_zone", "working_days", "day_starts", "day_ends"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = current()
        self.initial["working_days"] = list(self.instance.working_days or usual.working_days)
        self.initial["day_starts"] = self.instance.day_starts or usual.day_starts
        self.initial["day_ends"] = self.instance.day_ends or usual.day_ends

    def clean_working_days(self) -> str:
        return "".join(sorted(self.cleaned_data["working_days"]))


class AbsenceForm(PortalModelForm[Absence]):
    first_day = DayField(label=_("First day away"))
    last_day = DayField(label=_("Last day away"))

    class Meta:
        model = Absence
        fields = ["first_day", "last_day"]
