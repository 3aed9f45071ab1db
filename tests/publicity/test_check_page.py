"""The page on which anybody checks up to 500 companies at once: pasted or uploaded, without script, cookie or trace."""

import csv
import html
import io
import json
import re

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from blacklists.asked import REMOVED
from publicity import lines
from tests.browsing import press
from tests.factories import make_company, make_record
from tests.sheets import xlsx_file

pytestmark = pytest.mark.django_db
CITIZEN = "11010519491231002X"
NAME = "青岚市望江光学仪器有限公司"


def post(client, lines="", status=200, **more) -> str:
    answer = client.post("/check/", {"lines": lines, **more})
    assert answer.status_code == status, answer.content.decode()[:3000]
    return b"".join(answer).decode("utf-8-sig")


def upload(client, name: str, content: bytes, **more) -> str:
    return post(client, file=SimpleUploadedFile(name, content), **more)


def test_a_pasted_line_shows_company_status_lists_ratings_and_how_to_object(client):
    company = make_company(NAME)
    make_record(company, "samr-abnormal", decided_on="2026-05-18")
    make_record(company, "tax-credit_rating", grade="A")
    page = post(client, f"{NAME}\n\n查无此名")
    for told in (company.get_absolute_url(), company.code, "存续", "2026-05-18", "停止公示", "税务机关", "A级", "未找到", "共 2 行"):
        assert told in page
    assert "/help/objection/#samr" in page
    assert "公示依据" in page


def test_a_line_that_is_not_certain_shows_candidates_and_nothing_of_their_record(client):
    company = make_company(NAME)
    make_record(company, "samr-abnormal")
    page = post(client, NAME.replace("江", "红"))
    assert "待核对" in page
    assert company.code in page
    assert "经营异常" not in page


def test_no_token_and_no_cookie_is_needed_and_nothing_is_kept():
    answer = Client(enforce_csrf_checks=True).post("/check/", {"lines": "青岚"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    form = Client().get("/check/")
    assert not form.cookies
    assert "public" in form["Cache-Control"]


def test_a_personal_number_is_not_shown_again_whatever_happens(client, caplog):
    with caplog.at_level("DEBUG"):
        pages = [post(client, f"张三 {CITIZEN}\n查无此名"), post(client, f"{CITIZEN}\n" + "x\n" * 501, status=400)]
        pages.append(post(client, f"{CITIZEN}\n查无此名", format="csv"))
        pages.append(upload(client, "list.csv", f"企业名称,代码\n张三,{CITIZEN}\n".encode()))
    assert CITIZEN not in "".join(pages) + caplog.text
    assert "张三" not in "".join(pages)
    assert "含个人号码" in pages[0]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "没有可核查的内容"),
        (" \n\t\n", "没有可核查的内容"),
        ("x\n" * 501, "超过 500 行"),
        (f"青岚\n{'x' * 301}", "第 2 行"),
        ("青岚\na\x01b", "第 2 行"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_a_reason(client, lines, says):
    page = post(client, lines, status=400)
    assert 'role="alert"' in page
    assert says in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f"投标人名单\n序号,投标人名称,统一社会信用代码\n1,{NAME},\n".encode("gb18030")),
        ("b.csv", f"单位名称;地址\n{NAME};青岚路, 1号\n".encode()),
        ("c.txt", f"\ufeff{NAME}\r\n".encode()),
        ("d.xlsx", xlsx_file([["说明"], ["序号", "供应商名称"], ["1", NAME]]).getvalue()),
        ("e.csv", NAME.encode()),
    ],
)
def test_the_column_of_names_is_found_in_a_file(client, name, content):
    company = make_company(NAME)
    assert company.get_absolute_url() in upload(client, name, content)


@pytest.mark.parametrize(
    "pasted",
    [
        f"序号\t投标人名称\t统一社会信用代码\t报价\r\n1\t{NAME}\t\t100 万元\r\n",
        f"1\t{NAME}\t张三\n",
        f"{NAME}\t\n\n",
        f"投标人名单\t\n\n名称\t电话\n{NAME}\t0571-1234567\n",
    ],
)
def test_rows_copied_from_a_spreadsheet_are_read_as_a_table(client, pasted):
    company = make_company(NAME)
    page = post(client, pasted)
    assert "共 1 行" in page
    assert page.count("已确认") > 1
    assert company.get_absolute_url() in page


