"""What people see of a cell, in place of what a program left in it."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from common.forms import clean_text


def tidy(text: str) -> str:
    """One line, NFC, single plain spaces, nothing that cannot be shown."""
    # Printable text holds none of what clean_text takes out, and most cells are printable.
    cleaned = unicodedata.normalize("NFC", text) if text.isprintable() else clean_text(text)
    return " ".join(cleaned.split())


def tidied_words(raw: str, cleaned: str) -> str:
    """What ``tidy`` did."""
    if " ".join(raw.split()) == cleaned:
        return _("Spaces were tidied.")
    if unicodedata.normalize("NFC", raw) == cleaned:
        return _("Letters and their accents were joined.")
    return _("Characters that cannot be shown, or odd spaces, were taken out.")
