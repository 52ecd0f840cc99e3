"""The words of the portal in other languages: read out of the source, kept as ``.po``, compiled to ``.mo``.

English is the source. ``manage.py translations`` runs all of it; nothing of this module runs in production.
A catalogue carries no line numbers and is sorted, so that a change of code moves nothing in it.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

BASE_DIR = Path(settings.BASE_DIR)
SOURCES = ("common", "people", "notifications", "customers", "surveys", "culture_portal", "templates")
# As Django's own makemessages names them, and with the module's own ``gettext``.
_KEYWORDS = (
    "gettext_noop gettext_lazy ngettext_lazy:1,2 pgettext:1c,2 npgettext:1c,2,3 pgettext_lazy:1c,2 "
    "npgettext_lazy:1c,2,3"
).split()
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|</?[a-z]+[^>]*>|&\w+;")
_DOMAIN = "django"
Key = tuple[str, str]


def languages() -> list[str]:
    """Every language but the one the source is written in."""
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def catalogue_path(language: str, folder: Path | None = None) -> Path:
    folder = folder or BASE_DIR / "locale"
    return folder / language / "LC_MESSAGES" / f"{_DOMAIN}.po"


def key_of(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid


# --- Reading the source -------------------------------------------------------------------------------------
def extract() -> polib.POFile:
    """Every wrapped word of the source, found by xgettext as Django's makemessages would."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = [_copy(path, folder) for path in sorted(_source_files())]
        command = ["xgettext", "--language=Python", "--from-code=UTF-8", "--add-comments=Translators"]
        command += [f"--keyword={keyword}" for keyword in _KEYWORDS]
        command += ["--files-from=-", "--output=messages.pot"]
        done = subprocess.run(  # noqa: S603 - a fixed program over our own files
            command, cwd=folder, input="\n".join(names), text=True, capture_output=True, check=False
        )
        if done.returncode or done.stderr:
            raise RuntimeError(f"xgettext: {done.stderr}")
        return polib.pofile(str(folder / "messages.pot"))


def _source_files() -> Iterator[Path]:
    for name in SOURCES:
        for path in (BASE_DIR / name).rglob("*"):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def _copy(path: Path, folder: Path) -> str:
    """Into the folder, a template as the Python that xgettext can read; its name there."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(BASE_DIR).as_posix()
    if path.suffix != ".py":
        text = templatize(text, origin=name)
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return name


# --- Keeping ------------------------------------------------------------------------------------------------
def update(catalogue: polib.POFile, found: polib.POFile) -> polib.POFile:
    """The catalogue with exactly the words that were found; what was translated stays so."""
    known = {key_of(entry): entry for entry in catalogue if not entry.obsolete}
    fresh = polib.POFile(wrapwidth=100)
    fresh.metadata = catalogue.metadata
    for entry in sorted(found, key=key_of):
        old = known.get(key_of(entry))
        made = polib.POEntry(
            msgctxt=entry.msgctxt,
            msgid=entry.msgid,
            msgid_plural=entry.msgid_plural,
            comment=entry.comment,
            flags=[flag for flag in entry.flags if flag != "fuzzy"],
        )
        if entry.msgid_plural:
            same = old is not None and old.msgid_plural == entry.msgid_plural
            made.msgstr_plural = dict(old.msgstr_plural) if old is not None and same else {0: "", 1: ""}
        else:
            made.msgstr = old.msgstr if old is not None else ""
        fresh.append(made)
    return fresh


def compiled(catalogue: polib.POFile) -> bytes:
    """The bytes of the ``.mo`` beside it; the same for the same words."""
    content: bytes = catalogue.to_binary()
    return content


# --- Judging ------------------------------------------------------------------------------------------------
def faults(catalogue: polib.POFile, found: polib.POFile) -> list[str]:
    """What is wrong with a catalogue: words missing, left over, unsure, or with other placeholders."""
    known = {key_of(entry): entry for entry in catalogue}
    wanted = {key_of(entry) for entry in found}
    wrong = [f"not in the catalogue: {msgid!r}" for _context, msgid in sorted(wanted - known.keys())]
    wrong += [f"no longer in the source: {msgid!r}" for _context, msgid in sorted(known.keys() - wanted)]
    for entry in catalogue:
        wrong += [f"{fault}: {entry.msgid!r}" for fault in _faults_of(entry)]
    return wrong


def _faults_of(entry: polib.POEntry) -> Iterator[str]:
    if entry.obsolete or entry.fuzzy:
        yield "obsolete or fuzzy"
    if not entry.msgid_plural:
        if not entry.msgstr.strip():
            yield "not translated"
        elif placeholders(entry.msgid) != placeholders(entry.msgstr):
            yield "other placeholders"
        return
    for index, words in sorted(entry.msgstr_plural.items()):
        if not words.strip():
            yield "a plural is not translated"
        # "One person" may leave its number out, as the English singular may.
        allowed = [placeholders(entry.msgid_plural), placeholders(entry.msgid)]
        if placeholders(words) not in (allowed if index == 0 else allowed[:1]):
            yield "other placeholders in a plural"
    if sorted(entry.msgstr_plural) != [0, 1]:
        yield "not two plural forms"


def placeholders(text: str) -> list[str]:
    """What is put into the text or stands round its words, in alphabetical order."""
    return sorted(_PLACEHOLDER.findall(text))
