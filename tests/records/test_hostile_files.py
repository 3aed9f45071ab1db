"""Files made to harm: each is refused, or explained row by row, with its place and reason; nothing public moves."""

import csv
import gzip
import io
import json
import os
import re
import resource
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from xlsxwriter.utility import xl_col_to_name

from records.catalog import catalog
from records.ingest import Refused, receive, work
from records.ingest.receiving import shown_name
from records.models import Batch, Event, Record
from records.personal import find_personal_numbers
from records.workbook import Unreadable
from records.workbook.__main__ import rows
from tests.factories import make_code, make_company
from tests.records.processes import environment
from tests.sheets import csv_file, edited, example_row, table, xlsx_file

PENALTY = "tax-penalty"
CODE = make_code(424242)
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
pytestmark = pytest.mark.django_db


def penalty(number: int = 1, **changes) -> dict[str, str]:
    other_numbers = dict.fromkeys(("registration_no", "org_code", "tax_no"))
    texts = {"uscc": CODE, "company_name": "青岚市样例贸易有限公司", "decision_no": f"青测罚字〔2026〕{number}号"}
    return example_row(PENALTY, **texts | other_numbers | changes)


LINES = table([penalty(1), penalty(2)])
TEXT = csv_file(LINES).getvalue().decode()
HEAD, ROW = (csv_file([line]).getvalue().decode() for line in LINES[:2])
LETTERS = os.urandom(500_000).hex().encode()
LOL = b"".join(b"<!ENTITY l%d '%s'>" % (depth, b"&l%d;" % (depth - 1) * 10) for depth in range(1, 12))


def workbook() -> io.BytesIO:
    return xlsx_file(LINES)


def sheet(old: bytes, new: bytes) -> bytes:
    return edited(workbook(), SHEET, lambda xml: xml.replace(old, new, 1))


def last_row(xml: bytes) -> bytes:
    return sheet(b"</sheetData>", xml + b"</sheetData>")


def cell(xml: bytes) -> bytes:
    """The workbook with the name of the company in row 3 replaced by a cell of this XML."""
    return edited(workbook(), SHEET, lambda old: re.sub(rb'<c r="A3"[^>]*><v>[^<]*</v></c>', xml, old))


def declared(words: bytes) -> bytes:
    return edited(workbook(), STRINGS, lambda xml: xml.replace(b"?>", b"?>" + words, 1))


def lying_about_its_size() -> bytes:
    data = bytearray(last_row(b" " * (3 << 20)))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(SHEET.encode()))
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(workbook().getvalue())
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1
    return bytes(data)


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def parts_of_a_workbook() -> dict[str, bytes]:
    with zipfile.ZipFile(workbook()) as file:
        return {name: file.read(name) for name in file.namelist()}


