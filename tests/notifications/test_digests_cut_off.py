"""What becomes of a digest, and of what it carries, wherever the work was cut off or others were quicker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.db import connection, transaction

from culture_portal.proving.sink import Sink
from notifications.categories import DIGEST
from notifications.domain import digesting, overseeing
from notifications.domain.claiming import claim, sweep
from notifications.domain.dispatching import dispatch_batch, drain
from notifications.kinds import NoticeWords
from notifications.models import Message, Notice, OptOut, fingerprint
from notifications.transports import SmtpTransport
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.digests import (
    DAY,
    HOUR,
    MONDAY,
    WEDNESDAY,
    MakePerson,
    Put,
    Reason,
    Register,
    State,
    dispatch_to,
    states,
    the_digest,
    worded,
)

pytestmark = pytest.mark.django_db


# --- Cut off, refused, in doubt -----------------------------------------------------------------------------
def test_a_claim_that_died_changes_nothing(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    claim(now=WEDNESDAY, size=50)
    assert states(the_digest(), message) == [State.CLAIMED, State.CARRIED]
    Message.objects.filter(pk=the_digest().pk).update(lease_until=NOW)
    sweep()
    assert states(the_digest(), message) == [State.PENDING, State.CARRIED]
    drain(now=WEDNESDAY)
    assert (states(message), len(sink.mails())) == ([State.SENT], 1)


@pytest.mark.parametrize(("again", "becomes"), [(True, State.PENDING), (False, State.IN_DOUBT)])
def test_what_may_have_been_told_is_in_doubt(
    sink: Sink, register: Register, walk: Put, again: bool, becomes: str
) -> None:
    register("test.walks", category="walks", notices=worded, unsubscribable=True, again_when_in_doubt=again)
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "cut", now=WEDNESDAY)
    assert states(the_digest(), message) == [State.IN_DOUBT, State.SENDING]
    for _ in range(2):
        sweep()
        assert states(message) == [becomes]
    if again:
        # By itself, however soon another digest would come.
        drain(now=WEDNESDAY + DAY)
        assert (states(message), len(sink.mails())) == ([State.SENT], 2)
    else:
        assert message.reason == Reason.NO_ANSWER


@pytest.mark.parametrize(
    ("point", "told"), [("claim", 1), ("offer", 1), ("deliver", 0), ("taken", 1), ("mark", 1)]
)
@pytest.mark.parametrize("again", [True, False])
def test_wherever_a_worker_dies_nothing_is_lost_and_nothing_doubled_that_must_come_once(
    sink: Sink, register: Register, walk: Put, point: str, told: int, again: bool
) -> None:
    """What was committed by then is all that stays, as after SIGKILL; the next worker takes it from there."""
    dies_at = [point]

    def pass_by(here: str) -> None:
        if dies_at == [here]:
            dies_at.clear()
            raise KeyboardInterrupt

    class Mortal(SmtpTransport):
        def offer(self, sender: str, recipient: str) -> None:
            pass_by("offer")
            super().offer(sender, recipient)

        def deliver(self, mail: bytes) -> str:
            pass_by("deliver")
            reply = super().deliver(mail)
            pass_by("taken")
            return reply

    def worded_or_dead(messages: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
        pass_by("claim")
        return worded(messages)

    values = {"category": "walks", "unsubscribable": True, "again_when_in_doubt": again}
    register("test.walks", notices=worded_or_dead, after_sent=lambda message, at: pass_by("mark"), **values)
    message = walk()
    drain(now=NOW)
    with pytest.raises(KeyboardInterrupt):
        dispatch_batch(now=WEDNESDAY, transport=Mortal())
    Message.objects.filter(lease_until__isnull=False).update(lease_until=NOW)
    for now in (WEDNESDAY, WEDNESDAY + DAY, MONDAY):
        sweep()
        drain(now=now)
    in_doubt = point in {"deliver", "taken", "mark"}
    if in_doubt and not again:
        assert (states(message), len(sink.mails())) == ([State.IN_DOUBT], told)
    else:
        # Rather twice than never, where the kind wants it so.
        assert states(message) == [State.SENT]
        assert len(sink.mails()) == told + (in_doubt and again)


def test_a_worker_killed_after_the_text_leaves_it_in_doubt(sink: Sink, walk: Put) -> None:
    class Mortal(SmtpTransport):
        def deliver(self, mail: bytes) -> str:
            super().deliver(mail)
            raise KeyboardInterrupt

    message = walk()
    drain(now=NOW)
    with pytest.raises(KeyboardInterrupt):
        dispatch_batch(now=WEDNESDAY, transport=Mortal())
    assert states(the_digest(), message) == [State.SENDING, State.SENDING]
    Message.objects.filter(pk=the_digest().pk).update(lease_until=NOW)
    sweep()
    assert states(the_digest(), message) == [State.IN_DOUBT, State.IN_DOUBT]
    assert message.reason == Reason.DIED


def test_a_dispatcher_that_was_only_slow_reports_what_it_told(sink: Sink, walk: Put) -> None:
    class Slow(SmtpTransport):
        def deliver(self, mail: bytes) -> str:
            Message.objects.filter(kind=digesting.KIND).update(lease_until=NOW)
            sweep()
            assert states(message) == [State.IN_DOUBT]
            return super().deliver(mail)

    message = walk()
    drain(now=NOW)
    dispatch_batch(now=WEDNESDAY, transport=Slow())
    assert states(the_digest(), message) == [State.SENT, State.SENT]


def test_an_operator_sends_a_digest_in_doubt_once_more(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "cut", now=WEDNESDAY)
    sweep()
    Message.objects.filter(kind=digesting.KIND).to_send_again()
    Message.objects.filter(kind=digesting.KIND).update(due=WEDNESDAY + HOUR)
    drain(now=WEDNESDAY + HOUR)
    assert (states(message), len(sink.mails())) == ([State.SENT], 2)


def test_a_digest_put_off_by_the_server_tells_the_same_later(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "full", now=WEDNESDAY)
    assert the_digest().state == State.PENDING
    sweep()
    dispatch_batch(now=WEDNESDAY + HOUR)
    assert (states(message), len(sink.mails())) == ([State.SENT], 1)


def test_what_a_refused_digest_carried_goes_by_itself(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "spam", now=WEDNESDAY)
    sweep()
    assert (the_digest().state, states(message), message.digest_id) == (State.FAILED, [State.PENDING], None)
    # On another day: a digest keeps the one it took.
    drain(now=WEDNESDAY + DAY)
    assert (states(message), len(sink.mails())) == ([State.SENT], 1)


def test_a_mark_that_was_cut_short_is_made_up_for(sink: Sink, walk: Put) -> None:
    """As it would stand had what follows the digest's own mark failed."""
    message = walk()
    drain(now=NOW)
    dispatch_batch(now=WEDNESDAY)
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, sent_at=None)
    for _ in range(2):
        sweep()
        assert (states(message), message.sent_at) == ([State.SENT], WEDNESDAY)


