from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm
from common.importing.forms import FileForm
from people.domain.importing.leads import Lead
from people.domain.importing.reading import TeamPath

MOST_LEADS = 500


class UploadForm(FileForm):
    everybody = forms.BooleanField(
        label=_("This file holds everybody who works here"),
        help_text=_("Who is not in it will be listed as leaving. You see them all before anything happens."),
        required=False,
    )


class ApplyImportForm(PortalForm):
    """What is decided after looking: who leads which team, who gets a mail, and that so many leave."""

    # What was looked at: something else is not applied.
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    invite = forms.BooleanField(
        label=_("Send each new person a mail to set their password"), required=False, initial=True
    )
    reactivate = forms.BooleanField(
        label=_("Let those who are back work here again"),
        help_text=_("They sign in with the password they had. Otherwise they stay as they are."),
        required=False,
    )

    def __init__(self, *args: Any, leads: list[Lead], leaving: int = 0, **kwargs: Any) -> None:
        """``leaving``: how many leave, where those are so many that somebody has to write it."""
        super().__init__(*args, **kwargs)
        self.leads = leads
        self.leaving = leaving
        if leaving:
            self.fields["leaving"] = forms.IntegerField(
                label=_("How many people leave?"),
                help_text=_("That is more than one in ten. Please write the number, so that it is no slip."),
                error_messages={"required": _("Write how many people leave.")},
            )
        for lead in self._shown():
            self.fields[_field_name(lead.path)] = _lead_field(lead)

    def clean_leaving(self) -> int:
        number: int = self.cleaned_data["leaving"]
        if number != self.leaving:
            raise ValidationError(
                gettext("That is another number than leave by this file. Please look again.")
            )
        return number

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
        (
            candidate.key,
            gettext("%(name)s (%(reports)s)") % {"name": candidate.name, "reports": candidate.reports},
        )
        for candidate in lead.candidates
    ]
    return forms.ChoiceField(
        label=" / ".join(lead.path),
        choices=[("", gettext("Nobody for now")), *choices],
        required=False,
        initial=lead.chosen.key if lead.chosen else "",
    )