# The file, made when it is needed, and words of the reason for which the whole file is refused.
REFUSED = {
    "empty": (lambda: b"", "文件是空的"),
    "only a byte order mark": (lambda: b"\xef\xbb\xbf", "没有找到"),
    "only line ends": (lambda: b"\n" * 100_000, "没有找到"),
    "header only": (lambda: HEAD.encode(), "没有数据行"),
    "blank rows only": (lambda: HEAD.encode() + b"\r\n" * 300_000, "没有数据行"),
    "UTF-16 without mark": (lambda: TEXT.encode("utf-16-le"), "字节序标记"),
    "UTF-16 cut in half": (lambda: TEXT.encode("utf-16") + b"\x41", "编码"),
    "UTF-16 with half a character": (lambda: TEXT.encode("utf-16") + b"\x00\xd8\r\x00", "编码"),
    "UTF-32": (lambda: TEXT.encode("utf-32"), "UTF-32"),
    "UTF-7": (lambda: TEXT.encode("utf-7"), "没有找到"),
    "Big5": (lambda: TEXT.encode("big5", "replace"), "没有找到"),
    "one bad byte": (lambda: TEXT.encode("gb18030")[:-9] + b"\xff" + TEXT.encode("gb18030")[-9:], "编码"),
    "two encodings": (lambda: TEXT.encode() + ROW.encode("gb18030"), "编码"),
    "half a character in UTF-8": (lambda: TEXT.encode() + b"\xed\xa0\x80", "编码"),
    "null bytes": (lambda: b"\0" * 100_000, "UTF-32"),
    "a line without an end": (lambda: HEAD.encode() + b"a," * 5_000_000, "没有换行"),
    "a cell of many lines": (lambda: HEAD.encode() + b'"' + b"x\n" * 20_000, "第 2 行"),
    "an open quotation mark": (lambda: TEXT.encode() + b'"' + ROW.replace('"', "").encode(), "第 4 行的引号未闭合"),
    "text after a quotation mark": (lambda: TEXT.encode() + b'"x"y,\r\n', "第 4 行的引号之后"),
    "200 000 quotation marks": (lambda: b'"' * 200_000, "第 1 行不是有效的 CSV"),
    "another separator": (lambda: TEXT.replace(",", "|").encode(), "分隔"),
    "201 columns": (lambda: (HEAD.strip() + "," * 200 + "\r\n").encode(), "200 列"),
    "a heading twice": (lambda: f"{HEAD.strip()},{LINES[0][0]}\r\n{ROW.strip()},x".encode(), "同一数据项"),
    "a hundred unknown headings": (lambda: (HEAD.strip() + ",怪" * 99 + "\r\n").encode(), "另有 79 处"),
    "a heading of 30 000 letters": (lambda: (HEAD.strip() + "," + "x" * 30_000 + "\r\n").encode(), "…”"),
    "a web page": (lambda: b"\n <html><table><tr><td>x</td></tr></table></html>", "网页"),
    "an XML spreadsheet": (lambda: b"<?xml version='1.0'?><Workbook/>", "XML"),
    "PDF": (lambda: b"%PDF-1.7", "既不是 CSV 也不是 XLSX"),
    "a workbook behind a PDF": (lambda: b"%PDF-1.4\n" + workbook().getvalue(), "既不是 CSV 也不是 XLSX"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "既不是 CSV 也不是 XLSX"),
    "a compressed CSV": (lambda: gzip.compress(TEXT.encode()), "既不是 CSV 也不是 XLSX"),
    "an empty archive": (lambda: b"PK\x05\x06" + b"\0" * 18, "既不是 CSV 也不是 XLSX"),
    "an encrypted or old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, "加密"),
    "encrypted parts": (encrypted, "加密"),
    "another compression": (lambda: archive(parts_of_a_workbook(), zipfile.ZIP_LZMA), "压缩方式"),
    "OpenDocument": (lambda: archive({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}), ".ods"),
    "Word": (lambda: archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), ".docx"),
    "binary workbook": (lambda: edited(workbook(), drop="xl/workbook.xml", add={"xl/workbook.bin": b"x"}), ".xlsb"),
    "macros": (lambda: edited(workbook(), add={"xl/vbaProject.bin": b"x"}), "宏"),
    "old macros": (lambda: edited(workbook(), add={"xl/macrosheets/sheet1.xml": b"<x/>"}), "宏"),
    "parts outside": (lambda: edited(workbook(), add={"../../x.xml": b"x"}), "路径"),
    "parts with an absolute name": (lambda: edited(workbook(), add={"/etc/passwd": b"x"}), "路径"),
    "parts that differ by case": (lambda: edited(workbook(), add={"xl/worksheets/SHEET1.xml": b"<x/>"}), "重名"),
    "3000 parts": (lambda: edited(workbook(), add={f"x{number}": b"" for number in range(3000)}), "过多"),
    "cut off": (lambda: workbook().getvalue()[:-400], "不完整"),
    "the first bytes only": (lambda: b"PK\x03\x04", "不完整"),
    "a lie about its size": (lying_about_its_size, "不完整"),
    "a bomb of spaces": (lambda: last_row(b" " * (40 << 20)), "解压后过大"),
    "a bomb of text": (lambda: declared(b"<!--" + b"x" * (20 << 20) + b"-->"), "解压后过大"),
    "a row of half a million cells": (lambda: last_row(b'<row r="4">' + b"<c><v>1</v></c>" * 500_000 + b"</row>"), "解压后过大"),
    "nested 200 000 deep": (lambda: last_row(b"<a>" * 200_000), "不是有效的 XML"),
    "nested 50 000 deep": (lambda: last_row(b"<a>" * 50_000 + b"</a>" * 50_000 + b"<row r='2'/>"), "行号“2”"),
    "a billion laughs": (lambda: declared(b"<!DOCTYPE x [<!ENTITY l0 'lol'>" + LOL + b"]>"), "XML 声明"),
    "laughs behind a comment": (lambda: declared(b"<!--" + LETTERS + b"--><!DOCTYPE x [" + LOL + b"]>"), "XML 声明"),
    "a file of the server": (lambda: declared(b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"), "XML 声明"),
    "UTF-7 inside": (lambda: sheet(b"UTF-8", b"UTF-7"), "不是有效的 XML"),
    "half a sheet": (lambda: edited(workbook(), SHEET, lambda xml: xml[: len(xml) // 2]), "不是有效的 XML"),
    "a null character": (lambda: cell(b'<c r="A3" t="inlineStr"><is><t>&#0;</t></is></c>'), "第 3 行附近"),
    "a far column": (lambda: last_row(b'<row r="4"><c r="XFD4"><v>1</v></c></row>'), "第 4 行有单元格"),
    "no column": (lambda: last_row(b'<row r="4"><c r="ZZZZZZZ4"><v>1</v></c></row>'), "第 4 行有单元格"),
    "a cell twice": (lambda: last_row(b'<row r="4"><c r="A4"><v>1</v></c><c r="A4"><v>1</v></c></row>'), "第 4 行有单元格"),
    "a row beyond all": (lambda: last_row(b'<row r="99999999999"><c><v>1</v></c></row>'), "行号“99999999999”"),
    "row 0": (lambda: last_row(b'<row r="0"/>'), "行号“0”"),
    "a row twice": (lambda: last_row(b'<row r="3"/>'), "行号“3”"),
    "a negative string": (lambda: cell(b'<c r="A3" t="s"><v>-1</v></c>'), "不存在的共享字符串"),
    "a string that is not there": (lambda: cell(b'<c r="A3" t="s"><v>99999999</v></c>'), "不存在的共享字符串"),
    "a cell of a million letters": (lambda: cell(b'<c r="A3" t="str"><v>' + LETTERS + b"</v></c>"), "32767 字"),
    "strings of a million letters": (
        lambda: edited(workbook(), STRINGS, lambda _: b"<sst><si><t>" + LETTERS + b"</t></si></sst>"),
        "32767 字",
    ),
    "no strings": (lambda: edited(workbook(), drop=STRINGS), "共享字符串"),
    "no sheet": (lambda: edited(workbook(), drop=SHEET), "缺少工作表“Sheet1”"),
    "no relations": (lambda: edited(workbook(), drop="xl/_rels/workbook.xml.rels"), "缺少工作表“Sheet1”"),
}


def stage(content: bytes, importer, name: str = "六月.csv", **options) -> Batch:
    batch = receive(io.BytesIO(content), dataset=catalog().datasets[PENALTY], file_name=name, by=importer, **options)
    return work.run(batch.pk)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason_and_leaves_nothing(name, importer):
    make, words = REFUSED[name]
    content, begun = make(), time.monotonic()
    try:
        batch = stage(content, importer)
    except Refused as refused:
        problems = refused.problems
    else:
        assert batch.state == Batch.State.REFUSED
        assert not batch.staged.exists()
        problems = batch.problem
    assert time.monotonic() - begun < 10
    assert words in "；".join(problem["zh"] for problem in problems)
    assert all(problem["en"] and len(problem["zh"]) < 300 for problem in problems)
    assert not Record.objects.exists()
    assert not Event.objects.exists()


NAMES_AND_NUMBERS = ("company_name", "case_name", "decision_no", "authority", "source", "violation_kind", "legal_representative", "tax_no")
# A column, a cell, and words of the reason for which its row is invalid.
ROWS = [
    ("company_name", "青岚\0市", "U+0000"),
    ("company_name", "青岚\ufffe市", "U+FFFE"),
    ("company_name", "青岚\ufffd市", "U+FFFD"),
    ("company_name", "青岚\u202e市", "U+202E"),
    ("company_name", "青岚\u200d市", "U+200D"),
    ("company_name", "青岚\U000e0041市", "U+E0041"),
    ("uscc", CODE.replace("M", "М"), "不是数字或大写字母"),
    ("company_name", "#REF!", "公式错误"),
    ("company_name", "长" * 30_000, "超过上限"),
    ("uscc", CODE.replace("0", "O"), "字母 O"),
    ("uscc", CODE.replace("1", "I"), "字母 I"),
    ("uscc", "9.13301E+17", "科学计数法"),
    ("uscc", "11010519491231002X", ""),
    ("decided_on", "1900-02-29", "不是存在的日期"),
    ("decided_on", "0000-00-00", "不是存在的日期"),
    ("decided_on", "2020/13/01", "不是存在的日期"),
    ("decided_on", "民国109年1月1日", "公历"),
    ("decided_on", "农历正月初一", "公历"),
    ("decided_on", "9999-12-31", "须写明日期"),
    ("decided_on", "长期", "须写明日期"),
    ("fine", "1e309", "科学计数法"),
    ("fine", "1,0,0", "千分位"),
    ("fine", "NaN", "不是数字"),
    ("fine", "Infinity", "不是数字"),
    ("fine", "-5", "不能为负数"),
    ("fine", "9" * 400, "位数过多"),
    ("party_kind", "自然人", "自然人"),
    ("facts", "当事人11010519491231002X", "公民身份号码"),
    ("facts", "当事人１１０１０５１９４９１２３１００２Ｘ", "公民身份号码"),
    ("facts", "电话 138 0013 8000", "手机号码"),
    ("facts", "当事人1101 0519 4912 3100 2X", "公民身份号码"),
    ("facts", "当事人110105\u200b19491231002X", "公民身份号码"),
    *((column, "张三11010519491231002X", "公民身份号码") for column in NAMES_AND_NUMBERS),
    ("org_code", "11010519491231002X", "公民身份号码"),
    ("fine", "110101199003070038", "公民身份号码"),
    ("case_name", "李四 13800138000", "手机号码"),
    ("legal_representative", "李四 13800138000", "手机号码"),
    ("fine", "$2,000", "外币符号"),
    ("fine", "两千", "应如 2000元 或 0.2万元"),
    ("uscc", f"{CODE}、{make_code(424243)}", "一格内有多个主体"),
    ("uscc", f"{CODE} {make_code(424243)}", "一格内有多个主体"),
]


@pytest.mark.parametrize(("column", "text", "words"), ROWS, ids=lambda value: value[:12])
def test_a_cell_that_cannot_be_accepted_is_explained_in_its_row(column, text, words, importer):
    make_company(code=CODE)
    batch = stage(csv_file(table([penalty(1, **{column: text}), penalty(2)])).read(), importer)
    assert (batch.state, batch.new, batch.invalid) == (Batch.State.STAGED, 1, 1)
    row = batch.staged.get(kind="invalid")
    assert row.row_no == 2
    reasons = [zh for field, _value, zh, _en in row.errors if field == column]
    assert reasons
    assert words in reasons[0]
    kept = json.dumps([row.errors, row.values, row.name, row.document_no], ensure_ascii=False)
    assert not find_personal_numbers(kept)


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "＝1+1",
        "\t=1+1",
        '=HYPERLINK("http://例.test","x")',
        "<script>alert(1)</script>",
        "{{7*7}}%n%s",
        "'); DROP TABLE records_record;--",
    ],
)
def test_text_that_would_be_code_elsewhere_is_only_text(text, importer):
    make_company(code=CODE)
    batch = stage(csv_file(table([penalty(1, facts=text)])).read(), importer)
    assert (batch.new, batch.staged.get().values["facts"]) == (1, text.strip())


@pytest.mark.parametrize(("name", "kind"), [("张三", "invalid"), ("欧阳小三", "invalid"), ("青岚厂", "pending"), ("青岚饭店", "pending")])
def test_a_row_without_code_that_names_a_person_is_refused_and_the_name_not_repeated(name, kind, importer):
    make_company(code=CODE)
    nobody = penalty(1, company_name=name, uscc="", registration_no="", party_kind="")
    row = stage(csv_file(table([nobody, penalty(2)])).read(), importer).staged.get(row_no=2)
    assert row.kind == kind
    assert name not in json.dumps(row.errors, ensure_ascii=False)


# What real systems write, and what the rows are then: a column, a cell, and the value kept.
LAWFUL = [
    ("uscc", f'="{CODE}"', CODE),
    ("uscc", f"'{CODE}", CODE),
    ("decided_on", "2026/ 6/ 5", "2026-06-05"),
    ("decided_on", "2026 - 06 - 05", "2026-06-05"),
    ("decided_on", "'2026-06-05", "2026-06-05"),
    ("decided_on", '="2026-06-05"', "2026-06-05"),
    ("fine", "人民币2000元整", "0.2"),
    ("fine", "￥2,000.00", "0.2"),
    ("fine", "'0.2", "0.2"),
    ("decision_no", "13800138000", "13800138000"),
]


@pytest.mark.parametrize(("column", "text", "value"), LAWFUL)
def test_a_cell_as_systems_and_spreadsheets_write_it_is_understood(column, text, value, importer):
    make_company(code=CODE)
    batch = stage(csv_file(table([penalty(1, **{column: text})])).read(), importer)
    assert (batch.new, batch.staged.get().values[column]) == (1, value)


@pytest.mark.parametrize("mark", ["\ufeff" * 2, "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_byte_order_marks_before_a_quoted_heading_are_no_part_of_it(mark, encoding, importer):
    make_company(code=CODE)
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table([penalty(1)]))
    assert stage((mark + text.getvalue()).encode(encoding), importer).new == 1


# A row below the data and words of the one reason given for it.
NO_DATA = [
    (["合 计", "", "", "3"], "合计"),
    (["填表人：李四  联系电话：138 0013 8000"], "填表信息"),
    (["备注：1.日期格式为YYYY/MM/DD"], "备注"),
    (["（必填）"] * 8, "表头的一部分"),
    (["CF_XDR_MC", "CF_XDR_LB", "CF_XDR_SHXYM"], "表头的一部分"),
    (["1", "2", "3", "4", "5"], "表头的一部分"),
    (["（1）", "（2）", "（3）"], "表头的一部分"),
    (["甲", "乙", "丙", "丁"], "表头的一部分"),
    (["甲", "乙", "1", "2"], "表头的一部分"),
    (["（单位：万元）"], "表头的一部分"),
    (["", "", "年/月/日", "万元", "YYYY-MM-DD"], "表头的一部分"),
    (["以上共3家"], "合计"),
    (["", "", "", "（盖章）"], "盖章"),
    (["填报单位（公章）："], "盖章"),
]


@pytest.mark.parametrize(("cells", "words"), NO_DATA)
def test_a_row_that_is_no_data_says_so_once_and_nothing_of_it_is_kept(cells, words, importer):
    make_company(code=CODE)
    lines = table([penalty(1)])
    for row in (cells, [*cells, *[""] * (len(lines[0]) - len(cells))]):
        batch = stage(csv_file([*lines, row]).read(), importer)
        assert (batch.new, batch.invalid) == (1, 1)
        row = batch.staged.get(kind="invalid")
        assert [words in zh for _field, _value, zh, _en in row.errors] == [True]
        assert row.values == {}
        batch.withdraw(by=importer, because="再来一次")


DATA = [["1", "2"], ["3", "4", "5", "7"], ["甲", "丙", "丁"], ["伪造公章案"], ["青岚市盖章服务有限公司"], ["年检"]]


@pytest.mark.parametrize("cells", DATA)
def test_a_row_that_may_be_data_keeps_the_errors_of_its_cells(cells, importer):
    make_company(code=CODE)
    lines = table([penalty(1)])
    batch = stage(csv_file([*lines, [*cells, *[""] * (len(lines[0]) - len(cells))]]).read(), importer)
    assert all(field for field, _value, _zh, _en in batch.staged.get(kind="invalid").errors)


@pytest.mark.parametrize("between", ["、", "；", ";"])
def test_a_row_without_code_that_names_several_firms_says_so(between, importer):
    make_company(code=CODE)
    names = between.join(["青岚市甲样例贸易有限公司", "青岚市乙样例贸易有限公司"])
    both = penalty(1, company_name=names, uscc="", registration_no="")
    row = stage(csv_file(table([both, penalty(2)])).read(), importer).staged.get(row_no=2)
    assert [zh for _field, _value, zh, _en in row.errors] == ["一格内有多个主体，请每个主体一行"]


# A heading for the fine, a cell below it, and the fine in 万元.
HEADED = [
    *(("罚款金额（元）", text, "0.2") for text in ("2000", "2,000.00", "２０００", "2000元", "0.2万元", "¥2000")),
    *(("罚款金额（元）", ".5", "0.00005"), ("罚款金额（元）", "0", "0"), ("罚款金额（元）", "/", None)),
    *(("罚款（元）", "2000", "0.2"), ("罚款金额(单位：元)", "2000", "0.2"), ("*罚款金额/元（选填）", "2000", "0.2")),
    *(("罚款金额（千元）", "2", "0.2"), ("罚款金额（亿元）", "0.00002", "0.2"), ("CF_NR_FK（元）", "2000", "0.2")),
]


@pytest.mark.parametrize(("heading", "text", "fine"), HEADED)
def test_figures_are_in_the_unit_their_heading_states(heading, text, fine, importer):
    make_company(code=CODE)
    header, row = table([penalty(1, fine=text)])
    batch = stage(csv_file([[heading if title == "罚款金额（万元）" else title for title in header], row]).read(), importer)
    assert (batch.new, batch.staged.get().values.get("fine")) == (1, fine)


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("罚款金额", "没有写明单位：请按表中数值的实际单位写成“罚款金额（元）”或“罚款金额（万元）”"),
        ("罚款金额（万美元）", "单位不同：请换算"),
        ("罚款金额（人）", "是否为"),
    ],
)
def test_a_heading_whose_unit_is_not_that_of_the_column_is_refused_for_that(heading, words, importer):
    header, row = table([penalty(1)])
    batch = stage(csv_file([[heading if title == "罚款金额（万元）" else title for title in header], row]).read(), importer)
    assert [words in problem["zh"] for problem in batch.problem] == [True]


def test_two_columns_of_one_amount_in_two_units_are_refused(importer):
    header, row = table([penalty(1)])
    assert "同一数据项" in stage(csv_file([[*header, "罚款金额（元）"], [*row, "2000"]]).read(), importer).problem[0]["zh"]


def test_a_file_of_another_dataset_is_said_to_be_one(importer):
    for lines in (table([example_row("tax-licence")]), table([example_row("samr-shareholders")])):
        batch = stage(csv_file(lines).read(), importer)
        title = "行政许可信息（税务）" if "许可" in "".join(lines[0]) else "股东及出资信息"
        assert [f"像是“{title}" in problem["zh"] for problem in batch.problem] == [True]


def test_the_end_mark_of_an_old_text_file_is_no_row(importer):
    make_company(code=CODE)
    assert stage(csv_file(table([penalty(1)])).read() + b"\x1a", importer).rows == 1


def test_a_header_two_rows_deep_is_refused_in_those_words(importer):
    above, *rows = table([penalty(1)])
    codes = [at for at, heading in enumerate(above) if heading.startswith("行政相对人代码")]
    below = [above[at].partition("（")[2].rstrip("）") if at in codes else "" for at in range(len(above))]
    merged = ["行政相对人代码" if at == codes[0] else "" if at in codes else heading for at, heading in enumerate(above)]
    batch = stage(xlsx_file([merged, below, *rows]).read(), importer)
    assert batch.state == Batch.State.REFUSED
    assert "第 1、2 两行" in batch.problem[0]["zh"]


@pytest.mark.parametrize("decorated", ["*{}（必填）", "{}[选填]", "12.{}", "3、{}"])
def test_what_templates_write_around_a_heading_does_not_hide_it(decorated, importer):
    make_company(code=CODE)
    header, *rows = table([penalty(1)])
    assert stage(csv_file([[decorated.format(heading) for heading in header], *rows]).read(), importer).new == 1


def of_sheets(*sheets: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for lines in sheets:
            page = book.add_worksheet()
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)
    return file.getvalue()


NOTES = [["填表说明"], *([f"第{number}条 请按要求填写"] for number in range(40))]
DICTIONARY = [["序号", "数据项名称", "必填", "备注"], *([str(number), f"数据项{number}", "是", ""] for number in range(9))]


@pytest.mark.parametrize("first", [NOTES, DICTIONARY, NOTES[:5]], ids=["notes", "dictionary", "few"])
def test_a_sheet_of_notes_before_the_data_is_passed_over(first, importer):
    make_company(code=CODE)
    lines = table([penalty(1)])
    batch = stage(of_sheets(first, lines, [lines[0]], NOTES), importer)
    assert (batch.state, batch.new, batch.invalid) == (Batch.State.STAGED, 1, 0)


def test_a_workbook_of_notes_alone_is_refused_for_its_header(importer):
    assert "没有找到" in stage(of_sheets(NOTES, DICTIONARY), importer).problem[0]["zh"]


@pytest.mark.parametrize(("number", "kept"), [(b"5.0000000000000002E-5", "0.00005"), (b"0.30000000000000004", "0.3")])
def test_a_fraction_of_a_workbook_is_the_one_its_reader_sees(number, kept, importer):
    make_company(code=CODE)
    lines = table([penalty(1), penalty(2)])
    at = lines[0].index("罚款金额（万元）")
    old = re.compile(rb'(<c r="%s3") t="s"><v>\d+</v>' % xl_col_to_name(at).encode())
    content = edited(xlsx_file(lines), SHEET, lambda xml: old.sub(rb"\1><v>%s</v>" % number, xml))
    assert stage(content, importer).staged.get(row_no=3).values["fine"] == kept


def test_a_workbook_is_read_under_lower_limits_than_its_own(importer, tmp_path):
    make_company(code=CODE)
    path = tmp_path / "six.xlsx"
    path.write_bytes(workbook().read())
    command = [sys.executable, "-m", "records.workbook", str(path), str(384 << 20), "900", str(1 << 30)]
    least = "import resource, os, sys; resource.setrlimit(resource.RLIMIT_CPU, (60, 60)); os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", least, *command], capture_output=True, check=True, timeout=60)
    assert len(json.loads(done.stdout)) == 3


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (b'<c r="A3" t="e"><v>#REF!</v></c>', "invalid"),
        (b'<c r="A3"/>', "invalid"),
        (b'<c r="A3" t="inlineStr"><is><t>_xD800__x0000_</t></is></c>', "invalid"),
        (b'<c r="A3"><v>1e400</v></c>', "new"),
        (b'<c r="A3" t="d"><v>garbage</v></c>', "new"),
        (b'<c r="A3" t="b"><v>7</v></c>', "new"),
        (b'<c r="A3"><f>WEBSERVICE("http://x.test")</f><v>7</v></c>', "new"),
    ],
)
def test_a_strange_cell_of_a_workbook_is_judged_by_its_column(xml, kind, importer):
    make_company(code=CODE)
    batch = stage(cell(xml), importer)
    assert batch.staged.get(row_no=3).kind == kind


