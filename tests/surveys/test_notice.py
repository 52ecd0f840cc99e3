"""What a respondent reads first is made from the wave's settings (anonymity.md T2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from people.models import Person
from surveys.models import Wave
from surveys.notice import notice_for

CLOSES = dt.datetime(2026, 12, 4, 17, 0, tzinfo=dt.UTC)


ANONYMOUS = """
We store your answers without your name, address or time, sealed until the survey closes on Friday 4
December 2026, 17:00 GMT. Then they are counted, and the answer sheets are destroyed.

That an answer came through your link is stored, so that it counts once and reminders stop. No page
shows it to anybody.

Figures are broken down by team, and by nothing else.

Comments appear only where at least 10 people answered, word for word, in random order and apart
from all other answers.

After the close managers see the figures of the teams they lead, and HR those of all teams. Until
then nobody sees more than how large a share has answered, for groups of 20 or more.

If fewer than 5 people answer, all answers are destroyed unread. The closing day will not move.

You send once. Nobody can change or find your answers afterwards, and neither can you.

We cannot protect you from somebody who controls the running server or its programs, from 4 people
of your group who put their own answers together, or from what you write about yourself in a
comment. Asking nearly the same people the same question again is refused within 30 days; over
longer times, or with other words, comparing can still narrow down who answered what.
"""
BY_NAME = """
They see your answers as soon as you send them, with your name and the time, and figures over all
answers. Each time they open the named answers is recorded.

There is no smallest group: a figure may stand for you alone.

You can answer until Friday 4 December 2026, 17:00 GMT.

You send once and cannot change your answers here afterwards; those who read them can help.

Whoever runs the server can read the answers too. We use them for this survey and for getting back
to you.
"""


FOLLOWED = """
If you answer 6 or less to the question this is about, somebody gets in touch with you within 2 working
days: whoever looks after your organisation, or Fay. They read all your answers then, as does whoever
they hand it over to, and their manager if nobody has been in touch in time.

About 10 working days after it was put right we ask you that one question again.
"""


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def wave(**fields: Any) -> Wave:
    return Wave(**{"title": "Pulse", "k": 5, "audience": "everyone", "closes_at": CLOSES, **fields})


def words(**fields: Any) -> str:
    notice = notice_for(wave(**fields))
    return " ".join([notice.title, notice.summary, *notice.points])


def test_an_anonymous_wave_in_full() -> None:
    """T2: mode, k, breakdown, who sees what and when, what we cannot defend against."""
    notice = notice_for(wave())
    assert (notice.anonymous, notice.readers) == (True, ())
    assert notice.title == "Your answers are anonymous"
    assert notice.summary == (
        "Neither your manager nor HR can link an answer to you. Figures appear only for groups of 5 or more."
    )
    assert notice.points == paragraphs(ANONYMOUS)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"k": 8}, "groups of 8 or more"),
        ({"k": 8}, "from 7 people of your group"),
        ({"k": 12}, "at least 12 people answered"),
        ({"k": 12}, "If fewer than 12 people answer"),
        ({"breakdown": "location"}, "by team, and by location where each part has 5 people or more."),
        ({"breakdown": "country", "k": 9}, "by team, and by country where each part has 9 people or more."),
        (
            {"breakdown": "attribute:7", "breakdown_name": "Contract"},
            "by team, and by “Contract” where each part has 5 people or more. By nothing else.",
        ),
        ({"extension_days": 1}, "may be moved once, for everybody, by 1 day."),
        ({"extension_days": 7}, "may be moved once, for everybody, by 7 days."),
        ({"extension_days": 7, "extended": True}, "was moved once, for everybody; it will not move again."),
        ({"audience": "contacts"}, "broken down by organisation, and by nothing else."),
        ({"audience": "contacts"}, "HR sees the figures, and whoever looks after your organisation those of"),
    ],
)
def test_each_setting_changes_the_words(fields: dict[str, Any], said: str) -> None:
    assert said in words(**fields)
    assert said not in words()


def test_comments_want_ten_where_k_is_smaller() -> None:
    """C1"""
    assert "Comments appear only where at least 10 people answered" in words(k=8)


def test_a_wave_by_name_names_its_readers_and_promises_no_anonymity() -> None:
    notice = notice_for(wave(mode="identified"), readers=["Rita Reader", "Sam"])
    assert (notice.anonymous, notice.readers) == (False, ("Rita Reader", "Sam"))
    assert notice.title == "Your answers carry your name"
    assert notice.summary == "This survey is not anonymous. Those named here read what you answer."
    assert notice.points == paragraphs(BY_NAME)


def test_a_wave_that_follows_up_says_who_gets_in_touch_and_reads() -> None:
    settings = {
        "mode": "identified",
        "audience": "contacts",
        "follow_up_question": "recommend",
        "follow_up_limit": 6,
        "follow_up_owner": Person(display_name="Fay"),
    }
    notice = notice_for(wave(**settings), readers=["Rita Reader"])
    assert notice.points[1:3] == paragraphs(FOLLOWED)
    assert notice.summary.endswith("After a low score whoever gets in touch with you reads it too.")
    never = notice_for(wave(**settings, ask_again_days=0), readers=["Rita Reader"])
    assert never.points[1:2] == paragraphs(FOLLOWED)[:1]
    assert never.points[2].startswith("There is no smallest group")
    people = notice_for(wave(**{**settings, "audience": "everyone", "follow_up_days": 1}), readers=[])
    assert "Fay gets in touch with you within 1 working day." in people.points[1]
