"""Why things went wrong, in the organisation's words: HR keeps the list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.access import needs
from common.methods import form_methods
from people.requests import AuthedRequest
from surveys.domain.following_up import naming_causes
from surveys.forms.following_up import CauseForm
from surveys.models import FollowUpCause

may_keep = needs("surveys.keep_causes")


@require_safe
@may_keep
def cause_list(request: AuthedRequest) -> HttpResponse:
    causes = list(FollowUpCause.objects.with_uses())
    context = {
        "causes": [cause for cause in causes if not cause.archived],
        "put_away": [cause for cause in causes if cause.archived],
    }
    return render(request, "surveys/cause_list.html", context)


@form_methods
@may_keep
def cause_create(request: AuthedRequest) -> HttpResponse:
    return _edit(request, FollowUpCause())


@form_methods
@may_keep
def cause_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    """Follow-ups that name it show the new words too."""
    return _edit(request, get_object_or_404(FollowUpCause, pk=pk))


def _edit(request: AuthedRequest, cause: FollowUpCause) -> HttpResponse:
    form = CauseForm(request.POST or None, instance=cause)
    if request.method == "POST" and form.is_valid():
        naming_causes.save(form.instance, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("surveys:cause-list")
    stored = FollowUpCause.objects.filter(pk=cause.pk).first() if cause.pk else None
    context = {"form": form, "cause": stored}
    return render(request, "surveys/cause_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_keep
def cause_archive(request: AuthedRequest, pk: int) -> HttpResponse:
    naming_causes.put_away(get_object_or_404(FollowUpCause, pk=pk), by=request.user)
    messages.success(request, _("Put away. Follow-ups that name it keep it."))
    return redirect("surveys:cause-list")


@require_POST
@may_keep
def cause_bring_back(request: AuthedRequest, pk: int) -> HttpResponse:
    naming_causes.bring_back(get_object_or_404(FollowUpCause, pk=pk), by=request.user)
    messages.success(request, _("It can be chosen again."))
    return redirect("surveys:cause-list")
