"""A wave before its launch: who would be asked, and what speaks against it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.working_time import ONE_DAY
from surveys.domain.building import conditioning, inserting
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.counting.atoms import Tree
from surveys.domain.counting.releasing import UNKNOWN_VALUE, breakdown_label
from surveys.domain.following_up import stepping
from surveys.domain.mailing.asking_in_mail import fitting_question
from surveys.domain.repeating import taking_turns
from surveys.domain.waves import freezing, gathering, holding_back, neighbours
from surveys.domain.waves.audience import FrozenAudience
from surveys.domain.waves.foreseeing import foresee
from surveys.domain.waves.holding_back import Held
from surveys.domain.waves.neighbours import DAYS_APART
from surveys.models import Wave
from surveys.models.wave import DECIDED
from surveys.questionnaire import Questionnaire

# anonymity.md R7.
APPROVAL_BELOW = 20


class Reason(StrEnum):
    """Why a wave cannot be launched."""

    NO_QUESTIONS = "no_questions"
    ARCHIVED = "archived"
    NOBODY = "nobody"
    NO_SUBJECT = "no_subject"
    TOO_FEW = "too_few"
    NEARLY_THE_SAME = "nearly_the_same"
    NO_READER = "no_reader"
    TOO_LATE = "too_late"
    HELD_BACK = "held_back"
    BROKEN_CONDITION = "broken_condition"
    STRAY_MARK = "stray_mark"
    ATTRIBUTE_GONE = "attribute_gone"
    FOLLOW_UP = "follow_up"
    NOTHING_TO_ASK_IN_MAIL = "nothing_to_ask_in_mail"


@dataclass(frozen=True)
class Problem:
    reason: Reason
    words: str


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
class MeterRow:
    """If ``percent`` answered, so many groups could be shown, and so many of these broken down."""

    percent: int
    shown: int
    divided: int


@dataclass(frozen=True)
class MeterValue:
    """A value of the breakdown; ``shown_from``: the share of answers from which all are broken down."""

    name: str
    invited: int
    shown_from: int | None
    too_small: bool


@dataclass(frozen=True)
class Meter:
    """How much of an anonymous wave could be shown; ``never`` are groups too small whoever answers."""

    groups: int
    rows: list[MeterRow]
    never: list[str]
    values: list[MeterValue]

    @property
    def shrinks(self) -> bool:
        """The few left over at the top, once they answer, are counted with the smallest group."""
        return any(later.shown < earlier.shown for earlier, later in pairwise(self.rows))


@dataclass(frozen=True)
class LaunchPreview:
    invited: int
    opted_out: int
    groups: list[PreviewGroup]
    problems: list[Problem]
    needs_approval: bool
    questionnaire: Questionnaire
    # Of an anonymous wave that asks anybody.
    meter: Meter | None = None
    # Who was asked by another wave in the last week, and whom this one of a row leaves for another time.
    held: Held | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    without_subject: int = 0

    @property
    def left_out_words(self) -> list[str]:
        return taking_turns.left_out_words(dict(self.left_out))

    @property
    def too_small(self) -> list[PreviewGroup]:
        return [group for group in self.groups if not group.is_shown]


def preview(wave: Wave, now: dt.datetime | None = None) -> LaunchPreview:
    """Who would be asked and what speaks against it, as of now."""
    now = now or moment_of_launch(wave, timezone.now())
    audience = freezing.freeze_audience(wave, freezing.day_of_launch(wave, now))
    questionnaire = freeze_questionnaire(wave.survey)
    held = holding_back.look_ahead(wave, audience.members, now)
    problems = [*problems_of(wave, audience, questionnaire, now), *_too_soon_after_another(held)]
    return LaunchPreview(
        invited=audience.invited,
        opted_out=audience.opted_out,
        groups=preview_groups(audience, wave.k if wave.is_anonymous else 1),
        problems=problems,
        needs_approval=needs_approval(wave, audience.invited),
        questionnaire=questionnaire,
        meter=meter_of(wave, audience) if wave.is_anonymous and audience.members else None,
        held=held,
        left_out=audience.left_out,
        without_subject=audience.without_subject,
    )


def meter_of(wave: Wave, audience: FrozenAudience) -> Meter:
    """What ``foreseeing`` says of this audience, with the names of groups and values."""
    invited: Counter[tuple[int, str]] = Counter()
    for member in audience.members:
        value = (member.breakdown_value or UNKNOWN_VALUE) if wave.breakdown else ""
        invited[audience.group_code(member), value] += 1
    tree = Tree.of(audience.groups)
    found = foresee(tree, invited, wave.k)
    return Meter(
        groups=len(found.groups),
        rows=[MeterRow(each.percent, len(each.shown), len(each.divided)) for each in found.outlooks],
        never=[group.name for group in audience.groups if group.code in found.never],
        values=[
            MeterValue(breakdown_label(each.value), each.invited, each.shown_from, each.invited < wave.k)
            for each in found.values
        ],
    )


def moment_of_launch(wave: Wave, now: dt.datetime) -> dt.datetime:
    """One of a row that opens by itself is looked at as of then: what speaks against it now may be over."""
    return max(wave.opens_at, now) if wave.opens_by_itself else now


def fingerprint(wave: Wave, found: LaunchPreview) -> str:
    """Another one as soon as anything changed that somebody looked at before they said yes."""
    looked_at = [
        *(getattr(wave, name) for name in DECIDED),
        sorted(wave.teams.values_list("pk", flat=True)),
        sorted(wave.organisations.values_list("pk", flat=True)),
        sorted(wave.readers.values_list("pk", flat=True)),
        found.invited,
        found.questionnaire.to_json(),
    ]
    return hashlib.blake2s(json.dumps(looked_at, default=str, sort_keys=True).encode()).hexdigest()


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


def problems_of(
    wave: Wave, audience: FrozenAudience, questionnaire: Questionnaire, now: dt.datetime
) -> Iterator[Problem]:
    """What speaks against asking these people these questions."""
    if wave.survey.archived:
        yield Problem(Reason.ARCHIVED, _("The survey is put away. Bring it back before you launch."))
    if not questionnaire.sections:
        yield Problem(Reason.NO_QUESTIONS, _("The survey has no question yet. Add one first."))
    if broken := list(conditioning.faults(questionnaire)):
        words = conditioning.refusal(broken, conditioning.names_of(questionnaire))
        yield Problem(Reason.BROKEN_CONDITION, words)
    for words in inserting.faults(questionnaire):
        yield Problem(Reason.STRAY_MARK, words)
    if wave.closes_at <= now:
        yield Problem(Reason.TOO_LATE, _("The closing time has passed. Choose a later one."))
    by_attribute = wave.audience == Wave.Audience.ATTRIBUTE
    if by_attribute and not gathering.is_offered(wave.audience_by):
        words = _("What the people asked have in common is not in use any more. Choose them in another way.")
        yield Problem(Reason.ATTRIBUTE_GONE, words)
    yield from _nobody_rated(wave)
    if not audience.members:
        yield Problem(Reason.NOBODY, _("Nobody would be asked. Choose teams or organisations with people."))
    elif wave.is_anonymous:
        yield from _risks_to_anonymity(wave, audience, questionnaire, now)
    # Of a row of waves whoever read them may have left since.
    if not wave.is_anonymous and not wave.readers.filter(is_active=True).exists():
        yield Problem(
            Reason.NO_READER,
            _("Name at least one person who reads the answers. Those asked see the names."),
        )
    yield from _chosen_question_gone(wave, questionnaire)


def _nobody_rated(wave: Wave) -> Iterator[Problem]:
    if wave.about == Wave.About.PERSON and (wave.subject is None or not wave.subject.is_active):
        words = _("Choose whom this is about. Whoever was chosen does not work here any more.")
        yield Problem(Reason.NO_SUBJECT, words)


def _chosen_question_gone(wave: Wave, questionnaire: Questionnaire) -> Iterator[Problem]:
    """What HR chose of an earlier version of the questionnaire."""
    if wave.ask_in_mail and not wave.is_anonymous and fitting_question(questionnaire) is None:
        words = _("The first question does not fit into the mail any more. Change it, or the wave.")
        yield Problem(Reason.NOTHING_TO_ASK_IN_MAIL, words)
    for words in stepping.problems_of(wave, questionnaire):
        yield Problem(Reason.FOLLOW_UP, words)


def _too_soon_after_another(held: Held | None) -> Iterator[Problem]:
    """Nobody is invited twice a week, and nobody's invitation is dropped for it."""
    if held and held.too_late:
        enough = timezone.localtime(held.last + 2 * ONE_DAY).date()
        words = _(
            "%(number)s of them were asked by another survey in the last week, and could be invited only "
            "when this one is nearly over. Let it close later, on %(date)s or after."
        )
        number = holding_back.count_words(held.too_late)
        yield Problem(Reason.HELD_BACK, words % {"number": number, "date": formats.date_format(enough)})


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
        free_from = timezone.localtime(_free_from(earlier)).date()
        if not difference:
            words = _(
                "“%(title)s” asked these people the same question, with other groups: results by manager and "
                "by team together could give away single answers. Launch after %(date)s, or ask something "
                "else."
            )
            names = {"title": earlier.title, "date": formats.date_format(free_from)}
            yield Problem(Reason.NEARLY_THE_SAME, words % names)
            continue
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
    """Anonymous waves of the last 30 days or still open, with a shared question, whose audience differs by 1
    to k-1 people, or by nobody where one of both is about each one's manager.

    A wave just being launched has no invitations yet; its audience is worked out as its launch will do it.
    """
    asked = {member.identity for member in audience.members}
    for other in neighbours.asked_the_same(wave, questionnaire, since=now - DAYS_APART):
        difference = len(asked ^ freezing.asked_in(other, now))
        # By whom they rate people are grouped otherwise than by team: even of the same people both figures
        # together could tell of the few in which two groups differ.
        regrouped = (wave.about == Wave.About.MANAGER) != (other.about == Wave.About.MANAGER)
        if (difference or regrouped) and difference < max(wave.k, other.k):
            yield other, difference


def _free_from(earlier: Wave) -> dt.datetime:
    """Not from when it was sent on its way: what is launched far ahead asks when it opens."""
    return max(earlier.opens_at + DAYS_APART, earlier.closes_at)
