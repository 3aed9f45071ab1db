"""From the values of one row to the columns every record has: its key, dates, period of publication and digests."""

import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from records import periods
from records.dataset import Dataset, Field
from records.fieldtypes import ValueProblem, fold
from records.fieldtypes.numbers import in_unit
from records.fieldtypes.values import visible
from records.personal import find_personal_numbers, looks_like_a_person, names_several

OPEN_END = "9999-12-31"
# The columns of ``records.models.RowColumns`` in the order of ``columns_of``.
COLUMNS = [
    "dataset", "key", "name", "code", "document_no", "decided_on", "valid_from", "valid_until", "ended_on",
    "published_until", "authority", "severity", "grade", "values", "fingerprint", "salt", "digest",
]


_AS_TEXT = re.compile(r'="([^"]*)"').fullmatch
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# Letters only, so that a record's id is never taken for a number.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, characters as they are."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        # A whole number beyond 64 bits. The slow encoder writes the same text.
        return _encoder.encode(value)


_NUMBERS = ("text", "identifier")
_MARK_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-_:*‐‑‒–—―－＿：＊](?=\d)")
_ORDINAL = re.compile(r"(?<!\d)第(?=\d)")


def key_of(dataset: Dataset, values: dict[str, Any], code: str, name: str) -> str:
    """The public id of a record, the same for every version of it: 26 letters from dataset and primary key (104 bits).

    Document numbers count without the shape of their brackets: 〔2019〕, 【2019】 and (2019) are one number, and so are 〔2019〕3号 and
    〔2019〕第3号. A mark between two digits counts, whatever its shape: 11-2号 and 112号 are two.
    """
    parts = [dataset.slug]
    subject = (dataset.name_of_role.get("uscc"), dataset.name_of_role.get("legacy_no"))
    for column in dataset.primary_key:
        if column in subject:
            parts.append(code or fold(name))
        else:
            value = values.get(column)
            if isinstance(value, str) and dataset.by_name[column].type in _NUMBERS:
                value = _ORDINAL.sub("", _MARK_BETWEEN_DIGITS.sub("~", value))
            parts.append(fold(value) if isinstance(value, str) else canonical(value))
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=13).hexdigest().translate(_LETTERS)


@functools.lru_cache(maxsize=4096)
def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _role(dataset: Dataset, values: dict[str, Any], role: str) -> Any:
    return values.get(dataset.name_of_role.get(role))


def subject_code(dataset: Dataset, values: dict[str, Any]) -> str:
    """The unified code of the row's company or, when it gives none, its registration number; "" when it gives neither."""
    names = dataset.name_of_role
    return values.get(names.get("uscc")) or values.get(names.get("legacy_no")) or ""


def severity_of(dataset: Dataset, values: dict[str, Any]) -> str:
    """The severity reported or, for a penalty that reports none, the one that follows from its kinds."""
    reported = _role(dataset, values, "severity")
    if reported or dataset.period not in ("order36", "samr45"):
        return reported or ""
    return _default_severity(str(values.get("penalty_kinds") or ""))


_BETWEEN_KINDS = re.compile("[;；,，]")


@functools.lru_cache(maxsize=1024)
def _default_severity(kinds: str) -> str:
    return periods.default_severity([kind for kind in _BETWEEN_KINDS.split(kinds) if kind])


@functools.lru_cache(maxsize=4096)
def _publication_end(rule: str, published_on: date, severity: str, days: tuple, *, term_years: int, visible: bool):
    decided_on, valid_until, publish_until, ended_on = days
    end = periods.publication_end(
        rule,
        decided_on=_day(decided_on),
        published_on=published_on,
        severity=severity or None,
        valid_until=_day(valid_until),
        publish_until=_day(publish_until),
        ended_on=_day(ended_on),
        term_years=term_years,
        removed_visible=visible,
    )
    return end.isoformat() if end else None


_DAYS = ("decided_on", "valid_until", "publish_until", "ended_on")


