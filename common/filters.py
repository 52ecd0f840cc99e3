"""What the lists of this app can be narrowed by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from common.models import action_words


class AuditFilter(PortalForm):
    action = forms.ChoiceField(
        label=_("What was done"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, actions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(action, action_words(action)) for action in actions]
        self.fields["action"].choices = [("", _("Everything")), *choices]  # type: ignore[attr-defined]
