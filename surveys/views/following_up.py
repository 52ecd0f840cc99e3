"""Closing the loop: the list, one follow-up, what a wave says of it, the causes, and the figures.

Who answered what is shown to the owner, to whom it went up, and to the readers of the wave; each look is in
the audit log.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import audit
from common.access import needs, signed_in
from common.methods import form_methods
from common.paging import keyset_page
from people.requests import AuthedRequest
from surveys.domain.building.freezing_questions import freeze_questionnaire, questionnaire_of
from surveys.domain.following_up import looking_after, stepping, summing_up
from surveys.domain.following_up.stepping import Refused
from surveys.forms.following_up import (
    ContactForm,
    FollowUpFilter,
    HandOverForm,
    NotesForm,
    WaveFollowUpForm,
)
from surveys.models import FollowUp, Wave


# --- What a wave says of it ---------------------------------------------------------------------------------
@form_methods
@needs("surveys.launch_wave")
def wave_follow_up(request: AuthedRequest, pk: int) -> HttpResponse:
    """Of a draft to change; once people are asked to read: they were told."""
    by_name = Wave.objects.filter(mode=Wave.Mode.IDENTIFIED).select_related("survey", "follow_up_owner")
    wave = get_object_or_404(by_name, pk=pk)
    if not wave.is_editable:
        if request.method == "POST":
            messages.warning(request, _("This wave is on its way. Nothing was changed."))
            return redirect("surveys:wave-follow-up", pk=pk)
        fixed = {"wave": wave, "item": stepping.followed_item(wave, questionnaire_of(wave))}
        return render(request, "surveys/follow_up_settings_fixed.html", fixed)
    questionnaire = freeze_questionnaire(wave.survey)
    form = WaveFollowUpForm(request.POST or None, wave=wave, questionnaire=questionnaire)
    if request.method == "POST" and form.is_valid():
        if stepping.agree(wave=wave, by=request.user, **form.cleaned_data):
            messages.success(request, _("Saved."))
        return redirect(wave)
    context = {"wave": wave, "form": form}
    status = 422 if form.errors else 200
    return render(request, "surveys/follow_up_settings.html", context, status=status)


# --- The list -----------------------------------------------------------------------------------------------
@require_safe
@signed_in
def follow_up_list(request: AuthedRequest) -> HttpResponse:
    """Late ones first. A manager sees of their people's who has it and by when."""
    now = timezone.now()
    with_people = looking_after.has_people(request.user)
    form = FollowUpFilter(request.GET, with_people=with_people)
    whose, stage = form.asked
    found = looking_after.chosen(request.user, whose, stage, now).for_rows()
    page = keyset_page(
        looking_after.in_order(found), fields=looking_after.ORDER, after=request.GET.get("after")
    )
    context = {
        "form": form,
        "page": page,
        "rows": looking_after.rows(page.rows, request.user, now),
        "narrows": any(request.GET.get(name) for name in form.fields),
        "may_see_figures": request.user.has_perm("surveys.see_recovery"),
    }
    return render(request, "surveys/follow_up_list.html", context)


# --- One of them --------------------------------------------------------------------------------------------
@require_safe
@signed_in
def follow_up_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    return _show(request, _find(request, pk), timezone.now())


def _find(request: AuthedRequest, pk: int) -> FollowUp:
    # The rows that may be seen are looked up by themselves: ``for_rows`` joins as well.
    visible = FollowUp.objects.visible_to(request.user).order_by().values("pk")
    return get_object_or_404(FollowUp.objects.filter(pk__in=visible).for_rows(), pk=pk)


def _show(request: AuthedRequest, follow_up: FollowUp, now: dt.datetime, **forms: Any) -> HttpResponse:
    """The page with what was typed, where it was refused; each look is recorded."""
    wave = follow_up.response.wave
    audit.record(by=request.user, action="wave.answer_read", obj=wave, response=follow_up.response_id)
    contacted_at = follow_up.contacted_at or now
    channel = follow_up.channel or _preferred(follow_up)
    context = {
        "page": looking_after.page_of(follow_up, now),
        "follow_up": follow_up,
        "wave": wave,
        "contact_form": ContactForm(
            follow_up=follow_up, now=now, initial={"at": contacted_at, "channel": channel}
        ),
        "notes_form": NotesForm(follow_up=follow_up),
        "hand_over_form": HandOverForm(follow_up=follow_up),
        **forms,
    }
    return render(request, "surveys/follow_up_detail.html", context, status=422 if forms else 200)


