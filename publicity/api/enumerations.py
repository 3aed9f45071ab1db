"""Every code that an answer may hold, by the name of its code list, with what it means in Chinese and English."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy as _

from blacklists.screening import Outcome
from publicity.api.labels import both, label
from publicity.api.problems import Kind
from publicity.api.shapes import Label
from records import regions
from records.dataset import Category, Disclosure, Polarity
from records.models import Company, Event, SearchName, Severity
from records.models.event import SEALED

UNTOLD: Label = {"code": SEALED, "zh": "不向社会公开", "en": "Not public"}
CURRENT: Label = {"code": "current", "zh": "当前在列", "en": "On the list"}
REMOVED: Label = {"code": "removed", "zh": "已移出", "en": "Removed"}
# Why a company was found, when not simply by a name that holds what was asked.
OTHER_REASONS = {
    "code": ("代码", "Code"),
    "legacy": ("注册号", "Registration number"),
    "suffix": ("代码末段", "End of the code"),
    "part": ("代码的一部分", "Part of the code"),
    "parts": ("名称中依次含有各字", "The characters stand in this order in the name"),
    "pinyin": ("拼音", "Pinyin"),
    "near": ("相近，只差一处", "Near miss: one slip away"),
}
FREQUENCIES = {
    "daily": ("每日", "Daily"),
    "weekly": ("每周", "Weekly"),
    "monthly": ("每月", "Monthly"),
    "quarterly": ("每季度", "Quarterly"),
    "yearly": ("每年", "Yearly"),
    "irregular": ("不定期", "Irregular"),
}
AGENCIES = {
    "government": ("行政机关", "Administrative authority"),
    "court": ("法院", "Court"),
    "association": ("社会组织", "Association"),
    "rating_agency": ("评级机构", "Rating agency"),
    "enterprise": ("企业", "Enterprise"),
}
TONES = {
    "good": ("好", "Good"),
    "fair": ("较好", "Fair"),
    "neutral": ("中性", "Neutral"),
    "poor": ("较差", "Poor"),
    "bad": ("差", "Bad"),
}
# What the score of a candidate is made of.
FEATURES = {
    "code": _("代码是否一致"),
    "name": _("名称是否逐字一致（全半角、繁简、标点和空格不计）"),
    "similarity": _("名称相似度，0 至 100"),
    "brand": _("字号是否相同"),
    "region": _("名称中的地区是否相同"),
    "pinyin": _("按拼音找到"),
    "parts": _("按依次出现的字找到"),
    "property_type": _("类别是否相符"),
}

Codes = list[dict[str, Any]]


def word(words: dict[str, tuple[str, str]], code: str) -> Label:
    """A code of one of the tables above."""
    chinese, english = words[code]
    return {"code": code, "zh": chinese, "en": english}


def match_kind(kind: str) -> Label:
    """How a search found a company."""
    return word(OTHER_REASONS, kind) if kind in OTHER_REASONS else label(SearchName.Kind(kind))


def _labels(members: Iterable[Enum]) -> Codes:
    return [label(member) for member in members]


def _words(words: dict[str, tuple[str, str]]) -> Codes:
    return [word(words, code) for code in words]


def _regions() -> Codes:
    return [{"code": code, "zh": name, "en": None} for code, name in regions.divisions().items()]


def _problems() -> Codes:
    return [{"code": kind.code, "zh": kind.title_zh, "en": kind.title} for kind in Kind]


# Name -> titles, codes.
LISTS: dict[str, tuple[str, str, Callable[[], Codes]]] = {
    "category": ("信息类别", "Categories of records", lambda: _labels(Category)),
    "polarity": ("信息性质", "Positive, neutral, negative", lambda: _labels(Polarity)),
    "disclosure": ("公开范围", "Who may see a dataset", lambda: _labels(Disclosure)),
    "frequency": ("更新频率", "How often a dataset is reported", lambda: _words(FREQUENCIES)),
    "agency": ("信源单位种类", "Kinds of reporting agencies", lambda: _words(AGENCIES)),
    "status": ("登记状态", "Registration status", lambda: _labels(Company.Status)),
    "kind": ("主体类别", "Kinds of subjects", lambda: _labels(Company.Kind)),
    "industry": ("行业门类", "Sections of industry, GB/T 4754-2017", lambda: _labels(Company.Industry)),
    "name": ("命中方式", "How a company was found: by which name, code or likeness",
             lambda: _labels(SearchName.Kind) + _words(OTHER_REASONS)),
    "outcome": ("核查结果", "Outcomes of a check", lambda: _labels(Outcome)),
    "event": ("公示事项", "Kinds of events", lambda: [*_labels(Event.Kind), UNTOLD]),
    "severity": ("失信程度", "Severity, NDRC Order 36", lambda: _labels(Severity)),
    "listing": ("名单状态", "State of a list entry", lambda: [CURRENT, REMOVED]),
    "tone": ("等级倾向", "What a grade amounts to", lambda: _words(TONES)),
    "feature": ("评分依据", "What a score is made of", lambda: [{"code": code, **both(text)} for code, text in FEATURES.items()]),
    "problem": ("错误种类", "Kinds of problems", _problems),
    "region": ("行政区划", "Divisions, GB/T 2260, abolished ones included", _regions),
}  # fmt: skip


def labelled(name: str, code: str) -> Callable[[], dict[str, Any]]:
    """JSON Schema keys of a label whose codes are those of the list ``name``; ``code`` is the example."""
    return lambda: {"x-codes": name, "examples": [next(one for one in LISTS[name][2]() if one["code"] == code)]}


def coded(name: str, code: str) -> dict[str, Any]:
    """The same of a code that stands alone."""
    return {"x-codes": name, "examples": [code]}
