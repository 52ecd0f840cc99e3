"""When a question is shown: up to five rules over what was answered before it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.forms import AsOpenedField, DayInput, PortalForm
from surveys.conditions import Condition, Rule, Test
from surveys.domain.building import conditioning
from surveys.domain.building.conditioning import LONGEST_WORDS, MOST_RULES
from surveys.questionnaire import Kind, Question, Questionnaire

ALL, ANY = "all", "any"
EVERY = [(ALL, _("Each rule holds")), (ANY, _("One rule is enough"))]
_NUMBERS = range(1, MOST_RULES + 1)


class ConditionForm(PortalForm):
    """Each rule is an earlier item and, once that is chosen, a test and a value that fit it.

    There is always one rule more to fill in, up to five; a rule without an item is none. Whoever saves over a
    condition that is another one than when they opened it is told, once.
    """

    every = forms.ChoiceField(label=_("Show it when"), choices=EVERY, widget=forms.RadioSelect, initial=ALL)

    def __init__(
        self,
        data: Any = None,
        *,
        questionnaire: Questionnaire,
        key: str,
        stored: Condition | None,
        fields_url: str,
        **kwargs: Any,
    ) -> None:
        """``fields_url`` shows the page again with the fields that fit what was chosen."""
        super().__init__(data, **kwargs)
        self.fields["as_opened"] = AsOpenedField(_digest(stored))
        # With a script that happens by itself, once somebody with the arrow keys has come to rest.
        self._asks_for_fields = {"data-hx-post": fields_url, "data-hx-trigger": "change delay:400ms"}
        self.earlier = {item.key: item for item in conditioning.earlier_items(questionnaire, key)}
        self._choices = _by_part(questionnaire, self.earlier)
        filled = self.data if self.is_bound else self.initial
        for number in _NUMBERS:
            chosen = filled.get(f"item{number}") or ""
            self._add_rule(number, self.earlier.get(chosen))
            if not chosen and not any(filled.get(f"item{later}") for later in _NUMBERS[number:]):
                break

    def _add_rule(self, number: int, item: Question | None) -> None:
        self.fields[f"item{number}"] = forms.ChoiceField(
            label=_("Earlier question"),
            choices=[("", _("No rule")), *self._choices],
            required=False,
            error_messages={"invalid_choice": _("Choose a question that comes before this one.")},
            widget=forms.Select(attrs=self._asks_for_fields),
        )
        if item is None:
            return
        tests = [(test.value, conditioning.test_words(test, item)) for test in conditioning.tests_for(item)]
        self.fields[f"test{number}"] = forms.ChoiceField(
            label=_("How it is compared"),
            choices=tests,
            error_messages={
                "invalid_choice": _("Choose one of these: the other does not fit this question."),
                "required": _("Choose one of these."),
            },
        )
        self.fields[f"value{number}"] = _value_field(item)
        if not conditioning.value_fits(str(self.initial.get(f"value{number}", "")), item):
            # Of the item chosen before.
            self.initial.pop(f"value{number}", None)

    def rules(self) -> list[tuple[int, list[BoundField]]]:
        """For the page: the fields of each rule, by its number."""
        names = ("item", "test", "value")
        return [
            (number, [self[f"{name}{number}"] for name in names if f"{name}{number}" in self.fields])
            for number in _NUMBERS
            if f"item{number}" in self.fields
        ]

    def clean_as_opened(self) -> str:
        opened: str = self.cleaned_data["as_opened"]
        if opened and opened != self.fields["as_opened"].initial:
            self.add_error(
                None,
                _(
                    "Somebody changed when it is shown after you opened this page. Yours still stands below. "
                    "Save again to keep it, or open the page anew to see the other."
                ),
            )
        return opened

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.condition().rules:
            self.add_error("item1", _("Choose a question, or go back without a condition."))
        return self.cleaned_data

    def condition(self) -> Condition:
        """What was typed, once it is valid."""
        typed = self.cleaned_data
        rules = [
            Rule(typed[f"item{number}"], Test(typed[f"test{number}"]), _stored(typed[f"value{number}"]))
            for number in _NUMBERS
            if typed.get(f"item{number}")
        ]
        return Condition(typed["every"] == ALL, tuple(dict.fromkeys(rules)))


def _digest(condition: Condition | None) -> str:
    text = json.dumps(condition.to_json() if condition else None, sort_keys=True)
    return hashlib.blake2s(text.encode(), digest_size=16).hexdigest()


def initial_of(condition: Condition | None) -> dict[str, str]:
    """What the form begins with."""
    if condition is None:
        return {}
    initial = {"every": ALL if condition.every else ANY}
    for number, rule in enumerate(condition.rules[:MOST_RULES], start=1):
        initial |= {f"item{number}": rule.key, f"test{number}": rule.test, f"value{number}": rule.value}
    return initial


def chosen_so_far(data: Mapping[str, str]) -> dict[str, str]:
    """What was chosen before somebody asked for the fields that fit; not judged yet."""
    names = [
        "every",
        "as_opened",
        *(f"{name}{number}" for number in _NUMBERS for name in ("item", "test", "value")),
    ]
    return {name: data[name] for name in names if name in data}


def _by_part(questionnaire: Questionnaire, earlier: Mapping[str, Question]) -> list[tuple[str, Any]]:
    names = conditioning.names_of(questionnaire)
    groups = []
    for section in questionnaire.sections:
        items = [item.key for question in section.questions for item in question.items]
        group = [(key, names[key]) for key in items if key in earlier]
        if group:
            groups.append((section.title, group))
    return groups


def _value_field(item: Question) -> forms.Field:
    if item.kind is Kind.NUMBER:
        return forms.IntegerField(
            label=pgettext_lazy("condition", "Number"), min_value=item.least, max_value=item.most
        )
    if item.kind is Kind.DATE:
        return DayBetween(*item.days, label=pgettext_lazy("condition", "Day"))
    if item.kind.is_text:
        return forms.CharField(label=pgettext_lazy("condition", "Words"), max_length=LONGEST_WORDS)
    return forms.ChoiceField(
        label=pgettext_lazy("condition", "Answer"),
        choices=conditioning.answers_of(item),
        error_messages={
            "invalid_choice": _("Choose one of the answers to this question."),
            "required": _("Choose one of these."),
        },
    )


class DayBetween(forms.DateField):
    """A day somebody could have given as an answer."""

    def __init__(self, first: dt.date, last: dt.date, **kwargs: Any) -> None:
        attrs = {"min": first.isoformat(), "max": last.isoformat()}
        super().__init__(widget=DayInput(attrs=attrs), **kwargs)
        self.first, self.last = first, last

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value is not None and not self.first <= value <= self.last:
            raise forms.ValidationError(_("Choose a day that can be given as an answer."))


def _stored(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value).strip()
