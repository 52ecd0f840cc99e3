"""Surveys: answering, following up, building, waves, results."""

from __future__ import annotations

from collections.abc import Mapping

from tests.authz.table.lines import (
    BUILDERS,
    BUILDERS_OF_TEAM,
    EASY_FORM,
    FORM,
    GET,
    HR_PEOPLE,
    LEADS,
    LEADS_OF,
    PAGE,
    POST,
    POST_FORM,
    Line,
    Seen,
    built,
    by_link,
    everybody,
    only,
    public,
)
from tests.authz.world import Role

LAUNCHER = {Role.HR: Seen.FORBIDDEN}
ANONYMOUS_WAVES = ("open_wave", "silent_wave", "closed_wave")
EVERY_WAVE = ("draft_wave", "waiting_wave", "open_wave", "named_wave", "silent_wave", "closed_wave")


def follow_up(name: str, methods: Mapping[str, Seen], /) -> Line:
    """The employee has it, it came up to their manager, the reader reads the wave; nobody else, not HR."""
    who = {Role.EMPLOYEE, Role.MANAGER, Role.READER}
    return only(who, name, methods, otherwise=Seen.GONE, pk="follow_up")


def results(name: str, roles: set[Role], /, **at: str) -> Line:
    """Others are not told that there are any."""
    return Line(name, PAGE, dict.fromkeys(roles, Seen.OK), Seen.GONE, at=at)


ANSWERING: list[Line] = [
    public("surveys:answer-link", handle="handle:valid", mac="mac:valid"),
    public("surveys:answer-link", handle="handle:used", mac="mac:used"),
    public("surveys:answer-link", handle="handle:late", mac="mac:late"),
    by_link(set(), "surveys:answer-link", handle="handle:valid", mac="mac:wrong"),
    by_link(set(), "surveys:answer-link", handle="handle:valid", mac="mac:foreign"),
    by_link({Role.RESPONDENT}, "surveys:answer-form", FORM, handle="handle:valid"),
    by_link({Role.RESPONDENT_USED}, "surveys:answer-form", EASY_FORM, handle="handle:used"),
    by_link({Role.RESPONDENT_FOREIGN}, "surveys:answer-form", FORM, handle="handle:foreign"),
    by_link(set(), "surveys:answer-form", FORM, handle="handle:late"),
    by_link(set(), "surveys:answer-sent", handle="handle:valid", mac="mac:valid"),
    public("surveys:answer-sent", handle="handle:used", mac="sent:used"),
]

# Whoever gets in touch, whom it came up to, and the readers of the wave.
FOLLOWING_UP: list[Line] = [
    only(HR_PEOPLE, "surveys:wave-follow-up", FORM, pk="named_draft"),
    only(HR_PEOPLE, "surveys:wave-follow-up", EASY_FORM, pk="named_wave"),
    only(set(), "surveys:wave-follow-up", FORM, but=dict.fromkeys(HR_PEOPLE, Seen.GONE), pk="draft_wave"),
    everybody("surveys:follow-up-list"),
    follow_up("surveys:follow-up-detail", GET),
    follow_up("surveys:follow-up-contact", POST_FORM),
    follow_up("surveys:follow-up-note", POST),
    follow_up("surveys:follow-up-close", POST_FORM),
    follow_up("surveys:follow-up-hand-over", POST_FORM),
    only(HR_PEOPLE | {Role.READER}, "surveys:follow-up-figures"),
    only(HR_PEOPLE, "surveys:cause-list"),
    only(HR_PEOPLE, "surveys:cause-create", FORM),
    only(HR_PEOPLE, "surveys:cause-edit", FORM, pk="cause"),
    only(HR_PEOPLE, "surveys:cause-archive", POST, pk="cause"),
    only(HR_PEOPLE, "surveys:cause-bring-back", POST, pk="cause"),
]

