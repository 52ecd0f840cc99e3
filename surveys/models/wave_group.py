from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from surveys.models.wave import Wave


class WaveGroup(models.Model):
    """A team (or external organisation) as it was at the launch; moving staff later changes nothing."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="groups")
    code = models.PositiveIntegerField()  # 1 is the whole audience; below it the frozen tree
    parent_code = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=200)
    # Only for "which team of today is this" and for access; never for counting.
    team = models.ForeignKey("people.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(
        "customers.ExternalOrganisation", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # Of a wave about people: whom the answers counted here are about.
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Invited in this group and everything below it.
    invited_count = models.PositiveIntegerField(default=0)
    # Percent answered, 9 for "under 10" and 91 for "over 90", so that nothing finer is stored; refreshed
    # once a day while open, and at close (anonymity.md R1). Null where it is not shown.
    response_percent = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "code"], name="wave_group_code_once"),
            models.CheckConstraint(
                condition=Q(response_percent__isnull=True)
                | Q(response_percent__gte=9) & Q(response_percent__lte=91),
                name="wave_group_rate_has_open_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def response_rate_words(self) -> str:
        """The share answered, in words at the ends; empty where it is not shown."""
        if self.response_percent is None:
            return ""
        if self.response_percent < 10:
            return gettext("under 10 %")
        if self.response_percent > 90:
            return gettext("over 90 %")
        return gettext("%(percent)d %%") % {"percent": self.response_percent}