@pytest.mark.parametrize(
    ("number", "shown_as", "read"),
    [
        *((0.35, "0.00%", "35%"), (0.1, "0%", "10%"), (10000, "000000", "010000"), (111, "0000", "0111")),
        *((20000, "#,##0.00", "20000"), (1234.5, '#,##0.00"元"', "1234.5元"), (46188, "yyyy-mm-dd", "2026-06-15")),
        *((2000, '0"元"', "2000元"), (2, '#,##0"千元"', "2千元"), (2000, "¥#,##0.00", "¥2000"), (2000, "[$¥-804]#,##0", "¥2000")),
        *((12, '"青税罚〔2026〕"0"号"', "青税罚〔2026〕12号"), (12, '"青税罚〔2026〕"000"号"', "青税罚〔2026〕012号")),
        *((2026012, '0000"年第"000"号"', "2026年第012号"), (2000, 'General"元"', "2000元"), (5, '0"%"', "5%"), (-5, '0"元"', "-5元")),
        *((2000, '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ', "¥2000"), (2000, "$#,##0", "$2000")),
        *((-2000, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-2000"), (0.5, "# ?/?", "0.5"), (12345, "0.00E+00", "12345")),
        *((46188, 'yyyy"年"m"月"d"日"', "2026-06-15"), (20, '[>=10000]0"元";0"元"', "20元"), (2000, "#,##0.00_);[Red](#,##0.00)", "2000")),
        *((0.35, '"约"0.00%', "约35%"), (7, "[DBNum2]General", "7"), (7, ";;;", "7"), (7, '"共;"0', "共;7")),
    ],
)
def test_a_number_is_read_as_its_format_shows_it(number, shown_as, read, tmp_path):
    assert list(rows(formatted(number, shown_as, tmp_path), 1 << 20)) == [(1, [read])]


@pytest.mark.parametrize("shown_as", ['0!.0,"万元"', r'0\.0,"万元"', "0.00,", "#,##0,"])
def test_a_number_shown_smaller_than_it_is_is_refused_with_its_place(shown_as, tmp_path):
    with pytest.raises(Unreadable) as refused:
        list(rows(formatted(20000, shown_as, tmp_path), 1 << 20))
    assert "第 1 行第 1 列" in refused.value.answer["zh"]


@pytest.mark.parametrize("shown_as", ['[>=10000]0!.0,"万元";0"元"', '[<1000]0"元";0"千元"', '0.0"点"0'])
def test_a_format_whose_words_depend_on_the_number_is_refused_with_its_place(shown_as, tmp_path):
    with pytest.raises(Unreadable) as refused:
        list(rows(formatted(20000, shown_as, tmp_path), 1 << 20))
    assert "第 1 行第 1 列" in refused.value.answer["zh"]


def test_a_text_is_read_with_what_its_format_shows_around_it(tmp_path):
    path = tmp_path / "one.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for column, code in enumerate(('"青税罚〔2026〕"@"号"', '0"元"', "@")):
            page.write_string(0, column, "12", book.add_format({"num_format": code}))
    assert list(rows(str(path), 1 << 20)) == [(1, ["青税罚〔2026〕12号", "12", "12"])]


def of_styled_cells(**cells: tuple[float, str]) -> bytes:
    """A workbook of one penalty with these numbers in these formats."""
    header, row = table([penalty(1)])
    names = {field.title: field.name for field in catalog().datasets[PENALTY].fields}
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, header)
        for at, (title, text) in enumerate(zip(header, row, strict=True)):
            page.write_string(1, at, text)
            if number := cells.get(names[title]):
                page.write_number(1, at, number[0], book.add_format({"num_format": number[1]}))
    return file.getvalue()


@pytest.mark.parametrize("shown_as", ['#,##0.00"元"', '0"元"', "¥#,##0.00", "[$¥-804]#,##0"])
def test_an_amount_and_a_number_of_a_decision_are_those_the_clerk_sees(shown_as, importer):
    make_company(code=CODE)
    batch = stage(of_styled_cells(fine=(2000, shown_as), decision_no=(12, '"青税罚〔2026〕"0"号"')), importer)
    values = batch.staged.get().values
    assert (batch.new, values["fine"], values["decision_no"]) == (1, "0.2", "青税罚〔2026〕12号")


def test_an_amount_in_the_format_of_another_currency_is_no_amount_of_yuan(importer):
    batch = stage(of_styled_cells(fine=(2000, "$#,##0")), importer)
    assert [words for _field, _value, words, _en in batch.staged.get().errors if "外币" in words]


def merged(*ranges: str, above: int = 0, rows: int = 4) -> bytes:
    """A workbook of penalties, the header below a title of ``above`` rows, in which these cells are merged."""
    lines = [["行政处罚信息"], *[[""]] * (above - 1)] if above else []
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for at, line in enumerate([*lines, *table([penalty(number) for number in range(rows)])]):
            page.write_row(at, 0, line)
        for cells in ranges:
            page.merge_range(cells, "青岚市")
    return file.getvalue()


@pytest.mark.parametrize(
    ("ranges", "above", "told"),
    [
        (["E2:E4"], 0, ["第 2–4 行 E 列"]),
        (["E2:F4", "AA4:AA5"], 0, ["第 2–4 行 E–F 列", "第 4–5 行 AA 列"]),
        (["A1:H2", "E6:E7"], 3, ["第 6–7 行 E 列"]),
    ],
)
def test_cells_merged_over_rows_of_data_are_refused_with_their_place(ranges, above, told, importer):
    batch = stage(merged(*ranges, above=above), importer)
    words = [f"{place}是合并单元格，请取消合并并逐行填写" for place in told]
    assert (batch.state, [problem["zh"] for problem in batch.problem]) == (Batch.State.REFUSED, words)
    assert not batch.staged.exists()


@pytest.mark.parametrize(("ranges", "above"), [(["A1:H2"], 3), (["A1:H1"], 1), (["D2:E2"], 0), (["C6:D9"], 0), ([], 0)])
def test_a_merged_title_and_cells_merged_within_a_row_or_below_the_data_are_no_reason(ranges, above, importer):
    make_company(code=CODE)
    assert stage(merged(*ranges, above=above), importer).state == Batch.State.STAGED


def test_merged_cells_of_a_sheet_of_notes_are_no_reason(importer):
    make_company(code=CODE)
    merges = b'<mergeCells><mergeCell ref="A1:A3"/><mergeCell ref="?"/><mergeCell ref="ZZZ9999999:A1"/></mergeCells>'
    file = io.BytesIO(of_sheets(NOTES[:5], table([penalty(1)])))
    assert stage(edited(file, SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + merges)), importer).new == 1


