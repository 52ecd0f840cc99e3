from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.addresses import normalise_email
from common.forms import PortalForm
from people.domain.looking_up import managers_up
from people.forms.fields import CountryField, DayField, LocalForm, PersonField, TeamField
from people.models import Person


class PersonSearchForm(PortalForm):
    q = forms.CharField(label=_("Name, title or e-mail"), required=False, max_length=200)
    # The reports of one person, from a link on their page.
    manager = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)


class RoleButtonForm(PortalForm):
    """Which page the button to give or take a role stands on; the person's own where it says nothing."""

    back = forms.ChoiceField(choices=[("roles", "")], required=False)


class PersonForm(LocalForm[Person]):
    """What HR keeps about somebody."""

    detect_lost_update = True

    team = TeamField(label=_("Team"), required=False)
    manager = PersonField(label=_("Manager"), required=False)
    country = CountryField(required=False)
    start_date = DayField(label=_("First day"), required=False)
    end_date = DayField(label=_("Last day"), required=False)

    class Meta:
        model = Person
        fields = [
            "display_name",
            "given_name",
            "family_name",
            "email",
            "employee_number",
            "job_title",
            "team",
            "manager",
            "location",
            "country",
            "start_date",
            "end_date",
            "language",
            "time_zone",
        ]
        help_texts = {
            "display_name": _("As colleagues call them."),
            "given_name": _("For greetings in mails."),
            "family_name": _("Lists are sorted by it."),
            "email": _("They sign in with it. With another address they set a new password by mail."),
        }
        error_messages = {
            "email": {"unique": _("This e-mail already belongs to somebody else.")},
            "employee_number": {"unique": _("This employee number already belongs to somebody else.")},
        }

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        # Whoever writes the address can have the next password mailed there.
        if self.instance.pk and email != self.initial["email"] and self.instance.role_names:
            raise ValidationError(_("They hold a role: an administrator takes it away first."))
        return email

    def clean_employee_number(self) -> str | None:
        return self.cleaned_data["employee_number"] or None

    def clean_manager(self) -> Person | None:
        manager: Person | None = self.cleaned_data["manager"]
        if manager is None or self.instance.pk is None:
            return manager
        if manager.pk == self.instance.pk:
            raise ValidationError(_("Nobody is their own manager."))
        if self.instance in managers_up(manager):
            raise ValidationError(_("This person reports to whom you edit, so it would be a ring."))
        return manager

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("start_date"), cleaned.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day comes before the first."))
        return cleaned


class CreatePersonForm(PersonForm):
    invite = forms.BooleanField(
        label=_("Send them a mail to set their password"), required=False, initial=True
    )
