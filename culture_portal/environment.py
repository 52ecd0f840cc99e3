"""The environment as the settings read it: typed, secrets also from files, all that is wrong said at once.

A variable that is set and empty counts as not set, as compose files hand empty ones on. What is wrong is
collected, and a harmless value given back, until ``stop_if_wrong`` ends the process with one line each; no
line repeats a value that may be secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from common.trial_secrets import load_trial_secrets

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}

KEY_LENGTH = 50
KEY_DIFFERENT = 12
MAKE_A_KEY = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
# What is written where a key should stand until somebody puts one there.
_PLACEHOLDER = re.compile(
    r"change.?(me|this)|example|insecure|placeholder|replace.?(me|this)|your.?key", re.IGNORECASE
)

# Not read by the settings: by tests, by the image and by docker-compose.yml.
READ_ELSEWHERE = frozenset(
    {"PORTAL_REQUIRE", "PORTAL_CHROMIUM", "PORTAL_SHARED_DATA", "PORTAL_SHOTS", "PORTAL_IMAGE"}
)


class Environment:
    """In ``production`` what is needed must be there; the trial finds or makes it in the folder ``var``."""

    def __init__(self, variables: Mapping[str, str], *, var: Path) -> None:
        self.problems: list[str] = []
        self.names_read: set[str] = set()
        self._variables = variables
        self._keys: dict[str, str] = {}
        self.production = self.one_of("PORTAL_MODE", "trial", ("trial", "production")) == "production"
        self.var = Path(self.text("PORTAL_VAR", str(var)))

    # --- Reading --------------------------------------------------------------------------------------------
    def text(self, name: str, default: str = "") -> str:
        self.names_read.add(name)
        return self._variables.get(name, "").strip() or default

    def needed(self, name: str, trial_default: str) -> str:
        """What production cannot do without."""
        return self._or_missing(name, self.text(name), trial_default)

    def one_of(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.refuse(name, f"must be {' or '.join(allowed)}, not {value!r}")
            return default
        return value

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
            self.refuse(name, f"must be a whole number from {low} to {high}, not {value!r}")
            return default
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name).lower()
        if value and value not in TRUE | FALSE:
            self.refuse(name, f"must be yes or no, not {value!r}")
        return value in TRUE if value in TRUE | FALSE else default

    def names(self, name: str, trial_default: str) -> list[str]:
        """Several, separated by commas; production needs at least one."""
        return _split(self.needed(name, trial_default))

    def secret(self, name: str, default: str = "") -> str:
        """The variable, or what is in the file that ``<name>_FILE`` names."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            self.refuse(name, f"and {name}_FILE are both set; take one away")
        if value or not path:
            return value or default
        try:
            return Path(path).read_text().strip() or default
        except (OSError, UnicodeDecodeError) as error:
            self.refuse(f"{name}_FILE", f"names a file that cannot be read ({type(error).__name__}): {path}")
            return default

    def needed_secret(self, name: str, trial_default: str = "") -> str:
        return self._or_missing(name, self.secret(name), trial_default)

    def token(self, name: str) -> str:
        """What somebody may leave out; where it is there, as hard to guess as a key."""
        value = self.secret(name)
        if value and self.production:
            self._refuse_weak(name, value)
        return value

    def keys(self, name: str, *, needed: bool = True) -> list[str]:
        """Several, by commas: in the trial made once and kept, in production long and of one use only."""
        keys = _split(self.secret(name))
        if not self.production:
            return keys or _split(load_trial_secrets(self.var)[name])
        if not keys and needed and not self._is_refused(name):
            self.refuse(name, f"is not set. {MAKE_A_KEY}")
        for key in keys:
            self._refuse_weak(name, key)
        return keys or ["unusable"] * needed

    # --- Refusing -------------------------------------------------------------------------------------------
    def refuse(self, name: str, why: str) -> None:
        self.problems.append(f"{name} {why}.")

    def stop_if_wrong(self) -> None:
        """No traceback, whoever imports the settings: manage.py, gunicorn or Celery."""
        if self.problems:
            lines = "\n".join(f"  {problem}" for problem in self.problems)
            raise SystemExit(f"The portal does not start; README.md says what each setting is.\n{lines}")

    def misspelt(self) -> list[str]:
        """A line for each ``PORTAL_`` variable that nobody reads."""
        known = self.names_read | READ_ELSEWHERE
        return [
            f"{name} is no setting of the portal.{_did_you_mean(name, known)}"
            for name in sorted(self._variables)
            if name.startswith("PORTAL_") and name not in known
        ]

    def _or_missing(self, name: str, value: str, trial_default: str) -> str:
        if not value and self.production and not self._is_refused(name):
            self.refuse(name, "is not set. Production needs it")
        return value or trial_default

    def _is_refused(self, name: str) -> bool:
        return any(problem.startswith((f"{name} ", f"{name}_FILE ")) for problem in self.problems)

    def _refuse_weak(self, name: str, key: str) -> None:
        if _PLACEHOLDER.search(key):
            self.refuse(name, f"holds a placeholder instead of a key. {MAKE_A_KEY}")
        elif len(key) < KEY_LENGTH or len(set(key)) < KEY_DIFFERENT:
            self.refuse(name, f"must be at least {KEY_LENGTH} random characters. {MAKE_A_KEY}")
        elif self._keys.setdefault(key, name) != name:
            self.refuse(name, f"must not be the same key as {self._keys[key]}")


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _did_you_mean(name: str, known: set[str] | frozenset[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f" Did you mean {near[0]}?" if near else ""
