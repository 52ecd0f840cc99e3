"""The outbox as an administrator sees it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.paging import keyset_page
from notifications.domain import fencing
from notifications.domain.overseeing import outbox_totals, resend, trust_again
from notifications.forms import ResendForm
from notifications.models import Message, RefusedAddress
from people.requests import AuthedRequest


@require_GET
@needs("notifications.see_outbox")
def outbox(request: HttpRequest) -> HttpResponse:
    """How much of each kind stands where, and the addresses that do not work."""
    refused = keyset_page(
        RefusedAddress.objects.all(), fields=("address", "pk"), after=request.GET.get("after")
    )
    totals = outbox_totals(timezone.now())
    context = {"totals": totals, "refused": refused, "doubt": fencing.open_doubt()}
    return render(request, "notifications/outbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("notifications.resend_messages")
def restore_confirm(request: AuthedRequest) -> HttpResponse:
    """Asks first: mail that left cannot be called back."""
    if request.method != "POST":
        doubt = fencing.open_doubt()
        if doubt is None:
            return redirect("notifications:outbox")
        return render(request, "notifications/restore_confirm.html", {"doubt": doubt})
    held = fencing.confirm(by=request.user)
    if held is None:
        messages.info(request, _("Somebody has confirmed it already. Mail goes out again."))
    else:
        words = ngettext(
            "Mail goes out again within a minute. %(count)d mail stays in doubt.",
            "Mail goes out again within a minute. %(count)d mails stay in doubt.",
            held,
        )
        messages.success(request, words % {"count": held})
    return redirect("notifications:outbox")


@require_POST
@needs("notifications.resend_messages")
def outbox_resend(request: AuthedRequest) -> HttpResponse:
    form = ResendForm(request.POST)
    if form.is_valid():
        state = Message.State(form.cleaned_data["state"])
        _say_how_many(request, resend(kind=form.cleaned_data["kind"], state=state, by=request.user))
    else:
        messages.error(request, _("Nothing was changed: that mail is no longer here."))
    return redirect("notifications:outbox")


@require_POST
@needs("notifications.resend_messages")
def address_trust(request: AuthedRequest, pk: int) -> HttpResponse:
    refused = get_object_or_404(RefusedAddress, pk=pk)
    _say_how_many(request, trust_again(refused=refused, by=request.user))
    return redirect("notifications:outbox")


def _say_how_many(request: HttpRequest, count: int) -> None:
    words = ngettext("%(count)d mail goes once more.", "%(count)d mails go once more.", count)
    messages.success(request, words % {"count": count})
