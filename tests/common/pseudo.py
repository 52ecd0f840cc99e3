"""A language in which every translated word stands in brackets: what has none was never translated.

It is made of the words of our German catalogue and of those of the libraries, so that only data and words
nobody wrapped stand outside. Placeholders stay outside of the brackets too: what is put in must be bracketed
by itself, or be data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import polib
from django.conf import settings
from django.test import override_settings
from django.utils import formats, translation

from culture_portal.catalogues import catalogue_path

OPEN, CLOSE = "⟦", "⟧"
LIBRARIES = ("django", "allauth", "crispy_forms", "crispy_bootstrap5")
# What must be carried through as it is: placeholders, markup, entities.
_KEEP = re.compile(r"(%\(\w+\)[#0-9.]*[a-z]|%[a-z%]|\{\w*\}|<[^>]+>|&\w+;)")


def pseudo(words: str) -> str:
    """The words in brackets, what is put into them outside."""
    parts = _KEEP.split(words)
    return "".join(
        f"{OPEN}{part}{CLOSE}" if not at % 2 and part.strip() else part for at, part in enumerate(parts)
    )


@contextmanager
def speaking_pseudo(code: str, folder: Path) -> Iterator[None]:
    """The portal has one more language, spoken inside; ``folder`` holds its catalogue meanwhile."""
    target = folder / code / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    target.write_bytes(_catalogue(code).to_binary())
    with override_settings(
        LANGUAGES=[*settings.LANGUAGES, (code, "Pseudo")],
        LOCALE_PATHS=[folder, *settings.LOCALE_PATHS],
        FORMAT_MODULE_PATH=[*settings.FORMAT_MODULE_PATH, "tests.common.pseudo_formats"],
    ):
        formats.reset_format_cache()
        try:
            with translation.override(code):
                yield
        finally:
            formats.reset_format_cache()
    formats.reset_format_cache()


def _catalogue(code: str) -> polib.POFile:
    made = polib.POFile()
    made.metadata = {
        "Language": code,
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    seen = set()
    for entry in _entries():
        key = (entry.msgctxt, entry.msgid)
        if key in seen or not entry.msgid:
            continue
        seen.add(key)
        one = polib.POEntry(msgctxt=entry.msgctxt, msgid=entry.msgid, msgid_plural=entry.msgid_plural)
        if entry.msgid_plural:
            one.msgstr_plural = {0: pseudo(entry.msgid), 1: pseudo(entry.msgid_plural)}
        else:
            one.msgstr = pseudo(entry.msgid)
        made.append(one)
    return made


def _entries() -> Iterator[polib.POEntry]:
    yield from polib.pofile(str(catalogue_path("de")))
    for name in LIBRARIES:
        spec = find_spec(name)
        if spec and spec.origin:
            for path in sorted(Path(spec.origin).parent.rglob("locale/de/LC_MESSAGES/django.po")):
                yield from (entry for entry in polib.pofile(str(path)) if not entry.obsolete)


# --- Reading a page -----------------------------------------------------------------------------------------
_READ_ALOUD = {"alt", "title", "aria-label", "placeholder", "data-part", "data-missing", "data-words"}


class _Words(HTMLParser):
    """Everything on the page that somebody sees or hears, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.pieces += [value for name, value in values.items() if name in _READ_ALOUD]
        if tag == "input" and values.get("type") in {"submit", "button"}:
            self.pieces.append(values.get("value", ""))
        unread = tag in {"script", "style", "textarea", "svg"} or ("lang" in values and tag != "html")
        # Initials beside a name.
        unread = unread or values.get("aria-hidden") == "true"
        if (self._silent and tag == self._silent[-1]) or unread:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.pieces.append(data)


def pieces_of(html: str) -> list[str]:
    page = _Words()
    page.feed(html)
    return page.pieces


_WORD = re.compile(r"[^\W\d_]{2,}")
# Read the same in every language, or are names of their own: addresses, time zones, columns, formats.
_SAME = re.compile(
    r"https?://\S+|\b[\w.+-]+@[\w.-]+|\{\w+\}|\b[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+\b"
    r"|\b(?:[a-z_]+, )+[a-z_]+,?$"  # names of columns
    r"|\b(?:CSV|XLSX|PNG|JPEG|WebP|SVG|NPS|UTC|GMT|BST|UTF-8|MB|Pseudo)\b"
)


def unbracketed(pieces: list[str], data: re.Pattern[str]) -> list[str]:
    """What stands outside every bracket and is not ``data``."""
    wrong, depth = [], 0
    for piece in pieces:
        outside = ""
        for character in piece:
            depth += (character == OPEN) - (character == CLOSE)
            outside += character if depth == 0 and character != CLOSE else " "
        rest = data.sub(" ", _SAME.sub(" ", " ".join(outside.split())))
        if _WORD.search(rest):
            wrong.append(" ".join(outside.split()))
    return wrong
