"""Whoever kept the hours everybody began with keeps to those of the organisation from now on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import migrations

USUAL = {"working_days": "12345", "day_starts": dt.time(8), "day_ends": dt.time(18)}


def follow_the_organisation(apps: Any, schema_editor: Any) -> None:
    person = apps.get_model("people", "Person")
    person.objects.filter(**USUAL).update(working_days="", day_starts=None, day_ends=None)


def name_the_usual_hours(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("people", "Person").objects
    people.filter(working_days="").update(working_days=USUAL["working_days"])
    people.filter(day_starts=None).update(day_starts=USUAL["day_starts"])
    people.filter(day_ends=None).update(day_ends=USUAL["day_ends"])


class Migration(migrations.Migration):
    dependencies = [("people", "0002_ready_for_an_organisation")]

    operations = [migrations.RunPython(follow_the_organisation, name_the_usual_hours, elidable=True)]
