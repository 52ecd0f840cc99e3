"""From a draft to an open wave.

A page only says "launch" and moves the state; the worker on the queue ``ballots`` does the rest in steps,
each of which may be killed and repeated: key, frozen rows (one transaction), messages (in chunks), open.
Messages are first written with a due time at which they can no longer be sent, and get their real one in the
transaction that opens the wave, so that no link arrives before it works.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.db import DatabaseError, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import audit
from common.models import Progress
from common.progress import track
from common.search import search_key
from customers.models import ExternalOrganisation
from notifications import tasks as notification_tasks
from notifications.domain import queueing
from notifications.models import Message
from people.models import Person, Team
from surveys import tasks
from surveys.domain import freezing, reminding, sealing
from surveys.domain.freezing import ROWS_AT_ONCE, FrozenAudience
from surveys.models import Invitation, Wave
from surveys.questionnaire import Questionnaire

logger = logging.getLogger(__name__)

# anonymity.md R7.
APPROVAL_BELOW = 20
DAYS_APART = dt.timedelta(days=30)


# --- Drafts -------------------------------------------------------------------------------------------------
_EDITABLE = (
    "title",
    "mode",
    "k",
    "breakdown",
    "audience",
    "with_teams_below",
    "opens_at",
    "closes_at",
    "extension_days",
    "reminder_days",
)


class NotADraft(Exception):
    """The wave is on its way; nothing was changed."""


def save_draft(
    wave: Wave,
    *,
    teams: Iterable[Team],
    organisations: Iterable[ExternalOrganisation],
    readers: Iterable[Person],
    by: Person,
) -> Wave:
    """Keep what a form set on a new or existing draft. Raises NotADraft."""
    with transaction.atomic():
        if not wave.pk:
            wave.created_by = by
            wave.save()
            audit.record(by=by, action="wave.planned", obj=wave)
        else:
            _lock_draft(wave)
            wave.save(update_fields=_EDITABLE)
        wave.teams.set(teams)
        wave.organisations.set(organisations)
        wave.readers.set(readers)
    return wave


def delete_draft(wave: Wave, *, by: Person) -> None:
    """Raises NotADraft."""
    with transaction.atomic():
        _lock_draft(wave)
        audit.record(by=by, action="wave.draft_deleted", obj=wave)
        wave.delete()


def _lock_draft(wave: Wave) -> None:
    if not Wave.objects.select_for_update().filter(pk=wave.pk, state=Wave.State.DRAFT).exists():
        raise NotADraft


# --- Before the launch --------------------------------------------------------------------------------------
class Reason(StrEnum):
    """Why a wave cannot be launched."""

    NO_QUESTIONS = "no_questions"
    ARCHIVED = "archived"
    NOBODY = "nobody"
    TOO_FEW = "too_few"
    NEARLY_THE_SAME = "nearly_the_same"
    NO_READER = "no_reader"
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class Problem:
    reason: Reason
    words: str


class LaunchRefused(Exception):
    """Nothing was changed; ``problems`` say what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.words for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class PreviewGroup:
    """One row of the preview. ``counted_in`` names the group that takes in one too small to show."""

    name: str
    depth: int
    invited: int
    counted_in: str = ""

    @property
    def is_shown(self) -> bool:
        return not self.counted_in

    @property
    def indent(self) -> int:
        return min(self.depth, 5)


@dataclass(frozen=True)
class LaunchPreview:
    invited: int
    opted_out: int
    groups: list[PreviewGroup]
    problems: list[Problem]
    needs_approval: bool
    questionnaire: Questionnaire

    @property
    def too_small(self) -> list[PreviewGroup]:
        return [group for group in self.groups if not group.is_shown]


def preview(wave: Wave, now: dt.datetime | None = None) -> LaunchPreview:
    """Who would be asked and what speaks against it, as of now."""
    now = now or timezone.now()
    audience = freezing.freeze_audience(wave, freezing.day_of_launch(wave, now))
    questionnaire = freezing.freeze_questionnaire(wave.survey)
    return LaunchPreview(
        invited=audience.invited,
        opted_out=audience.opted_out,
        groups=preview_groups(audience, wave.k if wave.is_anonymous else 1),
        problems=list(_problems(wave, audience, questionnaire, now)),
        needs_approval=needs_approval(wave, audience.invited),
        questionnaire=questionnaire,
    )


