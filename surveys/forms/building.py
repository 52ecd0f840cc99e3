"""What HR types into a questionnaire."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from customers.models import Behaviour
from surveys.domain.building import MOST_OPTIONS, code_options
from surveys.models import Question, Section, Survey
from surveys.questionnaire import Kind

OPTION_LENGTH = 120
FEWEST_OPTIONS = 2
SCALE_ENDS = [("1-5", _("1 to 5")), ("1-7", _("1 to 7")), ("1-10", _("1 to 10")), ("0-10", _("0 to 10"))]

_EVERY_KIND = ("text", "help")
_FOR_EVERY_KIND = ("behaviour", "required")
_ENDS = ("low_label", "high_label")
FIELDS_OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.RECOMMEND: _ENDS,
    Kind.SCALE: ("ends", *_ENDS),
    Kind.YES_NO: (),
    Kind.SINGLE: ("options",),
    Kind.MULTIPLE: ("options",),
    Kind.SHORT_TEXT: (),
    Kind.LONG_TEXT: (),
}


class SurveyForm(PortalModelForm[Survey]):
    detect_lost_update = True

    class Meta:
        model = Survey
        fields = ["title", "intro"]
        help_texts = {
            "title": _("Those asked see it too."),
            "intro": _("A sentence or two: what it is about and what you will do with it."),
        }
        widgets = {"intro": forms.Textarea(attrs={"rows": 3})}


class SectionForm(PortalModelForm[Section]):
    detect_lost_update = True

    class Meta:
        model = Section
        fields = ["title", "intro"]
        widgets = {"intro": forms.Textarea(attrs={"rows": 3})}


class QuestionForm(PortalModelForm[Question]):
    """Of one kind, with the fields that kind has. A question keeps its kind for good."""

    detect_lost_update = True
    shown_otherwise = ("low", "high", "options")

    ends = forms.ChoiceField(label=_("Scale"), choices=SCALE_ENDS)
    options = forms.CharField(
        label=_("Answers to choose from"),
        help_text=_(
            "One a line. Rewording a line keeps its results together; for another answer, remove the line, "
            "save, and add a new one."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    class Meta:
        model = Question
        fields = ["text", "help", "low_label", "high_label", "behaviour", "required"]
        labels = {"help": _("A hint below the question"), "required": _("An answer is required")}
        help_texts = {"behaviour": _("So that one picture can be drawn across all surveys.")}
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        shown = [*_EVERY_KIND, *FIELDS_OF_KIND[kind], *_FOR_EVERY_KIND, "as_opened"]
        self.fields = {name: self.fields[name] for name in shown}
        behaviours = Behaviour.objects.in_use() | Behaviour.objects.filter(pk=self.instance.behaviour_id or 0)
        self.fields["behaviour"].queryset = behaviours  # type: ignore[attr-defined]
        self.fields["behaviour"].empty_label = _("None of them")  # type: ignore[attr-defined]
        self.initial.setdefault("ends", f"{self.instance.low}-{self.instance.high}")
        self.initial["options"] = "\n".join(option["label"] for option in self.instance.options)

    def clean_text(self) -> str:
        """On one line: it is a question, also in the head of a table."""
        return " ".join(self.cleaned_data["text"].split())

    def clean_options(self) -> list[dict[str, str]]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["options"].splitlines()]
        labels = [line for line in lines if line]
        if len(labels) < FEWEST_OPTIONS:
            raise ValidationError(_("Write at least two answers, one a line."))
        if len(labels) > MOST_OPTIONS:
            raise ValidationError(_("Write at most %(number)d answers."), params={"number": MOST_OPTIONS})
        if too_long := next((label for label in labels if len(label) > OPTION_LENGTH), ""):
            raise ValidationError(
                _("Shorten “%(label)s” to %(number)d characters."),
                params={"label": f"{too_long[:40]}...", "number": OPTION_LENGTH},
            )
        if len({label.casefold() for label in labels}) < len(labels):
            raise ValidationError(_("Two answers are the same. Keep one of them."))
        return code_options(labels, self.instance.options)

    def question(self) -> Question:
        """The question as typed, not saved yet."""
        question = self.instance
        question.kind = self.kind.value
        if self.kind is Kind.RECOMMEND:
            question.low, question.high = 0, 10
        elif self.kind is Kind.SCALE:
            low, high = self.cleaned_data["ends"].split("-")
            question.low, question.high = int(low), int(high)
        question.options = self.cleaned_data.get("options", [])
        return question
