"""Who may open what: one line for each address, or one for each thing whose visibility differs.

    everybody("people:person-detail", pk="person:manager")
    only(HR_PEOPLE, "surveys:wave-launch", POST, pk="draft_wave")

A keyword names what stands in the address, its value a name of the world. Strangers (nobody signed in, the
deactivated, respondents) are sent to sign in, except where a line says ``public``. Every line is also tried
with things that do not exist; see ``test_every_url``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings
from django.urls import reverse

from surveys.models import Question
from tests.authz.world import PEOPLE, STRANGERS, Role, World


class Seen(StrEnum):
    OK = "a page, or a redirect to one"
    FORM = "the form again, with what is missing"
    SIGN_IN = "the way to sign in"
    FORBIDDEN = "403"
    GONE = "404"
    METHOD = "405"


# What somebody who may come in gets for each method; any other method is refused.
PAGE: Mapping[str, Seen] = {"GET": Seen.OK}
GET: Mapping[str, Seen] = {"GET": Seen.OK, "HEAD": Seen.OK}
POST: Mapping[str, Seen] = {"POST": Seen.OK}
# Sent without what it asks for, as the crossing does, the form says what is missing.
FORM: Mapping[str, Seen] = {"GET": Seen.OK, "HEAD": Seen.OK, "POST": Seen.FORM}
POST_FORM: Mapping[str, Seen] = {"POST": Seen.FORM}
# Everything has a usable value already; or, with allauth's forms, the form comes again with 200.
EASY_FORM: Mapping[str, Seen] = {"GET": Seen.OK, "HEAD": Seen.OK, "POST": Seen.OK}

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")


@dataclass(frozen=True)
class Line:
    """``who`` says what those named see, ``otherwise`` what the others who are signed in see."""

    name: str
    methods: Mapping[str, Seen]
    who: Mapping[Role, Seen]
    otherwise: Seen = Seen.FORBIDDEN
    public: bool = False
    # What a thing that does not exist looks like to those who may look for it.
    missing: Seen = Seen.GONE
    at: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}[{','.join(self.at.values())}]" if self.at else self.name

    def url(self, world: World, **instead: str) -> str:
        values = {key: world.names.get(name, name) for key, name in self.at.items()}
        return reverse(self.name, kwargs=values | instead)

    def expected(self, role: Role, method: str) -> Seen:
        if role in STRANGERS and not self.public:
            return Seen.SIGN_IN
        if method not in self.methods:
            return Seen.METHOD
        seen = self.who.get(role, self.otherwise)
        return self.methods[method] if seen is Seen.OK else seen

    def expected_of_nothing(self, role: Role, method: str) -> Seen:
        """The same with a thing that does not exist: who may look for it at all is told it is not there."""
        seen = self.expected(role, method)
        looked_for = role in self.who or self.otherwise is not Seen.FORBIDDEN
        return seen if seen in {Seen.SIGN_IN, Seen.METHOD} or not looked_for else self.missing

    def insider(self) -> Role:
        """Somebody who may come in, those with a role before those without; HR where nobody may."""
        order = [Role.HR, Role.SECOND_HR, Role.ADMINISTRATOR, *Role]
        return next((role for role in order if self.who.get(role) is Seen.OK), Role.HR)


def only(
    roles: set[Role],
    name: str,
    methods: Mapping[str, Seen] = GET,
    /,
    *,
    but: Mapping[Role, Seen] | None = None,
    otherwise: Seen = Seen.FORBIDDEN,
    missing: Seen = Seen.GONE,
    **at: str,
) -> Line:
    who = {role: Seen.OK for role in Role if role in roles} | dict(but or {})
    return Line(name, methods, who, otherwise, missing=missing, at=at)


def everybody(name: str, methods: Mapping[str, Seen] = GET, /, **at: str) -> Line:
    """Everybody who is signed in."""
    return Line(name, methods, dict.fromkeys(PEOPLE, Seen.OK), at=at)


def public(name: str, methods: Mapping[str, Seen] = GET, /, *, missing: Seen = Seen.GONE, **at: str) -> Line:
    return Line(name, methods, dict.fromkeys(Role, Seen.OK), public=True, missing=missing, at=at)


def by_link(roles: set[Role], name: str, methods: Mapping[str, Seen] = GET, /, **at: str) -> Line:
    """Opened by what a respondent holds; everybody else gets the page for what is not there."""
    return Line(name, methods, dict.fromkeys(roles, Seen.OK), Seen.GONE, public=True, at=at)


def follow_up(name: str, methods: Mapping[str, Seen], /) -> Line:
    """The employee has it, it came up to their manager, the reader reads the wave; nobody else, not HR."""
    who = {Role.EMPLOYEE, Role.MANAGER, Role.READER}
    return only(who, name, methods, otherwise=Seen.GONE, pk="follow_up")


def built(roles: set[Role], name: str, methods: Mapping[str, Seen] = GET, /, **at: str) -> Line:
    """Somebody's survey: other leads are not told that there is one."""
    who = dict.fromkeys(roles, Seen.OK) | dict.fromkeys(LEADS - roles, Seen.GONE)
    return Line(name, methods, who, at=at)


