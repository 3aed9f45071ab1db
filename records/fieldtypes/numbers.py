"""Numbers, amounts of money and registered capital: exact, without exponents, in the unit of the column."""

import functools
import re
from decimal import Context, Decimal
from typing import NamedTuple

from records.fieldtypes.texts import parse_text
from records.fieldtypes.values import Column, ValueProblem, figures, is_nothing, plain, quoted
from records.personal import is_citizen_number

_CURRENCIES = {
    "CNY": "人民币元 人民币 RMB CNY",
    "USD": "美元 美金 USD",
    "HKD": "港元 港币 香港元 港幣 HKD",
    "MOP": "澳门元 澳门币 MOP",
    "TWD": "新台币 台币 TWD",
    "JPY": "日元 日圆 JPY",
    "EUR": "欧元 欧圆 EUR",
    "GBP": "英镑 GBP",
    "SGD": "新加坡元 SGD",
    "AUD": "澳大利亚元 澳元 AUD",
    "CAD": "加拿大元 加元 CAD",
    "NZD": "新西兰元 NZD",
    "KRW": "韩国元 韩元 韩圆 KRW",
    "CHF": "瑞士法郎 CHF",
    "SEK": "瑞典克朗 SEK",
    "NOK": "挪威克朗 NOK",
    "DKK": "丹麦克朗 DKK",
    "THB": "泰国铢 泰铢 THB",
    "MYR": "马来西亚林吉特 林吉特 MYR",
    "PHP": "菲律宾比索 PHP",
    "INR": "印度卢比 INR",
    "RUB": "俄罗斯卢布 卢布 RUB",
    "DEM": "德国马克 DEM",
    "FRF": "法国法郎 FRF",
    "ITL": "意大利里拉 ITL",
    "NLG": "荷兰盾 NLG",
}
_CODES = {word: code for code, words in _CURRENCIES.items() for word in words.split()}
_CURRENCY = "|".join(sorted(_CODES, key=len, reverse=True))
_EXPONENTS = {"": 0, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8}
_MONEY = re.compile(
    rf"(?P<before>{_CURRENCY})?(?P<scale>十万|百万|千万|[百千万亿])?(?P<yuan>[元圆])?(?P<after>{_CURRENCY})?(?P<end>[元圆])?整?"
).fullmatch
_FIGURES = r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.(?P<part>[0-9]+))?"
_NUMBER = re.compile(rf"(?P<sign>[-+]?){_FIGURES}\s*(?P<unit>[^0-9.,\s].*)?").fullmatch
_CAPITAL = re.compile(rf"(?P<before>{_CURRENCY})?{_FIGURES}(?P<unit>[^0-9.,].*)?").fullmatch
_SEVERAL = re.compile(r"[0-9].*[^0-9.,].*[0-9]").search
_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+").fullmatch
_BRACKETS = re.compile(r"[\s()\[\]【】〔〕]+")
_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?").fullmatch
# The sign of the yuan, for which NFKC has one form.
_YUAN = re.compile(r"([-+]?)\s*¥\s*").match
_FOREIGN = ("$", "€", "£", "-$", "-€", "-£")
_ENDS_IN_MONEY = re.compile(
    rf"(?P<before>.+?)[/,，]?(?:单位)?(?P<money>(?=.)(?:{_CURRENCY})?(?:十万|百万|千万|[百千万亿])?[元圆]?(?:{_CURRENCY})?)",
    re.IGNORECASE,
).fullmatch
_LONGEST_HEADING = 60
_LONGEST = 20  # digits before, and digits after the point
_EXACT = Context(prec=60)


class Money(NamedTuple):
    """A unit of money: yuan, or what ``currency`` says, times ten to the ``exponent``; "" when it names no currency."""

    exponent: int
    currency: str
    yuan: bool


def parse_decimal(text: str, field: Column) -> str | None:
    """The number as plain decimal text in the unit of the column: "0.2" for 2000元 where the unit is 万元."""
    if len(text) == 18 and is_citizen_number(text):
        raise _citizen_number()
    if _PLAIN(text):
        return text.rstrip("0").rstrip(".") if "." in text else text
    return _parse(text, field.unit)


