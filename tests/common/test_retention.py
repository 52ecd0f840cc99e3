"""The retention file: complete, readable, and what happens."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from common import erasing, retention
from common.models import AuditEntry, Progress
from common.retention_checks import check_every_personal_field_has_a_rule
from customers.models import Contact, ExternalOrganisation
from notifications.models import LastOfKind, Message, Notice, OptOut, RefusedAddress, SendSlot
from people.models import Absence, ImportRun, Person, PersonAttribute
from surveys.models import Answer, Invitation, Response, Wave
from tests.surveys.factories import make_person, make_wave

NOW = dt.datetime(2027, 5, 3, 4, 0, tzinfo=dt.UTC)


def ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


# --- The file -----------------------------------------------------------------------------------------------
def content() -> str:
    return Path(settings.RETENTION_FILE).read_text()


def checked(tmp_path: Path, text: str) -> list[tuple[str | None, str]]:
    path = tmp_path / "retention.toml"
    path.write_text(text)
    with override_settings(RETENTION_FILE=path):
        return [(error.id, str(error.msg)) for error in check_every_personal_field_has_a_rule()]


def test_the_file_says_something_of_every_field() -> None:
    assert check_every_personal_field_has_a_rule() == []


@pytest.mark.parametrize(
    ("line", "instead", "id_", "words"),
    [
        ('job_title = "Shown to colleagues."', "", "common.E004", "people.Person.job_title has no line"),
        ('first_day = "From."', 'first_night = "From."', "common.E004", "people.Absence.first_day has no"),
        (
            'first_day = "From."',
            'first_night = "From."\nfirst_day = "From."',
            "common.E005",
            "people.Absence.first_night",
        ),
        ('["customers.Value"]', '["customers.Virtue"]', "common.E005", "customers.Virtue"),
        ('["customers.Value"]', '["customers.Virtue"]', "common.E004", "customers.Value.name"),
        ('rule = "absences"', 'rule = "until doomsday"', "common.E006", "until doomsday"),
        ("[rules.absences]", "[rules.absence]", "common.E006", "'absence' counts days and nothing brings it"),
        ("days = 30\n\n[rules.imports]", "[rules.imports]", "common.E006", "'absences' is brought about and"),
        ("days = 1095\n\n[rules.wave]", "days = 729\n[rules.wave]", "common.E006", "730 days at least"),
        (
            'lead = { what = "Who leads it.", then = "emptied" }',
            'lead = "Who leads it."',
            "common.E006",
            "Team.lead",
        ),
        (
            'impersonal = ["parent", "name"]',
            'impersonal = ["parent", "name", "lead"]',
            "common.E006",
            "Team.lead",
        ),
        ("days = 365\n", 'days = "a year"\n', "common.E006", "are no number"),
        ("[rules.after-leaving]", "[rules.after-leaving", "common.E006", "TOMLDecodeError"),
        ('download = "no: a secret, and', 'download = "perhaps: a secret, and', "common.E006", "begins with"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start(
    tmp_path: Path, line: str, instead: str, id_: str, words: str
) -> None:
    assert line in content()
    found = checked(tmp_path, content().replace(line, instead, 1))
    assert [one for one in found if one[0] == id_ and words in one[1]], found


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with override_settings(RETENTION_FILE=tmp_path / "none.toml"):
        assert [error.id for error in check_every_personal_field_has_a_rule()] == ["common.E006"]


def test_every_line_says_what_it_is_why_and_for_how_long() -> None:
    kept = retention.current()
    assert len(kept.lines) > 100
    for line in kept.lines.values():
        assert line.what.endswith("."), line
        assert line.why.endswith("."), line
        assert kept.rules[line.rule].words.endswith("."), line
    assert all(kept.impersonal_models.values())
    assert kept.rules["messages"].words.startswith("90 days")


def test_what_is_not_in_the_database_has_a_rule_too() -> None:
    elsewhere = tomllib.loads(content())["elsewhere"]
    assert {"captured mail", "log", "cache"} <= set(elsewhere)
    assert {entry["rule"] for entry in elsewhere.values()} <= set(retention.current().rules)


def test_people_and_contacts_are_those_who_can_be_erased() -> None:
    assert erasing.subjects() == {Person, Contact}


# --- Each rule ----------------------------------------------------------------------------------------------
def session(key: str, expires: dt.datetime) -> Session:
    return Session.objects.create(session_key=key, session_data="x", expire_date=expires)


def progress(key: str, begun: dt.datetime) -> Progress:
    return Progress.objects.create(key=key, begun_at=begun)


def absence(last: dt.datetime) -> Absence:
    person = make_person()
    return Absence.objects.create(person=person, first_day=ago(400).date(), last_day=last.date())


def run(uploaded: dt.datetime, state: str = ImportRun.State.APPLIED) -> ImportRun:
    found = ImportRun.objects.create(file_name="people.csv", state=state)
    ImportRun.objects.filter(pk=found.pk).update(uploaded_at=uploaded)
    return found


def message(due: dt.datetime, state: str = Message.State.SENT, **fields: object) -> Message:
    number = Message.objects.count()
    values: dict[str, object] = {
        "key": f"retention:{number}",
        "kind": "people.set_password",
        "address": "a@example.com",
        "message_id": f"<{number}@example.com>",
        "due": due,
        "state": state,
        "sent_at": due if state == Message.State.SENT else None,
    }
    return Message.objects.create(**(values | fields))


def slot(day: dt.datetime) -> SendSlot:
    # Of a message that stays: its day alone is over.
    waiting = message(NOW, State.PENDING)
    return SendSlot.objects.create(address=waiting.address, day=day.date(), message=waiting)


def invited_at(at: dt.datetime) -> LastOfKind:
    return LastOfKind.objects.create(
        kind="surveys.invitation", address=f"{at:%j}@example.com", at=at, message_number=1
    )


def notice(due: dt.datetime) -> Notice:
    number = Notice.objects.count()
    return Notice.objects.create(
        key=f"retention:{number}",
        kind="people.second_factor",
        category="account",
        person=make_person(),
        due=due,
    )


def left(since: dt.datetime, ended: dt.datetime | None = None) -> Person:
    return make_person(is_active=False, inactive_since=since.date(), end_date=ended.date() if ended else None)


def no_longer_asked(since: dt.datetime) -> Contact:
    ferry = ExternalOrganisation.objects.get_or_create(name="Ferry line")[0]
    return Contact.objects.create(
        organisation=ferry,
        name="Captain Nemo",
        email=f"captain{Contact.objects.count()}@ferry.example",
        active=False,
        inactive_since=since.date(),
    )


def invitation(closed: dt.datetime, mode: str = Wave.Mode.ANONYMOUS) -> Invitation:
    wave = make_wave(mode=mode, invited={1: 1}, closed_at=closed)
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.CLOSED)
    found: Invitation = wave.invitations.get()
    return found


def answer(closed: dt.datetime) -> Answer:
    asked = invitation(closed, Wave.Mode.IDENTIFIED)
    response = Response.objects.create(invitation=asked, wave=asked.wave, submitted_at=closed)
    Answer.objects.create(response=response, question_key="recommend", option="9")
    return Answer.objects.create(response=response, question_key="hear", text="My name is Nemo")


def is_there(row: object) -> bool:
    return bool(type(row)._default_manager.filter(pk=row.pk).exists())  # type: ignore[attr-defined]


def is_known(row: object) -> bool:
    row.refresh_from_db()  # type: ignore[attr-defined]
    return row.erased_at is None  # type: ignore[attr-defined]


def names_somebody(asked: Invitation) -> bool:
    asked.refresh_from_db()
    return asked.person is not None or asked.address != ""


def keeps_words(said: Answer) -> bool:
    said.refresh_from_db()
    said.response.invitation.refresh_from_db()
    assert Answer.objects.filter(response=said.response, option="9").exists(), "what was chosen stays"
    assert names_somebody(said.response.invitation) == (said.text != "…")
    return said.text != "…"


State = Message.State
RULES: list[tuple[str, Callable[[], object], Callable[[], object], Callable[..., bool]]] = [
    ("sessions", lambda: session("a", ago(1)), lambda: session("b", ago(-1)), is_there),
    ("progress", lambda: progress("a", ago(31)), lambda: progress("b", ago(29)), is_there),
    ("absences", lambda: absence(ago(32)), lambda: absence(ago(29)), is_there),
    ("imports", lambda: run(ago(31)), lambda: run(ago(29)), is_there),
    ("imports", lambda: run(ago(31)), lambda: run(ago(31), ImportRun.State.WAITING), is_there),
    ("messages", lambda: message(ago(91)), lambda: message(ago(89)), is_there),
    ("messages", lambda: message(ago(91), State.FAILED), lambda: message(ago(91), State.PENDING), is_there),
    ("messages", lambda: message(ago(91)), lambda: message(ago(91), sent_at=ago(10)), is_there),
    ("messages", lambda: message(ago(91)), lambda: message(ago(91), not_after=ago(80)), is_there),
    ("slots", lambda: slot(ago(3)), lambda: slot(ago(2)), is_there),
    ("spacing", lambda: invited_at(ago(61)), lambda: invited_at(ago(59)), is_there),
    ("notices", lambda: notice(ago(91)), lambda: notice(ago(89)), is_there),
    ("after-leaving", lambda: left(ago(365)), lambda: left(ago(364)), is_known),
    ("after-leaving", lambda: left(ago(400), ago(365)), lambda: left(ago(400), ago(364)), is_known),
    ("contact-after", lambda: no_longer_asked(ago(365)), lambda: no_longer_asked(ago(364)), is_known),
    ("invitations", lambda: invitation(ago(366)), lambda: invitation(ago(364)), names_somebody),
    (
        "invitations",
        lambda: invitation(ago(366), Wave.Mode.IDENTIFIED),
        lambda: invitation(ago(1)),
        names_somebody,
    ),
    ("named-answers", lambda: answer(ago(1096)), lambda: answer(ago(1094)), keeps_words),
    (
        "audit",
        lambda: AuditEntry.objects.create(action="wave.closed", at=timezone.now() - dt.timedelta(days=3000)),
        lambda: AuditEntry.objects.create(action="wave.closed", at=ago(1094)),
        is_there,
    ),
]


@pytest.fixture(autouse=True)
def no_mail_of_other_tests(settings: Settings, tmp_path: Path) -> None:
    settings.CAPTURED_MAIL_DIR = tmp_path / "mail"


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "old", "young", "is_kept"), RULES)
def test_what_is_old_leaves_and_what_is_young_stays(
    rule: str, old: Callable[[], object], young: Callable[[], object], is_kept: Callable[..., bool]
) -> None:
    goes, stays = old(), young()
    assert (is_kept(goes), is_kept(stays)) == (True, True)
    counts = retention.apply(NOW)
    assert (is_kept(goes), is_kept(stays)) == (False, True)
    assert counts[rule] == 1
    assert {name: rows for name, rows in counts.items() if rows and name != rule} == {}
    entry = AuditEntry.objects.get(action="retention.applied")
    assert (entry.actor, entry.detail) == (None, {"rows": 1, "rules": f"{rule}: 1"})


def test_every_rule_with_days_is_tried_above() -> None:
    counted = {name for name, rule in retention.current().rules.items() if rule.days is not None}
    assert counted - {"captured-mail"} == {rule for rule, _old, _young, _kept in RULES}


@pytest.mark.django_db
def test_what_has_no_end_stays() -> None:
    OptOut.objects.create(category="surveys", address="a@example.com")
    RefusedAddress.objects.create(address="a@example.com", reply="550")
    active = make_person(inactive_since=None, end_date=ago(500).date())
    wave = make_wave(invited={1: 2})
    retention.apply(NOW)
    assert (OptOut.objects.count(), RefusedAddress.objects.count(), is_known(active)) == (1, 1, True)
    assert [names_somebody(one) for one in wave.invitations.all()] == [True, True]


@pytest.mark.django_db
def test_who_leaves_is_noted_by_whichever_way_and_who_returns_is_not_erased() -> None:
    gone, back = make_person(is_active=False), make_person(inactive_since=ago(600).date())
    retention.apply(NOW)
    gone.refresh_from_db()
    back.refresh_from_db()
    assert (gone.inactive_since, gone.erased_at) == (NOW.date(), None)
    assert (back.inactive_since, back.erased_at) == (None, None)
    retention.apply(NOW + dt.timedelta(days=366))
    gone.refresh_from_db()
    assert gone.erased_at is not None


# --- The daily job ------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_it_runs_once_a_day_and_twice_does_nothing_more() -> None:
    session("a", ago(1))
    assert retention.apply_if_due(NOW)
    assert not retention.apply_if_due(NOW + dt.timedelta(hours=19))
    assert retention.apply_if_due(NOW + dt.timedelta(hours=21))
    assert list(AuditEntry.objects.order_by("pk").values_list("detail__rows", flat=True)) == [1, 0]


@pytest.mark.django_db
def test_killed_in_the_middle_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(days: int, now: dt.datetime) -> int:
        raise Killed

    going = [session("a", ago(1)), message(ago(91)), progress("a", ago(31))]
    whole = retention.known_jobs()
    monkeypatch.setitem(retention._jobs, "messages", die)
    with pytest.raises(Killed):
        retention.apply_if_due(NOW)
    assert [is_there(row) for row in going].count(True) >= 1
    monkeypatch.setitem(retention._jobs, "messages", whole["messages"])
    assert retention.apply_if_due(NOW)
    assert [is_there(row) for row in going] == [False, False, False]


@pytest.mark.django_db
def test_it_asks_as_much_for_forty_as_for_one() -> None:
    counts = []
    for number in (1, 40):
        for each in range(number):
            make_person(is_active=False, inactive_since=ago(400).date())
            no_longer_asked(ago(400))
            message(ago(91))
            session(f"{number}-{each}", ago(1))
            absence(ago(40))
            run(ago(31))
        with CaptureQueriesContext(connection) as queries:
            found = retention.apply(NOW)
        assert found["after-leaving"] == number
        counts.append(len(queries))
    # Messages, and people, are looked for once more where there were some; no row has a statement of its own.
    assert counts[1] <= counts[0] + 2, counts
    assert counts[0] < 130


@pytest.mark.django_db
def test_attributes_leave_with_the_person() -> None:
    from people.models import Attribute  # noqa: PLC0415

    person = left(ago(400))
    years = Attribute.objects.create(name="Years of service")
    PersonAttribute.objects.create(person=person, attribute=years, value="5 or more")
    retention.apply(NOW)
    assert not PersonAttribute.objects.exists()
