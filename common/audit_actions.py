"""Every action the audit log knows: how it reads, and which details may stand beside it.

One table for the whole portal, so that somebody who must answer for the log reads it in one go. Names are
those the apps write by ``audit.record``, which refuses an action or a detail that has no line here: ids,
counts, codes and names of fields; never an answer, a link, an address or a person's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Group(StrEnum):
    SIGN_IN = "sign-in"
    PEOPLE = "people"
    ROLES = "roles"
    IMPORTS = "imports"
    SURVEYS = "surveys"
    WAVES = "waves"
    ANSWERS = "answers"
    CUSTOMERS = "customers"
    MAIL = "mail"
    SETTINGS = "settings"
    PRIVACY = "privacy"

    @property
    def label(self) -> Promise:
        return _GROUP_WORDS[self]

    @property
    def icon(self) -> str:
        return _GROUP_ICONS[self]


_GROUP_WORDS: dict[Group, Promise] = {
    Group.SIGN_IN: _("Signing in"),
    Group.PEOPLE: _("People and teams"),
    Group.ROLES: _("Roles"),
    Group.IMPORTS: _("Imports"),
    Group.SURVEYS: _("Questionnaires"),
    Group.WAVES: _("Waves"),
    Group.ANSWERS: _("Looking at answers and results"),
    Group.CUSTOMERS: _("Customers and behaviours"),
    Group.MAIL: _("Mail"),
    Group.SETTINGS: _("Settings"),
    Group.PRIVACY: _("Privacy"),
}

_GROUP_ICONS: dict[Group, str] = {
    Group.SIGN_IN: "key",
    Group.PEOPLE: "people",
    Group.ROLES: "shield",
    Group.IMPORTS: "upload",
    Group.SURVEYS: "pencil",
    Group.WAVES: "cal",
    Group.ANSWERS: "chart",
    Group.CUSTOMERS: "tie",
    Group.MAIL: "mail",
    Group.SETTINGS: "sliders",
    Group.PRIVACY: "lock",
}

# What a detail is called on the page. A key means the same with every action.
KEY_WORDS: dict[str, Promise] = {
    "country": _("country"),
    "day_ends": _("working day ends"),
    "day_starts": _("working day starts"),
    "k": _("smallest group a figure may describe"),
    "language": _("language"),
    "mail": _("mail"),
    "time_zone": _("time zone"),
    "working_days": _("working days"),
    "away": _("whoever had it was away"),
    "channel": _("how"),
    "to": _("person"),
    "created": _("new"),
    "days": _("days"),
    "direction": _("direction"),
    "fields": _("fields"),
    "group": _("group"),
    "invited": _("invited"),
    "kind": _("kind"),
    "leads": _("team leads"),
    "left": _("left"),
    "mails": _("mails"),
    "messages": _("messages"),
    "method": _("how"),
    "number": _("number"),
    "original": _("copied from number"),
    "question": _("question"),
    "reason": _("why"),
    "ready_made": _("ready-made questionnaire"),
    "released": _("figures were released"),
    "removed_people": _("people taken out again"),
    "removed_teams": _("teams taken out again"),
    "response": _("answer sheet"),
    "restored": _("as before again"),
    "returned": _("works here again"),
    "rhythm": _("rhythm"),
    "role": _("role"),
    "rotation": _("each person every so many waves"),
    "rows": _("rows"),
    "rules": _("rules"),
    "second_factor": _("second factor"),
    "section": _("part"),
    "state": _("state"),
    "staying": _("new and staying"),
    "teams": _("teams"),
    "texts": _("texts"),
    "unchanged": _("unchanged"),
    "updated": _("changed"),
}


@dataclass(frozen=True)
class Action:
    """``words`` name ``who`` and, where there is one, the ``thing``; ``keys`` may stand in the detail."""

    group: Group
    words: Promise | str
    keys: frozenset[str] = field(default_factory=frozenset)

    @property
    def details(self) -> Mapping[str, Promise]:
        return {key: KEY_WORDS[key] for key in sorted(self.keys)}


def _line(group: Group, words: Promise | str, *keys: str) -> Action:
    return Action(group, words, frozenset(keys))


ACTIONS: dict[str, Action] = {
    # --- Signing in -----------------------------------------------------------------------------------------
    "person.address_changed": _line(Group.SIGN_IN, _("%(who)s gave themselves another e-mail address")),
    "person.openid_linked": _line(
        Group.SIGN_IN, _("%(thing)s was found by the organisation's sign-in for the first time")
    ),
    "person.openid_refused": _line(
        Group.SIGN_IN, _("%(who)s refused somebody whom the organisation's sign-in had sent"), "reason"
    ),
    "person.password_changed": _line(Group.SIGN_IN, _("%(who)s chose a new password")),
    "person.recovery_codes_made": _line(Group.SIGN_IN, _("%(who)s made new recovery codes")),
    "person.second_factor_added": _line(Group.SIGN_IN, _("%(who)s set up a second factor")),
    "person.second_factor_removed": _line(Group.SIGN_IN, _("%(who)s removed their second factor")),
    "person.second_factor_reset": _line(Group.SIGN_IN, _("%(who)s reset the second factor of %(thing)s")),
    "person.session_ended": _line(Group.SIGN_IN, _("%(who)s signed other devices of theirs out"), "number"),
    "person.sign_in_failed": _line(Group.SIGN_IN, _("Somebody guessed at the way in of %(thing)s")),
    "person.signed_in": _line(Group.SIGN_IN, _("%(who)s signed in"), "method", "second_factor"),
    "person.signed_out": _line(Group.SIGN_IN, _("%(who)s signed out")),
    # --- People and teams -----------------------------------------------------------------------------------
    "absence.added": _line(Group.PEOPLE, _("%(who)s noted days away of %(thing)s")),
    "absence.removed": _line(Group.PEOPLE, _("%(who)s removed days away of %(thing)s")),
    "attribute.archived": _line(Group.PEOPLE, _("%(who)s put the attribute %(thing)s aside")),
    "attribute.created": _line(Group.PEOPLE, _("%(who)s added the attribute %(thing)s")),
    "attribute.deleted": _line(Group.PEOPLE, _("%(who)s removed an attribute: %(thing)s")),
    "attribute.edited": _line(Group.PEOPLE, _("%(who)s changed the attribute %(thing)s")),
    "attribute.restored": _line(Group.PEOPLE, _("%(who)s took the attribute %(thing)s into use again")),
    "person.created": _line(Group.PEOPLE, _("%(who)s added %(thing)s")),
    "person.deactivated": _line(Group.PEOPLE, _("%(who)s noted that %(thing)s has left")),
    "person.edited": _line(Group.PEOPLE, _("%(who)s changed what is kept of %(thing)s"), "fields"),
    "person.invited": _line(Group.PEOPLE, _("%(who)s mailed people to set a password"), "mails"),
    "person.reactivated": _line(Group.PEOPLE, _("%(who)s noted that %(thing)s works here again")),
    "team.created": _line(Group.PEOPLE, _("%(who)s added the team %(thing)s")),
    "team.edited": _line(Group.PEOPLE, _("%(who)s changed the team %(thing)s")),
    # --- Roles ----------------------------------------------------------------------------------------------
    "person.role_given": _line(Group.ROLES, _("%(who)s gave %(thing)s a role"), "role"),
    "person.role_taken": _line(Group.ROLES, _("%(who)s took a role from %(thing)s"), "role"),
    # --- Imports --------------------------------------------------------------------------------------------
    "absences.imported": _line(
        Group.IMPORTS, _("%(who)s imported days away"), "created", "updated", "unchanged"
    ),
    "contacts.imported": _line(Group.IMPORTS, _("%(who)s imported contacts"), "created", "updated"),
    "import.report_exported": _line(
        Group.IMPORTS, _("%(who)s downloaded the report of the import %(thing)s"), "rows"
    ),
    "import.problems_exported": _line(
        Group.IMPORTS, _("%(who)s downloaded the problems of an imported file"), "rows"
    ),
    "people.imported": _line(
        Group.IMPORTS,
        _("%(who)s imported people"),
        "created",
        "updated",
        "unchanged",
        "left",
        "returned",
        "teams",
        "leads",
        "invited",
    ),
    "people.import_undone": _line(
        Group.IMPORTS,
        _("%(who)s undid the import %(thing)s"),
        "restored",
        "removed_people",
        "staying",
        "removed_teams",
    ),
    # --- Questionnaires -------------------------------------------------------------------------------------
    "survey.handed_over": _line(Group.SURVEYS, _("%(who)s asked HR to send out the survey %(thing)s")),
    "survey.kept": _line(Group.SURVEYS, _("%(who)s no longer asks HR to send out the survey %(thing)s")),
    "survey.archived": _line(Group.SURVEYS, _("%(who)s put the survey %(thing)s away")),
    "survey.brought_back": _line(Group.SURVEYS, _("%(who)s brought the survey %(thing)s back")),
    "survey.created": _line(Group.SURVEYS, _("%(who)s created the survey %(thing)s"), "ready_made"),
    "survey.duplicated": _line(Group.SURVEYS, _("%(who)s copied a survey to %(thing)s"), "original"),
    "survey.edited": _line(
        Group.SURVEYS, _("%(who)s changed the title or the intro of the survey %(thing)s")
    ),
    "survey.language_added": _line(
        Group.SURVEYS, _("%(who)s added a language to the survey %(thing)s"), "language"
    ),
    "survey.language_removed": _line(
        Group.SURVEYS, _("%(who)s took a language out of the survey %(thing)s"), "language"
    ),
    "survey.question_added": _line(
        Group.SURVEYS, _("%(who)s added a question to the survey %(thing)s"), "question", "kind"
    ),
    "survey.question_edited": _line(
        Group.SURVEYS, _("%(who)s changed a question of the survey %(thing)s"), "question"
    ),
    "survey.question_moved": _line(
        Group.SURVEYS, _("%(who)s moved a question of the survey %(thing)s"), "question", "direction"
    ),
    "survey.question_removed": _line(
        Group.SURVEYS, _("%(who)s removed a question from the survey %(thing)s"), "question"
    ),
    "survey.section_added": _line(
        Group.SURVEYS, _("%(who)s added a part to the survey %(thing)s"), "section"
    ),
    "survey.section_edited": _line(
        Group.SURVEYS, _("%(who)s changed a part of the survey %(thing)s"), "section"
    ),
    "survey.section_moved": _line(
        Group.SURVEYS, _("%(who)s moved a part of the survey %(thing)s"), "section", "direction"
    ),
    "survey.section_removed": _line(
        Group.SURVEYS, _("%(who)s removed a part from the survey %(thing)s"), "section"
    ),
    "survey.started_again": _line(
        Group.SURVEYS, _("%(who)s began the survey %(thing)s with an earlier version"), "original", "number"
    ),
    "survey.taken_in": _line(Group.SURVEYS, _("%(who)s took in the survey %(thing)s from a file")),
    "survey.taken_out": _line(Group.SURVEYS, _("%(who)s took the survey %(thing)s out as a file")),
    "survey.translated": _line(
        Group.SURVEYS, _("%(who)s translated the survey %(thing)s"), "language", "texts"
    ),
    # --- Waves ----------------------------------------------------------------------------------------------
    "wave.approval_asked": _line(
        Group.WAVES, _("%(who)s asked a second person to approve the wave %(thing)s"), "invited"
    ),
    "wave.approved": _line(Group.WAVES, _("%(who)s approved and launched the wave %(thing)s"), "invited"),
    "wave.closed": _line(Group.WAVES, _("%(who)s closed the wave %(thing)s on its day"), "released"),
    "wave.draft_deleted": _line(Group.WAVES, _("%(who)s deleted the draft of the wave %(thing)s")),
    "wave.edited": _line(Group.WAVES, _("%(who)s changed the draft of the wave %(thing)s")),
    "wave.extended": _line(Group.WAVES, _("%(who)s extended the wave %(thing)s as it was announced"), "days"),
    "wave.closing_moved": _line(
        Group.WAVES, _("%(who)s moved the closing day of the wave %(thing)s, whose answers carry names")
    ),
    "wave.closed_early": _line(
        Group.WAVES, _("%(who)s closed the wave %(thing)s, whose answers carry names, before its day")
    ),
    "wave.launched": _line(Group.WAVES, _("%(who)s launched the wave %(thing)s"), "invited"),
    "wave.mail_reset": _line(
        Group.WAVES, _("%(who)s took back the own words of a mail of the wave %(thing)s"), "mail", "language"
    ),
    "wave.mail_worded": _line(
        Group.WAVES, _("%(who)s changed the words of a mail of the wave %(thing)s"), "mail", "language"
    ),
    "wave.paused": _line(Group.WAVES, _("%(who)s paused the mails of the wave %(thing)s")),
    "wave.went_on": _line(Group.WAVES, _("%(who)s let the mails of the wave %(thing)s go on")),
    "wave.planned": _line(Group.WAVES, _("%(who)s planned the wave %(thing)s")),
    "wave.missed": _line(Group.WAVES, _("%(thing)s could not open in time and was put off")),
    "wave.next_planned": _line(Group.WAVES, _("The next wave of a row was planned: %(thing)s")),
    "wave.put_off": _line(Group.WAVES, _("%(who)s put the wave %(thing)s off to its next time")),
    "wave.repeated": _line(Group.WAVES, _("%(who)s let the wave %(thing)s repeat"), "rhythm", "rotation"),
    "wave.repeated_anew": _line(
        Group.WAVES, _("%(who)s changed how the wave %(thing)s repeats"), "rhythm", "rotation"
    ),
    "wave.row_paused": _line(Group.WAVES, _("%(who)s paused the row of the wave %(thing)s")),
    "wave.row_stopped": _line(Group.WAVES, _("%(who)s ended the row of the wave %(thing)s")),
    "wave.row_went_on": _line(Group.WAVES, _("%(who)s let the row of the wave %(thing)s go on")),
    "wave.taken_back": _line(Group.WAVES, _("%(who)s took the wave %(thing)s back before it was approved")),
    # --- Looking at answers and results ---------------------------------------------------------------------
    "comment.withheld": _line(
        Group.ANSWERS, _("%(who)s withheld a comment of the wave %(thing)s"), "question"
    ),
    "improvement.deleted": _line(
        Group.ANSWERS, _("%(who)s deleted what was done after the wave %(thing)s"), "group"
    ),
    "improvement.hidden": _line(
        Group.ANSWERS, _("%(who)s no longer shows what was done after the wave %(thing)s"), "group"
    ),
    "improvement.shown": _line(
        Group.ANSWERS, _("%(who)s showed those asked what was done after the wave %(thing)s"), "group"
    ),
    "improvement.written": _line(
        Group.ANSWERS, _("%(who)s wrote what was done after the wave %(thing)s"), "group"
    ),
    "wave.answer_read": _line(
        Group.ANSWERS, _("%(who)s read an answer given by name in the wave %(thing)s"), "response"
    ),
    "wave.answers_exported": _line(
        Group.ANSWERS, _("%(who)s downloaded the answers given by name in the wave %(thing)s"), "number"
    ),
    "wave.answers_read": _line(
        Group.ANSWERS, _("%(who)s read the list of answers given by name in the wave %(thing)s"), "number"
    ),
    "follow_up.asked_again": _line(Group.ANSWERS, _("%(who)s asked the question of a follow-up again")),
    "follow_up.closed": _line(Group.ANSWERS, _("%(who)s closed a follow-up")),
    "follow_up.contacted": _line(
        Group.ANSWERS, _("%(who)s noted the first contact of a follow-up"), "channel"
    ),
    "follow_up.gone_up": _line(Group.ANSWERS, _("%(who)s passed a follow-up up the line"), "to", "away"),
    "follow_up.handed_over": _line(Group.ANSWERS, _("%(who)s gave a follow-up to somebody else"), "to"),
    "follow_up.not_asked_again": _line(
        Group.ANSWERS, _("%(who)s did not ask the question of a follow-up again"), "reason"
    ),
    "follow_up.noted": _line(Group.ANSWERS, _("%(who)s noted what was done in a follow-up")),
    "follow_up.opened": _line(Group.ANSWERS, _("%(who)s opened a follow-up after a low score"), "to"),
    "follow_up.stuck": _line(Group.ANSWERS, _("%(who)s told HR that a follow-up is stuck")),
    "follow_up_cause.saved": _line(Group.SURVEYS, _("%(who)s saved the cause %(thing)s of follow-ups")),
    "follow_up_cause.archived": _line(Group.SURVEYS, _("%(who)s put the cause %(thing)s of follow-ups away")),
    "follow_up_cause.brought_back": _line(
        Group.SURVEYS, _("%(who)s brought the cause %(thing)s of follow-ups back")
    ),
    "wave.results_exported": _line(
        Group.ANSWERS, _("%(who)s downloaded figures of the wave %(thing)s"), "group"
    ),
    # --- Customers and behaviours ---------------------------------------------------------------------------
    "contact.saved": _line(Group.CUSTOMERS, _("%(who)s saved the contact %(thing)s")),
    "organisation.saved": _line(Group.CUSTOMERS, _("%(who)s saved the organisation %(thing)s")),
    "principle.archived": _line(Group.CUSTOMERS, _("%(who)s put the behaviour or value %(thing)s away")),
    "principle.brought_back": _line(
        Group.CUSTOMERS, _("%(who)s brought the behaviour or value %(thing)s back")
    ),
    "principle.moved": _line(
        Group.CUSTOMERS, _("%(who)s moved the behaviour or value %(thing)s"), "direction"
    ),
    "principle.saved": _line(Group.CUSTOMERS, _("%(who)s saved the behaviour or value %(thing)s")),
    # --- Mail -----------------------------------------------------------------------------------------------
    "mail.address_trusted": _line(
        Group.MAIL, _("%(who)s said that a refused address works again"), "messages"
    ),
    "mail.cancelled": _line(Group.MAIL, _("%(who)s cancelled mail"), "kind", "state", "messages"),
    "mail.opt_out_undone": _line(Group.MAIL, _("%(who)s noted that an address wants mail again"), "kind"),
    "mail.resent": _line(Group.MAIL, _("%(who)s sent mail again"), "kind", "state", "messages"),
    "mail.restore_confirmed": _line(
        Group.MAIL, _("%(who)s let mail go again after the database was restored"), "messages"
    ),
    # --- Settings -------------------------------------------------------------------------------------------
    "settings.logo_changed": _line(Group.SETTINGS, _("%(who)s gave the organisation a logo")),
    "settings.logo_removed": _line(Group.SETTINGS, _("%(who)s removed the organisation's logo")),
    "settings.mail_changed": _line(
        Group.SETTINGS, _("%(who)s put a mail into their own words"), "mail", "language", "fields"
    ),
    "settings.mail_reset": _line(
        Group.SETTINGS, _("%(who)s brought a mail back to our words"), "mail", "language"
    ),
    "settings.organisation_changed": _line(
        Group.SETTINGS,
        _("%(who)s changed what holds for the organisation"),
        "fields",
        "country",
        "time_zone",
        "working_days",
        "day_starts",
        "day_ends",
        "k",
    ),
    # --- Privacy --------------------------------------------------------------------------------------------
    "audit.exported": _line(Group.PRIVACY, _("%(who)s downloaded the audit log"), "rows"),
    "contact.data_downloaded": _line(
        Group.PRIVACY, _("%(who)s downloaded everything held on the contact %(thing)s")
    ),
    "contact.erased": _line(Group.PRIVACY, _("%(who)s erased a contact: %(thing)s")),
    "person.data_downloaded": _line(Group.PRIVACY, _("%(who)s downloaded everything held on %(thing)s")),
    "person.erased": _line(Group.PRIVACY, _("%(who)s erased a person: %(thing)s")),
    "retention.applied": _line(
        Group.PRIVACY, _("%(who)s looked for what was kept long enough, and removed it"), "rows", "rules"
    ),
}


def in_group(group: str) -> list[str]:
    return [name for name, action in ACTIONS.items() if action.group == group]


@dataclass(frozen=True)
class Thing:
    """What an entry may be about: the field that names it."""

    field: str


THINGS: dict[str, Thing] = {
    "customers.behaviour": Thing("name"),
    "customers.contact": Thing("name"),
    "customers.externalorganisation": Thing("name"),
    "customers.value": Thing("name"),
    "people.attribute": Thing("name"),
    "people.importrun": Thing("file_name"),
    "people.person": Thing("display_name"),
    "people.team": Thing("name"),
    "surveys.followupcause": Thing("name"),
    "surveys.survey": Thing("title"),
    "surveys.wave": Thing("title"),
}
