"""Names know what their company is narrowed by, so that counting what a search found looks no company up; 0025 tells them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0023_records_due")]
    operations = [
        migrations.AddField("searchname", "facets", models.TextField(default="", editable=False), preserve_default=False),
    ]
