"""Once made the name index anew; migration 0009 does."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0003_roles")]
    operations: list = []
