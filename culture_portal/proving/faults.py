"""Every fault of delivery on a throw-away installation, and a table of what became of the mails.

    python -m culture_portal.proving.faults --mails 3000 --kills 200

in a process of its own, started by ``manage.py faults``: it has its settings from the installation it makes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import django

from culture_portal.proving.installation import Installation
from culture_portal.proving.services import Broker, Database, Missing, find_broker, find_database
from culture_portal.proving.sink import start_sink, stop

SMALL = {"mails": 120, "kills": 10}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mails", type=int, default=3000, help="under kills; other faults take a part of it")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="of everything that is left to chance")
    parser.add_argument("--small", action="store_true", help="a few hundred mails, for every change")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="the table for programs")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="manage.py faults")
    add_arguments(parser)
    chosen = parser.parse_args(arguments)
    if chosen.small:
        vars(chosen).update(SMALL)
    if chosen.seed is None:
        chosen.seed = secrets.randbelow(10**6)
    # Whoever ends it early leaves nothing running either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as at_the_end:
        try:
            database, broker = find_database(), find_broker()
        except Missing as problem:
            print(problem, file=sys.stderr)
            return 2
        at_the_end.callback(database.stop)
        at_the_end.callback(broker.stop)
        return _run(chosen, database, broker, at_the_end)


def _run(chosen: argparse.Namespace, database: Database, broker: Broker, at_the_end: ExitStack) -> int:
    folder = Path(tempfile.mkdtemp(prefix="portal-faults-"))
    at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
    process, sink = start_sink(folder)
    at_the_end.callback(stop, process)
    app = "culture_portal.proving.mortal"
    installation = Installation(folder / "portal", sink, database.server, f"{broker.url}/14", app=app)
    installation.environment |= {
        "DJANGO_SETTINGS_MODULE": "culture_portal.proving.settings",
        "PROVING_FOLDER": str(installation.folder),
        "LOG_LEVEL": "ERROR",
    }
    installation.create_database()
    at_the_end.callback(installation.drop_database)
    installation.manage("migrate", "--no-input")
    os.environ.update(installation.environment)
    django.setup()
    # Models can be imported only from here on.
    from culture_portal.proving.catalogue import play_all  # noqa: PLC0415
    from culture_portal.proving.rehearsing import Stage  # noqa: PLC0415
    from culture_portal.proving.table import conclusion, show  # noqa: PLC0415

    stage = Stage(installation, database, broker, random.Random(chosen.seed))
    at_the_end.callback(stage.end)
    print(f"Seed {chosen.seed}; {chosen.mails} mails and {chosen.kills} kills", flush=True)
    rows = play_all(stage, mails=chosen.mails, kills=chosen.kills, small=chosen.small)
    print(show(rows), flush=True)
    if chosen.json:
        found = {"seed": chosen.seed, "rows": [row.to_json() for row in rows]}
        chosen.json.write_text(json.dumps(found, indent=2) + "\n")
    words, code = conclusion(rows)
    print(words)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
