"""Who is asked, and about whom: the half of a wave's form that is about people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.addresses import normalise_email
from common.forms import PortalModelForm
from customers.models import Contact
from people.models import Person, Team
from people.models.team import descendant_ids, team_labels
from surveys.domain.waves import gathering
from surveys.models import Wave
from surveys.models.wave import attribute_of

if TYPE_CHECKING:
    _TeamsField = forms.ModelMultipleChoiceField[Team]
else:
    _TeamsField = forms.ModelMultipleChoiceField

NOT_THERE_ANY_MORE = _("Some of these are not there any more. Please look at them again.")


class TeamsField(_TeamsField):
    """In the order of the tree, with the teams above each, so that two called "North" are told apart."""

    _labels: dict[int, str] | None = None

    def label_from_instance(self, obj: Team) -> str:
        if self._labels is None:
            self._labels = team_labels()
        return self._labels[obj.pk]


def _ways() -> list[tuple[str, str]]:
    return [("", gettext("Choose what to go by")), *gathering.ways()]


class AudienceForm(PortalModelForm[Wave]):
    # Without the empty choice a model's field would offer.
    audience = forms.ChoiceField(
        label=_("Whom to ask"), choices=Wave.Audience.choices, widget=forms.RadioSelect
    )
    teams = TeamsField(
        label=_("Teams"),
        queryset=Team.objects.all().with_tree_fields(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    audience_by = forms.ChoiceField(label=_("What they have in common"), choices=_ways, required=False)
    audience_values = forms.MultipleChoiceField(
        label=_("Which of them"),
        help_text=_("Behind each stands how many people have it today."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": NOT_THERE_ANY_MORE},
        required=False,
    )
    about = forms.ChoiceField(
        label=_("Whom it is about"),
        help_text=_("Figures are then by that person, under the same rules."),
        choices=Wave.About.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    subject_address = forms.EmailField(
        label=_("The one person it is about"),
        help_text=_("Their e-mail address here."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = self.fields["audience_values"]
        if isinstance(values, forms.MultipleChoiceField):
            values.choices = self._values_offered
        self.initial = dict(self.initial) | {
            "audience_by": self.instance.audience_by,
            "audience_values": self.instance.audience_values,
            "about": self.instance.about,
            "subject_address": getattr(self.instance.subject, "email", ""),
        }

    def _values_offered(self) -> list[tuple[str, str]]:
        """Of what is chosen to go by, with how many have each; also what a draft names and nobody has now."""
        by = str(self["audience_by"].value() or "")
        if not by:
            return []
        offered = {each.name: each.people for each in gathering.values_of(by)}
        if by == self.instance.audience_by:
            offered = dict.fromkeys(self.instance.audience_values, 0) | offered
        return [
            (
                name,
                ngettext("%(value)s: %(number)d person", "%(value)s: %(number)d people", number)
                % {"value": name, "number": number},
            )
            for name, number in sorted(offered.items())
        ]

    def clean_subject_address(self) -> Person | None:
        """Only where the wave is about one person; see ``_clean_subject``."""
        address = normalise_email(self.cleaned_data["subject_address"])
        if not address or self.cleaned_data.get("about") != Wave.About.PERSON:
            return None
        person: Person | None = Person.objects.active().filter(email=address).first()
        if person is None:
            text = _("Nobody who works here has the address %(address)s.")
            raise ValidationError(text, params={"address": address})
        return person

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        self._clean_audience(data)
        self._clean_breakdown(data)
        self._clean_subject(data)
        return data

    def _clean_audience(self, data: dict[str, Any]) -> None:
        match data.get("audience"):
            case Wave.Audience.TEAMS if problem := self._problem_of_teams(data):
                self.add_error("teams", problem)
            case Wave.Audience.CONTACTS if problem := self._problem_of_organisations(data):
                self.add_error("organisations", problem)
            case Wave.Audience.ATTRIBUTE if "audience_by" in data and "audience_values" in data:
                self._clean_shared(data)

    def _clean_shared(self, data: dict[str, Any]) -> None:
        if not data["audience_by"]:
            self.add_error("audience_by", _("Choose what the people asked have in common."))
        elif not data["audience_values"]:
            self.add_error("audience_values", _("Choose at least one."))
        elif not gathering.among(
            Person.objects.active(), data["audience_by"], data["audience_values"]
        ).exists():
            self.add_error("audience_values", _("Nobody who works here has what you chose."))

    @staticmethod
    def _problem_of_teams(data: dict[str, Any]) -> str:
        teams = [team.pk for team in data.get("teams") or []]
        if not teams:
            return gettext("Choose at least one team.")
        asked = descendant_ids(teams) if data.get("with_teams_below") else teams
        if not Person.objects.active().filter(team_id__in=asked).exists():
            return gettext("Nobody is in the teams you chose.")
        return ""

    @staticmethod
    def _problem_of_organisations(data: dict[str, Any]) -> str:
        organisations = data.get("organisations")
        if not organisations:
            return gettext("Choose at least one organisation.")
        if not Contact.objects.active().filter(organisation__in=organisations).exists():
            return gettext("None of these organisations has a contact who may be asked.")
        return ""

    def _clean_breakdown(self, data: dict[str, Any]) -> None:
        breakdown = data.get("breakdown", "")
        match data.get("audience"):
            case Wave.Audience.CONTACTS if breakdown == Wave.Breakdown.LOCATION:
                self.add_error("breakdown", _("Contacts outside have no location. Choose another one."))
            case Wave.Audience.CONTACTS if attribute_of(breakdown) is not None:
                self.add_error("breakdown", _("Contacts outside have no attributes. Choose another one."))
            case Wave.Audience.ATTRIBUTE if breakdown and breakdown == data.get("audience_by"):
                if len(data.get("audience_values", [])) == 1:
                    words = _("Everybody asked has the same here. Choose another breakdown.")
                    self.add_error("breakdown", words)

    def _clean_subject(self, data: dict[str, Any]) -> None:
        match data.get("about"):
            case Wave.About.MANAGER if data.get("audience") == Wave.Audience.CONTACTS:
                words = _(
                    "Contacts outside have no manager here. Ask them about one person, or about nobody."
                )
                self.add_error("about", words)
            case Wave.About.PERSON if "subject_address" in data and data["subject_address"] is None:
                self.add_error("subject_address", _("Say whom it is about."))

    def decide_audience(self) -> None:
        """What was chosen of who and whom, on the instance; nothing of what was not."""
        data = self.cleaned_data
        by_attribute = data["audience"] == Wave.Audience.ATTRIBUTE
        self.instance.audience_by = data["audience_by"] if by_attribute else ""
        self.instance.audience_values = data["audience_values"] if by_attribute else []
        self.instance.about = data["about"]
        self.instance.subject = data["subject_address"]