def needs_approval(wave: Wave, invited: int) -> bool:
    return wave.is_anonymous and invited < APPROVAL_BELOW


def preview_groups(audience: FrozenAudience, k: int) -> list[PreviewGroup]:
    """Each group, and for one below k the group its answers will be counted in, if everybody answers."""
    by_code = {group.code: group for group in audience.groups}
    depths: dict[int, int] = {}
    rows: list[PreviewGroup] = []
    for group in audience.groups:
        parent = by_code.get(group.parent_code or 0)
        depths[group.code] = depths[parent.code] + 1 if parent else 0
        taker = group
        while taker.invited < k and (above := by_code.get(taker.parent_code or 0)):
            taker = above
        counted_in = taker.name if taker is not group else ""
        rows.append(PreviewGroup(group.name, depths[group.code], group.invited, counted_in))
    return rows


def _problems(
    wave: Wave, audience: FrozenAudience, questionnaire: Questionnaire, now: dt.datetime
) -> Iterator[Problem]:
    if wave.survey.archived:
        yield Problem(Reason.ARCHIVED, _("The survey is put away. Bring it back before you launch."))
    if not questionnaire.sections:
        yield Problem(Reason.NO_QUESTIONS, _("The survey has no question yet. Add one first."))
    if wave.closes_at <= now:
        yield Problem(Reason.TOO_LATE, _("The closing time has passed. Choose a later one."))
    if not audience.members:
        yield Problem(Reason.NOBODY, _("Nobody would be asked. Choose teams or organisations with people."))
    elif wave.is_anonymous:
        yield from _risks_to_anonymity(wave, audience, questionnaire, now)
    if not wave.is_anonymous and not wave.readers.exists():
        yield Problem(
            Reason.NO_READER,
            _("Name at least one person who reads the answers. Those asked see the names."),
        )


def _risks_to_anonymity(
    wave: Wave, audience: FrozenAudience, questionnaire: Questionnaire, now: dt.datetime
) -> Iterator[Problem]:
    """anonymity.md R7."""
    if audience.invited < 2 * wave.k:
        yield Problem(
            Reason.TOO_FEW,
            ngettext(
                "This would ask %(number)d person. An anonymous wave needs at least %(least)d: with fewer, "
                "people could be recognised by their answers.",
                "This would ask %(number)d people. An anonymous wave needs at least %(least)d: with fewer, "
                "people could be recognised by their answers.",
                audience.invited,
            )
            % {"number": audience.invited, "least": 2 * wave.k},
        )
    for earlier, difference in _nearly_the_same(wave, audience, questionnaire, now):
        free_from = timezone.localtime((earlier.launched_at or now) + DAYS_APART).date()
        yield Problem(
            Reason.NEARLY_THE_SAME,
            ngettext(
                "“%(title)s” asked almost the same people the same question: only %(number)d person differs. "
                "Somebody could subtract one result from the other. Ask exactly the same people, or launch "
                "after %(date)s.",
                "“%(title)s” asked almost the same people the same question: only %(number)d people differ. "
                "Somebody could subtract one result from the other. Ask exactly the same people, or launch "
                "after %(date)s.",
                difference,
            )
            % {"title": earlier.title, "number": difference, "date": formats.date_format(free_from)},
        )


def _nearly_the_same(
    wave: Wave, audience: FrozenAudience, questionnaire: Questionnaire, now: dt.datetime
) -> Iterator[tuple[Wave, int]]:
    """Anonymous waves of the last 30 days with a shared question whose audience differs by 1 to k-1 people.

    A wave just being launched has no invitations yet; its audience is worked out as its launch will do it.
    """
    asked = {member.identity for member in audience.members}
    recent = (
        Wave.objects.filter(mode=Wave.Mode.ANONYMOUS, launched_at__gt=now - DAYS_APART)
        .exclude(state__in=[Wave.State.DRAFT, Wave.State.APPROVAL])
        .exclude(pk=wave.pk)
        .select_related("survey")
        .order_by("pk")
    )
    for other in recent:
        frozen = other.questionnaire_json is not None
        theirs = other.questionnaire if frozen else freezing.freeze_questionnaire(other.survey)
        if not _fingerprints(theirs) & _fingerprints(questionnaire):
            continue
        difference = len(asked ^ _asked_in(other, now))
        if 0 < difference < max(wave.k, other.k):
            yield other, difference


