from __future__ import annotations

import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm, PortalModelForm
from people.models import Attribute, Person
from people.models.attribute import LONGEST_VALUE

MOST_BANDS = 12
_LARGEST = 1_000_000_000


class AttributeForm(PortalModelForm[Attribute]):
    """Kind and bands stay once something is known by them: a band's number is not kept, so it cannot move."""

    limits = forms.CharField(
        label=_("Where a new band begins"),
        help_text=_("Rising numbers. 2; 5 makes three bands: “under 2”, “2 to under 5” and “5 or more”."),
        max_length=200,
        required=False,
    )

    class Meta:
        model = Attribute
        fields = ["name", "kind"]
        widgets = {"kind": forms.RadioSelect}
        help_texts = {
            "name": _("As a column of the people file is called. Those asked in a survey read it too."),
            "kind": _("A number itself is never stored, only the band it falls into."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_used = self.instance.pk is not None and self.instance.values.exists()
        if self.is_used:
            for name in ("kind", "limits"):
                self.fields[name].disabled = True
        self.initial["limits"] = "; ".join(f"{limit:g}" for limit in self.instance.bands)

    def clean_limits(self) -> list[float]:
        words = self.cleaned_data["limits"].replace(";", " ").split()
        try:
            limits = [float(word.replace(",", ".")) for word in words]
        except ValueError as error:
            raise ValidationError(gettext("Write numbers with semicolons, such as 2; 5; 10.")) from error
        if not all(math.isfinite(limit) and abs(limit) <= _LARGEST for limit in limits):
            raise ValidationError(gettext("Write smaller numbers."))
        if limits != sorted(set(limits)):
            raise ValidationError(gettext("Write each number once, the smallest first."))
        if len(limits) > MOST_BANDS:
            raise ValidationError(gettext("Write at most %(most)d numbers."), params={"most": MOST_BANDS})
        return limits

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Attribute.Kind.BANDED and cleaned.get("limits") == []:
            self.add_error("limits", gettext("Write at least one number."))
        return cleaned

    def attribute(self) -> Attribute:
        """The attribute as typed, not saved yet."""
        attribute = self.instance
        attribute.bands = self.cleaned_data["limits"] if attribute.is_banded else []
        return attribute


class PersonAttributesForm(PortalForm):
    """One field for each attribute in use: bands to choose from, or a word of one's own."""

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = dict(person.attribute_values.values_list("attribute_id", "value"))
        self.attributes = list(Attribute.objects.in_use())
        for attribute in self.attributes:
            self.fields[_name(attribute)] = _field(attribute, stored.get(attribute.pk, ""))

    @property
    def values(self) -> dict[int, str]:
        return {attribute.pk: self.cleaned_data[_name(attribute)] for attribute in self.attributes}


def _name(attribute: Attribute) -> str:
    return f"attribute-{attribute.pk}"


def _field(attribute: Attribute, value: str) -> forms.Field:
    if attribute.is_banded:
        words = attribute.band_words
        # A value of bands that were otherwise may stay.
        offered = words if not value or value in words else [value, *words]
        return forms.ChoiceField(
            label=attribute.name,
            choices=[("", gettext("Not known")), *((word, word) for word in offered)],
            required=False,
            initial=value,
        )
    return forms.CharField(label=attribute.name, max_length=LONGEST_VALUE, required=False, initial=value)
