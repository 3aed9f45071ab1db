"""Adding a dataset is adding a file: it can be imported, is shown, served and documented, without a line of Python."""

import shutil

import pytest

from records.catalog import DECLARATIONS, catalog
from records.ingest import receive, work
from records.sheets import blank_sheet
from tests.factories import make_company
from tests.sheets import csv_file, example_row, table, xlsx_file

DECLARATION = """
title = "森林防火检查信息"
title_en = "Forest fire inspections"
summary = "林区经营单位的防火检查结果"
summary_en = "Results of fire inspections of businesses in forests"
agency = "emergency"
category = "inspection"
disclosure = "public"
legal_basis = "《中华人民共和国森林法》"
legal_basis_en = "Forest Law of the PRC"
frequency = "monthly"
primary_key = ["report_no", "uscc"]
columns = ["report_no", "inspected_on", "result"]
fields = [
  { name = "company_name", title = "单位名称", title_en = "Name", role = "name", required = true, example = "测试林场" },
  { name = "uscc", title = "统一社会信用代码", title_en = "Code", type = "uscc", role = "uscc", example = "91330110MF1000015W" },
  { name = "report_no", title = "检查报告编号", title_en = "Report", role = "document_no", example = "青测防字〔2026〕1号" },
  { name = "inspected_on", title = "检查日期", title_en = "Inspected on", type = "date", role = "decided_on", example = "2026-05-06" },
  { name = "result", title = "检查结果", title_en = "Result", type = "code", codes = "RESULT", example = "合格" },
  { name = "inspector_id", title = "检查人员证件号码", title_en = "Inspector's ID", disclosure = "withheld" },
]
[codes.RESULT]
"1" = { zh = "合格", en = "passed" }
"2" = { zh = "不合格", en = "failed" }
"""
SLUG = "emergency-forest_fire"


@pytest.fixture
def dropped_in(tmp_path, monkeypatch):
    directory = tmp_path / "datasets"
    shutil.copytree(DECLARATIONS, directory)
    (directory / "emergency" / "forest_fire.toml").write_text(DECLARATION, encoding="utf-8")
    monkeypatch.setenv("DATASETS_DIR", str(directory))
    return catalog().datasets[SLUG]


@pytest.mark.django_db
def test_a_declaration_dropped_in_is_imported_shown_served_and_documented(dropped_in, client, importer, reviewer):
    company = make_company()
    row = example_row(dropped_in, uscc=company.code, company_name=company.name) | {"检查人员证件号码": "11010519491231002X"}
    batch = receive(csv_file(table([row])), dataset=dropped_in, file_name="fire.csv", by=importer)
    batch = work.run(batch.pk)
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    work.run(batch.pk)
    record = company.records.public().get(dataset=SLUG)
    for address in (f"/company/{company.code}/", record.get_absolute_url(), f"/company/{company.code}/inspection/"):
        assert "青测防字〔2026〕1号" in client.get(address).content.decode()
    assert "passed" in client.get(f"/en{record.get_absolute_url()}").content.decode()
    served = client.get(f"/api/v1/records/{record.key}/").json()
    assert "青测防字〔2026〕1号" in str(served)
    assert "11010519491231002X" not in str(served)
    page = client.get(f"/datasets/{SLUG}/").content.decode()
    assert "森林防火检查信息" in page
    assert "检查报告编号" in page
    assert client.get(f"/api/v1/datasets/{SLUG}/").json()["schema"]["fields"]
    assert client.get(f"/datasets/{SLUG}/sheet.xlsx").content[:2] == b"PK"


@pytest.mark.django_db
def test_a_blank_sheet_filled_in_is_accepted(dropped_in, importer, tmp_path):
    sheet = tmp_path / "blank.xlsx"
    sheet.write_bytes(blank_sheet(dropped_in))
    with sheet.open("rb") as stream:
        empty = work.run(receive(stream, dataset=dropped_in, file_name="blank.xlsx", by=importer).pk)
    assert [problem["en"] for problem in empty.problem] == ["there is no row below the header"]
    filled = xlsx_file(table([example_row(dropped_in)]))
    assert work.run(receive(filled, dataset=dropped_in, file_name="filled.xlsx", by=importer).pk).pending == 1
