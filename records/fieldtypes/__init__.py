"""The closed set of column types: how a cell becomes a value, and how a value is shown.

``TYPES[name].parse(text, field)`` gives a value that JSON can hold, or None for nothing (无, /, —, N/A …).
It raises ``ValueProblem`` for anything it does not understand; nothing is guessed and nothing repaired silently.
``TYPES[name].show(value, field, lang)`` gives the words a reader sees, in ``zh`` or ``en``.

========== ============================================ =====================================================
type       accepts                                      value
========== ============================================ =====================================================
text       one line                                     text, stripped
long_text  several lines, no personal numbers           text, line ends as "\\n"
uscc       a valid unified code, an old registration    the code, normalised
           number
identifier any other number, but no identity number     text
date       the shapes of ``fieldtypes.dates``           "2020-01-31"; "9999-12-31" for no end (长期, >= 2099)
year       2020, 2020年, 2020年度                         2020
decimal    1,234.50, 2000元, 3万元                        "1234.5", converted exactly to the unit of the column
integer    as decimal, without a fraction               1234
boolean    是 否 有 无 Y N 1 0 true false                 true, false
code       a key or a label of the enumeration          the key; a list of keys when several were given
person     a name, masked when the column says so       "张*"
url        http(s)://…, or a bare host name             "https://…"
capital    1,000(万元人民币), 50万美元, …                  {"text": as given, "amount": "10000000", "currency":
                                                        "CNY"}; amount, currency only when understood
========== ============================================ =====================================================
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from records.fieldtypes import dates, numbers, texts
from records.fieldtypes.values import Column, ValueProblem, fold, is_nothing
from records.personal import find_personal_numbers, mask_person

__all__ = ["TYPES", "Column", "FieldType", "ValueProblem", "find_personal_numbers", "fold", "is_nothing", "mask_person"]


@dataclass(frozen=True, slots=True)
class FieldType:
    """One column type: its name in Chinese and English, how to read a cell, how to show a value."""

    title: str
    title_en: str
    parse: Callable[..., Any]
    show: Callable[..., str]


TYPES: dict[str, FieldType] = {
    "text": FieldType("文本", "text", texts.parse_text, texts.show_text),
    "long_text": FieldType("长文本", "long text", texts.parse_long_text, texts.show_text),
    "uscc": FieldType("统一社会信用代码", "unified social credit code", texts.parse_uscc, texts.show_text),
    "identifier": FieldType("其他编号", "other number", texts.parse_identifier, texts.show_text),
    "date": FieldType("日期", "date", dates.parse_date, dates.show_date),
    "year": FieldType("年度", "year", dates.parse_year, texts.show_text),
    "decimal": FieldType("数值", "decimal number", numbers.parse_decimal, numbers.show_number),
    "integer": FieldType("整数", "whole number", numbers.parse_integer, numbers.show_number),
    "boolean": FieldType("是否", "yes or no", texts.parse_boolean, texts.show_boolean),
    "code": FieldType("枚举", "enumeration", texts.parse_code, texts.show_code),
    "person": FieldType("自然人姓名", "name of a person", texts.parse_person, texts.show_text),
    "url": FieldType("网址", "web address", texts.parse_url, texts.show_text),
    "capital": FieldType("注册资本", "registered capital", numbers.parse_capital, numbers.show_capital),
}
