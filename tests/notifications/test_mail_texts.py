"""Mails in the organisation's own words: what may be written, what is always there, what it becomes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from common import organisation
from common.forms import clean_text
from common.models import AuditEntry, Organisation
from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.domain.wording import EXAMPLE, WordsRefused, reset_text, save_text, text_of
from notifications.kinds import Mail, find_kind, find_words, known_words
from notifications.models import MailText, Message
from notifications.showing import as_html, as_text
from notifications.words import LONGEST_BODY, LONGEST_SUBJECT, Text, Words, fill, fill_line, lay_out
from people.models import Person
from tests.notifications.conftest import NOW
from tests.people.conftest import administrator, client_of, employee, hr, statements

__all__ = ["administrator", "employee", "hr"]

pytestmark = pytest.mark.django_db
NAMES = [words.name for words in known_words()]
LANGUAGES = [code for code, _label in settings.LANGUAGES]
OWN = Text("{organisation} writes", "Dear colleague\n\nPlease go on.\nIt is quick.\n\n{link}\n\nThank you.")
INVITATION = "surveys.invitation"


def address(page: str, name: str = INVITATION, language: str = "en", *rest: str) -> str:
    return reverse(f"notifications:mail-text-{page}", args=[name, language, *rest])


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


# --- What may be written ------------------------------------------------------------------------------------
HEAD = "Heading\n\n"
NO_PLACEHOLDER = "There is no placeholder %s in this mail."
NOT_ALONE = "Between braces stands the name of a placeholder and nothing else: not %s."
BRACES = "A brace is missing or too many. Braces are for placeholders alone."
ONCE = "Write {link} once, where people go on."


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (HEAD + "{link}", []),
        (HEAD + "Here: {link}, please.", []),
        (HEAD + "100 % %s %(name)s $name ${name} <b> & &lt; \\n", [ONCE, NO_PLACEHOLDER % "{name}"]),
        ("", [ONCE]),
        (HEAD, [ONCE]),
        (HEAD + "{link} {link}", [ONCE]),
        (HEAD + "{ link }", [ONCE, NO_PLACEHOLDER % "{ link }"]),
        (HEAD + "{LINK}", [ONCE, NO_PLACEHOLDER % "{LINK}"]),
        ("{link}\n\nEnd", ["Begin with a heading; the link comes in a paragraph after it."]),
        ("Heading with {link}", ["Begin with a heading; the link comes in a paragraph after it."]),
        (HEAD + "{link} {password}", [NO_PLACEHOLDER % "{password}"]),
        (HEAD + "{link} {survey.id}", [NOT_ALONE % "{survey.id}"]),
        (HEAD + "{link} {survey[0]}", [NOT_ALONE % "{survey[0]}"]),
        (HEAD + "{link} {survey.__class__.__mro__}", [NOT_ALONE % "{survey.__class__.__mro__}"]),
        (HEAD + "{link} {survey!r}", [NOT_ALONE % "{survey!r}"]),
        (HEAD + "{link} {survey:>99999999}", [NOT_ALONE % "{survey:>99999999}"]),
        (HEAD + "{link} {0} {}", [NOT_ALONE % "{0}", NOT_ALONE % "{}"]),
        (HEAD + "{link} {{survey}}", [BRACES]),
        (HEAD + "{link} {% load x %}", [NOT_ALONE % "{% load x %}"]),
        (HEAD + "{link} {{ settings.SECRET_KEY }}", [NOT_ALONE % "{ settings.SECRET_KEY }", BRACES]),
        (HEAD + "{link} {survey", [BRACES]),
        (HEAD + "{link} survey}", [BRACES]),
        (HEAD + "{link} }{", [BRACES]),
        (HEAD + "{link}\x00", ["Write plain text."]),
        (HEAD + "{link}\r\nBcc: eve@example.org", ["Write plain text."]),
        (HEAD + "{link}" + "x" * LONGEST_BODY, [f"Write at most {LONGEST_BODY} characters."]),
    ],
)
def test_faults_of_a_body(body: str, faults: list[str], hr: Person) -> None:
    words = find_words(INVITATION)
    # The one with "name" in it is no placeholder of a survey.
    expected = [
        NO_PLACEHOLDER % "{name}" if "$name" in body and "{name}" in each else each for each in faults
    ]
    assert words.faults(Text("Subject", body)) == ({"body": expected} if expected else {})
    if expected:
        with pytest.raises(WordsRefused):
            save_text(words, "en", Text("Subject", body), by=hr)
        assert not MailText.objects.exists()


@pytest.mark.parametrize(
    ("subject", "faults"),
    [
        ("{survey}, {closes_on}", []),
        (" ", ["Please fill this in."]),
        ("A\r\nBcc: eve@example.org", ["A subject is one line of plain text."]),
        ("A\nB", ["A subject is one line of plain text."]),
        ("A\u2028B", ["A subject is one line of plain text."]),
        ("Go {link}", ["The link belongs into the text."]),
        ("{survey.id}", [NOT_ALONE % "{survey.id}"]),
        ("x" * (LONGEST_SUBJECT + 1), [f"Write at most {LONGEST_SUBJECT} characters."]),
    ],
)
def test_faults_of_a_subject(subject: str, faults: list[str]) -> None:
    found = find_words(INVITATION).faults(Text(subject, HEAD + "{link}"))
    assert found == ({"subject": faults} if faults else {})


def test_what_a_placeholder_stands_for_is_not_looked_at_again() -> None:
    values = {"survey": "{link} {organisation} %s {{ 7 }}", "organisation": "A\\1", "link": "http://x/"}
    assert fill("{survey}|{organisation}", values) == "{link} {organisation} %s {{ 7 }}|A\\1"
    assert fill_line("{survey}", {"survey": "A\r\nBcc: x"}) == "A Bcc: x"
    layout = lay_out("{survey}\n\n{survey}\n\ngo {link} on", values)
    assert (layout.heading, layout.beside_link) == ("{link} {organisation} %s {{ 7 }}", ("go ", " on"))


def test_paragraphs_are_parted_by_empty_lines() -> None:
    layout = lay_out("Head\nline\n \t\nOne\ntwo\n\n\n\n{link}\n\nAfter", {"link": "x"})
    assert (layout.heading, layout.before, layout.after) == ("Head\nline", ["One\ntwo"], ["After"])
    assert layout.link_stands_alone


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


def sent(message: Message) -> EmailMessage:
    source = compose(message, find_kind(message.kind), recipient_of(message)).source
    return message_from_bytes(source, policy=policy.default)


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


# --- The pages ----------------------------------------------------------------------------------------------
def typed(**changes: str) -> dict[str, str]:
    return {"subject": OWN.subject, "body": OWN.body, **changes}


def test_hr_words_a_mail_looks_at_it_and_takes_it_back(hr: Person) -> None:
    client, url = client_of(hr), address("edit", language="de")
    assert client.post(address("look", language="de"), typed(subject="Nur geschaut")).status_code == 200
    assert not MailText.objects.exists()
    assert client.post(url, typed()).headers["Location"] == url
    assert MailText.objects.get().body == OWN.body
    page = client.get(url)
    assert (page.context["is_own"], page.context["form"]["body"].value()) == (True, OWN.body)
    assert "Dear colleague" in client.get(address("html", INVITATION, "de", "dark")).content.decode()
    listed = client.get(reverse("notifications:mail-text-list")).context["rows"]
    own = [(words.name, code) for words, languages in listed for code, _label, is_own in languages if is_own]
    assert own == [(INVITATION, "de")]
    assert client.post(address("reset", language="de")).status_code == 302
    assert client.get(url).context["is_own"] is False


def test_the_words_of_one_language_are_not_saved_for_another(hr: Person) -> None:
    """Whoever reads the portal in English words the German mail."""
    save_text(find_words(INVITATION), "de", OWN, by=hr)
    html = client_of(hr).get(address("edit", language="de")).content.decode()
    for page in ("edit", "look", "test", "reset"):
        assert f'action="{address(page, language="de")}"' in html
        assert f'action="{address(page, language="en")}"' not in html
    assert 'lang="de" dir="auto"' in html


def test_looking_shows_what_was_typed_and_keeps_it(hr: Person) -> None:
    page = client_of(hr).post(address("look"), typed(body="Hello <b>\n\nSee {survey}.\n\n{link}"))
    html = page.content.decode()
    assert "See How we work together." in html
    assert "Hello &lt;b&gt;" in html
    assert page.context["form"]["body"].value() == "Hello <b>\n\nSee {survey}.\n\n{link}"
    assert "Not saved yet" in html


@pytest.mark.parametrize("page", ["edit", "look"])
def test_what_cannot_be_sent_is_said_beside_its_field(hr: Person, page: str) -> None:
    answer = client_of(hr).post(address(page), typed(subject="{secret}", body="No way on"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"subject": [NO_PLACEHOLDER % "{secret}"], "body": [ONCE]}
    assert answer.context["form"]["body"].value() == "No way on"
    assert not MailText.objects.exists()


def test_the_second_of_two_tabs_is_told(hr: Person) -> None:
    client = client_of(hr)
    opened = client.get(address("edit")).context["form"]["as_opened"].value()
    assert client.post(address("edit"), typed(as_opened=opened)).status_code == 302
    answer = client.post(address("edit"), typed(as_opened=opened, subject="Mine"))
    assert answer.status_code == 422
    assert "differ from what is stored in: Subject." in answer.content.decode()
    again = answer.context["form"]["as_opened"].value()
    assert client.post(address("edit"), typed(as_opened=again, subject="Mine")).status_code == 302
    assert MailText.objects.get().subject == "Mine"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_shown_in_both_themes_under_the_policy(
    hr: Person, name: str, language: str, theme: str
) -> None:
    answer = client_of(hr).get(address("html", name, language, theme))
    html = answer.content.decode()
    assert (f'content="{theme}"' in html, f'lang="{language}"' in html) == (True, True)
    assert {"light": "@media print {", "dark": "@media screen {"}[theme] in html
    assert "'sha256-" in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "language"),
    [("no.such", "en"), (INVITATION, "fr"), (INVITATION, "EN"), (EXAMPLE, "en"), ("../x", "en")],
)
def test_what_is_no_mail_is_not_there(hr: Person, name: str, language: str) -> None:
    for page in ("edit/", "look/", "html/", "light/", "test/", "reset/", ""):
        for method in ("get", "post"):
            path = f"/settings/mails/{name}/{language}/{page}".replace("edit/", "")
            assert getattr(client_of(hr), method)(path).status_code in {404, 405}


def test_a_test_goes_to_whoever_asks_and_to_nobody_else(hr: Person) -> None:
    save_text(find_words(INVITATION), "de", OWN, by=hr)
    client = client_of(hr)
    for _again in range(2):
        assert client.post(address("test", language="de")).status_code == 302
    message = Message.objects.get()
    assert (message.kind, message.person, message.language) == (EXAMPLE, hr, "de")
    assert message.context == {"words": INVITATION}
    mail = sent(message)
    assert mail["Subject"].endswith("Brightwater writes")
    assert mail["To"].addresses[0].addr_spec == hr.email
    assert (mail["List-Unsubscribe"], mail["Content-Language"]) == (None, "de")
    html = mail.get_body(("html",))
    assert html is not None
    assert "/a/.../" in html.get_content()
    assert find_kind(EXAMPLE).still_wanted(message)
    Person.objects.update(is_active=False)
    message.refresh_from_db()
    assert not find_kind(EXAMPLE).still_wanted(Message.objects.select_related("person").get())


def test_the_words_are_hrs_alone(administrator: Person, employee: Person) -> None:
    for person in (administrator, employee):
        client = client_of(person)
        assert client.get(reverse("notifications:mail-text-list")).status_code == 403
        assert client.post(address("edit"), typed()).status_code == 403
        assert client.post(address("test")).status_code == 403
    assert not Message.objects.exists()


def test_every_text_there_is_can_be_typed(hr: Person, shared_data: Path) -> None:
    """Whatever is typed is saved or refused beside its field, and shown again without harm."""
    client = client_of(hr)
    texts: list[str] = json.loads((shared_data / "texts/blns.json").read_text("utf-8"))
    for text in texts[::6]:
        data: dict[str, Any] = {"subject": f"s {text}"[:150], "body": f"h {text}\n\n{{link}}"}
        answer = client.post(address("edit"), data)
        assert answer.status_code in {302, 422}
        if answer.status_code == 422:
            assert set(answer.context["form"].errors) <= {"subject", "body"}
            assert re.search(r"[{}]", text)
        assert client.get(address("edit")).status_code == 200
        assert client.get(address("html", INVITATION, "en", "light")).status_code == 200


def test_the_list_costs_the_same_however_many_are_own(hr: Person, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    urls = [reverse("notifications:mail-text-list"), address("edit")]
    at_none = statements(client_of(hr), urls)
    for name in NAMES:
        for language in LANGUAGES:
            MailText.objects.create(name=name, language=language, subject=OWN.subject, body=OWN.body)
    assert statements(client_of(hr), urls) == at_none
    assert max(at_none.values()) <= 8


def test_a_mail_asks_for_its_words_once(
    hr: Person, put: Callable[..., Message], django_assert_max_num_queries: Any
) -> None:
    message = put(person=hr, kind="people.set_password")
    recipient = recipient_of(message)
    with django_assert_max_num_queries(1):
        compose(message, find_kind(message.kind), recipient)
    assert message.due == NOW
