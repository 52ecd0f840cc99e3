"""Which question the groups of a results page are compared by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from surveys.domain.reading import GroupPage
from surveys.questionnaire import Question


class CompareForm(PortalForm):
    question = forms.ChoiceField(label=_("Question"))

    def __init__(self, *args: Any, page: GroupPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._questions = {read.question.key: read.question for read in page.figures}
        self.fields["question"] = forms.ChoiceField(
            label=_("Question"),
            choices=[(key, question.text) for key, question in self._questions.items()],
        )

    @property
    def chosen(self) -> Question | None:
        """The question asked for, else the first one with numbers, else the first."""
        asked = self.cleaned_data.get("question") if self.is_valid() else None
        questions = list(self._questions.values())
        numeric = [question for question in questions if question.kind.is_numeric]
        return self._questions.get(asked or "") or next(iter(numeric or questions), None)
