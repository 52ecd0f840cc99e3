"""What the database still knows after a close: transactions, orders, columns (anonymity.md T3, S1)."""

from __future__ import annotations

import pytest
from django.db import connection

from surveys.domain.counting.closing import close_due
from tests.surveys.counting.closings import CLOSED, TREE, answer_some
from tests.surveys.factories import cast, make_wave


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_t3_after_the_close_every_row_of_the_wave_is_of_one_transaction() -> None:
    wave = make_wave(groups=TREE, invited={2: 12, 3: 11})
    answer_some(wave, 2, [4] * 12)
    answer_some(wave, 3, [2] * 9)
    assert len(transactions_of("surveys_invitation")) > 20
    close_due(CLOSED)
    assert len(transactions_of("surveys_invitation")) == 1
    tables = ("surveys_atom", "surveys_releasedcount", "surveys_comment")
    found = {transaction for table in tables for transaction in transactions_of(table)}
    assert found == set(transactions_of("surveys_invitation"))


def transactions_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT xmin::text FROM {table}")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_t3_comments_lie_in_no_order_of_answering() -> None:
    """Dump order against the order of answering: the ranks correlate no more than chance lets them."""
    wave = make_wave(invited={1: 200})
    for number, invitation in enumerate(wave.invitations.select_related("wave").order_by("pk")):
        cast(invitation, {}, {"hear": str(number)})
    close_due(CLOSED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM surveys_comment")
        stored = [int(row[0]) for row in cursor.fetchall()]
    assert sorted(stored) == list(range(200))
    # Spearman's rho; its standard error is 1/sqrt(199), and 4.9 of them happen once in a million runs.
    squares = sum((rank - number) ** 2 for rank, number in enumerate(stored))
    rho = 1 - 6 * squares / (200 * (200**2 - 1))
    assert abs(rho) < 4.9 / 199**0.5


@pytest.mark.django_db
def test_s1_no_column_could_hold_more_than_the_contract_allows() -> None:
    allowed = {
        "surveys_sealedballot": {"id", "wave_id", "sealed"},
        "surveys_atom": {
            "id", "wave_id", "question_key", "number", "home_code", "breakdown_value", "n",
        },
        "surveys_releasedcount": {"id", "wave_id", "question_key", "atom_number", "option", "n"},
        "surveys_comment": {"id", "wave_id", "question_key", "group_code", "text", "withheld"},
        # Whom they were asked about is fixed at the launch like their group, and says no more than it does.
        "surveys_invitation": {
            "id", "wave_id", "handle", "person_id", "contact_id", "subject_id", "address", "language",
            "group_code", "breakdown_value", "answered",
        },
        "surveys_wavegroup": {
            "id", "wave_id", "code", "parent_code", "name", "team_id", "organisation_id", "lead_id",
            "subject_id", "invited_count", "response_percent",
        },
    }  # fmt: skip
    with connection.cursor() as cursor:
        found = {
            table: {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for table in allowed
        }
    assert found == allowed
