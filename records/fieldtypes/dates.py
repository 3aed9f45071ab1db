"""Dates in the shapes real files have, as ISO text.

2019-01-05, 2019/1/5, 2019.10.10, 2019、10、10, 20191010, 2019年10月10日, each also with a time (a stated offset from UTC counts);
二〇一九年十月十日, as documents are dated, and 2019年十月十日; 20191010093000; milliseconds since 1970 (12 or 13 digits, read as
Chinese time); a spreadsheet's day number (43586); 长期 and the like and everything from 2099 on as "9999-12-31".

A month alone (2019年10月) is its first day, or its last where the column says until when, and refused where a whole day is
needed. Lunar and other calendars, two-digit years and impossible days are refused.
"""

import functools
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from records.fieldtypes.values import Column, ValueProblem, figures, is_nothing, quoted

OPEN_END = "9999-12-31"
CHINA = ZoneInfo("Asia/Shanghai")
_OPEN_WORDS = frozenset(
    [
        "长期",
        "永久",
        "无固定期限",
        "长期有效",
        "永久有效",
        "无期限",
        "无限期",
        "永续",
        "永续经营",
        "不约定期限",
        "长期公示",
    ]
)
_ISO = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}").fullmatch
_TIME = r"(?:上午|下午)?\s*(?:[01]?[0-9]|2[0-4])(?:[:时][0-5]?[0-9](?:[:分][0-5]?[0-9](?:[.,][0-9]+)?)?)?[时分秒]?"
_DATE = re.compile(
    r"(?:(?P<y>[0-9]{4})(?P<mark>\s?[-/.、]\s?)(?P<m>[0-9]{1,2})(?P=mark)(?P<d>[0-9]{1,2})\.?"
    r"|(?P<y2>[0-9]{4})\s*年\s*(?P<m2>[0-9]{1,2})\s*月\s*(?P<d2>[0-9]{1,2})\s*[日号]?"
    r"|(?P<y3>[0-9]{4})(?P<m3>[0-9]{2})(?P<d3>[0-9]{2})(?:[0-9]{6}(?![0-9]))?)"
    rf"(?:[T\s]\s*(?P<time>{_TIME})\s*(?P<zone>Z|[-+][0-9]{{2}}:?[0-9]{{2}})?|(?<=[日号]){_TIME})?"
).fullmatch
_MONTH = re.compile(r"([0-9]{4})(?:-([0-9]{2})|\s*年\s*([0-9]{1,2})\s*月份?)").fullmatch
_HAN_DIGITS = {digit: at for at, digit in enumerate("〇一二三四五六七八九")} | dict.fromkeys("零○OΟ", 0)
_HAN_NUMBER = "[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九]|[0-9]{1,2}"
_HAN_DATE = re.compile(
    rf"(?P<y>[{''.join(_HAN_DIGITS)}]{{4}}|[0-9]{{4}})\s*年\s*(?P<m>{_HAN_NUMBER})\s*月份?(?:\s*(?P<d>{_HAN_NUMBER})\s*[日号])?"
).fullmatch
_SERIAL = re.compile(r"([2-7][0-9]{4}|80000)(?:\.[0-9]+)?").fullmatch
_EPOCH = re.compile(r"[1-9][0-9]{12}|(?!19|20)[1-9][0-9]{11}").fullmatch
_YEAR = re.compile(r"([0-9]{4})\s*(?:年度?)?").fullmatch
_OTHER_CALENDARS = re.compile(r"农历|阴历|民国|令和|平成|昭和|佛历|闰|正月|腊月|初[一二三四五六七八九十]").search
_UNTIL = frozenset(["valid_until", "publish_until", "ended_on"])
# What has happened did so on a day; only what holds or is public may have no end.
_HAPPENED = frozenset(["decided_on", "valid_from", "established_on", "approved_on"])
_SPREADSHEET_ZERO = date(1899, 12, 30)
_EARLIEST = 1800


def parse_date(text: str, field: Column) -> str | None:
    """The day as "2020-01-31", "9999-12-31" for no end, None for nothing."""
    found = _parse(text)
    if (found == OPEN_END and field.role in _HAPPENED) or (field.whole_day and found and len(found) < 10):
        shown = quoted(text.strip())
        raise ValueProblem(f"{shown}不是某一天，此处须写明日期", f"{shown} is no day; a day is needed here")
    if found is None or len(found) == 10:
        return found
    year, month = int(found[:4]), int(found[5:])
    if field.role in _UNTIL:
        return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).isoformat()
    return f"{found}-01"


