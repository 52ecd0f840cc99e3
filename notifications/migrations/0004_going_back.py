from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DIGEST = "notifications.digest"


def press_less(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Reminders planned by the release before, which knew no priorities, come after what is more pressing."""
    apps.get_model("notifications", "Message").objects.filter(kind="surveys.reminder").update(priority=4)


def without_digests(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The release before knows none: what they carry goes by itself, what is being sent in one is in doubt."""
    messages = apps.get_model("notifications", "Message").objects
    messages.filter(state="carried").update(state="pending", digest=None)
    messages.filter(state="sending", digest__isnull=False).update(state="in_doubt", digest=None)
    messages.filter(kind=DIGEST).delete()


class Migration(migrations.Migration):
    """In a file of its own: PostgreSQL changes no table in the transaction that has changed its rows."""

    dependencies = [("notifications", "0003_delivery_proved")]

    operations = [migrations.RunPython(press_less, without_digests)]
