"""Who may do what with a wave, as a table."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from people.models import Person, Team
from people.roles import ADMINISTRATOR, HR
from surveys.models import Comment, Wave
from tests.surveys.factories import make_person, make_wave

pytestmark = pytest.mark.django_db


def make_in(role: str) -> Person:
    person = make_person()
    person.groups.add(Group.objects.get_or_create(name=role)[0])
    return person


@pytest.mark.parametrize("permission", ["build_survey", "launch_wave", "approve_wave", "withhold_comment"])
def test_hr_alone_holds_what_concerns_all_waves(permission: str) -> None:
    gone = make_in(HR)
    gone.is_active = False
    people = [make_in(HR), make_in(ADMINISTRATOR), make_person(), gone]
    assert [person.has_perm(f"surveys.{permission}") for person in people] == [True, *[False] * 3]
    assert not AnonymousUser().has_perm(f"surveys.{permission}")


def test_r7_whoever_asked_does_not_approve() -> None:
    first, second = make_in(HR), make_in(HR)
    wave = make_wave(invited={1: 0}, launched_by=first)
    assert [person.has_perm("surveys.approve_wave", wave) for person in (first, second)] == [False, True]


def test_results_of_an_anonymous_wave_are_for_hr_and_the_leads_of_its_groups() -> None:
    frozen, of_today, elsewhere = make_person(), make_person(), make_person()
    team = Team.objects.create(name="Sales", lead=of_today)
    Team.objects.create(name="Billing", lead=elsewhere)
    wave = make_wave(invited={1: 0})
    wave.groups.update(team=team, lead=frozen)
    people = [make_in(HR), frozen, of_today, elsewhere, make_in(ADMINISTRATOR), make_person()]
    allowed = [person.has_perm("surveys.view_results", wave) for person in people]
    assert allowed == [True, True, True, False, False, False]


def test_a_wave_by_name_is_for_its_readers_alone() -> None:
    reader, lead = make_person(), make_person()
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 0})
    wave.readers.add(reader)
    wave.groups.update(lead=lead)
    people = [reader, lead, make_in(HR), make_person()]
    for permission in ("view_results", "read_named_answers"):
        allowed = [person.has_perm(f"surveys.{permission}", wave) for person in people]
        assert allowed == [True, False, False, False]
    reader.is_active = False
    assert not reader.has_perm("surveys.read_named_answers", wave)


def test_nobody_reads_named_answers_of_an_anonymous_wave() -> None:
    wave = make_wave(invited={1: 0})
    assert not make_in(HR).has_perm("surveys.read_named_answers", wave)


def test_c3_hr_withholds_comments_of_anonymous_waves_only() -> None:
    hr = make_in(HR)
    for mode, expected in [(Wave.Mode.ANONYMOUS, True), (Wave.Mode.IDENTIFIED, False)]:
        comment = Comment(wave=make_wave(mode=mode, invited={1: 0}), question_key="hear", group_code=1)
        assert hr.has_perm("surveys.withhold_comment", comment) is expected
