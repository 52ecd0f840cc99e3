from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from common.templatetags.portal import initials


def rendered(source: str, **context: Any) -> str:
    return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amira Haddad", "AH"),
        ("Ludwig van der Rohe", "LR"),
        ("Sukarno", "SU"),
        ("  ", "?"),
        ("Field Service (North)", "FS"),
        ("نور الهدى", "نا"),
        ("!!!", "!!"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_icon_beside_a_word_is_silent() -> None:
    assert rendered('{% icon "sun" %}') == (
        '<svg class="cp-icon" aria-hidden="true"><use href="/static/icons.svg#sun"></use></svg>'
    )


def test_icon_alone_has_a_name_and_arrows_turn_with_the_script() -> None:
    assert rendered('{% icon "next" "Next page" %}') == (
        '<svg class="cp-icon cp-flip" role="img" aria-label="Next page">'
        '<use href="/static/icons.svg#next"></use></svg>'
    )


def test_avatar_shows_escaped_initials_in_the_tint_of_the_id() -> None:
    class Somebody:
        pk = 8

        def __str__(self) -> str:
            return "<b> &c"

    assert rendered('{% avatar who "sm" team=True %}', who=Somebody()) == (
        '<span class="cp-avatar cp-t3 cp-avatar-sm cp-avatar-team" aria-hidden="true">&lt;&amp;</span>'
    )


def test_chip_escapes_its_text_and_refuses_an_unknown_tone() -> None:
    assert rendered("{% chip text %}", text="<i>") == '<span class="cp-chip">&lt;i&gt;</span>'
    with pytest.raises(TemplateSyntaxError, match="loud"):
        rendered('{% chip "late" "loud" %}')


def test_crumbs_link_all_but_the_page_itself() -> None:
    html = rendered('{% crumbs "Surveys" "/surveys/" title %}', title="A & B")

    assert html == (
        '<ol class="breadcrumb"><li class="breadcrumb-item"><a href="/surveys/">Surveys</a></li>'
        '<li class="breadcrumb-item active" aria-current="page"><bdi>A &amp; B</bdi></li></ol>'
    )


def test_progress_of_nothing_is_still_a_valid_bar() -> None:
    assert rendered('{% progress 0 0 "Importing" %}') == (
        '<progress class="cp-bar" value="0" max="1" aria-label="Importing">0 / 0</progress>'
    )


@pytest.mark.parametrize(
    ("query", "next_cursor", "links"),
    [
        ("q=a%26b", None, []),
        ("q=a%26b", "c2", ["/people/?q=a%26b&amp;after=c2"]),
        ("q=a&after=c1", "c2", ["/people/?q=a", "/people/?q=a&amp;after=c2"]),
        ("after=c1", None, ["/people/?"]),
    ],
)
def test_pager_keeps_the_rest_of_the_query(query: str, next_cursor: str | None, links: list[str]) -> None:
    request = RequestFactory().get(f"/people/?{query}")
    html = rendered("{% pager page %}", request=request, page=SimpleNamespace(next_cursor=next_cursor))

    assert [part.split('"')[0] for part in html.split('href="/people')[1:] if part] == [
        link.removeprefix("/people") for link in links
    ]
