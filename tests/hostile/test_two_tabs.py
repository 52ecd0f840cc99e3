"""Of two who change the same thing at once the second is told, wherever people are likely to."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.authz.visiting import Visit, Visitors, undone
from tests.authz.world import Role, World
from tests.hostile.pages import Page
from tests.hostile.test_texts import FORM, encode

FORMS = {
    "people:person-edit": ("person:employee", "display_name"),
    "people:team-edit": ("team", "name"),
    "surveys:survey-edit": ("spare_survey", "title"),
    "surveys:section-edit": ("spare_section", "title"),
    "surveys:question-edit": ("spare_question", "text"),
    "customers:behaviour-edit": ("behaviour", "name"),
    "customers:value-edit": ("value", "meaning"),
    "customers:contact-edit": ("contact", "name"),
    "customers:organisation-edit": ("organisation", "name"),
    "people:organisation": ("", "name"),
}


def post(visitors: Visitors, url: str, data: dict[str, list[str]]) -> Visit:
    return visitors.visit(Role.HR, "POST", url, data=encode(data), content_type=FORM)


@pytest.mark.parametrize("name", FORMS)
def test_the_second_of_two_tabs_is_told(name: str, world: World, visitors: Visitors) -> None:
    thing, field = FORMS[name]
    url = reverse(name, args=[world[thing]] if thing else [])
    with undone():
        page = visitors.visit(Role.HR, "GET", url).response.content.decode()
        form = next(form for form in Page(url, page).forms if "as_opened" in form.fields)
        answers = [
            post(visitors, url, form.filled(**{field: words}))
            for words in ("From the first tab", "From the second tab")
        ]
        assert [answer.status for answer in answers] == [302, 422]
        told = answers[1].response.content.decode()
        assert "Somebody changed this after you opened it." in told
        again = next(form for form in Page(url, told).forms if "as_opened" in form.fields)
        assert post(visitors, url, again.filled()).status == 302
