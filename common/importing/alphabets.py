"""Which letters beyond ASCII a language writes, by the encodings its files come in.

Names are too short and too many for the usual guessing by frequent letters: what tells "Dvořák" from "Dvoøák"
is that no language has ø and á in one word. Equals are decided by the order below: common ones first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_GERMAN = "äöüß"
_WESTERN = (
    _GERMAN,
    "àâæçéèêëîïôœùûüÿ",  # French
    "áéíñóúüç",  # Spanish, with names from Portugal and Catalonia
    "áâãàçéêíóôõúü",  # Portuguese
    "àèéìíîòóù",  # Italian
    "áéëïóöüèç",  # Dutch
    "åäöéü",  # Swedish, Finnish
    "æøåéóöä",  # Danish, Norwegian
    "áðéíóúýþæö",  # Icelandic
    "àçèéíïòóúü",  # Catalan
    "äöüšžõ",  # Estonian
)
_CENTRAL = (
    _GERMAN,
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "ąćęłńóśźż",  # Polish
    "áéíóöőúüű",  # Hungarian
    "ăâîşţșț",  # Romanian
    "čćđšž",  # Croatian, Slovene
)
_TURKISH = (_GERMAN, "çğıöşüâîûi̇")
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")

LETTERS_OF: dict[str, tuple[frozenset[str], ...]] = {
    encoding: tuple(frozenset(letters) for letters in languages)
    for encoding, languages in {
        "cp1252": _WESTERN,
        "cp1250": _CENTRAL,
        "cp1254": _TURKISH,
        "cp1257": _BALTIC,
        "iso8859-2": _CENTRAL,
        "iso8859-15": _WESTERN,
        "mac-roman": _WESTERN,
        "cp850": _WESTERN,
    }.items()
}


def _is_of(*scripts: str) -> Callable[[str], bool]:
    return lambda letter: unicodedata.name(letter, "").startswith(scripts)


_is_japanese = _is_of("CJK UNIFIED", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC ITERATION")


def _is_common_chinese(letter: str) -> bool:
    """Of the 6,763 everyday characters; bytes of other encodings meet the many rare ones."""
    try:
        return bool(letter.encode("gb2312"))
    except UnicodeEncodeError:
        return False


# Encodings of other scripts: whether a letter is of theirs.
SCRIPTS_OF: dict[str, Callable[[str], bool]] = {
    "cp1251": _is_of("CYRILLIC"),
    "cp1253": _is_of("GREEK"),
    "cp1256": _is_of("ARABIC"),
    "cp1255": _is_of("HEBREW"),
    "koi8-r": _is_of("CYRILLIC"),
    "iso8859-5": _is_of("CYRILLIC"),
    "iso8859-7": _is_of("GREEK"),
    # Two bytes in one of these are often valid in another.
    "shift-jis": _is_japanese,
    "euc-kr": _is_of("HANGUL", "CJK UNIFIED"),
    "gb18030": _is_common_chinese,
    "big5": _is_of("CJK UNIFIED"),
    "euc-jp": _is_japanese,
}
