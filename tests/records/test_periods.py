"""Publication periods, repair dates and working days: each rule with the day it came into force."""

import logging
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import periods

DECIDED = date(2026, 5, 10)
PUBLISHED = date(2026, 5, 18)
days = st.dates(date(2004, 1, 1), date(2026, 12, 31))
severities = st.sampled_from(periods.SEVERITIES)


def end(rule, severity="general", **given_dates):
    dates = {"decided_on": DECIDED, "published_on": PUBLISHED} | given_dates
    return periods.publication_end(rule, severity=severity, **dates)


@pytest.mark.parametrize(
    ("severity", "last"),
    [
        ("minor", date(2026, 8, 10)),
        ("general", date(2027, 5, 10)),
        ("serious", date(2029, 5, 10)),
        (None, date(2027, 5, 10)),
    ],
)
def test_under_order_36_the_period_counts_from_the_decision_by_severity(severity, last):
    assert end("order36", severity) == last


@pytest.mark.parametrize(
    ("published", "general", "serious"),
    [
        (date(2026, 4, 1), 12, 36),
        (date(2026, 3, 31), 36, 36),
        (date(2023, 5, 1), 36, 36),
        (date(2023, 4, 30), 12, 36),
        (date(2015, 1, 1), 12, 36),
    ],
)
def test_the_rule_is_the_one_in_force_on_the_day_of_publication(published, general, serious):
    decided = date(2014, 6, 1)
    for severity, months in (("general", general), ("serious", serious)):
        assert end("order36", severity, decided_on=decided, published_on=published) == periods.add_months(
            decided, months
        )


def test_without_a_day_of_decision_the_period_counts_from_publication():
    assert end("order36", decided_on=None) == date(2027, 5, 18)


def test_the_last_day_given_by_the_source_wins_when_it_is_earlier():
    assert end("order36", publish_until=date(2026, 12, 31)) == date(2027, 1, 1)
    assert end("order36", publish_until=date(2028, 1, 1)) == date(2027, 5, 10)
    assert end("order36", publish_until=periods.FOREVER) == date(2027, 5, 10)


@pytest.mark.parametrize(
    ("severity", "last"), [("minor", date(2026, 8, 18)), ("general", date(2029, 5, 18)), ("serious", date(2029, 5, 18))]
)
def test_under_order_45_the_period_counts_from_publication(severity, last):
    assert end("samr45", severity) == last


def test_under_order_45_a_serious_penalty_stays_as_long_as_its_ban():
    assert end("samr45", "serious", valid_until=date(2031, 5, 9)) == date(2031, 5, 10)
    assert end("samr45", "serious", valid_until=date(2027, 5, 9)) == date(2029, 5, 18)
    assert end("samr45", "serious", valid_until=periods.FOREVER) == date(2029, 5, 18)
    assert end("samr45", "general", valid_until=date(2031, 5, 9)) == date(2029, 5, 18)


def test_a_licence_is_public_through_its_last_valid_day():
    assert end("valid_until", valid_until=date(2030, 12, 31)) == date(2031, 1, 1)
    assert end("valid_until", valid_until=periods.FOREVER) is None
    assert end("valid_until") is None


def test_without_a_rule_a_record_stays_until_it_is_withdrawn():
    assert end("none") is None
    assert end("none", publish_until=date(2026, 6, 30)) == date(2026, 7, 1)


def test_a_list_entry_ends_with_its_term_or_its_removal():
    assert end("term", term_years=3) == date(2029, 5, 10)
    assert end("term", term_years=3, ended_on=date(2027, 1, 15)) == date(2027, 1, 15)
    assert end("term", term_years=3, ended_on=date(2030, 1, 15)) == date(2029, 5, 10)
    assert end("term", term_years=3, valid_until=date(2028, 5, 9)) == date(2028, 5, 10)
    assert end("term", term_years=0) is None
    assert end("term", term_years=0, ended_on=date(2027, 1, 15)) == date(2027, 1, 15)


def test_a_removed_entry_stays_visible_where_the_list_says_so():
    assert end("term", term_years=0, ended_on=date(2027, 1, 15), removed_visible=True) is None
    assert end("term", term_years=3, ended_on=date(2027, 1, 15), removed_visible=True) == date(2029, 5, 10)


@given(st.sampled_from(["order36", "samr45"]), days, days, severities)
def test_a_graver_matter_is_never_public_for_less(rule, decided, published, severity):
    here = end(rule, severity, decided_on=decided, published_on=published)
    worst = end(rule, "serious", decided_on=decided, published_on=published)
    assert here <= worst <= periods.add_months(max(decided, published), 36)


