"""The full-text index of names: asking for a bounded number of names that have certain terms, and keeping it.

What a name is indexed under is told by ``records.search.terms``. On SQLite the index is an FTS5 table of its own, on PostgreSQL a
column of hashed terms beside the names with a GIN index, so that a name found is a name read. Nothing is counted and no
more than a bound is fetched: that is what makes a search over millions of names take milliseconds.
"""

import itertools
import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from zlib import crc32

from django.db import connection

from records.bulk import insert_rows
from records.search import names
from records.search.terms import document, placed

INDEX = "records_name_index"
NAMES = "records_searchname"
# Names the index may hand over for checking letter by letter.
BOUND = 4000
# One name in so many stands in the small index too.
EIGHTH = 8
_AN_EIGHTH = f"(n.id %% {EIGHTH} = 0)"
_COLUMNS = ("id", "company_id", "kind", "text", "folded", "start", "standing", "facets")
_READ = "n.company_id, n.kind, n.text, n.folded, n.start, n.standing, n.facets"


class Way(StrEnum):
    """How PostgreSQL meets names: by the index of all, first by that of every eighth, or by just reading them. SQLite has one way."""

    WHOLE = "whole"
    EIGHTH = "eighth"
    READING = "reading"


class Name(NamedTuple):
    """A name as the index hands it over; ``start``, ``standing`` and ``facets`` are those of ``names.head``, ``names.standing`` and
    ``terms.placed``.
    """

    company_id: int
    kind: str
    text: str
    folded: str
    start: int
    standing: int
    facets: str


class Ask(NamedTuple):
    """Names that have all ``terms``, one of ``either`` if any are given, and hold all texts of ``containing``: at most ``limit``."""

    terms: tuple[str, ...]
    limit: int
    containing: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    way: Way = Way.WHOLE


class Entry(NamedTuple):
    """A name as it is stored, with its terms in one text; ``entry`` makes one. The company may have no id yet."""

    kind: str
    text: str
    folded: str
    start: int
    standing: int
    facets: str
    terms: str


def entry(kind: str, text: str, folded: str, code: str, facets: str) -> Entry:
    """The entry of a name of the company with this code and these facets. It takes a tenth of a millisecond: much to read."""
    described = names.head(folded), names.standing(folded), placed(code, facets)
    return Entry(kind, text, folded, *described, " ".join(document(folded, code, facets)))


def create_index(cursor) -> None:
    """Create the index, empty; the migrations call it."""
    if connection.vendor == "postgresql":
        cursor.execute(f"ALTER TABLE {NAMES} ADD COLUMN terms integer[] NOT NULL DEFAULT '{{}}'")
        # New names wait in a short list, which is searched too and put into the index a few hundred at a time.
        gin = "USING gin (terms) WITH (gin_pending_list_limit = 512)"
        cursor.execute(f"CREATE INDEX {INDEX}_terms ON {NAMES} {gin}")
        # All names with terms are collected before one is handed over: of the many that frequent terms have, an eighth will do.
        cursor.execute(f"CREATE INDEX {INDEX}_eighth ON {NAMES} {gin} WHERE id % {EIGHTH} = 0")
    else:
        # The ascii tokenizer takes every other character as part of a word, so a term stays one token.
        options = "content='', columnsize=0, tokenize='ascii', detail='none'"
        cursor.execute(f"CREATE VIRTUAL TABLE {INDEX} USING fts5(grams, {options})")


def drop_index(cursor) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"ALTER TABLE {NAMES} DROP COLUMN terms")
    else:
        cursor.execute(f"DROP TABLE {INDEX}")


def add_names(entered: Sequence[tuple[int, int, Entry]]) -> None:
    """Store and index names: id, company id, entry. A name of the same id must have been removed first."""
    if connection.vendor == "postgresql":
        rows = ((id_, company_id, *name[:-1], _hashed(name.terms.split(" "))) for id_, company_id, name in entered)
        insert_rows(NAMES, (*_COLUMNS, "terms"), rows)
    else:
        insert_rows(NAMES, _COLUMNS, ((id_, company_id, *name[:-1]) for id_, company_id, name in entered))
        insert_rows(INDEX, ("rowid", "grams"), ((id_, name.terms) for id_, _, name in entered))


