"""Every form of the portal, found by walking its pages, and every hostile string."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.authz.fixtures import world
from tests.authz.table import TABLE, VARIETIES, Seen
from tests.authz.visiting import Visitors, undone
from tests.authz.world import Role, World
from tests.hostile.doors import HALF_IN, MORE, OF_TEAM, open_doors, unlock
from tests.hostile.pages import Form, Page

__all__ = ["world"]

# The pages of the first of these who may open them, and of both of those, together hold every form.
WALKERS = (Role.HR, Role.SECOND_HR, Role.READER)
ALSO = (Role.ADMINISTRATOR, Role.EMPLOYEE, Role.RESPONDENT)


@dataclass(frozen=True)
class Found:
    role: Role
    form: Form


@pytest.fixture(scope="package")
def visitors(world: World) -> Visitors:
    """They have confirmed lately that it is them; see ``doors``."""
    open_doors(world)
    visitors = Visitors(world)
    unlock(visitors)
    return visitors


@pytest.fixture(scope="package")
def forms(world: World, visitors: Visitors) -> list[Found]:
    """Each form once, with somebody who may send it."""
    found: dict[tuple[str, ...], Found] = {}
    for line in [*TABLE, *VARIETIES, *MORE]:
        if "GET" not in line.methods:
            continue
        inside = [role for role in WALKERS if line.who.get(role) is Seen.OK]
        others = [role for role in ALSO if line.who.get(role) is Seen.OK]
        half_in = [HALF_IN] if line.name == "mfa_authenticate" else []
        lead = [Role.MANAGER] if OF_TEAM & {*line.at.values()} else []
        for role in [*inside[:1], *others, *half_in, *lead]:
            url = line.url(world)
            with undone():
                page = visitors.visit(role, "GET", url).response
            if page.get("Content-Type", "").startswith("text/html"):
                for form in Page(url, page.content.decode()).forms:
                    found.setdefault((form.method, *form.shape), Found(role, form))
    return list(found.values())


@pytest.fixture(scope="session")
def hostile_texts(shared_data: Path) -> list[str]:
    """515 strings that broke others, 24 languages, 6 formulas."""
    texts = shared_data / "texts"
    strings: list[str] = json.loads((texts / "blns.json").read_text())
    languages = json.loads((texts / "udhr_subset.json").read_text())
    sentences = [language["paragraphs"][0] for language in languages]
    formulas = (texts / "csv-payload.txt").read_text().splitlines()
    return [*strings, *sentences, *formulas]
