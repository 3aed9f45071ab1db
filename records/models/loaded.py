"""Rows of the database as models, without what Django does for models that are made anew: of a list of records that is a third."""

from typing import Any

import orjson
from django.db import models
from django.db.models.base import ModelState


class Loaded(models.Model):
    """A model whose rows are read by the hundred; nothing is told (``pre_init``, ``post_init``) when one is."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str, field_names: list[str], values: list[Any]) -> "Loaded":
        found = cls.__new__(cls)
        # A column that was not asked for is looked up when it is needed, as Django does.
        found.__dict__.update(zip(field_names, values, strict=True))
        found._state = state = ModelState()
        state.adding, state.db = False, db
        return found


class ObjectField(models.JSONField):
    """JSON that is always a whole value of ours, read by orjson."""

    def from_db_value(self, value: str | None, expression, connection) -> Any:
        if isinstance(value, str) and isinstance(expression, models.expressions.Col):
            return orjson.loads(value)
        return super().from_db_value(value, expression, connection)

    def deconstruct(self):
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options
