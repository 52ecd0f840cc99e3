"""Everything sent twice: an impatient double click, a page loaded again, a second window."""

from __future__ import annotations

import pytest
from django.urls import reverse

from common.models import AuditEntry
from surveys.models import Wave
from tests.authz.visiting import Visitors, undone
from tests.authz.world import Role, World
from tests.hostile.conftest import Found
from tests.hostile.test_requests import KIND
from tests.hostile.test_texts import send

pytestmark = pytest.mark.django_db


def test_no_form_breaks_when_sent_twice(forms: list[Found], visitors: Visitors) -> None:
    wrong = []
    for found in forms:
        if found.form.method == "post" and not found.form.files:
            with undone():
                visits = [send(visitors, found, found.form.filled()) for _ in range(2)]
            if any(visit.status not in KIND for visit in visits):
                wrong.append(f"{found.form.url_name}: {[(visit.status, visit.error) for visit in visits]}")
    assert wrong == []


def test_a_wave_launched_twice_is_launched_once(world: World, visitors: Visitors) -> None:
    url = reverse("surveys:wave-launch", args=[world["draft_wave"]])
    with undone():
        before = AuditEntry.objects.filter(action="wave.launched").count()
        visits = [visitors.visit(role, "POST", url) for role in (Role.HR, Role.HR, Role.SECOND_HR)]
        wave = Wave.objects.get(pk=world["draft_wave"])
        assert [visit.status for visit in visits] == [302, 302, 302]
        assert [bool(visit.writes) for visit in visits] == [True, False, False]
        assert (wave.state, wave.launched_by) == (Wave.State.LAUNCHING, world.people[Role.HR])
        assert AuditEntry.objects.filter(action="wave.launched").count() == before + 1


def test_a_wave_approved_twice_is_launched_once(world: World, visitors: Visitors) -> None:
    url = reverse("surveys:wave-approve", args=[world["waiting_wave"]])
    with undone():
        visits = [visitors.visit(role, "POST", url) for role in (Role.HR, Role.SECOND_HR, Role.SECOND_HR)]
        wave = Wave.objects.get(pk=world["waiting_wave"])
        assert [visit.status for visit in visits] == [403, 302, 302]
        assert [bool(visit.writes) for visit in visits] == [False, True, False]
        assert (wave.state, wave.approved_by) == (Wave.State.LAUNCHING, world.people[Role.SECOND_HR])
