"""Once made the name index anew; migration 0025 does."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0003_roles")]
    operations: list = []
