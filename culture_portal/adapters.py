"""How allauth behaves here: nobody signs up, and mail goes through the outbox like everything else."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # The same words whether the address or the password is wrong.
        "email_password_mismatch": _("Address and password do not belong together. Please try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
