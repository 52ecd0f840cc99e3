"""What HR decides about a wave."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.addresses import normalise_email
from common.forms import MomentInput
from common.organisation import current
from people.models import Attribute, Person
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.mailing.asking_in_mail import fitting_question
from surveys.domain.mailing.reminding import MOST_REMINDERS
from surveys.forms.audience import AudienceForm
from surveys.models import Survey, Wave
from surveys.models.wave import by_attribute
from surveys.ready_made import usual_about

FURTHEST_AHEAD = dt.timedelta(days=366)
MOST_WORKING_DAYS = 60
MOST_READERS = 20
# Below it the field itself says no.
LEAST_K = 5
_YEARS = range(2000, 2200)


class Moment(forms.DateTimeField):
    """A time in the reader's zone."""

    widget = MomentInput
    default_error_messages = {
        "invalid": _("Choose a day and a time that exist, such as 2026-03-31 17:00."),
    }

    def clean(self, value: Any) -> dt.datetime | None:
        moment: dt.datetime | None = super().clean(value)
        # The ends of the calendar leave no room for a time zone.
        if moment is not None and moment.year not in _YEARS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


def breakdown_choices() -> list[tuple[str, str]]:
    """By team alone, by what every organisation has, and by the attributes of this one."""
    of_ours = Attribute.objects.in_use()
    return [
        *((choice.value, str(choice.label)) for choice in Wave.Breakdown),
        *(
            (by_attribute(each.pk), gettext("By team and “%(attribute)s”") % {"attribute": each})
            for each in of_ours
        ),
    ]


