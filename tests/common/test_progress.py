from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from common import progress
from common.models import Progress
from common.progress import track
from people.models import Person
from people.roles import ADMINISTRATOR

pytestmark = pytest.mark.django_db
State = Progress.State


def shown(key: str = "work") -> tuple[str, int, int]:
    work = Progress.objects.get(key=key)
    return work.state, work.done, work.total


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(Person.objects.create_user("anna@example.org", display_name="Anna"))
    return client


def test_work_is_seen_while_it_runs_and_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_WRITES", 0)
    with track("work", total=3) as work:
        seen = [shown()]
        for _ in range(3):
            work.advance()
            seen.append(shown())
    assert seen == [(State.RUNNING, done, 3) for done in range(4)]
    assert shown() == (State.DONE, 3, 3)


def test_counting_costs_next_to_nothing(django_assert_num_queries: object) -> None:
    with track("work", total=1000) as work, django_assert_num_queries(0):  # type: ignore[operator]
        for _ in range(1000):
            work.advance()
    assert shown() == (State.DONE, 1000, 1000)


def test_work_that_breaks_says_so() -> None:
    def break_off() -> None:
        with track("work", total=3) as work:
            work.advance(2)
            raise LookupError

    with pytest.raises(LookupError):
        break_off()
    assert shown() == (State.FAILED, 2, 3)


def test_work_that_begins_anew_begins_at_nothing() -> None:
    for total in (3, 5):
        with track("work", total=total) as work:
            assert shown() == (State.RUNNING, 0, total)
            work.advance(total)
    assert shown() == (State.DONE, 5, 5)


@pytest.mark.parametrize(
    ("state", "done", "total", "percent"),
    [
        (State.RUNNING, 0, 0, 0),
        (State.RUNNING, 1, 3, 33),
        (State.RUNNING, 3, 3, 99),
        (State.RUNNING, 5, 3, 99),
        (State.DONE, 0, 0, 100),
    ],
)
def test_percent(state: State, done: int, total: int, percent: int) -> None:
    assert Progress(state=state, done=done, total=total).percent == percent


def test_the_page_asks_again_with_and_without_script_while_work_runs(client: Client) -> None:
    Progress.objects.create(key="wave-launch:7", done=3, total=10)
    page = client.get("/progress/wave-launch:7/").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert 'data-hx-get="/progress/wave-launch:7/"' in page
    assert "3 of 10" in page


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_the_page_stops_asking_when_work_has_ended(client: Client, state: State) -> None:
    Progress.objects.create(key="work", state=state, next_url="/waves/7/")
    page = client.get("/progress/work/").content.decode()
    assert "http-equiv" not in page
    assert "data-hx-get" not in page
    assert ('href="/waves/7/"' in page) == (state == State.DONE)


def test_htmx_gets_the_part_that_changes(client: Client) -> None:
    Progress.objects.create(key="work", done=1, total=2)
    fragment = client.get("/progress/work/", headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<div id="progress"')
    assert "<html" not in fragment


def test_work_may_be_for_some_eyes_only(client: Client) -> None:
    Progress.objects.create(key="work", permission="common.see_audit_log")
    assert client.get("/progress/work/").status_code == 404
    ada = Person.objects.create_user("ada@example.org", display_name="Ada")
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    client.force_login(ada)
    assert client.get("/progress/work/").status_code == 200


def test_work_nobody_began_is_not_there(client: Client) -> None:
    assert client.get("/progress/nothing/").status_code == 404
