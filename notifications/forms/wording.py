from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from notifications.models import MailText
from notifications.words import Text, Words


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
