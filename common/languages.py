"""Which language a page speaks.

Somebody signed in: their own, else what they chose on the sign-in page, else the organisation's (see
``people.middleware``). Everybody else: what they chose by the switch, else what their browser asks for, else
the organisation's. The pages of a respondent begin with the language of the invitation (``surveys``).

The switch is a link to the same page with ``?lang=de``. Nothing is stored but a cookie in the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import trans_real

from common.access import PUBLIC
from common.organisation import current

PARAMETER = "lang"
REMEMBERED_SECONDS = 60 * 60 * 24 * 365
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def supported(code: str) -> str:
    """The portal's language for this code, ``de`` also for ``de-AT``; empty where there is none."""
    try:
        return trans_real.get_supported_language_variant(code.strip().lower().replace("_", "-"))
    except (LookupError, ValueError):
        return ""


def usual() -> str:
    """The organisation's language."""
    return supported(current().language) or settings.LANGUAGE_CODE


def for_request(request: HttpRequest) -> str:
    """What the switch or the browser says, whoever it is."""
    accepted = request.headers.get("Accept-Language", "")
    if not accepted:
        # A machine: it must not need the database.
        return chosen(request) or settings.LANGUAGE_CODE
    return chosen(request) or _first_of_ours(accepted) or usual()


def chosen(request: HttpRequest) -> str:
    """By the switch, now or earlier; empty where it was never used."""
    return supported(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))


def speak(request: HttpRequest, language: str) -> None:
    """From here on the request is answered in this language; nothing happens without one."""
    if language:
        translation.activate(language)
        request.LANGUAGE_CODE = language


def _first_of_ours(accepted: str) -> str:
    for code, _weight in trans_real.parse_accept_lang_header(accepted):
        if code != "*" and (found := supported(code)):
            return found
    return ""


class Languages:
    """Speaks the language of ``for_request`` until somebody knows better, and says so in the headers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(None):
            speak(request, for_request(request))
            response = self.get_response(request)
            if response.headers.get("Content-Type", "").startswith("text/"):
                patch_vary_headers(response, ["Accept-Language", "Cookie"])
                response.headers.setdefault("Content-Language", translation.get_language())
            if wanted := getattr(request, "language_wanted", ""):
                _remember(response, wanted)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """The switch, on pages that are open to everybody. Whoever is signed in has a page for it."""
        if getattr(view, "access", None) == PUBLIC and PARAMETER in request.GET:
            request.language_wanted = supported(request.GET[PARAMETER])  # type: ignore[attr-defined]
            speak(request, request.language_wanted)  # type: ignore[attr-defined]


def _remember(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=REMEMBERED_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


# --- The switch ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Offer:
    """A language in its own word, so that whoever needs it can read it."""

    code: str
    name: str
    url: str
    current: bool


def offers(request: HttpRequest, parameter: str = PARAMETER) -> list[Offer]:
    """Every language, each with the address of this page in it."""
    rest = [(key, value) for key, values in request.GET.lists() for value in values if key != parameter]
    return [
        Offer(
            code=code,
            name=translation.get_language_info(code)["name_local"].capitalize(),
            url=f"{request.path}?{urlencode([*rest, (parameter, code)])}",
            current=code == translation.get_language(),
        )
        for code, _name in settings.LANGUAGES
    ]
