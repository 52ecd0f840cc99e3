"""What was heard and what was done about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from surveys.domain.results.improving import QuotesWithheld, refuse_quotation
from surveys.domain.results.reading import GroupPage
from surveys.models import Improvement


class ImprovementForm(PortalModelForm[Improvement]):
    """Bound to an item of the page, or to none."""

    question_key = forms.ChoiceField(label=_("About which question"), required=False)

    class Meta:
        model = Improvement
        fields = ("question_key", "said", "done")
        widgets = {"done": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "said": _("In your own words, such as “Too many meetings”. Quote nobody."),
            "done": _("Or why nothing can be done. Whoever was asked reads it."),
        }

    def __init__(self, *args: Any, page: GroupPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question_key"] = forms.ChoiceField(
            label=_("About which question"),
            required=False,
            choices=[
                ("", gettext("About the whole")),
                *((read.question.key, read.title) for read in page.questions if not read.is_other),
            ],
        )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        # The words as they would be stored, which the base sets only afterwards.
        words = {name: self.cleaned_data.get(name, "") for name in ("said", "done")}
        try:
            refuse_quotation(Improvement(wave=self.instance.wave, **words))
        except QuotesWithheld:
            raise ValidationError(
                _("These words stand in a comment that was withheld. Say it in your own.")
            ) from None
        return cleaned
