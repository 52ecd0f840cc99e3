"""From bytes to text: what the file says of its encoding, else what its letters say."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.importing.alphabets import LETTERS_OF, SCRIPTS_OF
from common.importing.problems import UnreadableFile

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# What may be chosen; those that are guessed come in the order in which equals win.
ENCODINGS: dict[str, _StrPromise] = {
    "utf-8": gettext_lazy("Unicode (UTF-8)"),
    "utf-16-le": gettext_lazy("Unicode (UTF-16)"),
    "utf-16-be": gettext_lazy("Unicode (UTF-16, big-endian)"),
    "utf-32": gettext_lazy("Unicode (UTF-32)"),
    "cp1252": gettext_lazy("Western European (Windows-1252)"),
    "cp1250": gettext_lazy("Central European (Windows-1250)"),
    "cp1254": gettext_lazy("Turkish (Windows-1254)"),
    "cp1257": gettext_lazy("Baltic (Windows-1257)"),
    "cp1251": gettext_lazy("Cyrillic (Windows-1251)"),
    "cp1253": gettext_lazy("Greek (Windows-1253)"),
    "cp1256": gettext_lazy("Arabic (Windows-1256)"),
    "cp1255": gettext_lazy("Hebrew (Windows-1255)"),
    "iso8859-15": gettext_lazy("Western European (ISO 8859-15)"),
    "iso8859-2": gettext_lazy("Central European (ISO 8859-2)"),
    "mac-roman": gettext_lazy("Western European (Mac)"),
    "cp850": gettext_lazy("Western European (DOS)"),
    "koi8-r": gettext_lazy("Cyrillic (KOI8-R)"),
    "iso8859-5": gettext_lazy("Cyrillic (ISO 8859-5)"),
    "iso8859-7": gettext_lazy("Greek (ISO 8859-7)"),
    "shift-jis": gettext_lazy("Japanese (Shift JIS)"),
    "euc-jp": gettext_lazy("Japanese (EUC)"),
    "euc-kr": gettext_lazy("Korean (EUC)"),
    "gb18030": gettext_lazy("Chinese (GB 18030)"),
    "big5": gettext_lazy("Chinese (Big5)"),
}
# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Python's names where ours are those people read.
_CODECS = {"shift-jis": "cp932"}
# Above this share of NUL or other control characters it is another encoding, or no text at all.
_CONTROL_SHARE = 0.01
_FEW_CONTROLS = 4
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_BETWEEN_WORDS = re.compile(r"[\x00-@\[-`{-\x7f\u00a0]+")
# After a small letter, or before one and after a capital.
_ODD_SHAPE = re.compile("[ab]B|[AB]B[ab]|B[AB][ab]")
# So many bytes of rows with letters beyond ASCII are enough to judge by.
_JUDGED = 100_000


@dataclass(frozen=True)
class Decoded:
    text: str
    encoding: str
    # True where nothing in the file says so, only its letters.
    is_guess: bool = False


def decode(raw: bytes, encoding: str = "") -> Decoded:
    """The text of a file without NUL, in the encoding chosen or else found. Raises UnreadableFile."""
    decoded = _as_chosen(raw, encoding) if encoding else _as_found(raw)
    text = decoded.text.removeprefix("\ufeff")
    if len(_CONTROLS.findall(text)) > _FEW_CONTROLS + len(text) * _CONTROL_SHARE:
        raise UnreadableFile(_("This is not a table. Please save it as an Excel workbook or a CSV file."))
    text = text.replace("\0", "")
    if not text.strip():
        raise UnreadableFile(_("This file is empty."))
    return Decoded(text, decoded.encoding, decoded.is_guess)


def _as_chosen(raw: bytes, encoding: str) -> Decoded:
    if encoding not in ENCODINGS:
        raise UnreadableFile(_("We do not know this encoding."))
    text = _strictly(raw, encoding)
    if text is None:
        message = _("This file is not in the encoding “%(name)s”. Please choose another one.")
        raise UnreadableFile(message % {"name": ENCODINGS[encoding]})
    return Decoded(text, encoding)


def _as_found(raw: bytes) -> Decoded:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            name = "utf-32" if "32" in encoding else encoding
            return Decoded(_or_refused(raw[len(mark) :], encoding), name)
    if utf16 := _utf16_without_mark(raw):
        return Decoded(_or_refused(raw, utf16), utf16, is_guess=True)
    if (text := _strictly(raw, "utf-8")) is not None:
        return Decoded(text, "utf-8")
    if _is_mostly_utf8(raw):
        return Decoded(_or_refused(raw, "utf-8"), "utf-8")
    encoding = _by_letters(raw)
    return Decoded(_or_refused(raw, encoding), encoding, is_guess=True)


def _strictly(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError:
        return None


def _or_refused(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            _("The letters in line %(line)s cannot be read. Please save the file as “CSV UTF-8”.")
            % {"line": line}
        ) from error


def _utf16_without_mark(raw: bytes) -> str:
    """The one of the two under which ASCII letters stand where they should; empty for neither."""
    sample = raw[: _JUDGED - _JUDGED % 2]
    if len(raw) % 2 or sample.count(0) <= len(sample) // 20:
        return ""
    # Where one of two bytes is NUL it is ASCII; in scripts beyond it line ends and delimiters still are.
    high, low = sample[1::2].count(0), sample[0::2].count(0)
    if min(high, low) > max(high, low) // 20:
        return ""
    return "utf-16-le" if high > low else "utf-16-be"


def _is_mostly_utf8(raw: bytes) -> bool:
    """UTF-8 with some broken bytes, rather than an encoding of one byte a letter."""
    text = raw.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= letter <= "\udcff" for letter in text)
    sound = sum(letter > "\x7f" for letter in text) - broken
    return sound > 4 * broken


def _by_letters(raw: bytes) -> str:
    """The encoding under which most words are spelled as in some language that uses it."""
    sample = b"\n".join(_lines_to_judge(raw))
    best, best_score = "cp1252", -1.0
    for encoding in (*LETTERS_OF, *SCRIPTS_OF):
        text = _strictly(sample, encoding)
        if text is None or _strictly(raw, encoding) is None:
            continue
        words = {word for word in _BETWEEN_WORDS.split(text) if not word.isascii()}
        score = sum(_spelled(word, encoding) for word in words) / max(len(words), 1)
        if score > best_score:
            best, best_score = encoding, score
    # Every byte is a letter of this one; a file that fits nothing else is shown in it, and asked about.
    return best if best_score >= 0 else "mac-roman"


def _lines_to_judge(raw: bytes) -> Iterator[bytes]:
    left = _JUDGED
    for line in re.split(rb"[\r\n]+", raw):
        if not line.isascii():
            yield line
            left -= len(line)
            if left < 0:
                return


def _spelled(word: str, encoding: str) -> float:
    """1 for a word of some language of this encoding, less the odder it looks."""
    letters = {letter for letter in word.strip("’‘“”„…–—«»€©®") if not letter.isascii()}
    if not letters:
        return 0.5
    if not all(unicodedata.category(letter)[0] == "L" for letter in letters) or _changes_case(word):
        return 0.0
    if encoding in SCRIPTS_OF:
        script = SCRIPTS_OF[encoding]
        if any(letter.isascii() and letter.isalpha() for letter in word) or not all(map(script, letters)):
            return 0.0
        # Names begin with a capital, where the script has them.
        return 0.6 if word[0].islower() else 1.0
    small = {letter.lower()[0] for letter in letters}
    return 1.0 if any(small <= alphabet for alphabet in LETTERS_OF[encoding]) else 0.1


def _changes_case(word: str) -> bool:
    """A capital beyond ASCII where none is written: "JŸrgen", "иВАН"."""
    shape = "".join(
        ("A" if letter.isupper() else "a") if letter.isascii() else ("B" if letter.isupper() else "b")
        for letter in word
    )
    return _ODD_SHAPE.search(shape) is not None
