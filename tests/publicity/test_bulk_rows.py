"""The quick ways of an export tell what the slow ones do: of every dataset the values of the one door, lines as the csv module writes."""

import csv
import io
import json

import pytest

from publicity.bulk.rows import CompanyTable, CsvLines, Door, Entry, Table, line_of
from records.catalog import catalog
from records.models import Record
from records.rows import canonical

PUBLIC = catalog().of()
REGISTRATION = catalog().datasets["samr-registration"]
AWKWARD = ["a,b", 'a"b', "a\nb", "a\rb", "=1+1", "-", "－", "@x", "+8", " a", "", "贸易", "-5", "\tx", "a,=b", None, 7, ["甲", "=乙"]]


def example(dataset) -> dict:
    """Values of every column that has an example, also of those not shown to the public."""
    return {field.name: value for field in dataset.fields if field.example and (value := field.parse(field.example)) is not None}


def entry(values: dict) -> Entry:
    return Entry(7, "a" * 26, "91980101MF0000013C", "2026-06-15", None, json.dumps(values), "current", None)


@pytest.mark.parametrize("dataset", PUBLIC, ids=lambda dataset: dataset.slug)
def test_the_values_of_an_export_are_those_of_the_one_door(dataset):
    every = {field.name: f"值 {field.name}" for field in dataset.fields} | example(dataset)
    unknown, first = {"no_longer_declared": "x"}, dataset.shown_to("public")[0].name
    for values in (every, every | unknown, every | {first: None}, {first: "x"}, {}):
        told = Record(dataset=dataset.slug, values=values).disclosed()
        assert Door(dataset).values(entry(values)) == {field.name: value for field, value in told.items()}


def test_a_whole_number_of_any_length_leaves_as_it_is():
    dataset = next(one for one in PUBLIC if any(field.type == "integer" for field in one.shown_to("public")))
    name = next(field.name for field in dataset.shown_to("public") if field.type == "integer")
    values = Door(dataset).values(entry({name: 12345678901234567890123}))
    assert line_of(values) == b'{"%b":12345678901234567890123}\n' % name.encode()


@pytest.mark.parametrize("dataset", PUBLIC, ids=lambda dataset: dataset.slug)
def test_lines_are_those_of_the_csv_module(dataset):
    table, found = Table(dataset), entry(example(dataset))
    check(table, [table.row(found, Door(dataset).values(found))])


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("place", ["decision_no", "fine", "_published_until", "_id", "penalty_kinds"])
def test_what_needs_quotes_or_an_apostrophe_gets_them(place, value):
    dataset = catalog().datasets["tax-penalty"]
    table, found = Table(dataset), entry(example(dataset))
    check(table, [table.row(found, Door(dataset).values(found)) | {place: value}])


def test_lines_of_companies_are_those_of_the_csv_module():
    table, found = CompanyTable(REGISTRATION), entry(example(REGISTRATION))
    check(table, [table.row(found, Door(REGISTRATION).values(found))])


def test_what_is_told_of_a_company_is_the_same_in_both_formats():
    table, found = CompanyTable(REGISTRATION), entry(example(REGISTRATION))
    row = table.row(found, Door(REGISTRATION).values(found))
    assert row.keys() == {column.name for column in table.columns}


def test_a_line_of_ndjson_is_the_canonical_text():
    for row in ({"b": "“值”", "a": [1, None], "_id": "x"}, {"n": 2**70, "m": {"z": 1, "a": "\u2028"}}):
        assert line_of(row) == canonical(row).encode() + b"\n"


def check(table: Table, rows: list[dict]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([column.cell(row) for column in table.columns] for row in rows)
    lines = CsvLines(table.columns)
    assert lines.lines(rows).decode() == out.getvalue()
    assert lines.header().decode() == ",".join(column.name for column in table.columns) + "\r\n"
