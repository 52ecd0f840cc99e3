"""Files that were uploaded and not yet applied were kept as text, which is gone: they are uploaded again."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def forget(apps: Any, schema_editor: Any) -> None:
    apps.get_model("people", "ImportRun").objects.exclude(state="applied").delete()


class Migration(migrations.Migration):
    dependencies = [("people", "0003_hours_of_the_organisation")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop, elidable=True)]
