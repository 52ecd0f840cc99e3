"""Every benchmark. One more is a module like these and a line here."""

from __future__ import annotations

from culture_portal.proving.bench.launches import launch_to_everybody
from culture_portal.proving.bench.outbox import find_what_is_due
from culture_portal.proving.bench.reminders import compare

BENCHMARKS = {each.name: each for each in (compare, launch_to_everybody, find_what_is_due)}
