from __future__ import annotations

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from common.links import mint, seal, unseal, verify


def test_what_was_minted_is_verified() -> None:
    mac = mint("answer", "handle")
    assert verify("answer", "handle", mac)
    assert re.fullmatch(r"[\w-]{24}", mac)


@pytest.mark.parametrize(
    ("purpose", "handle"), [("results", "handle"), ("answer", "Handle"), ("answer", ""), ("answe", "rhandle")]
)
def test_a_link_opens_nothing_but_its_own(purpose: str, handle: str) -> None:
    assert not verify(purpose, handle, mint("answer", "handle"))


@given(st.text(max_size=30))
def test_anything_else_is_not_verified(mac: str) -> None:
    assert not verify("answer", "handle", mac)


def test_each_character_counts() -> None:
    mac = mint("answer", "handle")
    changed = [mac[:at] + ("A" if mac[at] != "A" else "B") + mac[at + 1 :] for at in range(len(mac))]
    assert [verify("answer", "handle", one) for one in [*changed, mac[:-1], mac + "A", ""]] == [False] * 27


def test_keys_can_be_changed(settings: Settings) -> None:
    settings.PORTAL_LINK_KEYS = ["old"]
    mac, token = mint("answer", "handle"), seal("leave", {"a": 1})
    settings.PORTAL_LINK_KEYS = ["new", "old"]
    assert verify("answer", "handle", mac)
    assert unseal("leave", token) == {"a": 1}
    assert mint("answer", "handle") != mac
    settings.PORTAL_LINK_KEYS = ["new"]
    assert not verify("answer", "handle", mac)
    assert unseal("leave", token) is None


def test_what_was_sealed_is_opened_for_its_purpose_only() -> None:
    content = {"category": "surveys", "address": "zoë@example.org"}
    token = seal("leave", content)
    assert unseal("leave", token) == content
    assert unseal("stay", token) is None
    assert re.fullmatch(r"[\w-]+", token)
    assert token != seal("leave", content)


def test_a_mac_is_no_seal_and_a_seal_no_mac() -> None:
    assert unseal("answer", mint("answer", "handle")) is None
    assert not verify("answer", "handle", seal("answer", {}))


@given(st.text(max_size=200))
def test_anything_else_is_not_opened(token: str) -> None:
    assert unseal("leave", token) is None


def test_a_changed_token_is_not_opened() -> None:
    token = seal("leave", {"a": 1})
    swapped = ["".join(halves) for halves in permutations([token[:20], token[20:40], token[40:]])][1:]
    assert [unseal("leave", one) for one in [*swapped, token[:-4], token[4:]]] == [None] * 7
