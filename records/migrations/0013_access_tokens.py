"""Tokens for what is not public, the log of their use, which the database refuses to change, and who may make and read them."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER records_accessuse_no_update BEFORE UPDATE ON records_accessuse "
        "BEGIN SELECT RAISE(ABORT, 'the log of uses is append-only'); END",
        "CREATE TRIGGER records_accessuse_no_delete BEFORE DELETE ON records_accessuse "
        "BEGIN SELECT RAISE(ABORT, 'the log of uses is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION records_accessuse_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log of uses is append-only'; END $$",
        "CREATE TRIGGER records_accessuse_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON records_accessuse "
        "FOR EACH STATEMENT EXECUTE FUNCTION records_accessuse_append_only()",
    ),
}
PERMISSIONS = ["view_accesstoken", "add_accesstoken", "change_accesstoken", "view_accessuse"]


def forwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in TRIGGERS[schema_editor.connection.vendor]:
            cursor.execute(statement)
    config = apps.get_app_config("records")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="records")
    group = apps.get_model("auth", "Group").objects.get(name="administrator")
    group.permissions.add(*permissions.filter(codename__in=PERMISSIONS))


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0012_row_decisions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prefix', models.CharField(editable=False, max_length=8, unique=True, verbose_name='标识')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('holder', models.CharField(max_length=200, verbose_name='持有单位')),
                ('level', models.CharField(choices=[('authorized', '授权查询'), ('government', '政务共享')], max_length=10, verbose_name='级别')),
                ('datasets', models.JSONField(default=list, verbose_name='信息类目')),
                ('agencies', models.JSONField(default=list, verbose_name='信源单位')),
                ('expires_on', models.DateField(help_text='自该日起不能使用，最长一年。', verbose_name='失效日期')),
                ('because', models.TextField(verbose_name='理由')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='签发时间')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='吊销时间')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签发人')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='吊销人')),
            ],
            options={
                'verbose_name': '访问令牌',
                'verbose_name_plural': '访问令牌',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AccessUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('asked', models.CharField(max_length=500, verbose_name='请求')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='来源地址')),
                ('request', models.CharField(blank=True, max_length=64, verbose_name='请求编号')),
                ('shown', models.PositiveIntegerField(verbose_name='给出条数')),
                ('token', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='records.accesstoken', verbose_name='访问令牌')),
            ],
            options={
                'verbose_name': '令牌使用记录',
                'verbose_name_plural': '令牌使用记录',
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['authorized', 'government'])), name='token_level'),
        ),
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('because', ''), _negated=True), models.Q(('holder', ''), _negated=True)), name='token_says_whose_and_why'),
        ),
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_by', None)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='token_revoked_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('made_by')), _negated=True)), _connector='OR'), name='token_confirmed_by_another'),
        ),
        migrations.AddIndex(
            model_name='accessuse',
            index=models.Index(fields=['token', 'id'], name='use_of_token'),
        ),
        migrations.RunPython(forwards),
    ]
