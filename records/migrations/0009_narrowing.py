"""Names know what ranking needs, companies what they are narrowed by. The name index is emptied; 0025 makes it anew."""

from collections import defaultdict

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

from records import registration, search
from records.catalog import catalog

CHUNK = 900
INDEX = "records_name_index"


def empty(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE records_searchname DROP COLUMN IF EXISTS terms")
        search.create_index(cursor)


def forwards(apps, schema_editor):
    company, after = apps.get_model("records", "Company"), 0
    while companies := list(company.objects.filter(id__gt=after).order_by("id")[:CHUNK]):
        after = companies[-1].id
        _describe(apps, companies)
        company.objects.bulk_update(companies, ["industry", "facets"])


def _describe(apps, companies):
    """Industry and facets of companies, from their registrations and list entries."""
    ids = [company.id for company in companies]
    current = apps.get_model("records", "Record").objects.filter(ended_event=None, company_id__in=ids)
    fields = {dataset.slug: dataset.by_role.get("industry") for dataset in catalog().datasets.values() if dataset.registers}
    industry = {}
    for dataset, company_id, values in current.filter(dataset__in=list(fields)).values_list("dataset", "company_id", "values"):
        words = values.get(fields[dataset].name) if fields[dataset] else None
        industry[company_id] = registration.industry_of(str(words or ""))
    listed = {dataset.slug: str(dataset.category) for dataset in catalog().of() if dataset.list}
    today, lists = timezone.localdate(), defaultdict(set)
    entries = current.filter(Q(ended_on=None) | Q(ended_on__gt=today), dataset__in=list(listed))
    for company_id, slug in entries.values_list("company_id", "dataset"):
        lists[company_id] |= {slug, listed[slug]}
    for company in companies:
        company.industry = industry.get(company.id, "")
        company.facets = registration.facets(vars(company), lists[company.id])


class Migration(migrations.Migration):
    dependencies = [("records", "0008_company_records")]
    operations = [
        migrations.AddField("company", "facets", models.TextField(blank=True, default="", editable=False), preserve_default=False),
        migrations.AddField("searchname", "start", models.PositiveSmallIntegerField(default=0), preserve_default=False),
        migrations.AddField("searchname", "standing", models.PositiveSmallIntegerField(default=0), preserve_default=False),
        migrations.AlterField("searchname", "folded", models.CharField(max_length=300)),
        migrations.RunPython(empty),
        migrations.RunPython(forwards),
    ]
