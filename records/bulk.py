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

    ``parameters`` follow those values in the text of the query. What it orders by holds among the rows of one value.
    """
    if not values:
        return []
    # A hostile file has one key in every row.
    values = list(dict.fromkeys(values))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Each value for itself: without statistics, as while the first million rows come, a planner told of
            # thousands of values at once reads the whole table.
            each = sql.format(among="= wanted.value")
            of_type = "bigint" if isinstance(values[0], int) else "text"
            lateral = f"SELECT found.* FROM unnest(%s::{of_type}[]) wanted(value) CROSS JOIN LATERAL ({each} OFFSET 0) found"
            cursor.execute(lateral, [values, *parameters])
        else:
            listed = "IN (SELECT value FROM json_each(%s))"
            cursor.execute(sql.format(among=listed), [json.dumps(values), *parameters])
        return cursor.fetchall()
