"""An index of the records whose publication ends on a day: without it a worker read the whole table every minute."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0022_tree_of_the_log")]
    operations = [
        migrations.AddIndex(
            "record",
            models.Index(
                fields=["published_until"], condition=models.Q(("ended_event", None), ("published_until__isnull", False)), name="record_due"
            ),
        ),
    ]
