"""What ticks do with each of many."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import OperationalError

from common.one_by_one import one_by_one


def test_one_that_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def step(number: int) -> None:
        done.append(10 // number)

    one_by_one([5, 0, 2], step, failed="Number %s is not done")

    assert done == [2, 5]
    assert caplog.messages == ["Number 0 is not done: ZeroDivisionError"]


def test_what_has_a_key_is_named_by_it_and_what_it_said_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def step(row: SimpleNamespace) -> None:
        raise ValueError(row.said)

    one_by_one([SimpleNamespace(pk=7, said="my boss")], step, failed="Row %s waits")

    assert caplog.messages == ["Row 7 waits: ValueError"]


def test_a_database_that_is_away_ends_it() -> None:
    tried = []

    def step(number: int) -> None:
        tried.append(number)
        raise OperationalError

    with pytest.raises(OperationalError):
        one_by_one([1, 2], step, failed="%s")

    assert tried == [1]


def test_a_step_is_named_as_it_is_called(caplog: pytest.LogCaptureFixture) -> None:
    def count() -> None:
        raise ValueError

    one_by_one([count], lambda step: step(), failed="%s failed until the next tick")

    assert caplog.messages == ["count failed until the next tick: ValueError"]
