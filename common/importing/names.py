"""Whole names in one cell, also with the family name in front: "LAST, FIRST M".

No letter is lost and none changes its case: whoever imports sees what was read and may correct the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_COMMA = re.compile(r"\s*[,،，]\s*")
# Words that belong to the family name behind them.
_PARTICLES = frozenset(
    "af al bin bint d' da das de degli dei del della den der di do dos du el ibn la las le les lo los op st "
    "st. t 't te ten ter tot und van vom von y zu zum zur".split()
)
_GENERATIONS = frozenset("jr sr ii iii iv v junior senior filho neto júnior".split())
_TITLES = frozenset(
    "phd ph.d dphil md m.d mba ma m.a msc m.sc ba b.a bsc b.sc dba llm ll.m jd j.d esq cpa frcp dipl.-ing "
    "dr prof pe rn".split()
)


@dataclass(frozen=True)
class Name:
    """``suffix`` belongs to neither: "Jr." or "PhD"; ``display`` is how the person is called."""

    given: str
    family: str
    suffix: str = ""

    @property
    def display(self) -> str:
        whole = " ".join(filter(None, (self.given, self.family)))
        if not self.suffix:
            return whole
        # "John Smith Jr.", but "Jane Smith, PhD".
        return f"{whole}{' ' if _is_generation(self.suffix) else ', '}{self.suffix}"


def mostly_reversed(names: Iterable[str]) -> bool:
    """Whether most of these are written with the family name in front, then a comma."""
    filled = reversed_names = 0
    for name in names:
        if name:
            filled += 1
            parts = _parts(name)
            reversed_names += len(parts) > 1
    return reversed_names * 2 > filled


def split_name(text: str, *, family_first: bool) -> Name:
    """The parts of a whole name; ``family_first`` says how names with a comma are meant in this file."""
    parts, suffixes = _without_suffixes(text)
    if family_first and len(parts) > 1:
        given, family = " ".join(parts[1:]), parts[0]
        family, own = _without_last_suffix(family)
        given, given_own = _without_last_suffix(given)
        given, particles = _particles_behind(given)
        return Name(given, f"{particles} {family}".strip(), ", ".join([*given_own, *own, *suffixes]))
    whole, own = _without_last_suffix(" ".join(parts))
    given, family = _at_family(whole)
    return Name(given, family, ", ".join([*own, *suffixes]))


def _parts(text: str) -> list[str]:
    """What stands between commas, without suffixes."""
    return _without_suffixes(text)[0]


def _without_suffixes(text: str) -> tuple[list[str], list[str]]:
    parts = [part for part in _COMMA.split(text.strip()) if part]
    suffixes = [part for part in parts[1:] if _is_suffix(part)]
    return [part for place, part in enumerate(parts) if place == 0 or not _is_suffix(part)], suffixes


def _without_last_suffix(text: str) -> tuple[str, list[str]]:
    """ "Smith Jr." apart. A name of one word is nobody's suffix."""
    before, _space, last = text.rpartition(" ")
    # A lone V is more often somebody's middle name.
    if before and _is_suffix(last) and last != "V":
        return before, [last]
    return text, []


def _is_suffix(word: str) -> bool:
    return _is_generation(word) or all(_bare(each) in _TITLES for each in word.split())


def _is_generation(word: str) -> bool:
    return _bare(word) in _GENERATIONS


def _bare(word: str) -> str:
    return word.rstrip(".").casefold()


def _particles_behind(given: str) -> tuple[str, str]:
    """ "Berg, Jan van der": the particles belong in front of Berg."""
    words = given.split()
    kept = len(words)
    # In small letters only: "DE" or "La" may be a given name.
    while kept > 1 and words[kept - 1] in _PARTICLES:
        kept -= 1
    return " ".join(words[:kept]), " ".join(words[kept:])


def _at_family(whole: str) -> tuple[str, str]:
    """The last word is the family name, with the particles in front of it."""
    words = whole.split()
    if len(words) < 2:
        return whole, ""
    at = len(words) - 1
    while at > 1 and words[at - 1].casefold() in _PARTICLES:
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])