def remove_names(entered: Sequence[tuple[int, Entry]]) -> None:
    """Take names out by id; the entries must be exactly those that were added: FTS5 without contents deletes what it is told."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            rows = [(id_, name.terms) for id_, name in entered]
            cursor.executemany(f"INSERT INTO {INDEX} ({INDEX}, rowid, grams) VALUES ('delete', %s, %s)", rows)
        cursor.executemany(f"DELETE FROM {NAMES} WHERE id = %s", [(id_,) for id_, _ in entered])


def absorb_new_names() -> None:
    """Put the names that wait in PostgreSQL's short list into its index: every question reads the list through."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT gin_clean_pending_list('{INDEX}_terms'), gin_clean_pending_list('{INDEX}_eighth')")


def ask(*asked: Ask) -> list[Name]:
    """The names of every question, unranked, each question bounded for itself; a name may come more than once."""
    return list(itertools.chain.from_iterable(ask_each(*asked).values()))


def ask_each(*asked: Ask) -> dict[Ask, list[Name]]:
    """The names of each question, unranked; a question without terms has none."""
    asked = tuple(dict.fromkeys(one for one in asked if one.terms or one.either))
    if not asked:
        return {}
    select = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    return dict(zip(asked, _fetched([select(one) for one in asked]), strict=True))


def any_names(containing: Sequence[str], limit: int) -> list[Name]:
    """The first names that hold these texts, for texts that stand in nearly every name."""
    holds, parameters = _containing(containing)
    return _fetched([(f"SELECT {_READ} FROM {NAMES} n WHERE {holds} LIMIT %s", [*parameters, limit])])[0]


def _fetched(selects: list[tuple[str, list]]) -> list[list[Name]]:
    """The names of each of the selects, asked for at once."""
    sql = " UNION ALL ".join(f"SELECT {place} AS place, found.* FROM ({select}) found" for place, (select, _) in enumerate(selects))
    parameters = [parameter for _, parameters in selects for parameter in parameters]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        else:
            # For every row it steps to, SQLite's driver gives Python's lock away and asks for it back: here it steps once.
            cursor.execute(f"SELECT json_group_array(json_array(place, {', '.join(Name._fields)})) FROM ({sql})", parameters)
            rows = json.loads(cursor.fetchone()[0])
    found: list[list[Name]] = [[] for _ in selects]
    for place, *name in rows:
        found[place].append(Name._make(name))
    return found


def _on_postgresql(one: Ask) -> tuple[str, list]:
    holds, texts = _containing(one.containing)
    conditions = [f"(n.terms {operator} '{_hashed(terms)}')" for operator, terms in (("@>", one.terms), ("&&", one.either)) if terms]
    # With IS TRUE the index cannot be used.
    inner = f"SELECT {_READ} FROM {NAMES} n WHERE {' AND '.join(conditions)}" + " IS TRUE" * (one.way == Way.READING)
    if one.way == Way.EIGHTH:
        # The other names are only asked for when an eighth of all has too few.
        inner = f"({inner} AND {_AN_EIGHTH}) UNION ALL ({inner} AND NOT {_AN_EIGHTH})"
    parameters = [max(one.limit, BOUND) if texts else one.limit]
    if texts:
        return f"SELECT * FROM ({inner} LIMIT %s) n WHERE {holds} LIMIT %s", [*parameters, *texts, one.limit]
    return f"{inner} LIMIT %s", parameters


def _on_sqlite(one: Ask) -> tuple[str, list]:
    wanted = [f'"{term}"' for term in dict.fromkeys(one.terms)]
    if one.either:
        wanted.append("(" + " OR ".join(f'"{term}"' for term in one.either) + ")")
    holds, texts = _containing(one.containing)
    within = max(one.limit, BOUND) if texts else one.limit
    sql = (
        f"SELECT {_READ} FROM (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s LIMIT %s) found "
        f"CROSS JOIN {NAMES} n ON n.id = found.rowid WHERE {holds} LIMIT %s"
    )
    return sql, [" AND ".join(wanted), within, *texts, one.limit]


def _containing(texts: Sequence[str]) -> tuple[str, list[str]]:
    return " AND ".join(["TRUE", *["n.folded LIKE %s"] * len(texts)]), [f"%{text}%" for text in texts]


def _hashed(terms: Iterable[str]) -> str:
    """Terms as PostgreSQL's index knows them; two terms of one number are told apart when names are ranked."""
    return "{" + ",".join([str(crc32(term.encode()) - 2**31) for term in terms]) + "}"
