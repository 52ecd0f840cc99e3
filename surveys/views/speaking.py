"""Language and zone of a respondent's pages. The language is what they chose there, else the
invitation's, else the browser's.

A choice stays in the browser, in a cookie that reaches these pages only and says nothing but the language;
the server keeps none of it (anonymity.md S6, S7). On a page with answers the choice is a button of the form,
so that what was typed comes along.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from common import languages
from common.working_time import find_zone
from surveys.models import Invitation

# The name of the button, of the parameter, and of the cookie.
FIELD = "language"
COOKIE = "answer-language"
COOKIE_PATH = "/a/"


def speak(request: HttpRequest, invitation: Invitation | None, said: str = "") -> None:
    """``said``: the language button that was pressed, if any."""
    chosen = languages.supported(said) or languages.supported(request.GET.get(FIELD, ""))
    before = languages.supported(request.COOKIES.get(COOKIE, ""))
    own = languages.supported(invitation.language) if invitation else ""
    languages.speak(request, chosen or before or own)
    if invitation:
        # As in the mail that brought them here.
        zone = invitation.contact.time_zone if invitation.contact else invitation.holder_zone
        timezone.activate(find_zone(zone or ""))
    if chosen:
        request.answer_language = chosen  # type: ignore[attr-defined]


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """The choice made in this request, until the browser is closed."""
    if hasattr(request, "answer_language"):
        response.set_cookie(
            COOKIE,
            translation.get_language(),
            path=COOKIE_PATH,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
