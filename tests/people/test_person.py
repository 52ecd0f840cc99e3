from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from people.models import Person, Team
from tests.people.conftest import make_person

pytestmark = pytest.mark.django_db


def test_createsuperuser_makes_the_first_administrator_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "four brave otters swim")
    call_command(
        "createsuperuser", email="Root@Example.com", display_name="Root", interactive=False, verbosity=0
    )
    root = Person.objects.get()
    assert (root.email, root.is_administrator, root.is_hr) == ("root@example.com", True, False)
    assert (root.has_perm("people.give_roles"), root.has_perm("people.edit_people")) == (True, False)


@pytest.mark.parametrize("perm", ["people.edit_people", "people.give_roles", "no.such"])
def test_deactivated_person_may_nothing(hr: Person, administrator: Person, perm: str) -> None:
    for person in (hr, administrator):
        person.is_active = False
        assert person.has_perm(perm) is False


def test_email_is_unique_and_stored_normalised() -> None:
    assert make_person("Ada One", email=" ADA@Example.com ").email == "ada@example.com"
    with pytest.raises(IntegrityError):
        make_person("Ada Two", email="ada@example.com")


def test_matching_holds_every_word_whatever_accents_case_and_script() -> None:
    make_person("Łukasz Żółć", email="l@example.com")
    make_person("محمد علي", email="m@example.com")
    make_person("ΣΟΦΙΑ Ραπτη", email="s@example.com")
    for words, found in {
        "ŻÓŁĆ": ["Łukasz Żółć"],
        "محمد": ["محمد علي"],
        "σοφια ράπτη": ["ΣΟΦΙΑ Ραπτη"],
        "%": [],
        "_": [],
        "\\": [],
    }.items():
        assert [str(person) for person in Person.objects.matching(words)] == found


def test_led_teams_are_those_below_too() -> None:
    lead = make_person("Lea Lead")
    top = Team.objects.create(name="Top", lead=lead)
    middle = Team.objects.create(name="Middle", parent=top)
    low = Team.objects.create(name="Low", parent=middle)
    Team.objects.create(name="Elsewhere")
    assert lead.led_team_ids == {top.pk, middle.pk, low.pk}
    assert make_person("Nobody Special").led_team_ids == frozenset()