def test_a_wrong_line_is_named_by_its_place_in_what_was_sent(client):
    assert "第 4 行" in post(client, f"\n\n{NAME}\n{'x' * 301}\n", status=400)
    assert "第 3 行" in upload(client, "a.csv", f"名单\n企业名称\n{'x' * 301}\n".encode(), status=400)


def test_columns_of_names_and_codes_must_agree(client):
    company, other = make_company(NAME), make_company("青岚市别家贸易有限公司")
    page = upload(client, "a.csv", f"名称,统一社会信用代码\n{NAME},{company.code}\n{NAME},{other.code}\n".encode())
    assert page.count("名称与代码不一致") == 2
    assert page.count("代码相符") == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0", b"%PDF-1.7", b"PK\x03\x04 no workbook", b"\xff\xfe\0", b"\xd0\xcf\x11\xe0old"],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(client, content):
    assert 'role="alert"' in upload(client, "list.csv", content, status=400)


def test_a_file_and_lines_together_too_many_rows_and_too_many_bytes_are_refused(client):
    assert "只用一种" in upload(client, "a.txt", NAME.encode(), lines="青岚", status=400)
    assert "超过 500 行" in upload(client, "a.csv", ("企业名称\n" + f"{NAME}\n" * 501).encode(), status=400)
    assert "4 MB" in upload(client, "a.csv", b"x" * (4 << 20), status=413)


def test_the_csv_has_a_row_for_each_line_and_no_formula(client):
    company = make_company(NAME, former_names=["青岚市旧称商行"])
    make_record(company, "samr-abnormal", decided_on="2026-05-18")
    make_record(company, "tax-credit_rating", grade="A")
    answer = client.post("/check/", {"lines": f"青岚市旧称商行\n=1+1\n{NAME}", "format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert re.search(r'filename="check-\d{8}\.csv"', answer["Content-Disposition"])
    assert len(rows) == 4
    first, formula = dict(zip(rows[0], rows[1], strict=True)), rows[2]
    assert (first["核查结果"], first["命中方式"], first["得分"]) == ("已确认", "曾用名相符", "95")
    assert (first["企业名称"], first["代码"]) == (NAME, company.code)
    assert "2026-05-18" in first["在列负面名单"]
    assert "A级" in first["信用评价"]
    assert first["网址"] == f"http://testserver{company.get_absolute_url()}"
    assert formula[1] == "'=1+1"


def test_a_line_whose_search_takes_too_long_spoils_no_other(client, monkeypatch):
    make_company(NAME)
    monkeypatch.setattr("records.search.limit.SECONDS", -1)
    page = post(client, f"{NAME}\n望江")
    assert "未作近似查找" in page
    assert "已确认" in page


CODE = "91980101MF2000041M"


def again(client, page: str, **more) -> str:
    """What the buttons of a result page send: the text of its form."""
    kept = html.unescape(re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)[1])
    return post(client, kept, **more)


def rows_of(page: str) -> list[str]:
    """The cells of the result table as text, but for addresses and blanks."""
    return [re.sub(r"<[^>]*>|\s", "", row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL)]


PASTED = [
    f"序号\t名称\t统一社会信用代码\n1\t{NAME}\t91980101MF2000O41M\n2\t张三\t{CITIZEN}\n"
    f"3\t查无此名\t\n4\t\t9198 0101 MF2000 041M\n5\t{NAME}\t无\n",
    f"{NAME}，91980101MF2000017\n\n张三{CITIZEN}\n1. {NAME}\n{CODE}\n",
    f'企业名称,统一社会信用代码\n"{NAME}",91980101MF2000017\n张三,{CITIZEN}\n{NAME},{CODE}\n',
]


@pytest.mark.parametrize("pasted", PASTED)
def test_page_csv_and_certificate_of_a_check_have_the_same_rows(client, pasted):
    make_company(NAME, code=CODE)
    page = post(client, pasted)
    shown = rows_of(page)
    assert len(shown) > 2
    assert CITIZEN not in page
    assert rows_of(again(client, page)) == shown
    _head, *table = csv.reader(io.StringIO(again(client, page, format="csv")))
    results = json.loads(again(client, page, format="certificate"))["statement"]["results"]
    assert len(table) == len(results) == len(shown)
    for told, row, result in zip(shown, table, results, strict=True):
        assert row[2] == result["outcome"]["zh"]
        assert row[2] in told
        assert row[1].replace(" ", "") in told
        assert (result["given"] or "") == row[1]
    assert sum(result["outcome"]["code"] == "personal" for result in results) == 1


def test_a_refused_text_is_shown_again_line_by_line(client):
    page = post(client, f"\n{NAME}\t\n张三 {CITIZEN}\na\x01b", status=400)
    assert "第 4 行" in page
    kept = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
    assert kept.split("\n") == ["", f"{NAME}\t", REMOVED, "a\x01b"]


@pytest.mark.parametrize("mark", [",", "，", ";", "\t"])
def test_headings_are_no_companies(client, mark):
    company = make_company(NAME)
    page = post(client, f"投标人名单\n企业名称{mark}统一社会信用代码\n{NAME}{mark}{company.code}\n企业名称{mark}备注\n查无此名{mark}")
    assert "共 2 行" in page
    assert "代码相符" in page
    assert "共 1 行" in post(client, f"企业名称\n{NAME}")
    assert "没有可核查的内容" in post(client, "企业名称", status=400)


def test_a_heading_on_every_sheet_of_a_workbook_is_no_company(client):
    make_company(NAME)
    book = xlsx_file([["企业名称", "代码"], [NAME, ""], ["企业名称", "代码"], ["查无此名", ""]])
    assert "共 2 行" in upload(client, "a.xlsx", book.getvalue())


def test_quoted_cells_of_any_length_do_no_harm(client):
    assert "第 2 行" in post(client, 'name,code\n"' + "x" * 200_000, status=400)
    assert "第 2 行超过 200 列" in post(client, "name,code\n" + "," * 200_000, status=400)


def test_a_company_on_a_list_counts_once_and_its_repeated_lines_say_so(client):
    company, other = make_company(NAME, former_names=["青岚市旧称商行"]), make_company("青岚市别家贸易有限公司")
    for one in (company, other):
        make_record(one, "samr-abnormal")
    pasted = f"{NAME}\n{other.code}\n{company.code}\n青岚市旧称商行"
    page = post(client, pasted)
    assert re.search(r"在负面名单上</span><b>.*?(\d+)</b>", page, re.DOTALL)[1] == "2"
    assert page.count("与第 1 行相同") == 2
    said = [row[-2] for row in csv.reader(io.StringIO(post(client, pasted, format="csv")))]
    assert said == ["说明", "", "", "与第 1 行相同", "与第 1 行相同"]


def test_who_checks_too_much_is_told_when_to_come_back(client, settings):
    settings.REST_FRAMEWORK = {**site.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"public": "20/5min"}}
    post(client, "青岚\n" * 150)
    answer = client.post("/check/", {"lines": "青岚\n" * 150})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "过于频繁" in answer.content.decode()
    assert "现在核查不超过 40 行" in answer.content.decode()
    post(client, "青岚\n" * 40)


