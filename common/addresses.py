"""E-mail addresses as stored and compared."""

import unicodedata


def normalise_email(email: str) -> str:
    """NFC, trimmed, lower case."""
    return unicodedata.normalize("NFC", email).strip().lower()
