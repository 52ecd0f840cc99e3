from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.csv_import import Problem, UnreadableFile, decode
from people.domain.importing import ImportRefused, apply_import, read_people


class Command(BaseCommand):
    help = "Import people from a CSV file: whole or not at all, safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--invite", action="store_true", help="send each new person a mail to set their password"
        )

    def handle(self, *args: Any, file: Path, invite: bool, **options: Any) -> None:
        try:
            parsed = read_people(decode(file.read_bytes()))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except UnreadableFile as error:
            raise CommandError(f"{file}: {error}") from error
        try:
            result = apply_import(parsed, by=None, invite=invite)
        except ImportRefused as refused:
            self._print(refused.plan.errors)
            raise CommandError(
                f"Nothing was changed: {len(refused.plan.errors)} errors in {file.name}."
                if refused.plan.errors
                else "Nothing was changed: somebody edited the same people meanwhile. Please try again."
            ) from refused
        self._print(result.warnings)
        if not (result.created or result.updated or result.teams or result.leads):
            self.stdout.write(f"Nothing to change: {result.unchanged} people are as the file says.")
            return
        self.stdout.write(
            f"{result.created} people created, {result.updated} updated, {result.unchanged} unchanged; "
            f"{result.teams} teams made, {result.leads} leads set; {result.invited} mails to set a password."
        )

    def _print(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            where = f"row {problem.row}" + (f", {problem.column}" if problem.column else "")
            self.stderr.write(f"{where}: {problem.message}")
