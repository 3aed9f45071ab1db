"""One index both keeps a single current version of a record and finds its versions by key."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0006_industry'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='record',
            name='one_current_version',
        ),
        migrations.RemoveIndex(
            model_name='record',
            name='record_versions',
        ),
        migrations.AddConstraint(
            model_name='record',
            constraint=models.UniqueConstraint(models.F('key'), django.db.models.functions.comparison.Coalesce('ended_event', 0), name='one_current_version'),
        ),
    ]