def _preferred(follow_up: FollowUp) -> str:
    contact = follow_up.response.invitation.contact
    return contact.preferred_channel if contact else FollowUp.Channel.MAIL


@require_POST
@signed_in
def follow_up_contact(request: AuthedRequest, pk: int) -> HttpResponse:
    """The first contact, or its time and way put right."""
    follow_up, now = _find(request, pk), timezone.now()
    form = ContactForm(request.POST, follow_up=follow_up, now=now)
    if not form.is_valid():
        return _show(request, follow_up, now, contact_form=form)
    try:
        stepping.record_contact(follow_up=follow_up, by=request.user, now=now, **form.cleaned_data)
    except Refused:
        return _too_late(request, follow_up)
    messages.success(request, _("Noted. Say what was done once it is put right."))
    return redirect(follow_up)


@require_POST
@signed_in
def follow_up_note(request: AuthedRequest, pk: int) -> HttpResponse:
    follow_up, now = _find(request, pk), timezone.now()
    form = NotesForm(request.POST, follow_up=follow_up)
    if not form.is_valid():
        return _show(request, follow_up, now, notes_form=form)
    try:
        stepping.keep_notes(follow_up=follow_up, by=request.user, **form.cleaned_data)
    except Refused:
        return _too_late(request, follow_up)
    messages.success(request, _("Saved."))
    return redirect(follow_up)


@require_POST
@signed_in
def follow_up_close(request: AuthedRequest, pk: int) -> HttpResponse:
    """Only after somebody was in touch, with what was done and why it happened."""
    follow_up, now = _find(request, pk), timezone.now()
    form = NotesForm(request.POST, follow_up=follow_up, closing=True)
    if form.is_valid() and follow_up.is_waiting:
        form.add_error(None, _("Note the first contact before you close it."))
    if not form.is_valid():
        return _show(request, follow_up, now, notes_form=form)
    try:
        closed = stepping.close(follow_up=follow_up, by=request.user, now=now, **form.cleaned_data)
    except Refused:
        return _too_late(request, follow_up)
    if (closed.done, closed.cause) != (form.cleaned_data["done"], form.cleaned_data["cause"]):
        # Somebody else was first, and theirs stays.
        return _too_late(request, follow_up)
    messages.success(request, _("Closed."))
    return redirect(follow_up)


@require_POST
@signed_in
def follow_up_hand_over(request: AuthedRequest, pk: int) -> HttpResponse:
    follow_up, now = _find(request, pk), timezone.now()
    form = HandOverForm(request.POST, follow_up=follow_up)
    if not form.is_valid():
        return _show(request, follow_up, now, hand_over_form=form)
    to = form.cleaned_data["to"]
    try:
        stepping.hand_over(follow_up=follow_up, to=to, by=request.user, now=now)
    except Refused:
        return _too_late(request, follow_up)
    if to == request.user:
        messages.success(request, _("It is yours now."))
        return redirect(follow_up)
    messages.success(request, _("Handed over. %(name)s is told.") % {"name": to})
    return redirect("surveys:follow-up-list")


def _too_late(request: AuthedRequest, follow_up: FollowUp) -> HttpResponse:
    messages.warning(request, _("It was closed in the meantime. Nothing was changed."))
    return redirect(follow_up)


# --- Figures ------------------------------------------------------------------------------------------------
@require_safe
@needs("surveys.see_recovery")
def follow_up_figures(request: AuthedRequest) -> HttpResponse:
    """How we put things right: figures only, of nobody."""
    open_to_me = summing_up.figures_open_to(request.user)
    context = {
        "found": summing_up.recovery(open_to_me, timezone.now()),
        "may_keep_causes": request.user.has_perm("surveys.keep_causes"),
    }
    return render(request, "surveys/follow_up_figures.html", context)
