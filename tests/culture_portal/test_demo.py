from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from culture_portal.demo import ensure_demo
from culture_portal.demo.staff import TEAMS
from people.models import Person, Team
from surveys.models import FollowUp, Improvement, Invitation, Wave

pytestmark = pytest.mark.django_db


def test_ensure_demo_when_empty_fills_the_portal() -> None:
    logins = ensure_demo()

    assert [login.role for login in logins] == ["employee", "manager", "HR"]
    assert Person.objects.count() == 120
    assert Team.objects.count() == len(TEAMS) == 12
    assert not Team.objects.filter(lead=None).exists()
    listed = Wave.objects.filter(follow_up_before=None).order_by("opens_at")
    assert list(listed.values_list("mode", "state", "released")) == [
        ("anonymous", "closed", True),
        ("anonymous", "closed", True),
        ("identified", "closed", True),
        ("anonymous", "open", None),
        ("anonymous", "launching", None),
    ]
    assert set(FollowUp.objects.values_list("state", flat=True)) == set(FollowUp.State.values)
    assert any(follow_up.score_again for follow_up in FollowUp.objects.with_score_again())
    assert Improvement.objects.get().shown_on


def test_ensure_demo_again_only_renews_the_passwords() -> None:
    first = ensure_demo()
    before = (Person.objects.count(), Wave.objects.count(), Invitation.objects.count())

    second = ensure_demo()

    assert (Person.objects.count(), Wave.objects.count(), Invitation.objects.count()) == before
    assert [login.email for login in first] == [login.email for login in second]
    for login in second:
        assert Person.objects.get(email=login.email).check_password(login.password)
    assert {login.password for login in first}.isdisjoint(login.password for login in second)


def test_ensure_demo_leaves_other_people_alone() -> None:
    Person.objects.create_user("ada@example.com", "secret-of-ada", display_name="Ada")

    assert ensure_demo(timezone.now() + dt.timedelta(days=1)) == []
    assert Person.objects.count() == 1
