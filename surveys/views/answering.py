"""Pages of a respondent, opened by a mailed link. They never look at who is signed in, nor at a session.

The link's token becomes a cookie that reaches these pages only, so that it stays in no history and no log of
a proxy behind us (anonymity.md S6).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from common import links
from common.access import public
from common.methods import form_methods
from surveys import piping
from surveys.answers import AnswerSheet, AskedQuestionnaire, field_name, read_sheet
from surveys.answers.asking import AskedItem, AskedQuestion
from surveys.domain.answering import submitting
from surveys.domain.answering.submitting import Standing, Submitted
from surveys.domain.counting.revealing import Finding, current_roster, findings
from surveys.domain.mailing import linking
from surveys.domain.mailing.asking_in_mail import PICK
from surveys.domain.results.improving import told_behind
from surveys.domain.waves import subjects
from surveys.models import Invitation
from surveys.notice import notice_for
from surveys.questionnaire import Question, Questionnaire
from surveys.views import speaking

# A name beginning with __Host- would have to reach every page, and this cookie must reach one.
COOKIE = "__Secure-answer" if settings.SECURE_TRANSPORT else "answer"
_SENT_PURPOSE = "answer-sent"
_DRAFT_PURPOSE = "answer-draft"

View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """Nothing of these pages is kept on the way, and no other site learns their address."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        speaking.speak(request, None)
        response = view(request, *args, **kwargs)
        speaking.remember(request, response)
        add_never_cache_headers(response)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    # For the request log and the figures of the operator: who answered when is nobody's business.
    guarded.unwatched = True  # type: ignore[attr-defined]
    return guarded