def test_the_one_merge_that_matters_is_found_among_a_quarter_of_a_million(importer):
    junk = b"<mergeCells><!--" + LETTERS + b"-->" + b'<mergeCell ref="A1:B4"/>' * 250_000
    content = edited(io.BytesIO(merged("E6:E7", above=3)), SHEET, lambda xml: re.sub(b"<mergeCells[^>]*>", junk, xml))
    assert [problem["zh"][:11] for problem in stage(content, importer).problem] == ["第 6–7 行 E 列"]


def formatted(number: float, shown_as: str, directory) -> str:
    path = directory / "one.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_number(0, 0, number, book.add_format({"num_format": shown_as}))
    return str(path)


@pytest.mark.parametrize("xml", [b"<f>20000/10000</f><v></v>", b"<f>20000/10000</f><v/>", b"<f>20000/10000</f>"])
def test_a_formula_nobody_has_calculated_is_refused_with_its_place(xml, importer):
    batch = stage(cell(b'<c r="A3">' + xml + b"</c>"), importer)
    assert (batch.state, "第 3 行第 1 列的公式" in batch.problem[0]["zh"]) == ("refused", True)


def test_a_formula_that_came_to_an_empty_text_is_empty(importer):
    make_company(code=CODE)
    batch = stage(cell(b'<c r="A3" t="str"><f>B3</f><v></v></c>'), importer)
    assert batch.staged.get(row_no=3).name == ""


