"""The respondent's pages (anonymity.md S2, S6, S7, C2), driven as a browser drives them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common import links
from surveys.domain.answering import sealing
from surveys.domain.counting.revealing import forget_roster
from surveys.models import Invitation, SealedBallot, Wave
from surveys.questionnaire import Kind, Question, Questionnaire, Section
from tests.surveys.factories import HEAR, LISTENS, QUESTIONNAIRE, make_people, make_wave

GONE = "This link does not open anything"
ANSWERS = {"q-listens": "4", "q-recommend": "", "q-helps": ["words", "time"], "q-hear": "More daylight."}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_roster() -> None:
    forget_roster()


def make_open_wave(**fields: object) -> Wave:
    now = timezone.now()
    times = {"opens_at": now - dt.timedelta(days=1), "closes_at": now + dt.timedelta(days=5)}
    return make_wave(**{**times, **fields})  # type: ignore[arg-type]


def first(wave: Wave) -> Invitation:
    return wave.invitations.select_related("wave").order_by("pk")[0]


def link(invitation: Invitation) -> str:
    return f"/a/{invitation.handle}/{links.mint('answer', invitation.handle)}/"


def page(invitation: Invitation) -> str:
    return f"/a/{invitation.handle}/"


def opened(invitation: Invitation, *, client: Client | None = None) -> Client:
    """A browser that has followed the mailed link."""
    client = client or Client(enforce_csrf_checks=True)
    assert client.get(link(invitation), follow=True).status_code in {200, 404}
    return client


def send(client: Client, invitation: Invitation, **answers: object) -> object:
    data = {**(answers or ANSWERS), "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    return client.post(page(invitation), data)


def text_of(response: object) -> str:
    """Words of the page as read, without markup."""
    content = response.content.decode()  # type: ignore[attr-defined]
    body = re.sub(r"<(script|style|title).*?</\1>", " ", content, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


# --- The link -----------------------------------------------------------------------------------------------
def test_the_link_becomes_a_cookie_of_its_own_path() -> None:
    """S6"""
    invitation = first(make_open_wave())
    response = Client().get(link(invitation))
    assert (response.status_code, response["Location"]) == (302, page(invitation))
    cookie = response.cookies["answer"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (page(invitation), True, "Lax")
    assert (cookie["secure"], cookie["max-age"], cookie["expires"]) == ("", "", "")
    # Of another purpose than the link: neither opens what the other opens.
    assert cookie.value == links.mint("answer-cookie", invitation.handle)
    assert cookie.value != links.mint("answer", invitation.handle)
    assert Client().get(link(invitation), secure=True).cookies["answer"]["secure"] is True


def test_fetching_the_link_changes_nothing_however_often() -> None:
    """S6: scanners of mail fetch links, by HEAD too."""
    wave = make_open_wave()
    invitation = first(wave)
    before = list(wave.invitations.values())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert [Client().get(link(invitation)).status_code for _ in range(3)] == [302] * 3
        assert Client().head(link(invitation)).status_code == 302
    assert len(queries) == 0
    client = opened(invitation)
    assert client.head(page(invitation)).status_code == 200
    assert list(wave.invitations.values()) == before
    assert send(client, invitation).status_code == 302  # type: ignore[attr-defined]


def test_every_answering_page_is_kept_nowhere_and_tells_no_other_site() -> None:
    """S6"""
    invitation = first(make_open_wave())
    client = opened(invitation)
    pages = [
        client.get(link(invitation)),
        client.get(page(invitation)),
        client.get(f"/a/{invitation.handle}/wrong/"),
        Client().get(page(invitation)),
        client.post(page(invitation)),
        send(client, invitation),
        client.get(f"/a/{invitation.handle}/sent/wrong/"),
    ]
    for response in pages:
        assert response["Referrer-Policy"] == "no-referrer"  # type: ignore[index]
        assert "no-store" in response["Cache-Control"]  # type: ignore[index]


@pytest.mark.parametrize("changed", ["wrong", "x" * 24, "", "%00", "\U0001f41d", "a b"])
def test_a_wrong_link_an_unknown_one_and_a_lost_cookie_read_alike(changed: str) -> None:
    invitation = first(make_open_wave())
    unknown = "A" * 24
    responses = [
        Client().get(f"/a/{invitation.handle}/{changed or 'a'}/"),
        Client().get(f"/a/{unknown}/{links.mint('answer', invitation.handle)}/"),
        opened_unknown(unknown),
        Client().get(page(invitation)),
        Client().post(page(invitation), ANSWERS),
        Client(headers={"cookie": f"answer={links.mint('answer', invitation.handle)}"}).get(page(invitation)),
        Client().get(f"/a/{invitation.handle}/sent/{changed or 'a'}/"),
    ]
    assert [response.status_code for response in responses] == [404] * len(responses)
    assert len({text_of(response) for response in responses}) == 1
    assert GONE in text_of(responses[0])
    assert not SealedBallot.objects.exists()


def opened_unknown(handle: str) -> HttpResponse:
    return Client().get(f"/a/{handle}/{links.mint('answer', handle)}/", follow=True)  # type: ignore[return-value]


def test_a_link_of_one_invitation_opens_no_other() -> None:
    mine, other = make_open_wave().invitations.order_by("pk")[:2]
    client = opened(mine)
    client.cookies["answer"]["path"] = "/"
    assert client.get(page(other)).status_code == 404


def test_links_of_the_previous_key_still_open(settings: object) -> None:
    invitation = first(make_open_wave())
    address = link(invitation)
    settings.PORTAL_LINK_KEYS = ["new", *settings.PORTAL_LINK_KEYS]  # type: ignore[attr-defined]
    assert Client().get(address, follow=True).status_code == 200
    settings.PORTAL_LINK_KEYS = ["new"]  # type: ignore[attr-defined]
    assert Client().get(address, follow=True).status_code == 404


# --- What stands between ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "days", "words"),
    [
        ({"state": Wave.State.LAUNCHING}, (-1, 5), "This survey has not opened yet"),
        ({}, (1, 5), "This survey has not opened yet"),
        ({}, (-5, -1), "This survey has closed"),
        ({"state": Wave.State.CLOSING}, (-5, -1), "This survey has closed"),
        ({"state": Wave.State.CLOSED}, (-5, -1), "This survey has closed"),
    ],
)
def test_a_wave_that_takes_no_answers_says_when(
    fields: dict[str, str], days: tuple[int, int], words: str
) -> None:
    opens, closes = (timezone.now() + dt.timedelta(days=number) for number in days)
    invitation = first(make_open_wave(opens_at=opens, closes_at=closes, **fields))
    response = Client().get(link(invitation), follow=True)
    assert (response.status_code, response.templates[0].name is not None) == (200, True)
    assert words in text_of(response)
    assert "<form" not in response.content.decode()


def test_a_survey_that_closed_while_somebody_wrote_says_so_and_stores_nothing() -> None:
    wave = make_open_wave()
    invitation = first(wave)
    client = opened(invitation)
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.CLOSED)
    assert "This survey has closed" in text_of(send(client, invitation))
    assert not SealedBallot.objects.exists()


# --- The questionnaire --------------------------------------------------------------------------------------
def test_the_questionnaire_is_one_document_with_the_notice_first() -> None:
    """S7, T2"""
    invitation = first(make_open_wave())
    content = opened(invitation).get(page(invitation)).content.decode()
    order = ["Your answers are anonymous", "Everyday", "My lead listens.", "More", "What should we hear?"]
    places = [content.index(words) for words in order]
    assert places == sorted(places)
    assert content.count("data-answer-section") == len(QUESTIONNAIRE.sections)
    assert content.count('name="q-recommend"') == 12  # 0 to 10, and "I cannot say"
    assert " checked" not in content
    assert "hidden>" in content  # the buttons that only script needs


def test_the_page_brings_its_own_small_files_only() -> None:
    invitation = first(make_open_wave())
    content = opened(invitation).get(page(invitation)).content.decode()
    assert re.findall(r'(?:src|href)="/static/([^"#]*)"', content) == [
        "mark.svg",
        "build/answer.css",
        "build/answer.js",
    ]


def test_what_people_wrote_into_a_questionnaire_is_text() -> None:
    evil = "<script>alert(1)</script>"
    question = Question("q1", Kind.SCALE, evil, help=evil, low=1, high=5, low_label=evil, high_label=evil)
    questionnaire = Questionnaire(evil, evil, 1, (Section(evil, evil, (question,)),))
    invitation = first(make_open_wave(questionnaire=questionnaire, title=evil))
    content = opened(invitation).get(page(invitation)).content.decode()
    assert evil not in content
    assert content.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 9


# --- Sending ------------------------------------------------------------------------------------------------
def test_answers_are_sealed_and_thanked_for() -> None:
    wave = make_open_wave()
    invitation = first(wave)
    client = opened(invitation)
    response = send(client, invitation)
    assert response.status_code == 302  # type: ignore[attr-defined]
    assert list(sealing.open_all(wave)) == [
        sealing.Ballot(
            group_code=1,
            options={"listens": ["4"], "helps": ["time", "words"]},
            texts={"hear": "More daylight."},
        )
    ]
    # The cookie goes (S6), and the page of thanks may be loaded again without it.
    assert client.cookies["answer"]["max-age"] == 0
    del client.cookies["answer"]
    for _ in range(2):
        thanks = client.get(response["Location"])  # type: ignore[index]
        assert thanks.status_code == 200
        assert "Thank you, your answers have arrived" in text_of(thanks)
        assert f"Results come when the survey closes, on {wave.closes_at:%A} " in text_of(thanks)
    assert client.get(page(invitation)).status_code == 404


def test_a_second_answer_is_told_kindly_and_nothing_else() -> None:
    """S2"""
    wave = make_open_wave()
    invitation = first(wave)
    one, two = opened(invitation), opened(invitation)
    send(one, invitation)
    responses = [send(two, invitation, **{"q-listens": "1"}), Client().get(link(invitation), follow=True)]
    for response in responses:
        assert response.status_code == 200  # type: ignore[attr-defined]
        assert "An answer was recorded already" in text_of(response)
        assert "More daylight" not in text_of(response)
    assert SealedBallot.objects.count() == 1


def test_what_is_wrong_is_said_and_nothing_typed_is_lost() -> None:
    questionnaire = Questionnaire(
        "T",
        "",
        1,
        (Section("S", "", (LISTENS, Question("must", Kind.YES_NO, "Kept?", required=True), HEAR)),),
    )
    invitation = first(make_open_wave(questionnaire=questionnaire))
    client = opened(invitation)
    long = "so & so \u0627\u0644 " * 300
    response = send(client, invitation, **{"q-listens": "9", "q-hear": long})
    content = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert re.findall(r'<li><a href="(#[^"]*)"', content) == ["#q-listens-0", "#q-must-0", "#q-hear"]
    for target in ("q-listens-0", "q-must-0", "q-hear"):
        assert content.count(f'id="{target}"') == 1
    assert "Please choose a number from 1 to 5." in content
    assert "autofocus" in content
    assert long.strip().replace("&", "&amp;") in content
    assert not SealedBallot.objects.exists()


def test_a_lost_token_costs_nobody_their_answers() -> None:
    invitation = first(make_open_wave())
    client = opened(invitation)
    response = client.post(page(invitation), ANSWERS)
    assert response.status_code == 403
    assert "Please send once more" in text_of(response)
    assert ">\nMore daylight.</textarea>" in response.content.decode()
    assert not SealedBallot.objects.exists()
    assert send(client, invitation).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "secure", "status"),
    [
        # What browsers send from a page without referrer; see ``_TokenCheck``.
        ({"origin": "null"}, False, 302),
        ({"origin": "null"}, True, 302),
        ({}, True, 302),
        ({"origin": "http://testserver"}, False, 302),
        ({"origin": "https://elsewhere.example"}, False, 403),
        ({"origin": "https://elsewhere.example"}, True, 403),
        ({"referer": "https://elsewhere.example/a/"}, True, 403),
    ],
)
def test_an_answer_comes_from_our_own_page(headers: dict[str, str], secure: bool, status: int) -> None:
    invitation = first(make_open_wave())
    client = opened(invitation)
    token = client.cookies["csrftoken"].value
    data = {**ANSWERS, "csrfmiddlewaretoken": token}
    assert client.post(page(invitation), data, headers=headers, secure=secure).status_code == status
    assert SealedBallot.objects.count() == int(status == 302)


@pytest.mark.parametrize("origin", ["null", "http://testserver"])
def test_an_answer_without_the_right_token_is_not_taken(origin: str) -> None:
    invitation = first(make_open_wave())
    client = opened(invitation)
    wrong = {**ANSWERS, "csrfmiddlewaretoken": "x" * 64}
    assert client.post(page(invitation), wrong, headers={"origin": origin}).status_code == 403
    assert not SealedBallot.objects.exists()


@pytest.mark.parametrize("count", [999, 5000])
def test_thousands_of_fields_are_no_failure_of_ours(count: int) -> None:
    invitation = first(make_open_wave())
    client = opened(invitation)
    response = send(client, invitation, **{f"x{number}": "1" for number in range(count)}, **ANSWERS)
    expected = {999: (400, 0), 5000: (400, 0)}
    assert (response.status_code, SealedBallot.objects.count()) == expected[count]  # type: ignore[attr-defined]
    assert "That was more than this survey can take" in text_of(response)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"q-listens": 4}'),
        ("application/x-www-form-urlencoded", b"q-listens=%ff%fe&q-hear=%00%ed%a0%80"),
        ("application/x-www-form-urlencoded; charset=latin-1", b"q-listens=4"),
        ("multipart/form-data", b"no boundary"),
        ("text/plain", b"\x00" * 1000),
    ],
)
def test_a_body_that_is_no_form_stores_nothing(content_type: str, body: bytes) -> None:
    invitation = first(make_open_wave())
    client = opened(invitation)
    response = client.post(page(invitation), body, content_type=content_type)
    assert response.status_code in {400, 403}
    assert not SealedBallot.objects.exists()


def test_zero_bytes_are_no_answer_and_no_failure() -> None:
    wave = make_open_wave()
    invitation = first(wave)
    client = opened(invitation)
    send(client, invitation, **{"q-hear": "a\x00b", "q-x\x00": "1"})
    assert [ballot.texts for ballot in sealing.open_all(wave)] == [{"hear": "ab"}]


# --- Who is signed in plays no part -------------------------------------------------------------------------
def test_a_signed_in_browser_leaves_no_trace_of_its_person() -> None:
    """S6, T3: no session is read or written, and nobody's last sign-in moves."""
    person = make_people(1)[0]
    client = Client()
    client.force_login(person)
    before = (list(Session.objects.values()), person.last_login)
    wave = make_open_wave()
    invitation = first(wave)
    with CaptureQueriesContext(connection) as queries:
        opened(invitation, client=client)
        send(client, invitation)
        client.get(link(invitation), follow=True)
    touched = {
        table for table in ("django_session", "people_person") if table in str(queries.captured_queries)
    }
    assert touched == {"people_person"}
    # Of people only the names are read, for the comment, and of the invited whether the link is still theirs
    # and by which clock they live.
    asked = [
        one["sql"].split(" FROM ")[0] for one in queries.captured_queries if "people_person" in one["sql"]
    ]
    columns = set(re.findall(r'"people_person"\."(\w+)"', " ".join(asked)))
    names = {"display_name", "given_name", "family_name"}
    assert columns == names | {"is_active", "link_stamp", "time_zone"}
    person.refresh_from_db()
    assert (list(Session.objects.values()), person.last_login) == before


def test_answering_makes_no_session() -> None:
    invitation = first(make_open_wave())
    client = opened(invitation)
    send(client, invitation)
    assert (Session.objects.count(), "sessionid" in client.cookies) == (0, False)


# --- What it costs ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mode", "expected"),
    [(Wave.Mode.ANONYMOUS, (1, 5)), (Wave.Mode.IDENTIFIED, (2, 7))],
)
def test_statements_of_a_visit_are_few(mode: str, expected: tuple[int, int]) -> None:
    """At most 4 to read and 6 to send, and by name one more, which takes the notice away; beginning and
    ending a transaction is not counted."""
    wave = make_open_wave(mode=mode, readers=make_people(3))
    invitation = first(wave)
    client = opened(invitation)
    with CaptureQueriesContext(connection) as reading:
        client.get(page(invitation))
    with CaptureQueriesContext(connection) as sending:
        assert send(client, invitation).status_code == 302  # type: ignore[attr-defined]
    assert (statements(reading), statements(sending)) == expected


def statements(queries: CaptureQueriesContext) -> int:
    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return len([one for one in queries.captured_queries if not one["sql"].startswith(control)])
