"""Mails in the organisation's own words: what holds, how it is saved, taken back and tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import audit
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Mail, find_words
from notifications.models import MailText, Message
from notifications.words import LINK, Text, Words, fill_line, lay_out
from people.models import Person

# The kind of mail that somebody sends to themselves to see how it reads.
EXAMPLE = "notifications.example"


class WordsRefused(Exception):
    """The text has faults; ``faults`` names them by field."""

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        super().__init__("; ".join(words for each in faults.values() for words in each))
        self.faults = faults


# By the name of the words and the language.
OwnTexts = Mapping[tuple[str, str], Text]


def own_texts(*names: str) -> OwnTexts:
    """Whatever the organisation has worded anew of these, in every language."""
    rows = MailText.objects.filter(name__in=names)
    return {(row.name, row.language): Text(row.subject, row.body) for row in rows}


def text_of(words: Words, loaded: OwnTexts | None = None) -> Text:
    """In the active language: the organisation's own, else ours; ours too where one of old no longer fits.

    Of ``loaded`` where they are at hand already.
    """
    known = own_texts(words.name) if loaded is None else loaded
    own = known.get((words.name, get_language() or ""))
    return own if own and not words.faults(own) else words.ours


def worded_mail(
    name: str,
    *,
    values: Mapping[str, str],
    button: str,
    template: str,
    context: Mapping[str, object] | None = None,
    why: str = "",
    more: str = "",
    text: Text | None = None,
) -> Mail:
    """The mail of these words with ``values`` for all its placeholders; ``text`` instead of what holds.

    ``template`` extends ``base_mail_worded`` and says what stands around the link in any case.
    """
    words = text or text_of(find_words(name))
    return Mail(
        subject=fill_line(words.subject, values),
        template=template,
        context={
            "layout": lay_out(words.body, values),
            "link": values[LINK],
            "button": button,
            **(context or {}),
        },
        why=why,
        more=more,
    )


def save_text(words: Words, language: str, text: Text, *, by: Person) -> None:
    """The organisation's own words from now on. Raises WordsRefused."""
    if faults := words.faults(text):
        raise WordsRefused(faults)
    with transaction.atomic():
        before = MailText.objects.select_for_update().filter(name=words.name, language=language).first()
        old = Text(before.subject, before.body) if before else words.ours
        changed = [field for field in ("subject", "body") if getattr(old, field) != getattr(text, field)]
        if not changed:
            return
        MailText.objects.update_or_create(
            name=words.name, language=language, defaults={"subject": text.subject, "body": text.body}
        )
        audit.record(
            by=by,
            action="settings.mail_changed",
            mail=words.name,
            language=language,
            fields=", ".join(changed),
        )


def reset_text(words: Words, language: str, *, by: Person) -> bool:
    """Our words again; False where they held already."""
    with transaction.atomic():
        if not MailText.objects.filter(name=words.name, language=language).delete()[0]:
            return False
        audit.record(by=by, action="settings.mail_reset", mail=words.name, language=language)
    return True


def send_example(words: Words, language: str, *, to: Person, now: dt.datetime) -> bool:
    """To whoever asks, with made-up values; at most one a minute, so False for the next within it."""
    message = NewMessage(
        key=f"{EXAMPLE}:{to.pk}:{words.name}:{language}:{now:%Y-%m-%dT%H:%M}",
        kind=EXAMPLE,
        due=now,
        not_after=now + dt.timedelta(hours=1),
        person=to,
        language=language,
        context={"words": words.name},
    )
    with transaction.atomic():
        return bool(queue_many([message]))


def render_example(message: Message) -> Mail:
    words = find_words(str(message.context["words"]))
    mail = words.example(text_of(words))
    return replace(
        mail,
        subject=_("Test: %(subject)s") % {"subject": mail.subject},
        why=_("You get this mail because you sent it to yourself to see how it reads."),
        more="",
    )


def example_still_wanted(message: Message) -> bool:
    return message.person is not None and message.person.is_active