def in_unit(text: str, unit: str) -> str:
    """A figure alone as one in this unit, which the heading of its column states: 2000元 for 2000; any other text as it is."""
    found = _NUMBER(plain(text).replace("−", "-").lstrip("'"))
    alone = found and (found["whole"] or found["part"]) and not found["unit"]
    return f"{text.strip()}{unit}" if alone else text


def money_named(words: str) -> tuple[str, str]:
    """A heading, folded, as what stands before the unit of money it ends with, and that unit: 罚款金额, 万元; "" for none."""
    found = _ENDS_IN_MONEY(words) if len(words) <= _LONGEST_HEADING else None
    return (found["before"], found["money"]) if found else (words, "")


def same_currency(one: str, other: str) -> bool:
    """Whether both are units of money, and of one currency."""
    first, second = _money(one), _money(other)
    return bool(first and second) and (_currency(first) or "CNY") == (_currency(second) or "CNY")


def parse_integer(text: str, field: Column) -> int | None:
    """A whole number; a unit is converted as for ``parse_decimal``."""
    if len(text) == 18 and is_citizen_number(text):
        raise _citizen_number()
    number = _parse(text, field.unit, whole=True)
    if number is None:
        return None
    if "." in number:
        raise ValueProblem(f"{quoted(text)}不是整数", f"{quoted(text)} is no whole number")
    return int(number)


def show_number(value: str | int, field: Column, lang: str = "zh") -> str:
    """1,234.5 万元; in English amounts of yuan are spelt out: CNY 12,345,000."""
    money = _money(field.unit)
    if money and lang.startswith("en"):
        code = money.currency or "CNY"
        return f"{code} {_grouped(_shifted(str(value), money.exponent))}"
    space = "" if field.unit in ("", "%", "％", "‰") else " "
    return f"{_grouped(str(value))}{space}{field.unit}"


def parse_capital(text: str, field: Column) -> dict[str, str] | None:
    """{"text": as given, "amount": in whole units, "currency": ISO 4217}.

    Without a unit, or in a shape that is not understood, the text alone; without a currency (万) no currency. 元 alone
    is the yuan (中国人民银行法, article 17).
    """
    given = parse_text(text, field)
    if given is None:
        return None
    amount, currency = _capital(given)
    value = {"text": given, "amount": amount, "currency": currency}
    return {key: part for key, part in value.items() if part}


def show_capital(value: dict[str, str], field: Column, lang: str = "zh") -> str:  # noqa: ARG001
    """The text as given; in English the amount, when it was understood."""
    if lang.startswith("en") and "amount" in value:
        return f"{value.get('currency', '')} {_grouped(value['amount'])}".strip()
    return value["text"]


def _citizen_number() -> ValueProblem:
    return ValueProblem("这是公民身份号码，不是数字", "this is a citizen's identity number, not a figure")


@functools.lru_cache(maxsize=65536)
def _parse(text: str, unit: str, *, whole: bool = False) -> str | None:
    if is_nothing(text):
        return None
    shown, text = text.strip(), figures(text).replace("−", "-").lstrip("'")
    yuan = _YUAN(text)
    text = f"{yuan[1]}{text[yuan.end() :]}" if yuan else text
    found = _NUMBER(text.removeprefix("人民币") if text.endswith(("元", "元整")) else text)
    if not found or not (found["whole"] or found["part"]) or _EXPONENT(text):
        raise _unreadable(shown, text, unit, whole=whole)
    if max(len(found["whole"] or ""), len(found["part"] or "")) > _LONGEST:
        raise ValueProblem(f"{quoted(shown)}位数过多", f"{quoted(shown)} has too many digits")
    word = f"人民币{found['unit'] or '元'}" if yuan else found["unit"]
    number = _shifted(_figures(found), _steps(shown, word, unit) if word else 0)
    if found["sign"] != "-" or number == "0":
        return number
    if _money(unit):
        raise ValueProblem(f"{quoted(shown)}：金额不能为负数", f"{quoted(shown)}: an amount cannot be negative")
    return f"-{number}"


