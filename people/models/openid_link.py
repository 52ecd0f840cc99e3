from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OpenIDLink(models.Model):
    """Who somebody is at the organisation's OpenID provider, known since they first signed in by it.

    It holds as long as the address does by which the two were matched: a link, like a password, does not
    outlive the address it was made by.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="openid_links"
    )
    issuer = models.CharField(max_length=500)
    # The provider's own name for the person; never used again for another (OpenID Connect Core 2).
    subject = models.CharField(max_length=255)
    address = models.EmailField(max_length=254)
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("link to the organisation's sign-in")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="openid_subject_once"),
            models.UniqueConstraint(fields=["person", "issuer"], name="openid_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.issuer}"
