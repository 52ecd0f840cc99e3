"""``manage.py bench``: how fast the portal does its heaviest work, on services of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from culture_portal.proving.bench import running
from culture_portal.proving.bench.catalogue import BENCHMARKS
from culture_portal.proving.services import Missing


class Command(BaseCommand):
    help = "Measure the portal on a throw-away PostgreSQL and Redis; ends with 1 where a target is missed."
    requires_system_checks: list[str] = []  # nothing of this installation is used

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=sorted(BENCHMARKS), action="append", help="may be repeated")
        parser.add_argument("--small", action="store_true", help="only show that all of it works")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")

    def handle(self, *args: Any, **options: Any) -> None:
        small: bool = options["small"]
        machine = running.machine()
        self.stdout.write(
            "On {cores} cores, Python {python}, load {load} at the beginning.".format(**machine)
        )
        results = []
        try:
            for result in running.run(options["only"] or list(BENCHMARKS), small=small):
                results.append(running.without_targets(result) if small else result)
                self.stdout.write(f"{result.benchmark} is done.", self.style.NOTICE)
        except (Missing, running.Broke) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(running.table(results))
        if options["json"]:
            told = {"machine": machine, "small": small, "results": [each.to_json() for each in results]}
            options["json"].write_text(json.dumps(told, indent=2) + "\n")
        missed = [one.name for result in results for one in result.figures if not one.is_met]
        if missed:
            raise CommandError(f"Missed: {'; '.join(missed)}.")
