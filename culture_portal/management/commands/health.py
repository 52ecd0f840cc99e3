"""``manage.py health``: whether the portal, or one of its parts, does its work; for people and containers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from culture_portal import heartbeats
from culture_portal.health import EVERYTHING, Finding, examine


class Command(BaseCommand):
    help = "Say what works and what does not; ends with 1 where something does not."
    requires_system_checks: list[str] = []  # it runs each minute, and they ran at the start

    def add_arguments(self, parser: CommandParser) -> None:
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--worker", choices=heartbeats.QUEUES, help="only the workers of this queue")
        one.add_argument("--clock", action="store_true", help="only what sends the ticks")

    def handle(self, *args: Any, **options: Any) -> None:
        place = heartbeats.CLOCK if options["clock"] else options["worker"]
        findings = [_sign_of_life(place)] if place else [*examine(EVERYTHING), *_signs_of_life()]
        for finding in findings:
            self.stdout.write(f"{'ok    ' if finding.ok else 'failed'} {finding.name}: {finding.words}")
        if not all(finding.ok for finding in findings):
            raise CommandError("Something does not work.")


def _signs_of_life() -> list[Finding]:
    return [_sign_of_life(place) for place in heartbeats.PLACES]


def _sign_of_life(place: str) -> Finding:
    name = place if place == heartbeats.CLOCK else f"worker of {place}"
    try:
        age = heartbeats.ages()[place]
    except Exception as error:
        return Finding(name, ok=False, words=type(error).__name__)
    if age is None:
        return Finding(name, ok=False, words="no sign of life yet")
    words = f"last sign of life {age:.0f} seconds ago"
    return Finding(name, ok=age <= heartbeats.TOO_OLD, words=words)
