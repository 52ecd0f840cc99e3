from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.addresses import normalise_email
from common.forms import PortalForm, clean_text
from culture_portal.signing_in import second_factor
from culture_portal.signing_in.throttling import code_attempt
from people.models import Person


class _Code:
    """Allauth's form, with codes that open once in the database rather than in a cache."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(help_text=_("From your app, or one of your recovery codes."))

    def clean_code(self) -> str:
        attempt = code_attempt(context.request, self.user)  # type: ignore[attr-defined]
        code = clean_text(self.cleaned_data["code"])  # type: ignore[attr-defined]
        found = second_factor.accept_code(self.user, code, now=timezone.now())  # type: ignore[attr-defined]
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        found.user = self.user  # type: ignore[attr-defined]
        self.authenticator = found
        attempt.succeeded()
        return code


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_Code, ReauthenticateForm):  # type: ignore[misc]
    """Asked again before something that matters."""


class SetUpForm(forms.Form):
    """The first code of a new app shows that it holds the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(help_text=_("Six digits, shown by the app."))


def code_field(*, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class AddressForm(PortalForm):
    """A new address of one's own."""

    email = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if email == self.person.email:
            raise forms.ValidationError(_("This is your address already."))
        if Person.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This e-mail already belongs to somebody else."))
        return email
