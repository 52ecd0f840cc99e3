from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.importing.names import Name, mostly_reversed, split_name


@pytest.mark.parametrize(
    ("text", "name", "display"),
    [
        ("Lovelace, Ada", Name("Ada", "Lovelace"), "Ada Lovelace"),
        ("LOVELACE, ADA M", Name("ADA M", "LOVELACE"), "ADA M LOVELACE"),
        ("van der Berg, Jan P.", Name("Jan P.", "van der Berg"), "Jan P. van der Berg"),
        ("Berg, Jan P. van der", Name("Jan P.", "van der Berg"), "Jan P. van der Berg"),
        ("DE LA CRUZ, MARÍA JOSÉ", Name("MARÍA JOSÉ", "DE LA CRUZ"), "MARÍA JOSÉ DE LA CRUZ"),
        ("Smith, John, Jr.", Name("John", "Smith", "Jr."), "John Smith Jr."),
        ("Smith Jr., John", Name("John", "Smith", "Jr."), "John Smith Jr."),
        ("Smith, John Jr.", Name("John", "Smith", "Jr."), "John Smith Jr."),
        ("King, Henry, III", Name("Henry", "King", "III"), "Henry King III"),
        ("Smith, Jane, PhD", Name("Jane", "Smith", "PhD"), "Jane Smith, PhD"),
        ("Smith, Jane, M.D., PhD", Name("Jane", "Smith", "M.D., PhD"), "Jane Smith, M.D., PhD"),
        ("Brown, Michael V", Name("Michael V", "Brown"), "Michael V Brown"),
        ("O'Neil , Shaun", Name("Shaun", "O'Neil"), "Shaun O'Neil"),
        ("العربي، محمد", Name("محمد", "العربي"), "محمد العربي"),
        ("山田，太郎", Name("太郎", "山田"), "太郎 山田"),
        ("Smith,", Name("Smith", ""), "Smith"),
        ("Jane Smith, PhD", Name("Jane", "Smith", "PhD"), "Jane Smith, PhD"),
        ("Ada Lovelace", Name("Ada", "Lovelace"), "Ada Lovelace"),
        ("Jan van der Berg", Name("Jan", "van der Berg"), "Jan van der Berg"),
        ("Ludwig Mies van der Rohe", Name("Ludwig Mies", "van der Rohe"), "Ludwig Mies van der Rohe"),
        ("Van Morrison", Name("Van", "Morrison"), "Van Morrison"),
        ("Cher", Name("Cher", ""), "Cher"),
        ("Mary Do", Name("Mary", "Do"), "Mary Do"),
        ("", Name("", ""), ""),
    ],
)
def test_split_name(text: str, name: Name, display: str) -> None:
    found = split_name(text, family_first=True)
    assert (found, found.display) == (name, display)


def test_split_name_takes_a_comma_for_no_order_where_the_file_has_none() -> None:
    assert split_name("Lab, Berlin", family_first=False).display == "Lab Berlin"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Lovelace, Ada", "Hopper, Grace", "Cher"], True),
        (["Lovelace, Ada", "Grace Hopper", ""], False),
        (["Jane Smith, PhD", "John Doe, Jr."], False),
        (["Smith, Jane, PhD", "Doe, John"], True),
        (["", ""], False),
        ([], False),
    ],
)
def test_mostly_reversed(names: list[str], expected: bool) -> None:
    assert mostly_reversed(names) == expected


@given(
    st.text(st.characters(whitelist_categories=["L"], whitelist_characters=" ,.'-"), max_size=40),
    st.booleans(),
)
def test_split_name_loses_no_letter(text: str, family_first: bool) -> None:
    found = split_name(text, family_first=family_first)
    parts = f"{found.given}{found.family}{found.suffix}"

    def letters(part: str) -> list[str]:
        return sorted(letter for letter in part if unicodedata.category(letter)[0] == "L")

    assert letters(parts) == letters(text)
    assert letters(found.display) == letters(text)
