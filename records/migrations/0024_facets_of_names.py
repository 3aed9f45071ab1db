"""Names know what their company is narrowed by, so that counting what a search found looks no company up. The index is made anew."""

from django.db import migrations, models

from records import search

CHUNK = 2000


def remake(apps, schema_editor):
    name = apps.get_model("records", "SearchName")
    with schema_editor.connection.cursor() as cursor:
        search.drop_index(cursor)
        search.create_index(cursor)
    after = 0
    while rows := list(name.objects.filter(id__gt=after).order_by("id").select_related("company")[:CHUNK]):
        entered = [
            (row.id, row.company_id, search.entry(row.kind, row.text, row.folded, row.company.code, row.company.facets)) for row in rows
        ]
        name.objects.filter(id__gt=after, id__lte=rows[-1].id).delete()
        search.add_names(entered)
        after = rows[-1].id


class Migration(migrations.Migration):
    dependencies = [("records", "0023_records_due")]
    operations = [
        migrations.AddField("searchname", "facets", models.TextField(default="", editable=False), preserve_default=False),
        migrations.RunPython(remake, migrations.RunPython.noop),
    ]
