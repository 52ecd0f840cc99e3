"""What is typed into a questionnaire; its questions are ``questions``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from people.models import Person, Team
from surveys import languages
from surveys.models import Section, Survey


class _LanguageField(forms.ChoiceField):
    """Never empty on the page; whoever sends none is not refused for it."""

    def clean(self, value: Any) -> str:
        return str(super().clean(value)) if value else ""


class SurveyForm(PortalModelForm[Survey]):
    detect_lost_update = True

    # Left out, as by somebody who names no language: as it was, or the language of the page.
    language = _LanguageField(
        label=_("Language"),
        help_text=_("What the questions are written in. Translations into others come afterwards."),
        choices=languages.choices,
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


if TYPE_CHECKING:
    _OneTeamField = forms.ModelChoiceField[Team]
else:
    _OneTeamField = forms.ModelChoiceField


class NewSurveyForm(SurveyForm):
    """Whose it is, is decided once: a lead's survey belongs to one of their teams, HR's may to none."""

    team = _OneTeamField(
        label=_("Team"),
        queryset=Team.objects.none(),
        help_text=_("Whoever leads it, or a team above it, works on this survey beside HR."),
    )

    class Meta(SurveyForm.Meta):
        fields = ["title", "intro", "language", "team"]

    def __init__(self, *args: Any, viewer: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        if not isinstance(team, forms.ModelChoiceField):
            return
        team.queryset = teams_of(viewer)
        team.required = not viewer.is_hr
        if viewer.is_hr:
            team.empty_label = str(_("The whole organisation: HR's alone"))
        else:
            self.initial["team"] = team.queryset.first()


def teams_of(viewer: Person) -> QuerySet[Team]:
    """Teams whose surveys somebody builds."""
    return Team.objects.all() if viewer.is_hr else Team.objects.filter(pk__in=viewer.led_team_ids)


class SectionForm(PortalModelForm[Section]):
    detect_lost_update = True

    class Meta:
        model = Section
        fields = ["title", "intro"]
        widgets = {"intro": forms.Textarea(attrs={"rows": 3})}
