"""The pages on which HR words a mail, looks at it, sends themselves one, and takes it back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from notifications.domain.wording import EXAMPLE, save_text
from notifications.kinds import find_kind, find_words
from notifications.models import MailText, Message
from people.models import Person
from tests.notifications.mail_texts import INVITATION, LANGUAGES, NAMES, NO_PLACEHOLDER, ONCE, OWN, sent
from tests.people.conftest import administrator, client_of, employee, hr, statements

__all__ = ["administrator", "employee", "hr"]

pytestmark = pytest.mark.django_db


def address(page: str, name: str = INVITATION, language: str = "en", *rest: str) -> str:
    return reverse(f"notifications:mail-text-{page}", args=[name, language, *rest])


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
