from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0005_trail")]
    operations = [
        migrations.AddField("company", "industry", models.CharField("行业门类", blank=True, max_length=1)),
    ]
