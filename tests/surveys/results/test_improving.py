""" "You said, we did": who writes it, who reads it, who hears of it, and what it may not quote."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common.models import AuditEntry
from customers.models import Contact, ExternalOrganisation
from notifications.models import Message, Notice
from people.models import Person, Team
from surveys.domain.counting.withholding import withhold
from surveys.domain.mailing.linking import answer_path
from surveys.domain.results import improving
from surveys.domain.results.improving import QuotesWithheld
from surveys.models import Comment, Improvement, Invitation, Wave
from tests.surveys.browsing import browser_of
from tests.surveys.earlier import answer, close, make_row
from tests.surveys.factories import QUESTIONNAIRE, make_hr, make_people, make_person, make_wave

pytestmark = pytest.mark.django_db

TREE = {1: None, 2: 1, 3: 1, 4: 2}
INVITED = {1: 2, 2: 6, 3: 7, 4: 8}
NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def wave() -> Wave:
    return make_row(1, groups=TREE, invited=INVITED)[0]


def written(wave: Wave, code: int = 1, **fields: Any) -> Improvement:
    defaults = {"said": "Too many meetings", "done": "None on Fridays any more."}
    return Improvement.objects.create(wave=wave, group_code=code, **{**defaults, **fields})


def shown(wave: Wave, code: int = 1, **fields: Any) -> Improvement:
    one = written(wave, code, **fields)
    improving.show(one, by=make_hr(), today=TODAY, now=NOW)
    one.refresh_from_db()
    return one


def asked_in(wave: Wave, code: int) -> Person:
    person = wave.invitations.filter(group_code=code).select_related("person")[0].person
    assert person is not None
    return person


# --- Who reads it -------------------------------------------------------------------------------------------
def test_a_draft_is_read_by_nobody_who_was_asked(wave: Wave) -> None:
    written(wave)
    assert improving.told_to(asked_in(wave, 4)) == []


def test_it_reaches_those_asked_in_the_group_and_below(wave: Wave) -> None:
    one = shown(wave, 2)
    reached = {code: improving.told_to(asked_in(wave, code)) for code in TREE}
    assert reached == {1: [], 2: [one], 3: [], 4: [one]}
    assert improving.told_to(make_person()) == []


def test_it_stands_on_my_surveys(wave: Wave) -> None:
    shown(wave, said="<b>Meetings</b>")
    content = browser_of(asked_in(wave, 4)).get("/my-surveys/").content.decode()
    assert "What became of your answers" in content
    assert "&lt;b&gt;Meetings&lt;/b&gt;" in content
    assert "What became" not in browser_of(make_person()).get("/my-surveys/").content.decode()


def test_it_says_which_question_it_is_about() -> None:
    """In the reader's words, to those asked and on the results page."""
    german = replace(QUESTIONNAIRE, translations={"de": {"listens.text": "Hört zu."}})
    (wave,) = make_row(1, groups=TREE, invited=INVITED, questionnaire=german)
    shown(wave, question_key="listens")
    shown(wave, said="Of old", question_key="gone")
    person = asked_in(wave, 4)
    assert {one.said: one.title for one in improving.told_to(person)} == {
        "Too many meetings": "My lead listens.",
        "Of old": "",
    }
    for client, path in (
        (browser_of(person), "/my-surveys/"),
        (browser_of(make_hr()), f"/waves/{wave.pk}/results/2/"),
    ):
        page = client.get(path).content.decode()
        about = page[page.index('<p class="cp-row-why">', page.index("Too many meetings")) :][:600]
        assert "My lead listens." in about
    with translation.override("de"):
        assert improving.told_to(person)[1].title == "Hört zu."


def test_a_changed_address_reads_nothing(wave: Wave) -> None:
    """S8: who was asked is told by the address that was asked."""
    shown(wave)
    person = asked_in(wave, 1)
    person.email = "somebody.else@example.com"
    person.save()
    assert improving.told_to(person) == []


