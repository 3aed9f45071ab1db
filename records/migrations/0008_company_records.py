"""Indexes for what is asked of one company: its records by dataset and date, all of them in order, and batches still being settled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0007_one_index_of_keys")]
    operations = [
        migrations.RemoveIndex("record", "record_profile"),
        migrations.AddIndex("record", models.Index(fields=["company", "dataset", "decided_on", "id"], name="record_profile")),
        migrations.AddIndex("record", models.Index(fields=["company", "id"], name="record_company")),
        migrations.AddIndex("batch", models.Index(fields=["id"], condition=models.Q(unsettled=True), name="batch_unsettled")),
    ]