def published_until(dataset: Dataset, values: dict[str, Any], severity: str, published_on: date) -> str | None:
    """The first day on which the row is no longer public (ISO 8601), None for no end."""
    names = dataset.name_of_role
    days = tuple([values.get(names.get(role)) for role in _DAYS])
    terms = dataset.list
    return _publication_end(
        dataset.period,
        published_on,
        severity,
        days,
        term_years=terms.term_years if terms else 0,
        visible=terms.removed_visible if terms else False,
    )


def committed(slug: str, key: str, values: bytes) -> bytes:
    """What the digest of a record is made of besides its salt: canonical JSON; ``values`` is that already."""
    return b'{"dataset":"%b","key":"%b","values":%b}' % (slug.encode(), key.encode(), values)


def columns_of(dataset: Dataset, values: dict[str, Any], published_on: date, code: str = "") -> dict[str, Any]:
    """All columns of a row; dates are ISO texts, ``values`` is canonical JSON, ``salt`` is fresh.

    ``code`` is that of its company where the row does not give it: by its key the row is the same record with or without.

    The digest is sha256(0x00 ‖ salt ‖ canonical JSON of dataset, key and values): the leaf of RFC 6962 with a salt, so that
    nobody can guess erased content by trying.
    """
    code = code or subject_code(dataset, values)
    named = dataset.name_of_role.get
    name = str(values.get(named("name")) or "")
    key = key_of(dataset, values, code, name)
    text = canonical(values)
    content = text.encode()
    salt = os.urandom(16)
    leaf = b"\0" + salt + committed(dataset.slug, key, content)
    severity = severity_of(dataset, values)
    valid_until = values.get(named("valid_until"))
    return {
        "dataset": dataset.slug,
        "key": key,
        "name": name[:300],
        "code": code,
        "document_no": str(values.get(named("document_no")) or "")[:300],
        "decided_on": values.get(named("decided_on")),
        "valid_from": values.get(named("valid_from")),
        "valid_until": None if valid_until == OPEN_END else valid_until,
        "ended_on": values.get(named("ended_on")),
        "published_until": published_until(dataset, values, severity, published_on),
        "authority": str(values.get(named("authority")) or "")[:300],
        "severity": severity,
        "grade": str(values.get(named("grade")) or "")[:60],
        "values": text,
        "fingerprint": hashlib.blake2b(content, digest_size=16).hexdigest(),
        "salt": salt.hex(),
        "digest": hashlib.sha256(leaf).hexdigest(),
    }


Reader = tuple[int, str, Callable[[str], Any], bool]


def readers(columns: Iterable[tuple[int, Field]], units: Mapping[int, str] | None = None) -> list[Reader]:
    """How to read a row whose columns stand at these places: place, name, parser, required. Withheld ones are left out.

    ``units`` are what the figures at a place are in, where that is not the unit of the field.
    """
    return [(at, field.name, _parser(field, (units or {}).get(at)), field.required) for at, field in columns if not field.withheld]


def _parser(field: Field, unit: str | None) -> Callable[[str], Any]:
    return (lambda text: field.parse(in_unit(text, unit))) if unit else field.parse


def parse_rows(columns: list[Reader], rows: Sequence[Sequence[str]]) -> list[tuple[dict[str, Any], list[list[str]]]]:
    """Of each row the values by field name, and what is wrong: ``[field, value, zh, en]`` each.

    A text that stands in a column many times is parsed once. Cells of withheld columns are not looked at. A personal number
    is never repeated in an error.
    """
    names, errors, read = [name for _, name, _, _ in columns], [[] for _ in rows], []
    for column in columns if rows else ():
        texts = [cells[column[0]] for cells in rows]
        known, wrong = _read(column, set(texts))
        read.append([known[text] for text in texts])
        if wrong:
            for errors_of_row, text in zip(errors, texts, strict=True):
                if text in wrong:
                    errors_of_row.append(wrong[text])
    lines = zip(*read, strict=True) if read else [()] * len(rows)
    values = [{name: value for name, value in zip(names, line, strict=False) if value is not None} for line in lines]
    return list(zip(values, errors, strict=True))


