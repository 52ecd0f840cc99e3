"""When a question is shown: rules over answers given before it. Pure: no database.

The same rules are worked out by ``answer.js`` in the browser and by the server when answers arrive, which
drops what a hidden question carries. An answer that was not given, or that was dropped because its own
question is hidden, fulfils no rule, not even "is not".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Test(StrEnum):
    """The values are stored."""

    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    INCLUDES = "includes"  # of several choices
    CONTAINS = "contains"  # of words


@dataclass(frozen=True)
class Rule:
    """``key`` names an earlier item; ``value`` a code of it, a number, a day (ISO) or a part of a text."""

    key: str
    test: Test
    value: str


@dataclass(frozen=True)
class Condition:
    """``every``: all rules must hold; otherwise one is enough."""

    every: bool
    rules: tuple[Rule, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The items it looks at."""
        return frozenset(rule.key for rule in self.rules)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Condition:
        """The inverse of ``to_json``."""
        rules = tuple(Rule(rule["key"], Test(rule["test"]), rule["value"]) for rule in data["rules"])
        return cls(bool(data["every"]), rules)


# By item what was answered: codes of a choice, the number, the day or the text itself. Nothing: not answered.
Given = Mapping[str, Sequence[str]]


def holds(condition: Condition | None, given: Given) -> bool:
    """Whether the question is shown; a question without a condition always is."""
    if condition is None:
        return True
    combine = all if condition.every else any
    return combine(_fulfils(rule, given.get(rule.key, ())) for rule in condition.rules)


def _fulfils(rule: Rule, answers: Sequence[str]) -> bool:
    if not answers:
        return False
    wanted = rule.value.casefold()
    match rule.test:
        case Test.IS:
            return [answer.casefold() for answer in answers] == [wanted]
        case Test.IS_NOT:
            return [answer.casefold() for answer in answers] != [wanted]
        case Test.AT_LEAST:
            return any(_reaches(answer, rule.value) for answer in answers)
        case Test.INCLUDES:
            return rule.value in answers
        case Test.CONTAINS:
            return any(wanted in answer.casefold() for answer in answers)


def _reaches(answer: str, least: str) -> bool:
    """Numbers as numbers; days, which are written year first, as they stand."""
    try:
        return int(answer) >= int(least)
    except ValueError:
        return answer >= least
