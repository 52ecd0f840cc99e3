"""The tokens in links that set a password."""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from people.models import Person


class PasswordLinks(PasswordResetTokenGenerator):
    """Django's, which die with the password and the address; ours also with whatever shuts the person out."""

    def _make_hash_value(self, user: Person, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.link_stamp}{user.is_active}"
