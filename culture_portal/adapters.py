"""How allauth behaves here: nobody signs up, and mail goes through the outbox like everything else."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from common import audit, links
from common.client_address import client_address
from common.organisation import current
from culture_portal.account_mail import queue_password_reset
from culture_portal.signing_in import throttling
from culture_portal.signing_in.second_factor import Unreadable, methods_of
from people.domain import changing
from people.models import Person

_SEAL = "second-factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """To the address HR keeps, whatever spelling of it was typed. The link is made when it is sent."""
        queue_password_reset(user, now=timezone.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Allauth has nothing else to say to anybody, and what leaves the portal leaves by the outbox."""
        raise NotImplementedError(f"{template_prefix} is no mail of this portal.")

    def is_safe_url(self, url: str) -> bool:
        """Only a path of ours is followed. Allauth's own fails on addresses that are none."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        """Whether for signing in or for confirming: tries are counted before the password is looked at."""
        attempt = throttling.password_attempt(request, str(credentials.get("email", "")))
        person: Person | None = super().authenticate(request, **credentials)
        if person is not None:
            attempt.succeeded()
        return person

    def set_password(self, user: Person, password: str) -> None:
        """By the link of a mail: nobody of this person is signed in here yet."""
        changing.set_password(user, password)

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            audit.record(by=request.user, action="person.signed_out", obj=request.user)
        super().logout(request)

    def get_login_stages(self) -> list[str]:
        return ["culture_portal.signing_in.stages.SecondFactorStage"]

    def login(self, request: HttpRequest, user: Person) -> None:
        super().login(request, user)
        throttling.remember_network(request, user)
        methods = methods_of(request, user)
        audit.record(
            by=user,
            action="person.signed_in",
            obj=user,
            # Besides these two there is the link of a mail, which sets a password and signs in.
            method=next((name for name in ("openid", "password") if name in methods), "link"),
            second_factor="mfa" in methods,
        )


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are sealed with the first of PORTAL_LINK_KEYS, and open as long as their key is among them."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code does not fit. Each works once, and those of the app change every 30 seconds."
        ),
    }

    def get_totp_issuer(self) -> str:
        return current().name

    def encrypt(self, text: str) -> str:
        return links.seal(_SEAL, {"secret": text})

    def decrypt(self, encrypted_text: str) -> str:
        content = links.unseal(_SEAL, encrypted_text)
        if content is None:
            raise Unreadable
        return str(content["secret"])
