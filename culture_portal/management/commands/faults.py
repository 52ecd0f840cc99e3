"""``manage.py faults``: what the outbox survives, shown on this machine; needs requirements-dev.txt."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from culture_portal.proving import faults


class Command(BaseCommand):
    help = "Run real services on this machine, break them in every way we promise to survive, print a table."
    requires_system_checks: list[str] = []  # nothing of this installation is used

    def add_arguments(self, parser: CommandParser) -> None:
        faults.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        command = [sys.executable, "-m", "culture_portal.proving.faults"]
        for name in ("mails", "kills", "seed"):
            if options[name] is not None:
                command += [f"--{name}", str(options[name])]
        if options["json"]:
            command += ["--json", str(options["json"].absolute())]
        if options["small"]:
            command.append("--small")
        os.chdir(settings.BASE_DIR)
        # Another process: its settings are those of the installation it makes.
        os.execv(sys.executable, command)
