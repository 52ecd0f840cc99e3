"""How a survey is looked at before anybody is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from surveys.languages import closest, find
from surveys.models import Wave
from surveys.questionnaire import Questionnaire

PHONE, TABLET, WIDE = "phone", "tablet", "wide"
WIDTHS = [(PHONE, _("Phone")), (TABLET, _("Tablet")), (WIDE, _("Wide"))]


@dataclass(frozen=True)
class Shown:
    """``version`` 0 is the survey as it stands now."""

    language: str
    width: str
    mode: str
    version: int = 0

    def address(self, **instead: str) -> str:
        """What follows the address of the page."""
        values = asdict(self) | instead
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class Offer:
    """One of a few ways to look, as a link."""

    label: str | Promise
    address: str
    current: bool
    language: str = ""


class PreviewForm(PortalForm):
    """What stands in the address; whatever is not on offer is the usual."""

    language = forms.ChoiceField(required=False)
    width = forms.ChoiceField(required=False, choices=WIDTHS)
    mode = forms.ChoiceField(required=False, choices=Wave.Mode.choices)

    def __init__(
        self, *args: Any, questionnaire: Questionnaire, reader: str, version: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questionnaire, self.reader, self.version = questionnaire, reader, version
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, find(code).name) for code in questionnaire.languages
        ]

    def shown(self) -> Shown:
        self.is_valid()
        data = self.cleaned_data
        return Shown(
            language=data.get("language")
            or closest(self.reader, self.questionnaire.languages)
            or self.questionnaire.language,
            width=data.get("width") or PHONE,
            mode=data.get("mode") or Wave.Mode.ANONYMOUS.value,
            version=self.version,
        )

    def offers(self, shown: Shown) -> dict[str, list[Offer]]:
        """By name of the field, with the address of the page that shows it."""
        return {
            name: [
                Offer(
                    label,
                    shown.address(**{name: code}),
                    getattr(shown, name) == code,
                    code if name == "language" else "",
                )
                for code, label in self.fields[name].choices  # type: ignore[attr-defined]
            ]
            for name in ("language", "width", "mode")
        }
