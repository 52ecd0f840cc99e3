from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from common.addresses import normalise_email
from common.forms import PortalForm, PortalModelForm
from customers.models import Behaviour, Contact, ExternalOrganisation, Value
from people.forms.fields import CountryField, LocalForm, LongSelect, PersonField


class PrincipleForm(PortalModelForm[Any]):
    """A behaviour or a value. Its code comes from its first name and never changes: questions point at it."""

    detect_lost_update = True

    class Meta:
        fields = ["name", "meaning", "name_de", "meaning_de"]
        labels = {
            "name": _("Name in English"),
            "meaning": _("What it means here, in English"),
        }
        widgets = {
            "meaning": forms.Textarea(attrs={"rows": 3, "maxlength": 300}),
            "name_de": forms.TextInput(attrs={"lang": "de"}),
            "meaning_de": forms.Textarea(attrs={"rows": 3, "maxlength": 300, "lang": "de"}),
        }
        help_texts = {
            "meaning": _("One line, in your organisation's own words."),
            "name_de": _("Without it everybody reads the English one."),
        }

    def save(self, commit: bool = True) -> Any:
        if not self.instance.code:
            self.instance.code = _free_code(type(self.instance), self.cleaned_data["name"])
        return super().save(commit)


def _free_code(model: type[Behaviour | Value], name: str) -> str:
    """A code nobody has; names in scripts without a Latin form get a number."""
    stem = slugify(name)[:30] or "principle"
    taken = set(model.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(
        code for code in [stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))] if code not in taken
    )


class BehaviourForm(PrincipleForm):
    class Meta(PrincipleForm.Meta):
        model = Behaviour


class ValueForm(PrincipleForm):
    class Meta(PrincipleForm.Meta):
        model = Value


class ContactSearchForm(PortalForm):
    q = forms.CharField(label=_("Name, organisation or e-mail"), required=False, max_length=200)
    organisation = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)


class OrganisationForm(PortalModelForm[ExternalOrganisation]):
    detect_lost_update = True

    owner = PersonField(label=_("Looked after by"), required=False)

    class Meta:
        model = ExternalOrganisation
        fields = ["name", "owner"]


class ContactForm(LocalForm[Contact]):
    detect_lost_update = True

    country = CountryField(required=False)
    # Without a word by e-mail, as their surveys come.
    preferred_channel = forms.ChoiceField(
        label=_("Likes to be reached"), choices=Contact.Channel.choices, required=False
    )

    class Meta:
        model = Contact
        fields = [
            "organisation",
            "name",
            "email",
            "phone",
            "preferred_channel",
            "job_title",
            "language",
            "time_zone",
            "country",
            "active",
        ]
        widgets = {"organisation": LongSelect, "phone": forms.TextInput(attrs={"type": "tel", "dir": "ltr"})}
        help_texts = {"active": _("Without it no survey reaches them.")}
        error_messages = {"email": {"unique": _("This e-mail already belongs to another contact.")}}

    def clean_email(self) -> str:
        return normalise_email(self.cleaned_data["email"])

    def clean_preferred_channel(self) -> str:
        return self.cleaned_data["preferred_channel"] or Contact.Channel.MAIL
