"""The two halves of a mail, and how a page of the portal shows it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Literal, cast

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from notifications.kinds import Mail

_FOLLOWS_THE_READER = "(prefers-color-scheme: dark)"
# A screen never prints, so that the dark half holds always or never.
_THEMES = {"light": "print", "dark": "screen"}


def as_html(mail: Mail, *, unsubscribe_url: str = "", preferences_url: str = "") -> str:
    ways_out = {"unsubscribe_url": unsubscribe_url, "preferences_url": preferences_url}
    return render_to_string(f"{mail.template}.html", {**mail.words, **ways_out})


def as_text(mail: Mail, *, unsubscribe_url: str = "", preferences_url: str = "") -> str:
    """Template tags leave empty lines behind; at most one stays between two paragraphs."""
    ways_out = {"unsubscribe_url": unsubscribe_url, "preferences_url": preferences_url}
    text = render_to_string(f"{mail.template}.txt", {**mail.words, **ways_out})
    lines: list[str] = []
    for line in text.strip().splitlines():
        kept = "-- " if line == "-- " else line.rstrip()
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines) + "\n"


def as_mail_program(
    request: HttpRequest, mail: Mail, *, theme: Literal["light", "dark", ""] = "", unsubscribe_url: str = ""
) -> HttpResponse:
    """In the reader's own theme unless one is named."""
    html = as_html(mail, unsubscribe_url=unsubscribe_url)
    if theme:
        html = html.replace(_FOLLOWS_THE_READER, _THEMES[theme])
        html = html.replace('content="light dark"', f'content="{theme}"', 1)
    response = HttpResponse(html)
    # A mail brings its style along, because no mail program loads ours; the policy names exactly that one.
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256((style[1] if style else "").encode()).digest()).decode()
    allow = csp_update({"style-src": [f"'sha256-{digest}'"]})
    return cast("HttpResponse", allow(lambda _request: response)(request))
