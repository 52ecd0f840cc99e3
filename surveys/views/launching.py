"""Waves, for HR: plan, look at, launch, follow."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.access import enforce, needs
from common.methods import form_methods
from common.models import Progress
from common.paging import keyset_page
from notifications.showing import as_mail_program, as_text
from people.requests import AuthedRequest
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.mailing import own_words, reminding
from surveys.domain.mailing.reminding import PlannedMail
from surveys.domain.repeating import taking_turns
from surveys.domain.waves import drafting, holding_back, launching, pausing
from surveys.domain.waves.drafting import NotADraft
from surveys.domain.waves.launching import ChangedMeanwhile, LaunchRefused
from surveys.domain.waves.previewing import fingerprint, preview
from surveys.forms.launching import WaveForm
from surveys.forms.pausing import TrialForm
from surveys.models import Survey, Wave, WaveGroup

may_launch = needs("surveys.launch_wave")


def find_wave(pk: int) -> Wave:
    return get_object_or_404(Wave.objects.select_related("survey", "launched_by", "approved_by"), pk=pk)


def to_wave(wave: Wave) -> HttpResponse:
    return redirect("surveys:wave-detail", pk=wave.pk)


@require_safe
@may_launch
def wave_list(request: AuthedRequest) -> HttpResponse:
    waves = Wave.objects.planned().for_lists()
    page = keyset_page(waves, fields=("-opens_at", "-pk"), after=request.GET.get("after"))
    return render(request, "surveys/wave_list.html", {"page": page})


# --- Drafts -------------------------------------------------------------------------------------------------
@form_methods
@may_launch
def wave_create(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey.objects.in_use(), pk=pk)
    form = WaveForm(request.POST or None, survey=survey, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        wave = _save(form, request)
        messages.success(request, _("Planned. Look at it below; nothing is sent until you launch it."))
        return to_wave(wave)
    context = {"form": form, "survey": survey}
    return render(request, "surveys/wave_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_launch
def wave_create_values(request: AuthedRequest, pk: int) -> HttpResponse:
    """The same page as typed so far, with what there is to choose among; nothing is saved."""
    survey = get_object_or_404(Survey.objects.in_use(), pk=pk)
    form = WaveForm(typed=request.POST, survey=survey, viewer=request.user)
    return render(request, "surveys/wave_form.html", {"form": form, "survey": survey})


@form_methods
@may_launch
def wave_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = find_wave(pk)
    if not wave.is_editable:
        return _too_late(request, wave)
    form = WaveForm(request.POST or None, instance=wave, survey=wave.survey, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, request)
        except NotADraft:
            return _too_late(request, wave)
        messages.success(request, _("Saved."))
        return to_wave(wave)
    context = {"form": form, "survey": wave.survey, "wave": find_wave(pk)}
    return render(request, "surveys/wave_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_launch
def wave_edit_values(request: AuthedRequest, pk: int) -> HttpResponse:
    """Twin of ``wave_create_values``."""
    wave = find_wave(pk)
    if not wave.is_editable:
        return _too_late(request, wave)
    form = WaveForm(typed=request.POST, instance=wave, survey=wave.survey, viewer=request.user)
    context = {"form": form, "survey": wave.survey, "wave": find_wave(pk)}
    return render(request, "surveys/wave_form.html", context)


@form_methods
@may_launch
def wave_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = find_wave(pk)
    if not wave.is_editable:
        return _too_late(request, wave)
    if request.method == "POST":
        try:
            drafting.delete_draft(wave, by=request.user)
        except NotADraft:
            return _too_late(request, wave)
        messages.success(request, _("The draft is gone."))
        return redirect(wave.survey)
    return render(request, "surveys/wave_delete.html", {"wave": wave})


def _save(form: WaveForm, request: AuthedRequest) -> Wave:
    return drafting.save_draft(
        form.wave(),
        teams=form.cleaned_data["teams"],
        organisations=form.cleaned_data["organisations"],
        readers=form.readers,
        by=request.user,
    )


def _too_late(request: AuthedRequest, wave: Wave) -> HttpResponse:
    messages.warning(request, _("This wave is on its way. Nothing was changed."))
    return to_wave(wave)


# --- One wave -----------------------------------------------------------------------------------------------
@require_safe
@may_launch
def wave_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = find_wave(pk)
    if wave.is_before_launch:
        return render(request, "surveys/wave_draft.html", _draft_context(request, wave))
    if wave.state == Wave.State.LAUNCHING:
        work = Progress.objects.filter(key=launching.progress_key(pk)).first()
        return render(request, "surveys/wave_launching.html", {"wave": wave, "work": work})
    context = {
        "wave": wave,
        "groups": _tree(wave),
        "reminders": reminding.planned_days(wave),
        "may_extend": pausing.may_be_extended(wave, timezone.now()),
        "may_move_end": pausing.end_may_move(wave, timezone.now()),
        **_mail_context(wave),
        "held_now": holding_back.held_now(wave) if wave.is_open else None,
        "left_out": taking_turns.left_out_words(wave.left_out),
        "may_read": request.user.has_perm("surveys.view_results", wave),
    }
    return render(request, "surveys/wave_detail.html", context)


def _tree(wave: Wave) -> list[tuple[WaveGroup, int]]:
    """The frozen groups, parents first, each with how far inside it stands (at most 5)."""
    indents: dict[int | None, int] = {None: -1}
    groups = list(wave.groups.all())
    for group in groups:
        indents[group.code] = min(indents[group.parent_code] + 1, 5)
    return [(group, indents[group.code]) for group in groups]


def _draft_context(request: AuthedRequest, wave: Wave) -> dict[str, Any]:
    found = preview(wave)
    failed = Progress.objects.filter(key=launching.progress_key(wave.pk), state=Progress.State.FAILED)
    return {
        "wave": wave,
        "found": found,
        "mails": reminding.planned_mails(wave, found.questionnaire, by=request.user, now=timezone.now()),
        "sent_back": failed.values_list("message", flat=True).first() if wave.is_editable else None,
        "may_approve": request.user.has_perm("surveys.approve_wave", wave),
        **_mail_context(wave),
    }


def _mail_context(wave: Wave) -> dict[str, Any]:
    """What may be done with its mails, as long as one may leave."""
    if not own_words.may_be_worded(wave):
        return {}
    worded = [(mail, own_words.words_of(mail).label) for mail in own_words.MAILS]
    return {"trial": TrialForm(wave=wave), "worded": worded if wave.reminder_days else worded[:1]}


@require_safe
@may_launch
def wave_mail(request: AuthedRequest, pk: int, step: int) -> HttpResponse:
    """One mail as it will look, as text."""
    wave, planned = _find_mail(request, pk, step)
    context = {
        "wave": wave,
        "planned": planned,
        "text": as_text(planned.mail),
        "words": own_words.mail_of_step(wave, step),
    }
    return render(request, "surveys/wave_mail.html", context)


@require_safe
@may_launch
def wave_mail_html(request: AuthedRequest, pk: int, step: int) -> HttpResponse:
    """The same as it will look in a mail program."""
    _wave, planned = _find_mail(request, pk, step)
    return as_mail_program(request, planned.mail)


def _find_mail(request: AuthedRequest, pk: int, step: int) -> tuple[Wave, PlannedMail]:
    wave = find_wave(pk)
    if not wave.is_before_launch:
        raise Http404
    questionnaire = freeze_questionnaire(wave.survey)
    mails = reminding.planned_mails(wave, questionnaire, by=request.user, now=timezone.now())
    if step >= len(mails):
        raise Http404
    return wave, mails[step]


# --- Launch -------------------------------------------------------------------------------------------------
@form_methods
@may_launch
def wave_launch(request: AuthedRequest, pk: int) -> HttpResponse:
    """Asks once more, then sends it on its way. A second time nothing happens."""
    wave = find_wave(pk)
    if request.method != "POST":
        if not wave.is_editable:
            return to_wave(wave)
        return _confirm(request, wave, "surveys/wave_launch.html")
    try:
        wave = launching.launch(
            wave=wave, by=request.user, now=timezone.now(), seen=request.POST.get("seen", "")
        )
    except LaunchRefused:
        return _confirm(request, wave, "surveys/wave_launch.html", status=422)
    except ChangedMeanwhile:
        return _confirm(request, wave, "surveys/wave_launch.html", changed=True, status=422)
    return to_wave(wave)


@form_methods
@needs("surveys.approve_wave")
def wave_approve(request: AuthedRequest, pk: int) -> HttpResponse:
    """The second person of HR looks and decides."""
    wave = find_wave(pk)
    enforce(request.user, "surveys.approve_wave", wave)
    if request.method != "POST":
        if wave.state != Wave.State.APPROVAL:
            return to_wave(wave)
        return _confirm(request, wave, "surveys/wave_approve.html")
    try:
        wave = launching.approve(
            wave=wave, by=request.user, now=timezone.now(), seen=request.POST.get("seen", "")
        )
    except LaunchRefused:
        return _confirm(request, wave, "surveys/wave_approve.html", status=422)
    except ChangedMeanwhile:
        return _confirm(request, wave, "surveys/wave_approve.html", changed=True, status=422)
    return to_wave(wave)


@require_POST
@may_launch
def wave_take_back(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = launching.take_back(wave=find_wave(pk), by=request.user)
    if wave.is_editable:
        messages.success(request, _("It is a draft again. Nothing was sent."))
    return to_wave(wave)


def _confirm(
    request: AuthedRequest, wave: Wave, template: str, *, changed: bool = False, status: int = 200
) -> HttpResponse:
    # As of now, also where it would open by itself later.
    found = preview(wave, timezone.now())
    context = {"wave": wave, "found": found, "seen": fingerprint(wave, found), "changed": changed}
    return render(request, template, context, status=status)