def results(name: str, roles: set[Role], /, **at: str) -> Line:
    """Others are not told that there are any."""
    return Line(name, PAGE, dict.fromkeys(roles, Seen.OK), Seen.GONE, at=at)


HR_PEOPLE = {Role.HR, Role.SECOND_HR}
OPERATORS = {Role.ADMINISTRATOR}
LAUNCHER = {Role.HR: Seen.FORBIDDEN}
KINDS_OF_QUESTION = (
    "recommend",
    "scale",
    "yes_no",
    "single",
    "multiple",
    "short",
    "long",
    "ranking",
    "matrix",
    "number",
    "date",
)
LEADS = {Role.MANAGER, Role.UPPER_MANAGER, Role.OTHER_MANAGER}
BUILDERS = HR_PEOPLE | LEADS
LEADS_OF = {
    "all": set(),
    "department": {Role.UPPER_MANAGER},
    "team": {Role.UPPER_MANAGER, Role.MANAGER},
    "tiny_team": {Role.UPPER_MANAGER},
    "other_team": {Role.OTHER_MANAGER},
}
BUILDERS_OF_TEAM = HR_PEOPLE | LEADS_OF["team"]
ANONYMOUS_WAVES = ("open_wave", "silent_wave", "closed_wave")
EVERY_WAVE = ("draft_wave", "waiting_wave", "open_wave", "named_wave", "silent_wave", "closed_wave")

# Not addresses of the resolver: static files, which WhiteNoise serves to everybody before any view is asked.

