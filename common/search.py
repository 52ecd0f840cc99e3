"""Search that does not care for accents or case, alike on both databases."""

import unicodedata


def search_key(text: str) -> str:
    """The text as searched: compatibility-decomposed, marks removed, case folded, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())