BUILDING: list[Line] = [
    only(BUILDERS, "surveys:survey-list"),
    only(BUILDERS, "surveys:survey-list-archived"),
    only(BUILDERS, "surveys:survey-create", FORM),
    only(BUILDERS, "surveys:survey-create-from", POST, code="team-pulse"),
    built(HR_PEOPLE, "surveys:survey-detail", pk="survey"),
    built(HR_PEOPLE, "surveys:survey-edit", FORM, pk="survey"),
    built(HR_PEOPLE, "surveys:survey-preview", pk="survey"),
    built(HR_PEOPLE, "surveys:survey-preview-page", FORM, pk="spare_survey"),
    built(HR_PEOPLE, "surveys:version-list", pk="survey"),
    built(HR_PEOPLE, "surveys:version-start", POST, pk="spare_survey", number="1"),
    built(HR_PEOPLE, "surveys:survey-file", pk="survey"),
    only(BUILDERS, "surveys:survey-take-in", FORM),
    built(HR_PEOPLE, "surveys:translation-list", pk="spare_survey"),
    built(HR_PEOPLE, "surveys:language-add", POST_FORM, pk="survey"),
    built(HR_PEOPLE, "surveys:language-remove", POST, pk="spare_survey", language="de"),
    built(HR_PEOPLE, "surveys:translation-file", pk="spare_survey", language="de"),
    built(HR_PEOPLE, "surveys:translation-take-in", FORM, pk="spare_survey", language="de"),
    built(HR_PEOPLE, "surveys:translation-edit", EASY_FORM, pk="spare_survey", language="de"),
    built(HR_PEOPLE, "surveys:survey-duplicate", POST, pk="survey"),
    built(HR_PEOPLE, "surveys:survey-archive", POST, pk="survey"),
    built(HR_PEOPLE, "surveys:survey-bring-back", POST, pk="archived_survey"),
    built(HR_PEOPLE, "surveys:section-create", FORM, pk="survey"),
    built(HR_PEOPLE, "surveys:section-edit", FORM, pk="section"),
    built(HR_PEOPLE, "surveys:section-delete", EASY_FORM, pk="section"),
    built(HR_PEOPLE, "surveys:section-move", POST, pk="section", direction="up"),
    built(HR_PEOPLE, "surveys:question-choose", pk="section"),
    built(HR_PEOPLE, "surveys:question-create", FORM, pk="section", kind="yes_no"),
    built(HR_PEOPLE, "surveys:question-edit", FORM, pk="question"),
    built(HR_PEOPLE, "surveys:question-delete", EASY_FORM, pk="question"),
    built(HR_PEOPLE, "surveys:question-move", POST, pk="question", direction="down"),
    built(HR_PEOPLE, "surveys:section-duplicate", POST, pk="section"),
    built(HR_PEOPLE, "surveys:question-duplicate", POST, pk="question"),
    built(HR_PEOPLE, "surveys:question-place", POST, pk="question"),
    built(HR_PEOPLE, "surveys:question-condition", FORM, pk="question"),
    built(HR_PEOPLE, "surveys:question-condition-fields", POST, pk="question"),
    built(HR_PEOPLE, "surveys:question-condition-remove", POST, pk="question"),
    built(HR_PEOPLE, "surveys:survey-hand-over", POST, pk="survey"),
    built(HR_PEOPLE, "surveys:survey-keep", POST, pk="survey"),
    # A survey of a team
    built(BUILDERS_OF_TEAM, "surveys:survey-detail", pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:survey-edit", FORM, pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:survey-hand-over", POST, pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:survey-keep", POST, pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:survey-preview", pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:survey-file", pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:version-list", pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:translation-list", pk="team_survey"),
    built(BUILDERS_OF_TEAM, "surveys:section-edit", FORM, pk="team_section"),
    built(BUILDERS_OF_TEAM, "surveys:section-move", POST, pk="team_section", direction="up"),
    built(BUILDERS_OF_TEAM, "surveys:question-edit", FORM, pk="team_question"),
    built(BUILDERS_OF_TEAM, "surveys:question-place", POST, pk="team_question"),
    built(BUILDERS_OF_TEAM, "surveys:question-condition", FORM, pk="team_question"),
]

WAVES: list[Line] = [
    only(HR_PEOPLE, "surveys:wave-list"),
    only(HR_PEOPLE, "surveys:wave-create", FORM, pk="survey"),
    only(HR_PEOPLE, "surveys:wave-create-values", POST, pk="survey"),
    *[only(HR_PEOPLE, "surveys:wave-detail", pk=wave) for wave in EVERY_WAVE],
    only(HR_PEOPLE, "surveys:series-list"),
    only(HR_PEOPLE, "surveys:series-detail", pk="series"),
    only(HR_PEOPLE, "surveys:series-create", FORM, pk="draft_wave"),
    only(HR_PEOPLE, "surveys:series-edit", FORM, pk="series"),
    *[
        only(HR_PEOPLE, f"surveys:series-{action}", POST, pk="series")
        for action in ("pause", "go-on", "put-off", "stop")
    ],
    only(HR_PEOPLE, "surveys:series-speak-up", POST),
    only(HR_PEOPLE, "surveys:wave-edit", FORM, pk="draft_wave"),
    only(HR_PEOPLE, "surveys:wave-edit", EASY_FORM, pk="open_wave"),
    only(HR_PEOPLE, "surveys:wave-edit-values", POST, pk="draft_wave"),
    only(HR_PEOPLE, "surveys:wave-delete", EASY_FORM, pk="draft_wave"),
    only(HR_PEOPLE, "surveys:wave-delete", EASY_FORM, pk="closed_wave"),
    only(HR_PEOPLE, "surveys:wave-launch", EASY_FORM, pk="draft_wave"),
    only(HR_PEOPLE, "surveys:wave-launch", EASY_FORM, pk="open_wave"),
    # The second person, never whoever asked.
    only({Role.SECOND_HR}, "surveys:wave-approve", EASY_FORM, but=LAUNCHER, pk="waiting_wave"),
    only(HR_PEOPLE, "surveys:wave-take-back", POST, pk="waiting_wave"),
    only(HR_PEOPLE, "surveys:wave-mail", pk="draft_wave", step="0"),
    only(HR_PEOPLE, "surveys:wave-mail-html", pk="draft_wave", step="0"),
    only(HR_PEOPLE, "surveys:wave-trial", POST, pk="draft_wave"),
    only(HR_PEOPLE, "surveys:wave-pause", POST, pk="open_wave"),
    only(HR_PEOPLE, "surveys:wave-go-on", POST, pk="open_wave"),
    only(HR_PEOPLE, "surveys:wave-extend", FORM, pk="named_wave"),
    only(HR_PEOPLE, "surveys:wave-extend", EASY_FORM, pk="open_wave"),
    only(HR_PEOPLE, "surveys:wave-close", EASY_FORM, pk="named_wave"),
    only(HR_PEOPLE, "surveys:wave-words", FORM, pk="draft_wave", mail="invitation", language="de"),
    only(HR_PEOPLE, "surveys:wave-words-look", POST_FORM, pk="draft_wave", mail="invitation", language="de"),
    only(HR_PEOPLE, "surveys:wave-words-reset", POST, pk="draft_wave", mail="invitation", language="de"),
    only(
        HR_PEOPLE,
        "surveys:wave-words-html",
        pk="draft_wave",
        mail="last_reminder",
        language="de",
        theme="dark",
    ),
]

# HR sees all, leads their own teams, nobody learns of the others.
RESULTS: list[Line] = [
    everybody("surveys:my-surveys", PAGE),
    *[results("surveys:wave-results", HR_PEOPLE | LEADS, pk=wave) for wave in ANONYMOUS_WAVES],
    results("surveys:wave-results", {Role.READER}, pk="named_wave"),
    results("surveys:wave-results", set(), pk="draft_wave"),
    results("surveys:wave-results", set(), pk="waiting_wave"),
    *[
        results(name, HR_PEOPLE | leads, pk="closed_wave", code=f"group:{group}")
        for name in (
            "surveys:wave-results-group",
            "surveys:wave-results-trend",
            "surveys:wave-results-csv",
            "surveys:wave-results-xlsx",
        )
        for group, leads in LEADS_OF.items()
    ],
    *[
        only(
            HR_PEOPLE | leads,
            "surveys:improvement-create",
            FORM,
            otherwise=Seen.GONE,
            pk="closed_wave",
            code=f"group:{group}",
        )
        for group, leads in LEADS_OF.items()
    ],
    # Nothing was heard yet.
    only(set(), "surveys:improvement-create", FORM, otherwise=Seen.GONE, pk="open_wave", code="group:all"),
    *[
        only(HR_PEOPLE | LEADS_OF["team"], name, methods, otherwise=Seen.GONE, pk="improvement")
        for name, methods in {
            "surveys:improvement-edit": FORM,
            "surveys:improvement-delete": EASY_FORM,
            "surveys:improvement-show": POST,
            "surveys:improvement-hide": POST,
        }.items()
    ],
    results("surveys:wave-results-group", HR_PEOPLE, pk="silent_wave", code="group:all"),
    *[
        results(name, readers, pk=wave, code="group:all")
        for name in ("surveys:wave-results-trend", "surveys:wave-results-csv", "surveys:wave-results-xlsx")
        for wave, readers in {
            "silent_wave": set[Role](),
            "open_wave": set[Role](),
            "named_wave": {Role.READER},
        }.items()
    ],
    only(HR_PEOPLE, "surveys:comment-withhold", EASY_FORM, pk="comment"),
    # By name: whoever is named on the first page, and not even HR beside them.
    results("surveys:wave-answers", {Role.READER}, pk="named_wave"),
    results("surveys:wave-answers-csv", {Role.READER}, pk="named_wave"),
    results("surveys:wave-answer", {Role.READER}, pk="named_wave", response_pk="response"),
    results("surveys:wave-answers", set(), pk="closed_wave"),
    results("surveys:wave-answers-csv", set(), pk="closed_wave"),
    results("surveys:wave-answer", set(), pk="closed_wave", response_pk="response"),
]
