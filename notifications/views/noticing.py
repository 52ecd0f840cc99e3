"""The notification centre. Looking changes nothing: what marks a notice as read is a button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.access import signed_in
from notifications.domain.showing_notices import notice_page, open_notice, read_all
from notifications.forms.noticing import NoticeFilter, ReadAllForm
from notifications.models import Notice
from people.requests import AuthedRequest


@require_GET
@signed_in
def notice_list(request: AuthedRequest) -> HttpResponse:
    form = NoticeFilter(request.GET)
    after = request.GET.get("after")
    page = notice_page(request.user, unread_only=form.unread_only, after=after, now=timezone.now())
    unread = [shown.notice for shown in page.rows if not shown.notice.read]
    context = {
        "page": page,
        "views": form.views(request.path),
        "unread_only": form.unread_only,
        # From further down nobody has seen what is new.
        "newest": unread[0] if unread and not after else None,
    }
    return render(request, "notifications/notice_list.html", context)


@require_POST
@signed_in
def notice_open(request: AuthedRequest, pk: int) -> HttpResponse:
    """Leads on, also the second time."""
    theirs = Notice.objects.filter(person=request.user, due__lte=timezone.now())
    path = open_notice(get_object_or_404(theirs, pk=pk))
    if not path:
        messages.info(request, _("That is settled: nothing is left to do about it."))
    return redirect(path or "notifications:notice-list")


@require_POST
@signed_in
def notice_read_all(request: AuthedRequest) -> HttpResponse:
    now = timezone.now()
    form = ReadAllForm(request.POST, viewer=request.user, now=now)
    if form.is_valid() and read_all(request.user, up_to=form.cleaned_data["newest"], now=now):
        messages.success(request, _("Everything is marked as read."))
    return redirect("notifications:notice-list")
