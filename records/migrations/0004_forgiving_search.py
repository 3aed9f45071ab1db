"""The name index is made anew: more terms to a name (see ``records.search.index.document``)."""

from django.db import migrations

from records import search

CHUNK = 900


def forwards(apps, schema_editor):
    company, name = apps.get_model("records", "Company"), apps.get_model("records", "SearchName")
    with schema_editor.connection.cursor() as cursor:
        search.drop_index(cursor)
        search.create_index(cursor)
    after = 0
    while chunk := list(name.objects.filter(id__gt=after).order_by("id").values_list("id", "folded", "company_id")[:CHUNK]):
        ids = {company_id for _, _, company_id in chunk}
        codes = dict(company.objects.filter(id__in=ids).values_list("id", "code"))
        search.add_names([(id_, folded, codes[company_id]) for id_, folded, company_id in chunk])
        after = chunk[-1][0]


class Migration(migrations.Migration):
    dependencies = [("records", "0003_roles")]
    operations = [migrations.RunPython(forwards)]