def _fingerprints(questionnaire: Questionnaire) -> set[str]:
    """Keys and texts: a question typed again into another survey is the same question."""
    found = set()
    for question in questionnaire.questions():
        found |= {f"key:{question.key}", f"text:{search_key(question.text)}"}
    return found


def _asked_in(wave: Wave, now: dt.datetime) -> set[tuple[str, int]]:
    rows = list(wave.invitations.values_list("person_id", "contact_id"))
    if rows:
        return {("person", person) if person else ("contact", contact) for person, contact in rows}
    audience = freezing.freeze_audience(wave, freezing.day_of_launch(wave, now))
    return {member.identity for member in audience.members}


# --- The launch ---------------------------------------------------------------------------------------------
def progress_key(wave_id: int) -> str:
    return f"wave-launch:{wave_id}"


def launch(*, wave: Wave, by: Person, now: dt.datetime) -> Wave:
    """Send a draft on its way, or to a second person of HR where few are asked. Repeating it changes nothing.

    Raises LaunchRefused where a rule speaks against it.
    """
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.state != Wave.State.DRAFT:
            return locked
        found = _refuse_or_preview(locked, now)
        locked.launched_by = by
        if found.needs_approval:
            locked.state = Wave.State.APPROVAL
            locked.save(update_fields=["state", "launched_by"])
            audit.record(by=by, action="wave.approval_asked", obj=locked, invited=found.invited)
        else:
            _set_off(locked, now)
            audit.record(by=by, action="wave.launched", obj=locked, invited=found.invited)
    return locked


def approve(*, wave: Wave, by: Person, now: dt.datetime) -> Wave:
    """The second person's word (anonymity.md R7). Repeating it changes nothing.

    Raises LaunchRefused, and PermissionError where the first person answers themselves.
    """
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.state != Wave.State.APPROVAL:
            return locked
        if locked.launched_by_id == by.pk:
            raise PermissionError("Whoever asked for the launch does not approve it.")
        found = _refuse_or_preview(locked, now)
        locked.approved_by = by
        _set_off(locked, now)
        audit.record(by=by, action="wave.approved", obj=locked, invited=found.invited)
    return locked


def take_back(*, wave: Wave, by: Person) -> Wave:
    """A wave that waits for a second person becomes a draft again."""
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.state != Wave.State.APPROVAL:
            return locked
        locked.state = Wave.State.DRAFT
        locked.launched_by = None
        locked.save(update_fields=["state", "launched_by"])
        audit.record(by=by, action="wave.taken_back", obj=locked)
    return locked


def _refuse_or_preview(wave: Wave, now: dt.datetime) -> LaunchPreview:
    found = preview(wave, now)
    if found.problems:
        raise LaunchRefused(found.problems)
    return found


def _set_off(wave: Wave, now: dt.datetime) -> None:
    wave.state = Wave.State.LAUNCHING
    wave.launched_at = now
    wave.opens_at = max(wave.opens_at, now)
    wave.save(update_fields=["state", "launched_by", "approved_by", "launched_at", "opens_at"])
    Progress.objects.update_or_create(
        key=progress_key(wave.pk),
        defaults={
            "done": 0,
            "total": 0,
            "state": Progress.State.RUNNING,
            "message": "",
            "permission": "surveys.launch_wave",
            "next_url": wave.get_absolute_url(),
        },
    )
    # A broker that is down costs nobody their launch: the next tick finds the wave.
    transaction.on_commit(partial(tasks.carry_out_launch.delay, wave_id=wave.pk), robust=True)


# --- On the worker ------------------------------------------------------------------------------------------
def carry_on_launches(now: dt.datetime) -> None:
    """Take up what a lost wake-up or a killed worker left, and open what is due."""
    for wave_id, opens_at in list(Wave.objects.launching().order_by("pk").values_list("pk", "opens_at")):
        if opens_at > now and _is_prepared(wave_id):
            continue
        try:
            carry_out_launch(wave_id=wave_id, now=now)
        except DatabaseError:
            raise
        except Exception as error:  # the others must not wait for it; every tick tries again
            logger.error("Wave %s is not launched yet: %s", wave_id, type(error).__name__)


def _is_prepared(wave_id: int) -> bool:
    # Only spares work: preparing once more does nothing.
    return Progress.objects.filter(key=progress_key(wave_id), state=Progress.State.DONE).exists()


