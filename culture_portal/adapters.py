"""How allauth behaves here: nobody signs up, and mail goes through the outbox like everything else."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from culture_portal.account_mail import queue_password_reset
from people.models import Person


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """To the address HR keeps, whatever spelling of it was typed. The link is made when it is sent."""
        queue_password_reset(user, now=timezone.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Allauth has nothing else to say to anybody, and what leaves the portal leaves by the outbox."""
        raise NotImplementedError(f"{template_prefix} is no mail of this portal.")
