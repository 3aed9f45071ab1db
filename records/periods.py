"""How long a record stays public, when it may be repaired, and working days: the law as dated tables.

A new order is a new row with the day it comes into force; nothing else changes. Sources of the figures:

* 发改办财金〔2019〕527号, in force 2019-07-01: 一般 3 months to 1 year, 严重 6 months to 3 years, from the decision.
* NDRC Order 58 (2023), in force 2023-05-01: 3 months to 3 years from the decision; what it would not have published (a
  warning alone) but was reported gets its shortest period.
* NDRC Order 36 (2025), in force 2026-04-01: 轻微 at most 3 months, 一般 3 months to 1 year, 严重 1 to 3 years, from the
  decision.
* SAMR Order 45 (2021), in force 2021-09-01: from publication, 3 months for the light ones, otherwise 3 years or as long
  as a ban lasts; repair by 国市监信规〔2021〕3号 after 6 months.

The maximum is a half-open interval: a decision of 2026-05-01 with one year is public through 2027-04-30. A date that a
source gives as its last day (公示截止期, 有效期至) is itself still public. 9999-12-31 stands for "no end".
"""

import calendar
import functools
import logging
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

SEVERITIES = ("minor", "general", "serious")
FOREVER = date(9999, 12, 31)
_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule: months by severity a record is public at most, and repair is possible after.

    No entry in ``minimum`` means no repair: the record ends by itself first.
    """

    since: date
    zh: str
    en: str
    maximum: dict[str, int]
    minimum: dict[str, int]


_VERSIONS = {
    "order36": (
        Version(
            date(2019, 7, 1),
            "国家发展改革委办公厅 发改办财金〔2019〕527号",
            "NDRC General Office notice 2019 No. 527",
            maximum={"minor": 12, "general": 12, "serious": 36},
            minimum={"minor": 3, "general": 3, "serious": 6},
        ),
        Version(
            date(2023, 5, 1),
            "《失信行为纠正后的信用信息修复管理办法（试行）》（国家发展改革委令第58号）",
            "Measures for the Repair of Credit Information (trial), NDRC Order No. 58 (2023)",
            maximum={"minor": 3, "general": 36, "serious": 36},
            minimum={"minor": 0, "general": 3, "serious": 3},
        ),
        Version(
            date(2026, 4, 1),
            "《信用修复管理办法》（国家发展改革委令第36号）",
            "Measures for the Administration of Credit Repair, NDRC Order No. 36 (2025)",
            maximum={"minor": 3, "general": 12, "serious": 36},
            minimum={"minor": 0, "general": 3, "serious": 12},
        ),
    ),
    "samr45": (
        Version(
            date(2021, 9, 1),
            "《市场监督管理行政处罚信息公示规定》（国家市场监督管理总局令第45号）",
            "Provisions on the Publication of Administrative Penalties, SAMR Order No. 45 (2021)",
            maximum={"minor": 3, "general": 36, "serious": 36},
            minimum={"general": 6, "serious": 6},
        ),
    ),
}
_PLAIN_SOURCES = {
    "none": ("公示至撤销或更正为止", "public until it is withdrawn"),
    "valid_until": ("公示至有效期届满", "public until its validity ends"),
    "term": ("公示至移出名单或法定期限届满", "public until removal from the list or the end of the statutory term"),
}
RULES = (*_PLAIN_SOURCES, *_VERSIONS)

# Kinds of penalty by the class Order 36 gives them; suspension and downgrading are read as 一般, as its draft had it.
_SERIOUS_KINDS = ("吊销", "停产停业", "责令关闭", "限制开展", "限制生产经营", "限制从业", "从业禁止", "行政拘留")
_MINOR_KINDS = ("警告", "通报批评")
_GENERAL_KINDS = ("罚款", "没收", "暂扣", "降低资质")


def publication_end(
    rule: str,
    *,
    decided_on: date | None,
    published_on: date,
    severity: str | None,
    valid_until: date | None = None,
    publish_until: date | None = None,
    ended_on: date | None = None,
    term_years: int = 0,
    removed_visible: bool = False,
) -> date | None:
    """The first day on which a record is no longer public; None when no end is set.

    ``published_on`` chooses the version of the rule. Without ``decided_on`` the count starts at publication; without a
    severity the middle class counts. The source's own last day wins when it is earlier: ``publish_until`` always,
    ``valid_until`` for a list. Under Order 45 a serious penalty stays as long as its ban (``valid_until``) lasts.
    """
    start = decided_on or published_on
    ends = [_after(publish_until)]
    if rule == "valid_until":
        ends.append(_after(valid_until))
    elif rule == "term":
        ends.append(add_months(start, 12 * term_years) if term_years else None)
        ends.append(_after(valid_until))
        ends.append(None if removed_visible else ended_on)
    elif rule == "samr45":
        maximum = add_months(published_on, _months(rule, published_on, severity))
        ends.append(max(maximum, _after(valid_until) or maximum) if severity == "serious" else maximum)
    elif rule == "order36":
        ends.append(add_months(start, _months(rule, published_on, severity)))
    elif rule != "none":
        raise ValueError(f"unknown rule {rule!r}")
    return min((end for end in ends if end), default=None)


def earliest_repair(
    rule: str,
    *,
    decided_on: date | None,
    severity: str | None,
    repair_months: int | None = None,
    published_on: date | None = None,
    on: date | None = None,
) -> date | None:
    """The first day on which repair may be applied for; None when the rule knows no repair or the day is not known.

    ``repair_months`` is a list's own waiting time and wins. The version of the rule is that of the day of application,
    ``on``; the newest when none is given. SAMR counts from publication.
    """
    start = (published_on or decided_on) if rule == "samr45" else (decided_on or published_on)
    if repair_months is None and rule in _VERSIONS:
        repair_months = _version(rule, on or FOREVER).minimum.get(_checked(severity))
    if start is None or repair_months is None:
        return None
    return add_months(start, repair_months)


def rule_source(rule: str, on: date) -> tuple[str, str]:
    """What a period rests on, on a day, in Chinese and English: the citation, or one phrase where no order sets it."""
    if rule in _PLAIN_SOURCES:
        return _PLAIN_SOURCES[rule]
    version = _version(rule, on)
    return version.zh, version.en


def default_severity(kinds: list[str]) -> str:
    """The class proposed for a decision with these kinds of penalty (处罚类别); staff may set another.

    The heaviest kind counts. What cannot be placed is 一般: nobody is presumed the worse, so "暂扣或者吊销许可证"
    is not read as the graver of the two.
    """
    classes = {_class_of(kind) for kind in kinds}
    return next((severity for severity in ("serious", "general", "minor") if severity in classes), "general")


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day: 2024-02-29 and 12 months is 2025-02-28. Never past 9999-12-31."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if years > FOREVER.year:
        return FOREVER
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def is_working_day(day: date) -> bool:
    """True for a working day in China, make-up days included; Monday to Friday where no calendar is published."""
    if day.year in _calendar_years():
        return chinese_calendar.is_workday(day)
    _warn_once(day.year)
    return day.weekday() < 5


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after a day; the day itself for 0."""
    if n < 0:
        raise ValueError("n must not be negative")
    while n:
        day += _DAY
        n -= is_working_day(day)
    return day


