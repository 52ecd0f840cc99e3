"""The way to the organisation's OpenID provider and back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url, perform_login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.access import public
from culture_portal.signing_in import openid
from culture_portal.signing_in.admitting import NotAdmitted, admit

SimpleView = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("portal.sign_in")


def where_configured(view: SimpleView) -> SimpleView:
    """Without a provider there is no such address."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.OIDC_ISSUER:
            raise Http404
        if request.user.is_authenticated:
            # By the back button, or from a second window.
            return redirect(settings.LOGIN_REDIRECT_URL)
        return view(request)

    return guarded


@require_POST
@public
@where_configured
def openid_begin(request: HttpRequest) -> HttpResponse:
    """By a button only: a link elsewhere must not be able to sign anybody in as somebody else.

    The page that answers leads on by itself. A redirect would fall under the policy for forms, which browsers
    apply to every further address the provider sends people to.
    """
    attempt = openid.Attempt(next=get_next_redirect_url(request) or "")
    try:
        address = openid.sign_in_address(attempt, back=_way_back())
    except openid.ProviderDown as reason:
        return _provider_down(request, reason)
    openid.remember(request.session, attempt)
    return render(request, "signing_in/openid_leave.html", {"address": address})


@require_GET
@public
@where_configured
def openid_callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider. Whatever is wrong, a page says it kindly and nobody is signed in."""
    attempt = openid.take(request.session, request.GET.get("state", ""))
    if attempt is None:
        return _refused(request, "again", "unknown, used or late state")
    if "error" in request.GET or not request.GET.get("code"):
        cancelled = request.GET.get("error") == "access_denied"
        return _refused(request, "cancelled" if cancelled else "again", "an error of the provider")
    try:
        openid.check_issuer(request.GET.get("iss"))
        identity = openid.identify(request.GET["code"], attempt, back=_way_back())
        person = admit(identity)
    except openid.ProviderDown as reason:
        return _provider_down(request, reason)
    except openid.TokenRefused as reason:
        return _refused(request, "again", str(reason))
    except NotAdmitted as reason:
        return _refused(request, reason.reason, reason.reason)
    record_authentication(request, person, "openid")
    answer: HttpResponse = perform_login(
        request, person, email_verification="none", redirect_url=attempt.next or None
    )
    return answer


def _way_back() -> str:
    return settings.PORTAL_URL + reverse("signing_in:openid-callback")


def _refused(request: HttpRequest, what: str, why: str) -> HttpResponse:
    logger.warning("OpenID sign-in refused: %s", why)
    return render(request, "signing_in/openid_refused.html", {"what": what}, status=403)


def _provider_down(request: HttpRequest, reason: openid.ProviderDown) -> HttpResponse:
    logger.error("The OpenID provider does not answer as it should: %s", reason)
    return render(request, "signing_in/openid_refused.html", {"what": "down"}, status=503)
