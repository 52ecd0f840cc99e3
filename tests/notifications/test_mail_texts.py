"""Mails in the organisation's own words: which words hold, what is always there, what they become."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from common import organisation
from common.forms import clean_text
from common.models import AuditEntry, Organisation
from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.domain.wording import reset_text, save_text, text_of
from notifications.kinds import Mail, find_kind, find_words
from notifications.models import MailText, Message
from notifications.showing import as_html, as_text
from notifications.words import LONGEST_SUBJECT, Text, Words
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.mail_texts import HEAD, INVITATION, LANGUAGES, NAMES, OWN, sent
from tests.people.conftest import employee, hr

__all__ = ["employee", "hr"]

pytestmark = pytest.mark.django_db


def example(words: Words, text: Text | None = None) -> Mail:
    return words.example(text or text_of(words))


def plain(html: str) -> str:
    """What somebody reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)).split())


# --- What holds ---------------------------------------------------------------------------------------------
def test_these_mails_may_be_worded() -> None:
    assert sorted(NAMES) == [
        "people.password_reset",
        "people.set_password",
        "surveys.asking_again",
        "surveys.invitation",
        "surveys.last_reminder",
        "surveys.reminder",
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_our_words_have_no_faults_and_fill_every_placeholder(name: str, language: str) -> None:
    words = find_words(name)
    with translation.override(language):
        assert words.faults(words.ours) == {}
        every = Text("{organisation}", "Heading\n\n" + " ".join(each.written for each in words.placeholders))
        assert words.faults(every) == {}
        mail = example(words, every)
        assert not re.search(r"[{}]", as_text(mail) + mail.subject)


ANSWER = '<p><a class="button" href="http://localhost/a/.../">Answer now</a></p>'
ALONE = "<p>The link is yours alone. Please do not pass it on.</p>"
STILL_OPEN = "<p>It is still open for you, until CLOSE. It takes about 2 minutes.</p>"
EXPECTED = {
    "surveys.asking_again": [
        "How we serve you: is it better now?",
        "<h1>Is it better now?</h1>",
        "<p>On DAY you answered our question “Did we keep what we promised?”, ",
        "and we got in touch with you.</p>",
        "<p>We would like to know whether it is better. It is this one question, until CLOSE.</p>",
        "<p><strong>Your answers carry your name.</strong>",
        "This survey is not anonymous. Those named here read what you answer.</p>",
        ANSWER,
        ALONE,
    ],
    "people.set_password": [
        "Set your password for Brightwater",
        "<h1>Hello Priya</h1>",
        "<p>Brightwater has a portal for the people who rely on each other&#x27;s work, ",
        "and a place there is waiting for you. Choose a password and you are in.</p>",
        '<p><a class="button" href="http://localhost/password/.../">Choose your password</a></p>',
        "<p>The link works once, for 7 days. Later you can ask for a new one on the sign-in page.</p>",
    ],
    "people.password_reset": [
        "Your new password",
        "<h1>Hello Priya</h1>",
        "<p>Here you choose a new password.</p>",
        '<p><a class="button" href="http://localhost/password/.../">Choose a new password</a></p>',
        "<p>The link works once, for 7 days. ",
        "If you did not ask for it, there is nothing to do: your password stays as it is.</p>",
    ],
    "surveys.invitation": [
        "How we work together: your view, until DAY",
        "<h1>How we work together</h1>",
        "<p>Priya Raman of Brightwater asks for your view.</p>",
        "<p>It takes about 2 minutes. You can answer until CLOSE.</p>",
        "NOTICE",
        ANSWER,
        ALONE,
    ],
    "surveys.reminder": [
        "How we work together: open until DAY",
        "<h1>How we work together</h1>",
        STILL_OPEN,
        "NOTICE",
        ANSWER,
        ALONE,
    ],
    "surveys.last_reminder": [
        "How we work together: last reminder, open until DAY",
        "<h1>How we work together</h1>",
        STILL_OPEN,
        "NOTICE",
        ANSWER,
        ALONE,
    ],
}
NOTICE = (
    "<p><strong>Your answers are anonymous.</strong> Neither your manager nor HR can link an answer to you. "
    "Figures appear only for groups of 5 or more.</p>"
)


@pytest.mark.parametrize("name", NAMES)
def test_our_words_read_as_they_did_before_anybody_could_change_them(name: str) -> None:
    mail = example(find_words(name))
    html = re.sub(r"\s+", " ", as_html(mail))
    sheet = re.search(r'<div class="sheet">(.*?)</div>', html)
    assert sheet
    tidy = re.sub(r"(?<=>)\s+|\s+(?=<)", "", sheet[1]).replace("</strong>Neither", "</strong> Neither")
    tidy = re.sub(r"until \w+ \d+ \w+ \d{4}, 17:00 \w+(?=\.)", "until CLOSE", tidy).replace(NOTICE, "NOTICE")
    tidy = re.sub(r"On \d+ \w+ \d{4} you", "On DAY you", tidy)
    subject = re.sub(r"until \w+ \d+ \w+$", "until DAY", mail.subject)
    ours, *paragraphs = EXPECTED[name]
    assert (subject, tidy) == (ours, "".join(paragraphs))


def test_the_organisations_words_hold_in_their_language_alone(hr: Person) -> None:
    words = find_words(INVITATION)
    save_text(words, "de", OWN, by=hr)
    with translation.override("de"):
        assert text_of(words) == OWN
    with translation.override("en"):
        assert text_of(words) == words.ours


def test_saving_ours_unchanged_keeps_following_ours(hr: Person) -> None:
    words = find_words(INVITATION)
    save_text(words, "en", words.ours, by=hr)
    assert not MailText.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_text_that_no_longer_fits_gives_way_to_ours(hr: Person) -> None:
    words = find_words(INVITATION)
    for body in ("Heading\n\n{link}\n\n{gone_since}", "Heading\n\nno way on", "{link}"):
        MailText.objects.update_or_create(
            name=words.name, language="en", defaults={"subject": "S", "body": body}
        )
        assert text_of(words) == words.ours


def test_both_deeds_stand_in_the_audit_log_without_the_words(hr: Person) -> None:
    words = find_words(INVITATION)
    save_text(words, "en", OWN, by=hr)
    save_text(words, "en", Text(OWN.subject, OWN.body + " Again."), by=hr)
    save_text(words, "en", Text(OWN.subject, OWN.body + " Again."), by=hr)
    assert reset_text(words, "en", by=hr) is True
    assert reset_text(words, "en", by=hr) is False
    mail = {"mail": INVITATION, "language": "en"}
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "detail")) == [
        ("settings.mail_changed", mail | {"fields": "subject, body"}),
        ("settings.mail_changed", mail | {"fields": "body"}),
        ("settings.mail_reset", mail),
    ]