def carry_out_launch(*, wave_id: int, now: dt.datetime) -> None:
    """Whatever of the launch is not done yet. Safe to run twice, also at once."""
    wave = Wave.objects.launching().filter(pk=wave_id).first()
    if wave is None:
        return
    try:
        public_key = sealing.create_wave_key(wave) if wave.is_anonymous else None
    except sealing.KeyUnusable as error:
        _stop_for_want_of_a_key(wave, error)
        return
    if not _freeze(wave_id=wave_id, public_key=public_key, now=now):
        return
    wave.refresh_from_db()
    _prepare_messages(wave)
    if wave.opens_at <= now:
        _open(wave, now)


def _stop_for_want_of_a_key(wave: Wave, error: sealing.KeyUnusable) -> None:
    """The wave waits, every tick tries again, and its page says who can help."""
    logger.error("Wave %s cannot be launched: %s", wave.pk, error)
    Progress.objects.filter(key=progress_key(wave.pk)).update(
        state=Progress.State.FAILED,
        message=_("The key that seals the answers could not be made. Your administrator can help."),
    )


def _freeze(*, wave_id: int, public_key: bytes | None, now: dt.datetime) -> bool:
    """Questions, groups and invitations, all or none. False where the wave must not be launched after all."""
    with transaction.atomic():
        wave = Wave.objects.select_for_update().select_related("survey").get(pk=wave_id)
        if wave.state != Wave.State.LAUNCHING:
            return False
        if wave.questionnaire_json is not None:
            return True
        # Again, because another wave may have been launched at the same moment, and people come and go.
        audience = freezing.freeze_audience(wave, freezing.day_of_launch(wave, now))
        questionnaire = freezing.freeze_questionnaire(wave.survey)
        problems = list(_problems(wave, audience, questionnaire, now))
        if problems:
            _send_back(wave, problems)
            return False
        freezing.write_audience(wave, audience)
        wave.questionnaire_json = questionnaire.to_json()
        wave.invited_count = audience.invited
        if public_key is not None:
            wave.public_key = public_key
            wave.ballot_size = sealing.ballot_size(questionnaire)
        wave.save(update_fields=["questionnaire_json", "invited_count", "public_key", "ballot_size"])
    return True


def _send_back(wave: Wave, problems: list[Problem]) -> None:
    wave.state = Wave.State.DRAFT
    wave.launched_by = wave.approved_by = wave.launched_at = None
    wave.save(update_fields=["state", "launched_by", "approved_by", "launched_at"])
    Progress.objects.filter(key=progress_key(wave.pk)).update(
        state=Progress.State.FAILED, message=problems[0].words[:300]
    )


def _prepare_messages(wave: Wave) -> None:
    """One invitation message each; those already there stay as they are."""
    with track(
        progress_key(wave.pk),
        total=wave.invited_count,
        permission="surveys.launch_wave",
        next_url=wave.get_absolute_url(),
    ) as work:
        for chunk in _chunks(wave):
            with transaction.atomic():
                queueing.queue_many([reminding.invitation_message(one, due=wave.closes_at) for one in chunk])
            work.advance(len(chunk))


def _chunks(wave: Wave) -> Iterator[list[Invitation]]:
    last = 0
    # Only what a message needs: the wave, with its questionnaire, is the same for all.
    invitations = wave.invitations.select_related("person", "contact").only(
        "wave_id", "address", "language", "person__id", "contact__time_zone", "contact__country"
    )
    while chunk := list(invitations.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        for invitation in chunk:
            invitation.wave = wave
        yield chunk
        last = chunk[-1].pk


def _open(wave: Wave, now: dt.datetime) -> None:
    """The wave is open and its invitations may leave, in one transaction."""
    with transaction.atomic():
        if not Wave.objects.launching().filter(pk=wave.pk).update(state=Wave.State.OPEN):
            return
        ids = list(wave.invitations.values_list("pk", flat=True))
        for start in range(0, len(ids), ROWS_AT_ONCE):
            keys = [reminding.invitation_key(pk) for pk in ids[start : start + ROWS_AT_ONCE]]
            Message.objects.filter(key__in=keys, state=Message.State.PENDING).update(due=now)
        transaction.on_commit(notification_tasks.dispatch.delay, robust=True)
