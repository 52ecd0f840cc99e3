"""When people work: days and hours, of one person or of the organisation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import TimeOfDayInput

WEEKDAYS = [
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("7", _("Sunday")),
]


class WorkingDaysField(forms.MultipleChoiceField):
    """ISO weekdays; the value is a text such as ``"12345"``."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label=_("Working days"),
            choices=WEEKDAYS,
            error_messages={"required": _("Choose at least one day.")},
            required=required,
        )

    def prepare_value(self, value: object) -> object:
        return list(value) if isinstance(value, str) else value

    def clean(self, value: object) -> str:
        return "".join(sorted(super().clean(value)))


def day_starts_field(*, required: bool = True) -> forms.TimeField:
    return forms.TimeField(label=_("Working day starts"), widget=TimeOfDayInput, required=required)


def day_ends_field(*, required: bool = True) -> forms.TimeField:
    return forms.TimeField(
        label=_("Working day ends"),
        help_text=_("Earlier than the start means the next morning."),
        widget=TimeOfDayInput,
        required=required,
    )
