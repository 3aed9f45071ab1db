"""The roles of staff: groups with the permissions each needs."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

READ = ["view_batch", "view_stagedrow", "view_record", "view_company", "view_event"]
ROLES = {
    "importer": [*READ, "add_batch", "change_batch"],
    "reviewer": [*READ, "review_batch", "change_batch", "change_record"],
    "administrator": [
        *READ, "change_record", "view_membership", "add_membership", "change_membership", "delete_membership",
        "view_user", "add_user", "change_user", "view_group",
    ],
}


def forwards(apps, schema_editor):
    for label in ("auth", "records"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    for role, codenames in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        group.permissions.set(permissions.filter(codename__in=codenames, content_type__app_label__in=["auth", "records"]))


class Migration(migrations.Migration):
    dependencies = [("records", "0002_log_and_index"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
