"""250 real customers of a mobile operator answer an identified wave over HTTP (ECSI, see the shared data)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common import links
from customers.models import Contact, ExternalOrganisation
from surveys.domain.mailing.linking import LINK
from surveys.domain.waves import launching
from surveys.models import Question, Response, Section, Survey, Wave
from tests.surveys.factories import make_person

RECOMMEND_ITEM = "CUSL3"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def customers(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "surveys" / "ecsi_mobi.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _launched_wave(customers: list[dict[str, str]]) -> Wave:
    reader = make_person(display_name="Reader")
    survey = Survey.objects.create(title="ECSI", created_by=reader)
    section = Section.objects.create(survey=survey, position=1, title="Your operator")
    Question.objects.bulk_create(
        Question(
            section=section,
            position=position,
            key=item.lower(),
            kind=Question.Kind.RECOMMEND if item == RECOMMEND_ITEM else Question.Kind.SCALE,
            text=item,
            low=0 if item == RECOMMEND_ITEM else 1,
            high=10,
        )
        for position, item in enumerate(customers[0], start=1)
    )
    operator = ExternalOrganisation.objects.create(name="Subscribers", owner=reader)
    Contact.objects.bulk_create(
        Contact(organisation=operator, name=f"Customer {number:03}", email=f"c{number:03}@example.com")
        for number in range(len(customers))
    )
    now = timezone.now()
    wave = Wave.objects.create(
        survey=survey,
        title="ECSI",
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS,
        opens_at=now,
        closes_at=now + dt.timedelta(days=10),
    )
    wave.organisations.add(operator)
    wave.readers.add(reader)
    launching.launch(wave=wave, by=reader, now=now)
    launching.carry_out_launch(wave_id=wave.pk, now=now)
    wave.refresh_from_db()
    return wave


def _answer_over_http(address: str, handle: str, answers: dict[str, str]) -> str:
    """What a browser without script does: link, form, send. The address of the last page."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    link = f"{address}/a/{handle}/{links.mint(LINK, handle)}/"
    with browser.open(link) as page:
        form_address, html = page.url, page.read().decode()
    token = _TOKEN.search(html)
    assert token is not None
    fields = {f"q-{item.lower()}": value for item, value in answers.items()}
    body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
    with browser.open(urllib.request.Request(form_address, body)) as page:
        return str(page.url)


@pytest.mark.django_db(transaction=True)
def test_ecsi_customers_answer_by_name_and_the_figures_are_exact(
    live_server: Any, customers: list[dict[str, str]]
) -> None:
    wave = _launched_wave(customers)
    handles = wave.invitations.order_by("contact__name").values_list("handle", flat=True)

    for handle, answers in zip(handles, customers, strict=True):
        assert "/sent/" in _answer_over_http(live_server.url, handle, answers)

    assert Response.objects.filter(wave=wave).count() == 250
    reader = Client()
    reader.force_login(wave.readers.get(), backend=BACKEND)
    exported = reader.get(reverse("surveys:wave-results-csv", args=[wave.pk, 1]))
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))

    def figures(item: str) -> dict[tuple[str, str], str]:
        return {
            (row["figure"], row["answer"]): row["value"]
            for row in rows
            if row["question"] == item and row["cell"].endswith("@1")
        }

    satisfaction = figures("CUSA1")
    assert satisfaction["answered", ""] == "250"
    assert float(satisfaction["mean", ""]) == pytest.approx(7.988, abs=1e-12)
    assert float(satisfaction["favourable", ""]) == pytest.approx(0.268, abs=1e-12)
    recommend = figures(RECOMMEND_ITEM)
    numbers = {
        int(answer.split()[0]): int(value)
        for (figure, answer), value in recommend.items()
        if figure == "number"
    }
    assert sum(numbers[value] for value in (9, 10)) == 95
    assert sum(numbers[value] for value in (7, 8)) == 95
    assert sum(numbers[value] for value in range(7)) == 60
    assert float(recommend["NPS", ""]) == pytest.approx(14.0, abs=1e-12)
    # The page shows the same, rounded.
    page = reader.get(reverse("surveys:wave-results-group", args=[wave.pk, 1])).content.decode()
    shown = dict(re.findall(r'data-cell="(cusa1@1#(?:mean|favourable))">([^<]+)<', page))
    assert shown == {"cusa1@1#mean": "8.0", "cusa1@1#favourable": "27 %"}
