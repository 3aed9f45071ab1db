"""The audit trail, which the database refuses to change, and who may read it."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

import records.models.trail

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER records_trailentry_no_update BEFORE UPDATE ON records_trailentry "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
        "CREATE TRIGGER records_trailentry_no_delete BEFORE DELETE ON records_trailentry "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION records_trailentry_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$",
        "CREATE TRIGGER records_trailentry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON records_trailentry "
        "FOR EACH STATEMENT EXECUTE FUNCTION records_trailentry_append_only()",
    ),
}
READERS = {"reviewer": ["view_trailentry"], "administrator": ["view_trailentry", "view_whole_trail"]}


def forwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in TRIGGERS[schema_editor.connection.vendor]:
            cursor.execute(statement)
    config = apps.get_app_config("records")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="records")
    for role, codenames in READERS.items():
        group = apps.get_model("auth", "Group").objects.get(name=role)
        group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0004_forgiving_search'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TrailEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('kind', models.CharField(choices=records.models.trail.kinds, max_length=20, verbose_name='操作')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='来源地址')),
                ('user_agent', models.CharField(blank=True, max_length=300, verbose_name='浏览器')),
                ('request', models.CharField(blank=True, max_length=64, verbose_name='请求编号')),
                ('object_kind', models.CharField(blank=True, max_length=20, verbose_name='对象类别')),
                ('object_id', models.CharField(blank=True, max_length=40, verbose_name='对象编号')),
                ('about', models.CharField(blank=True, max_length=200, verbose_name='对象')),
                ('dataset', models.CharField(blank=True, max_length=80, verbose_name='信息类目')),
                ('before', models.JSONField(null=True, verbose_name='操作前')),
                ('after', models.JSONField(null=True, verbose_name='操作后')),
                ('because', models.TextField(blank=True, verbose_name='理由')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='操作人')),
            ],
            options={
                'verbose_name': '操作日志',
                'verbose_name_plural': '操作日志',
                'ordering': ['-id'],
                'permissions': [('view_whole_trail', '可以查看全部操作日志')],
                'indexes': [models.Index(fields=['dataset', 'id'], name='trail_dataset'), models.Index(fields=['object_kind', 'object_id', 'id'], name='trail_object'), models.Index(fields=['by', 'id'], name='trail_by')],
                'constraints': [models.CheckConstraint(condition=models.Q(('by__isnull', False), ('kind', 'sign_in_failed'), _connector='OR'), name='trail_names_somebody')],
            },
        ),
        migrations.RunPython(forwards),
    ]
