"""A questionnaire with every kind of question, conditions, texts that repeat answers, and translations."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from surveys.conditions import Condition, Rule, Test
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section

FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
NPS = Question(
    "nps",
    Kind.RECOMMEND,
    "How likely are you to recommend us?",
    high=10,
    low_label="not at all",
    high_label="extremely",
)
WHY = Question(
    "why",
    Kind.LONG_TEXT,
    "You said [[nps]]. What is missing?",
    required=True,
    condition=Condition(True, (Rule("nps", Test.IS_NOT, "10"),)),
)
WAY = Question(
    "way",
    Kind.SINGLE,
    "How do you reach us?",
    options=(Option("mail", "By mail"), Option("phone", "By telephone")),
    other=True,
)
HELPS = Question(
    "helps",
    Kind.MULTIPLE,
    "What would help?",
    options=(Option("time", "More time"), Option("tools", "Better tools")),
    other=True,
)
KEPT = Question("kept", Kind.YES_NO, "Was the last promise kept?")
EARLY = Question(
    "early", Kind.SCALE, "They tell early.", low=1, high=5, low_label="never", high_label="always"
)
GRID = Question(
    "grid",
    Kind.MATRIX,
    "How were these?",
    low=1,
    high=5,
    low_label="poor",
    high_label="very good",
    rows=(Option("r1", "Speed"), Option("r2", "Care"), Option("r3", "Words that can be understood")),
)
SHARE = Question(
    "share",
    Kind.MATRIX,
    "Who does what?",
    options=(Option("me", "Mostly me"), Option("we", "All of us"), Option("they", "Somebody else")),
    rows=(Option("r1", "Planning"), Option("r2", "Talking to customers")),
)
RANK = Question(
    "rank",
    Kind.RANKING,
    "What matters most?",
    options=(Option("o1", "Being quick"), Option("o2", "Being right"), Option("o3", "Being kind")),
)
HOURS = Question("hours", Kind.NUMBER, "How long did it take?", least=0, most=2000, unit="hours")
DAY = Question("day", Kind.DATE, "Which day was it?", least=FIRST_DAY.toordinal(), most=LAST_DAY.toordinal())
LONG_WAIT = Question(
    "wait",
    Kind.SHORT_TEXT,
    "What took so long?",
    condition=Condition(True, (Rule("hours", Test.AT_LEAST, "100"), Rule("grid.r1", Test.IS_NOT, "5"))),
)
WORD = Question("word", Kind.SHORT_TEXT, "One word for us?", help="Whatever comes first.")

GERMAN = {
    "title": "Wie wir füreinander da sind",
    "section.0.title": "Alltag",
    "section.1.title": "Im Einzelnen",
    "section.3.title": "Zum Schluss",
    "nps.text": "Wie wahrscheinlich empfehlen Sie uns?",
    "nps.low_label": "gar nicht",
    "nps.high_label": "sehr",
    "why.text": "Sie sagten [[nps]]. Was fehlt?",
    "way.text": "Wie erreichen Sie uns?",
    "way.option.mail": "Per Post",
    "way.option.phone": "Am Telefon",
    "grid.text": "Wie war das?",
    "grid.row.r1": "Tempo",
    "rank.text": "Was zählt am meisten?",
    "rank.option.o1": "Schnell sein",
    "hours.text": "Wie lange hat es gedauert?",
    "hours.unit": "Stunden",
}
ARABIC = {
    "title": "كيف نخدم بعضنا بعضا",
    "section.0.title": "كل يوم",
    "section.1.title": "بالتفصيل",
    "nps.text": "ما مدى احتمال أن توصي بنا؟",
    "nps.low_label": "أبدا",
    "nps.high_label": "بالتأكيد",
    "why.text": "قلت [[nps]]. ما الناقص؟",
    "way.text": "كيف تتواصل معنا؟",
    "way.option.mail": "بالبريد",
    "grid.text": "كيف كانت هذه؟",
    "grid.row.r1": "السرعة",
    "grid.row.r2": "العناية",
    "rank.text": "ما الأهم؟",
    "rank.option.o1": "السرعة",
}
EVERY_KIND = Questionnaire(
    title="How we serve each other",
    intro="",
    version=1,
    language="en",
    translations={"de": GERMAN, "ar": ARABIC},
    sections=(
        Section("Everyday", "", (NPS, WHY, WAY, HELPS, KEPT, EARLY)),
        Section("In detail", "", (GRID, SHARE, RANK, HOURS, DAY)),
        Section("The wait", "", (LONG_WAIT,)),
        Section("At the end", "", (WORD,)),
    ),
)


def only(*questions: Question) -> Questionnaire:
    return Questionnaire("T", "", 1, (Section("S", "", questions),), language="en")


def required(question: Question) -> Question:
    return replace(question, required=True)
