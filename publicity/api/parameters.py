"""Query parameters: what each address knows, the check of what was asked, and their part of the OpenAPI document."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict

from publicity.api.labels import both
from publicity.api.problems import Kind, Problem
from records import search
from records.catalog import catalog

PAGE_SIZE, MAX_PAGE_SIZE = 25, 100
MAX_NUMBER = 2**63 - 1
# Something other than spaces, and no control characters, which no name has and PostgreSQL refuses to compare.
_SPACES = r"\u0000-\u0020\u007f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# U+FFFD stands for bytes that are no UTF-8: a word in GBK would be looked for as boxes.
_ANY = r"[^\u0000-\u001f\u007f\ufffd]*"
LINE = f"^{_ANY}$"
TEXT = f"^{_ANY}[^{_SPACES}\\ufffd]{_ANY}$"
CODE = r"^[^\u0000-\u0020\u007f/]{1,20}$"
KEY = "^[0-9A-Za-z]{26}$"
SLUG = "^[-_0-9A-Za-z]{1,80}$"


@dataclass(frozen=True)
class Parameter:
    """One parameter: its description in both languages and the JSON Schema of its value."""

    name: str
    text: str
    text_zh: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: Any = None
    where: str = "query"

    def problem(self, value: str) -> tuple[str, str] | None:
        """What is wrong with a value, in English and Chinese; None when nothing is."""
        kind = self.schema["type"]
        if "enum" in self.schema:
            known = ", ".join(self.schema["enum"])
            return None if value in self.schema["enum"] else (f"It must be one of: {known}.", f"可选值：{known}。")
        if kind == "integer":
            low, high = self.schema["minimum"], self.schema["maximum"]
            fits = re.fullmatch(r"[0-9]{1,19}", value) and low <= int(value) <= high
            return (
                None if fits else (f"It must be a whole number from {low} to {high}.", f"应为 {low} 至 {high} 的整数。")
            )
        if self.schema.get("format") == "date":
            return None if _is_date(value) else ("It must be a date such as 2026-06-15.", "应为日期，例如 2026-06-15。")
        if self.schema.get("format") == "date-time":
            english = "It must be a moment such as 2026-06-15T09:30:00+08:00, the + written as %2B."
            chinese = "应为带时区的时刻，例如 2026-06-15T09:30:00+08:00（+ 须写作 %2B）。"
            return None if _is_moment(value) else (english, chinese)
        if len(value) > self.schema.get("maxLength", MAX_NUMBER):
            most = self.schema["maxLength"]
            return f"It must have at most {most} characters.", f"最多 {most} 个字符。"
        if "pattern" in self.schema and "\ufffd" in value:
            return "Send UTF-8, written as %E9%9D%92.", "请使用 UTF-8 编码，写作 %E9%9D%92。"
        if "pattern" in self.schema and not re.fullmatch(self.schema["pattern"].removesuffix("$"), value):
            return f"Write it like {self.example}.", f"格式示例：{self.example}。"
        return None

    def described(self) -> dict[str, Any]:
        """The parameter object of OpenAPI.

        The example stands in the schema, unless one cannot ask without it: Swagger UI fills in what stands beside it.
        """
        needed = self.where == "path" or self.name == "q"
        schema = self.schema if needed or self.example is None else self.schema | {"examples": [self.example]}
        text = f"{self.text} {self.text_zh}".strip()
        found = {"name": self.name, "in": self.where, "description": text, "schema": schema}
        if needed:
            found["example"] = self.example
        if self.where == "path":
            found["required"] = True
        return found


def moment_of(text: str) -> datetime:
    """A moment of RFC 3339; a leap second is the second before it. Raises ``ValueError``."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})", text):
        raise ValueError(text)
    return datetime.fromisoformat(re.sub(r":60(?=[^0-9:])", ":59", text.upper()))


def _is_moment(value: str) -> bool:
    try:
        return bool(moment_of(value))
    except ValueError:
        return False


def _is_date(value: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and date.fromisoformat(value))
    except ValueError:
        return False


LIMIT = Parameter(
    "limit",
    f"Rows per page, {PAGE_SIZE} when not given.",
    f"每页行数，默认 {PAGE_SIZE}。",
    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
    50,
)
CURSOR = Parameter(
    "cursor",
    "Where the page starts: follow the address in `next` or `previous` and never build one yourself.",
    "分页位置：请直接使用 next 或 previous 给出的地址，不要自行拼写。",
    {"type": "string", "pattern": r"^[np][0-9]{1,18}(\.[0-9]{1,4})?$"},
    "n1024",
)
ORDER = Parameter(
    "order",
    "`newest` (first published last comes first) is for readers; `oldest` is for copying everything: "
    "a record that changes while you copy comes once more at the end, and none is missed.",
    "newest 为最新公示在前；oldest 用于完整复制：复制期间变更的记录会在末尾再次出现，不会遗漏。",
    {"type": "string", "enum": ["newest", "oldest"], "default": "newest"},
    "oldest",
)
SEARCH = Parameter(
    "q",
    "Words of a name, a former or English name, or a code. At most 200 matches are ranked, best first.",
    "名称、曾用名、英文名称中的词语，或者代码。最多对 200 个匹配结果排序，最相近的在前。",
    {"type": "string", "maxLength": search.MAX_QUERY, "pattern": TEXT},
    "青岚 贸易",
)
SORT = Parameter(
    "sort",
    "Order of the matches of `q`, and only together with it: best fit (when not given), newest foundation first, or by the pinyin of "
    "the name.",
    "检索结果的次序，须与 q 同时使用：匹配程度（默认）、新成立在前、名称音序。",
    # No default in the schema: a generated client would send it with every request.
    {"type": "string", "enum": ["fit", "newest", "name"]},
    "newest",
)
COMPANY_CODE = Parameter(
    "code",
    "Unified social credit code, or the registration number of a company that has none.",
    "统一社会信用代码；没有的为注册号。",
    {"type": "string", "pattern": CODE},
    "91330110MF1000015W",
    "path",
)
RECORD_KEY = Parameter(
    "key",
    "Number of a record, the same over all its versions.",
    "信用信息编号，各版本相同。",
    {"type": "string", "pattern": KEY},
    "aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "path",
)

