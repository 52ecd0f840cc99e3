"""What people do with their own second factor, and administrators with that of somebody who lost it."""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.utils import decrypt, encrypt
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs, signed_in
from culture_portal.signing_in import second_factor
from culture_portal.signing_in.confirming import confirmed_lately
from culture_portal.signing_in.forms import SetUpForm
from culture_portal.signing_in.middleware import before_second_factor
from culture_portal.signing_in.qr_code import QRCode
from people.models import Person
from people.requests import AuthedRequest

# The key of an app that is being set up, sealed, and until when fresh recovery codes may be read.
_SECRET, _CODES_UNTIL = "second_factor_secret", "second_factor_codes_until"
_CODES_SECONDS = 10 * 60


@require_GET
@signed_in
def overview(request: AuthedRequest) -> HttpResponse:
    context = {
        "is_set_up": second_factor.is_set_up(request.user),
        "is_required": second_factor.is_required_of(request.user),
        "codes_left": len(second_factor.unused_codes(request.user)),
    }
    return render(request, "signing_in/second_factor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@before_second_factor
@confirmed_lately
def add(request: AuthedRequest) -> HttpResponse:
    """Show the key to an app, and take its first code as proof that it holds the key."""
    if second_factor.is_set_up(request.user):
        return redirect("signing_in:second-factor")
    secret = _secret_under_way(request)
    form = SetUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if second_factor.add(request.user, secret, form.cleaned_data["code"], now=timezone.now()):
            del request.session[_SECRET]
            record_authentication(request, request.user, "mfa", type="totp", reauthenticated=True)
            return _show_codes(request)
        form.add_error("code", get_adapter().validation_error("incorrect_code"))
    address = get_adapter().build_totp_url(request.user, secret)
    context = {
        "form": form,
        "is_required": second_factor.is_required_of(request.user),
        "address": address,
        "picture": QRCode(address),
        # In groups of four, as people read it out to themselves.
        "key_words": [secret[start : start + 4] for start in range(0, len(secret), 4)],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "signing_in/second_factor_add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@confirmed_lately
def remove(request: AuthedRequest) -> HttpResponse:
    """Asks first. Where it is required, the page that sets up a new one comes next."""
    if not second_factor.is_set_up(request.user):
        return redirect("signing_in:second-factor")
    if request.method != "POST":
        context = {"is_required": second_factor.is_required_of(request.user)}
        return render(request, "signing_in/second_factor_remove.html", context)
    second_factor.remove(request.user, now=timezone.now())
    messages.success(request, _("Removed. Signing in asks for no code any more."))
    return redirect("signing_in:second-factor")


@require_GET
@signed_in
@before_second_factor
def recovery_codes(request: AuthedRequest) -> HttpResponse:
    """The codes themselves are shown in the session that made them, until they are kept or ten minutes on."""
    if not _codes_may_be_read(request):
        return redirect("signing_in:second-factor")
    codes = second_factor.unused_codes(request.user)
    return render(request, "signing_in/recovery_codes.html", {"codes": codes})


@require_GET
@signed_in
@before_second_factor
def recovery_codes_text(request: AuthedRequest) -> HttpResponse:
    if not _codes_may_be_read(request):
        raise Http404
    codes = second_factor.unused_codes(request.user)
    answer = render(
        request, "signing_in/recovery_codes.txt", {"codes": codes}, content_type="text/plain; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return answer


@require_POST
@signed_in
@before_second_factor
def recovery_codes_kept(request: AuthedRequest) -> HttpResponse:
    """Not to be read again."""
    request.session.pop(_CODES_UNTIL, None)
    return redirect("signing_in:second-factor")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@confirmed_lately
def recovery_codes_renew(request: AuthedRequest) -> HttpResponse:
    """Asks first: those on paper open nothing any more."""
    if not second_factor.is_set_up(request.user):
        return redirect("signing_in:second-factor")
    if request.method != "POST":
        return render(request, "signing_in/recovery_codes_renew.html")
    second_factor.renew_codes(request.user, now=timezone.now())
    return _show_codes(request)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.reset_second_factor")
@confirmed_lately
def reset(request: AuthedRequest, pk: int) -> HttpResponse:
    """For somebody who has lost phone and codes. Asks first; never for oneself."""
    person = get_object_or_404(Person, pk=pk)
    if person.pk == request.user.pk:
        return redirect("signing_in:second-factor")
    if request.method != "POST":
        return render(request, "signing_in/second_factor_reset.html", {"person": person})
    if second_factor.reset(person, by=request.user, now=timezone.now()):
        messages.success(request, _("Reset. %(name)s gets a mail about it.") % {"name": person})
    else:
        messages.info(request, _("%(name)s has no second factor.") % {"name": person})
    return redirect(person)


def _secret_under_way(request: AuthedRequest) -> str:
    """The same key until its first code came: a mistyped one, or a second window, starts nothing anew."""
    try:
        return str(decrypt(request.session[_SECRET]))
    except (KeyError, second_factor.Unreadable):
        secret = second_factor.new_secret()
        request.session[_SECRET] = encrypt(secret)
        return secret


def _show_codes(request: AuthedRequest) -> HttpResponse:
    request.session[_CODES_UNTIL] = time.time() + _CODES_SECONDS
    return redirect("signing_in:recovery-codes")


def _codes_may_be_read(request: AuthedRequest) -> bool:
    return bool(time.time() < request.session.get(_CODES_UNTIL, 0))
