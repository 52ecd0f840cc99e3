"""Who did what: what may be written, that nothing written changes, and how administrators read it."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group as AuthGroup
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Model, ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from common import audit
from common.audit import UnknownAction
from common.audit_actions import ACTIONS, KEY_WORDS, THINGS
from common.models import AppendOnly, AuditEntry
from customers.models import Contact, ExternalOrganisation
from people.models import Person, Team
from people.roles import ADMINISTRATOR
from tests.surveys.factories import make_draft

pytestmark = pytest.mark.django_db
APPS = ("culture_portal", "surveys", "customers", "notifications", "people", "common")


@pytest.fixture
def ada() -> Person:
    ada: Person = Person.objects.create_user("ada@example.org", display_name="Ada <b>Machine</b>")
    ada.groups.add(AuthGroup.objects.get_or_create(name=ADMINISTRATOR)[0])
    return ada


@pytest.fixture
def client(ada: Person) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def rows(client: Client, **asked: str) -> list[str]:
    """Sentence and details of each entry, as words."""
    page = client.get("/audit/", asked).content.decode()
    body = page.partition('<ol class="cp-rows')[2].partition("</ol>")[0]
    parts = [
        re.findall(r"<p class=.*?>(.*?)</p>", row, re.DOTALL)
        for row in re.findall(r"<li.*?</li>", body, re.DOTALL)
    ]
    return [" | ".join(" ".join(re.sub(r"<[^>]+>", "", part).split()) for part in row) for row in parts]


# --- What may be written ------------------------------------------------------------------------------------
def test_an_entry_says_who_did_what_to_which_thing(ada: Person) -> None:
    wave = make_draft()
    audit.record(by=ada, action="wave.launched", obj=wave, invited=32)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.object_type, entry.object_id, entry.detail) == (
        ada,
        "wave.launched",
        "surveys.wave",
        str(wave.pk),
        {"invited": 32},
    )


@pytest.mark.parametrize(
    ("action", "detail"),
    [
        ("wave.eaten", {}),
        ("wave.launched", {"email": "ada@example.org"}),
        ("wave.launched", {"invited": 3, "answer": "9"}),
    ],
)
def test_what_has_no_line_in_the_table_is_refused(action: str, detail: dict[str, object]) -> None:
    with pytest.raises(UnknownAction):
        audit.record(by=None, action=action, **detail)  # type: ignore[arg-type]
    assert not AuditEntry.objects.exists()


def calls_of_record() -> Iterator[tuple[str, ast.Call]]:
    for app in APPS:
        for path in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                is_record = (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "record"
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "audit"
                )
                if is_record and isinstance(node, ast.Call):
                    yield f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}", node


def literals(call: ast.Call) -> list[str]:
    """The actions a call may record: a text, or one of two; none where it is given by a name."""
    value = next(each.value for each in call.keywords if each.arg == "action")
    return [
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_every_call_in_the_portal_writes_what_the_table_allows() -> None:
    wrong, found = [], set()
    for place, call in calls_of_record():
        keys = {each.arg for each in call.keywords if each.arg} - {"by", "action", "obj"}
        for action in literals(call):
            found.add(action)
            if action not in ACTIONS:
                wrong.append(f"{place}: {action} has no line")
            elif strangers := keys - ACTIONS[action].keys:
                wrong.append(f"{place}: {action} has no detail {sorted(strangers)}")
    assert wrong == []
    assert len(found) > 25, "the walk finds the calls"


def test_every_line_of_the_table_is_written_somewhere() -> None:
    """No line outlives what it was for. Some actions are given to ``record`` by name."""
    sources = "\n".join(
        path.read_text()
        for app in APPS
        for path in Path(settings.BASE_DIR, app).rglob("*.py")
        if path.name != "audit_actions.py"
    )
    assert [action for action in ACTIONS if f'"{action}"' not in sources] == []


def test_every_line_reads_as_a_sentence_and_every_key_has_words() -> None:
    for action in ACTIONS.values():
        named = set(re.findall(r"%\((\w+)\)s", str(action.words)))
        assert named, action.words
        assert named <= {"who", "thing"}
        assert set(action.details) == action.keys
    assert set(KEY_WORDS) == {key for action in ACTIONS.values() for key in action.keys}


# --- Nothing written changes --------------------------------------------------------------------------------
def test_the_portal_neither_changes_nor_removes_an_entry(ada: Person) -> None:
    audit.record(by=ada, action="wave.closed")
    entry = AuditEntry.objects.get()
    entry.action = "wave.launched"
    for attempt in (
        entry.save,
        entry.delete,
        lambda: AuditEntry.objects.update(action="wave.launched"),
        lambda: AuditEntry.objects.filter(pk=entry.pk).delete(),
        lambda: AuditEntry.objects.bulk_update([entry], ["action"]),
        lambda: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"action": "wave.launched"}),
        lambda: AuditEntry.objects.bulk_create(
            [entry], update_conflicts=True, unique_fields=["pk"], update_fields=["action"]
        ),
    ):
        with pytest.raises(AppendOnly):
            attempt()
    with pytest.raises(ProtectedError):
        ada.delete()
    assert AuditEntry.objects.get().action == "wave.closed"


@pytest.mark.needs_postgres
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE common_auditentry SET action = 'wave.launched'",
        "UPDATE common_auditentry SET at = at - interval '5 years'",
        "DELETE FROM common_auditentry",
    ],
)
def test_the_database_refuses_raw_sql(statement: str) -> None:
    AuditEntry.objects.create(action="wave.closed", at=timezone.now() - dt.timedelta(days=700))
    with (
        pytest.raises(DatabaseError, match="neither changed nor removed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.get().action == "wave.closed"


@pytest.mark.needs_postgres
def test_the_database_lets_only_what_is_older_than_two_years_go() -> None:
    for days in (729, 731):
        AuditEntry.objects.create(action="wave.closed", at=timezone.now() - dt.timedelta(days=days))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM common_auditentry WHERE at < now() - interval '730 days'")
    assert AuditEntry.objects.count() == 1


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_truncating_still_empties_the_table() -> None:
    AuditEntry.objects.create(action="wave.closed")
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()


def test_old_entries_leave_by_the_retention_job_alone() -> None:
    now = timezone.now()
    for days in (800, 1200):
        AuditEntry.objects.create(action="wave.closed", at=now - dt.timedelta(days=days))
    assert AuditEntry.objects.all().drop_older_than(now - dt.timedelta(days=1095)) == 1
    assert AuditEntry.objects.get().at == now - dt.timedelta(days=800)


# --- The page -----------------------------------------------------------------------------------------------
def test_the_page_reads_as_sentences_newest_first(client: Client, ada: Person) -> None:
    wave = make_draft(title="Autumn pulse")
    audit.record(by=None, action="wave.closed", obj=wave, released=True)
    audit.record(by=ada, action="wave.launched", obj=wave, invited=32)
    audit.record(by=ada, action="people.imported", created=1)
    assert rows(client) == [
        "Ada &lt;b&gt;Machine&lt;/b&gt; imported people | new: 1",
        "Ada &lt;b&gt;Machine&lt;/b&gt; launched the wave Autumn pulse | invited: 32",
        "The portal closed the wave Autumn pulse on its day | figures were released: yes",
    ]


def test_names_are_escaped_and_set_apart(client: Client, ada: Person) -> None:
    audit.record(by=ada, action="wave.planned", obj=make_draft(title="<script>%(who)s"))
    page = client.get("/audit/").content.decode()
    assert "<bdi>Ada &lt;b&gt;Machine&lt;/b&gt;</bdi> planned the wave <a href=" in page
    assert "<bdi>&lt;script&gt;%(who)s</bdi>" in page


def test_what_is_gone_is_named_by_its_number(client: Client, ada: Person) -> None:
    wave = make_draft()
    audit.record(by=ada, action="wave.draft_deleted", obj=wave)
    number = wave.pk
    wave.delete()
    assert rows(client) == [f"Ada &lt;b&gt;Machine&lt;/b&gt; deleted the draft of the wave number {number}"]


def test_an_action_of_an_earlier_version_is_still_shown(client: Client) -> None:
    AuditEntry.objects.create(action="wave.100%_done", object_type="old.thing", object_id="x7")
    assert rows(client) == ["The portal: wave.100%_done number x7"]


def test_everything_that_can_be_named_is_named(client: Client, ada: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry line")
    contact = Contact.objects.create(organisation=ferry, name="Captain Nemo", email="nemo@ferry.example")
    audit.record(by=ada, action="contact.saved", obj=contact)
    audit.record(by=ada, action="organisation.saved", obj=ferry)
    audit.record(by=ada, action="team.created", obj=Team.objects.create(name="Desk"))
    audit.record(by=ada, action="person.created", obj=ada)
    assert [row.rpartition("</b&gt; ")[2] or row for row in rows(client)] == [
        "Ada &lt;b&gt;Machine&lt;/b&gt; added Ada &lt;b&gt;Machine&lt;/b&gt;",
        "Ada &lt;b&gt;Machine&lt;/b&gt; added the team Desk",
        "Ada &lt;b&gt;Machine&lt;/b&gt; saved the organisation Ferry line",
        "Ada &lt;b&gt;Machine&lt;/b&gt; saved the contact Captain Nemo",
    ]


@pytest.fixture
def story(ada: Person) -> dict[str, AuditEntry]:
    """Four entries, one a day, that differ in everything a filter asks for."""
    bea = Person.objects.create_user("bea@example.org", display_name="Bea Ünal")
    wave = make_draft(title="Autumn pulse")
    lines: dict[str, tuple[Person | None, str, Model | None, dict[str, object]]] = {
        "launch": (ada, "wave.launched", wave, {"invited": 32}),
        "role": (ada, "person.role_given", bea, {"role": "HR"}),
        "import": (bea, "people.imported", None, {"created": 7}),
        "close": (None, "wave.closed", wave, {}),
    }
    entries = {}
    for day, (name, (by, action, thing, detail)) in enumerate(lines.items(), start=1):
        entries[name] = AuditEntry.objects.create(
            actor=by,
            action=action,
            object_type=thing._meta.label_lower if thing else "",
            object_id=str(thing.pk) if thing else "",
            detail=detail,
            at=dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC),
        )
    return entries


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["close", "import", "role", "launch"]),
        ({"group": "waves"}, ["close", "launch"]),
        ({"group": "roles"}, ["role"]),
        ({"group": "privacy"}, []),
        ({"who": "bea"}, ["import"]),
        ({"who": "ADA@example"}, ["role", "launch"]),
        ({"who": "unal"}, ["import"]),
        ({"since": "2026-03-02", "until": "2026-03-03"}, ["import", "role"]),
        ({"until": "2026-03-01"}, ["launch"]),
        ({"q": "autumn"}, ["close", "launch"]),
        ({"q": "autumn launched"}, ["launch"]),
        ({"q": "32"}, ["launch"]),
        ({"q": "bea"}, ["import", "role"]),
        ({"q": "imported"}, ["import"]),
        ({"q": "nothing like it"}, []),
        ({"group": "waves", "who": "ada", "q": "pulse", "since": "2026-01-01"}, ["launch"]),
    ],
)
def test_the_page_narrows(
    client: Client, story: dict[str, AuditEntry], asked: dict[str, str], found: list[str]
) -> None:
    response = client.get("/audit/", asked)
    names = {entry.pk: name for name, entry in story.items()}
    assert [names[line.entry.pk] for line in response.context["lines"]] == found


def test_one_thing_and_all_that_was_done_to_it(client: Client, story: dict[str, AuditEntry]) -> None:
    wave = story["launch"]
    page = client.get("/audit/").content.decode()
    assert f'href="?thing=surveys.wave%3A{wave.object_id}"' in page
    assert len(rows(client, thing=f"surveys.wave:{wave.object_id}")) == 2
    assert len(rows(client, thing="surveys.wave:987654321")) == 0


@pytest.mark.parametrize("asked", [{"since": "tomorrow"}, {"until": "9999-12-31"}, {"group": "gossip"}])
def test_what_cannot_be_asked_is_said(
    client: Client, story: dict[str, AuditEntry], asked: dict[str, str]
) -> None:
    response = client.get("/audit/", asked)
    assert response.status_code == 422
    assert 'class="cp-error"' in response.content.decode()


def test_the_words_searched_are_those_of_the_viewer(client: Client, ada: Person) -> None:
    audit.record(by=ada, action="wave.planned")
    with translation.override("en"):
        assert len(rows(client, q="planned")) == 1


def test_pages_follow_each_other_within_the_filter(client: Client) -> None:
    for number in range(31):
        audit.record(by=None, action="wave.extended", days=number)
        audit.record(by=None, action="people.imported")
    first = client.get("/audit/", {"group": "waves"})
    following = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&"))
    days = [line.entry.detail["days"] for page in (first, second) for line in page.context["lines"]]
    assert days == list(reversed(range(31)))
    assert len(first.context["lines"]) == 30


def test_the_page_asks_as_much_for_thirty_as_for_one(client: Client, ada: Person) -> None:
    wave, team = make_draft(), Team.objects.create(name="Desk")
    counts = []
    for wanted in (1, 30):
        while AuditEntry.objects.count() < wanted:
            audit.record(by=ada, action="wave.launched", obj=wave)
            if AuditEntry.objects.count() < wanted:
                audit.record(by=ada, action="team.created", obj=team)
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(client)) == wanted
        counts.append((len(queries), sum("common_auditentry" in query["sql"] for query in queries)))
    assert counts[0] == counts[1]
    assert counts[0][1] == 1


def test_every_kind_of_thing_can_be_asked_for_its_name(ada: Person) -> None:
    for label in THINGS:
        AuditEntry.objects.create(action="wave.closed", object_type=label, object_id="1")
    with CaptureQueriesContext(connection) as queries:
        lines = audit.lines_of(list(AuditEntry.objects.select_related("actor")))
    assert (len(lines), len(queries)) == (len(THINGS), 2)


def test_the_log_as_csv_is_safe_narrowed_and_in_the_log(
    client: Client, ada: Person, story: dict[str, AuditEntry]
) -> None:
    ada.display_name = "=HYPERLINK(1)"
    ada.save()
    response = client.get("/audit/entries.csv", {"group": "waves"})
    table = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert table[0] == ["When", "Who", "What", "Details", "Action", "Thing"]
    number = story["launch"].object_id
    assert table[1:] == [
        [
            "2026-03-04T12:00:00+00:00",
            "The portal",
            "The portal closed the wave Autumn pulse on its day",
            "",
            "wave.closed",
            f"surveys.wave:{number}",
        ],
        [
            "2026-03-01T12:00:00+00:00",
            "'=HYPERLINK(1)",
            "'=HYPERLINK(1) launched the wave Autumn pulse",
            "invited: 32",
            "wave.launched",
            f"surveys.wave:{number}",
        ],
    ]
    entry = AuditEntry.objects.get(action="audit.exported")
    assert (entry.actor, entry.detail) == (ada, {"rows": 2})


def test_the_log_never_says_from_where() -> None:
    """Neither a network address nor a browser: docs/privacy.md says so."""
    assert {each.name for each in AuditEntry._meta.get_fields()} == {
        "id",
        "at",
        "actor",
        "action",
        "object_type",
        "object_id",
        "detail",
    }
