from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from common.search import search_key


class EraseForm(PortalForm):
    """Whoever erases somebody writes their name, so that nobody is erased by a slip."""

    name = forms.CharField(
        max_length=250, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["name"].label = _("Write “%(name)s” to erase them") % {"name": expected}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if search_key(name) != search_key(self.expected):
            raise ValidationError(_("This is not the name above. Nothing was erased."))
        return name
