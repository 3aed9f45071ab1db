"""Cells that are safe to open in a spreadsheet (OWASP ASVS 5.0, 1.2.10)."""

from typing import Any

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def safe_cell(value: Any) -> str:
    """A value as the text of a cell that no spreadsheet takes for a formula; "" for None."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