@pytest.mark.parametrize("size", [b"A1:XFD1048576", b"A1"])
def test_a_workbook_that_lies_about_its_extent_is_read_all_the_same(size, importer):
    make_company(code=CODE)
    content = edited(workbook(), SHEET, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="' + size + b'"', xml))
    assert stage(content, importer).new == 2


def test_a_file_of_which_every_row_is_invalid_is_refused_and_explains_each(importer):
    batch = stage(csv_file(table([penalty(number, fine="很多") for number in range(3)])).read(), importer)
    assert batch.state == Batch.State.REFUSED
    assert batch.problem == [{"zh": "全部 3 行均无效", "en": "all 3 rows are invalid"}]
    assert [row.row_no for row in batch.staged.filter(kind="invalid").order_by("row_no")] == [2, 3, 4]


def test_the_command_ends_with_one_sentence_and_json_even_when_the_file_is_not_taken(importer, tmp_path):
    file = tmp_path / "坏\u202e文件.csv"
    for content, state in ((b"%PDF", "refused"), (csv_file(table([penalty(fine="很多"), penalty(2)])).read(), "staged")):
        file.write_bytes(content)
        out = io.StringIO()
        with pytest.raises(CommandError) as raised:
            call_command("import_dataset", PENALTY, str(file), "--by", "importer", "--json", stdout=out)
        answer = json.loads(out.getvalue())
        assert answer["state"] == state
        assert {"rows", "new", "changed", "unchanged", "invalid", "pending", "problems", "errors"} <= answer.keys()
        assert "\n" not in str(raised.value)
    assert [(error["row"], error["column"], error["value"]) for error in answer["errors"]] == [(2, "罚款金额（万元）", "很多")]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\信用\\六月.csv", "六月.csv"),
        ("a\nb\0c\u202ed.csv", "abcd.csv"),
        ("长" * 4000, "长" * 150),
        ("\udce4.csv", ".csv"),
        ("..", ".."),
        ("/", "-"),
    ],
)
def test_a_file_name_is_only_shown_never_used(given, shown, importer, settings):
    batch = stage(TEXT.encode(), importer, given)
    assert batch.file_name == shown_name(given) == shown
    assert re.fullmatch(r"[0-9a-f]{32}\.bin", batch.file)