# What a filter takes, in both languages, and an example, where the label a page gives it does not say enough.
FILTERS = {
    "region": ("Division of registration: 2, 4 or 6 digits of GB/T 2260, see `codes/region/`.",
               "登记地行政区划：GB/T 2260 的 2、4 或 6 位数字，见 codes/region/。", "330110"),
    "status": ("Registration status, see `codes/status/`.", "登记状态，代码见 codes/status/。", "active"),
    "type": ("Kind of entity, which answers give as `kind`; see `codes/kind/`.",
             "主体类别，即回答中的 kind，代码见 codes/kind/。", "company"),
    "industry": ("Section of industry, A to T of GB/T 4754-2017, see `codes/industry/`.",
                 "行业门类，GB/T 4754-2017 的 A 至 T，名称见 codes/industry/。", "F"),
    "established": ("Founded in the five years that begin with this one: `2020` is 2020 to 2024; `1900` is every year before 1980.",
                    "成立年份，每五年一档，以首年表示：2020 为 2020 至 2024 年；1900 为 1980 年以前。", "2020"),
    "on_list": ("On a list today: the slug of a list, see `lists/`, or `abnormal` or `blacklist` for any list of that category.",
                "当前在列的名单：名单标识（见 lists/），或以 abnormal、blacklist 表示该类别的任一名单。", "abnormal"),
    "dataset": ("Dataset by its slug, see `datasets/`.", "信息类目标识，见 datasets/。", "tax-penalty"),
    "category": ("Category of records, see `codes/category/`.", "信息类别，代码见 codes/category/。", "penalty"),
    "state": ("On the list today or removed, see `codes/listing/`; both when not given.",
              "当前在列或已移出，代码见 codes/listing/；不填为全部。", "current"),
    "authority": ("Authority that decided: its whole name, exactly as `authority` gives it.",
                  "作出决定的机关：全称，须与 authority 完全一致。", "青岚市市场监督管理局"),
}  # fmt: skip


def dataset_slug(example: str = "tax-penalty") -> Parameter:
    return Parameter(
        "slug", "Slug of a dataset.", "信息类目标识。", {"type": "string", "pattern": SLUG}, example, "path"
    )


def of_filters(filters: type[django_filters.FilterSet]) -> tuple[Parameter, ...]:
    """The parameters of a FilterSet, so that pages and API filter alike."""
    return _of_filters(filters, id(catalog()))


@functools.cache
def _of_filters(filters: type[django_filters.FilterSet], catalogue: int) -> tuple[Parameter, ...]:  # noqa: ARG001 - part of the cache key
    return tuple(_of_filter(name, item) for name, item in filters.base_filters.items())


def _of_filter(name: str, item: django_filters.Filter) -> Parameter:
    words, form_field = both(item.label), item.field
    texts = f"{words['en'].rstrip('.')}.", f"{words['zh'].rstrip('。')}。"
    *texts, example = FILTERS.get(name, (*texts, None))
    match form_field:
        case forms.ChoiceField():
            codes = [str(code) for code, _ in form_field.choices if code]
            return Parameter(name, *texts, {"type": "string", "enum": codes}, example if example in codes else next(iter(codes), None))
        case forms.DateField():
            return Parameter(name, *texts, {"type": "string", "format": "date"}, "2026-01-01")
        case forms.RegexField():
            return Parameter(name, *texts, {"type": "string", "pattern": form_field.regex.pattern.replace(r"\d", "[0-9]")}, example)
        case _:
            length = getattr(form_field, "max_length", None) or 300
            return Parameter(name, *texts, {"type": "string", "maxLength": length, "pattern": TEXT}, example or "青岚")


def check(given: QueryDict, known: Iterable[Parameter], *, others: bool = False) -> dict[str, str]:
    """The parameters asked for, by name. Raises ``Problem`` naming the first that is unknown, repeated or wrong.

    ``others`` says that unknown ones do no harm: they are left out.
    """
    by_name = {parameter.name: parameter for parameter in known}
    for name, values in given.lists():
        if name not in by_name and others:
            continue
        if name not in by_name:
            raise unknown(name, sorted(by_name))
        wrong = ("Give it once.", "只能出现一次。") if len(values) > 1 else by_name[name].problem(values[0])
        if wrong:
            raise bad_value(name, values[-1], *wrong)
    return {name: value for name, value in given.items() if name in by_name}


def unknown(name: str, known: list[str]) -> Problem:
    """The problem of a parameter that an address does not know."""
    listed = ", ".join(known)
    return Problem(
        Kind.UNKNOWN_PARAMETER,
        f"There is no parameter {name!r} here. Known are: {listed}."
        if known
        else f"No parameter is known here: {name!r}.",
        f"此处没有参数“{name}”。可用参数：{listed}。" if known else f"此处不接受任何参数：“{name}”。",
        parameter=name,
        known=known,
    )


def bad_value(name: str, value: str, detail: str, detail_zh: str) -> Problem:
    """The problem of a parameter whose value cannot be used."""
    return Problem(
        Kind.BAD_VALUE,
        f"{name}={value}: {detail}",
        f"参数“{name}”的值“{value}”无效：{detail_zh}",
        parameter=name,
        value=value,
    )
