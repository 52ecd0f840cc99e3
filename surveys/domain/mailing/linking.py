"""The link of one respondent: a handle, and beside it the proof that we made the link (anonymity.md S6).

Where the respondent works here, the proof holds their ``Person.link_stamp`` and says which one: a link is
checked without a look at the database when it is fetched, and again with one when the page opens. A stamp
that has moved on (they left, changed password or address) makes every link mailed before open nothing.
"""

from __future__ import annotations

from django.urls import reverse

from common import links
from people.models import Person

LINK = "answer"
COOKIE = "answer-cookie"


def answer_path(handle: str, stamp: int) -> str:
    """Where one respondent's questionnaire opens, without the host; worked out each time, kept nowhere."""
    return reverse("surveys:answer-link", args=[handle, prove(LINK, handle, stamp)])


def stamp_of(person: Person | None) -> int:
    """Contacts outside have none."""
    return person.link_stamp if person else 0


def prove(purpose: str, handle: str, stamp: int) -> str:
    """``"3.<mac>"``; the first stamp, 0, is left out."""
    mac = links.mint(purpose, _stamped(handle, stamp))
    return f"{stamp}.{mac}" if stamp else mac


def read_stamp(purpose: str, handle: str, proof: str) -> int | None:
    """The stamp a proof was made with; None where it is no proof of ours."""
    digits, dot, mac = proof.rpartition(".")
    if dot and not (
        digits.isascii() and digits.isdigit() and len(digits) < 10 and not digits.startswith("0")
    ):
        return None
    stamp = int(digits) if dot else 0
    return stamp if links.verify(purpose, _stamped(handle, stamp), mac) else None


def _stamped(handle: str, stamp: int) -> str:
    # No handle holds a dot, so none can be taken for another with a stamp.
    return f"{handle}.{stamp}" if stamp else handle
