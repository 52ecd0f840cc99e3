import datetime as dt
import threading

import pytest
from django.db import connection

from common import tallying
from common.models import Tally

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def later(seconds: int) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.mark.django_db
def test_adding_counts_until_its_time_is_over_and_then_anew() -> None:
    assert tallying.add("a", seconds=60, now=NOW) == tallying.Count(1, 60)
    # The first decides for how long.
    assert tallying.add("a", seconds=600, now=later(20)) == tallying.Count(2, 40)
    assert tallying.look(["a", "b"], now=later(59)) == {"a": tallying.Count(2, 1), "b": tallying.Count(0, 0)}
    assert tallying.look(["a"], now=later(60)) == {"a": tallying.Count(0, 0)}
    assert tallying.add("a", seconds=60, now=later(60)) == tallying.Count(1, 60)


@pytest.mark.django_db
def test_taking_back_never_goes_below_nothing() -> None:
    tallying.add("a", seconds=60, now=NOW)
    tallying.take_back("a")
    tallying.take_back("a")
    assert tallying.look(["a"], now=NOW)["a"].number == 0
    tallying.take_back("never counted")


@pytest.mark.django_db
def test_what_is_over_is_swept_out() -> None:
    tallying.add("short", seconds=60, now=NOW)
    tallying.add("long", seconds=600, now=NOW)
    assert tallying.forget_what_is_over(later(60)) == 1
    assert [row.key for row in Tally.objects.all()] == ["long"]


@pytest.mark.django_db
def test_keys_hide_what_they_are_about_and_keep_parts_apart() -> None:
    keys = {tallying.key_of("a", "b", "c"), tallying.key_of("a", "bc"), tallying.key_of("ab", "c")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {64}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted() -> None:
    def count() -> None:
        for _ in range(25):
            tallying.add("many", seconds=600, now=NOW)
        connection.close()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tallying.look(["many"], now=NOW)["many"].number == 200
