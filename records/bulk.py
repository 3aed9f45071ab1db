"""Writing many rows at the speed of the database: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values already have the form the database stores (JSON as text, days as ISO text)."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)


def in_groups(values: Sequence[Any], size: int = 900) -> Iterable[Sequence[Any]]:
    """The values in groups small enough for one ``IN (…)``."""
    return (values[start : start + size] for start in range(0, len(values), size))
