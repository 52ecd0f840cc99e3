from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from notifications.kinds import known_kinds
from notifications.models import Message


class CapturedFilter(PortalForm):
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )


class ResendForm(PortalForm):
    """Which messages of the outbox go once more."""

    kind = forms.CharField(max_length=60)
    state = forms.ChoiceField(
        choices=[(state.value, state.label) for state in (Message.State.IN_DOUBT, Message.State.FAILED)]
    )

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if kind not in known_kinds():
            raise forms.ValidationError(_("There is no such mail."))
        return kind
