from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Absence(models.Model):
    """Whole days somebody is away; why is nobody's business here."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField(_("first day away"))
    last_day = models.DateField(_("last day away"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="absence_ends_after_it_begins",
                violation_error_message=_("The last day comes before the first."),
            ),
        ]
        indexes = [
            # The dispatcher asks for the absences of a recipient.
            models.Index(fields=["person", "first_day", "last_day"], name="absence_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.first_day} - {self.last_day}"
