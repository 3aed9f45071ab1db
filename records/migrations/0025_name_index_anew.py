"""The index of names is made anew: names know the facets of 0024, zones count as regions, PostgreSQL has an index of every eighth name."""

from django.db import migrations

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
    dependencies = [("records", "0024_facets_of_names")]
    operations = [migrations.RunPython(remake, migrations.RunPython.noop)]
