from __future__ import annotations

from typing import Any

from allauth.mfa.stages import AuthenticateStage

from culture_portal.signing_in.second_factor import came_by_trusted_provider


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """Asks for the code of whoever has a factor, unless a provider we trust with that has asked already."""

    def handle(self) -> tuple[Any, bool]:
        if came_by_trusted_provider(self.request, self.login.user):
            return None, True
        response, go_on = super().handle()
        return response, go_on
