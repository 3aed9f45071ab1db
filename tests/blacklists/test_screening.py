"""Checking many lines at once: whom a line means, how sure that is, and what is public of the company today."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blacklists import screening
from blacklists.screening import Outcome, named_line, read_line
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


WIDE = "１１０１０５１９４９１２３１００２Ｘ"


@pytest.mark.parametrize("text", [CITIZEN, "1101 0519 4912 3100 2X", f"张三 {CITIZEN}", WIDE, "李四13800138000"])
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
