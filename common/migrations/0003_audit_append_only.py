"""The audit log is append-only, even for somebody with a database shell.

PostgreSQL only; the portal itself refuses on both databases, see ``common.models.audit``. Entries older than
two years may be deleted, which the retention job does once they were kept for as long as retention.toml says.
TRUNCATE is not covered: whoever may truncate may also drop the trigger.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION common_auditentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '730 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit entry %: entries are neither changed nor removed', OLD.id;
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON common_auditentry
    FOR EACH ROW EXECUTE FUNCTION common_auditentry_append_only();
"""

OPEN = """
DROP TRIGGER audit_append_only ON common_auditentry;
DROP FUNCTION common_auditentry_append_only();
"""


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GUARD, params=None)


def open_again(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(OPEN, params=None)


class Migration(migrations.Migration):
    dependencies = [("common", "0002_ready_for_an_organisation")]

    operations = [migrations.RunPython(guard, open_again)]
