"""The mails of one wave in words of their own."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.methods import form_methods
from notifications.forms.wording import MailTextForm
from notifications.kinds import Mail
from notifications.models import MailText
from notifications.showing import as_mail_program, as_text
from notifications.words import Text, Words
from people.requests import AuthedRequest
from surveys.domain.building.freezing_questions import questionnaire_of
from surveys.domain.mailing import own_words, reminding
from surveys.domain.mailing.own_words import NoMoreMails
from surveys.models import Wave
from surveys.views.launching import find_wave, may_launch, to_wave


@form_methods
@may_launch
def wave_words(request: AuthedRequest, pk: int, mail: str, language: str) -> HttpResponse:
    wave, words = _find(pk, mail, language)
    if not own_words.may_be_worded(wave):
        return _over(request, wave)
    form = _form(request, wave, words, language)
    if request.method == "POST" and form.is_valid():
        try:
            own_words.save_text(wave, words, language, form.text, by=request.user)
        except NoMoreMails:
            return _over(request, wave)
        messages.success(request, _("Saved. Mails of this wave that leave from now on take these words."))
        return redirect("surveys:wave-words", pk, mail, language)
    return _page(request, wave, words, form)


@require_POST
@may_launch
def wave_words_look(request: AuthedRequest, pk: int, mail: str, language: str) -> HttpResponse:
    """The same page with what was typed, and how it will read; nothing is saved."""
    wave, words = _find(pk, mail, language)
    form = _form(request, wave, words, language)
    return _page(request, wave, words, form, typed=form.is_valid())


@require_safe
@may_launch
def wave_words_html(
    request: AuthedRequest, pk: int, mail: str, language: str, theme: Literal["light", "dark"]
) -> HttpResponse:
    """What holds now as a mail program shows it."""
    wave, words = _find(pk, mail, language)
    with translation.override(language):
        return as_mail_program(request, _mail(request, wave, words), theme=theme)


@require_POST
@may_launch
def wave_words_reset(request: AuthedRequest, pk: int, mail: str, language: str) -> HttpResponse:
    wave, words = _find(pk, mail, language)
    try:
        own_words.reset_text(wave, words, language, by=request.user)
    except NoMoreMails:
        return _over(request, wave)
    messages.success(request, _("The usual words hold again."))
    return redirect("surveys:wave-words", pk, mail, language)


def _find(pk: int, mail: str, language: str) -> tuple[Wave, Words]:
    if mail not in own_words.MAILS or language not in dict(settings.LANGUAGES):
        raise Http404
    return find_wave(pk), own_words.words_of(mail)


def _over(request: AuthedRequest, wave: Wave) -> HttpResponse:
    messages.warning(request, _("No further mail of this wave leaves. Nothing was changed."))
    return to_wave(wave)


def _form(request: AuthedRequest, wave: Wave, words: Words, language: str) -> MailTextForm:
    """The form of the organisation's words around the wave's, as a row that is never stored."""
    with translation.override(language):
        text = own_words.text_for(wave, words)
    stored = MailText(name=words.name, language=language, subject=text.subject, body=text.body)
    return MailTextForm(request.POST or None, instance=stored, words=words)


def _mail(request: AuthedRequest, wave: Wave, words: Words, text: Text | None = None) -> Mail:
    """The whole mail of this wave in the language that is active."""
    occasion = reminding.occasion_to_be(wave, questionnaire_of(wave), by=request.user)
    if words.name == reminding.INVITATION:
        return reminding.invitation_mail(occasion, text)
    last = max(1, len(reminding.planned_days(wave)))
    return reminding.reminder_mail(
        occasion,
        number=last if words.name == reminding.LAST_REMINDER else 1,
        text=text or own_words.text_for(wave, words),
    )


def _page(
    request: AuthedRequest, wave: Wave, words: Words, form: MailTextForm, *, typed: bool = False
) -> HttpResponse:
    language = form.instance.language
    with translation.override(language):
        mail = _mail(request, wave, words, form.text if typed else None)
        text = as_text(mail)
    context: dict[str, Any] = {
        "wave": wave,
        "words": words,
        "mail_name": words.name.removeprefix("surveys."),
        "language": language,
        "language_name": dict(settings.LANGUAGES)[language],
        "others": [(code, label) for code, label in settings.LANGUAGES if code != language],
        "form": form,
        "is_own": own_words.own_text(wave, words, language) is not None,
        "typed": typed,
        "mail": mail,
        "text": text,
    }
    failed = form.is_bound and not typed
    return render(request, "surveys/wave_words.html", context, status=422 if failed else 200)
