"""What holds for the organisation: said in the portal, else in the environment, else what was known last."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries, Settings

from common import organisation
from common.models import Organisation

pytestmark = pytest.mark.django_db


def said(**facts: object) -> Organisation:
    values = {"pk": 1, "name": "Hafen AG", "country": "DE", "time_zone": "Europe/Berlin", "language": "de"}
    row: Organisation = Organisation.objects.create(**(values | facts))
    organisation.forget()
    return row


def test_the_environment_holds_as_long_as_nobody_said_anything(settings: Settings) -> None:
    organisation.forget()
    assert organisation.current() == organisation.from_environment()
    assert organisation.current().name == settings.PORTAL_ORGANISATION


def test_what_was_said_holds_and_is_asked_for_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    said(k=7)
    with django_assert_num_queries(1):
        facts = [organisation.current() for _ in range(3)]
    assert {(one.name, one.country, one.k) for one in facts} == {("Hafen AG", "DE", 7)}


def test_another_process_learns_of_a_change_within_the_time(settings: Settings) -> None:
    said()
    assert organisation.current().name == "Hafen AG"
    Organisation.objects.update(name="Kai AG")
    assert organisation.current().name == "Hafen AG"
    settings.ORGANISATION_SECONDS = -1
    organisation.forget()
    assert (organisation.current().name, organisation.current().name) == ("Kai AG", "Kai AG")
    Organisation.objects.update(name="Mole AG")
    assert organisation.current().name == "Mole AG"


def test_without_a_database_what_was_known_last_holds(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ORGANISATION_SECONDS = -1
    said()
    assert organisation.current().name == "Hafen AG"

    def away(self: QuerySet[Organisation]) -> None:
        raise OperationalError("no server")

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "first", away)
        assert organisation.current().name == "Hafen AG"
        organisation.forget()
        assert organisation.current() == organisation.from_environment()
