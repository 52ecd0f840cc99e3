"""No field without a word on what it is, why it is kept and how long; no word without its field."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from common import erasing, retention


@register()
def check_every_personal_field_has_a_rule(**kwargs: Any) -> list[CheckMessage]:
    try:
        kept = retention.current()
    except retention.BadFile as error:
        return [Error(str(error), hint="PORTAL_RETENTION_FILE names it.", id="common.E006")]
    errors: list[CheckMessage] = [
        Error(
            f"{name} has no line in {settings.RETENTION_FILE}.",
            hint="Say what it is, why it is kept and how long, or that it says nothing of anybody.",
            id="common.E004",
        )
        for name in retention.missing_lines(kept)
    ]
    errors += [
        Error(f"{name} has a line in {settings.RETENTION_FILE} and is gone.", id="common.E005")
        for name in retention.left_over_lines(kept)
    ]
    errors += [
        Error(f"In {settings.RETENTION_FILE} {words}.", id="common.E006")
        for words in retention.mistakes(kept, erasing.subjects())
    ]
    return errors