def test_it_stands_behind_the_link_of_a_contact_and_says_nothing_of_who_answered() -> None:
    organisation = ExternalOrganisation.objects.create(name="Ferry line")
    wave = make_wave(audience=Wave.Audience.CONTACTS)
    contacts = [
        Contact.objects.create(organisation=organisation, name=name, email=f"{name}@ferry.example")
        for name in ("ann", "bob")
    ]
    Invitation.objects.bulk_create(
        Invitation(wave=wave, contact=one, address=one.email, group_code=1, language="en") for one in contacts
    )
    answer(wave, (3, 4, 5))
    Invitation.objects.filter(contact=contacts[0]).update(answered=False)
    close(wave)
    pages = {one.name: page_behind_link(one) for one in contacts}
    assert not any("Meetings" in page for page in pages.values())
    shown(wave, said="Meetings")
    pages = {one.name: page_behind_link(one) for one in contacts}
    assert all("Meetings" in page for page in pages.values())
    assert not Message.objects.exclude(person__isnull=False).exists()


def page_behind_link(contact: Contact) -> str:
    invitation = Invitation.objects.get(contact=contact)
    client = Client()
    return client.get(answer_path(invitation.handle, 0), follow=True).content.decode()


def test_an_open_wave_says_nothing_behind_its_links() -> None:
    """A text that somehow stands before the close is not shown either."""
    wave = make_wave()
    written(wave, shown_on=TODAY)
    invitation = wave.invitations.select_related("wave")[0]
    assert improving.told_behind(invitation) == []
    assert invitation.person is not None
    assert improving.told_to(invitation.person) == []


# --- Who hears of it ----------------------------------------------------------------------------------------
def test_those_asked_hear_of_it_once_a_wave(wave: Wave) -> None:
    shown(wave, 2)
    told = set(Notice.objects.values_list("person", flat=True))
    asked = set(wave.invitations.filter(group_code__in=[2, 4]).values_list("person", flat=True))
    assert told == asked
    shown(wave, 1, said="Once more")
    everybody = set(wave.invitations.values_list("person", flat=True))
    assert sorted(Notice.objects.values_list("person", flat=True)) == sorted(everybody)
    assert Message.objects.count() == len(everybody)


def test_showing_it_twice_tells_once(wave: Wave) -> None:
    one, hr = written(wave), make_hr()
    assert improving.show(one, by=hr, today=TODAY, now=NOW)
    assert not improving.show(one, by=hr, today=TODAY, now=NOW)
    assert AuditEntry.objects.filter(action="improvement.shown").count() == 1


def test_the_notice_says_what_was_heard_and_leads_to_it(wave: Wave) -> None:
    one = shown(wave, 4)
    person = asked_in(wave, 4)
    notice = Notice.objects.get(person=person)
    words = improving.notices([notice])[notice.pk]
    assert (words.title, words.why, words.path) == (
        "What became of “Wave 1”",
        "Too many meetings",
        "/my-surveys/#became",
    )
    improving.take_back(one, by=make_hr())
    assert improving.notices([notice]) == {}


def test_its_mail_is_never_urgent_and_hidden_from_operators(wave: Wave) -> None:
    shown(wave)
    message = Message.objects.select_related("person")[0]
    assert message.confidential
    assert message.priority == 4
    assert improving.still_wanted(message)
    assert improving.render(message).context["improvement"].said == "Too many meetings"
    Improvement.objects.update(shown_on=None)
    assert not improving.still_wanted(message)


# --- What it may not quote ----------------------------------------------------------------------------------
WITHHELD = "Karin from the front desk shouts at everybody, every morning."


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (WITHHELD, True),
        ("Somebody wrote: “karin from the  FRONT desk shouts”.", True),
        ("The front desk has a new rota.", False),
        ("At everybody's wish every morning begins later.", False),
    ],
)
def test_no_withheld_comment_is_quoted(wave: Wave, text: str, refused: bool) -> None:
    Comment.objects.create(wave=wave, question_key="hear", group_code=1, text=WITHHELD, withheld=True)
    one = Improvement(wave=wave, said="Heard", done=text)
    if refused:
        with pytest.raises(QuotesWithheld):
            improving.write(one, by=make_hr())
        assert not Improvement.objects.exists()
    else:
        assert improving.write(one, by=make_hr()).pk


