"""What one respondent sent: read against the frozen questionnaire, and shown again where it was refused."""

from surveys.answers.asking import AskedQuestion, AskedQuestionnaire
from surveys.answers.reading import read_sheet
from surveys.answers.sheet import (
    LONG_TEXT_LIMIT,
    SHORT_TEXT_LIMIT,
    WHOLE_SHEET,
    AnswerSheet,
    field_name,
    text_limit,
)

__all__ = [
    "LONG_TEXT_LIMIT",
    "SHORT_TEXT_LIMIT",
    "WHOLE_SHEET",
    "AnswerSheet",
    "AskedQuestion",
    "AskedQuestionnaire",
    "field_name",
    "read_sheet",
    "text_limit",
]
