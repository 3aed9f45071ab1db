"""How long after its last report a dataset is overdue, by the rhythm its declaration names."""

from datetime import date

from records.workdays import working_days

# The longest a period of each kind can be, in days.
PERIODS = {"weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}


def overdue(frequency: str, last: date, today: date) -> int:
    """By how many days the next report is late; 0 while it is not. Of a daily dataset working days are counted.

    A day that is not over yet is not missed. What comes irregularly is never late.
    """
    if frequency == "daily":
        return max(0, working_days(last, today) - 1)
    if frequency in PERIODS:
        return max(0, (today - last).days - PERIODS[frequency])
    return 0