def test_short_words_are_nobodys_quotation(wave: Wave) -> None:
    Comment.objects.create(wave=wave, question_key="hear", group_code=1, text="No.", withheld=True)
    assert improving.write(Improvement(wave=wave, said="No meetings", done="Done"), by=make_hr()).pk


def test_a_comment_withheld_later_takes_its_quotation_along(wave: Wave) -> None:
    comment = Comment.objects.create(wave=wave, question_key="hear", group_code=1, text=WITHHELD)
    quoting, other = shown(wave, done=f"We heard: {WITHHELD}"), shown(wave)
    withhold(comment, by=make_hr())
    assert list(Improvement.objects.filter(shown_on__isnull=False)) == [other]
    with pytest.raises(QuotesWithheld):
        improving.show(quoting, by=make_hr(), today=TODAY, now=NOW)


# --- Pages --------------------------------------------------------------------------------------------------
def test_hr_writes_shows_takes_back_and_deletes(wave: Wave) -> None:
    hr = make_hr()
    client = browser_of(hr)
    path = f"/waves/{wave.pk}/results/2/done/new/"
    assert client.post(path, {"said": "", "done": ""}).status_code == 422
    sent = client.post(path, {"said": "Meetings", "done": "Fewer.", "question_key": "listens"})
    assert sent["Location"] == f"/waves/{wave.pk}/results/2/#done"
    one = Improvement.objects.get()
    assert (one.group_code, one.question_key, one.by, one.shown_on) == (2, "listens", hr, None)
    client.post(f"/waves/done/{one.pk}/edit/", {"said": "Long meetings", "done": "Fewer."})
    client.post(f"/waves/done/{one.pk}/show/")
    one.refresh_from_db()
    assert (one.said, one.shown_on is not None) == ("Long meetings", True)
    client.post(f"/waves/done/{one.pk}/hide/")
    client.post(f"/waves/done/{one.pk}/delete/")
    assert not Improvement.objects.exists()
    actions = list(AuditEntry.objects.filter(actor=hr).order_by("pk").values_list("action", flat=True))
    assert actions == [
        "improvement.written",
        "improvement.written",
        "improvement.shown",
        "improvement.hidden",
        "improvement.deleted",
    ]


def test_a_withheld_comment_is_refused_kindly(wave: Wave) -> None:
    Comment.objects.create(wave=wave, question_key="hear", group_code=1, text=WITHHELD, withheld=True)
    client = browser_of(make_hr())
    response = client.post(f"/waves/{wave.pk}/results/1/done/new/", {"said": "Heard", "done": WITHHELD})
    assert response.status_code == 422
    assert b"These words stand in a comment that was withheld" in response.content


def test_a_lead_writes_for_their_group_alone(wave: Wave) -> None:
    then, today = make_people(2)
    wave.groups.filter(code=2).update(lead=then)
    wave.groups.filter(code=3).update(team=Team.objects.create(name="South", lead=today))
    codes = {
        person: [
            code
            for code in TREE
            if browser_of(person).get(f"/waves/{wave.pk}/results/{code}/done/new/").status_code == 200
        ]
        for person in (then, today)
    }
    assert codes == {then: [2, 4], today: [3]}
    one = written(wave, 1)
    assert browser_of(then).post(f"/waves/done/{one.pk}/show/").status_code == 404


def test_drafts_of_one_group_stand_on_no_other_page(wave: Wave) -> None:
    written(wave, 1, said="Draft of all")
    shown(wave, 1, said="Shown to all")
    written(wave, 2, said="Draft of two")
    client = browser_of(make_hr())
    page = client.get(f"/waves/{wave.pk}/results/2/").content.decode()
    assert [words in page for words in ("Draft of all", "Shown to all", "Draft of two")] == [
        False,
        True,
        True,
    ]


def test_my_surveys_cost_the_same_with_one_text_and_with_thirty() -> None:
    counts = []
    for number in (1, 30):
        wave = make_row(1, groups=TREE, invited=INVITED)[0]
        for _ in range(number):
            written(wave, 2, shown_on=TODAY, question_key="listens")
        client = browser_of(asked_in(wave, 4))
        client.get("/my-surveys/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/my-surveys/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
