"""The two ways of sending that are compared, as tasks of a real worker.

    celery --app=culture_portal.proving.bench.worker worker --queues=bench

Both do the same for a mail, by the same code: load it, check, render, send, mark it sent. One task does this
for as many as there are; of the other there is one for each mail, as it is mostly done.
"""

from __future__ import annotations

import datetime as dt

from culture_portal.celery import app

__all__ = ["QUEUE", "app", "drain", "send_one"]

QUEUE = "bench"


# The portal's modules can be imported only once the worker has set Django up.
@app.task(queue=QUEUE)
def drain(*, now: str) -> None:
    """The portal's own dispatcher."""
    from notifications.domain import dispatching  # noqa: PLC0415

    dispatching.drain(now=dt.datetime.fromisoformat(now))


@app.task(queue=QUEUE)
def send_one(*, message_id: int, now: str) -> None:
    """One mail by itself: its own connection to the mail server, one transaction once it is gone."""
    from django.db import transaction  # noqa: PLC0415

    from notifications.domain.composing import compose  # noqa: PLC0415
    from notifications.domain.deciding import GO, decide  # noqa: PLC0415
    from notifications.domain.recipients import recipient_of  # noqa: PLC0415
    from notifications.kinds import find_kind  # noqa: PLC0415
    from notifications.models import Message  # noqa: PLC0415
    from notifications.transports import SmtpTransport  # noqa: PLC0415

    at = dt.datetime.fromisoformat(now)
    waiting = Message.objects.select_related("person").filter(state=Message.State.PENDING)
    message = waiting.filter(pk=message_id).first()
    if message is None:
        return
    kind, recipient = find_kind(message.kind), recipient_of(message)
    if decide(message, kind, recipient, at) is not GO:
        return
    letter = compose(message, kind, recipient)
    with SmtpTransport() as transport:
        transport.offer(letter.sender, letter.recipient)
        reply = transport.deliver(letter.source)
    with transaction.atomic():
        Message.objects.filter(pk=message_id).update(
            state=Message.State.SENT, sent_at=at, address=recipient.address, last_reply=reply
        )
        if kind.after_sent:
            kind.after_sent(message, at)
