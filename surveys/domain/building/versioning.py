"""The versions of a survey: those that were asked, frozen in their waves, and the one of today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models.fields.json import KT

from common import audit
from common.models import AuditEntry
from surveys.domain.building.comparing_versions import Change, changes
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Survey, Wave
from surveys.questionnaire import Questionnaire

# Beyond that a page says only that there is more: the audit log has all of it.
MOST_ENTRIES = 300
MOST_SHOWN = 20


@dataclass
class Version:
    """``waves`` are those asked with it, the latest first; none of one that was never asked.

    ``before`` is the questionnaire of the version before it, None of the first.
    """

    number: int
    questionnaire: Questionnaire
    waves: list[Wave]
    before: Questionnaire | None
    lines: list[audit.Line] = field(default_factory=list)

    @cached_property
    def changes(self) -> list[Change]:
        return changes(self.before, self.questionnaire) if self.before else []

    @property
    def question_count(self) -> int:
        return len(list(self.questionnaire.questions()))

    @property
    def asked(self) -> bool:
        return bool(self.waves)

    @property
    def shown_lines(self) -> list[audit.Line]:
        return self.lines[:MOST_SHOWN]

    @property
    def more_lines(self) -> int:
        return max(len(self.lines) - MOST_SHOWN, 0)

    @property
    def people(self) -> list[str]:
        """Who worked on it, each once."""
        return list(dict.fromkeys(line.who for line in self.lines))


def versions_of(survey: Survey) -> list[Version]:
    """The newest first, in a fixed number of statements."""
    waves = _waves_by_version(survey)
    asked = _questionnaires(waves)
    today = freeze_questionnaire(survey)
    numbers = sorted({*asked, survey.version})
    versions = []
    before: Questionnaire | None = None
    for number in numbers:
        questionnaire = asked.get(number, today)
        versions.append(Version(number, questionnaire, waves.get(number, []), before))
        before = questionnaire
    _add_lines(versions, _entries(survey))
    return versions[::-1]


def questionnaire_of(survey: Survey, number: int) -> Questionnaire | None:
    """The survey as it was asked, or as it stands now (0, and its own number); None: there was no such."""
    asked = survey.waves.planned().frozen().filter(questionnaire_json__version=number)
    wave = asked.first() if number else None
    if wave is not None:
        return wave.questionnaire
    return freeze_questionnaire(survey) if number in {0, survey.version} else None


def _waves_by_version(survey: Survey) -> dict[int, list[Wave]]:
    """The latest first, each without its long questionnaire."""
    rows = (
        survey.waves.planned()
        .frozen()
        .defer("questionnaire_json")
        .annotate(asked_version=KT("questionnaire_json__version"))
        .order_by("-launched_at", "-pk")
    )
    found: dict[int, list[Wave]] = {}
    for wave in rows:
        found.setdefault(int(wave.asked_version), []).append(wave)  # type: ignore[attr-defined]
    return found


def _questionnaires(waves: dict[int, list[Wave]]) -> dict[int, Questionnaire]:
    first = {same[-1].pk: number for number, same in waves.items()}
    rows = Wave.objects.filter(pk__in=first).values_list("pk", "questionnaire_json")
    return {first[pk]: Questionnaire.from_json(stored) for pk, stored in rows if stored is not None}


def _entries(survey: Survey) -> list[AuditEntry]:
    """What was done to the survey, the latest first."""
    entries = AuditEntry.objects.about(Survey._meta.label_lower, str(survey.pk))
    return list(entries.select_related("actor").order_by("-at", "-pk")[:MOST_ENTRIES])


def _add_lines(versions: Sequence[Version], entries: Sequence[AuditEntry]) -> None:
    """Each entry to the version it made: the first change after a launch begins the next one."""
    until = [_launched(version) for version in versions[:-1]]
    for line in audit.lines_of(entries):
        place = sum(moment is not None and line.entry.at > moment for moment in until)
        versions[place].lines.append(line)


def _launched(version: Version) -> dt.datetime | None:
    return version.waves[-1].launched_at if version.waves else None
