"""Dates and years: every shape real files have, and what is no day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.catalog import catalog
from tests.records.cells import parse, problem, show


@pytest.mark.parametrize(
    "text",
    [
        *("2019-01-05", "2019-1-5", "2019/1/5", "2019/01/05", "2019.1.5", "20190105", "2019年1月5日", "2019年01月05日"),
        *("2019-01-05 00:00:00", "2019-01-05 00:00:00.0", "2019/1/5 0:00", "2019-01-05T00:00:00", "20190105000000"),
        *("2019-01-05T00:00:00+08:00", "2019-01-04T16:00:00Z", "2019-01-04T16:00:00.000Z", "2019年1月5日 10时30分"),
        *("二〇一九年一月五日", "二○一九年一月五日", "二零一九年 一月五号", "二O一九年一月五日"),
        *("2019年一月五日", "2019年 一月五号", "二〇一九年1月5日", "2019.01.05.", "2019、1、5", "2019、01、05"),
        *("1546617600000", "43470", "43470.0", "43470.75", " ２０１９年１月５日 ", "2019/1/5 上午 12:00:00"),
    ],
)
def test_a_day_is_read_in_the_shapes_of_real_files(text):
    assert parse("date", text) == "2019-01-05"


@given(
    st.dates(date(1900, 1, 1), date(2098, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"])
)
def test_every_day_is_read_back_in_every_shape(day, shape):
    assert parse("date", day.strftime(shape)) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "day"),
    [("二〇二六年十月十日", "2026-10-10"), ("二〇二六年十二月三十一日", "2026-12-31"), ("一九九九年十一月二十日", "1999-11-20")],
)
def test_a_day_is_read_as_documents_are_dated(text, day):
    assert parse("date", text) == day


@given(st.integers(20000, 72685))
def test_a_day_number_of_a_spreadsheet_counts_from_its_day_zero(serial):
    assert parse("date", str(serial)) == (date(1899, 12, 30) + timedelta(days=serial)).isoformat()


def test_milliseconds_are_chinese_time_summer_time_of_the_eighties_included():
    assert parse("date", "915120000000") == "1999-01-01"
    assert parse("date", "583686000000") == "1988-07-01"


@pytest.mark.parametrize(
    "text",
    [
        "长期",
        "永久",
        "无固定期限",
        "长期有效",
        "2099-01-01",
        "2099/12/31",
        "29991231",
        "9999-12-31",
        "2099年1月",
        "72686",
        "80000",
    ],
)
def test_no_end_has_one_form(text):
    assert parse("date", text) == "9999-12-31"
    assert show("date", "9999-12-31") == "长期"
    assert show("date", "9999-12-31", "en") == "no end date"


def test_a_month_is_its_first_day_or_its_last_where_the_column_says_until():
    assert parse("date", "2019年10月") == "2019-10-01"
    assert parse("date", "2024年2月", role="valid_until") == "2024-02-29"
    assert parse("date", "2024年12月", role="publish_until") == "2024-12-31"


@pytest.mark.parametrize("text", ["2026年3月", "2026-03", "二〇二六年三月"])
def test_a_month_is_refused_where_a_day_counts(text):
    assert parse("date", text) == "2026-03-01"
    assert problem("date", text, whole_day=True).message == f"“{text}”不是某一天，此处须写明日期"
    assert parse("date", "2026年3月1日", whole_day=True) == "2026-03-01"
    assert parse("date", "—", whole_day=True) is None


@pytest.mark.parametrize(
    ("slug", "counts"),
    [
        ("tax-penalty", True),
        ("tax-licence", True),
        ("samr-abnormal", True),
        ("court-judgment", True),
        ("enterprise-penalty", True),  # reported by the company itself, and public for a period
        ("mohrss-social_insurance", False),
        ("ecology-credit_rating", False),
    ],
)
def test_the_day_of_a_decision_counts_where_something_follows_from_it(slug, counts):
    dataset = catalog().datasets[slug]
    assert dataset.by_role["decided_on"].whole_day is counts
    assert not any(column.whole_day for column in dataset.fields if column.role != "decided_on")


@pytest.mark.parametrize(
    "text",
    [
        *("1900-02-29", "2023-02-29", "0000-00-00", "2020/13/01", "2020-00-10", "20201301", "2020年2月30日"),
        *(
            "0001-01-01",
            "1899-12-30",
            "民国108年1月5日",
            "农历二〇一九年正月初一",
            "19-01-05",
            "2019-1/5",
            "2019",
            "2019.1",
        ),
        *("二〇一九年十三月一日", "二〇一九年二月三十日", "二〇一九年一一月一日"),
        *("2019年十三月一日", "2019年二月三十日", "2019、1.5", "2019、13、1", "2019.01.", "2019.01.05.06"),
        *("2019-1-1①", "2019.1.2³", "05/01/2019", "2019-01-05 25:00", "201901051200", "12345", "80001", "-1", "yesterday", "2019-01-05x"),
    ],
)
def test_what_is_no_day_is_refused_and_named(text):
    assert text in problem("date", text).message


def test_other_calendars_are_called_by_their_name():
    assert "公历" in problem("date", "民国108年1月5日").message
    assert "公历" in problem("date", "农历二〇一九年正月初一").message


@pytest.mark.parametrize(("text", "value"), [("2020", 2020), ("2020年", 2020), ("2020年度", 2020), ("２０２０", 2020)])
def test_a_year_is_a_number(text, value):
    assert parse("year", text) == value
    assert show("year", value) == "2020"


@pytest.mark.parametrize("text", ["1899", "2101", "20", "二〇二〇", "2020-01-01"])
def test_anything_else_is_no_year(text):
    problem("year", text)
