"""Questions that nearly every answer begins with, put into SQL once: the ORM needs a millisecond to write a statement which the
database answers in a tenth of that.
"""

import functools
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

_PLAIN = re.compile(r"[a-z][a-z0-9_-]*").fullmatch


class Prepared:
    """A QuerySet whose SQL is written once per process and asked with other values each time.

    ``placeholders`` are the values the QuerySet was made with in the place of those to come; none of them may stand in it
    for anything else. A placeholder may stand for several whole numbers (``id__in=[-1]``): they are asked for as a list. Rows come
    back as models, annotations included; related models are not loaded. In ``sql`` parameters stand by name (``%(company)s``):
    looking for bare ``%s`` in so long a text takes SQLite's driver longer than the answer.
    """

    def __init__(self, rows: QuerySet, **placeholders: Any):
        compiler = rows.query.get_compiler(rows.db)
        sql, parameters = compiler.as_sql()
        names = {_stored(value): name for name, value in placeholders.items()}
        self._fixed: dict[str, Any] = {}
        self.sql = sql % tuple(self._place(value, names.get(value)) for value in parameters)
        self._compiler, self._model, self._alias = compiler, rows.model, rows.db
        chosen = [column for column, _, _ in compiler.select]
        self._converters = compiler.get_converters(chosen)
        # Of ``values_list`` there are no models, only ``tuples``.
        places = compiler.klass_info["select_fields"] if compiler.klass_info else range(len(chosen))
        self._from, self._to = places[0], places[-1] + 1
        self._names = [chosen[place].target.attname for place in places]
        self._annotations = list(compiler.annotation_col_map.items())

    def _place(self, value: Any, name: str | None) -> str:
        """How a parameter stands in the SQL: by its name, or spelt out."""
        if name is None and _PLAIN(str(value)):
            # A hundred slugs as parameters take longer to hand over than the question takes to answer.
            return f"'{value}'"
        if name is None:
            name = f"fixed{len(self._fixed)}"
            self._fixed[name] = value
        return f"%({name})s"

    def parameters(self, values: dict[str, Any]) -> dict[str, Any]:
        """The parameters of ``sql`` for these values."""
        return self._fixed | values

    def part(self, at: int, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The SQL and its parameters under names of their own, to stand in one statement with other parts."""
        given = self.parameters(values)
        return self.sql % {name: f"%({name}_{at})s" for name in given}, {f"{name}_{at}": value for name, value in given.items()}

    def ask(self, **values: Any) -> list[Model]:
        return [self._model_of(row) for row in self.tuples(**values)]

    def ask_few(self, most: int, **values: Any) -> list[Model] | None:
        """Its answer; None, and nothing made of the rows, when there are more than ``most``."""
        rows = self._rows(values)
        return None if len(rows) > most else [self._model_of(row) for row in self._converted(rows)]

    def tuples(self, **values: Any) -> Iterable[tuple]:
        """The columns of the QuerySet, row by row."""
        return self._converted(self._rows(values))

    def _rows(self, values: dict[str, Any]) -> list[tuple]:
        sql = self.sql
        for name in [name for name, value in values.items() if isinstance(value, list)]:
            if connection.vendor == "postgresql":
                sql = sql.replace(f"IN (%({name})s)", f"= ANY(%({name})s)")
            else:
                sql = sql.replace(f"%({name})s", ", ".join(str(int(number)) for number in values.pop(name)) or "NULL")
        return rows_of(sql, self.parameters(values))

    def ask_each(self, several: Iterable[dict[str, Any]]) -> list[Model]:
        """What it answers for each of several sets of values, one after the other, in one statement."""
        parts, given = [], {}
        for at, values in enumerate(several):
            sql, parameters = self.part(at, values)
            parts.append(f"SELECT * FROM ({sql}) AS part{at}")
            given |= parameters
        return [self._model_of(row) for row in self._converted(rows_of(" UNION ALL ".join(parts), given))]

    def _converted(self, rows: list[tuple]) -> Iterable[tuple]:
        return self._compiler.apply_converters(rows, self._converters) if self._converters else rows

    def _model_of(self, row: tuple) -> Model:
        found = self._model.from_db(self._alias, self._names, row[self._from : self._to])
        for name, place in self._annotations:
            setattr(found, name, row[place])
        return found


def rows_of(sql: str, parameters: list[Any] | dict[str, Any]) -> list[tuple]:
    """The rows of a statement of which there are few, so that PostgreSQL plans each once a connection: often that is half the time."""
    with _planned_once() if connection.vendor == "postgresql" else connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _planned_once():
    """A cursor of Django's that prepares what it executes: those it usually makes write the parameters into the statement."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection._prepare_cursor(_planning()(connection.connection))


@functools.cache
def _planning() -> type:
    class PlannedOnce(connection.Database.Cursor):
        def execute(self, query, params=None):
            return super().execute(query, params, prepare=True)

        def _convert_query(self, query, params=None):
            # Of a prepared statement the driver does not remember what Django logs.
            self._query = super()._convert_query(query, params)
            return self._query

    return PlannedOnce


def _stored(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
