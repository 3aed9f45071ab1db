"""Tokens for what is not public, the log of their use, which the database refuses to change, and who may make and read them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

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
