""" "You said, we did": written for a closed wave, shown to those who were asked.

Whoever may open the results of a group writes for it. A text is a draft until it is shown; then whoever was
asked in that group or below finds it on *My surveys* and behind their link, and hears of it once a wave. It
says nothing of who answered, and quotes no comment that was withheld.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import audit
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Mail, NoticeWords
from notifications.models import Message, Notice
from people.models import Person
from surveys.domain.counting.atoms import Tree
from surveys.domain.counting.releasing import Release
from surveys.domain.results.reading import title_of
from surveys.models import Comment, Improvement, Invitation, Wave, WaveGroup
from surveys.questionnaire import Questionnaire

KIND = "surveys.improvement"
# So many of the newest stand on "My surveys".
MOST_TOLD = 10
# So many words of a withheld comment in a row are a quotation; of a shorter one all of them.
_WORDS_IN_A_ROW = 5


class QuotesWithheld(Exception):
    """The text holds words of a comment that HR withheld."""


def may_write(wave: Wave) -> bool:
    """Only of what was published: before the close nobody knows what was said."""
    return wave.state == Wave.State.CLOSED and bool(wave.released)


# --- Writing ------------------------------------------------------------------------------------------------
@transaction.atomic
def write(improvement: Improvement, *, by: Person) -> Improvement:
    """Store a new text, or a changed one; what is shown stays shown. Raises QuotesWithheld."""
    refuse_quotation(improvement)
    improvement.by = improvement.by or by
    improvement.save()
    audit.record(by=by, action="improvement.written", obj=improvement.wave, group=improvement.group_code)
    return improvement


def show(improvement: Improvement, *, by: Person, today: dt.date, now: dt.datetime) -> bool:
    """Those asked read it from now on, and hear of it where they have not heard of one of this wave before.

    Whether this call did it. Raises QuotesWithheld.
    """
    refuse_quotation(improvement)
    with transaction.atomic():
        hidden = Improvement.objects.filter(pk=improvement.pk, shown_on=None)
        if not hidden.update(shown_on=today):
            return False
        wave = improvement.wave
        queue_many(_messages(wave, improvement.group_code, now))
        audit.record(by=by, action="improvement.shown", obj=wave, group=improvement.group_code)
    return True


@transaction.atomic
def take_back(improvement: Improvement, *, by: Person) -> bool:
    """A draft again; whether this call did it."""
    shown = Improvement.objects.filter(pk=improvement.pk, shown_on__isnull=False)
    changed = bool(shown.update(shown_on=None))
    if changed:
        audit.record(by=by, action="improvement.hidden", obj=improvement.wave, group=improvement.group_code)
    return changed


@transaction.atomic
def delete(improvement: Improvement, *, by: Person) -> None:
    audit.record(by=by, action="improvement.deleted", obj=improvement.wave, group=improvement.group_code)
    Improvement.objects.filter(pk=improvement.pk).delete()


# --- Words that were withheld -------------------------------------------------------------------------------
def refuse_quotation(improvement: Improvement) -> None:
    words = _words(f"{improvement.said} \n {improvement.done}")
    for comment in Comment.objects.filter(wave=improvement.wave_id, withheld=True):
        if _quotes(words, _words(comment.text)):
            raise QuotesWithheld


def hide_quotations(comment: Comment) -> int:
    """What quotes a comment that was just withheld is a draft again; how many those were."""
    withheld = _words(comment.text)
    shown = Improvement.objects.filter(wave=comment.wave_id, shown_on__isnull=False)
    quoting = [one.pk for one in shown if _quotes(_words(f"{one.said} \n {one.done}"), withheld)]
    return Improvement.objects.filter(pk__in=quoting).update(shown_on=None)


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()


def _quotes(words: list[str], withheld: list[str]) -> bool:
    length = min(_WORDS_IN_A_ROW, len(withheld))
    if not length or (len(withheld) == 1 and len(withheld[0]) < _WORDS_IN_A_ROW):
        # "Yes" or "no" is nobody's quotation.
        return False
    told = {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}
    starts = range(len(withheld) - length + 1)
    return any(tuple(withheld[start : start + length]) in told for start in starts)


# --- Reading ------------------------------------------------------------------------------------------------
def of_group(release: Release, code: int) -> list[Improvement]:
    """For the results page of a group: its own with the drafts, and what its people are shown from above."""
    above = set(release.tree.path(code))
    rows = Improvement.objects.filter(wave=release.wave_id, group_code__in=above).select_related("by")
    found = [one for one in rows if one.group_code == code or one.shown_on]
    return _with_titles(found, {release.wave_id: release.questionnaire})


def told_to(person: Person) -> list[Improvement]:
    """What became of this person's surveys, newest first; four statements at most."""
    asked = dict(Invitation.objects.of(person).values_list("wave", "group_code"))
    return _titled(_reaching(asked)[:MOST_TOLD]) if asked else []


def told_behind(invitation: Invitation) -> list[Improvement]:
    """What became of the survey of a mailed link; nothing before its close."""
    if invitation.wave.state != Wave.State.CLOSED:
        return []
    return _titled(_reaching({invitation.wave_id: invitation.group_code}))


