"""Where behaviours and values are used: the apps above say it, in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from customers.models.behaviour import Principle


@dataclass(frozen=True)
class Use:
    """One thing that points at it, and how often."""

    title: str
    words: str
    url: str


Source = Callable[[Principle], list[Use]]
_sources: list[Source] = []


def register(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def uses_of(principle: Principle) -> list[Use]:
    return [use for source in _sources for use in source(principle)]
