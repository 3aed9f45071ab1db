"""How long decisions took until they were public is kept with each batch, and corrections are counted by an index of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0013_access_tokens")]
    operations = [
        migrations.AddField("batch", "delays", models.JSONField(editable=False, null=True)),
        migrations.AddIndex(
            "trailentry",
            models.Index(fields=["at", "dataset"], condition=models.Q(kind__in=["correct", "withdraw"]), name="trail_flaws"),
        ),
    ]
