"""The mails of a wave to oneself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from people.requests import AuthedRequest
from surveys.domain.mailing.trial_mails import TriedTooOften, send_trial
from surveys.forms.pausing import TrialForm
from surveys.views.launching import find_wave, may_launch, to_wave


@require_POST
@may_launch
def wave_trial(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = find_wave(pk)
    form = TrialForm(request.POST, wave=wave)
    if not form.is_valid():
        messages.warning(request, _("Choose at least one mail to try."))
        return to_wave(wave)
    try:
        number = send_trial(wave=wave, to=request.user, steps=form.cleaned_data["steps"], now=timezone.now())
    except TriedTooOften:
        messages.info(request, _("You tried many mails within the hour. You can go on in a while."))
        return to_wave(wave)
    words = ngettext(
        "%(number)d mail is on its way to %(address)s.",
        "%(number)d mails are on their way to %(address)s.",
        number,
    )
    messages.success(request, words % {"number": number, "address": request.user.email})
    return to_wave(wave)