def _read(column: Reader, texts: Iterable[str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The value of each text of a column, None for nothing, and the errors of the texts that are wrong."""
    _, name, parse, required = column
    known: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for text in texts:
        try:
            known[text] = parse(_bare(text)) if text else None
        except ValueProblem as problem:
            known[text] = None
            wrong[text] = [name, redacted(text.strip()), *map(redacted, (str(problem), problem.message_en))]
            continue
        if required and known[text] is None:
            wrong[text] = [name, "", "必填数据项为空", "a required value is missing"]
    return known, wrong


def _bare(text: str) -> str:
    """Without the formula ``="…"`` by which systems keep a spreadsheet from turning a number or a day into something else."""
    found = _AS_TEXT(text) if text[0] == "=" else None
    return found[1] if found else text


def parse_row(columns: list[Reader], cells: Sequence[str]) -> tuple[dict[str, Any], list[list[str]]]:
    """``parse_rows`` of one row."""
    return parse_rows(columns, [cells])[0]


# Whatever stands between the digits: \W is no letter of any script.
_LONG_NUMBER = re.compile(r"\d[\d\W_]{9,}[\dXxＸｘ]")


def redacted(text: str) -> str:
    """The first 200 characters of a text, with every identity or mobile number in it blotted out, none of it invisible."""
    return visible(_LONG_NUMBER.sub("■■■", text) if find_personal_numbers(text) else text)[:200]


def row_errors(dataset: Dataset, values: dict[str, Any], today: date) -> list[list[str]]:
    """What is wrong with a row each value of which can be read: whom it is about, then its days."""
    return subject_errors(dataset, values) or day_errors(dataset, values, today)


# Which day cannot come before which.
_FOLLOWS = (("valid_until", "valid_from"), ("valid_until", "decided_on"), ("ended_on", "decided_on"))


def day_errors(dataset: Dataset, values: dict[str, Any], today: date) -> list[list[str]]:
    """Days that cannot be, most of them slips of the pen: each would keep a record public too long, or not at all.

    A decision of a day to come; what ends before it begins or was decided; a removal from a list before the listing.
    """
    decided_on = _role(dataset, values, "decided_on")
    if decided_on and decided_on > today.isoformat():
        name = dataset.name_of_role["decided_on"]
        return [[name, decided_on, "日期在今天之后，决定不可能已经作出", "lies in the future; nothing was decided yet"]]
    errors = []
    for role, before in _FOLLOWS:
        last, first = _role(dataset, values, role), _role(dataset, values, before)
        # What is no list may end before its day: a renewed freeze of shares is lifted before the renewal begins.
        if last and first and last < first and (role != "ended_on" or dataset.list):
            column = dataset.by_role[before]
            zh, en = f"早于“{column.title}”{first}", f"is earlier than “{column.text('title', 'en')}”, {first}"
            errors.append([dataset.name_of_role[role], last, zh, en])
    return errors


def subject_errors(dataset: Dataset, values: dict[str, Any]) -> list[list[str]]:
    """What is wrong with whom the row is about: nobody named, or a natural person, whom this site does not publish."""
    column = dataset.by_role.get("uscc") or dataset.by_role["name"]
    if not subject_code(dataset, values) and not _role(dataset, values, "name"):
        return [[column.name, "", "统一社会信用代码、注册号、名称均为空", "no code, registration number or name"]]
    if dataset.registers and not subject_code(dataset, values):
        return [[column.name, "", "登记信息须有统一社会信用代码或注册号", "a registration needs a code or number"]]
    kind = dataset.by_role.get("party_kind")
    if kind and str(values.get(kind.name, "")).startswith("自然人"):
        return [[kind.name, "自然人", "本平台不公示自然人的信息", "natural persons are not published here"]]
    name = str(_role(dataset, values, "name") or "")
    if not subject_code(dataset, values) and looks_like_a_person(name):
        zh = "名称像是自然人姓名，又没有统一社会信用代码或注册号；本平台不公示自然人的信息"
        en = "looks like the name of a person, and has no code or number; natural persons are not published here"
        return [[dataset.name_of_role["name"], "", zh, en]]
    if not subject_code(dataset, values) and names_several(name):
        zh, en = "一格内有多个主体，请每个主体一行", "one cell holds several subjects; give each its own row"
        return [[dataset.name_of_role["name"], name[:200], zh, en]]
    return []