# --- What it becomes ----------------------------------------------------------------------------------------
HOSTILE = [
    "<script>alert(1)</script> & \"quotes\" 'single' <img src=x onerror=alert(1)>",
    "</style></head><body onload=alert(1)>",
    "{{ settings.SECRET_KEY }} {% debug %} %(link)s ${link} %n%n".replace("{", "(").replace("}", ")"),
    "From: eve@example.org",
    ".\nQUIT\n.",
    "\u202eתרגום\u202c العربية 🙂 ﷽",
    "-- \nno signature",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_words_stay_words_in_every_mail(name: str, language: str, hr: Person) -> None:
    words = find_words(name)
    for hostile in HOSTILE:
        text = Text(clean_text(f"Subject {hostile}")[:LONGEST_SUBJECT], f"{hostile}\n\n{hostile}\n\n{{link}}")
        save_text(words, language, text, by=hr)
        with translation.override(language):
            mail = example(words)
            html, body = as_html(mail), as_text(mail)
        assert "\n" not in mail.subject
        assert html.count("<script") == html.count("<img") == html.count("onload=alert(1)>") == 0
        assert html.count("</style>") == html.count("<body>") == 1
        assert hostile.splitlines()[0].rstrip() in body
        # What has to be said is still said.
        for part in (mail.why, mail.more):
            assert part in plain(html)
            assert part in body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("surveys.")])
def test_no_words_take_away_what_a_wave_promises(name: str, language: str, hr: Person) -> None:
    words = find_words(name)
    save_text(words, language, OWN, by=hr)
    with translation.override(language):
        mail = example(words)
        notice = mail.context["notice"]
        for half in (
            plain(as_html(mail, unsubscribe_url="http://x/u/")),
            as_text(mail, unsubscribe_url="http://x/u/"),
        ):
            said = " ".join(half.split())
            for part in (notice.title, notice.summary, mail.why, mail.more, "Brightwater"):
                assert part in said
        assert 'href="http://x/u/"' in as_html(mail, unsubscribe_url="http://x/u/")
        assert "http://x/u/" in as_text(mail, unsubscribe_url="http://x/u/")
        # Before the link, so that it is read before anybody answers.
        assert as_text(mail).index(notice.summary) < as_text(mail).index(str(mail.context["link"]))


def test_a_link_within_a_sentence_is_a_link_and_alone_it_is_a_button(hr: Person) -> None:
    words = find_words(INVITATION)
    inside = example(words, Text("S", HEAD + "Go {link} now,\nplease."))
    assert '<p>Go <a href="http://localhost/a/.../">Answer now</a> now,<br>please.</p>' in as_html(inside)
    assert "Go http://localhost/a/.../ now,\nplease." in as_text(inside)
    alone = example(words, Text("S", HEAD + "{link}"))
    assert '<a class="button" href="http://localhost/a/.../">Answer now</a>' in as_html(alone)
    assert "Answer now:\nhttp://localhost/a/.../" in as_text(alone)


def test_the_mail_that_leaves_speaks_the_recipients_language(
    hr: Person, employee: Person, put: Callable[..., Message]
) -> None:
    words = find_words("people.set_password")
    save_text(words, "de", Text("Ihr Zugang zu {organisation}", "Guten Tag {name}\n\n{link}"), by=hr)
    employee.language = "de"
    employee.given_name = "Ä {link}"
    employee.save()
    mail = sent(put(person=employee, kind="people.set_password"))
    assert mail["Subject"] == "Ihr Zugang zu Brightwater"
    body = mail.get_body(("plain",))
    assert body is not None
    text = str(body.get_content())
    assert text.splitlines()[0] == "Guten Tag Ä {link}"
    assert text.count("/password/reset/key/") == 1
    employee.language = "en"
    employee.save()
    assert (
        sent(put(person=employee, kind="people.set_password"))["Subject"]
        == "Set your password for Brightwater"
    )


def test_a_line_break_in_a_value_reaches_no_header(hr: Person, put: Callable[..., Message]) -> None:
    Organisation.objects.create(
        pk=1, name="A\r\nBcc: eve@example.org", country="GB", time_zone="UTC", language="en"
    )
    organisation.forget()
    mail = sent(put(person=hr, kind="people.set_password"))
    assert mail["Subject"] == "Set your password for A Bcc: eve@example.org"
    assert mail["Bcc"] is None


def test_a_mail_asks_for_its_words_once(
    hr: Person, put: Callable[..., Message], django_assert_max_num_queries: Any
) -> None:
    message = put(person=hr, kind="people.set_password")
    recipient = recipient_of(message)
    with django_assert_max_num_queries(1):
        compose(message, find_kind(message.kind), recipient)
    assert message.due == NOW
