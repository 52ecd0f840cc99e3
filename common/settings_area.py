"""The page "Settings": each app adds its part of it, in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Section:
    """One page of settings, and what it decides in one sentence."""

    label: str | Promise
    why: str | Promise
    url_name: str
    icon: str
    visible: Callable[[Any], bool]
    order: int = 50


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add the section; a second one for the same page takes its place."""
    _sections[section.url_name] = section


def sections_for(person: Any) -> list[Section]:
    """Those this person may open, in their order."""
    visible = [section for section in _sections.values() if section.visible(person)]
    return sorted(visible, key=lambda section: (section.order, section.url_name))
