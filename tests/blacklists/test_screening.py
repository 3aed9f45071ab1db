"""Checking many lines at once: whom a line means, how sure that is, and what is public of the company today."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blacklists import screening
from blacklists.asked import REMOVED, named_line, read_line
from blacklists.screening import Outcome
from records.models import Company, Event
from tests.factories import end_record, make_code, make_company, make_record

pytestmark = pytest.mark.django_db
CITIZEN = "11010519491231002X"


def checked(*texts: str):
    return screening.check([read_line(text) for text in texts])


def only(text: str):
    return checked(text)[0]


def test_a_code_a_registration_number_and_a_whole_name_are_certain():
    company = make_company("青岚市望江光学仪器有限公司")
    older = make_company("青岚市旧号商行有限公司", code="330110000000019")
    texts = (company.code, f" {company.code[:8].lower()} {company.code[8:]}", "青岚市望江光学仪器有限公司", older.code)
    kinds = [(one.outcome, one.match.kind, one.match.score) for one in checked(*texts)]
    assert kinds == [(Outcome.FOUND, kind, 100) for kind in ("code", "code", "current", "code")]
    assert only(older.code).match.company == older


def test_brackets_width_and_traditional_characters_make_no_other_name():
    company = make_company("青岚（望江）光学仪器有限公司")
    for text in ("青岚(望江)光学仪器有限公司", "青嵐望江光學儀器有限公司", "青岚（望江） 光学仪器有限公司"):
        assert only(text).match.company == company


def test_a_former_name_is_certain_and_an_english_one_is_not():
    make_company("青岚市新名贸易有限公司", former_names=["青岚市旧称商行"], english_name="Wangjiang Optics Ltd")
    former, english = checked("青岚市旧称商行", "Wangjiang Optics Ltd")
    assert (former.outcome, former.match.kind, former.match.score) == (Outcome.FOUND, "former", 95)
    assert (english.outcome, english.candidates[0].kind, english.candidates[0].score) == (Outcome.UNSURE, "english", 90)


def test_of_two_companies_with_one_name_none_is_certain():
    make_company("青岚市同名贸易有限公司")
    make_company("青岚市同名贸易有限公司")
    make_company("青岚市曾用贸易有限公司", former_names=["青岚市甲贸易有限公司"])
    make_company("青岚市甲贸易有限公司")
    twins, borne = checked("青岚市同名贸易有限公司", "青岚市甲贸易有限公司")
    assert (twins.outcome, twins.match, len(twins.candidates)) == (Outcome.UNSURE, None, 2)
    assert [candidate.score for candidate in borne.candidates] == [100, 95]
    assert borne.match is None


def test_a_name_almost_right_is_offered_and_never_certain():
    company = make_company("青岚市望江光学仪器有限公司")
    for text in ("青岚市望红光学仪器有限公司", "青岚市望江光学仪器有限责任公司", "望江光学"):
        one = only(text)
        assert one.outcome is Outcome.UNSURE, text
        assert one.candidates[0].company == company
        assert one.candidates[0].score <= screening.LIKE
        assert 0 <= one.candidates[0].features["similarity"] <= 100


def test_a_wrong_code_is_explained_and_a_near_one_offered():
    company = make_company()
    wrong = company.code[:16] + ("1" if company.code[16] != "1" else "2") + company.code[17]
    one = only(wrong)
    assert one.outcome is Outcome.UNSURE
    assert one.candidates[0].company == company
    assert one.verdict.problems


def test_name_and_code_on_one_line_or_apart_must_agree():
    company, other = make_company("青岚市望江光学仪器有限公司"), make_company("青岚市别家贸易有限公司")
    for line in (read_line(f"{company.name}，{company.code}"), read_line(f"{company.code}\t{company.name}"),
                 named_line(company.name, company.code)):  # fmt: skip
        [one] = screening.check([line])
        assert one.match.company == company
        assert one.match.features == {"code": True, "name": True}
    [one] = screening.check([named_line(other.name, company.code)])
    assert one.outcome is Outcome.UNSURE
    assert {candidate.company for candidate in one.candidates} == {company, other}
    assert {candidate.score for candidate in one.candidates} == {screening.CONTRADICTED}


FIRM, CODE = "青岚市鲲溯电子商务有限公司", "91980101MF2000041M"


@pytest.mark.parametrize(
    "text",
    [f"{FIRM}（{CODE}）", f"{FIRM}：{CODE}", f"{FIRM}/{CODE}", f"{FIRM}{CODE}", f"{CODE}{FIRM}", f"{FIRM} 91980101 MF2000041 M",
     f"{FIRM}统一社会信用代码：{CODE}", f"{FIRM} 统一社会信用代码 {CODE}", f"{FIRM}（税号 {CODE}）。", f"1. {FIRM} {CODE}",
     f"2、企业名称：{FIRM}，统一社会信用代码：{CODE}；", f"（3）{CODE}", f"④{FIRM}", f"５．{FIRM}", f"六、{FIRM}", f"7 {CODE}"],
)  # fmt: skip
def test_name_and_code_are_found_however_they_are_set_off_and_numbered(text):
    company = make_company(FIRM, code=CODE)
    one = only(text)
    assert (one.line.given, one.match.company, one.match.score) == (text, company, 100)


@pytest.mark.parametrize(
    ("text", "code"),
    [(f"{FIRM} 91980101MF2000O41M", "91980101MF2000O41M"), (f"{FIRM},91980101MF2000017", "91980101MF2000017"),
     (f"{FIRM} 98010100000005", "98010100000005"), (f"９１９８０１０１ｍｆ２０００Ｏ４１ｍ {FIRM}", "91980101MF2000O41M"),
     (f"{FIRM}91980101MF2000O41M", "91980101MF2000O41M")],
)  # fmt: skip
def test_a_mistyped_code_beside_a_name_does_not_hide_the_company(text, code):
    company = make_company(FIRM, code=CODE)
    one = only(text)
    assert (one.line.name, one.line.code, one.outcome) == (FIRM, code, Outcome.UNSURE)
    assert [candidate.company for candidate in one.candidates] == [company]
    assert one.verdict.problems


@pytest.mark.parametrize(
    "name",
    ["青岚市360科技有限公司", "ABC贸易", "青岚市望江8848", "青岚市12345678", "青岚市第12345678号商店", "1.5度照明",
     "3M中国有限公司", "青岚ABC98010100000005", "青岚市望江商行 2024-05-18", "青岚市望江商行 0571-12345678",
     "青岚市望江商行 注册资本10000000元", "Qinglan Route 66 Ltd"],
)  # fmt: skip
def test_numbers_and_words_that_are_no_code_stay_with_the_name(name):
    line = read_line(name)
    assert (line.name, line.code) == (name, "")


def test_a_brand_word_or_a_part_of_a_name_is_never_said_to_be_unknown():
    companies = {make_company(f"青岚市珞沄{trade}有限公司") for trade in ("电子商务", "光学仪器制造", "国际货物运输代理")}
    shop = make_company("青岚市高新技术产业开发区沁滢小吃店")
    brand, part, nobody = checked("珞沄", "沁滢小吃", "查无此名")
    assert {candidate.company for candidate in brand.candidates} == companies
    assert {candidate.score for candidate in brand.candidates} == {screening.BRAND}
    assert [candidate.company for candidate in part.candidates] == [shop]
    assert [one.outcome for one in (brand, part, nobody)] == [Outcome.UNSURE, Outcome.UNSURE, Outcome.NONE]


WIDE = "１１０１０５１９４９１２３１００２Ｘ"


@pytest.mark.parametrize(
    "text",
    [CITIZEN, "1101 0519 4912 3100 2X", f"张三 {CITIZEN}", WIDE, "李四13800138000", f"1.{CITIZEN}", "1.13800138000", "①13800138000",
     f"①{CITIZEN}", f"张三（税号：{CITIZEN}）", f"张三{CITIZEN}", REMOVED],
)  # fmt: skip
def test_a_line_with_a_personal_number_keeps_nothing(text):
    line = read_line(text)
    assert (line.given, line.name, line.code) == ("", "", "")
    assert named_line("张三", text).given == ""
    assert named_line(text, "").given == ""
    [one] = screening.check([line])
    assert (one.outcome, one.candidates, one.verdict) == (Outcome.PERSONAL, [], None)


def test_lists_of_today_and_every_rating_stand_beside_the_company():
    company = make_company("青岚市望江光学仪器有限公司")
    make_record(company, "samr-abnormal", decided_on="2026-01-05")
    newest = make_record(company, "samr-abnormal", decided_on="2026-06-05")
    make_record(company, "samr-abnormal", decided_on="2024-06-01", ended_on="2025-01-08")
    serious = make_record(company, "samr-serious_violation", decided_on="2026-05-01")
    rated = [make_record(company, slug) for slug in ("tax-credit_rating", "customs-credit_rating")]
    end_record(make_record(company, "tax-major_violation"), Event.Kind.REPAIRED)
    one = only(company.code)
    assert [entry.id for entry in one.listings] == [serious.id, newest.id]
    assert one.listings[1].entries == 2
    assert {record.id for record in one.ratings} == {record.id for record in rated}


def test_a_company_that_is_no_longer_public_is_not_found():
    company = make_company("青岚市消失贸易有限公司")
    Company.objects.filter(id=company.id).update(ended_event=company.id)
    assert [one.outcome for one in checked(company.code, company.name)] == [Outcome.NONE, Outcome.NONE]


def test_a_line_for_which_no_time_was_left_is_not_said_to_be_unknown():
    make_company("青岚市望江光学仪器有限公司")
    lines = [read_line("青岚市望江光学仪器有限公司"), read_line("望江"), read_line("查无此名")]
    assert [one.outcome for one in screening.check(lines, seconds=-1)] == [Outcome.FOUND, Outcome.UNSEARCHED, Outcome.UNSEARCHED]


def test_answers_keep_the_order_of_the_lines_and_repeated_lines_are_all_answered():
    company = make_company()
    texts = ["查无此名", company.name, make_code(), company.name, "查无此名"]
    outcomes = [one.outcome for one in checked(*texts)]
    assert outcomes == [Outcome.NONE, Outcome.FOUND, Outcome.NONE, Outcome.FOUND, Outcome.NONE]


def test_the_number_of_queries_does_not_grow_with_the_lines():
    companies = [make_company() for _ in range(40)]
    for company in companies:
        make_record(company, "samr-abnormal")
    lines = [read_line(company.code if at % 2 else company.name) for at, company in enumerate(companies)]
    asked = []
    for count in (2, 40):
        with CaptureQueriesContext(connection) as queries:
            screening.check(lines[:count])
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12
