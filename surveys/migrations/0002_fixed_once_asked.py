"""What the first invitation promised stays, even for somebody with a database shell (anonymity.md T1).

PostgreSQL only; the trial's SQLite has the same rule in ``Wave.save`` and the forms.
"""

from django.db import migrations

FIXED = """
CREATE FUNCTION surveys_wave_stays_as_promised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM surveys_invitation WHERE wave_id = OLD.id) THEN
        RETURN NEW;
    END IF;
    IF (NEW.mode, NEW.k, NEW.breakdown, NEW.extension_days)
        IS DISTINCT FROM (OLD.mode, OLD.k, OLD.breakdown, OLD.extension_days)
    THEN
        RAISE EXCEPTION 'wave %: mode, k, breakdown and extension are fixed once people are invited', OLD.id;
    END IF;
    IF OLD.public_key IS NOT NULL AND NEW.public_key IS DISTINCT FROM OLD.public_key
        OR OLD.questionnaire_json IS NOT NULL
        AND NEW.questionnaire_json IS DISTINCT FROM OLD.questionnaire_json
    THEN
        RAISE EXCEPTION 'wave %: key and questionnaire are fixed once people are invited', OLD.id;
    END IF;
    IF OLD.state = 'closed' AND NEW.state <> 'closed' THEN
        RAISE EXCEPTION 'wave %: what is closed and published is not opened again', OLD.id;
    END IF;
    IF OLD.mode = 'anonymous' THEN
        IF NEW.closes_at < OLD.closes_at THEN
            RAISE EXCEPTION 'wave %: an anonymous wave is never closed early', OLD.id;
        END IF;
        IF NEW.closes_at > OLD.closes_at AND NOT (NEW.extended AND NOT OLD.extended AND OLD.extension_days > 0)
            OR OLD.extended AND NOT NEW.extended
        THEN
            RAISE EXCEPTION 'wave %: an anonymous wave is extended once, if that was announced', OLD.id;
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wave_stays_as_promised BEFORE UPDATE ON surveys_wave
    FOR EACH ROW EXECUTE FUNCTION surveys_wave_stays_as_promised();

CREATE FUNCTION surveys_readers_stay_as_promised() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked boolean;
    closed boolean;
    wave bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.wave_id ELSE OLD.wave_id END;
BEGIN
    SELECT EXISTS (SELECT 1 FROM surveys_invitation WHERE wave_id = wave) INTO asked;
    SELECT state = 'closed' FROM surveys_wave WHERE id = wave INTO closed;
    -- A reader may go once the wave is closed: retention removes people, and fewer see.
    IF asked AND NOT (TG_OP = 'DELETE' AND closed) THEN
        RAISE EXCEPTION 'wave %: who reads the answers is fixed once people are invited', wave;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER readers_stay_as_promised BEFORE INSERT OR UPDATE OR DELETE ON surveys_wave_readers
    FOR EACH ROW EXECUTE FUNCTION surveys_readers_stay_as_promised();
"""

FREE = """
DROP TRIGGER readers_stay_as_promised ON surveys_wave_readers;
DROP FUNCTION surveys_readers_stay_as_promised();
DROP TRIGGER wave_stays_as_promised ON surveys_wave;
DROP FUNCTION surveys_wave_stays_as_promised();
"""


def fix(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FIXED, params=None)


def free(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FREE, params=None)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]

    operations = [migrations.RunPython(fix, free)]
