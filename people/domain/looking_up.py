"""Where somebody stands in the organisation."""

from __future__ import annotations

from django.db import connection

from people.models import Person

# The way up of one person, nearest first. The depth ends rings that a broken import of old may have left.
_WAY_UP = """
WITH RECURSIVE up(id, depth) AS (
    SELECT manager_id, 1 FROM people_person WHERE id = %s
    UNION ALL
    SELECT person.manager_id, up.depth + 1
    FROM people_person AS person JOIN up ON person.id = up.id
    WHERE up.depth < 20
)
SELECT id FROM up WHERE id IS NOT NULL ORDER BY depth
"""


def managers_up(person: Person) -> list[Person]:
    """The line of managers above, nearest first, in two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_WAY_UP, [person.pk])
        ids = [row[0] for row in cursor.fetchall()]
    found = Person.objects.in_bulk(ids)
    return [found[pk] for pk in dict.fromkeys(ids)]
