from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from common.trial_secrets import NAMES, load_trial_secrets


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    first = load_trial_secrets(folder)
    assert load_trial_secrets(folder) == first
    assert sorted(first) == sorted(NAMES)
    assert len({*first.values()}) == len(NAMES)
    assert all(len(key) >= 64 for key in first.values())
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secrets.json"]


def test_two_processes_that_come_first_at_once_agree(tmp_path: Path) -> None:
    code = (
        "import json, sys, pathlib; from common.trial_secrets import load_trial_secrets; "
        "sys.stdin.readline(); "
        "print(json.dumps(load_trial_secrets(pathlib.Path(sys.argv[1]))))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "var")],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = [json.loads(process.communicate(timeout=30)[0]) for process in processes]
    assert told == [told[0]] * 4
