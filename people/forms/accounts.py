from __future__ import annotations

from typing import Any

from django import forms
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from common.organisation import current
from people.forms.fields import DayField, LocalForm
from people.forms.hours import WEEKDAYS, WorkingDaysField, day_ends_field, day_starts_field
from people.models import Absence, Person

USUAL, OWN = "usual", "own"


class AccountForm(LocalForm[Person]):
    """What people decide for themselves: their language and when they work."""

    hours = forms.ChoiceField(
        label=_("Working hours"),
        choices=[(USUAL, _("As the organisation")), (OWN, _("My own, as below"))],
        widget=forms.RadioSelect,
    )
    working_days = WorkingDaysField(required=False)
    day_starts = day_starts_field(required=False)
    day_ends = day_ends_field(required=False)

    class Meta:
        model = Person
        fields = ["language", "time_zone", "hours", "working_days", "day_starts", "day_ends"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person, usual = self.instance, current()
        own = bool(person.working_days or person.day_starts or person.day_ends)
        self.initial["hours"] = OWN if own else USUAL
        self.initial["working_days"] = person.working_days or usual.working_days
        self.initial["day_starts"] = person.day_starts or usual.day_starts
        self.initial["day_ends"] = person.day_ends or usual.day_ends
        self.fields["hours"].help_text = _("Here: %(days)s, %(from)s to %(until)s.") % {
            "days": ", ".join(str(label) for day, label in WEEKDAYS if day in usual.working_days),
            "from": time_format(usual.day_starts, "H:i"),
            "until": time_format(usual.day_ends, "H:i"),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("hours") == USUAL:
            # Whatever stands in the fields below: it follows the organisation, also when that changes.
            return cleaned | {"working_days": "", "day_starts": None, "day_ends": None}
        for name in ("working_days", "day_starts", "day_ends"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        return cleaned


class AbsenceForm(PortalModelForm[Absence]):
    first_day = DayField(label=_("First day away"))
    last_day = DayField(label=_("Last day away"))

    class Meta:
        model = Absence
        fields = ["first_day", "last_day"]
