"""What a benchmark says, and the list of all there are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Figure:
    """``at_least`` or ``at_most`` is what it has to be; without either it is there to be read."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return f"at most {self.at_most:g}" if self.at_most is not None else ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Scale:
    """How large a run is. ``small`` shows that everything still works; its figures mean nothing."""

    small: bool

    def of(self, full: int, small: int) -> int:
        return small if self.small else full


@dataclass(frozen=True)
class Benchmark:
    """``run`` finds an empty database of its own, with every table, and the portal set up for production."""

    name: str
    label: str
    run: Callable[[Scale], list[Figure]]


def benchmark(name: str, label: str) -> Callable[[Callable[[Scale], list[Figure]]], Benchmark]:
    """Makes one of the function below it; ``catalogue`` lists them all."""
    return partial(Benchmark, name, label)


# --- Measuring ----------------------------------------------------------------------------------------------
def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_pairs(
    first: Callable[[], float], second: Callable[[], float], times: int
) -> tuple[list[float], list[float]]:
    """What both measure, side by side and taking turns at going first: a machine that is busy for a while
    is so for both.
    """
    firsts: list[float] = []
    seconds_: list[float] = []
    for turn in range(times):
        if turn % 2:
            seconds_.append(second())
            firsts.append(first())
        else:
            firsts.append(first())
            seconds_.append(second())
    return firsts, seconds_


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the pairs' ratios, not the ratio of the medians: each pair met the same machine."""
    return statistics.median(above / below for above, below in zip(over, under, strict=True))
