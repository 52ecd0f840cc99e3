"""Finding the few messages that are due among very many that are not."""

from __future__ import annotations

import datetime as dt
import statistics

from django.db import connection
from django.db.models import QuerySet

from culture_portal.proving.bench import company
from culture_portal.proving.bench.figures import Figure, Scale, benchmark, seconds
from notifications.domain.claiming import claim, sweep
from notifications.domain.dispatching import BATCH
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import known_kinds
from notifications.models import Message, SendSlot
from people.models import Person
from surveys.domain.mailing import reminding

NOW = dt.datetime(2026, 3, 5, 10, tzinfo=dt.UTC)
MOMENT = dt.timedelta(seconds=1)


@benchmark("outbox", "Sweeping and claiming what is due among what waits")
def find_what_is_due(scale: Scale) -> list[Figure]:
    due, waiting, times = scale.of(100, 10), scale.of(100_000, 500), scale.of(21, 1)
    company.hire(scale.of(10_000, 60))
    _fill(due, first_due=NOW - due * MOMENT)
    alone = [_look(due) for _ in range(times)]
    _fill(waiting - due, first_due=NOW + dt.timedelta(days=1))
    _vacuum()
    among_many = [_look(due) for _ in range(times)]
    sweeps, claims, rest = (1000 * statistics.median(part) for part in zip(*among_many, strict=True))
    slower = statistics.median(map(sum, among_many)) / statistics.median(map(sum, alone))
    return [
        Figure("sweep, and claim of a batch", sweeps + claims, "ms", at_most=50),
        Figure("of it the sweep", sweeps, "ms"),
        Figure("claim of the other batches", rest, "ms"),
        Figure("times as long as with nothing else waiting", slower, at_most=2),
        Figure("whole tables read to find it", whole_tables_read(), at_most=0),
        Figure("messages due", due),
        Figure("messages waiting", waiting),
    ]


def _look(due: int) -> tuple[float, float, float]:
    """What each tick does, but for sending; afterwards everything waits as before. Seconds of the sweep, of
    the first batch and of all others.
    """
    found: list[Message] = []

    def claim_one() -> bool:
        batch = claim(now=NOW, size=BATCH).messages
        found.extend(batch)
        return bool(batch)

    def claim_others() -> None:
        while claim_one():
            pass

    took = seconds(sweep), seconds(claim_one), seconds(claim_others)
    if len(found) != due:
        raise RuntimeError(f"{len(found)} of {due} messages were found.")
    SendSlot.objects.all().delete()
    Message.objects.filter(state=Message.State.CLAIMED).update(
        state=Message.State.PENDING, lease_until=None, claimed_by=""
    )
    _vacuum()
    return took


def whole_tables_read() -> int:
    """How many steps of both plans read a table from end to end."""
    return sum(plan.count("Seq Scan") for plan in plans())


def plans() -> list[str]:
    """How PostgreSQL finds what is due, and leases that ran out."""
    waiting = Message.objects.due(NOW).filter(kind__in=known_kinds())[:BATCH]
    leased = Message.objects.filter(lease_until__lt=NOW, state=Message.State.CLAIMED)
    looked_at: list[QuerySet[Message]] = [waiting, leased]
    return [rows.explain() for rows in looked_at]


def _fill(count: int, *, first_due: dt.datetime) -> None:
    """So many reminders, a second apart, each with a series of its own; written by the database itself."""
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    number = Message.objects.count()
    queue_many([_pattern(number, first_due)])
    pattern = Message.objects.get(key=f"bench:{number}")
    own = {
        "key": "'bench:' || (%(number)s + n)",
        "series": "'bench:' || (%(number)s + n)",
        "message_id": "'<' || (%(number)s + n) || '@bench.test>'",
        "person_id": "(%(people)s::bigint[])[1 + (%(number)s + n) %% array_length(%(people)s::bigint[], 1)]",
        "due": "due + n * interval '1 second'",
    }
    columns = [str(field.column) for field in Message._meta.concrete_fields if not field.primary_key]
    values = ", ".join(own.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notifications_message ({names}) SELECT {values} FROM notifications_message, "
            "generate_series(1, %(more)s) AS n WHERE id = %(pattern)s",
            {"number": number, "people": people, "more": count - 1, "pattern": pattern.pk},
        )


def _pattern(number: int, due: dt.datetime) -> NewMessage:
    return NewMessage(
        key=f"bench:{number}",
        kind=reminding.REMINDER,
        due=due,
        person=Person.objects.order_by("pk")[number % Person.objects.count()],
        context={"invitation": 0, "wave": 0, "anonymous": 1},
        series=f"bench:{number}",
        step=1,
    )


def _vacuum() -> None:
    """What autovacuum does a little later; a benchmark does not wait for it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE notifications_message, notifications_sendslot")
