from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _


class SignedInSession(models.Model):
    """Where somebody is signed in, told in the words they know their devices by. Leaves with its session.

    Times are full hours, and public pages never touch them: beside the moments at which answers arrive they
    must tell nothing (anonymity.md T3).
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="signed_in_sessions"
    )
    session = models.OneToOneField("sessions.Session", on_delete=models.CASCADE, related_name="signed_in")
    # Of what the browser says of itself, the two words that help; empty where it says nothing we know.
    browser = models.CharField(max_length=40, blank=True)
    system = models.CharField(max_length=40, blank=True)
    # The part of the address that an office or a home shares.
    neighbourhood = models.CharField(max_length=45, blank=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.device_words}"

    @property
    def device_words(self) -> str:
        names = {"browser": self.browser, "system": self.system}
        if self.browser and self.system:
            return _("%(browser)s on %(system)s") % names
        return self.browser or self.system or _("A device we do not recognise")
