"""The words of a mail that an organisation may put into its own: a subject, and a text with placeholders.

A placeholder is a name between braces, ``{survey}``, one of those the mail declares. It is replaced once, by
a regular expression: nothing somebody wrote is ever a template or a format, and what a placeholder stands for
is never looked at for others. What a mail has to say in any case (why they get it, how many more come, the
way out, what a wave promises) stands around these words and cannot be changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.forms import clean_text

if TYPE_CHECKING:
    from notifications.kinds import Mail

LONGEST_SUBJECT = 150
LONGEST_BODY = 3000
# Where the mail leads; each text holds it once.
LINK = "link"

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_EMPTY_LINES = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True)
class Text:
    """The text is plain: an empty line begins a paragraph, and the first one is the heading."""

    subject: str
    body: str


@dataclass(frozen=True)
class Placeholder:
    name: str
    meaning: str | Promise

    @property
    def written(self) -> str:
        return f"{{{self.name}}}"


@dataclass(frozen=True)
class Words:
    """What of one mail may be worded anew. ``subject`` and ``body`` are ours, translated like the interface.

    ``when`` says when it is sent; ``example`` makes the whole mail of a text, with made-up values, in the
    language that is active.
    """

    name: str
    label: str | Promise
    when: str | Promise
    subject: str | Promise
    body: str | Promise
    placeholders: Sequence[Placeholder]
    example: Callable[[Text], Mail]

    @property
    def ours(self) -> Text:
        return Text(str(self.subject), str(self.body))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(placeholder.name for placeholder in self.placeholders)

    def faults(self, text: Text) -> dict[str, list[str]]:
        """What is wrong, by field; nothing where the text may be sent."""
        found = {
            "subject": list(_faults_of_subject(text.subject, self.names)),
            "body": list(_faults_of_body(text.body, self.names)),
        }
        return {field: words for field, words in found.items() if words}


@dataclass(frozen=True)
class Layout:
    """A text filled in, for templates: plain strings, which they escape.

    ``beside_link`` is what stands before and after the link in its own paragraph.
    """

    heading: str
    before: list[str]
    beside_link: tuple[str, str]
    after: list[str]

    @property
    def link_stands_alone(self) -> bool:
        return not any(words.strip() for words in self.beside_link)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Each placeholder with its value, in one pass; a name without a value stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def fill_line(text: str, values: Mapping[str, str]) -> str:
    """For a header: whatever the values bring, one line."""
    return " ".join(fill(text, values).split())


def lay_out(body: str, values: Mapping[str, str]) -> Layout:
    """``body`` has no faults."""
    heading, *paragraphs = _paragraphs(body)
    mark = f"{{{LINK}}}"
    at = next(number for number, paragraph in enumerate(paragraphs) if mark in paragraph)
    ahead, behind = paragraphs[at].split(mark, 1)
    return Layout(
        heading=fill(heading, values),
        before=[fill(paragraph, values) for paragraph in paragraphs[:at]],
        beside_link=(fill(ahead, values), fill(behind, values)),
        after=[fill(paragraph, values) for paragraph in paragraphs[at + 1 :]],
    )


def _paragraphs(body: str) -> list[str]:
    return _EMPTY_LINES.split(body.strip())


def _faults_of_subject(subject: str, names: frozenset[str]) -> Iterator[str]:
    if not subject.strip():
        yield _("Please fill this in.")
    if len(subject) > LONGEST_SUBJECT:
        yield _("Write at most %(most)s characters.") % {"most": LONGEST_SUBJECT}
    if clean_text(subject) != subject:
        yield _("A subject is one line of plain text.")
    if f"{{{LINK}}}" in subject:
        yield _("The link belongs into the text.")
    yield from _faults_of_braces(subject, names)


def _faults_of_body(body: str, names: frozenset[str]) -> Iterator[str]:
    mark = f"{{{LINK}}}"
    if len(body) > LONGEST_BODY:
        yield _("Write at most %(most)s characters.") % {"most": LONGEST_BODY}
    if clean_text(body, lines=True) != body:
        yield _("Write plain text.")
    if body.count(mark) != 1:
        yield _("Write {link} once, where people go on.")
    elif mark in _paragraphs(body)[0]:
        yield _("Begin with a heading; the link comes in a paragraph after it.")
    yield from _faults_of_braces(body, names)


def _faults_of_braces(text: str, names: frozenset[str]) -> Iterator[str]:
    for inside in dict.fromkeys(_IN_BRACES.findall(text)):
        if inside in names:
            continue
        if inside.replace("_", "").replace(" ", "").isalpha():
            yield _("There is no placeholder %(braces)s in this mail.") % {"braces": f"{{{inside}}}"}
        else:
            yield _("Between braces stands the name of a placeholder and nothing else: not %(braces)s.") % {
                "braces": f"{{{inside}}}"
            }
    if re.search(r"[{}]", _IN_BRACES.sub("", text)):
        yield _("A brace is missing or too many. Braces are for placeholders alone.")
