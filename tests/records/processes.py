"""Other processes of the site on the test database: workers, watchers."""

import os
from urllib.parse import quote

from django.db import connection


def environment(settings, **more: str) -> dict[str, str]:
    """What a process needs to work on the database and the uploads of the running test."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = f"postgresql://{database['USER']}@{quote(database['HOST'], safe='')}:{database['PORT']}/{database['NAME']}"
    return os.environ | {"DATABASE_URL": url, "UPLOAD_DIR": str(settings.UPLOAD_DIR), "IMPORT_LEASE_SECONDS": "1", **more}