def test_the_page_exists_in_english(client):
    make_company(NAME, english_name="Wangjiang Optics Ltd")
    answer = client.post("/en/check/", {"lines": "Wangjiang Optics Ltd"})
    assert "To be verified" in answer.content.decode()
    assert not re.search(r"<(?:h1|th|button)[^>]*>[^<]*[一-鿿]", answer.content.decode().replace("中文", ""))


def test_a_line_of_too_many_columns_is_refused_before_it_is_read(client):
    page = post(client, "甲" + "\t" * 2_000_000 + "\n" + "乙\n" * 400, status=400)
    assert "第 1 行超过 200 列" in page


def test_what_cannot_be_read_is_charged_too(client, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"public": "2/5min"}}
    assert [client.post("/check/", {"lines": ""}).status_code for _ in range(3)] == [400, 400, 429]


def test_one_file_is_read_at_a_time(client):
    with lines._READING:
        assert "正在读取另一个文件" in upload(client, "a.txt", "甲公司名称".encode(), status=400)
    upload(client, "a.txt", "青岚市查无此名有限公司".encode())


def test_every_sheet_of_a_printed_result_is_in_landscape(browser_page):
    browser_page.goto("/check/")
    browser_page.fill("#lines", "查无此名\n" * 40)
    press(browser_page, "#check-form button:not([name])")
    sheets = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", browser_page.pdf(prefer_css_page_size=True))
    assert len(sheets) > 1
    assert all(float(width) > float(height) for width, height in sheets)
