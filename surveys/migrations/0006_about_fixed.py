"""Whom a wave is about is promised as well (anonymity.md T1)."""

from importlib import import_module

from django.db import migrations

before = import_module("surveys.migrations.0004_breakdown_name_fixed")
FORMER = before.FIXED
FIXED = FORMER.replace("NEW.breakdown_name,", "NEW.breakdown_name, NEW.about, NEW.subject_id,").replace(
    "OLD.breakdown_name,", "OLD.breakdown_name, OLD.about, OLD.subject_id,"
)


def fix(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FIXED, params=None)


def as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORMER, params=None)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0005_asking_well")]

    operations = [migrations.RunPython(fix, as_before)]
