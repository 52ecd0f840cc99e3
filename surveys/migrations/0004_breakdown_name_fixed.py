"""What the attribute of a breakdown is called is promised as well (anonymity.md T1)."""

from importlib import import_module

from django.db import migrations

before = import_module("surveys.migrations.0002_fixed_once_asked")
FORMER = before.FIXED.partition("CREATE TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
FIXED = FORMER.replace("NEW.breakdown,", "NEW.breakdown, NEW.breakdown_name,").replace(
    "OLD.breakdown,", "OLD.breakdown, OLD.breakdown_name,"
)


def fix(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FIXED, params=None)


def as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORMER, params=None)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0003_ready_for_an_organisation")]

    operations = [migrations.RunPython(fix, as_before)]
