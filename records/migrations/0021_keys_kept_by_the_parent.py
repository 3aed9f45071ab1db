"""Foreign keys to batches and users cost PostgreSQL a query for each row an import writes: a third of publishing.

The engine writes them from one parameter, in a transaction that holds the batch. So only the other half of the constraint stays:
nobody deletes a batch or a user that rows refer to. On SQLite the constraints cost next to nothing and stay as they are.

Of a company's codes four indexes of patterns go, which nothing asks, and that of ``uscc``, which repeats ``code``.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEYS = (
    ("records_stagedrow", "batch_id", "records_batch"),
    ("records_record", "batch_id", "records_batch"),
    ("records_event", "batch_id", "records_batch"),
    ("records_event", "by_id", "auth_user"),
)
GUARD = """
    CREATE FUNCTION records_still_referred_to() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE found boolean;
    BEGIN
        EXECUTE format('SELECT EXISTS (SELECT FROM %%I WHERE %%I = $1)', TG_ARGV[0], TG_ARGV[1]) INTO found USING OLD.id;
        IF found THEN
            RAISE foreign_key_violation USING MESSAGE = format('rows of %%s still refer to %%s %%s', TG_ARGV[0], TG_TABLE_NAME, OLD.id);
        END IF;
        RETURN NULL;
    END $$
"""
KEEP = """
    CREATE CONSTRAINT TRIGGER {table}_keeps_{column} AFTER DELETE ON {parent} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION records_still_referred_to('{table}', '{column}')
"""
CONSTRAINT = """
    SELECT conname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
    WHERE conrelid = %s::regclass AND contype = %s AND attname = %s AND cardinality(conkey) = 1
"""
PATTERNS = """
    SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'records_company'::regclass
    AND indexrelid::regclass::text ~ '^records_company_(code|uscc|legacy_no|name_key)_.*_like$'
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(GUARD, [])
        for table, column, parent in KEYS:
            _drop_constraint(cursor, table, "f", column)
            cursor.execute(KEEP.format(table=table, column=column, parent=parent))
        _drop_constraint(cursor, "records_company", "u", "uscc")
        cursor.execute(PATTERNS)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")


def _drop_constraint(cursor, table: str, kind: str, column: str) -> None:
    cursor.execute(CONSTRAINT, [table, kind, column])
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def key(to, title: str, on_delete=django.db.models.deletion.PROTECT, **options):
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=on_delete, to=to, verbose_name=title, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0020_desk_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    state = [
        migrations.AlterField("company", "uscc", models.CharField(max_length=18, null=True, verbose_name="统一社会信用代码")),
        migrations.AlterField("event", "batch", key("records.batch", "报送批次", null=True)),
        migrations.AlterField("event", "by", key(settings.AUTH_USER_MODEL, "经办人", null=True)),
        migrations.AlterField("record", "batch", key("records.batch", "报送批次", null=True, related_name="records")),
        migrations.AlterField(
            "stagedrow", "batch", key("records.batch", "报送批次", django.db.models.deletion.CASCADE, related_name="staged")
        ),
    ]
    operations = [migrations.SeparateDatabaseAndState(state_operations=state), migrations.RunPython(forwards)]
