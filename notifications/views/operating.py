"""The outbox as an administrator sees it, and what they do about it by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.paging import keyset_page
from notifications.domain import fencing, overseeing, refusing
from notifications.domain.overseeing import KindTotals, Standing, outbox_totals
from notifications.forms.operating import ByHandForm, OutboxFilter
from notifications.models import Message, MessageQuerySet
from people.requests import AuthedRequest


@require_GET
@needs("notifications.see_outbox")
def outbox(request: HttpRequest) -> HttpResponse:
    """How much of each kind stands where, and why."""
    now = timezone.now()
    context = {
        "totals": outbox_totals(now),
        "standings": list(Standing),
        "now": now,
        "doubt": fencing.open_doubt(),
        "refused": refusing.in_use().count(),
    }
    return render(request, "notifications/outbox.html", context)


@require_GET
@needs("notifications.see_outbox")
def outbox_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """The mail of one kind, newest first; confidential mail is never among it."""
    now = timezone.now()
    theirs = _shown_to_operators().filter(kind=kind)
    form = OutboxFilter(request.GET)
    page = keyset_page(
        form.narrow(theirs, now).select_related("person"),
        fields=("-due", "-pk"),
        after=request.GET.get("after"),
    )
    if not page.rows and not theirs.exists():
        raise Http404
    context = {
        "kind": kind,
        "label": overseeing.label_of(kind),
        "form": form,
        "page": page,
        "rows": [_Row(message, overseeing.standing_of(message, now)) for message in page.rows],
    }
    return render(request, "notifications/outbox_kind.html", context, status=200 if form.is_valid() else 422)


def _shown_to_operators() -> MessageQuerySet:
    return Message.objects.filter(confidential=False)


_LOOKS = {
    Standing.FAILED: ("bad", "alert"),
    Standing.IN_DOUBT: ("care", "help"),
    Standing.SENT: ("good", "check"),
}


@dataclass(frozen=True)
class _Row:
    message: Message
    standing: Standing

    @property
    def why(self) -> str:
        return str(Message.Reason(self.message.reason).label) if self.message.reason else ""

    @property
    def who(self) -> str:
        return self.message.person.display_name if self.message.person else self.message.address

    @property
    def tone(self) -> str:
        return _LOOKS.get(self.standing, ("", ""))[0]

    @property
    def icon(self) -> str:
        return _LOOKS.get(self.standing, ("", ""))[1]

    @property
    def may_go_again(self) -> bool:
        return self.standing in overseeing.MAY_GO_AGAIN

    @property
    def may_be_cancelled(self) -> bool:
        # What a mail server is being given can no longer be held back.
        return self.standing in overseeing.MAY_BE_CANCELLED and self.message.state != Message.State.SENDING


# --- By hand: a kind as a whole -----------------------------------------------------------------------------
@dataclass(frozen=True)
class _Deed:
    """``act`` takes those of one standing; ``words`` say how many it were."""

    template: str
    allowed: Sequence[Standing]
    act: Callable[..., int]
    words: Callable[[int], str]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("notifications.resend_messages")
def outbox_again(request: AuthedRequest, kind: str) -> HttpResponse:
    """Asks first: some people may get the same mail twice."""
    deed = _Deed("notifications/outbox_again.html", overseeing.MAY_GO_AGAIN, overseeing.resend, _again)
    return _by_hand(request, kind, deed)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("notifications.resend_messages")
def outbox_cancel(request: AuthedRequest, kind: str) -> HttpResponse:
    """Asks first: what is cancelled is never sent."""
    deed = _Deed(
        "notifications/outbox_cancel.html", overseeing.MAY_BE_CANCELLED, overseeing.cancel, _cancelled
    )
    return _by_hand(request, kind, deed)


def _by_hand(request: AuthedRequest, kind: str, deed: _Deed) -> HttpResponse:
    now = timezone.now()
    is_post = request.method == "POST"
    asked = request.POST if is_post else request.GET
    totals = _totals_of(kind, confidential=asked.get("anonymous") in {"1", "True"})
    there = [one for one in deed.allowed if totals.counts[one]]
    form = ByHandForm(
        request.POST if is_post else None,
        totals=totals,
        # What was there when the page was made may be gone by now; that is no fault of who presses.
        offered=deed.allowed if is_post else there,
        initial={"anonymous": totals.confidential},
    )
    if there and not form.is_valid():
        context = {"form": form, "totals": totals}
        return render(request, deed.template, context, status=422 if is_post else 200)
    count = sum(
        deed.act(kind=kind, confidential=totals.confidential, standing=one, by=request.user, now=now)
        for one in (form.standings_asked if there else [])
    )
    _say(request, count, deed.words)
    return redirect("notifications:outbox")


def _totals_of(kind: str, *, confidential: bool) -> KindTotals:
    for totals in outbox_totals(timezone.now(), kind=kind):
        if totals.confidential == confidential:
            return totals
    raise Http404


# --- By hand: one mail --------------------------------------------------------------------------------------
@require_POST
@needs("notifications.resend_messages")
def message_again(request: AuthedRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(_shown_to_operators(), pk=pk)
    _say(request, overseeing.resend_one(message, by=request.user, now=timezone.now()), _again)
    return redirect("notifications:outbox-kind", message.kind)


@require_POST
@needs("notifications.resend_messages")
def message_cancel(request: AuthedRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(_shown_to_operators(), pk=pk)
    _say(request, overseeing.cancel_one(message, by=request.user, now=timezone.now()), _cancelled)
    return redirect("notifications:outbox-kind", message.kind)


def _say(request: HttpRequest, count: int, words: Callable[[int], str]) -> None:
    if count:
        messages.success(request, words(count))
    else:
        messages.info(request, _("Nothing was changed: that mail has moved on, or somebody was quicker."))


def _again(count: int) -> str:
    words = ngettext("%(count)d mail goes once more.", "%(count)d mails go once more.", count)
    return words % {"count": count}


def _cancelled(count: int) -> str:
    words = ngettext("%(count)d mail is not sent.", "%(count)d mails are not sent.", count)
    return words % {"count": count}


# --- After a restore ----------------------------------------------------------------------------------------
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
