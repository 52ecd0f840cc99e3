"""Quiet makers of surveys, waves and answers; each says only what a test wants different.

A wave made here is open, with the questionnaire ``QUESTIONNAIRE`` frozen into it and a real key.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group

from people.models import Person
from people.roles import HR
from surveys import models
from surveys.domain.answering import sealing
from surveys.models import Invitation, SealedBallot, Survey, Wave, WaveGroup
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section

OPENED = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
CLOSES = dt.datetime(2026, 3, 16, 17, 0, tzinfo=dt.UTC)
WHILE_OPEN = dt.datetime(2026, 3, 5, 12, 0, tzinfo=dt.UTC)

LISTENS = Question(
    key="listens",
    kind=Kind.SCALE,
    text="My lead listens.",
    low=1,
    high=5,
    low_label="never",
    high_label="always",
)
RECOMMEND = Question(key="recommend", kind=Kind.RECOMMEND, text="Would you recommend us?", low=0, high=10)
PROMISE = Question(key="promise", kind=Kind.YES_NO, text="Was the last promise kept?")
CHANNEL = Question(
    key="channel",
    kind=Kind.SINGLE,
    text="How do you reach us?",
    options=(Option("mail", "By mail"), Option("phone", "By telephone"), Option("desk", "In person")),
)
HELPS = Question(
    key="helps",
    kind=Kind.MULTIPLE,
    text="What would help?",
    options=(Option("time", "More time"), Option("tools", "Better tools"), Option("words", "Clearer words")),
)
HEAR = Question(key="hear", kind=Kind.LONG_TEXT, text="What should we hear?")
QUESTIONNAIRE = Questionnaire(
    title="How we work together",
    intro="",
    version=1,
    language="en",
    sections=(
        Section(title="Everyday", intro="", questions=(LISTENS, RECOMMEND, PROMISE)),
        Section(title="More", intro="", questions=(CHANNEL, HELPS, HEAR)),
    ),
)

_numbers = itertools.count(1)


def make_person(**fields: Any) -> Person:
    return make_people(1, **fields)[0]


def make_people(count: int, **fields: Any) -> list[Person]:
    """Active employees who never signed in."""
    people = []
    for _ in range(count):
        number = next(_numbers)
        defaults: dict[str, Any] = {"email": f"p{number}@example.com", "display_name": f"Person {number}"}
        people.append(Person(**{**defaults, **fields}, password="!"))
    created: list[Person] = Person.objects.bulk_create(people)
    return created


def make_hr(**fields: Any) -> Person:
    person = make_person(**fields)
    person.groups.add(Group.objects.get_or_create(name=HR)[0])
    return person


def make_survey(questionnaire: Questionnaire = QUESTIONNAIRE, **fields: Any) -> Survey:
    """A survey as HR builds it, with the same questions as the questionnaire, not translated."""
    named = {"title": questionnaire.title, "intro": questionnaire.intro, "language": questionnaire.language}
    survey = Survey.objects.create(**{**named, **fields})
    for position, section in enumerate(questionnaire.sections, start=1):
        row = models.Section.objects.create(
            survey=survey, position=position, title=section.title, intro=section.intro
        )
        models.Question.objects.bulk_create(
            _question_row(row, number, question) for number, question in enumerate(section.questions, start=1)
        )
    return survey


def _question_row(section: models.Section, position: int, question: Question) -> models.Question:
    bounds: dict[str, Any] = {}
    if question.high > question.low:
        bounds = {"low": question.low, "high": question.high}
    elif question.kind is Kind.NUMBER:
        bounds = {"least": question.least, "most": question.most}
    elif question.kind is Kind.DATE:
        first, last = question.days
        bounds = {"earliest": first, "latest": last}
    return models.Question(
        section=section,
        position=position,
        key=question.key,
        kind=question.kind.value,
        text=question.text,
        required=question.required,
        low_label=question.low_label,
        high_label=question.high_label,
        options=[{"code": option.code, "label": option.label} for option in question.options],
        rows=[{"code": row.code, "label": row.label} for row in question.rows],
        other=question.other,
        unit=question.unit,
        driver=question.driver,
        condition=question.condition.to_json() if question.condition else None,
        **bounds,
    )


def make_draft(**fields: Any) -> Wave:
    """A wave nobody has launched."""
    defaults: dict[str, Any] = {
        "title": "Spring",
        "audience": Wave.Audience.EVERYONE,
        "opens_at": OPENED,
        "closes_at": CLOSES,
    }
    if "survey" not in fields:
        defaults["survey"] = make_survey()
    return Wave.objects.create(**{**defaults, **fields})


def make_wave(
    *,
    groups: Mapping[int, int | None] | None = None,
    invited: Mapping[int, int] | None = None,
    questionnaire: Questionnaire = QUESTIONNAIRE,
    readers: Sequence[Person] = (),
    **fields: Any,
) -> Wave:
    """An open wave. ``groups`` is code -> parent code (1 is the whole audience), ``invited`` the number of
    people invited directly in each group; the default is one group of ten people.
    """
    groups = {1: None} if groups is None else groups
    invited = {1: 10} if invited is None else invited
    mode = fields.get("mode", Wave.Mode.ANONYMOUS)
    wave = make_draft(
        **{
            "state": Wave.State.OPEN,
            "launched_at": OPENED,
            "questionnaire_json": questionnaire.to_json(),
            "invited_count": sum(invited.values()),
            **fields,
        }
    )
    if mode == Wave.Mode.ANONYMOUS:
        wave.public_key = sealing.create_wave_key(wave)
        wave.ballot_size = sealing.ballot_size(questionnaire)
        wave.save()
    # Before anybody is invited: afterwards it is refused.
    wave.readers.set(readers)
    make_groups(wave, groups, invited)
    for code, count in invited.items():
        invite(wave, make_people(count), group_code=code)
    return wave


def make_groups(wave: Wave, groups: Mapping[int, int | None], invited: Mapping[int, int]) -> None:
    below: dict[int, int] = dict.fromkeys(groups, 0)
    for code, count in invited.items():
        above: int | None = code
        while above is not None:
            below[above] += count
            above = groups[above]
    WaveGroup.objects.bulk_create(
        WaveGroup(wave=wave, code=code, parent_code=parent, name=f"Group {code}", invited_count=below[code])
        for code, parent in groups.items()
    )


def invite(
    wave: Wave, people: Sequence[Person], *, group_code: int = 1, breakdown_value: str = ""
) -> list[Invitation]:
    return Invitation.objects.bulk_create(
        Invitation(
            wave=wave,
            person=person,
            address=person.email,
            group_code=group_code,
            breakdown_value=breakdown_value,
        )
        for person in people
    )


def cast(
    invitation: Invitation,
    options: Mapping[str, Sequence[str]] | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    """What a submit leaves behind in an anonymous wave, without its page."""
    wave = invitation.wave
    assert wave.public_key is not None
    ballot = sealing.Ballot(
        group_code=invitation.group_code,
        breakdown_value=invitation.breakdown_value,
        options={key: list(codes) for key, codes in (options or {}).items()},
        texts=dict(texts or {}),
    )
    sealed = sealing.seal(bytes(wave.public_key), ballot, wave.ballot_size)
    Invitation.objects.filter(pk=invitation.pk).update(answered=True)
    SealedBallot.objects.create(wave=wave, sealed=sealed)


def answer_all(wave: Wave, options: Mapping[str, Sequence[str]] | None = None) -> None:
    """Every invited person of the wave answers alike."""
    for invitation in wave.invitations.select_related("wave"):
        cast(invitation, options or {"listens": ["4"], "recommend": ["9"]})
