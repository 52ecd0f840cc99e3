"""What somebody chooses on the pages of results."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from surveys.domain.results.reading import GroupPage, ReadQuestion
from surveys.questionnaire import Question

LONGEST_SEARCH = 80


class ItemForm(PortalForm):
    """One of the items that have figures."""

    question = forms.ChoiceField(label=_("Question"))

    def __init__(self, *args: Any, page: GroupPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reads = {read.question.key: read for read in page.figures}
        self.fields["question"] = forms.ChoiceField(
            label=_("Question"), choices=[(key, read.title) for key, read in self._reads.items()]
        )

    @property
    def chosen_read(self) -> ReadQuestion | None:
        """The item asked for, else the first one with numbers, else the first."""
        asked = self.cleaned_data.get("question") if self.is_valid() else None
        reads = list(self._reads.values())
        numeric = [read for read in reads if read.question.kind.is_numeric]
        return self._reads.get(asked or "") or next(iter(numeric or reads), None)


class CompareForm(ItemForm):
    """By which the groups of a results page are compared."""

    @property
    def chosen(self) -> Question | None:
        return self.chosen_read.question if self.chosen_read else None


class CommentSearchForm(PortalForm):
    """Words that comments on the page must hold."""

    words = forms.CharField(label=_("Only comments with"), required=False, max_length=LONGEST_SEARCH)

    @property
    def wanted(self) -> str:
        return str(self.cleaned_data["words"]) if self.is_valid() else ""
