"""Every page, as those who may see it, and every mail, in a language that brackets what was translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone

from common.importing import staging
from common.models import ImportFile
from common.working_time import next_free_days
from culture_portal.signing_in.mail import CHANGES
from notifications.domain import digesting
from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.domain.wording import EXAMPLE
from notifications.kinds import find_kind, known_kinds, known_words
from notifications.models import Message
from people.models import ImportRun
from surveys.domain.following_up import asking_again, telling_owners
from surveys.domain.following_up.telling_owners import Why
from surveys.domain.mailing import reminding, trial_mails
from surveys.domain.repeating import telling_of_series
from surveys.domain.results import improving
from surveys.languages import LANGUAGES
from surveys.models import FollowUp, Improvement, Invitation
from tests.authz.table import TABLE, Line, Seen
from tests.authz.visiting import Visitors, undone
from tests.authz.world import Role, World
from tests.common.pseudo import pieces_of, speaking_pseudo, unbracketed

pytestmark = pytest.mark.django_db

CODE = "eo"
# Each sees pages of their own; the others see what these see.
READERS = (
    Role.ANONYMOUS,
    Role.RESPONDENT,
    Role.RESPONDENT_USED,
    Role.EMPLOYEE,
    Role.MANAGER,
    Role.READER,
    Role.HR,
    Role.ADMINISTRATOR,
)
SENT: dict[str, Any] = {"data": b"sent=1", "content_type": "application/x-www-form-urlencoded"}
# Of the world's mails and files, and the portal's own name.
OTHER_DATA = ["Culture Portal", "Brightwater", "people.csv", "Your invitation", "Subject", "[[subject]]"]

# In their own words, and those that the framework has no translation of.
LANGUAGE_NAMES = [*(each.name for each in LANGUAGES.values()), "Norwegian Bokmal"]
# Pages in the language their address or their frame names.
NOT_IN_OURS = {"notifications:mail-text-html", "surveys:wave-words-html", "surveys:survey-preview-page"}


@pytest.fixture(scope="module")
def pseudo_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with speaking_pseudo(CODE, tmp_path_factory.mktemp("locale")):
        yield


@pytest.fixture
def data(world: World, pseudo_portal: None) -> re.Pattern[str]:
    """Every text of the database."""
    # Public holidays come from a library, in the languages it knows.
    free_days = next_free_days(settings.PORTAL_COUNTRY, after=timezone.localdate(), count=99, language="en")
    texts = {*OTHER_DATA, *(day.name for day in free_days), *LANGUAGE_NAMES}
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, models.Field)]
        for row in model._default_manager.all().values(*[field.attname for field in fields]):
            for value in row.values():
                texts |= set(_texts_in(value))
    for run in (*ImportFile.objects.all(), *ImportRun.objects.all()):
        if run.packed:
            grid = staging.grid_of(run)
            texts |= {*grid.headings, *(cell for _number, cells in grid.lines for cell in cells)}
    texts |= {" ".join(text.split()) for text in texts}
    lines = {line.strip() for text in texts for line in text.splitlines()}
    known = sorted(
        {text for text in texts | lines if re.search(r"[^\W\d_]{2,}", text)}, key=len, reverse=True
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(text) for text in known)})(?!\w)")


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner)


def _visit(visitors: Visitors, role: Role, method: str, url: str) -> Any:
    client = visitors.client(role)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = CODE
    client.cookies["answer-language"] = CODE
    request = SENT if method == "POST" else {}
    return client.generic(method, url, headers={"accept-language": CODE}, **request)


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_no_page_says_anything_untranslated(
    line: Line, world: World, visitors: Visitors, data: re.Pattern[str]
) -> None:
    url = line.url(world)
    if line.name in NOT_IN_OURS:
        pytest.skip("this is in the language its address names")
    wrong: dict[str, list[str]] = {}
    looked_at: set[tuple[str, Seen]] = set()
    for role in READERS:
        for method in ("GET", "POST"):
            expected = line.expected(role, method)
            if expected in {Seen.SIGN_IN, Seen.GONE, Seen.METHOD} or (
                method == "POST" and expected is Seen.OK
            ):
                continue
            # What is not for somebody looks the same to all of them.
            if expected is Seen.FORBIDDEN and (method, expected) in looked_at:
                continue
            looked_at.add((method, expected))
            with undone():
                response = _visit(visitors, role, method, url)
            if found := _words_of(response, data):
                wrong[f"{role}, {method}"] = found
    assert not wrong, wrong


def _words_of(response: Any, data: re.Pattern[str]) -> list[str]:
    kind = response.headers.get("Content-Type", "")
    if response.status_code in {301, 302} or not kind.startswith("text/"):
        return []
    text = response.content.decode(response.charset)
    if kind.startswith("text/html"):
        return unbracketed(pieces_of(text), data)
    return unbracketed(text.splitlines(), data)


@pytest.mark.parametrize("url", ["/no/such/page/", "/a/one/two/three/", "/surveys/999999999/", "/?lang=%FF"])
def test_no_refusal_says_anything_untranslated(
    url: str, world: World, visitors: Visitors, data: re.Pattern[str]
) -> None:
    for role in (Role.ANONYMOUS, Role.HR):
        assert _words_of(_visit(visitors, role, "GET", url), data) == []


def test_the_page_of_a_lost_form_token_is_translated(
    world: World, visitors: Visitors, data: re.Pattern[str]
) -> None:
    client = visitors.client(Role.HR, enforce_csrf_checks=True)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = CODE
    response = client.post("/surveys/new/", {})
    assert response.status_code == 403
    assert _words_of(response, data) == []


# What messages of a kind carry, beside those that carry nothing.
CONTEXTS: dict[str, list[dict[str, Any]]] = {
    "people.confirm_address": [{"stamp": 0}],
    "people.second_factor": [{"change": change} for change in CHANGES],
}


def _asked_again(world: World) -> dict[str, Any]:
    """Where the follow-up of the world was closed, and its day has come."""
    now = timezone.now()
    follow_up = FollowUp.objects.filter(pk=world["follow_up"])
    follow_up.update(
        state=FollowUp.State.CLOSED,
        contacted_at=now,
        closed_at=now,
        cause=world["cause"],
        done="New timetable",
        ask_again_at=now,
    )
    wave = asking_again.ask_again(pk=int(world["follow_up"]), now=now)
    assert wave is not None
    return {"invitation": wave.invitations.get().pk, "wave": wave.pk, "anonymous": 0}


def _told_what_became(world: World) -> dict[str, Any]:
    Improvement.objects.filter(pk=world["improvement"]).update(shown_on=timezone.localdate())
    return {"wave": int(world["closed_wave"]), "anonymous": 1}


def _messages(world: World) -> Iterator[Message]:
    """At least one of each kind, as the portal would have queued it."""
    person = world.people[Role.EMPLOYEE]
    invitation = Invitation.objects.filter(wave_id=world["open_wave"]).latest("pk")
    of_wave = {"invitation": invitation.pk, "wave": invitation.wave_id, "anonymous": 1}
    of_kind = CONTEXTS | {
        reminding.INVITATION: [of_wave],
        reminding.REMINDER: [of_wave],
        telling_owners.KIND: [{"follow_up": int(world["follow_up"]), "why": why.value} for why in Why],
        telling_owners.STUCK: [{"follow_up": int(world["follow_up"])}],
        asking_again.KIND: [_asked_again(world)],
        improving.KIND: [_told_what_became(world)],
        trial_mails.TRIAL: [{"wave": int(world["draft_wave"]), "step": step} for step in (0, 1)],
        telling_of_series.KIND: [
            {"wave": int(world["draft_wave"]), "what": what.value, "series": int(world["series"])}
            for what in telling_of_series.What
        ],
        EXAMPLE: [{"words": words.name} for words in known_words()],
    }
    assert set(of_kind) <= set(known_kinds())
    for kind in known_kinds():
        for number, context in enumerate(of_kind.get(kind, [{}])):
            yield Message(
                key=f"word:{kind}:{number}",
                message_id=f"<{kind}.{number}@example.org>",
                kind=kind,
                person=person,
                address=person.email,
                language=CODE,
                due=timezone.now(),
                context=context,
                step=int(kind == reminding.REMINDER),
            )


def test_no_mail_says_anything_untranslated(world: World, data: re.Pattern[str]) -> None:
    wrong = {}
    messages = list(_messages(world))
    Message.objects.bulk_create(messages)
    digest = Message.objects.get(kind=digesting.KIND)
    asked = Message.objects.filter(kind__in=[reminding.INVITATION, reminding.REMINDER])
    asked.update(state=Message.State.CARRIED, digest=digest)
    for message in messages:
        name = f"{message.kind} {message.context}"
        letter = compose(message, find_kind(message.kind), recipient_of(message))
        mail = message_from_bytes(letter.source, policy=policy.default)
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None, name
        assert html is not None, name
        said = [str(mail["Subject"]), *pieces_of(html.get_content())]
        said += text.get_content().splitlines()
        if found := unbracketed(said, data):
            wrong[name] = found
    assert wrong == {}
