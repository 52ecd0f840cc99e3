"""The base of every form.

A template writes the ``<form>``, its token and its buttons; the form renders its fields:

    <form method="post" novalidate>
      {% csrf_token %}
      {% crispy form %}
      <div class="cp-actions"><button class="btn btn-primary">{% translate "Save" %}</button></div>
    </form>

or, field by field, ``{{ form.name|as_crispy_field }}``. Each field is label, help, field, error; optional
ones say so. After a refusal a summary with links stands above the fields and takes the focus.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING, Any, TypeVar

from crispy_forms.helper import FormHelper
from django import forms
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ModelT = TypeVar("ModelT", bound=models.Model)

LONGEST_ID = 19
_KEPT_IN_LINES = {"\n", "\t"}
_LINE_BREAKS = {"\x0b", "\x0c", "\x85", "\u2028", "\u2029"}


def clean_text(text: str, *, lines: bool = False) -> str:
    """The text as we store it: NFC, line ends as ``\\n``, no NUL, control characters or lone surrogates.

    With ``lines`` line breaks and tabs stay; without, they become spaces. Joiners and direction marks
    belong to some scripts' spelling and stay.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned: list[str] = []
    for character in text:
        if character in _LINE_BREAKS:
            character = "\n"  # noqa: PLW2901 - the one place where a character is exchanged
        if character in _KEPT_IN_LINES:
            cleaned.append(character if lines else " ")
        elif unicodedata.category(character) not in {"Cc", "Cs"}:
            cleaned.append(character)
    return unicodedata.normalize("NFC", "".join(cleaned))


def _what_is_missing(field: forms.Field) -> _StrPromise:
    """What to do about an empty field, in place of "This field is required."."""
    if isinstance(field, forms.BooleanField):
        return _("Tick this box to go on.")
    if isinstance(field, forms.FileField):
        return _("Choose a file.")
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        return _("Choose one of these.")
    return _("Please fill this in.")


class PortalBoundField(forms.BoundField):
    """A field with the text somebody typed already cleaned, for validation and for showing it again."""

    @property
    def data(self) -> Any:
        value = super().data
        widget = self.field.widget
        if isinstance(self.field, forms.ModelMultipleChoiceField):
            # Django would ask the database for numbers that no column can hold.
            return [each if len(each) < LONGEST_ID else "" for each in value or []]
        # A password is compared byte by byte, whatever is in it.
        if not isinstance(self.field, forms.CharField) or isinstance(widget, forms.PasswordInput):
            return value
        return (
            clean_text(value, lines=isinstance(widget, forms.Textarea)) if isinstance(value, str) else value
        )

    @cached_property
    def focus_id(self) -> str:
        """Where the link of the error summary leads: the field, or the first of its choices."""
        return self.id_for_label or f"{self.auto_id}_0"


class DayInput(forms.DateInput):
    """The browser's own calendar. It speaks ISO in every language, where Django would write the reader's."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """Day and time; see ``DayInput``."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TimeOfDayInput(forms.TimeInput):
    """Hours and minutes; see ``DayInput``."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class PortalFormHelper(FormHelper):  # type: ignore[misc]
    """Fields only: no ``<form>``, no token, no buttons, which stand in the template where one sees them."""

    form_tag = False
    disable_csrf = True


class _PortalLook:
    # The server's summary speaks for all fields at once and in the reader's language.
    use_required_attribute = False
    bound_field_class: type[forms.BoundField] | None = PortalBoundField
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            if each.error_messages["required"] == forms.Field.default_error_messages["required"]:
                each.error_messages["required"] = _what_is_missing(each)

    @cached_property
    def helper(self) -> PortalFormHelper:
        return PortalFormHelper()


class PortalForm(_PortalLook, forms.Form):
    pass


if TYPE_CHECKING:

    class _ModelForm(forms.ModelForm[ModelT]):
        pass

else:

    class _ModelForm(forms.ModelForm):
        # Django's own is generic for the type checker only.
        __class_getitem__ = classmethod(lambda cls, model: cls)


class AsOpenedField(forms.CharField):
    """Carries a digest of what was stored when the form was opened; shown again, it is that of today."""

    widget = forms.HiddenInput

    def __init__(self, digest: str) -> None:
        super().__init__(required=False, max_length=64, initial=digest)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial

    def has_changed(self, initial: Any, data: Any) -> bool:
        """No fact of anything."""
        return False


def _by_key(value: object) -> str:
    return str(value.pk if isinstance(value, models.Model) else value)


class PortalModelForm(_PortalLook, _ModelForm[ModelT]):
    """Of one model: ``class SurveyForm(PortalModelForm[Survey])``.

    With ``detect_lost_update`` whoever saves over a change made after they had opened the form is told, once;
    a template that writes its fields one by one writes ``{{ form.as_opened }}`` too. Two saves within the
    same instant pass, unless the view locks the row before it makes the form.
    """

    detect_lost_update = False
    # Fields of the model that the form shows in a shape of its own.
    shown_otherwise: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.detect_lost_update:
            self.fields["as_opened"] = AsOpenedField(self._digest_of_stored())

    def clean_as_opened(self) -> str:
        opened: str = self.cleaned_data["as_opened"]
        if opened and opened != self.fields["as_opened"].initial:
            self.add_error(None, self._what_differs())
        return opened

    def _post_clean(self) -> None:
        # No fact of anything: views hand on what was cleaned as it is.
        self.cleaned_data.pop("as_opened", None)
        super()._post_clean()  # type: ignore[misc]

    def _what_differs(self) -> str:
        labels = [str(self[name].label) for name in self.changed_data]
        if not labels:
            return gettext("This changed after you opened it, to just what you wrote.")
        return gettext(
            "Somebody changed this after you opened it. Your words still stand below and differ from what is "
            "stored in: %(fields)s. Save again to keep yours, or open the page anew to see the others."
        ) % {"fields": ", ".join(labels)}

    def _digest_of_stored(self) -> str:
        names = [*(self._meta.fields or ()), *self.shown_otherwise]
        stored = forms.models.model_to_dict(self.instance, fields=names)
        text = json.dumps(stored, default=_by_key, sort_keys=True)
        return hashlib.blake2s(text.encode(), digest_size=16).hexdigest()
