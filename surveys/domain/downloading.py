"""What waves hold on one person (people/domain/downloading.py).

Of an anonymous wave that they were asked, and in which group they count; not whether they answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from people.domain.downloading import About, Part, Row, Subject, person_only, register, table
from people.domain.wording_data import language_name
from people.models import Person
from surveys.domain.results.labelling import name_of
from surveys.domain.results.naming import NamedResponse
from surveys.models import (
    FollowUp,
    Improvement,
    Invitation,
    Response,
    Survey,
    Wave,
    WaveGroup,
    WaveSeries,
)


def register_parts() -> None:
    register(
        Part(
            "surveys_asked",
            _("Surveys you were asked to answer"),
            {
                "wave": _("survey"),
                "mode": _("mode"),
                "opened": _("opened"),
                "closed": _("closes"),
                "address": _("invited at"),
                "language": _("language"),
                "group": _("counted in"),
                "about": _("asked about"),
                "breakdown_value": _("place or country"),
            },
            rows=_asked,
            covers=frozenset(
                f"surveys.Invitation.{name}"
                for name in (
                    "person",
                    "contact",
                    "address",
                    "language",
                    "group_code",
                    "breakdown_value",
                    "subject",
                )
            ),
            about=About.SURVEYS,
            words={"language": language_name},
        )
    )
    register(
        Part(
            "answers_by_name",
            _("Answers you gave under your name"),
            {"wave": _("survey"), "sent": _("sent"), "question": _("question"), "answer": _("answer")},
            rows=_answers,
            covers=frozenset(
                {
                    "surveys.Response.invitation",
                    "surveys.Response.submitted_at",
                    "surveys.Answer.response",
                    "surveys.Answer.question_key",
                    "surveys.Answer.option",
                    "surveys.Answer.text",
                }
            ),
            # Named answers are read by those whom the wave's first page names, and by nobody else.
            theirs_alone=True,
            about=About.SURVEYS,
        )
    )
    register(
        Part(
            "follow_ups",
            _("What followed from low scores you gave under your name"),
            {
                "wave": _("survey"),
                "question": _("question"),
                "score": _("score"),
                "opened": _("opened"),
                "contacted": _("in touch"),
                "done": _("what was done"),
            },
            rows=_follow_ups,
            covers=frozenset(
                f"surveys.FollowUp.{name}" for name in ("response", "question_key", "score", "done")
            ),
            theirs_alone=True,
            about=About.SURVEYS,
        )
    )
    register(
        table(
            "follow_ups_owned",
            _("Low scores you were to follow up"),
            {"response__wave__title": _("survey"), "opened_at": _("opened"), "closed_at": _("closed")},
            of=person_only(lambda person: FollowUp.objects.filter(Q(owner=person) | Q(escalated_to=person))),
            model=FollowUp,
            through=("owner", "escalated_to"),
        )
    )
    register(
        table(
            "surveys_about",
            _("Surveys in which others were asked about you"),
            {"title": _("title"), "launched_at": _("launched")},
            of=person_only(
                lambda person: Wave.objects.filter(Q(subject=person) | Q(groups__subject=person)).distinct()
            ),
            model=Wave,
            through=("subject",),
        )
    )
    register(
        table(
            "series_started",
            _("Waves that repeat and that you started"),
            {"rhythm": _("rhythm"), "active": _("goes on")},
            of=person_only(lambda person: WaveSeries.objects.filter(started_by=person)),
            model=WaveSeries,
            through=("started_by",),
        )
    )
    register(
        table(
            "improvements",
            _("What you wrote about what was done after a survey"),
            {"wave__title": _("survey"), "said": _("what you heard"), "done": _("what was done")},
            of=person_only(lambda person: Improvement.objects.filter(by=person)),
            model=Improvement,
            through=("by",),
        )
    )
    register(
        table(
            "surveys_made",
            _("Questionnaires you made"),
            {"title": _("title")},
            of=person_only(lambda person: Survey.objects.filter(created_by=person)),
            model=Survey,
            through=("created_by",),
        )
    )
    register(
        table(
            "waves",
            _("Waves you planned, launched or approved, whose answers you may read, or follow up"),
            {"title": _("title"), "launched_at": _("launched")},
            of=person_only(
                lambda person: Wave.objects.filter(
                    Q(created_by=person)
                    | Q(launched_by=person)
                    | Q(approved_by=person)
                    | Q(readers=person)
                    | Q(follow_up_owner=person)
                ).distinct()
            ),
            model=Wave,
            through=("created_by", "launched_by", "approved_by", "readers", "follow_up_owner"),
        )
    )
    register(
        table(
            "groups_led",
            _("Teams you led when a wave was launched, or figures about you"),
            {"wave__title": _("survey"), "name": _("group")},
            of=person_only(lambda person: WaveGroup.objects.filter(Q(lead=person) | Q(subject=person))),
            model=WaveGroup,
            through=("lead", "subject"),
        )
    )


def _invitations(subject: Subject) -> QuerySet[Invitation]:
    link = "person" if isinstance(subject, Person) else "contact"
    return Invitation.objects.filter(**{link: subject.pk})


def _asked(subject: Subject) -> Iterator[Row]:
    group = WaveGroup.objects.filter(wave=OuterRef("wave"), code=OuterRef("group_code"))
    asked = _invitations(subject).select_related("wave", "subject").defer("wave__questionnaire_json")
    for one in asked.annotate(group=Subquery(group.values("name")[:1])).order_by("wave__opens_at", "pk"):
        yield {
            "wave": one.wave.title,
            "mode": one.wave.get_mode_display(),
            "opened": one.wave.opens_at,
            "closed": one.wave.closes_at,
            "address": one.address,
            "language": one.language,
            "group": one.group,
            "about": str(one.subject) if one.subject else "",
            "breakdown_value": one.breakdown_value,
        }


def _follow_ups(subject: Subject) -> Iterator[Row]:
    theirs = FollowUp.objects.filter(response__invitation__in=_invitations(subject))
    for one in theirs.select_related("response__wave").order_by("opened_at", "pk"):
        yield {
            "wave": one.response.wave.title,
            "question": name_of(one.response.wave.questionnaire.item(one.question_key)),
            "score": one.score,
            "opened": one.opened_at,
            "contacted": one.contacted_at,
            "done": one.done,
        }


def _answers(subject: Subject) -> Iterator[Row]:
    theirs = Response.objects.with_respondent().filter(invitation__in=_invitations(subject))
    for response in theirs.select_related("wave").order_by("submitted_at", "pk"):
        sheet = NamedResponse(response, response.wave.questionnaire)
        for answer in sheet.answers:
            if answer.given:
                yield {
                    "wave": response.wave.title,
                    "sent": response.submitted_at,
                    "question": sheet.name_of(answer),
                    "answer": answer.words,
                }
