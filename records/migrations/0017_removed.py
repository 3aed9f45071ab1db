"""An index of the entries taken off a list, and what SQLite is told of it (see 0011).

It is also told that a dataset has more rows than a dataset has with a date: else it reads the whole list for its newest eight,
because to sort a million rows and keep a few seems cheap to it.
"""

from django.db import migrations, models

ROWS = {"record_feed": "1000000 50000 1", "record_removed": "20000 1000 10 1"}


def forwards(apps, schema_editor):  # noqa: ARG001 - Django's shape
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        for index, rows in ROWS.items():
            cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'records_record' AND idx = %s", [index])
            cursor.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('records_record', %s, %s)", [index, rows])
        cursor.execute("ANALYZE sqlite_schema")


class Migration(migrations.Migration):
    dependencies = [("records", "0016_events_by_version")]
    operations = [
        migrations.AddIndex(
            "record",
            models.Index(fields=["dataset", "decided_on", "id"], condition=models.Q(ended_on__isnull=False), name="record_removed"),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
