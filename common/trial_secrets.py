"""Keys of the trial: made once, kept in a file only its owner may read. Production never comes here."""

import json
import os
import secrets
from pathlib import Path

NAMES = ("SECRET_KEY", "PORTAL_LINK_KEYS", "PORTAL_BALLOT_KEY")


def load_trial_secrets(folder: Path) -> dict[str, str]:
    """The trial's keys by variable name, made at the first call.

    Two processes may come first at once: the file appears whole by a hard link, and the loser reads the
    winner's.
    """
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".secrets-{os.getpid()}.json"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({name: secrets.token_urlsafe(48) for name in NAMES}, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