@require_safe
@public
@private
def answer_link(request: HttpRequest, handle: str, mac: str) -> HttpResponse:
    """The mailed link: may be fetched any number of times, by mail scanners too, and changes nothing."""
    stamp = linking.read_stamp(linking.LINK, handle, mac)
    if stamp is None:
        return _no_such_link(request)
    pick = request.GET.get(PICK, "")
    response = HttpResponseRedirect(_address(handle) + (f"?{urlencode({PICK: pick})}" if pick else ""))
    response.set_cookie(
        COOKIE,
        linking.prove(linking.COOKIE, handle, stamp),
        path=_address(handle),
        secure=settings.SECURE_TRANSPORT or request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@form_methods
@public
# On a telephone at the edge of the network a third of the bytes is most of the wait.
@gzip_page
# Checked in ``_send``: a lost token must not cost somebody their answers.
@csrf_exempt
@private
def answer_form(request: HttpRequest, handle: str) -> HttpResponse:
    """The questionnaire, and where it is sent to."""
    stamp = linking.read_stamp(linking.COOKIE, handle, request.COOKIES.get(COOKIE, ""))
    invitation = Invitation.objects.to_answer(handle) if stamp is not None else None
    if invitation is None:
        return _no_such_link(request)
    if not submitting.may_still_use(invitation, stamp):
        return _replaced_link(request, handle)
    speaking.speak(request, invitation)
    standing = submitting.standing(invitation, timezone.now())
    if standing is not Standing.OPEN:
        return _standing_page(request, invitation, standing)
    if request.method == "POST":
        return _send(request, invitation)
    picked = _picked(invitation, request.GET.get(PICK, ""))
    asked = _asked(request, invitation, picked)
    return _questionnaire_page(request, invitation, asked, picked=picked is not None)


def _asked(
    request: HttpRequest,
    invitation: Invitation,
    data: QueryDict | None = None,
    errors: dict[str, str] | None = None,
) -> AskedQuestionnaire:
    questionnaire = speaking.questionnaire_for(request, invitation)
    return AskedQuestionnaire(questionnaire, data, errors or {}, invitation.subject_name or "")


def _picked(invitation: Invitation, code: str) -> QueryDict | None:
    """The first question as a link in the mail of a wave by name chose it; None for anything else."""
    if not code or invitation.wave.is_anonymous:
        return None
    first = _first_question(invitation.wave.questionnaire)
    if first is None or not first.kind.is_one_of_few or code not in first.codes:
        return None
    data = QueryDict(mutable=True)
    data[field_name(first)] = code
    return data


def _first_question(questionnaire: Questionnaire) -> Question | None:
    return next(questionnaire.questions(), None)


@require_safe
@public
@private
def answer_sent(request: HttpRequest, handle: str, mac: str) -> HttpResponse:
    """Thanks, with when results come; may be loaded again."""
    invitation = Invitation.objects.to_answer(handle) if links.verify(_SENT_PURPOSE, handle, mac) else None
    if invitation is None:
        return _no_such_link(request)
    speaking.speak(request, invitation)
    return render(request, "surveys/answer_sent.html", _after_context(invitation))


def _send(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    questionnaire = invitation.wave.questionnaire
    try:
        data = request.POST
    except (SuspiciousOperation, BadRequest):  # too many fields, too much, no UTF-8
        return render(request, "surveys/answer_too_much.html", {"wave": invitation.wave}, status=400)
    speaking.speak(request, invitation, data.get(speaking.FIELD, ""))
    sheet, errors = read_sheet(questionnaire, data)
    asked = _asked(request, invitation, data, errors)
    if not _token_holds(request):
        return _questionnaire_page(request, invitation, asked, once_more=True, status=403)
    if "change" in data or speaking.FIELD in data:
        return _once_more(request, invitation, sheet)
    if errors:
        return _questionnaire_page(request, invitation, asked, status=422)
    if "warned" not in data and (found := _revealing(invitation, sheet)):
        return _warning_page(request, invitation, asked, found)
    submitted = submitting.submit(invitation=invitation, sheet=sheet, now=timezone.now())
    response = _after(request, invitation, submitted)
    response.delete_cookie(COOKIE, path=_address(invitation.handle), samesite="Lax")
    return response


def _once_more(request: HttpRequest, invitation: Invitation, sheet: AnswerSheet) -> HttpResponse:
    """All questions, or the same page in the language just chosen, with what was typed; nothing is stored."""
    asked = _asked(request, invitation, request.POST)
    warned = "warned" in request.POST and "change" not in request.POST
    if warned and (found := _revealing(invitation, sheet)):
        return _warning_page(request, invitation, asked, found)
    return _questionnaire_page(request, invitation, asked)


def _after(request: HttpRequest, invitation: Invitation, submitted: Submitted) -> HttpResponse:
    if submitted is not Submitted.RECORDED:
        return _standing_page(request, invitation, submitted.standing)
    handle = invitation.handle
    return redirect("surveys:answer-sent", handle=handle, mac=links.mint(_SENT_PURPOSE, handle))


def _address(handle: str) -> str:
    """Where the cookie reaches."""
    return reverse("surveys:answer-form", args=[handle])


class _TokenCheck(CsrfViewMiddleware):
    """Django's check of the token in the form against the one in the cookie.

    Pages that send no referrer make the browser call its origin ``null`` and leave the Referer out, also when
    it sends to ourselves. Neither may count as foreign then; an origin that is named is checked.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        return request.headers["Origin"] == "null" or self._is_ours(request)

    def _is_ours(self, request: HttpRequest) -> bool:
        # The stubs leave both of these methods out.
        ours: bool = super()._origin_verified(request)  # type: ignore[misc]
        return ours

    def _check_referer(self, request: HttpRequest) -> None:
        if "Referer" in request.headers:
            super()._check_referer(request)  # type: ignore[misc]

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(status=403)


def _token_holds(request: HttpRequest) -> bool:
    """Whether the form was sent from our own page (the check of the middleware, which we ask ourselves)."""
    check = _TokenCheck(lambda request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, _no_such_link, (), {}) is None


def _revealing(invitation: Invitation, sheet: AnswerSheet) -> dict[str, list[Finding]]:
    """By item what its words give away; nothing where the answers carry a name anyway."""
    if not invitation.wave.is_anonymous or not sheet.texts:
        return {}
    roster = current_roster()
    # Numbers and days are typed too, and are no words.
    words = {item.key for item in invitation.wave.questionnaire.items() if item.kind.is_text}
    found = {key: findings(text, roster) for key, text in sheet.texts.items() if key in words}
    return {key: of_text for key, of_text in found.items() if of_text}


def _questionnaire_page(
    request: HttpRequest,
    invitation: Invitation,
    asked: AskedQuestionnaire,
    *,
    once_more: bool = False,
    picked: bool = False,
    status: int = 200,
) -> HttpResponse:
    wave = invitation.wave
    readers = [] if wave.is_anonymous else list(wave.readers.values_list("display_name", flat=True))
    context = {
        "wave": wave,
        "asked": asked,
        "offers": speaking.offers(wave.questionnaire, asked.questionnaire),
        "sections": _sections(asked, anonymous=wave.is_anonymous),
        "notice": notice_for(wave, readers=readers, subject=subjects.subject_of(invitation)),
        "draft_key": _draft_key(invitation),
        "once_more": once_more,
        "picked": _picked_words(asked) if picked else "",
    }
    return render(request, "surveys/answer_form.html", context, status=status)


def _picked_words(asked: AskedQuestionnaire) -> str:
    first = _first_question(asked.questionnaire)
    return asked.given.get(first.key, "") if first else ""


def _sections(asked: AskedQuestionnaire, *, anonymous: bool) -> SafeString:
    """The questions; the same for everybody of a wave until something was sent."""
    if asked.data is None:
        # Of whom it is about only what the questions say.
        named = asked.subject if asked.subject and piping.names_subject(asked.questionnaire) else ""
        return _fresh_sections(asked.questionnaire, anonymous, get_language(), named)
    return _render_sections(asked, anonymous)


@lru_cache(maxsize=64)
def _fresh_sections(
    questionnaire: Questionnaire, anonymous: bool, language: str | None, subject: str
) -> SafeString:
    """``questionnaire`` is in the language of the questions, ``language`` that of everything else."""
    return _render_sections(AskedQuestionnaire(questionnaire, subject=subject), anonymous)


def _render_sections(asked: AskedQuestionnaire, anonymous: bool) -> SafeString:
    context = {"asked": asked, "anonymous": anonymous}
    return render_to_string("surveys/partials/answer_sections.html", context)


def _warning_page(
    request: HttpRequest,
    invitation: Invitation,
    asked: AskedQuestionnaire,
    found: dict[str, list[Finding]],
) -> HttpResponse:
    warned: list[tuple[AskedQuestion, AskedItem, list[Finding]]] = [
        (one, words, found[words.item.key])
        for one in asked.questions
        for words in one.words
        if words.item.key in found
    ]
    names = {words.name for _one, words, _found in warned}
    others = [pair for one in asked.questions for pair in one.sent if pair[0] not in names]
    context = {
        "wave": invitation.wave,
        "asked": asked,
        "offers": speaking.offers(invitation.wave.questionnaire, asked.questionnaire),
        "warned": warned,
        "others": others,
    }
    return render(request, "surveys/answer_warning.html", context)


def _standing_page(request: HttpRequest, invitation: Invitation, standing: Standing) -> HttpResponse:
    templates = {
        Standing.ANSWERED: "surveys/answer_answered.html",
        Standing.CLOSED: "surveys/answer_closed.html",
        Standing.NOT_YET: "surveys/answer_not_yet.html",
    }
    context = _after_context(invitation) | {"improvements": told_behind(invitation)}
    return render(request, templates[standing], context)


def _after_context(invitation: Invitation) -> dict[str, object]:
    """The draft's key, so that the browser forgets it once there is nothing left to send."""
    return {"wave": invitation.wave, "draft_key": _draft_key(invitation)}


def _draft_key(invitation: Invitation) -> str:
    return links.mint(_DRAFT_PURPOSE, invitation.handle)


def _replaced_link(request: HttpRequest, handle: str) -> HttpResponse:
    """Says nothing of the survey: what was mailed may be in somebody else's hands."""
    response = render(request, "surveys/answer_replaced.html", status=410)
    response.delete_cookie(COOKIE, path=_address(handle), samesite="Lax")
    return response


def _no_such_link(request: HttpRequest) -> HttpResponse:
    """The same words for a wrong link, an unknown one and one whose cookie is gone."""
    return render(request, "surveys/answer_unknown.html", status=404)
