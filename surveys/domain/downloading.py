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
from surveys.domain.naming import NamedResponse
from surveys.models import Invitation, Response, Survey, Wave, WaveGroup


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
                "breakdown_value": _("place or country"),
            },
            rows=_asked,
            covers=frozenset(
                f"surveys.Invitation.{name}"
                for name in ("person", "contact", "address", "language", "group_code", "breakdown_value")
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
            _("Waves you planned, launched or approved, or whose answers you may read"),
            {"title": _("title"), "launched_at": _("launched")},
            of=person_only(
                lambda person: Wave.objects.filter(
                    Q(created_by=person) | Q(launched_by=person) | Q(approved_by=person) | Q(readers=person)
                ).distinct()
            ),
            model=Wave,
            through=("created_by", "launched_by", "approved_by", "readers"),
        )
    )
    register(
        table(
            "groups_led",
            _("Teams you led when a wave was launched"),
            {"wave__title": _("survey"), "name": _("team")},
            of=person_only(lambda person: WaveGroup.objects.filter(lead=person)),
            model=WaveGroup,
            through=("lead",),
        )
    )


def _invitations(subject: Subject) -> QuerySet[Invitation]:
    link = "person" if isinstance(subject, Person) else "contact"
    return Invitation.objects.filter(**{link: subject.pk})


def _asked(subject: Subject) -> Iterator[Row]:
    group = WaveGroup.objects.filter(wave=OuterRef("wave"), code=OuterRef("group_code"))
    asked = _invitations(subject).select_related("wave").defer("wave__questionnaire_json")
    for one in asked.annotate(group=Subquery(group.values("name")[:1])).order_by("wave__opens_at", "pk"):
        yield {
            "wave": one.wave.title,
            "mode": one.wave.get_mode_display(),
            "opened": one.wave.opens_at,
            "closed": one.wave.closes_at,
            "address": one.address,
            "language": one.language,
            "group": one.group,
            "breakdown_value": one.breakdown_value,
        }


def _answers(subject: Subject) -> Iterator[Row]:
    theirs = Response.objects.with_respondent().filter(invitation__in=_invitations(subject))
    for response in theirs.select_related("wave").order_by("submitted_at", "pk"):
        for answer in NamedResponse(response, response.wave.questionnaire).answers:
            if answer.exact:
                yield {
                    "wave": response.wave.title,
                    "sent": response.submitted_at,
                    "question": answer.question.text,
                    "answer": answer.exact,
                }
