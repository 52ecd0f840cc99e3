"""What a wave keeps of the day it was launched: the questions, who is asked, and the groups they belong to.

Moving or renaming people later changes nothing of it (anonymity.md R6). The preview before the launch is
worked out by the same functions, so what HR reads is what happens.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.organisation import current
from common.search import search_key
from common.working_time import find_zone
from customers.models import Contact
from notifications.models import OptOut
from people.models import Person, PersonAttribute, Team
from people.models.team import descendant_ids
from surveys import questionnaire
from surveys.conditions import Condition
from surveys.domain import gathering, reminding
from surveys.models import Invitation, Question, Section, Survey, Wave, WaveGroup

# The whole audience; every other group of a wave lies below it.
WHOLE_AUDIENCE = 1
ROWS_AT_ONCE = 1000
# Before the name of a place: what its translation was made from, see ``translating``. Never frozen.
MEMORY = "#"


# --- Questions ----------------------------------------------------------------------------------------------
def freeze_questionnaire(survey: Survey) -> questionnaire.Questionnaire:
    """The survey's questions as they stand now; parts without a question are left out."""
    rows = survey.sections.prefetch_related("questions__behaviour")
    sections = [section for section in rows if section.questions.all()]
    frozen = questionnaire.Questionnaire(
        title=survey.title,
        intro=survey.intro,
        version=survey.version,
        language=survey.language,
        sections=tuple(
            questionnaire.Section(
                section.title, section.intro, tuple(freeze_question(row) for row in section.questions.all())
            )
            for section in sections
        ),
    )
    known = frozen.words
    translations = {}
    for language in survey.languages:
        words = _words(survey, sections, language)
        # Words of a hint that is gone, and what translations were made from, stay with the rows.
        translations[language] = {place: text for place, text in words.items() if text and place in known}
    return replace(frozen, translations=translations)


def questionnaire_of(wave: Wave) -> questionnaire.Questionnaire:
    """What the wave asks, or would ask if it were launched now."""
    is_frozen = wave.questionnaire_json is not None
    return wave.questionnaire if is_frozen else freeze_questionnaire(wave.survey)


def _words(survey: Survey, sections: list[Section], language: str) -> dict[str, str]:
    """All that is stored of the survey in a language, by its place in the questionnaire."""
    words = dict(survey.translations.get(language, {}))
    for number, section in enumerate(sections):
        for place, text in section.translations.get(language, {}).items():
            words[f"section.{number}.{place}"] = text
        for row in section.questions.all():
            words |= {
                f"{row.key}.{place}": text for place, text in row.translations.get(language, {}).items()
            }
    return words


def freeze_question(row: Question) -> questionnaire.Question:
    """Only what its kind has of ends, options, rows and bounds: rows may carry leftovers."""
    kind = questionnaire.Kind(row.kind)
    options, rows = _options_of(kind, row)
    low, high = _ends_of(kind, row, options)
    least, most = _bounds_of(kind, row)
    has_ends = high > low
    return questionnaire.Question(
        key=row.key,
        kind=kind,
        text=row.text,
        help=row.help,
        required=row.required,
        behaviour=row.behaviour.code if row.behaviour else "",
        low=low,
        high=high,
        low_label=row.low_label if has_ends else "",
        high_label=row.high_label if has_ends else "",
        options=options,
        driver=row.driver,
        other=row.other and kind in {questionnaire.Kind.SINGLE, questionnaire.Kind.MULTIPLE},
        rows=rows,
        unit=row.unit if kind is questionnaire.Kind.NUMBER else "",
        least=least,
        most=most,
        condition=Condition.from_json(row.condition) if row.condition else None,
    )


def _options_of(
    kind: questionnaire.Kind, row: Question
) -> tuple[tuple[questionnaire.Option, ...], tuple[questionnaire.Option, ...]]:
    """Options and rows."""
    with_options = kind in {
        questionnaire.Kind.SINGLE,
        questionnaire.Kind.MULTIPLE,
        questionnaire.Kind.RANKING,
        questionnaire.Kind.MATRIX,
    }
    options = tuple(questionnaire.Option(**option) for option in row.options) if with_options else ()
    rows = tuple(questionnaire.Option(**one) for one in row.rows)
    return options, rows if kind is questionnaire.Kind.MATRIX else ()


def _ends_of(
    kind: questionnaire.Kind, row: Question, options: tuple[questionnaire.Option, ...]
) -> tuple[int, int]:
    match kind:
        case questionnaire.Kind.RECOMMEND:
            return 0, 10
        case questionnaire.Kind.SCALE:
            return row.low, row.high
        case questionnaire.Kind.MATRIX if not options:
            return row.low, row.high
        case _:
            return 0, 0


