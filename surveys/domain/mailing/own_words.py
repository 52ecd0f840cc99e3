"""The mails of one wave in words of their own: they come before the organisation's, which come before ours.

They may change while the wave is open: what has not left yet takes the new ones.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from common import audit
from notifications.domain.wording import OwnTexts, WordsRefused, text_of
from notifications.kinds import find_words
from notifications.words import Text, Words
from people.models import Person
from surveys.models import Wave

# As ``Wave.mail_texts`` calls them.
MAILS = ("invitation", "reminder", "last_reminder")


class NoMoreMails(Exception):
    """The wave is over; nothing was changed."""


def words_of(mail: str) -> Words:
    return find_words(f"surveys.{mail}")


def mail_of_step(wave: Wave, step: int) -> str:
    """Which of ``MAILS`` is the one of this step, 0 being the invitation."""
    if not step:
        return "invitation"
    return "last_reminder" if step >= len(wave.reminder_days) else "reminder"


def own_text(wave: Wave, words: Words, language: str) -> Text | None:
    """The wave's own words, where it has some that still fit."""
    stored = wave.mail_texts.get(language, {}).get(_mail_of(words))
    if not stored:
        return None
    text = Text(str(stored.get("subject", "")), str(stored.get("body", "")))
    return None if words.faults(text) else text


def text_for(wave: Wave, words: Words, loaded: OwnTexts | None = None) -> Text:
    """What holds for this wave in the active language. ``loaded``: the organisation's, where at hand."""
    return own_text(wave, words, get_language() or "") or text_of(words, loaded)


def may_be_worded(wave: Wave) -> bool:
    """While a mail of it may still leave."""
    return wave.state not in {Wave.State.CLOSING, Wave.State.CLOSED}


def save_text(wave: Wave, words: Words, language: str, text: Text, *, by: Person) -> None:
    """The wave's own words from now on. Raises WordsRefused, NoMoreMails."""
    if faults := words.faults(text):
        raise WordsRefused(faults)
    with transaction.atomic():
        texts = _locked_texts(wave)
        mine = {"subject": text.subject, "body": text.body}
        if texts.get(language, {}).get(_mail_of(words)) == mine:
            return
        texts.setdefault(language, {})[_mail_of(words)] = mine
        _store(wave, texts, by=by, action="wave.mail_worded", words=words, language=language)


def reset_text(wave: Wave, words: Words, language: str, *, by: Person) -> bool:
    """The organisation's words again; False where they held already. Raises NoMoreMails."""
    with transaction.atomic():
        texts = _locked_texts(wave)
        if not texts.get(language, {}).pop(_mail_of(words), None):
            return False
        if not texts[language]:
            del texts[language]
        _store(wave, texts, by=by, action="wave.mail_reset", words=words, language=language)
    return True


def _mail_of(words: Words) -> str:
    return words.name.removeprefix("surveys.")


def _locked_texts(wave: Wave) -> dict[str, Any]:
    locked = Wave.objects.select_for_update().only("state", "mail_texts").get(pk=wave.pk)
    if not may_be_worded(locked):
        raise NoMoreMails
    return locked.mail_texts


def _store(
    wave: Wave, texts: dict[str, Any], *, by: Person, action: str, words: Words, language: str
) -> None:
    Wave.objects.filter(pk=wave.pk).update(mail_texts=texts)
    wave.mail_texts = texts
    audit.record(by=by, action=action, obj=wave, mail=words.name, language=language)
