"""A survey that comes as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from surveys.domain.files.parsing import LARGEST_FILE


class SurveyFileField(forms.FileField):
    """The value is the file's bytes."""

    widget = forms.FileInput(attrs={"accept": ".json,application/json"})

    def clean(self, data: Any, initial: Any = None) -> bytes:
        file: UploadedFile[bytes] = super().clean(data, initial)
        # One byte more than allowed says that it is too long without reading the rest.
        content: bytes = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValidationError(_("This file is larger than 1 MB. A survey is much smaller."))
        return content


class SurveyFileForm(PortalForm):
    file = SurveyFileField(
        label=_("A survey as a file"),
        help_text=_("One that was taken out here or in another portal of ours, at most 1 MB."),
    )