@pytest.mark.parametrize(
    "call", [end, lambda rule, severity: periods.earliest_repair(rule, decided_on=DECIDED, severity=severity)]
)
def test_an_unknown_severity_is_refused(call):
    with pytest.raises(ValueError, match="特别严重"):
        call("order36", "特别严重")


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="order99"):
        end("order99")
    with pytest.raises(ValueError, match="order99"):
        periods.rule_source("order99", PUBLISHED)


@pytest.mark.parametrize(
    ("severity", "first"),
    [("minor", date(2026, 5, 10)), ("general", date(2026, 8, 10)), ("serious", date(2027, 5, 10))],
)
def test_under_order_36_repair_waits_by_severity(severity, first):
    assert periods.earliest_repair("order36", decided_on=DECIDED, severity=severity) == first


def test_repair_follows_the_rule_of_the_day_of_application():
    decided = date(2025, 1, 10)
    assert periods.earliest_repair("order36", decided_on=decided, severity="serious") == date(2026, 1, 10)
    old = periods.earliest_repair("order36", decided_on=decided, severity="serious", on=date(2025, 6, 1))
    assert old == date(2025, 4, 10)


def test_a_list_has_its_own_waiting_time():
    assert periods.earliest_repair("term", decided_on=DECIDED, severity="", repair_months=12) == date(2027, 5, 10)
    assert periods.earliest_repair("term", decided_on=DECIDED, severity="", repair_months=0) == DECIDED
    assert periods.earliest_repair("term", decided_on=DECIDED, severity="") is None
    assert periods.earliest_repair("none", decided_on=DECIDED, severity="") is None


def test_at_the_market_regulator_repair_waits_six_months_from_publication():
    call = {"decided_on": DECIDED, "published_on": PUBLISHED}
    assert periods.earliest_repair("samr45", severity="general", **call) == date(2026, 11, 18)
    assert periods.earliest_repair("samr45", severity="minor", **call) is None


@pytest.mark.parametrize("rule", periods.RULES)
@pytest.mark.parametrize("on", [date(2000, 1, 1), date(2026, 11, 23)])
def test_every_rule_names_its_source_in_both_languages(rule, on):
    zh, en = periods.rule_source(rule, on)
    assert zh
    assert en.isascii()


def test_the_source_is_that_of_the_day():
    assert "36号" in periods.rule_source("order36", date(2026, 4, 1))[0]
    assert "58号" in periods.rule_source("order36", date(2026, 3, 31))[0]
    assert "527号" in periods.rule_source("order36", date(2020, 1, 1))[0]


@pytest.mark.parametrize(
    ("kinds", "severity"),
    [
        *(
            (["警告"], "minor"),
            (["警告", "通报批评"], "minor"),
            (["警告", "罚款"], "general"),
            (["没收违法所得、没收非法财物"], "general"),
        ),
        *(
            (["罚款", "吊销许可证件"], "serious"),
            (["责令停产停业"], "serious"),
            (["限制从业"], "serious"),
            (["责令关闭"], "serious"),
        ),
        *(
            (["限制开展生产经营活动"], "serious"),
            (["行政拘留"], "serious"),
            (["暂扣许可证件"], "general"),
            (["降低资质等级"], "general"),
        ),
        *(
            (["暂扣或者吊销许可证、暂扣或者吊销执照"], "general"),
            (["其他"], "general"),
            ([], "general"),
            (["警告", "其他"], "general"),
        ),
    ],
)
def test_the_heaviest_kind_of_penalty_proposes_the_severity(kinds, severity):
    assert periods.default_severity(kinds) == severity


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
        (date(9999, 6, 1), 12, date(9999, 12, 31)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(day, months, later):
    assert periods.add_months(day, months) == later


@given(days, st.integers(0, 60))
def test_so_many_working_days_later_there_are_so_many_between(day, n):
    later = periods.add_working_days(day, n)
    assert periods.working_days_between(day, later) == n
    assert periods.working_days_between(later, day) == -n
    assert n == 0 or periods.is_working_day(later)


def test_holidays_do_not_count_and_make_up_days_do():
    assert periods.add_working_days(date(2025, 9, 28), 2) == date(2025, 9, 30)
    assert periods.add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert periods.is_working_day(date(2025, 10, 11))


def test_beyond_the_published_calendar_working_days_are_monday_to_friday(caplog):
    periods._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert periods.add_working_days(date(2031, 10, 3), 1) == date(2031, 10, 6)
        assert periods.add_working_days(date(2031, 10, 6), 5) == date(2031, 10, 13)
    assert len(caplog.records) == 1
    assert "2031" in caplog.text


def test_working_days_are_not_counted_backwards():
    with pytest.raises(ValueError, match="negative"):
        periods.add_working_days(DECIDED, -1)