class WaveForm(AudienceForm):
    """A draft of a wave of ``survey``. The reader's own zone gives its times their meaning."""

    breakdown = forms.ChoiceField(
        label=_("Breakdown"),
        choices=breakdown_choices,
        help_text=_("Shown only where every part is large enough."),
        required=False,
    )
    opens_at = Moment(
        label=_("Opens"),
        help_text=_("Invitations go out from then on, to each person in their own working hours."),
    )
    closes_at = Moment(
        label=_("Closes"),
        help_text=_("It closes by itself. An anonymous wave cannot be closed earlier."),
    )
    reminders = forms.CharField(
        label=_("Reminders, in working days after the invitation"),
        help_text=_(
            "Up to three numbers, such as 3, 6, 9: with the invitation nobody gets more than 4 mails."
        ),
        max_length=40,
        required=False,
    )
    reader_addresses = forms.CharField(
        label=_("Who reads the answers"),
        help_text=_("For waves by name: one e-mail address a line. Those asked see these people's names."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=6000,
        required=False,
    )

    class Meta:
        model = Wave
        fields = [
            "title",
            "mode",
            "audience",
            "teams",
            "with_teams_below",
            "organisations",
            "opens_at",
            "closes_at",
            "k",
            "breakdown",
            "extension_days",
            "ask_in_mail",
        ]
        labels = {
            "mode": _("How people answer"),
            "with_teams_below": _("Ask the teams below these too"),
            "extension_days": _("If too few answer: extend once, for everybody, by so many days"),
            "ask_in_mail": _("Ask the first question in the mail"),
        }
        help_texts = {
            "title": _("Those asked read it in the subject of the mail."),
            "mode": _("This cannot be changed once the invitations are on their way."),
            "k": _("From 5 to 20. Groups with fewer answers are never shown on their own."),
            "ask_in_mail": _("For waves by name: each answer is a link that opens the questions with it."),
            "extension_days": _("Those asked read this before the first question. 0 means never."),
        }
        widgets = {
            "mode": forms.RadioSelect,
            "organisations": forms.CheckboxSelectMultiple,
        }

    def __init__(
        self,
        *args: Any,
        survey: Survey,
        viewer: Person,
        typed: QueryDict | None = None,
        **kwargs: Any,
    ) -> None:
        """``typed`` is shown as it was typed and is not judged yet."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["reminders"] = ", ".join(str(days) for days in self.instance.reminder_days)
            readers = self.instance.readers.values_list("email", flat=True)
            self.initial["reader_addresses"] = "\n".join(readers)
        else:
            self.instance.survey = survey
            opens_at, closes_at = _usual_times()
            self.initial = dict(self.initial) | {
                "title": survey.title,
                "about": usual_about(survey.template_code),
                "audience": Wave.Audience.EVERYONE.value,
                "opens_at": opens_at,
                "closes_at": closes_at,
                "reminders": "3, 6, 9",
                "reader_addresses": viewer.email,
            }
        if typed is not None:
            self.initial = dict(self.initial) | self._as_typed(typed)

    def _as_typed(self, typed: QueryDict) -> dict[str, Any]:
        return {
            name: field.widget.value_from_datadict(typed, self.files, name)
            for name, field in self.fields.items()
        }

    def clean_opens_at(self) -> dt.datetime:
        opens_at: dt.datetime = self.cleaned_data["opens_at"]
        if timezone.localtime(opens_at).date() < timezone.localdate():
            raise ValidationError(_("Choose a day from today on."))
        return opens_at

    def clean_closes_at(self) -> dt.datetime:
        closes_at: dt.datetime = self.cleaned_data["closes_at"]
        now = timezone.now()
        if closes_at <= now:
            raise ValidationError(_("Choose a time that is still to come."))
        if closes_at > now + FURTHEST_AHEAD:
            raise ValidationError(_("Choose a day within the next twelve months."))
        return closes_at

    def clean_reminders(self) -> list[int]:
        """Working days, each later than the one before."""
        words = self.cleaned_data["reminders"].replace(",", " ").replace(";", " ").split()
        if not all(word.isascii() and word.isdigit() for word in words):
            raise ValidationError(_("Write numbers of working days, such as 3, 6, 9."))
        days = sorted({int(word) for word in words})
        if len(days) > MOST_REMINDERS:
            raise ValidationError(_("At most three reminders: four mails about one survey are enough."))
        if days and not 1 <= days[0] <= days[-1] <= MOST_WORKING_DAYS:
            raise ValidationError(
                _("Choose from 1 to %(most)d working days."), params={"most": MOST_WORKING_DAYS}
            )
        return days

    def clean_reader_addresses(self) -> list[Person]:
        addresses = {normalise_email(line) for line in self.cleaned_data["reader_addresses"].split()}
        if len(addresses) > MOST_READERS:
            raise ValidationError(_("Name at most %(most)d people."), params={"most": MOST_READERS})
        people = list(Person.objects.active().filter(email__in=addresses))
        unknown = sorted(addresses - {person.email for person in people})
        if unknown:
            raise ValidationError(
                _("Nobody who works here has the address %(address)s."), params={"address": unknown[0]}
            )
        return people

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("opens_at") and data.get("closes_at") and data["closes_at"] <= data["opens_at"]:
            self.add_error("closes_at", _("Choose a closing time after the opening."))
        if data.get("mode") == Wave.Mode.IDENTIFIED and data.get("reader_addresses") == []:
            self.add_error("reader_addresses", _("Name at least one person who reads the answers."))
        if data.get("mode") == Wave.Mode.ANONYMOUS and data.get("k") in range(LEAST_K, current().k):
            text = _("Here no figure describes fewer than %(k)s people.")
            self.add_error("k", ValidationError(text, params={"k": current().k}))
        self._clean_question_in_mail(data)
        return data

    def _clean_question_in_mail(self, data: dict[str, Any]) -> None:
        if not data.get("ask_in_mail"):
            return
        if data.get("mode") == Wave.Mode.ANONYMOUS:
            words = _("In an anonymous wave no answer ever stands in an address. Leave this out.")
            self.add_error("ask_in_mail", words)
        elif fitting_question(freeze_questionnaire(self.instance.survey)) is None:
            words = _(
                "The first question does not fit into a mail. It needs to be one choice among at most 11, "
                "shown to everybody."
            )
            self.add_error("ask_in_mail", words)

    def wave(self) -> Wave:
        """The wave as typed, not saved yet."""
        self.decide_audience()
        self.instance.reminder_days = self.cleaned_data["reminders"]
        attribute = Attribute.objects.filter(pk=self.instance.breakdown_attribute or 0).first()
        self.instance.breakdown_name = attribute.name if attribute else ""
        return self.instance

    @property
    def readers(self) -> list[Person]:
        """None for an anonymous wave, whatever was typed."""
        if self.cleaned_data["mode"] == Wave.Mode.ANONYMOUS:
            return []
        people: list[Person] = self.cleaned_data["reader_addresses"]
        return people


def _usual_times() -> tuple[dt.datetime, dt.datetime]:
    """The next weekday at nine, for two weeks, by the reader's clock."""
    day = timezone.localdate() + dt.timedelta(days=1)
    while day.isoweekday() > 5:
        day += dt.timedelta(days=1)
    opens_at = timezone.make_aware(dt.datetime.combine(day, dt.time(9)))
    closes_at = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=14), dt.time(17)))
    return opens_at, closes_at
