"""Languages and zone of a respondent's pages.

What the portal says is in the language they chose there, else the invitation's, else the browser's. The
questions are in the language they chose, else the invitation's, else the browser's, else the survey's own:
a survey may be written in languages the portal does not speak.

A choice stays in the browser, in a cookie that reaches these pages only and says nothing but the language;
the server keeps none of it (anonymity.md S6, S7). On a page with answers the choice is a button of the form,
so that what was typed comes along.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from common import languages as portal
from common.working_time import find_zone
from surveys import languages
from surveys.models import Invitation
from surveys.questionnaire import Questionnaire

# The name of the button, of the parameter, and of the cookie.
FIELD = "language"
COOKIE = "answer-language"
COOKIE_PATH = "/a/"


def speak(request: HttpRequest, invitation: Invitation | None, said: str = "") -> None:
    """``said``: the language button that was pressed, if any."""
    chosen = _known(said, invitation) or _known(request.GET.get(FIELD, ""), invitation)
    before = request.COOKIES.get(COOKIE, "")
    own = invitation.language if invitation else ""
    portal.speak(request, portal.supported(chosen or before) or portal.supported(own))
    if invitation:
        # As in the mail that brought them here.
        zone = invitation.contact.time_zone if invitation.contact else invitation.holder_zone
        timezone.activate(find_zone(zone or ""))
    if chosen:
        request.answer_language = chosen  # type: ignore[attr-defined]


def _known(code: str, invitation: Invitation | None) -> str:
    """A language of the portal or, before the survey is over, of its questions; empty for others."""
    ours = portal.supported(code)
    if ours or not code or invitation is None or invitation.wave.questionnaire_json is None:
        return ours
    return languages.closest(code, invitation.wave.questionnaire.languages)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """The choice made in this request, until the browser is closed."""
    if hasattr(request, "answer_language"):
        response.set_cookie(
            COOKIE,
            request.answer_language,
            path=COOKIE_PATH,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )


# --- The questions ------------------------------------------------------------------------------------------
def questionnaire_for(request: HttpRequest, invitation: Invitation) -> Questionnaire:
    """In the language of ``speak``, as far as it was translated."""
    whole = invitation.wave.questionnaire
    chosen = getattr(request, "answer_language", "") or request.COOKIES.get(COOKIE, "")
    accepted = trans_real.parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    for wanted in (chosen, invitation.language, *(code for code, _weight in accepted)):
        if wanted and (found := languages.closest(wanted, whole.languages)):
            return whole.in_language(found)
    return whole


@dataclass(frozen=True)
class Offer:
    """A language in its own word, so that whoever needs it can read it."""

    code: str
    name: str
    current: bool


def offers(whole: Questionnaire, shown: Questionnaire) -> list[Offer]:
    """Those of the questions and those of the portal; ``shown`` is ``whole`` in the language of now."""
    spoken = translation.get_language()
    # Where the portal speaks it too, the page is in one language, and that is it.
    now = shown.language if shown.language and not portal.supported(shown.language) else spoken
    codes = [code for code in whole.languages if code]
    codes += [code for code, _name in settings.LANGUAGES if not languages.closest(code, codes)]
    here = languages.closest(now or "", codes)
    return [Offer(code, languages.find(code).name, code == here) for code in codes]
