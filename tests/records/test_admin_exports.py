"""Exports: what leaves is what staff may see, and no spreadsheet takes a cell for a formula."""

import csv
import io

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from records.catalog import catalog
from records.cells import FORMULA_STARTS, safe_cell
from records.models import Record
from records.resources import RecordResource, csv_chunks, xlsx_chunks
from tests.factories import make_company, make_record

EXPORT = "admin:records_record_export"
# Line ends and characters that no file format carries as they are; everything else has to survive.
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), max_size=40)


def unmasked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def read_csv(rows: list[list[str]]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(csv_chunks(rows)).decode("utf-8-sig"), newline="")))


def read_xlsx(rows: list[list[str]]) -> list[list[str]]:
    read = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(xlsx_chunks(rows)))).get_sheet_by_index(0).to_python()
    # XML has no other way to keep a carriage return (ECMA-376, 22.4.2.4).
    return [[str(cell).replace("_x000D_", "\r") for cell in row] for row in read]


@pytest.mark.parametrize("written_and_read", [read_csv, read_xlsx])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_exported_cell_starts_like_a_formula_and_the_text_survives(written_and_read, data):
    starts = st.sampled_from(["", *FORMULA_STARTS])
    texts = data.draw(st.lists(st.tuples(starts, TEXTS).map("".join), min_size=1, max_size=8))
    cells = [row[1] for row in written_and_read([["x", text, "x"] for text in texts])]
    for text, cell in zip(texts, cells, strict=True):
        assert not cell.startswith(FORMULA_STARTS)
        assert unmasked(cell) == text or text.startswith("'")


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "＝1+1", "－5", "@SUM(A1)", "\t=1+1", "\r=1+1"])
@pytest.mark.parametrize("written_and_read", [read_csv, read_xlsx])
def test_known_attacks_arrive_as_text(written_and_read, text):
    assert written_and_read([["x", text, "x"]]) == [["x", f"'{text}", "x"]]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_every_start_a_spreadsheet_may_run_gets_an_apostrophe(start):
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_an_xlsx_holds_texts_only():
    assert read_xlsx([["代码", "数"], ["=1+1", "0012"], ["-5", None]]) == [["代码", "数"], ["'=1+1", "0012"], ["'-5", ""]]


def exported(client, user, **data) -> list[list[str]]:
    client.force_login(user)
    answer = client.post(reverse(EXPORT), {"dataset": "tax-penalty", "format": "csv"} | data)
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_an_export_holds_the_records_of_one_dataset_by_column_title(client, reviewer):
    company = make_company("=青岚市测试样例公司")
    record = make_record(company, fine="1234.5", decided_on="2026-06-15")
    make_record(company, "tax-licence")
    header, *rows = exported(client, reviewer)
    assert len(rows) == 1
    row = dict(zip(header, rows[0], strict=True))
    assert row["信用信息编号"] == record.key
    assert row["信用主体名称"] == "'=青岚市测试样例公司"
    assert row["罚款金额（万元）"] == "1234.5"
    assert row["处罚决定日期"] == "2026-06-15"


def test_the_filters_of_the_list_hold_for_the_export(client, reviewer):
    wanted = make_record(make_company())
    make_record(make_company())
    client.force_login(reviewer)
    answer = client.post(f"{reverse(EXPORT)}?q={wanted.company.code}", {"dataset": "tax-penalty", "format": "csv"})
    assert b"".join(answer.streaming_content).decode().count("\r\n") == 2


@pytest.mark.parametrize("slug", list(catalog().datasets))
def test_a_withheld_column_is_in_no_export(slug):
    dataset = catalog().datasets[slug]
    headers = RecordResource(dataset).get_export_headers()
    withheld = {column.title for column in dataset.fields if column.withheld}
    kept = {column.title for column in dataset.fields if not column.withheld}
    assert set(headers) & (withheld - kept) == set()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_withheld_value_leaves_in_no_format_even_if_the_database_had_one(client, reviewer, kind):
    withheld = next(column for column in catalog().datasets["tax-penalty"].fields if column.withheld)
    record = make_record(make_company(), fine="1234.5")
    Record.objects.filter(pk=record.pk).update(values=record.values | {withheld.name: "不得外传的值"})
    client.force_login(reviewer)
    answer = client.post(reverse(EXPORT), {"dataset": "tax-penalty", "format": kind})
    content = b"".join(answer.streaming_content)
    if kind == "xlsx":
        content = "".join(map(str, CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python())).encode()
    assert "1234.5" in content.decode()
    assert "不得外传的值" not in content.decode()


def test_only_csv_and_xlsx_are_offered(client, reviewer):
    client.force_login(reviewer)
    form = client.get(reverse(EXPORT)).context["form"]
    assert [value for value, _ in form.fields["format"].choices] == ["csv", "xlsx"]
    assert "format" in client.post(reverse(EXPORT), {"dataset": "tax-penalty", "format": "html"}).context["form"].errors


def test_too_large_an_export_asks_for_a_filter(client, reviewer, monkeypatch):
    monkeypatch.setattr("records.admin.records.EXPORT_ROWS", 1)
    company = make_company()
    make_record(company)
    make_record(company)
    client.force_login(reviewer)
    answer = client.post(reverse(EXPORT), {"dataset": "tax-penalty", "format": "csv"})
    assert "请先筛选" in answer.content.decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_columns_of_an_export_have_one_heading(language):
    twice = {}
    for slug, dataset in catalog().datasets.items():
        headings = RecordResource(dataset, language=language).get_export_headers()
        if len(set(headings)) < len(headings):
            twice[slug] = sorted(heading for heading in set(headings) if headings.count(heading) > 1)
    assert twice == {}