def _titled(improvements: list[Improvement]) -> list[Improvement]:
    waves = {one.wave_id for one in improvements if one.question_key}
    rows = Wave.objects.frozen().filter(pk__in=waves).only("questionnaire_json") if waves else ()
    return _with_titles(improvements, {wave.pk: wave.questionnaire for wave in rows})


def _with_titles(
    improvements: list[Improvement], questionnaires: Mapping[int, Questionnaire]
) -> list[Improvement]:
    """With the words of the question each is about, in the reader's language."""
    language = get_language() or ""
    titles = {
        pk: {item.key: title_of(item) for item in questionnaire.in_language(language).items()}
        for pk, questionnaire in questionnaires.items()
    }
    for one in improvements:
        one.title = titles.get(one.wave_id, {}).get(one.question_key, "")
    return improvements


def _reaching(asked: Mapping[int, int]) -> list[Improvement]:
    """Shown texts of these waves for the group asked in, or one above it."""
    rows = list(
        Improvement.objects.filter(
            wave__in=asked, shown_on__isnull=False, wave__state=Wave.State.CLOSED, wave__released=True
        )
        .select_related("wave")
        .defer("wave__questionnaire_json")
        .order_by("-shown_on", "-pk")
    )
    trees = _trees({one.wave_id for one in rows}) if rows else {}
    return [one for one in rows if one.group_code in trees[one.wave_id].path(asked[one.wave_id])]


# --- Telling ------------------------------------------------------------------------------------------------
def _messages(wave: Wave, code: int, now: dt.datetime) -> Iterable[NewMessage]:
    """To whoever was asked in the group or below, has a login, and still has the address that was asked."""
    tree = Tree(dict(wave.groups.values_list("code", "parent_code")))
    asked = (
        wave.invitations.filter(group_code__in=tree.within(code))
        .filter(person__is_active=True, address__iexact=F("person__email"))
        .select_related("person")
    )
    return [
        NewMessage(
            key=f"improvement:{wave.pk}:{invitation.person_id}",
            kind=KIND,
            due=now,
            person=invitation.person,
            language=invitation.language,
            context={"wave": wave.pk, "anonymous": int(wave.is_anonymous)},
        )
        for invitation in asked
    ]


def is_confidential(context: Mapping[str, int | str]) -> bool:
    """Who was asked by an anonymous wave is shown to no operator (anonymity.md P1)."""
    return bool(context["anonymous"])


def still_wanted(message: Message) -> bool:
    return message.person is not None and _first_told([message]).get(message.pk) is not None


def notices(waiting: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    """By pk, without those whose wave shows nothing to them any more."""
    return {
        pk: NoticeWords(
            title=_title(improvement.wave),
            why=improvement.said,
            path=f"{reverse('surveys:my-surveys')}#became",
            action=_("Read it"),
            icon="ask",
        )
        for pk, improvement in _first_told(waiting).items()
    }


def render(message: Message) -> Mail:
    improvement = _first_told([message])[message.pk]
    return Mail(
        subject=_title(improvement.wave),
        template="surveys/mail/improvement",
        context={
            "improvement": improvement,
            "link": f"{settings.PORTAL_URL}{reverse('surveys:my-surveys')}#became",
        },
        why=_("You get this because you were asked by this survey."),
        more=_("No further mail about this survey will come."),
    )


def _first_told(waiting: Sequence[Message | Notice]) -> dict[int, Improvement]:
    """By pk the newest shown text that reaches its person."""
    context: dict[int, Any] = {one.pk: one.context["wave"] for one in waiting}
    people = {one.person_id for one in waiting}
    asked: dict[tuple[int | None, int], int] = {
        (person, wave): code
        for person, wave, code in Invitation.objects.filter(
            person__in=people, wave__in=set(context.values()), address__iexact=F("person__email")
        ).values_list("person", "wave", "group_code")
    }
    shown: dict[int, list[Improvement]] = defaultdict(list)
    rows = Improvement.objects.filter(
        wave__in=set(context.values()), shown_on__isnull=False, wave__released=True
    )
    for one in rows.select_related("wave").defer("wave__questionnaire_json").order_by("-shown_on", "-pk"):
        shown[one.wave_id].append(one)
    trees = _trees(shown)
    found: dict[int, Improvement] = {}
    for message in waiting:
        wave = context[message.pk]
        code = asked.get((message.person_id, wave))
        if code is None or wave not in trees:
            continue
        path = set(trees[wave].path(code))
        first = next((one for one in shown[wave] if one.group_code in path), None)
        if first is not None:
            found[message.pk] = first
    return found


def _trees(waves: Iterable[int]) -> dict[int, Tree]:
    parents: dict[int, dict[int, int | None]] = defaultdict(dict)
    for wave, code, parent in WaveGroup.objects.filter(wave__in=list(waves)).values_list(
        "wave", "code", "parent_code"
    ):
        parents[wave][code] = parent
    return {wave: Tree(tree) for wave, tree in parents.items()}


def _title(wave: Wave) -> str:
    return _("What became of “%(survey)s”") % {"survey": wave.title}
