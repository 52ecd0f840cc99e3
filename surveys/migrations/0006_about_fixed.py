"""Whom a wave asks and is about, and what is followed up, is promised as well (anonymity.md T1)."""

from importlib import import_module

from django.db import migrations

before = import_module("surveys.migrations.0004_breakdown_name_fixed")
FORMER = before.FIXED
MORE = (
    "audience",
    "audience_by",
    "audience_values",
    "about",
    "subject_id",
    "follow_up_question",
    "follow_up_limit",
    "follow_up_days",
    "ask_again_days",
)
FIXED = FORMER
for row in ("NEW", "OLD"):
    further = "".join(f" {row}.{name}," for name in MORE)
    FIXED = FIXED.replace(f"{row}.breakdown_name,", f"{row}.breakdown_name,{further}")


def fix(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FIXED, params=None)


def as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORMER, params=None)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0005_asking_well")]

    operations = [migrations.RunPython(fix, as_before)]
