from __future__ import annotations

import os
import resource
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.importing.columns import problems_of, propose
from common.importing.problems import UnreadableFile
from common.importing.staging import grid_of
from people.domain.importing import people_fields, running
from people.models import ImportRun


class Command(BaseCommand):
    help = "Import people from a CSV file or workbook: whole or not at all, safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--invite", action="store_true", help="send each new person a mail to set their password"
        )
        parser.add_argument(
            "--everybody",
            action="store_true",
            help="the file holds everybody: who works here and is not in it leaves",
        )
        parser.add_argument(
            "--leaving",
            type=int,
            metavar="N",
            help="agree that N people leave, where that is more than one in ten",
        )
        parser.add_argument(
            "--reactivate", action="store_true", help="who has left and is in the file works here again"
        )
        parser.add_argument("--timing", action="store_true", help="say how long each step took")

    def handle(self, *args: Any, file: Path, timing: bool, **options: Any) -> None:
        self.began = time.perf_counter()
        self.timing = timing
        try:
            run = running.upload(
                file.read_bytes(), file_name=file.name, by=None, everybody=options["everybody"]
            )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except UnreadableFile as error:
            raise CommandError(f"{file}: {error}") from error
        try:
            self._tell("read")
            self._import(run, file, options)
        finally:
            # What was not applied waits for nobody.
            ImportRun.objects.filter(pk=run.pk).exclude(state=ImportRun.State.APPLIED).delete()

    def _import(self, run: ImportRun, file: Path, options: dict[str, Any]) -> None:
        if run.mapping is None:
            raise CommandError(f"{file}: {_columns_words(run)}")
        running.check(run.pk)
        self._tell("looked through")
        run.refresh_from_db()
        if errors := run.summary["errors"]:
            self._print_problems(run, stops=True)
            raise CommandError(f"Nothing was changed: {errors} errors in {file.name}.")
        leaving = run.summary["leaves"]
        if running.leave_many(run.summary) and options["leaving"] != leaving:
            raise CommandError(
                f"Nothing was changed: {leaving} of {run.summary['working']} people would leave. "
                f"If that is right, say --leaving {leaving}."
            )
        running.order(
            run,
            seen=run.digest,
            leads={},
            invite=options["invite"],
            reactivate=options["reactivate"],
            leaving=options["leaving"],
        )
        result = running.carry_out(run.pk)
        self._tell("applied")
        if result is None:
            raise CommandError(
                "Nothing was changed: somebody edited the same people meanwhile. Please try again."
            )
        self._print_problems(run, stops=False)
        if not any(count for name, count in result.counts.items() if name not in {"unchanged", "invited"}):
            self.stdout.write(f"Nothing to change: {result.unchanged} people are as the file says.")
            return
        self.stdout.write(
            f"{result.created} people created, {result.updated} updated, {result.unchanged} unchanged, "
            f"{result.left} left, {result.returned} back; "
            f"{result.teams} teams made, {result.leads} leads set; {result.invited} mails to set a password."
        )

    def _print_problems(self, run: ImportRun, *, stops: bool) -> None:
        run.refresh_from_db(fields=["attempt"])
        for problem in run.problems_now.filter(stops=stops).order_by("pk").iterator():
            where = f"row {problem.row}" + (f", {problem.column}" if problem.column else "")
            self.stderr.write(f"{where}: {problem.message}")

    def _tell(self, step: str) -> None:
        if self.timing:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            self.stdout.write(
                f"{time.perf_counter() - self.began:6.2f} s  {step}; {memory} MB at most, "
                f"load {os.getloadavg()[0]:.1f}"
            )


def _columns_words(run: ImportRun) -> str:
    fields, headings = people_fields(), grid_of(run).headings
    return " ".join(problems_of(fields, headings, propose(fields, headings)))
