"""Search that does not care for accents or case, alike on both databases."""

import unicodedata
from typing import TypeVar

from django.db import models

Found = TypeVar("Found", bound="models.QuerySet[models.Model]")


def search_key(text: str) -> str:
    """The text as searched: compatibility-decomposed, marks removed, case folded, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())


def with_every_word(found: Found, words: str) -> Found:
    """Rows whose ``search_text``, kept by ``search_key``, holds every word."""
    for word in search_key(words).split():
        found = found.filter(search_text__contains=word)
    return found
