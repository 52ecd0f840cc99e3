from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.search import search_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Zoë  Ångström", "zoe angstrom"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ﬁrst", "first"),
        ("İstanbul", "istanbul"),
        ("  Nguyễn\tVăn\n", "nguyen van"),
        ("李", "李"),
        ("", ""),
    ],
)
def test_search_key(text: str, key: str) -> None:
    assert search_key(text) == key


@given(st.text())
def test_searching_for_what_was_found_finds_it_again(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)