def _bounds_of(kind: questionnaire.Kind, row: Question) -> tuple[int, int]:
    if kind is questionnaire.Kind.NUMBER and row.least is not None and row.most is not None:
        return row.least, row.most
    if kind is questionnaire.Kind.DATE and row.earliest and row.latest:
        return row.earliest.toordinal(), row.latest.toordinal()
    return 0, 0


# --- People -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Member:
    """Somebody to invite. ``place`` is the team's or organisation's id; None: in no team."""

    person_id: int | None
    contact_id: int | None
    address: str
    language: str
    place: int | None
    breakdown_value: str
    # Whom they are asked about, where the wave is about somebody.
    subject_id: int | None = None

    @property
    def identity(self) -> tuple[str, int]:
        """The same for the same respondent in every wave."""
        return ("person", self.person_id) if self.person_id else ("contact", self.contact_id or 0)


def with_subject(member: Member, subject_id: int) -> Member:
    """They count where their subject does, and not in their own team."""
    return replace(member, place=subject_id, subject_id=subject_id)


@dataclass(frozen=True)
class FrozenGroup:
    """``invited`` counts this group and everything below it, ``own`` only those directly in it."""

    code: int
    parent_code: int | None
    name: str
    place: int | None
    lead_id: int | None
    own: int
    invited: int
    subject_id: int | None = None


@dataclass(frozen=True)
class FrozenAudience:
    members: tuple[Member, ...]
    groups: tuple[FrozenGroup, ...]
    opted_out: int
    # In a row of waves: how many are asked another time, by why (``taking_turns``).
    left_out: Mapping[str, int] = field(default_factory=dict)
    # Of a wave about managers: how many have none.
    without_subject: int = 0

    @property
    def invited(self) -> int:
        return len(self.members)

    @cached_property
    def code_of_place(self) -> dict[int, int]:
        return {group.place: group.code for group in self.groups if group.place is not None}

    def group_code(self, member: Member) -> int:
        if member.place is None:
            return WHOLE_AUDIENCE
        return self.code_of_place.get(member.place, WHOLE_AUDIENCE)


@dataclass(frozen=True)
class Place:
    """A team, an organisation or somebody rated (``surveys.domain.subjects``) that may become a group."""

    pk: int
    parent: int | None
    name: str
    lead_id: int | None = None
    subject_id: int | None = None


def freeze_audience(wave: Wave, day: dt.date) -> FrozenAudience:
    """Who would be asked on this day, in a fixed number of statements.

    Left out: people who do not work here on that day, and addresses that opted out, which are counted; of a
    wave that repeats also those whose turn it is not; of a wave about managers those who have none.
    """
    # Which ask here whom the other waves ask, and for what groups are made of.
    from surveys.domain import subjects, taking_turns  # noqa: PLC0415

    found, places = _contacts(wave) if wave.audience == Wave.Audience.CONTACTS else _people(wave, day)
    opted_out = OptOut.objects.among(reminding.CATEGORY, {member.address for member in found})
    reachable = [member for member in found if member.address not in opted_out]
    rated = subjects.rated_by(wave, reachable)
    turn = taking_turns.turn_of(wave, rated.members, day)
    if wave.about:
        places = subjects.tree_of(wave, turn.members)
    return FrozenAudience(
        members=turn.members,
        groups=tuple(_groups(turn.members, places, _name_of_all(wave))),
        opted_out=len(found) - len(reachable),
        left_out=turn.left_out,
        without_subject=rated.left_out,
    )


def _name_of_all(wave: Wave) -> str:
    match wave.audience:
        case Wave.Audience.EVERYONE:
            return current().name
        case Wave.Audience.TEAMS:
            return _("All teams asked")
        case Wave.Audience.ATTRIBUTE:
            return _("Everyone asked")
        case _:
            return _("All organisations asked")


def _contacts(wave: Wave) -> tuple[list[Member], list[Place]]:
    organisations = list(wave.organisations.order_by("name", "pk"))
    rows = (
        Contact.objects.active()
        .filter(organisation__in=organisations)
        .exclude(email="")
        .order_by("pk")
        .values_list("pk", "email", "language", "organisation_id", "country")
    )
    members = [
        Member(None, pk, email, language, place, _breakdown(wave, country=country))
        for pk, email, language, place, country in rows
    ]
    return members, [Place(one.pk, None, one.name, one.owner_id) for one in organisations]


