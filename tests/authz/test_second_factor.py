"""Where a second factor is required, HR and administrators without one find every door but theirs closed."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import reverse

from tests.authz.table import TABLE
from tests.authz.visiting import Visitors, fingerprint, undone
from tests.authz.world import Role, World

pytestmark = pytest.mark.django_db

# What somebody needs on the way to their second factor.
OPEN = {
    "account_reauthenticate",
    "mfa_reauthenticate",
    "signing_in:second-factor-add",
    "signing_in:recovery-codes",
    "signing_in:recovery-codes-kept",
    "signing_in:recovery-codes-text",
}


@pytest.mark.parametrize("role", [Role.HR, Role.ADMINISTRATOR])
def test_nothing_opens_but_the_way_to_the_factor(role: Role, world: World, visitors: Visitors) -> None:
    wrong = []
    before = fingerprint()
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        for line in TABLE:
            if line.public or line.name in OPEN:
                continue
            for method in ("GET", "POST"):
                visit = visitors.visit(role, method, line.url(world))
                if visit.response.get("Location") != reverse("signing_in:second-factor-add") or visit.writes:
                    wrong.append(f"{method} {line}: {visit.status} {visit.writes}")
    assert wrong == []
    assert fingerprint() == before


def test_public_pages_and_everybody_else_notice_nothing(world: World, visitors: Visitors) -> None:
    wrong = []
    for line in TABLE:
        role = Role.HR if line.public else Role.EMPLOYEE
        if "GET" in line.methods:
            with undone():
                plain = visitors.visit(role, "GET", line.url(world)).status
            with undone(), override_settings(SECOND_FACTOR_REQUIRED=True):
                required = visitors.visit(role, "GET", line.url(world)).status
            if plain != required:
                wrong.append(f"{line}: {plain} became {required}")
    assert wrong == []
