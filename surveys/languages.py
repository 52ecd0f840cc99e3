"""The languages a survey may be written in. Pure: no database.

Many more than the portal itself speaks: those asked read the questions in their own language, whatever the
words of the buttons around them are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext

# As Django knows them: the official languages of Europe, and the most spoken and written elsewhere.
_CODES = (
    "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es",
    "et", "eu", "fa", "fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is",
    "it", "ja", "ka", "kk", "ko", "lt", "lv", "mk", "mn", "ms", "my", "nb", "ne", "nl",
    "pl", "pt", "pt-br", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th",
    "tr", "uk", "ur", "uz", "vi", "zh-hans", "zh-hant",
)  # fmt: skip
# Django's own list counts Azerbaijani among them, which is written from left to right today.
_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


@dataclass(frozen=True)
class Language:
    """``name`` is its own word for itself, ``in_english`` what Django translates."""

    code: str
    name: str
    in_english: str
    right_to_left: bool

    @property
    def direction(self) -> str:
        return "rtl" if self.right_to_left else "ltr"

    @property
    def label(self) -> str:
        """In its own word, and in the reader's where that is another."""
        here = gettext(self.in_english)
        return self.name if here.casefold() == self.name.casefold() else f"{self.name} ({here})"


def _known(code: str) -> Language:
    info = LANG_INFO[code]
    local = info["name_local"]
    return Language(code, local[:1].upper() + local[1:], info["name"], code in _RIGHT_TO_LEFT)


LANGUAGES: dict[str, Language] = {code: _known(code) for code in _CODES}


def find(code: str) -> Language:
    """The language of a code; one that is not on the list goes by its code, from left to right."""
    return LANGUAGES.get(code) or Language(code, code, code, right_to_left=False)


def choices() -> list[tuple[str, str]]:
    """For a form: by their own words, whatever their script."""
    return [(one.code, one.label) for one in sorted(LANGUAGES.values(), key=lambda one: one.name)]


def closest(wanted: str, offered: Iterable[str]) -> str:
    """Of the offered codes the one to show somebody who reads ``wanted``; empty where there is none.

    ``de-AT`` reads ``de``, and so does the other way round; ``zh-TW`` reads the traditional script.
    """
    codes = {normal(code): code for code in offered}
    asked = _SCRIPTS.get(normal(wanted), normal(wanted))
    if asked in codes:
        return codes[asked]
    base = asked.split("-")[0]
    return codes.get(base) or next((code for key, code in codes.items() if key.split("-")[0] == base), "")


_SCRIPTS = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
}


def normal(code: str) -> str:
    """A code as compared: ``de_AT`` is ``de-at``."""
    return code.strip().lower().replace("_", "-")