def show_date(value: str, field: Column, lang: str = "zh") -> str:  # noqa: ARG001
    """ISO 8601, or 长期."""
    if value == OPEN_END:
        return "no end date" if lang.startswith("en") else "长期"
    return value


def parse_year(text: str, field: Column) -> int | None:  # noqa: ARG001
    """The year as a number, 1900 to 2100."""
    return _year(text)


@functools.lru_cache(maxsize=1024)
def _year(text: str) -> int | None:
    found = _YEAR(figures(text).lstrip("'"))
    if found and 1900 <= int(found[1]) <= 2100:
        return int(found[1])
    if is_nothing(text):
        return None
    raise ValueProblem(f"{quoted(text)}不是年份，应如 2020", f"{quoted(text)} is no year; write 2020")


@functools.lru_cache(maxsize=65536)
def _parse(text: str) -> str | None:
    """ISO text of the day, or of the month ("2019-10") where no day is given."""
    if _ISO(text) and _is_day(text):
        return text
    if is_nothing(text):
        return None
    shown, text = text.strip(), figures(text).lstrip("'")
    if text in _OPEN_WORDS:
        return OPEN_END
    if found := _DATE(text):
        return _written(shown, found)
    if found := _MONTH(text):
        return _month(shown, int(found[1]), int(found[2] or found[3]))
    if found := _HAN_DATE(text):
        year, month = int("".join(str(_HAN_DIGITS.get(digit, digit)) for digit in found["y"])), _han_number(found["m"])
        return _day(shown, year, month, _han_number(found["d"])) if found["d"] else _month(shown, year, month)
    if _EPOCH(text):
        moment = datetime.fromtimestamp(int(text) / 1000, tz=CHINA)
        return _day(shown, moment.year, moment.month, moment.day)
    if found := _SERIAL(text):
        day = _SPREADSHEET_ZERO + timedelta(days=int(found[1]))
        return _day(shown, day.year, day.month, day.day)
    raise _unreadable(shown)


def _han_number(text: str) -> int:
    if text.isascii():
        return int(text)
    tens, ten, units = text.rpartition("十")
    return (_HAN_DIGITS[tens] if tens else 1 if ten else 0) * 10 + (_HAN_DIGITS[units] if units else 0)


def _month(shown: str, year: int, month: int) -> str:
    iso = _day(shown, year, month, 1)
    return iso if iso == OPEN_END else iso[:7]


def _is_day(iso: str) -> bool:
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return iso < "2099"


def _written(shown: str, found: re.Match[str]) -> str:
    year, month, day = (int(found[part] or found[f"{part}2"] or found[f"{part}3"]) for part in "ymd")
    iso = _day(shown, year, month, day)
    if not found["zone"] or iso == OPEN_END:
        return iso
    try:
        moment = datetime.fromisoformat(f"{iso}T{found['time']}{found['zone']}")
    except ValueError:
        raise _unreadable(shown) from None
    return moment.astimezone(CHINA).date().isoformat()


def _day(shown: str, year: int, month: int, day: int) -> str:
    try:
        iso = date(year, month, day).isoformat()
    except ValueError:
        raise ValueProblem(f"{quoted(shown)}不是存在的日期", f"{quoted(shown)} is no day of the calendar") from None
    if year < _EARLIEST or iso in ("1899-12-30", "1899-12-31"):
        raise ValueProblem(
            f"{quoted(shown)}不可能是真实日期，疑为系统的空值",
            f"{quoted(shown)} cannot be a real date; it looks like an empty value",
        )
    return OPEN_END if year >= 2099 else iso


def _unreadable(shown: str) -> ValueProblem:
    if _OTHER_CALENDARS(shown):
        return ValueProblem(
            f"{quoted(shown)}不是公历日期，请改用公历，如 2020-01-31",
            f"{quoted(shown)} is not in the Gregorian calendar; write 2020-01-31",
        )
    return ValueProblem(
        f"{quoted(shown)}不是可识别的日期，应如 2020-01-31", f"{quoted(shown)} is no date we can read; write 2020-01-31"
    )
