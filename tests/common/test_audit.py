from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import audit
from common.models import AuditEntry, action_words
from people.models import Person, Team
from people.roles import ADMINISTRATOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    ada: Person = Person.objects.create_user("ada@example.org", display_name="Ada <b>Machine</b>")
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    return ada


@pytest.fixture
def client(ada: Person) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def rows(page: str) -> list[str]:
    """The last three columns of each row, as words."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [
        re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]
    words = [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]
    return [" | ".join(row).strip() for row in words]


def test_an_entry_says_who_did_what_to_which_thing(ada: Person) -> None:
    team = Team.objects.create(name="Desk")
    audit.record(by=ada, action="team.renamed", obj=team, people=3)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.object_type, entry.object_id, entry.detail) == (
        ada,
        "team.renamed",
        "people.team",
        str(team.pk),
        {"people": 3},
    )


def test_the_page_shows_the_newest_first_in_words(client: Client, ada: Person) -> None:
    team = Team.objects.create(name="Desk")
    audit.record(by=None, action="wave.closed")
    audit.record(by=ada, action="team.lead_changed", obj=team, people=3, by_hand=True)
    assert rows(client.get("/audit/").content.decode()) == [
        f"Ada &lt;b&gt;Machine&lt;/b&gt; | Team: lead changed team {team.pk} | people: 3 , by hand: yes",
        "The portal | Wave: closed |",
    ]


def test_the_page_narrows_to_one_action(client: Client) -> None:
    for action in ("wave.closed", "wave.launched", "wave.closed"):
        audit.record(by=None, action=action)
    page = client.get("/audit/", {"action": "wave.launched"}).content.decode()
    assert rows(page) == ["The portal | Wave: launched |"]
    assert re.findall(r'<option value="([^"]*)"', page) == ["", "wave.closed", "wave.launched"]


def test_an_action_nobody_did_shows_everything(client: Client) -> None:
    audit.record(by=None, action="wave.closed")
    page = client.get("/audit/", {"action": "wave.eaten"}).content.decode()
    assert rows(page) == ["The portal | Wave: closed |"]


def test_pages_follow_each_other_within_the_filter(client: Client) -> None:
    for number in range(31):
        audit.record(by=None, action="wave.closed", number=number)
        audit.record(by=None, action="wave.launched")
    first = client.get("/audit/", {"action": "wave.closed"}).content.decode()
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).content.decode()
    assert [*rows(first), *rows(second)] == [
        f"The portal | Wave: closed | number: {number}" for number in reversed(range(31))
    ]
    assert len(rows(first)) == 30


def test_the_page_asks_as_much_for_thirty_as_for_one(client: Client, ada: Person) -> None:
    counts = []
    for wanted in (1, 30):
        while AuditEntry.objects.count() < wanted:
            audit.record(by=ada, action="wave.closed")
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(client.get("/audit/").content.decode())) == wanted
        counts.append((len(queries), sum("common_auditentry" in query["sql"] for query in queries)))
    assert counts[0] == counts[1]
    assert counts[0][1] == 2, "actions and entries"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("wave.approval_asked", "Wave: approval asked"),
        ("signed_in", "Signed in"),
        ("people.imported", "People: imported"),
    ],
)
def test_action_words(action: str, words: str) -> None:
    assert action_words(action) == words
