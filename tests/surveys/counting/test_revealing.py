"""Names, addresses and numbers in a comment (anonymity.md C2): found where they stand, and nowhere else."""

from __future__ import annotations

import pytest

from surveys.domain.counting.revealing import current_roster, findings, forget_roster, roster_from
from tests.surveys.factories import make_person

ROSTER = roster_from(
    [
        ("Karin", "Åkesson", "Karin Åkesson"),
        ("Will", "Young", "Will Young"),
        ("Jan", "van der Berg", "Jan van der Berg"),
        ("María José", "O’Neill-López", "María José O’Neill-López"),
        ("伟", "王", "王伟"),
        ("نورا", "العلي", "نورا العلي"),
        ("Günther", "Weiß", "Dr. Günther Weiß"),
        ("", "", "Service Desk"),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Karin Åkesson never listens.", ["Karin Åkesson"]),
        ("ask karin akesson about it", ["karin akesson"]),
        ("Åkesson, Karin should read this", ["Åkesson, Karin"]),
        ("Karin is always late.", ["Karin"]),
        ("Sometimes Karin's mails are late.", ["Karin's"]),
        ("I think karin is late.", []),
        ("Will Young helps.", ["Will Young"]),
        ("Will we get new desks? Young people leave.", []),
        ("I asked Will and Mr Young.", ["Will", "Young"]),
        ("jan van der berg knows", ["jan van der berg"]),
        ("We like Van der Berg.", ["Van der Berg"]),
        ("Maria Jose O'Neill-Lopez is kind", ["Maria Jose O'Neill-Lopez"]),
        ("王伟总是迟到。", ["王伟"]),
        ("سألت نورا العلي أمس", ["نورا العلي"]),
        ("Herr WEISS und Guenther", ["WEISS"]),
        ("the service desk is slow", ["service desk"]),
        ("Nothing about anybody. More daylight, please.", []),
        ("", []),
    ],
)
def test_names(text: str, found: list[str]) -> None:
    assert [one.words for one in findings(text, ROSTER) if one.kind == "name"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail k.akesson@example.com!", ["k.akesson@example.com"]),
        ("<first.last+x@mail.example.co.uk>", ["first.last+x@mail.example.co.uk"]),
        ("at 3 @ the desk, @home", []),
        ("a@b", []),
    ],
)
def test_addresses(text: str, found: list[str]) -> None:
    assert [one.words for one in findings(text, ROSTER) if one.kind == "email"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call +44 20 7946 0018", ["+44 20 7946 0018"]),
        ("(020) 7946-0018 today", ["(020) 7946-0018"]),
        ("0176 12345678", ["0176 12345678"]),
        ("070-123 45 67", ["070-123 45 67"]),
        ("my number: 555123456", ["555123456"]),
        ("on 2026-11-21 and 21.11.2026", []),
        ("from 2024-2026, about 1234567 parts, 3.14159265", []),
        ("rooms 12, 13 and 14", []),
    ],
)
def test_numbers(text: str, found: list[str]) -> None:
    assert [one.words for one in findings(text, ROSTER) if one.kind == "phone"] == found


@pytest.mark.django_db
def test_the_roster_is_whoever_works_here_and_is_read_anew() -> None:
    make_person(given_name="Karin", family_name="Åkesson", display_name="Karin Åkesson")
    make_person(given_name="Olga", family_name="Gone", display_name="Olga Gone", is_active=False)
    forget_roster()
    assert [one.words for one in findings("Karin and Olga", current_roster())] == ["Karin"]
    make_person(given_name="Nils", family_name="Neu", display_name="Nils Neu")
    forget_roster()
    assert [one.words for one in findings("Karin and Nils", current_roster())] == ["Karin", "Nils"]
