"""What is typed into a questionnaire; its questions are ``questions``."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from surveys import languages
from surveys.models import Section, Survey


class SurveyForm(PortalModelForm[Survey]):
    detect_lost_update = True

    # Left out, as by somebody who names no language: as it was, or the language of the page.
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("What the questions are written in. Translations into others come afterwards."),
        choices=languages.choices,
        required=False,
    )

    class Meta:
        model = Survey
        fields = ["title", "intro", "language"]
        help_texts = {
            "title": _("Those asked see it too."),
            "intro": _("A sentence or two: what it is about and what you will do with it."),
        }
        widgets = {"intro": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial["language"] = languages.closest(get_language() or "", languages.LANGUAGES) or "en"

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or str(self.initial["language"])


class SectionForm(PortalModelForm[Section]):
    detect_lost_update = True

    class Meta:
        model = Section
        fields = ["title", "intro"]
        widgets = {"intro": forms.Textarea(attrs={"rows": 3})}
