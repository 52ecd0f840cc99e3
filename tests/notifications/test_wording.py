"""What may be written into a mail, what is refused, and what becomes of placeholders and paragraphs."""

from __future__ import annotations

import pytest

from notifications.domain.wording import WordsRefused, save_text
from notifications.kinds import find_words
from notifications.models import MailText
from notifications.words import LONGEST_BODY, LONGEST_SUBJECT, Text, fill, fill_line, lay_out
from people.models import Person
from tests.notifications.mail_texts import HEAD, INVITATION, NO_PLACEHOLDER, ONCE
from tests.people.conftest import hr

__all__ = ["hr"]

pytestmark = pytest.mark.django_db
NOT_ALONE = "Between braces stands the name of a placeholder and nothing else: not %s."
BRACES = "A brace is missing or too many. Braces are for placeholders alone."


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