def test_what_stayed_without_its_digest_waits_again(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    the_digest().delete()
    sweep()
    assert states(message) == [State.PENDING]
    drain(now=WEDNESDAY)
    assert len(sink.mails()) == 1


def test_a_transaction_rolled_back_leaves_no_digest(walk: Put) -> None:
    message = walk()
    with transaction.atomic():
        digesting.carry([message], NOW)
        assert states(message) == [State.CARRIED]
        transaction.set_rollback(True)
    assert states(message) == [State.PENDING]
    assert not Message.objects.filter(kind=digesting.KIND).exists()


def test_nobody_waits_for_a_digest_that_another_holds(walk: Put) -> None:
    first = walk("one")
    drain(now=NOW)
    claim(now=WEDNESDAY, size=50)
    second = walk("two", due=WEDNESDAY)
    assert drain(now=WEDNESDAY) == 0
    # The digest of that day is on its way: the next one takes it.
    assert states(first, second) == [State.CARRIED] * 2
    assert second.digest is not None
    assert second.digest.due == WEDNESDAY + DAY


# --- Beside others ------------------------------------------------------------------------------------------
def test_what_waits_for_a_digest_that_another_holds_does_not_go_by_itself(
    sink: Sink, walk: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = walk("soon", not_after=NOW + digesting.A_MOMENT / 2)
    message = walk()
    with monkeypatch.context() as held:
        held.setattr(digesting, "_lock", lambda keys: {})
        drain(now=NOW)
    assert states(message, soon) == [State.PENDING, State.SENT]
    assert message.due == NOW + digesting.A_MOMENT
    drain(now=message.due)
    assert states(message) == [State.CARRIED]


def test_a_person_nobody_can_read_holds_up_nobody_else(
    sink: Sink, anna: Person, person: MakePerson, walk: Put
) -> None:
    bad, good = walk(), walk(person=person(digest="daily"))
    Person.objects.filter(pk=anna.pk).update(working_days="x")
    drain(now=NOW)
    assert states(bad, good) == [State.FAILED, State.CARRIED]
    assert bad.reason == Reason.OUR_FAULT


def test_p1_a_digest_with_nothing_to_tell_stays_as_long_as_one_that_was_sent(
    sink: Sink, person: MakePerson, walk: Put
) -> None:
    """Else the sum of digests sent and not needed would be the number of those sent."""
    told, pointless = walk(), walk("over", person=person(digest="daily"))
    drain(now=NOW)
    drain(now=WEDNESDAY)
    sweep()
    assert states(told, pointless) == [State.SENT, State.CANCELLED]
    digests = Message.objects.filter(kind=digesting.KIND)
    assert {digest.state for digest in digests} == {State.SENT, State.CANCELLED}
    Message.objects.exclude(kind=digesting.KIND).delete()
    sweep()
    assert not Message.objects.exists()


@pytest.mark.parametrize(("again", "becomes"), [(True, State.PENDING), (False, State.IN_DOUBT)])
def test_a_digest_in_doubt_that_is_cancelled_at_once_is_not_told_twice(
    sink: Sink, register: Register, anna: Person, walk: Put, again: bool, becomes: str
) -> None:
    register("test.walks", category="walks", notices=worded, unsubscribable=True, again_when_in_doubt=again)
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "cut", now=WEDNESDAY)
    assert overseeing.cancel_one(the_digest(), by=anna, now=WEDNESDAY) == 1
    # What would go today makes it wait again no sooner than that was seen to.
    later = walk("two", due=NOW)
    digesting.carry([later], NOW)
    assert states(the_digest(), message) == [State.CANCELLED, State.SENDING]
    sweep()
    assert (states(message), message.digest_id) == ([becomes], None)


def test_what_a_cancelled_digest_had_not_told_goes_by_itself(sink: Sink, anna: Person, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    assert overseeing.cancel_one(the_digest(), by=anna, now=WEDNESDAY) == 1
    sweep()
    assert states(message) == [State.PENDING]


def test_what_would_be_too_late_in_a_digest_that_was_put_off_goes_by_itself(sink: Sink, walk: Put) -> None:
    soon, later = walk("soon", not_after=WEDNESDAY + HOUR), walk("later", not_after=WEDNESDAY + 3 * HOUR)
    drain(now=NOW)
    Message.objects.filter(kind=digesting.KIND).update(due=WEDNESDAY + HOUR)
    sweep()
    assert states(soon, later) == [State.PENDING, State.CARRIED]
    drain(now=WEDNESDAY)
    assert states(soon) == [State.SENT]


def test_a_digest_that_cannot_be_marked_holds_up_no_other(
    sink: Sink, person: MakePerson, walk: Put, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = walk(), walk(person=person(digest="daily"))
    drain(now=NOW)
    dispatch_batch(now=WEDNESDAY)
    Message.objects.filter(pk__in=[bad.pk, good.pk]).update(state=State.SENDING, sent_at=None)
    Message.objects.filter(carried=bad).update(person=None)
    sweep()
    assert states(bad, good) == [State.SENDING, State.SENT]
    assert "could not be marked: ValueError" in caplog.text


def test_what_was_told_is_sent_also_where_its_kind_is_gone(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    dispatch_batch(now=WEDNESDAY)
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, kind="test.gone")
    sweep()
    assert states(message) == [State.SENT]


def test_each_update_of_a_sweep_looks_at_the_state_of_its_own_rows(walk: Put) -> None:
    """In a join alone PostgreSQL would not look at it again where it waited for another's transaction."""
    walk()
    drain(now=NOW)
    sql: list[str] = []

    def note(execute: Callable[..., object], text: str, *others: object) -> object:
        sql.append(text)
        return execute(text, *others)

    with connection.execute_wrapper(note):
        digesting.mend()
    updates = [text for text in sql if text.startswith("UPDATE")]
    assert updates
    for text in updates:
        assert '"notifications_message"."state" ' in text.partition(" WHERE ")[2].replace("IN", "=")


def test_whoever_comes_back_erased_still_wants_no_digest(sink: Sink, anna: Person, walk: Put) -> None:
    OptOut.objects.create(category=DIGEST, address=fingerprint(anna.email))
    message = walk()
    drain(now=NOW)
    assert (states(message), message.reason) == ([State.CANCELLED], Reason.OPTED_OUT)
