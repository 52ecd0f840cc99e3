"""The languages a survey may be written in."""

from __future__ import annotations

import pytest
from django.utils import translation

from surveys.languages import LANGUAGES, closest, find


def test_a_language_goes_by_its_own_word_and_the_readers() -> None:
    assert find("de").label == "Deutsch (German)"
    assert find("en").label == "English"
    with translation.override("de"):
        assert find("de").label == "Deutsch"


def test_languages_from_right_to_left_say_so() -> None:
    assert {code for code, one in LANGUAGES.items() if one.direction == "rtl"} == {"ar", "fa", "he", "ur"}
    assert find("xx").direction == "ltr"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_at", "de"),
        ("pt", "pt-br"),
        ("zh-TW", "zh-hant"),
        ("zh", "zh-hans"),
        ("no", "nb"),
        ("fr", ""),
        ("", ""),
    ],
)
def test_the_closest_language_that_is_offered(wanted: str, found: str) -> None:
    assert closest(wanted, ["en", "de", "pt-br", "zh-hans", "zh-hant", "nb"]) == found
