"""Sign-in and security: one's own address, password and open sessions."""

from __future__ import annotations

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.forms import SetPasswordForm
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import audit
from common.access import signed_in
from culture_portal.signing_in import second_factor, throttling
from culture_portal.signing_in.confirming import confirmed_lately
from culture_portal.signing_in.forms import AddressForm
from culture_portal.signing_in.middleware import before_second_factor
from people.domain import changing, changing_address, keeping_sessions
from people.domain.changing import NotPossible
from people.requests import AuthedRequest


@require_GET
@signed_in
def security(request: AuthedRequest) -> HttpResponse:
    context = {
        "sessions": request.user.signed_in_sessions.all(),
        "this_session": request.session.session_key,
        "has_password": request.user.has_usable_password(),
        "has_second_factor": second_factor.is_set_up(request.user),
    }
    return render(request, "account/security.html", context)


# --- Confirming that it is them -----------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@before_second_factor
def confirm(request: HttpRequest) -> HttpResponseBase:
    """By password, else by a code; who has neither signs in again where they signed in."""
    if not get_adapter().get_reauthentication_methods(request.user):
        return render(request, "account/reauthenticate_elsewhere.html")
    answer: HttpResponseBase = account_views.reauthenticate(request)
    return answer


# --- Password -----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@sensitive_post_parameters("password1", "password2")
@confirmed_lately
def password_change(request: AuthedRequest) -> HttpResponse:
    """Everywhere else they are signed out; here they go on."""
    form = SetPasswordForm(user=request.user, data=request.POST if request.method == "POST" else None)
    if form.is_valid():
        changing.set_password(request.user, form.cleaned_data["password1"], but=request.session.session_key)
        update_session_auth_hash(request, request.user)
        keeping_sessions.note(request, request.user, now=timezone.now())
        messages.success(request, _("Your new password is set. Everywhere else you are signed out."))
        return redirect("signing_in:security")
    status = 422 if request.method == "POST" else 200
    return render(request, "account/password_change.html", {"form": form}, status=status)


# --- Address ------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@confirmed_lately
def address_change(request: AuthedRequest) -> HttpResponse:
    """Sends a link to the new address; until it is opened, nothing changes."""
    form = AddressForm(request.POST if request.method == "POST" else None, person=request.user)
    if form.is_valid():
        if wait := throttling.may_mail_address(request.user):
            return throttling.too_often(request, wait)
        address = form.cleaned_data["email"]
        changing_address.queue_confirmation(request.user, address, now=timezone.now())
        return render(request, "account/address_asked.html", {"address": address})
    status = 422 if request.method == "POST" else 200
    return render(request, "account/address_change.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def address_confirm(request: AuthedRequest, token: str) -> HttpResponse:
    """The link of the mail. Mail scanners open links, so a button changes the address."""
    change = changing_address.read_token(token, request.user, now=timezone.now())
    if change is None:
        return render(request, "account/address_expired.html")
    if request.method != "POST":
        return render(request, "account/address_confirm.html", {"address": change.address})
    try:
        changing_address.change_address(change, but=request.session.session_key, now=timezone.now())
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("From now on you sign in with your new address, and we write there."))
    return redirect("signing_in:security")


# --- Sessions -----------------------------------------------------------------------------------------------
@require_POST
@signed_in
def session_end(request: AuthedRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(request.user.signed_in_sessions, pk=pk)
    if keeping_sessions.end(session_keys=[session.session_id]):
        audit.record(by=request.user, action="person.session_ended", obj=request.user, number=1)
        messages.success(request, _("That device is signed out."))
    return redirect("signing_in:security")


@require_POST
@signed_in
def session_end_others(request: AuthedRequest) -> HttpResponse:
    ended = keeping_sessions.end_of_people([request.user.pk], but=request.session.session_key)
    if ended:
        audit.record(by=request.user, action="person.session_ended", obj=request.user, number=ended)
    text = ngettext("%(n)s other device is signed out.", "%(n)s other devices are signed out.", ended)
    messages.success(request, text % {"n": ended} if ended else _("You are signed in nowhere else."))
    return redirect("signing_in:security")
