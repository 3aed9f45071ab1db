"""The full-text index of names: what a name is indexed under, and asking for a bounded number of names.

Every name is a set of terms: pairs of neighbouring characters, since readers type two to six Chinese characters and the
usual tokenizers find nothing for two; and marked terms (``§…``) for how the brand word begins, its pinyin and initials, the
division and the code of the company. On SQLite the index is an FTS5 table, on PostgreSQL a GIN
index over an array of lexemes. Nothing is counted and no more than a bound is fetched: that is what makes a search over
millions of names take milliseconds.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from records import uscc
from records.search import names, pinyin
from records.search.folding import pairs

INDEX = "records_name_index"
# Names the index may hand over for checking letter by letter.
BOUND = 4000
_SAMPLE = 6000
_KEPT = 8
Name = tuple[int, str, str, str]  # company id, kind, text, folded


def create_index(cursor) -> None:
    """Create the index table; the migrations call it."""
    if connection.vendor == "postgresql":
        cursor.execute(f"CREATE TABLE {INDEX} (rowid bigint PRIMARY KEY, grams tsvector NOT NULL)")
        # New names wait in a short list, which is searched too and put into the index a few hundred at a time.
        cursor.execute(f"CREATE INDEX {INDEX}_grams ON {INDEX} USING gin (grams) WITH (gin_pending_list_limit = 512)")
    else:
        # The ascii tokenizer takes every other character as part of a word, so a term stays one token.
        cursor.execute(
            f"CREATE VIRTUAL TABLE {INDEX} USING fts5(grams, content='', tokenize='ascii', detail='none')"
        )


def drop_index(cursor) -> None:
    cursor.execute(f"DROP TABLE {INDEX}")


def document(folded: str, code: str) -> list[str]:
    """Every term of a name of the company with this code; the same arguments always give the same terms.

    ``§h`` the first two characters of the name and of its brand word, ``§k`` the name without legal form,
    ``§y`` ``§i`` pinyin and initials from either start, ``§r`` division, ``§m`` ``§t`` the last ten characters of the code in
    two halves. Companies limited by shares (``§g``) are found by letters in order: characters, ``§s`` syllables,
    ``§l`` initials, ``§j`` the first two initials.
    """
    core, start, region = names.core(folded), names.head(folded), uscc.region_of(code)
    terms = [folded[at : at + 2] for at in range(len(folded))]
    terms += (f"§k{core}", f"§m{code[-10:-5].lower()}", f"§t{code[-5:].lower()}")
    if region:
        terms += (f"§r{region[:2]}", f"§r{region[:4]}")
    read = pinyin.syllables(core)
    for at in (0, start) if start else (0,):
        terms += (f"§h{folded[at : at + 2]}", f"§y{''.join(read[at : at + _KEPT])}")
    terms.append(f"§i{''.join([syllable[0] for syllable in read[start : start + _KEPT]])}")
    if names.has_shares(folded):
        spoken = names.spoken(folded)
        terms += ("§g", *spoken, f"§i{''.join([syllable[0] for syllable in read[:_KEPT]])}")
        terms += [f"§j{''.join([syllable[0] for syllable in read[at : at + 2]])}" for at in (0, start)]
        for syllable in pinyin.syllables(spoken):
            terms += (f"§s{syllable}", f"§l{syllable[0]}")
    return list(dict.fromkeys(terms))


def add_names(entries: Iterable[tuple[int, str, str]]) -> None:
    """Index ``(SearchName id, folded, code of the company)``. Names already indexed must be removed first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {INDEX} (rowid, grams) FROM STDIN") as copy:
                for rowid, folded, code in entries:
                    copy.write_row((rowid, " ".join(f"'{term}'" for term in document(folded, code))))
        else:
            rows = ((rowid, " ".join(document(folded, code))) for rowid, folded, code in entries)
            cursor.executemany(f"INSERT INTO {INDEX} (rowid, grams) VALUES (%s, %s)", rows)


def remove_names(entries: Iterable[tuple[int, str, str]]) -> None:
    """Take ``(SearchName id, folded, code)`` out of the index; they must be what was indexed, FTS5 keeps no copy."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(f"DELETE FROM {INDEX} WHERE rowid = %s", [(rowid,) for rowid, _, _ in entries])
        else:
            rows = [(rowid, " ".join(document(folded, code))) for rowid, folded, code in entries]
            cursor.executemany(f"INSERT INTO {INDEX} ({INDEX}, rowid, grams) VALUES ('delete', %s, %s)", rows)


def ask(terms: Sequence[str], limit: int, *, region: str = "", containing: Sequence[str] = ()) -> list[Name]:
    """At most ``limit`` names that have all ``terms`` and hold all texts of ``containing``, unranked.

    A term that ends in ``*`` stands for all that begin so. ``region`` is a division of two, four or six digits. Texts are
    looked for in the first ``BOUND`` names with the terms.
    """
    if not terms:
        return []
    terms = [*terms, f"§r{region[:4]}"] if region else terms
    within = max(limit, BOUND) if containing else limit
    holds = "".join(" AND n.folded LIKE %s" for _ in containing)
    condition, parameter = _condition(list(dict.fromkeys(terms)))
    sql = (
        f"SELECT n.company_id, n.kind, n.text, n.folded FROM (SELECT rowid FROM {INDEX} WHERE {condition} LIMIT %s) found "
        f"JOIN records_searchname n ON n.id = found.rowid WHERE TRUE{holds} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [parameter, within, *(f"%{text}%" for text in containing), limit])
        return cursor.fetchall()


def _condition(terms: Sequence[str]) -> tuple[str, str]:
    if connection.vendor == "postgresql":
        return "grams @@ %s::tsquery", " & ".join(f"'{term.rstrip('*')}'{':*' * term.endswith('*')}" for term in terms)
    return f"{INDEX} MATCH %s", " AND ".join(f'"{term.rstrip("*")}"{"*" * term.endswith("*")}' for term in terms)


def frequencies() -> Counter[str]:
    """How often pairs and characters occur in a sample of the names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM records_searchname")
        last = cursor.fetchone()[0] or 0
    return _frequencies(connection.settings_dict["NAME"], last.bit_length())


def rarest(terms: Iterable[str], count: int, often: Counter[str] | None = None) -> list[str]:
    """The ``count`` terms (pairs, or single characters as ``字*``) that the fewest names hold, by a sample of the register."""
    often = frequencies() if often is None else often
    return sorted(dict.fromkeys(terms), key=lambda term: often[term.rstrip("*")])[:count]


@functools.lru_cache(maxsize=8)
def _frequencies(database: str, magnitude: int) -> Counter[str]:  # noqa: ARG001 - the key of the cache
    """How often pairs and characters occur in a sample; taken anew each time the register has doubled."""
    step = max(1, 2 ** (magnitude - 1) // _SAMPLE)
    ids = ",".join(str(1 + number * step) for number in range(_SAMPLE))
    counted: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT folded FROM records_searchname WHERE id IN ({ids})")
        for (folded,) in cursor.fetchall():
            counted.update({*pairs(folded), *folded})
    return counted
