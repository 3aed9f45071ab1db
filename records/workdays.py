"""Working days in mainland China: the State Council's holidays and make-up days where they are known, Monday to Friday elsewhere."""

import calendar
import functools
from datetime import date

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Whether offices are open; ``chinesecalendar`` knows the years announced so far and refuses the others."""
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


@functools.cache
def _counted(year: int) -> tuple[int, ...]:
    """Working days of a year up to and including each of its days; index 0 is before the first."""
    counts = [0]
    for month in range(1, 13):
        for number in range(1, calendar.monthrange(year, month)[1] + 1):
            counts.append(counts[-1] + is_working_day(date(year, month, number)))
    return tuple(counts)


def working_days(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``: 0 on the day itself, 1 on the next working day; 0 when end is earlier.

    A term of days is counted so that the first day is not (Civil Code, art. 201).
    """
    if end <= start:
        return 0
    whole = sum(_counted(year)[-1] for year in range(start.year, end.year))
    return whole - _counted(start.year)[start.timetuple().tm_yday] + _counted(end.year)[end.timetuple().tm_yday]