def working_days_between(a: date, b: date) -> int:
    """Working days after ``a`` up to and with ``b``; negative when ``b`` comes first."""
    if b < a:
        return -working_days_between(b, a)
    return sum(is_working_day(a + _DAY * step) for step in range(1, (b - a).days + 1))


def _after(last_day: date | None) -> date | None:
    return last_day + _DAY if last_day and last_day < FOREVER else None


def _checked(severity: str | None) -> str:
    if severity and severity not in SEVERITIES:
        raise ValueError(f"unknown severity {severity!r}")
    return severity or "general"


def _version(rule: str, on: date) -> Version:
    """The version in force on a day; the first one for earlier days."""
    if rule not in _VERSIONS:
        raise ValueError(f"unknown rule {rule!r}")
    versions = _VERSIONS[rule]
    return next((version for version in reversed(versions) if version.since <= on), versions[0])


def _months(rule: str, on: date, severity: str | None) -> int:
    return _version(rule, on).maximum[_checked(severity)]


def _class_of(kind: str) -> str:
    # One label for either (暂扣或者吊销…), or the title of the class they are in (暂扣许可证件、降低资质等级、吊销许可证件).
    if "暂扣" in kind and "吊销" in kind:
        return "general"
    for severity, words in (("serious", _SERIOUS_KINDS), ("general", _GENERAL_KINDS), ("minor", _MINOR_KINDS)):
        if any(word in kind for word in words):
            return severity
    return "general"


@functools.cache
def _calendar_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.holidays)


@functools.cache
def _warn_once(year: int) -> None:
    _log.warning("no holiday calendar for %s: working days are Monday to Friday; update chinesecalendar", year)
