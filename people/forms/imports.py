from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from common.csv_import import MAX_BYTES, UnreadableFile, decode
from common.forms import PortalForm, clean_text
from people.domain.importing.leads import Lead
from people.domain.importing.reading import TeamPath

MOST_LEADS = 500


class CsvField(forms.FileField):
    """A CSV file; the value is its text."""

    widget = forms.FileInput(attrs={"accept": ".csv,text/csv"})

    def clean(self, data: Any, initial: Any = None) -> str:
        file: UploadedFile[bytes] = super().clean(data, initial)
        # One byte more than allowed says that it is too long without reading the rest.
        try:
            return decode(file.read(MAX_BYTES + 1))
        except UnreadableFile as error:
            raise ValidationError(str(error)) from error


class UploadForm(PortalForm):
    file = CsvField(
        label=_("CSV file"),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )

    @property
    def file_name(self) -> str:
        return clean_text(getattr(self.files.get("file"), "name", ""))


class ApplyImportForm(PortalForm):
    """What is decided after looking: who leads which team, and whether the new ones get a mail."""

    invite = forms.BooleanField(
        label=_("Send each new person a mail to set their password"), required=False, initial=True
    )

    def __init__(self, *args: Any, leads: list[Lead], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leads = leads
        for lead in self._shown():
            self.fields[_field_name(lead.path)] = _lead_field(lead)

    @property
    def lead_fields(self) -> list[tuple[Lead, forms.BoundField]]:
        return [(lead, self[_field_name(lead.path)]) for lead in self._shown()]

    @property
    def chosen_leads(self) -> dict[TeamPath, str]:
        return {
            lead.path: self.cleaned_data[_field_name(lead.path)]
            for lead in self._shown()
            # Somebody may have made the team while the page was open; without the field the proposal stays.
            if _field_name(lead.path) in self.data
        }

    def _shown(self) -> list[Lead]:
        """Those with a choice, and no more than one form may carry."""
        return [lead for lead in self.leads if lead.candidates][:MOST_LEADS]


def _field_name(path: TeamPath) -> str:
    """From the team, not from its place in the list, which may change while somebody looks."""
    return "lead-" + hashlib.blake2s("\0".join(path).encode(), digest_size=8).hexdigest()


def _lead_field(lead: Lead) -> forms.ChoiceField:
    choices = [
        (candidate.key, _("%(name)s (%(reports)s)") % {"name": candidate.name, "reports": candidate.reports})
        for candidate in lead.candidates
    ]
    return forms.ChoiceField(
        label=" / ".join(lead.path),
        choices=[("", _("Nobody for now")), *choices],
        required=False,
        initial=lead.chosen.key if lead.chosen else "",
    )
