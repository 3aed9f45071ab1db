"""Reading and writing many rows at the speed of the database, past the ORM."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values already have the form the database stores (JSON as text, days as ISO text)."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # COPY is past Django's cursor, which gives the driver's errors their names.
            with connection.wrap_database_errors, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)


def fetch_among(sql: str, values: Sequence[str], *parameters: Any) -> list[tuple]:
    """The rows of a query whose ``{among}`` stands for "is one of these values": one parameter, however many they are.

    ``parameters`` follow those values in the text of the query.
    """
    if not values:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(sql.format(among="= ANY(%s)"), [list(values), *parameters])
        else:
            listed = "IN (SELECT value FROM json_each(%s))"
            cursor.execute(sql.format(among=listed), [json.dumps(list(values)), *parameters])
        return cursor.fetchall()
