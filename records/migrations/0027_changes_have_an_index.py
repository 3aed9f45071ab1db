"""Indexes of the changes among the events: who asked for those alone had the whole log read."""

from django.db import migrations, models

CHANGES = models.Q(("kind", "changed"))


class Migration(migrations.Migration):
    dependencies = [("records", "0026_log_is_not_replaced")]
    operations = [
        migrations.AddIndex("event", models.Index(fields=["number", "dataset"], condition=CHANGES, name="event_changed")),
        migrations.AddIndex("event", models.Index(fields=["dataset", "number"], condition=CHANGES, name="event_changed_of")),
    ]
