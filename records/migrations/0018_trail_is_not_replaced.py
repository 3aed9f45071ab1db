"""SQLite replaces a row without asking the trigger on DELETE (sqlite.org/lang_conflict.html), so INSERT is asked as well."""

from django.db import migrations

TABLES = {"records_trailentry": "the audit trail", "records_accessuse": "the log of uses"}
TRIGGER = (
    "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END"
)


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table, what in TABLES.items():
            schema_editor.execute(TRIGGER.format(table=table, what=what))


class Migration(migrations.Migration):
    dependencies = [("records", "0017_removed")]
    operations = [migrations.RunPython(forwards)]
