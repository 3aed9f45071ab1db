"""What a published registration says of a company: the projection that searching and filtering need, and its names."""

import re
from collections.abc import Iterator
from typing import Any

from records import search, uscc
from records.dataset import Dataset

# GSXT's state code list and the words met in real files; a word that is not here is 其他, never guessed.
STATUS_WORDS = {
    "active": "存续（在营、开业、在册） 存续 在业 在营 开业 在册 正常 登记成立 确立 1",
    "suspended": "歇业",
    "revoked": "吊销，未注销 吊销 已吊销 被吊销 吊销企业 吊销未注销 2",
    "revoked_cancelled": "吊销，已注销 注吊销 吊销后注销 吊销已注销 3",
    "cancelled": "注销 已注销 企业直接申请注销 4",
    "annulled": "撤销 撤销登记 已撤销 5",
    "moved_out": "迁出 已迁出 迁往外省市 6",
    "liquidation": "清算 清算中",
    "other": "其他 停业 责令关闭 除名 另册 9",
}
_STATUS = {search.fold(word): status for status, words in STATUS_WORDS.items() for word in words.split()}

# The first sign that fits decides; the labels of a profile follow from it.
_KINDS = (
    ("individual", re.compile("个体")),
    ("cooperative", re.compile("专业合作")),
    ("office", re.compile("代表机构|代表处")),
    ("branch", re.compile("分公司|分支机构|分店|营业部|办事机构|非法人")),
    ("sole", re.compile("个人独资|私营独资")),
    ("partnership", re.compile("合伙")),
    ("company", re.compile("有限责任|有限公司|股份有限|一人有限")),
    ("enterprise", re.compile("全民|国有|集体|股份合作|企业法人|联营")),
)
_BY_CODE = {"91": "company", "92": "individual", "93": "cooperative"}
_SEPARATORS = re.compile(r"[;；、\n|]")


def status_of(words: str) -> str:
    """The status for the words of a file, by table: unknown words are ``other``; nothing reported is ``other`` too."""
    return _STATUS.get(search.fold(words), "other")


def kind_of(code: str, company_type: str, name: str) -> str:
    """What kind of subject it is, by the code where that decides, else by the words of its type, else of its name."""
    by_code = _BY_CODE.get(code[:2]) if len(code) == 18 else None
    if by_code in ("individual", "cooperative"):
        return by_code
    for words in (company_type, name):
        for kind, sign in _KINDS:
            if sign.search(words):
                return kind
    return by_code or ("organisation" if len(code) == 18 else "enterprise")


def projection(dataset: Dataset, values: dict[str, Any], code: str) -> dict[str, Any]:
    """The columns of ``Company`` for the values of a registration; dates are ISO texts."""

    def value(role: str) -> str:
        column = dataset.by_role.get(role)
        return str(values.get(column.name) or "") if column else ""

    name, company_type = value("name"), value("company_type")
    return {
        "code": code,
        "uscc": code if len(code) == 18 else None,
        "legacy_no": value("legacy_no") or (None if len(code) == 18 else code),
        "name": name,
        "name_key": search.fold(name),
        "kind": kind_of(code, company_type, name),
        "company_type": company_type[:200],
        "status": status_of(value("status")),
        "region": uscc.region_of(code),
        "established_on": value("established_on") or None,
        "legal_representative": value("legal_representative")[:300],
    }


def names(dataset: Dataset, values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """``(kind, text, folded)`` of every name the company is found by: current, former, English; each once."""
    seen = set()
    for role, kind in (("name", "current"), ("former_names", "former"), ("english_name", "english")):
        column = dataset.by_role.get(role)
        text = str(values.get(column.name) or "") if column else ""
        for name in [text] if kind != "former" else _SEPARATORS.split(text):
            folded = search.fold(name)
            if folded and folded not in seen:
                seen.add(folded)
                yield kind, name.strip()[:300], folded[:300]
