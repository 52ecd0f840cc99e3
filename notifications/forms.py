from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm, PortalModelForm
from notifications.kinds import known_kinds
from notifications.models import MailText, Message
from notifications.words import Text, Words


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


class MailTextForm(PortalModelForm[MailText]):
    """The words of one mail in one language. What ``words`` does not allow stands beside its field."""

    detect_lost_update = True

    class Meta:
        model = MailText
        fields = ["subject", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 14})}
        help_texts = {
            "body": _(
                "Plain text. An empty line begins a paragraph, and the first paragraph is the heading."
            ),
        }

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words
        for name in ("subject", "body"):
            self.fields[name].widget.attrs |= {"lang": self.instance.language, "dir": "auto"}

    @property
    def text(self) -> Text:
        return Text(self.cleaned_data["subject"], self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "subject" in cleaned and "body" in cleaned:
            for field, faults in self.words.faults(self.text).items():
                self.add_error(field, faults)
        return cleaned
