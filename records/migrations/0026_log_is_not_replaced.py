"""The event log is guarded like the trail: SQLite replaces a row without asking the trigger on DELETE, PostgreSQL truncates without it."""

from django.db import migrations

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER records_event_no_replace BEFORE INSERT ON records_event "
        "WHEN EXISTS (SELECT 1 FROM records_event WHERE number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END"
    ),
    "postgresql": (
        "CREATE TRIGGER records_event_not_truncated BEFORE TRUNCATE ON records_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION records_event_append_only()"
    ),
}


def forwards(apps, schema_editor):
    schema_editor.execute(TRIGGERS[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("records", "0025_name_index_anew")]
    operations = [migrations.RunPython(forwards)]
