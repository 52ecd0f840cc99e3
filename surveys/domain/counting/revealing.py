"""What in a comment could say who wrote it or whom it means (anonymity.md C2).

The names of the roster are kept in memory for some minutes: a comment costs no statement then. A name
is found as it stands (``Karin Åkesson``, in any case, with or without accents) or by one of its parts where
the part is written like a name. Parts that are also everyday words count only inside a sentence, where a
capital says something.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from common.search import search_key
from people.models import Person

ROSTER_SECONDS = 300
_LONGEST_NAME = 5  # words

_EMAIL = re.compile(r"[^\s@<>()\[\],;:]{1,64}@[^\s@<>()\[\],;:]{1,200}\.[^\W\d_]{2,20}")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|\()?\d(?:[ \t()./-]{0,3}\d){6,14}(?![\w])")
_DATE_OR_DECIMAL = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}|\d{4} ?[-/] ?\d{4}|[1-9]\d*\.\d+"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_APOSTROPHES = str.maketrans("’ʼ", "''")
_SENTENCE_END = re.compile(r"[.!?:;…\n\"“”„«»(]\s*$")

# Names that many sentences begin with.
EVERYDAY_WORDS = frozenset(
    """
    ace amber angel april art august autumn baker banks bell best bill black bloom bond booth bright
    brook brown buck bush butler can carter case chance chase chef christian church clay coach cook
    cooper crew cross dale day dean deal drew early east ernst every faith fair fall field fisher ford
    foster fox frank free fuller gene glen good grace grant gray green hall hand hardy harmony hart he
    heart hill holiday home hope house hunter ill in iris ivy jack jade jan jolly joy judge june
    justice keen key king knight lane law lee light little long love low major man mark marsh mason
    may max mean melody mercy miles miller more most moss my nice noble north offer old olive page
    park parker parson peace pearl penny per pike pool poor pope porter post power price pride prince
    quick rain ray reed rich rob robin rose ruby rush sage salt sam sharp short silver singer small
    smart smith so son south speed spring star steel stone storm strong sue summer swan sweet taylor
    temple the tiger to turner underwood van victory wade walker ward waters way weaver web weber
    wells west white wild will winter wise wolf wood work wright york young alle als am an auch auf
    aus bei beim das dem den der des die du ein eine er es gut hier ich ihr im in ist kaiser klein
    koch kurz lang lange mit nach neu nur oder richter sie so sommer und vogel von vor was weil weiss
    wenn wer wie winter wir wo zu zum
    """.split()
)


@dataclass(frozen=True)
class Finding:
    """Something found in a comment, as it stands there."""

    kind: str  # "name", "email" or "phone"
    words: str


@dataclass(frozen=True)
class Roster:
    """Search keys of the names of everybody who works here."""

    full: frozenset[str]
    parts: frozenset[str]
    # Scripts that put no spaces between words: looked for anywhere in the text.
    unspaced: frozenset[str]


def findings(text: str, roster: Roster) -> list[Finding]:
    """E-mail addresses, telephone numbers and names of the roster, each once, in order."""
    found: dict[Finding, None] = {}
    for match in _EMAIL.finditer(text):
        found[Finding("email", match.group())] = None
    for match in _PHONE.finditer(text):
        if _is_phone(match.group()):
            found[Finding("phone", match.group())] = None
    for name in _names(text, roster):
        found[Finding("name", name)] = None
    return list(found)


def current_roster() -> Roster:
    """The names of today, some minutes old at most."""
    return _roster_of(int(time.monotonic() // ROSTER_SECONDS))


@lru_cache(maxsize=1)
def _roster_of(period: int) -> Roster:
    people = Person.objects.active().order_by()
    return roster_from(people.values_list("given_name", "family_name", "display_name").iterator())


def forget_roster() -> None:
    """Read the names anew at the next comment."""
    _roster_of.cache_clear()


def roster_from(people: Iterable[tuple[str, str, str]]) -> Roster:
    """From given, family and display names."""
    full: set[str] = set()
    parts: set[str] = set()
    unspaced: set[str] = set()
    for given, family, display in people:
        keys = [_key(name) for name in (given, family, display)]
        whole = {keys[2], f"{keys[0]} {keys[1]}", f"{keys[1]} {keys[0]}"}
        full.update(key for key in whole if " " in key.strip())
        parts.update(key for key in keys[:2] if len(key) > 1 and not _is_unspaced(key))
        unspaced.update(key for key in (keys[2].replace(" ", ""),) if len(key) > 1 and _is_unspaced(key))
    return Roster(frozenset(full), frozenset(parts), frozenset(unspaced))


def _key(text: str) -> str:
    return search_key(text).translate(_APOSTROPHES)


def _is_phone(digits: str) -> bool:
    if _DATE_OR_DECIMAL.fullmatch(digits):
        return False
    count = sum(character.isdigit() for character in digits)
    return count >= 9 or digits[0] in "+(0"


def _is_unspaced(key: str) -> bool:
    """Written in Chinese, Japanese, Korean or Thai script."""
    return any(
        "\u0e00" <= letter <= "\u0e7f"
        or "\u1100" <= letter <= "\u11ff"  # Korean, decomposed by the search key
        or "\u3040" <= letter <= "\u30ff"
        or "\u3400" <= letter <= "\u9fff"
        for letter in key
    )


def _names(text: str, roster: Roster) -> Iterator[str]:
    words = list(_WORD.finditer(text))
    keys = [_key(word.group()).removesuffix("'s") for word in words]
    position = 0
    while position < len(words):
        length = _length_of_name(text, words, keys, position, roster)
        if length:
            yield text[words[position].start() : words[position + length - 1].end()]
        position += length or 1
    if roster.unspaced and _is_unspaced(text):
        yield from _unspaced_names(text, roster)


def _length_of_name(
    text: str, words: list[re.Match[str]], keys: list[str], position: int, roster: Roster
) -> int:
    """How many words of a name begin here: the longest that fits, 0 for none."""
    for length in range(min(_LONGEST_NAME, len(words) - position), 0, -1):
        key = " ".join(keys[position : position + length])
        if key in roster.full:
            return length
        if key in roster.parts and _looks_like_name(text, words[position : position + length]):
            return length
    return 0


def _looks_like_name(text: str, words: list[re.Match[str]]) -> bool:
    """Written with a capital that the beginning of a sentence does not explain; other scripts have none."""
    last = words[-1].group()
    if last[0].lower() == last[0].upper():
        return True
    if not last[0].isupper():
        return False
    begins = text[: words[0].start()]
    at_start = not begins.strip() or bool(_SENTENCE_END.search(begins[-4:]))
    return not (at_start and len(words) == 1 and last.casefold() in EVERYDAY_WORDS)


def _unspaced_names(text: str, roster: Roster) -> Iterator[str]:
    """By every stretch of two to six characters: quick whatever the number of people."""
    letters = text.replace(" ", "")
    for start in range(len(letters)):
        for length in range(6, 1, -1):
            stretch = letters[start : start + length]
            if len(stretch) == length and search_key(stretch) in roster.unspaced:
                yield stretch
                break
