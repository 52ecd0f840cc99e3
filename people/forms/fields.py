"""Fields that several forms share, also those of the storeys above."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from common import organisation
from common.addresses import normalise_email
from common.forms import DayInput, ModelT, PortalModelForm
from common.importing.cells import EARLIEST, LATEST
from people.models import Person, Team
from people.models.team import team_labels


class PersonField(forms.CharField):
    """Somebody who works here, named by e-mail or employee number: twenty thousand names are no select."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Their e-mail or employee number."))
        super().__init__(max_length=254, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return Person.objects.filter(pk=value).values_list("email", flat=True).first()
        return value.email if isinstance(value, Person) else value

    def clean(self, value: Any) -> Person | None:
        text = super().clean(value)
        if not text:
            return None
        people = Person.objects.active()
        found = people.filter(email=normalise_email(text)) | people.filter(employee_number=text)
        person: Person | None = found.order_by("pk").first()
        if person is None:
            raise ValidationError(_("Nobody who works here has this e-mail or employee number."))
        return person


class LongSelect(forms.Select):
    """A select of hundreds: Django's own renders a template for each option, which takes its time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = {str(each) for each in self.format_value(value)}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        return format_html(
            '<select name="{}"{}>{}</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), options
        )


class _TeamChoices(forms.models.ModelChoiceIterator):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[tuple[Any, str]]:
        yield "", str(_("No team"))
        yield from team_labels().items()


class TeamField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A team, named by its way down from the top; one statement however deep the tree is."""

    iterator = _TeamChoices

    widget = LongSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Team.objects.all(), **kwargs)


class DayField(forms.DateField):
    """A day a calendar picks; none that no calendar of people reaches."""

    widget = DayInput
    default_validators = [
        MinValueValidator(EARLIEST, _("Choose a day after 1899.")),
        MaxValueValidator(LATEST, _("Choose a day before 2200.")),
    ]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": _("Write a day as 2026-11-30.")})
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class LocalForm(PortalModelForm[ModelT]):
    """Of somebody with a language and a time zone of their own, or those of the organisation."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, widget=LongSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("language", _language_choices), ("time_zone", _time_zone_choices)):
            self.fields[name].choices = choices(self.initial.get(name, ""))  # type: ignore[attr-defined]


def _language_choices(current: str) -> list[tuple[str, Any]]:
    """The portal's languages, and what an import may have brought beside them."""
    return _with_current([("", _("As the organisation")), *settings.LANGUAGES], current)


def _time_zone_choices(current: str) -> list[tuple[str, Any]]:
    usual = _("As the organisation: %(zone)s") % {"zone": organisation.current().time_zone}
    return _with_current([("", usual), *((zone, zone) for zone in _zones())], current)


@cache
def _zones() -> list[str]:
    """Those named by a place. The list is read from many files, so once is enough."""
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))


def zone_choices(current: str) -> list[tuple[str, Any]]:
    """Every zone, and one that was chosen elsewhere."""
    return _with_current([(zone, zone) for zone in _zones()], current)


def _with_current(choices: list[tuple[str, Any]], current: str) -> list[tuple[str, Any]]:
    known = {value for value, _label in choices}
    return choices if current in known else [*choices, (current, current)]


class CountryField(forms.CharField):
    """Two letters, kept as capitals."""

    default_validators = [
        RegexValidator(r"^[A-Za-z]{2}\Z", _("Write the country as two letters, such as DE.")),
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Country"),
            max_length=2,
            help_text=_("Two letters, such as DE. Its public holidays are days off."),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).upper()
