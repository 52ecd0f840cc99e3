"""The portal's mails in the organisation's own words: for HR."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from notifications.domain.wording import reset_text, save_text, send_example, text_of
from notifications.forms.wording import MailTextForm
from notifications.kinds import find_words, known_words
from notifications.models import MailText
from notifications.showing import as_mail_program, as_text
from notifications.words import Words
from people.requests import AuthedRequest

# Leads nowhere: the real one is made for each address.
UNSUBSCRIBE = f"{settings.PORTAL_URL}/unsubscribe/.../"


@require_GET
@needs("notifications.word_mails")
def mail_text_list(request: AuthedRequest) -> HttpResponse:
    """Each mail with its languages, and whose words they are."""
    own = set(MailText.objects.values_list("name", "language"))
    rows = [
        (words, [(code, label, (words.name, code) in own) for code, label in settings.LANGUAGES])
        for words in known_words()
    ]
    return render(request, "notifications/mail_text_list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("notifications.word_mails")
def mail_text_edit(request: AuthedRequest, name: str, language: str) -> HttpResponse:
    words = _find(name, language)
    if request.method != "POST":
        return _page(request, words, MailTextForm(instance=_stored(words, language), words=words))
    # Two who save at once: the second is read after the first, and told.
    with transaction.atomic():
        stored = _stored(words, language, locked=True)
        form = MailTextForm(request.POST, instance=stored, words=words)
        if form.is_valid():
            save_text(words, language, form.text, by=request.user)
            messages.success(request, _("Saved. Mails go out in these words from now on."))
            return redirect("notifications:mail-text-edit", name, language)
    return _page(request, words, form)


@require_POST
@needs("notifications.word_mails")
def mail_text_look(request: AuthedRequest, name: str, language: str) -> HttpResponse:
    """The same page with what was typed, and how it will read; nothing is saved."""
    words = _find(name, language)
    form = MailTextForm(request.POST, instance=_stored(words, language), words=words)
    return _page(request, words, form, typed=form.is_valid())


@require_GET
@needs("notifications.word_mails")
def mail_text_html(
    request: AuthedRequest, name: str, language: str, theme: Literal["light", "dark"]
) -> HttpResponse:
    """What holds now as a mail program shows it."""
    words = _find(name, language)
    with translation.override(language):
        mail = words.example(text_of(words))
        return as_mail_program(request, mail, theme=theme, unsubscribe_url=UNSUBSCRIBE)


@require_POST
@needs("notifications.word_mails")
def mail_text_test(request: AuthedRequest, name: str, language: str) -> HttpResponse:
    words = _find(name, language)
    if send_example(words, language, to=request.user, now=timezone.now()):
        text = _("It is on its way to %(address)s, in the words saved last.")
        messages.success(request, text % {"address": request.user.email})
    else:
        messages.info(request, _("You sent it to yourself just now. You can do it again in a minute."))
    return redirect("notifications:mail-text-edit", name, language)


@require_POST
@needs("notifications.word_mails")
def mail_text_reset(request: AuthedRequest, name: str, language: str) -> HttpResponse:
    reset_text(_find(name, language), language, by=request.user)
    messages.success(request, _("Our words hold again."))
    return redirect("notifications:mail-text-edit", name, language)


def _find(name: str, language: str) -> Words:
    try:
        words = find_words(name)
    except KeyError:
        raise Http404 from None
    if language not in dict(settings.LANGUAGES):
        raise Http404
    return words


def _stored(words: Words, language: str, *, locked: bool = False) -> MailText:
    """Their own words; ours as a row nobody has saved yet."""
    rows = MailText.objects.select_for_update() if locked else MailText.objects.all()
    stored = rows.filter(name=words.name, language=language).first()
    if stored is not None:
        return stored
    with translation.override(language):
        ours = words.ours
    return MailText(name=words.name, language=language, subject=ours.subject, body=ours.body)


def _page(request: AuthedRequest, words: Words, form: MailTextForm, *, typed: bool = False) -> HttpResponse:
    language = form.instance.language
    is_own = MailText.objects.filter(name=words.name, language=language).exists()
    with translation.override(language):
        mail = words.example(form.text if typed else text_of(words))
        text = as_text(mail, unsubscribe_url=UNSUBSCRIBE)
    context: dict[str, Any] = {
        "words": words,
        "language": language,
        "language_name": dict(settings.LANGUAGES)[language],
        "others": [(code, label) for code, label in settings.LANGUAGES if code != language],
        "form": form,
        "is_own": is_own,
        "typed": typed,
        "mail": mail,
        "text": text,
    }
    failed = form.is_bound and not typed
    return render(request, "notifications/mail_text_edit.html", context, status=422 if failed else 200)
