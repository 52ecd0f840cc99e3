"""Addresses that do not work, for HR, who correct them, and for administrators."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from common.access import needs
from common.paging import keyset_page
from notifications.domain import refusing
from notifications.domain.refusing import Holder
from notifications.models import RefusedAddress
from people.requests import AuthedRequest


@dataclass(frozen=True)
class _Row:
    refused: RefusedAddress
    holders: list[Holder]

    @property
    def meaning(self) -> str:
        return refusing.meaning_of(self.refused.reply)


@require_GET
@needs("notifications.see_refused")
def refused_list(request: AuthedRequest) -> HttpResponse:
    """Those somebody still has, with whoever that is."""
    page = keyset_page(refusing.in_use(), fields=("address", "pk"), after=request.GET.get("after"))
    holders = refusing.holders_of([refused.address for refused in page.rows], request.user)
    rows = [_Row(refused, holders[refused.address]) for refused in page.rows]
    return render(request, "notifications/refused_list.html", {"page": page, "rows": rows})


@require_POST
@needs("notifications.see_refused")
def address_trust(request: AuthedRequest, pk: int) -> HttpResponse:
    refused = get_object_or_404(RefusedAddress, pk=pk)
    count = refusing.trust_again(refused=refused, by=request.user)
    if count:
        words = ngettext("%(count)d mail goes once more.", "%(count)d mails go once more.", count)
        messages.success(request, words % {"count": count})
    else:
        messages.success(request, _("Noted. The next mail goes there again."))
    return redirect("notifications:refused-list")
