"""The same addresses as in the table with other things, for whom it makes no difference who asks."""

from __future__ import annotations

from surveys.models import Question
from tests.authz.table.lines import FORM, HR_PEOPLE, PAGE, Line, built, everybody, only

KINDS_OF_QUESTION = (
    "recommend",
    "scale",
    "yes_no",
    "single",
    "multiple",
    "short",
    "long",
    "ranking",
    "matrix",
    "number",
    "date",
)

VARIETIES: list[Line] = [
    everybody("people:person-detail", PAGE, pk="person:hr"),
    built(HR_PEOPLE, "surveys:survey-detail", pk="archived_survey"),
    *[
        built(HR_PEOPLE, "surveys:question-create", FORM, pk="section", kind=kind)
        for kind in Question.Kind.values
    ],
    *[built(HR_PEOPLE, "surveys:question-edit", FORM, pk=f"question:{key}") for key in KINDS_OF_QUESTION],
    *[only(HR_PEOPLE, "surveys:wave-mail", pk="draft_wave", step=step) for step in "123"],
    *[only(HR_PEOPLE, "surveys:wave-mail-html", pk="draft_wave", step=step) for step in "123"],
]
