"""What is typed into a question, by its kind, and where it goes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.forms import DayInput, PortalForm, PortalModelForm
from customers.models import Behaviour
from surveys.domain.building.editing import (
    FEWEST_OPTIONS,
    FIRST_DAY,
    LABEL_LENGTH,
    LARGEST_NUMBER,
    LAST_DAY,
    MOST_COLUMNS,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    MOST_RANKED,
    MOST_ROWS,
    code_options,
)
from surveys.domain.building.inserting import Marks, strays
from surveys.models import Question, Section, Survey
from surveys.questionnaire import Kind

SCALE_ENDS = [("1-5", _("1 to 5")), ("1-7", _("1 to 7")), ("1-10", _("1 to 10")), ("0-10", _("0 to 10"))]
ON_A_SCALE, OF_ANSWERS = "scale", "options"
COLUMNS = [(ON_A_SCALE, _("A scale")), (OF_ANSWERS, _("Answers you write"))]
DRIVERS_ID = "drivers"

_EVERY_KIND = ("text", "help")
_FOR_EVERY_KIND = ("behaviour", "driver", "required")
_ENDS = ("low_label", "high_label")
FIELDS_OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.RECOMMEND: _ENDS,
    Kind.SCALE: ("ends", *_ENDS),
    Kind.YES_NO: (),
    Kind.SINGLE: ("options", "other"),
    Kind.MULTIPLE: ("options", "other"),
    Kind.SHORT_TEXT: (),
    Kind.LONG_TEXT: (),
    Kind.RANKING: ("options",),
    Kind.MATRIX: ("rows", "columns", "ends", *_ENDS, "options"),
    Kind.NUMBER: ("least", "most", "unit"),
    Kind.DATE: ("earliest", "latest"),
}
_MOST_OF_KIND = {Kind.RANKING: MOST_RANKED, Kind.MATRIX: MOST_COLUMNS}
# Empty, they would say nothing of the answers to come.
_NEEDED = ("least", "most", "earliest", "latest")


class QuestionForm(PortalModelForm[Question]):
    """Of one kind, with the fields that kind has. A question keeps its kind for good."""

    detect_lost_update = True
    shown_otherwise = ("low", "high", "options", "rows")

    ends = forms.ChoiceField(label=_("Scale"), choices=SCALE_ENDS)
    columns = forms.ChoiceField(
        label=_("How each row is answered"), choices=COLUMNS, widget=forms.RadioSelect, initial=ON_A_SCALE
    )
    options = forms.CharField(
        label=_("Answers to choose from"),
        help_text=_(
            "One a line. Rewording a line keeps its results together; for another answer, remove the line, "
            "save, and add a new one."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    rows = forms.CharField(label=_("Rows"), widget=forms.Textarea(attrs={"rows": 6}))

    class Meta:
        model = Question
        fields = [
            "text",
            "help",
            "low_label",
            "high_label",
            "other",
            "least",
            "most",
            "unit",
            "earliest",
            "latest",
            "behaviour",
            "driver",
            "required",
        ]
        labels = {
            "help": _("A hint below the question"),
            "required": _("An answer is required"),
            "other": _("Offer “Other”, to be answered in their own words"),
        }
        help_texts = {
            "behaviour": _("So that one picture can be drawn across all surveys."),
            "driver": _("Where it is about no behaviour: what it is about, such as “workload” or “tools”."),
            "unit": _("Such as “days” or “calls”. It stands behind the field."),
            "least": _("Numbers are counted in about ten groups between the two."),
            "earliest": _("Days are counted by month or year between the two."),
        }
        widgets = {
            "text": forms.Textarea(attrs={"rows": 2}),
            "driver": forms.TextInput(attrs={"list": DRIVERS_ID, "autocomplete": "off"}),
            "earliest": DayInput,
            "latest": DayInput,
        }

    def __init__(self, *args: Any, kind: Kind, marks: Marks, **kwargs: Any) -> None:
        """``marks``: what may be put into its words."""
        super().__init__(*args, **kwargs)
        self.kind, self.marks = kind, marks
        shown = [*_EVERY_KIND, *FIELDS_OF_KIND[kind], *_FOR_EVERY_KIND, "as_opened"]
        self.fields = {name: self.fields[name] for name in shown}
        behaviours = Behaviour.objects.in_use() | Behaviour.objects.filter(pk=self.instance.behaviour_id or 0)
        self.fields["behaviour"].queryset = behaviours  # type: ignore[attr-defined]
        self.fields["behaviour"].empty_label = _("None of them")  # type: ignore[attr-defined]
        for name in _NEEDED:
            if name in self.fields:
                self.fields[name].required = True
        self._word_options()
        self._show_stored()

    def _word_options(self) -> None:
        if self.kind is Kind.RANKING:
            self.fields["options"].label = _("What is put in order")
            self.fields["options"].help_text = _(
                "One a line, %(fewest)d to %(most)d. Rewording a line keeps its results together; with more "
                "or fewer lines it becomes another question."
            ) % {"fewest": FEWEST_OPTIONS, "most": MOST_RANKED}
        elif self.kind is Kind.MATRIX:
            self.fields["rows"].help_text = _(
                "One a line, %(fewest)d to %(most)d. Each is answered by itself."
            ) % {"fewest": FEWEST_OPTIONS, "most": MOST_ROWS}
            self.fields["options"].required = False
            self.fields["options"].label = _("Your answers")
            self.fields["options"].help_text = _(
                "One a line, %(fewest)d to %(most)d. Leave it empty for a scale."
            ) % {"fewest": FEWEST_OPTIONS, "most": MOST_COLUMNS}

    def _show_stored(self) -> None:
        question = self.instance
        self.initial.setdefault("ends", f"{question.low}-{question.high}")
        if "ends" in self.fields:
            self.fields["ends"].choices = _scales(question)  # type: ignore[attr-defined]
        self.initial["options"] = "\n".join(option["label"] for option in question.options)
        self.initial["rows"] = "\n".join(row["label"] for row in question.rows)
        if question.pk and question.options:
            self.initial["columns"] = OF_ANSWERS
        if not question.pk:
            year = timezone.localdate().year
            self.initial.update(
                least=0,
                most=100,
                earliest=dt.date(year - 1, 1, 1),
                latest=dt.date(year + 1, 12, 31),
            )

    def clean_text(self) -> str:
        """On one line: it is a question, also in the head of a table."""
        return self._with_known_marks(" ".join(self.cleaned_data["text"].split()))

    def clean_help(self) -> str:
        return self._with_known_marks(self.cleaned_data["help"])

    def _with_known_marks(self, text: str) -> str:
        if stray := strays([text], self.marks):
            raise ValidationError(
                _("Nobody is asked for %(mark)s before this question. Choose from the answers listed below."),
                params={"mark": stray[0]},
            )
        return text

    def clean_driver(self) -> str:
        """Spelled as it was before, so that it stays one driver."""
        driver = " ".join(self.cleaned_data["driver"].split())
        known = {each.casefold(): each for each in drivers_in_use()}
        return known.get(driver.casefold(), driver)

    def clean_options(self) -> list[dict[str, str]]:
        typed: str = self.cleaned_data["options"]
        if self.kind is Kind.MATRIX and self.cleaned_data.get("columns") != OF_ANSWERS:
            return []
        labels = _lines(typed, most=_MOST_OF_KIND.get(self.kind, MOST_OPTIONS))
        return code_options(labels, self.instance.options)

    def clean_rows(self) -> list[dict[str, str]]:
        labels = _lines(self.cleaned_data["rows"], most=MOST_ROWS)
        return code_options(labels, self.instance.rows, "r")

    def clean_least(self) -> int:
        return _within_bounds(self.cleaned_data["least"])

    def clean_most(self) -> int:
        return _within_bounds(self.cleaned_data["most"])

    def clean_earliest(self) -> dt.date:
        return _within_calendar(self.cleaned_data["earliest"])

    def clean_latest(self) -> dt.date:
        return _within_calendar(self.cleaned_data["latest"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not _run_upward(cleaned.get("least"), cleaned.get("most")):
            self.add_error("most", _("The largest number must be above the smallest."))
        if not _run_upward(cleaned.get("earliest"), cleaned.get("latest")):
            self.add_error("latest", _("The latest day must be after the earliest."))
        return cleaned

    def question(self) -> Question:
        """The question as typed, not saved yet."""
        question = self.instance
        question.kind = self.kind.value
        if self.kind is Kind.RECOMMEND:
            question.low, question.high = 0, 10
        elif ends := self.cleaned_data.get("ends"):
            low, high = ends.split("-")
            question.low, question.high = int(low), int(high)
        question.options = self.cleaned_data.get("options", [])
        question.rows = self.cleaned_data.get("rows", [])
        return question


def _scales(question: Question) -> list[tuple[str, str | Promise]]:
    """With that of a question which came from a file: no other may be taken for it."""
    its_own = f"{question.low}-{question.high}"
    if its_own in dict(SCALE_ENDS):
        return [*SCALE_ENDS]
    words = _("%(low)s to %(high)s") % {"low": question.low, "high": question.high}
    return [(its_own, words), *SCALE_ENDS]


def _lines(typed: str, *, most: int) -> list[str]:
    """One label a line, each of them once."""
    lines = [" ".join(line.split()) for line in typed.splitlines()]
    labels = [line for line in lines if line]
    if len(labels) < FEWEST_OPTIONS:
        raise ValidationError(_("Write at least two, one a line."))
    if len(labels) > most:
        raise ValidationError(_("Write at most %(number)d."), params={"number": most})
    if too_long := next((label for label in labels if len(label) > LABEL_LENGTH), ""):
        raise ValidationError(
            _("Shorten “%(label)s” to %(number)d characters."),
            params={"label": f"{too_long[:40]}...", "number": LABEL_LENGTH},
        )
    if len({label.casefold() for label in labels}) < len(labels):
        raise ValidationError(_("Two lines are the same. Keep one of them."))
    return labels


def _within_bounds(number: int) -> int:
    if abs(number) > LARGEST_NUMBER:
        raise ValidationError(_("Write a number up to a thousand million, above or below zero."))
    return number


def _within_calendar(day: dt.date) -> dt.date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(
            _("Choose a day between %(first)d and %(last)d."),
            params={"first": FIRST_DAY.year, "last": LAST_DAY.year},
        )
    return day


def _run_upward(low: Any, high: Any) -> bool:
    """Also where one of them is missing, which has its own words."""
    return low is None or high is None or low < high


def drivers_in_use() -> list[str]:
    """The organisation's own words for what drives satisfaction, each once."""
    drivers = Question.objects.exclude(driver="").order_by("driver").values_list("driver", flat=True)
    return list(drivers.distinct())


class PlaceForm(PortalForm):
    """Where a question was dropped: the part, and its place there counted from 1."""

    section = forms.ModelChoiceField(Section.objects.none())
    place = forms.IntegerField(min_value=1, max_value=MOST_QUESTIONS)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = survey.sections.all()  # type: ignore[attr-defined]
