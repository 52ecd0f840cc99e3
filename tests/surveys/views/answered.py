"""Waves that were answered and closed, the words of a page of results, and what it costs."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from surveys.domain.counting import closing
from surveys.models import Wave
from tests.surveys.factories import cast, make_wave

#        1 everybody
#     2 North      3 South (3 people)
#   4 Dock
TREE = {1: None, 2: 1, 3: 1, 4: 2}
INVITED = {1: 4, 2: 12, 3: 3, 4: 22}
OPTIONS = {"listens": ["4"], "recommend": ["9"], "promise": ["yes"], "channel": ["mail"], "helps": ["time"]}


def answered_wave(**fields: Any) -> Wave:
    wave = make_wave(groups=TREE, invited=INVITED, **fields)
    names = {2: "North", 3: "South", 4: "Dock"}
    for group in wave.groups.all():
        group.name = names.get(group.code, "Everybody")
        group.save()
    for number, invitation in enumerate(wave.invitations.select_related("wave").order_by("pk")):
        options = {**OPTIONS, "listens": [str(1 + number % 5)]}
        cast(invitation, options, {"hear": f"comment {number}"})
    return wave


def closed(wave: Wave) -> Wave:
    closing.close(wave_id=wave.pk, now=wave.closes_at)
    wave.refresh_from_db()
    return wave


def words_of(response: Any) -> str:
    content = response.content.decode()
    main = content[content.index("<main") : content.index("</main>")]
    return " ".join(
        re.sub(r"<[^>]+>", " ", re.sub(r"<script.*?</script>", " ", main, flags=re.DOTALL)).split()
    )


def browser_words(client: Client, wave: Wave, code: int) -> str:
    return words_of(client.get(f"/waves/{wave.pk}/results/{code}/"))


def statements(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
