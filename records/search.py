"""Finding companies by name or code: the folding of names, the full-text index, and the one search entry point.

The index holds every name as overlapping pairs of characters (bigrams), because readers type two to six Chinese characters
and the usual tokenizers find nothing for two. On SQLite it is an FTS5 table, on PostgreSQL a GIN index over an array of
lexemes; both are asked for a bounded number of candidates, which are then ranked by how well the name fits.
Nothing is ranked or counted beyond that bound: it is what makes a search over millions of names take milliseconds.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

import opencc
from django.db import connection

INDEX = "records_name_index"
MAX_QUERY = 60
_DROPPED = re.compile(r"[^\w]+|_")
_LONELY = re.compile(r"(?:有限责任公司|股份有限公司|有限公司)$")


@functools.cache
def _simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def fold(text: str) -> str:
    """A name as the index knows it: NFKC, lower case, simplified, without spaces, brackets and punctuation.

    >>> fold("ＡＢＣ（中國） 有限公司")
    'abc中国有限公司'
    """
    text = unicodedata.normalize("NFKC", text).lower()
    if not text.isascii():
        text = _simplified().convert(text)
    return _DROPPED.sub("", text)


def grams(folded: str) -> list[str]:
    """The distinct pairs of neighbouring characters, and the last character alone so that one character finds it too."""
    return list(dict.fromkeys([folded[i : i + 2] for i in range(len(folded))]))


def fragments(query: str) -> list[str]:
    """What a reader typed, as folded fragments that must all occur in a name, in the order typed."""
    return [piece for piece in (fold(part) for part in query[:MAX_QUERY].split()) if piece]


def create_index(cursor) -> None:
    """Create the index table; the migration calls it."""
    if connection.vendor == "postgresql":
        cursor.execute(f"CREATE TABLE {INDEX} (rowid bigint PRIMARY KEY, grams tsvector NOT NULL)")
        cursor.execute(f"CREATE INDEX {INDEX}_grams ON {INDEX} USING gin (grams) WITH (fastupdate = off)")
    else:
        # The ascii tokenizer takes every other character as part of a word, so a bigram stays one term.
        cursor.execute(f"CREATE VIRTUAL TABLE {INDEX} USING fts5(grams, content='', tokenize='ascii', prefix='1')")


def drop_index(cursor) -> None:
    cursor.execute(f"DROP TABLE {INDEX}")


def add_names(names: Iterable[tuple[int, str]]) -> None:
    """Index ``(SearchName id, folded)`` pairs. Names already indexed must be removed first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            rows = [(rowid, grams(folded)) for rowid, folded in names]
            cursor.executemany(f"INSERT INTO {INDEX} (rowid, grams) VALUES (%s, array_to_tsvector(%s))", rows)
        else:
            rows = [(rowid, " ".join(grams(folded))) for rowid, folded in names]
            cursor.executemany(f"INSERT INTO {INDEX} (rowid, grams) VALUES (%s, %s)", rows)


def remove_names(names: Iterable[tuple[int, str]]) -> None:
    """Take ``(SearchName id, folded)`` pairs out of the index; ``folded`` must be what was indexed."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(f"DELETE FROM {INDEX} WHERE rowid = %s", [(rowid,) for rowid, _ in names])
        else:
            rows = [(rowid, " ".join(grams(folded))) for rowid, folded in names]
            cursor.executemany(f"INSERT INTO {INDEX} ({INDEX}, rowid, grams) VALUES ('delete', %s, %s)", rows)


def _terms(pieces: Sequence[str]) -> list[str]:
    """The pairs that every name with these fragments holds; a one-character fragment becomes a prefix, ``字*``."""
    terms = []
    for piece in pieces:
        terms += [piece[i : i + 2] for i in range(len(piece) - 1)] or [f"{piece}*"]
    return list(dict.fromkeys(terms))


def _condition(pieces: Sequence[str]) -> tuple[str, str]:
    """The SQL test of the index for these fragments, and its one parameter."""
    terms = _terms(pieces)
    if connection.vendor == "postgresql":
        quoted = (f"'{term.rstrip('*')}'" + (":*" if term.endswith("*") else "") for term in terms)
        return f"{INDEX}.grams @@ %s::tsquery", " & ".join(quoted)
    quoted = (f'"{term.rstrip("*")}"' + ("*" if term.endswith("*") else "") for term in terms)
    return f"{INDEX} MATCH %s", " AND ".join(quoted)


def candidates(query: str, limit: int) -> list[tuple[int, str, str, str]]:
    """At most ``limit`` names that hold every fragment of the query: ``(company id, kind, text, folded)``, unranked.

    Fragments longer than two characters are checked letter by letter after the index, which knows pairs only.
    """
    pieces = fragments(query)
    if not pieces:
        return []
    condition, parameter = _condition(pieces)
    long = [piece for piece in pieces if len(piece) > 2]
    contains = "".join(" AND n.folded LIKE %s" for _ in long)
    sql = (
        f"SELECT n.company_id, n.kind, n.text, n.folded FROM {INDEX} JOIN records_searchname n ON n.id = {INDEX}.rowid "
        f"WHERE {condition}{contains} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [parameter, *(f"%{piece}%" for piece in long), limit])
        return cursor.fetchall()


def names_equal_to(folded: str, limit: int) -> list[tuple[int, str, str, str]]:
    """Names that are ``folded`` as a whole, by an ordinary index, so that a whole name is found among any number of others."""
    sql = "SELECT company_id, kind, text, folded FROM records_searchname WHERE folded = %s LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [folded, limit])
        return cursor.fetchall()


def fit(folded: str, pieces: Sequence[str], kind: str) -> tuple:
    """How well a name fits, smaller is better: whole, from the start, in the order typed, current before former, short."""
    whole = "".join(pieces)
    positions = [folded.find(piece) for piece in pieces]
    if folded == whole:
        rank = 0
    elif _LONELY.sub("", folded) == _LONELY.sub("", whole):
        rank = 1
    elif folded.startswith(pieces[0]):
        rank = 2
    else:
        rank = 3
    return rank, kind != "current", positions != sorted(positions), len(folded), positions[0]