def _people(wave: Wave, day: dt.date) -> tuple[list[Member], list[Place]]:
    """Everyone, or the members of the teams asked; with the teams that may become groups."""
    people = (
        Person.objects.active()
        .filter(Q(start_date=None) | Q(start_date__lte=day), Q(end_date=None) | Q(end_date__gte=day))
        .exclude(email="")
        .order_by("pk")
    )
    places = [
        Place(*row) for row in Team.objects.order_by("pk").values_list("pk", "parent_id", "name", "lead_id")
    ]
    if wave.audience == Wave.Audience.TEAMS:
        asked = set(wave.teams.values_list("pk", flat=True))
        if wave.with_teams_below:
            asked = descendant_ids(list(asked))
        people = people.filter(team_id__in=asked)
        places = _only(places, asked)
    elif wave.audience == Wave.Audience.ATTRIBUTE:
        people = gathering.among(people, wave.audience_by, wave.audience_values)
    values = _attribute_values(wave, people)
    rows = people.values_list("pk", "email", "language", "team_id", "location", "country")
    members = [
        Member(
            pk,
            None,
            email,
            language,
            place,
            values.get(pk, "") or _breakdown(wave, location=location, country=country),
        )
        for pk, email, language, place, location, country in rows
    ]
    return members, places


def _attribute_values(wave: Wave, people: models.QuerySet[Person]) -> dict[int, str]:
    """By person what the attribute of the breakdown is for them; nothing where it is by none."""
    attribute = wave.breakdown_attribute
    if attribute is None:
        return {}
    values = PersonAttribute.objects.filter(attribute=attribute, person__in=people.order_by())
    return dict(values.values_list("person_id", "value"))


def _breakdown(wave: Wave, *, location: str = "", country: str = "") -> str:
    match wave.breakdown:
        case Wave.Breakdown.LOCATION:
            return location
        case Wave.Breakdown.COUNTRY:
            return country
        case _:
            return ""


def _only(places: list[Place], asked: set[int]) -> list[Place]:
    """The places asked, each below its nearest ancestor that is asked too.

    A team between them that nobody asked is no group: its figure would lack its other people.
    """
    parents = {place.pk: place.parent for place in places}

    def nearest(parent: int | None) -> int | None:
        while parent is not None and parent not in asked:
            parent = parents.get(parent)
        return parent

    return [replace(place, parent=nearest(place.parent)) for place in places if place.pk in asked]


def _groups(members: Iterable[Member], places: list[Place], name_of_all: str) -> list[FrozenGroup]:
    """The tree of groups with somebody in it, parents before children, siblings by name.

    Where a single place holds everybody, it is the whole audience: the same people are never listed twice.
    """
    own = Counter(member.place for member in members)
    children: dict[int | None, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda place: (search_key(place.name), place.pk)):
        children[place.parent].append(place)

    invited: dict[int, int] = {}

    def count(place: Place) -> int:
        below = sum(count(child) for child in children[place.pk])
        invited[place.pk] = own[place.pk] + below
        return invited[place.pk]

    everybody = sum(own.values())
    beside = everybody - sum(count(top) for top in children[None])
    tops = [top for top in children[None] if invited[top.pk]]
    groups: list[FrozenGroup] = []

    def add(place: Place, parent_code: int | None) -> None:
        code = len(groups) + WHOLE_AUDIENCE
        groups.append(
            FrozenGroup(
                code,
                parent_code,
                place.name,
                place.pk,
                place.lead_id,
                own[place.pk],
                invited[place.pk],
                place.subject_id,
            )
        )
        for child in children[place.pk]:
            if invited[child.pk]:
                add(child, code)

    if len(tops) == 1 and not beside:
        add(tops[0], None)
        return groups
    groups.append(FrozenGroup(WHOLE_AUDIENCE, None, name_of_all, None, None, beside, everybody))
    for top in tops:
        add(top, WHOLE_AUDIENCE)
    return groups


# --- Rows ---------------------------------------------------------------------------------------------------
def write_audience(wave: Wave, audience: FrozenAudience) -> None:
    """Groups and invitations as rows; the caller's transaction makes them appear at once."""
    is_external = wave.audience == Wave.Audience.CONTACTS and not wave.about
    by_team = not is_external and not wave.about
    WaveGroup.objects.bulk_create(
        [
            WaveGroup(
                wave=wave,
                code=group.code,
                parent_code=group.parent_code,
                name=group.name,
                team_id=group.place if by_team else None,
                organisation_id=group.place if is_external else None,
                lead_id=group.lead_id,
                subject_id=group.subject_id,
                invited_count=group.invited,
            )
            for group in audience.groups
        ],
        batch_size=ROWS_AT_ONCE,
    )
    Invitation.objects.bulk_create(
        [
            Invitation(
                wave=wave,
                person_id=member.person_id,
                contact_id=member.contact_id,
                subject_id=member.subject_id,
                address=member.address,
                language=member.language,
                group_code=audience.group_code(member),
                breakdown_value=member.breakdown_value,
            )
            for member in audience.members
        ],
        batch_size=ROWS_AT_ONCE,
    )


def day_of_launch(wave: Wave, now: dt.datetime) -> dt.date:
    """The day people must work here to be asked: the day it opens, where the organisation is.

    Not the viewer's zone: the worker must find whom the preview named.
    """
    return timezone.localtime(max(wave.opens_at, now), find_zone("")).date()
