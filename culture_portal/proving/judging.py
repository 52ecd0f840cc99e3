"""What became of a fault, read from the journal in the database and from what the mail server took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notifications.kinds import find_kind
from notifications.models import Message

State, Reason = Message.State, Message.Reason


@dataclass(frozen=True)
class Expected:
    """What may happen to the mails of one row.

    ``answered``: addresses whose person answered, and when that stood in the database (seconds of its clock).
    ``closed``: addresses whose day has not begun. ``refusals``: the mail server refused some for good.
    """

    keys: frozenset[str]
    closed: frozenset[str] = frozenset()
    answered: Mapping[str, float] = field(default_factory=dict)
    refusals: bool = False


@dataclass
class Row:
    """One fault in the table. ``wrong``: which promise a dispatcher that is wrong on purpose must break."""

    fault: str
    mails: int = 0
    kills: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    two_a_day: int = 0
    after_answer: int = 0
    in_quiet_hours: int = 0
    in_doubt: Counter[str] = field(default_factory=Counter)
    # Where they stand in the journal.
    lost_as: Counter[str] = field(default_factory=Counter)
    note: str = ""
    wrong: str = ""
    seconds: float = 0.0

    @property
    def broken(self) -> int:
        return self.lost + self.doubled + self.two_a_day + self.after_answer + self.in_quiet_hours

    @property
    def as_it_must_be(self) -> bool:
        """Every promise held; of a wrong dispatcher: it was caught."""
        return getattr(self, self.wrong) > 0 if self.wrong else self.broken == 0

    @property
    def verdict(self) -> str:
        if self.wrong:
            return "caught" if self.as_it_must_be else "NOT CAUGHT"
        return "held" if self.as_it_must_be else "BROKEN"

    def to_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "in_doubt": dict(self.in_doubt),
            "lost_as": dict(self.lost_as),
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class _Arrival:
    message_id: str
    offered_at: float


def judge(row: Row, expected: Expected, taken: Iterable[Mapping[str, Any]]) -> None:
    """Fill in the row's numbers; ``taken`` are the lines of the mail server's record."""
    arrivals: dict[str, list[_Arrival]] = defaultdict(list)
    for line in taken:
        arrivals[line["recipient"]].append(_Arrival(line["message_id"], line["offered_at"]))
    messages = list(Message.objects.filter(key__in=expected.keys).select_related("person"))
    row.mails = len(expected.keys)
    row.lost = len(expected.keys) - len(messages)
    of_address = Counter(_address(message) for message in messages)
    for message in messages:
        address = _address(message)
        mine = [each for each in arrivals[address] if each.message_id == message.message_id]
        if _is_lost(message, len(mine), expected, shared=of_address[address] > 1):
            row.lost += 1
            row.lost_as[" ".join(filter(None, [message.state, message.reason]))] += 1
        _count_repeats(row, message, len(mine))
        if message.state == State.IN_DOUBT:
            row.in_doubt[str(message.reason)] += 1
    known = {message.message_id for message in messages}
    for address, came in arrivals.items():
        row.doubled += sum(each.message_id not in known for each in came)
        row.two_a_day += len({each.message_id for each in came}) > 1
        row.in_quiet_hours += len(came) if address in expected.closed else 0
    row.after_answer = _after_answer(messages, arrivals, expected)


def _address(message: Message) -> str:
    return message.address or (message.person.email if message.person else "")


def _is_lost(message: Message, arrived: int, expected: Expected, *, shared: bool) -> bool:
    """Neither sent nor in doubt, without a reason that holds; or said to be sent, and it never came."""
    address = _address(message)
    match message.state:
        case State.SENT:
            return arrived == 0
        case State.IN_DOUBT:
            # Whatever may come twice is never left in doubt.
            return find_kind(message.kind).again_when_in_doubt
        case State.CANCELLED:
            return address not in expected.answered
        case State.FAILED:
            return not (expected.refusals and message.reason in {Reason.REFUSED, Reason.BAD_ADDRESS})
        case State.PENDING:
            waits = {Reason.HOURS: address in expected.closed, Reason.SLOT: shared}
            return not waits.get(Reason(message.reason), False)
        case _:
            return True


def _count_repeats(row: Row, message: Message, arrived: int) -> None:
    """More than once is allowed to some kinds, and once more for each attempt that was left in doubt."""
    more = max(0, arrived - 1)
    allowed = min(more, message.attempt) if find_kind(message.kind).again_when_in_doubt else 0
    row.repeated += allowed
    row.doubled += more - allowed


def _after_answer(
    messages: Iterable[Message], arrivals: Mapping[str, list[_Arrival]], expected: Expected
) -> int:
    """Mails offered to the server after the answer stood in the database, or that the answer had cancelled.

    The last check comes between the offer and the text. An answer within these milliseconds is one at the
    same instant: if it was first, its transaction cancelled the message, and then nothing may have come.
    """
    late = {
        (address, each.message_id)
        for address, at in expected.answered.items()
        for each in arrivals.get(address, [])
        if each.offered_at > at
    }
    for message in messages:
        if message.state == State.CANCELLED:
            address = _address(message)
            late |= {
                (address, each.message_id)
                for each in arrivals.get(address, [])
                if each.message_id == message.message_id
            }
    return len(late)
