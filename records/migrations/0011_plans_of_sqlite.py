"""Tell SQLite how many rows a value of each index stands for; without being told it guesses, and reads whole companies or datasets.

Its documentation allows to write ``sqlite_stat1`` by hand so that plans stay what they were tested with (sqlite.org/lang_analyze.html).
PostgreSQL counts for itself.
"""

from django.db import migrations

# Rows in all, then rows for each value of the first column, of the first two, and so on.
ROWS = {
    "records_record": {
        "record_company": "1000000 1000 1",
        "record_profile": "1000000 1000 5 1 1",
        "record_list": "1000000 20000 200 1",
        "record_feed": "1000000 20000 1",
        "record_batch": "1000000 20000 1",
        "record_document": "1000000 2",
        "one_current_version": "1000000 1 1",
    },
    "records_event": {
        "event_company": "1000000 1000 1",
        "event_dataset": "1000000 20000 1",
        "event_record": "1000000 2 1",
    },
}


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        # Makes the table; on a new database there is nothing to count yet.
        cursor.execute("ANALYZE sqlite_schema")
        for table, indexes in ROWS.items():
            cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = %s", [table])
            for index, rows in indexes.items():
                cursor.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", [table, index, rows])
        # Read again what was written.
        cursor.execute("ANALYZE sqlite_schema")


class Migration(migrations.Migration):
    dependencies = [("records", "0010_acts_of_the_log")]
    operations = [migrations.RunPython(forwards)]
