"""What those who get in touch are told: who, which survey and how low; nothing else of the answers."""

from __future__ import annotations

import pytest

from notifications.models import Message, Notice
from notifications.showing import as_text
from surveys.domain.following_up import going_up, stepping, telling_owners
from surveys.models import FollowUp
from tests.surveys.factories import make_hr, make_person
from tests.surveys.following import ANSWERED, DAY, HEARD, make_cause, make_follow_up, make_followed_wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def follow_up() -> FollowUp:
    make_hr(display_name="Hana")
    boss = make_person(display_name="Boss")
    owner = make_person(display_name="Mara", manager=boss)
    return make_follow_up(owner, wave=make_followed_wave(title="How we serve you"), name="Captain Ahab")


def up(follow_up: FollowUp) -> None:
    follow_up.refresh_from_db()
    assert follow_up.goes_up_at is not None
    going_up.hand_up_late(follow_up.goes_up_at)


def mail_of(message: Message) -> str:
    mail = telling_owners.render(message)
    return f"{mail.subject}\n{as_text(mail)}"


def test_the_mail_says_who_which_survey_how_low_and_by_when(follow_up: FollowUp) -> None:
    text = mail_of(Message.objects.get())
    for said in ("Captain Ahab of Ferry line", "They answered 3 in “How we serve you”", "Monday 9 March"):
        assert said in text
    assert f"/follow-ups/{follow_up.pk}/" in text
    assert "You get this because you look after them." in text
    assert HEARD not in text


def test_the_one_above_reads_that_nobody_was_in_touch(follow_up: FollowUp) -> None:
    up(follow_up)
    text = mail_of(Message.objects.latest("pk"))
    assert "Nobody has been in touch in time. Mara was asked to." in text
    assert "you are next in line above Mara" in text


def test_hr_reads_that_something_is_stuck_and_not_of_whom(follow_up: FollowUp) -> None:
    up(follow_up)
    up(follow_up)
    message = Message.objects.get(kind=telling_owners.STUCK)
    assert telling_owners.is_still_stuck(message)
    mail = telling_owners.render_stuck(message)
    text = f"{mail.subject}\n{as_text(mail)}"
    assert "How we serve you" in text
    for name in ("Captain", "Ferry", HEARD, "answered 3"):
        assert name not in text
    words = telling_owners.stuck_notices([message])[message.pk]
    assert "Captain" not in words.title + words.why


def test_nothing_is_wanted_any_more_once_somebody_was_in_touch_or_it_went_elsewhere(
    follow_up: FollowUp,
) -> None:
    message = Message.objects.select_related("person").get()
    notice = Notice.objects.get(kind=telling_owners.KIND)
    assert telling_owners.is_still_wanted(message)
    assert telling_owners.notices([notice])[notice.pk].path == follow_up.get_absolute_url()
    mara, other = follow_up.owner, make_person()
    assert mara is not None
    stepping.hand_over(follow_up=follow_up, to=other, by=mara, now=ANSWERED)
    assert not telling_owners.is_still_wanted(message)
    assert telling_owners.notices([notice]) == {}
    stepping.hand_over(follow_up=follow_up, to=mara, by=other, now=ANSWERED)
    at = ANSWERED + DAY
    stepping.record_contact(follow_up=follow_up, at=at, channel="mail", by=mara, now=at)
    assert not telling_owners.is_still_wanted(message)
    assert telling_owners.notices([notice]) == {}


def test_whoever_takes_over_after_the_first_contact_is_told_too(follow_up: FollowUp) -> None:
    mara, otto = follow_up.owner, make_person(display_name="Otto")
    assert mara is not None
    at = ANSWERED + DAY
    stepping.record_contact(follow_up=follow_up, at=at, channel="mail", by=mara, now=at)
    stepping.hand_over(follow_up=follow_up, to=otto, by=mara, now=at)
    message = Message.objects.latest("pk")
    notice = Notice.objects.latest("pk")
    assert (message.person, notice.person) == (otto, otto)
    assert telling_owners.is_still_wanted(message)
    assert telling_owners.notices([notice])[notice.pk].title.startswith("What was done for Captain Ahab")
    text = mail_of(message)
    assert "Please see it through: Captain Ahab" in text
    assert "Somebody has been in touch with them already." in text
    assert "Get in touch by" not in text
    stepping.close(follow_up=follow_up, done="Refunded.", cause=make_cause(), by=otto, now=at)
    assert not telling_owners.is_still_wanted(message)
    assert telling_owners.notices([notice]) == {}