TABLE: list[Line] = [
    # --- The portal -----------------------------------------------------------------------------------------
    public("healthz"),
    public("readyz"),
    public("readyz-pages"),
    # There for who has the operator's token, who is nobody of the world.
    Line("metrics", GET, {}, Seen.GONE, public=True),
    everybody("home", PAGE),
    everybody("more", PAGE),
    everybody("your-data", GET),
    everybody("your-data-download", POST),
    public("account_login", EASY_FORM),
    public("account_inactive"),
    public("account_logout", EASY_FORM),
    everybody("account_change_password", EASY_FORM),
    everybody("account_reauthenticate", EASY_FORM),
    everybody("signing_in:security", PAGE),
    # Whoever did not sign in a moment ago is asked first that it is them.
    everybody("signing_in:address-change", EASY_FORM),
    only(PEOPLE, "signing_in:address-confirm", EASY_FORM, missing=Seen.OK, token="address_token"),
    everybody("signing_in:session-end-others", POST),
    only({Role.EMPLOYEE}, "signing_in:session-end", POST, otherwise=Seen.GONE, pk="session"),
    public("account_reset_password", EASY_FORM),
    public("account_reset_password_done"),
    public("account_reset_password_from_key", EASY_FORM, missing=Seen.OK, uidb36="zz", key="no-such-key"),
    public("account_reset_password_from_key_done"),
    # Without a provider, as here, there are no such addresses; test_openid_connect.py has one.
    by_link(set(), "signing_in:openid-begin", POST),
    by_link(set(), "signing_in:openid-callback", PAGE),
    # --- One's second factor: whoever did not sign in just now is asked again first -------------------------
    public("mfa_authenticate", EASY_FORM),
    everybody("mfa_reauthenticate", EASY_FORM),
    everybody("signing_in:second-factor", PAGE),
    everybody("signing_in:second-factor-add", EASY_FORM),
    everybody("signing_in:second-factor-remove", EASY_FORM),
    everybody("signing_in:recovery-codes", PAGE),
    only(set(), "signing_in:recovery-codes-text", PAGE, otherwise=Seen.GONE),
    everybody("signing_in:recovery-codes-kept", POST),
    everybody("signing_in:recovery-codes-renew", EASY_FORM),
    only(OPERATORS, "signing_in:second-factor-reset", EASY_FORM, missing=Seen.OK, pk="person:employee"),
    # --- People ---------------------------------------------------------------------------------------------
    everybody("people:person-list", PAGE),
    everybody("people:person-detail", PAGE, pk="person:manager"),
    only(HR_PEOPLE, "people:person-detail", PAGE, otherwise=Seen.GONE, pk="person:deactivated"),
    everybody("people:team-tree", PAGE),
    everybody("people:team-detail", PAGE, pk="team"),
    everybody("people:account", GET),
    everybody("people:absence-create", POST_FORM),
    only({Role.EMPLOYEE}, "people:absence-delete", POST, otherwise=Seen.GONE, pk="absence"),
    only(HR_PEOPLE, "people:person-create", FORM),
    only(HR_PEOPLE, "people:person-edit", FORM, pk="person:employee"),
    only(HR_PEOPLE, "people:person-deactivate", EASY_FORM, pk="person:employee"),
    only(HR_PEOPLE, "people:person-reactivate", POST, pk="person:deactivated"),
    only(HR_PEOPLE, "people:person-erase", FORM, pk="person:deactivated"),
    only(HR_PEOPLE, "people:person-waiting", PAGE),
    only(HR_PEOPLE, "people:person-invite-all", EASY_FORM),
    only(HR_PEOPLE, "people:person-invite", POST, pk="newcomer"),
    only(HR_PEOPLE, "people:team-create", FORM),
    only(HR_PEOPLE, "people:team-edit", FORM, pk="team"),
    only(HR_PEOPLE, "people:import-create", FORM),
    only(HR_PEOPLE, "people:import-detail", PAGE, pk="import_run"),
    only(HR_PEOPLE, "people:import-template", PAGE),
    only(HR_PEOPLE, "people:import-columns", FORM, pk="import_run"),
    only(HR_PEOPLE, "people:import-reading", POST_FORM, pk="import_run"),
    only(HR_PEOPLE, "people:import-check", POST, pk="import_run"),
    only(HR_PEOPLE, "people:import-rows", PAGE, pk="import_run", kind="new"),
    only(HR_PEOPLE, "people:import-apply", POST_FORM, pk="import_run"),
    # Gone is gone, also the second time.
    only(HR_PEOPLE, "people:import-discard", POST, missing=Seen.OK, pk="import_run"),
    only(HR_PEOPLE, "people:import-report", PAGE, pk="import_run"),
    only(HR_PEOPLE, "people:import-undo", FORM, pk="import_run"),
    only(HR_PEOPLE, "people:attribute-list", PAGE),
    only(HR_PEOPLE, "people:attribute-create", FORM),
    only(HR_PEOPLE, "people:attribute-edit", FORM, pk="attribute"),
    only(HR_PEOPLE, "people:attribute-archive", POST, pk="attribute"),
    only(HR_PEOPLE, "people:attribute-restore", POST, pk="attribute"),
    only(HR_PEOPLE, "people:attribute-delete", POST, pk="attribute"),
    only(HR_PEOPLE, "people:person-attributes", EASY_FORM, pk="person:employee"),
    only(HR_PEOPLE, "people:absence-import-create", FORM),
    only(HR_PEOPLE, "people:absence-import-template", PAGE),
    only(HR_PEOPLE, "people:absence-import-detail", PAGE, pk="absence_import"),
    only(HR_PEOPLE, "people:absence-import-columns", FORM, pk="absence_import"),
    only(HR_PEOPLE, "people:absence-import-reading", POST_FORM, pk="absence_import"),
    only(HR_PEOPLE, "people:absence-import-apply", POST, pk="absence_import"),
    only(HR_PEOPLE, "people:absence-import-discard", POST, missing=Seen.OK, pk="absence_import"),
    only(HR_PEOPLE, "people:absence-import-problems", PAGE, pk="absence_import"),
    only(HR_PEOPLE | OPERATORS, "common:settings", PAGE),
    only(HR_PEOPLE, "people:organisation", FORM),
    only(HR_PEOPLE, "people:organisation-logo", POST_FORM),
    only(HR_PEOPLE, "people:organisation-logo-remove", POST),
    # Without a country to look at, the page says so.
    only(HR_PEOPLE, "people:organisation-free-days", {"GET": Seen.FORM}),
    public("common:logo", digest="logo"),
    only(OPERATORS, "people:role-list", PAGE),
    only(OPERATORS, "people:person-give-role", POST, pk="person:employee", role="hr"),
    only(OPERATORS, "people:person-take-role", POST, pk="person:hr", role="hr"),
    # --- People who opted out of mail ---------------------------------------------------------------------
    public("notifications:unsubscribe", EASY_FORM, token="unsubscribe"),
    public("notifications:unsubscribe-undo", POST, token="unsubscribe"),
    everybody("notifications:preferences", FORM),
    # --- What one is told in the portal ---------------------------------------------------------------------
    everybody("notifications:notice-list", PAGE),
    everybody("notifications:notice-read-all", POST),
    only({Role.EMPLOYEE}, "notifications:notice-open", POST, otherwise=Seen.GONE, pk="notice"),
    # --- Mail ---------------------------------------------------------------------------------------------
    only(OPERATORS, "notifications:outbox", PAGE),
    only(OPERATORS, "notifications:outbox-kind", PAGE, kind="people.set_password"),
    only(OPERATORS, "notifications:outbox-again", FORM, kind="people.set_password"),
    only(OPERATORS, "notifications:outbox-cancel", FORM, kind="people.set_password"),
    only(OPERATORS, "notifications:message-again", POST, pk="message"),
    only(OPERATORS, "notifications:message-cancel", POST, pk="message"),
    only(OPERATORS, "notifications:restore-confirm", EASY_FORM),
    only(HR_PEOPLE | OPERATORS, "notifications:refused-list", PAGE),
    only(HR_PEOPLE | OPERATORS, "notifications:address-trust", POST, pk="refused"),
    only(HR_PEOPLE, "notifications:mail-text-list", PAGE),
    only(HR_PEOPLE, "notifications:mail-text-edit", FORM, name="surveys.invitation", language="de"),
    only(HR_PEOPLE, "notifications:mail-text-look", POST_FORM, name="surveys.invitation", language="de"),
    only(HR_PEOPLE, "notifications:mail-text-reset", POST, name="surveys.invitation", language="de"),
    only(HR_PEOPLE, "notifications:mail-text-test", POST, name="surveys.invitation", language="de"),
    only(
        HR_PEOPLE,
        "notifications:mail-text-html",
        PAGE,
        name="surveys.invitation",
        language="de",
        theme="dark",
    ),
    # --- Answering ----------------------------------------------------------------------------------------
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
    # --- What every storey shares ---------------------------------------------------------------------------
    only(OPERATORS, "common:audit-list", PAGE),
    only(OPERATORS, "common:audit-csv", PAGE),
    only(HR_PEOPLE, "common:progress", PAGE, otherwise=Seen.GONE, key="progress"),
    # --- Customers ------------------------------------------------------------------------------------------
    everybody("customers:behaviour-list", PAGE),
    only(HR_PEOPLE, "customers:behaviour-create", FORM),
    only(HR_PEOPLE, "customers:behaviour-edit", FORM, pk="behaviour"),
    only(HR_PEOPLE, "customers:value-create", FORM),
    only(HR_PEOPLE, "customers:value-edit", FORM, pk="value"),
    only(HR_PEOPLE, "customers:principle-move", POST, kind="behaviours", pk="behaviour", direction="down"),
    only(HR_PEOPLE, "customers:principle-archive", EASY_FORM, kind="behaviours", pk="behaviour"),
    only(HR_PEOPLE, "customers:principle-bring-back", POST, kind="values", pk="value_put_away"),
    only(HR_PEOPLE, "customers:contact-list", PAGE),
    only(HR_PEOPLE, "customers:contact-create", FORM),
    only(HR_PEOPLE, "customers:contact-edit", FORM, pk="contact"),
    only(HR_PEOPLE, "customers:contact-data", POST, pk="contact"),
    only(HR_PEOPLE, "customers:contact-erase", FORM, pk="contact"),
    only(HR_PEOPLE, "customers:contact-import-create", FORM),
    only(HR_PEOPLE, "customers:contact-import-template", PAGE),
    only(HR_PEOPLE, "customers:contact-import-detail", PAGE, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-columns", FORM, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-reading", POST_FORM, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-apply", POST, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-discard", POST, missing=Seen.OK, pk="contact_import"),
    only(HR_PEOPLE, "customers:contact-import-problems", PAGE, pk="contact_import"),
    only(HR_PEOPLE, "customers:organisation-list", PAGE),
    only(HR_PEOPLE, "customers:organisation-create", FORM),
    only(HR_PEOPLE, "customers:organisation-edit", FORM, pk="organisation"),
    # --- Closing the loop: whoever gets in touch, whom it came up to, and the readers of the wave -----------
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
    # --- Survey builder -------------------------------------------------------------------------------------
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
    # --- Waves ----------------------------------------------------------------------------------------------
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
    # --- Results: HR sees all, leads their own teams, nobody learns of the others ---------------------------
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
if settings.EMAIL_CAPTURED:
    # In the trial everybody reads everybody's mail; there is no other way to see one.
    TABLE += [
        everybody("notifications:captured-list", PAGE),
        everybody("notifications:captured-detail", PAGE, name="captured"),
    ]

# The same addresses with other things, for whom it makes no difference who asks.
VARIETIES: list[Line] = [
    everybody("people:person-detail", PAGE, pk="person:hr"),
    built(HR_PEOPLE, "surveys:survey-detail", pk="archived_survey"),
    *[
        built(HR_PEOPLE, "surveys:question-create", FORM, pk="section", kind=kind)
        for kind in Question.Kind.values
    ],
    *[built(HR_PEOPLE, "surveys:question-edit", FORM, pk=f"question:{key}") for key in KINDS_OF_QUESTION],
    *[only(HR_PEOPLE, "surveys:wave-mail", pk="draft_wave", step=step) for step in "123"],
    *[only(HR_PEOPLE, "surveys:wave-mail-html", pk="draft_wave", step=step) for step in "123"],
]
