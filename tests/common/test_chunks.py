from __future__ import annotations

from common.chunks import in_chunks


def test_all_come_in_their_order_and_the_rest_at_the_end() -> None:
    assert list(in_chunks(iter("abcde"), 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(in_chunks("abcd", 2)) == [["a", "b"], ["c", "d"]]


def test_of_nothing_there_is_no_chunk() -> None:
    assert list(in_chunks([], 2)) == []