def _unreadable(shown: str, text: str, unit: str, *, whole: bool) -> ValueProblem:
    """Why a text is no number, and what to write."""
    money = _money(unit)
    if money and _currency(money) in ("", "CNY"):
        example, example_en = "2000元 或 0.2万元", "2000元 or 0.2万元"
    else:
        example = example_en = "12" if whole else "12.5"
    if _EXPONENT(text):
        why, why_en = "是科学计数法，请写出全部数字", "is in scientific notation; write all digits"
    elif text.startswith(_FOREIGN):
        why, why_en = "带有外币符号，请折算后填写", "has the sign of a foreign currency; convert the amount"
    elif "," in text:
        why, why_en = "的逗号不是千分位", "has commas that do not separate thousands"
    else:
        why, why_en = "不是数字", "is no number"
    return ValueProblem(f"{quoted(shown)}{why}，应如 {example}", f"{quoted(shown)} {why_en}; write {example_en}")


def _steps(shown: str, word: str, unit: str) -> int:
    """By how many powers of ten a value in the unit ``word`` is greater than the same figure in the column's unit."""
    if word.strip() == plain(unit):
        return 0
    theirs, ours = _money(word), _money(unit)
    if theirs and ours and _currency(theirs) in ("", _currency(ours)):
        return theirs.exponent - ours.exponent
    if _SEVERAL(shown):
        return _refuse(f"{quoted(shown)}有几个数字，请只写一个", f"{quoted(shown)} has several figures; write one")
    if unit:
        return _refuse(f"{quoted(shown)}的单位不是{unit}", f"the unit of {quoted(shown)} is not {unit}")
    return _refuse(f"{quoted(shown)}带有单位，而该数据项没有单位", f"{quoted(shown)} has a unit, the column has none")


def _refuse(message: str, message_en: str) -> int:
    raise ValueProblem(message, message_en)


def _currency(money: Money) -> str:
    return money.currency or ("CNY" if money.yuan else "")


@functools.lru_cache(maxsize=1024)
def _money(word: str) -> Money | None:
    """The unit of money a word such as 万元, 万(美元) or 亿元人民币 names; None for another word."""
    found = _MONEY(_BRACKETS.sub("", plain(word)).upper())
    if not found or not any(found.groups()):
        return None
    named = {_CODES[found[part]] for part in ("before", "after") if found[part]}
    if len(named) > 1:
        return None
    yuan = bool(found["yuan"] or found["end"])
    return Money(_EXPONENTS[found["scale"] or ""], named.pop() if named else "", yuan)


@functools.lru_cache(maxsize=16384)
def _capital(text: str) -> tuple[str, str]:
    try:
        found = _CAPITAL(_BRACKETS.sub("", figures(text)).upper())
    except ValueProblem:
        return "", ""
    money = _money(found["unit"]) if found and found["unit"] else None
    if not found or not money or not (found["whole"] or found["part"]) or len(text) > 60:
        return "", ""
    named = {code for code in (_CODES.get(found["before"] or ""), money.currency) if code}
    if len(named) > 1:
        return "", ""
    currency = named.pop() if named else _currency(money)
    return _shifted(_figures(found), money.exponent), currency


def _figures(found: re.Match[str]) -> str:
    return f"{(found['whole'] or '0').replace(',', '')}.{found['part'] or '0'}"


def _shifted(number: str, steps: int) -> str:
    """The number times ten to the ``steps``, exactly, without needless zeros."""
    moved = format(_EXACT.scaleb(Decimal(number), steps), "f")
    return moved.rstrip("0").rstrip(".") if "." in moved else moved


def _grouped(number: str) -> str:
    whole, point, part = number.partition(".")
    sign = "-" * whole.startswith("-")
    return f"{sign}{int(whole.lstrip('-')):,}{point}{part}"
