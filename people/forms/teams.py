from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import PortalModelForm
from people.forms.fields import PersonField, TeamField
from people.models import Team
from people.models.team import descendant_ids


class TeamForm(PortalModelForm[Team]):
    detect_lost_update = True

    parent = TeamField(label=_("Part of"), required=False)
    lead = PersonField(label=_("Lead"), required=False)

    class Meta:
        model = Team
        fields = ["name", "parent", "lead"]

    def clean_parent(self) -> Team | None:
        parent: Team | None = self.cleaned_data["parent"]
        if parent and self.instance.pk and parent.pk in descendant_ids([self.instance.pk]):
            raise ValidationError(_("A team cannot be part of itself or of a team below it."))
        return parent
