"""What models cannot say: the append-only log, the one counter row, the name index, the staff groups."""

from django.db import migrations

from records import search

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER records_event_no_update BEFORE UPDATE ON records_event "
        "BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END",
        "CREATE TRIGGER records_event_no_delete BEFORE DELETE ON records_event "
        "BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION records_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the event log is append-only'; END $$",
        "CREATE TRIGGER records_event_append_only BEFORE UPDATE OR DELETE ON records_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION records_event_append_only()",
    ),
}


def forwards(apps, schema_editor):
    apps.get_model("records", "EventCounter").objects.create(id=1, last=0)
    with schema_editor.connection.cursor() as cursor:
        search.create_index(cursor)
        for statement in TRIGGERS[schema_editor.connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunPython(forwards)]