def test_a_file_that_cannot_be_stored_is_refused_and_leaves_no_half(importer, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    with pytest.raises(Refused):
        stage(b"x" * 5000, importer)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    settings.UPLOAD_MAX_BYTES = 1 << 30
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(Refused, match="could not be stored"):
            stage(b"x" * 500_000, importer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(Path(settings.UPLOAD_DIR).glob("*.bin"))


def far_and_wide() -> bytes:
    """A hundred thousand rows, each with one styled cell that holds nothing, and one value in the last row a worksheet can have."""
    blank = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (number, number) for number in range(4, 100_000))
    return last_row(blank + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')


# Does what is waiting, then prints the most memory it ever held, in KB.
WORKER = """
import os, re, django
os.environ["DJANGO_SETTINGS_MODULE"] = "publicity.settings"
django.setup()
from django.core.management import call_command
call_command("import_worker", once=True)
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.django_db(transaction=True)
def test_one_worker_takes_all_large_ones_in_bounded_memory_and_is_still_there(importer, settings):
    make_company(code=CODE)
    files = {
        "line.csv": (b"a" * 40_000_000, "refused", 0),
        "field.csv": (HEAD.encode() + b'"' + b"a" * 40_000_000, "refused", 0),
        "blank.csv": (TEXT.encode() + b"\n" * 300_000 + csv_file([LINES[1]]).read(), "staged", 3),
        "far.xlsx": (far_and_wide(), "staged", 3),
        "same.csv": (csv_file(table([penalty(1, fine=str(number)) for number in range(5000)])).read(), "staged", 5000),
    }
    for name, (content, _state, _rows) in files.items():
        receive(io.BytesIO(content), dataset=catalog().datasets[PENALTY], file_name=name, by=importer)
    worker = subprocess.run([sys.executable, "-c", WORKER], env=environment(settings), stdout=subprocess.PIPE, text=True, check=True)
    assert int(worker.stdout) < 300 * 1024
    found = {batch.file_name: (batch.state, batch.rows) for batch in Batch.objects.all()}
    assert found == {name: (state, rows) for name, (_content, state, rows) in files.items()}
    same = Batch.objects.get(file_name="same.csv")
    assert (same.new, same.invalid) == (1, 4999)
