"""One small organisation with everything in it that a page may show, made by the portal's own functions.

Everything is known by name: ``world["closed_wave"]`` is what stands in an address, so that the table reads
like sentences. Nothing here is needed for its own sake; what a page needs is added with one line.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from common import links
from common.importing import staging
from common.importing.columns import FieldSet
from common.logo import digest_of
from common.models import ImportFile, Organisation, Progress
from common.organisation import from_environment
from customers.domain import importing as importing_contacts
from customers.models import Behaviour, Contact, ExternalOrganisation, Value
from notifications.captured import find_captured
from notifications.models import MailText, Message, RefusedAddress
from notifications.transports import CaptureTransport
from people.domain import changing_address, importing_absences
from people.domain.importing import running
from people.models import Absence, Attribute, Person, Team
from people.roles import ADMINISTRATOR, HR
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.domain.following_up import going_up
from surveys.domain.mailing.linking import LINK
from surveys.domain.repeating import continuing
from surveys.domain.waves import launching
from surveys.models import FollowUpCause, Improvement, Invitation, Question, Section, Survey, Wave

PASSWORD = "a quiet harbour at dawn"


class Role(StrEnum):
    """Everybody who may knock. Respondents have no session, only the cookie of their link."""

    ANONYMOUS = "anonymous"
    RESPONDENT = "respondent"
    RESPONDENT_USED = "respondent with a used link"
    RESPONDENT_FOREIGN = "respondent with somebody else's link"
    RESPONDENT_WRONG = "respondent with a wrong link"
    EMPLOYEE = "employee"
    MANAGER = "manager of the team"
    OTHER_MANAGER = "manager of another team"
    UPPER_MANAGER = "manager above"
    READER = "reader of the named answers"
    HR = "HR"
    SECOND_HR = "second person of HR"
    ADMINISTRATOR = "administrator"
    DEACTIVATED = "deactivated"


RESPONDENTS = {
    Role.RESPONDENT,
    Role.RESPONDENT_USED,
    Role.RESPONDENT_FOREIGN,
    Role.RESPONDENT_WRONG,
}
STRANGERS = {Role.ANONYMOUS, Role.DEACTIVATED, *RESPONDENTS}
PEOPLE = set(Role) - STRANGERS


@dataclass
class World:
    """``people`` by role; ``names`` holds what stands in addresses and forms."""

    people: dict[Role, Person] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.names[name]

    def __setitem__(self, name: str, value: object) -> None:
        self.names[name] = str(value)


def build_world(now: dt.datetime | None = None) -> World:
    now = now or timezone.now()
    world = World()
    _staff(world)
    _outside(world)
    survey = _survey(world)
    _waves(world, survey, now)
    _paperwork(world, now)
    return world


# --- Who works here -----------------------------------------------------------------------------------------
def _person(name: str, team: Team | None, manager: Person | None = None) -> Person:
    given, family = name.split()
    return Person.objects.create_user(
        f"{given}.{family}@brightwater.example".lower(),
        PASSWORD,
        display_name=name,
        given_name=given,
        family_name=family,
        employee_number=f"n-{given}-{family}".lower(),
        team=team,
        manager=manager,
        location="Harbour",
    )


def _staff(world: World) -> None:
    root = Team.objects.create(name="Harbour company")
    service = Team.objects.create(name="Guest services", parent=root)
    desk = Team.objects.create(name="Front desk", parent=service)
    tiny = Team.objects.create(name="Night porters", parent=service)
    finance = Team.objects.create(name="Finance", parent=root)

    people = world.people
    people[Role.UPPER_MANAGER] = _person("Uma Above", service)
    people[Role.MANAGER] = _person("Mara Desk", desk, people[Role.UPPER_MANAGER])
    people[Role.OTHER_MANAGER] = _person("Otto Finance", finance)
    people[Role.EMPLOYEE] = _person("Emil Desk", desk, people[Role.MANAGER])
    people[Role.READER] = _person("Rea Finance", finance, people[Role.OTHER_MANAGER])
    people[Role.HR] = _person("Hana People", finance)
    people[Role.SECOND_HR] = _person("Hugo People", finance)
    people[Role.ADMINISTRATOR] = _person("Ada Machine", finance)
    people[Role.DEACTIVATED] = _person("Dora Gone", desk)
    for role, name in {Role.HR: HR, Role.SECOND_HR: HR, Role.ADMINISTRATOR: ADMINISTRATOR}.items():
        people[role].groups.add(Group.objects.get_or_create(name=name)[0])
    for team, lead in {
        service: Role.UPPER_MANAGER,
        desk: Role.MANAGER,
        finance: Role.OTHER_MANAGER,
    }.items():
        team.lead = people[lead]
        team.save(update_fields=["lead"])
    for number in range(10):
        colleague = _person(f"Desk{number} Colleague", desk, people[Role.MANAGER])
    world["newcomer"] = colleague.pk
    for number in range(2):
        _person(f"Night{number} Porter", tiny, people[Role.UPPER_MANAGER])
    for number in range(8):
        _person(f"Finance{number} Colleague", finance, people[Role.OTHER_MANAGER])

    world["team"], world["tiny_team"], world["other_team"] = desk.pk, tiny.pk, finance.pk
    world["department"], world["root_team"] = service.pk, root.pk
    for role, person in people.items():
        world[f"person:{role.name.lower()}"] = person.pk
    day = timezone.localdate() + dt.timedelta(days=30)
    absence = Absence.objects.create(person=people[Role.EMPLOYEE], first_day=day, last_day=day)
    world["absence"] = absence.pk


def _outside(world: World) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry line", owner=world.people[Role.EMPLOYEE])
    world["organisation"] = ferry.pk
    for number in range(3):
        contact = Contact(
            organisation=ferry, name=f"Captain {number}", email=f"captain{number}@ferry.example"
        )
        contact.refresh_search_text()
        contact.save()
    world["contact"] = Contact.objects.earliest("pk").pk
    world["behaviour"] = Behaviour.objects.create(code="hostile-test", name="Answers within a day").pk
    put_away = Value.objects.create(code="put-away", name="Thrift", active=False)
    world["value_put_away"] = put_away.pk
    world["value"] = Value.objects.create(code="hostile-test", name="Kept promises").pk


# --- Surveys ------------------------------------------------------------------------------------------------
def _survey(world: World) -> Survey:
    """One question of each kind."""
    survey = Survey.objects.create(
        title="How we serve each other", intro="Thank you.", created_by=world.people[Role.HR]
    )
    section = Section.objects.create(survey=survey, position=1, title="Everyday work")
    two = [{"code": "o1", "label": "By phone"}, {"code": "o2", "label": "In person"}]
    kind = Question.Kind
    rows: list[tuple[str, str, list[dict[str, str]]]] = [
        ("recommend", kind.RECOMMEND, []),
        ("scale", kind.SCALE, []),
        ("yes_no", kind.YES_NO, []),
        ("single", kind.SINGLE, two),
        ("multiple", kind.MULTIPLE, two),
        ("short", kind.SHORT_TEXT, []),
        ("long", kind.LONG_TEXT, []),
        ("ranking", kind.RANKING, two),
        ("matrix", kind.MATRIX, two),
        ("number", kind.NUMBER, []),
        ("date", kind.DATE, []),
    ]
    bounds: dict[str, dict[str, Any]] = {
        kind.NUMBER: {"least": 0, "most": 100},
        kind.DATE: {"earliest": dt.date(2026, 1, 1), "latest": dt.date(2026, 12, 31)},
    }
    for position, (key, value, options) in enumerate(rows, start=1):
        question = Question.objects.create(
            section=section,
            position=position,
            key=key,
            kind=value,
            text=f"Question of the kind {key}?",
            options=options,
            rows=[{"code": "r1", "label": "The first row"}] if value == kind.MATRIX else [],
            **bounds.get(value, {}),
        )
        world[f"question:{key}"] = question.pk
    Section.objects.create(survey=survey, position=2, title="Nothing here yet")
    world["survey"], world["section"] = survey.pk, section.pk
    world["question"] = world["question:single"]
    spare = Survey.objects.create(title="Never launched", created_by=world.people[Role.HR], languages=["de"])
    spare_section = Section.objects.create(survey=spare, position=1, title="A part")
    spare_question = Question.objects.create(
        section=spare_section, position=1, key="spare", kind=kind.YES_NO, text="Would you come back?"
    )
    world["spare_survey"], world["spare_section"] = spare.pk, spare_section.pk
    world["spare_question"] = spare_question.pk
    _survey_of_team(world)
    old = Survey.objects.create(title="Long ago", archived=True)
    world["archived_survey"] = old.pk
    return survey


def _survey_of_team(world: World) -> None:
    survey = Survey.objects.create(
        title="Among ourselves", team_id=int(world["team"]), created_by=world.people[Role.MANAGER]
    )
    section = Section.objects.create(survey=survey, position=1, title="Our week")
    question = Question.objects.create(
        section=section, position=1, key="week", kind=Question.Kind.YES_NO, text="Was it a good week?"
    )
    world["team_survey"], world["team_section"] = survey.pk, section.pk
    world["team_question"] = question.pk


SHEET = AnswerSheet(
    options={
        "recommend": ("9",),
        "scale": ("4",),
        "yes_no": ("yes",),
        "single": ("o1",),
        "multiple": ("o1", "o2"),
    },
    texts={"short": "More light in the hall.", "long": "Thank you for the new rota."},
)


def _wave(
    world: World, survey: Survey, title: str, opens: dt.datetime, days: int = 14, **fields: object
) -> Wave:
    values: dict[str, object] = {
        "survey": survey,
        "title": title,
        "audience": Wave.Audience.EVERYONE,
        "opens_at": opens,
        "closes_at": opens + dt.timedelta(days=days),
        "created_by": world.people[Role.HR],
    }
    return Wave.objects.create(**(values | fields))


def _launched(world: World, wave: Wave) -> Wave:
    launching.launch(wave=wave, by=world.people[Role.HR], now=wave.opens_at)
    launching.carry_out_launch(wave_id=wave.pk, now=wave.opens_at)
    wave.refresh_from_db()
    assert wave.state == Wave.State.OPEN, wave.state
    return wave


def _answered(wave: Wave, invitations: list[Invitation]) -> None:
    for invitation in invitations:
        submitting.submit(invitation=invitation, sheet=SHEET, now=wave.opens_at + dt.timedelta(hours=1))


def _closed(wave: Wave) -> Wave:
    closing.close(wave_id=wave.pk, now=wave.closes_at)
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED, wave.state
    return wave


def _waves(world: World, survey: Survey, now: dt.datetime) -> None:
    ago = {days: now - dt.timedelta(days=days) for days in (2, 40, 70, 100)}

    released = _launched(world, _wave(world, survey, "Spring pulse", ago[100]))
    _answered(released, list(released.invitations.order_by("pk")))
    _closed(released)
    assert released.released, "the spring pulse is meant to have results"
    world["closed_wave"] = released.pk
    for group in released.groups.all():
        if group.team_id:
            names = {world[name]: name for name in ("team", "tiny_team", "other_team", "department")}
            if str(group.team_id) in names:
                world[f"group:{names[str(group.team_id)]}"] = group.code
    world["group:all"] = 1
    comment = released.comments.first()
    assert comment is not None, "the spring pulse is meant to have comments"
    world["comment"] = comment.pk
    world["improvement"] = Improvement.objects.create(
        wave=released,
        group_code=int(world["group:team"]),
        said="Too little light in the hall",
        done="New lamps hang since Monday.",
        by=world.people[Role.HR],
    ).pk

    silent = _launched(world, _wave(world, survey, "Nobody had time", ago[70]))
    _answered(silent, list(silent.invitations.order_by("pk")[:2]))
    _closed(silent)
    assert silent.released is False, "fewer than k answered"
    world["silent_wave"] = silent.pk

    running = _launched(world, _wave(world, survey, "Autumn pulse", ago[2]))
    world["open_wave"] = running.pk
    valid, used, foreign = running.invitations.exclude(
        person__in=[person.pk for person in world.people.values()]
    ).order_by("pk")[:3]
    _answered(running, [used])
    for name, invitation in {"valid": valid, "used": used, "foreign": foreign}.items():
        world[f"handle:{name}"] = invitation.handle
        world[f"mac:{name}"] = links.mint(LINK, invitation.handle)
    world["mac:wrong"] = links.mint("something else", valid.handle)
    world["sent:used"] = links.mint("answer-sent", used.handle)
    late = silent.invitations.unanswered().order_by("pk")[0]
    world["handle:late"], world["mac:late"] = late.handle, links.mint(LINK, late.handle)

    named = _wave(
        world,
        survey,
        "What the ferries say",
        ago[40],
        days=60,
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS,
        follow_up_question="scale",
        follow_up_limit=4,
        follow_up_owner=world.people[Role.UPPER_MANAGER],
    )
    named.organisations.add(int(world["organisation"]))
    named.readers.add(world.people[Role.READER])
    _launched(world, named)
    first = named.invitations.order_by("pk")[0]
    _answered(named, [first])
    world["named_wave"], world["response"] = named.pk, first.response.pk
    # The employee looks after the ferry line; nobody was in touch, and it came up to their manager.
    follow_up = first.response.follow_up
    going_up.hand_up_late(now)
    world["follow_up"] = follow_up.pk
    world["cause"] = FollowUpCause.objects.create(name="Nobody picked up the telephone").pk

    waiting = _wave(
        world, survey, "Front desk only", now + dt.timedelta(days=1), audience=Wave.Audience.TEAMS
    )
    waiting.teams.add(int(world["team"]))
    launching.launch(wave=waiting, by=world.people[Role.HR], now=now)
    waiting.refresh_from_db()
    assert waiting.state == Wave.State.APPROVAL, waiting.state
    world["waiting_wave"] = waiting.pk

    # Of another survey: nearly the same people are not asked the same question within 30 days.
    spare = Survey.objects.get(pk=world["spare_survey"])
    by_name = _wave(world, spare, "By name, one day", now + dt.timedelta(days=1), mode=Wave.Mode.IDENTIFIED)
    world["named_draft"] = by_name.pk
    draft = _wave(world, spare, "Next spring", now + dt.timedelta(days=1))
    world["draft_wave"] = draft.pk
    monthly = _wave(world, spare, "Each month", now + dt.timedelta(days=1))
    series = continuing.begin(monthly, rhythm="monthly", rotation=1, by=world.people[Role.HR], now=now)
    world["series"] = series.pk

    Person.objects.filter(pk=world.people[Role.DEACTIVATED].pk).update(is_active=False)


# --- What offices keep --------------------------------------------------------------------------------------
def _paperwork(world: World, now: dt.datetime) -> None:
    text = "employee_id,name,email\nn-new-hand,New Hand,new.hand@brightwater.example\n"
    run = running.upload(text.encode(), file_name="people.csv", by=world.people[Role.HR], everybody=False)
    running.check(run.pk)
    world["import_run"] = run.pk
    world["attribute"] = Attribute.objects.create(name="Contract").pk
    by = world.people[Role.HR]
    contacts = "organisation,name,email\nFerry line,New Contact,new.contact@ferry.example\n"
    world["contact_import"] = _staged(importing_contacts.FIELDS, contacts, by)
    days = f"email,first day,last day\n{world.people[Role.EMPLOYEE].email},2027-03-01,2027-03-05\n"
    world["absence_import"] = _staged(importing_absences.FIELDS, days, by)
    message = Message.objects.create(
        key="authz:1",
        kind="people.set_password",
        person=world.people[Role.EMPLOYEE],
        address=world.people[Role.EMPLOYEE].email,
        message_id="<authz-1@brightwater.example>",
        due=now,
        state=Message.State.FAILED,
        last_reply="550 No such box",
    )
    world["message"] = message.pk
    Message.objects.create(
        key="authz:2",
        kind="people.set_password",
        person=world.people[Role.EMPLOYEE],
        message_id="<authz-2@brightwater.example>",
        due=now + dt.timedelta(hours=8),
        reason=Message.Reason.HOURS,
    )
    # Of somebody who is written to, so that the page about such addresses shows it.
    refused = RefusedAddress.objects.create(address="captain2@ferry.example", reply="550 5.1.1 No such box")
    world["refused"] = refused.pk
    png = b"\x89PNG\r\n\x1a\n"
    facts = asdict(from_environment()) | {"logo": png, "logo_digest": digest_of(png)}
    MailText.objects.create(
        name="surveys.invitation", language="de", subject="Ihre Sicht", body="Guten Tag\n\n{link}"
    )
    world["logo"] = Organisation.objects.create(pk=1, **facts).logo_digest
    with CaptureTransport() as transport:
        transport.offer("portal@brightwater.example", message.address)
        transport.deliver(b"Subject: Your invitation\r\n\r\nhttps://brightwater.example/\r\n")
    world["captured"] = find_captured().rows[0].name
    world["unsubscribe"] = links.seal("unsubscribe", {"category": "surveys", "address": message.address})
    employee = world.people[Role.EMPLOYEE]
    Client().force_login(employee)
    world["notice"] = employee.notices.order_by("pk")[0].pk
    world["session"] = employee.signed_in_sessions.get().pk
    world["address_token"] = changing_address.token_for(employee, "new.address@brightwater.example", stamp=0)
    progress = Progress.objects.create(key="authz", total=10, done=3, permission="people.import_people")
    world["progress"], world["progress_pk"] = progress.key, progress.pk


def _staged(fields: FieldSet, text: str, by: Person) -> int:
    run = ImportFile(of=fields.of, uploaded_by=by, file_name=f"{fields.of}.csv")
    staging.stage(run, text.encode(), fields)
    return run.pk
