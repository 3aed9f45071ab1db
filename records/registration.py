"""What a published registration says of a company: the projection that searching and filtering need, and its names."""

import functools
import re
from collections.abc import Iterable, Iterator
from datetime import date
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
# Sections of GB/T 4754-2017 by their names, and their divisions; files also write the letter or number alone, or before the name.
_INDUSTRIES = (
    "农、林、牧、渔业 采矿业 制造业 电力、热力、燃气及水生产和供应业 建筑业 批发和零售业 交通运输、仓储和邮政业 住宿和餐饮业 "
    "信息传输、软件和信息技术服务业 金融业 房地产业 租赁和商务服务业 科学研究和技术服务业 水利、环境和公共设施管理业 "
    "居民服务、修理和其他服务业 教育 卫生和社会工作 文化、体育和娱乐业 公共管理、社会保障和社会组织 国际组织"
)
_DIVISIONS = (
    "农业 林业 畜牧业 渔业 农、林、牧、渔专业及辅助性活动|煤炭开采和洗选业 石油和天然气开采业 黑色金属矿采选业 有色金属矿采选业 "
    "非金属矿采选业 开采专业及辅助性活动 其他采矿业|农副食品加工业 食品制造业 酒、饮料和精制茶制造业 烟草制品业 纺织业 "
    "纺织服装、服饰业 皮革、毛皮、羽毛及其制品和制鞋业 木材加工和木、竹、藤、棕、草制品业 家具制造业 造纸和纸制品业 "
    "印刷和记录媒介复制业 文教、工美、体育和娱乐用品制造业 石油、煤炭及其他燃料加工业 化学原料和化学制品制造业 医药制造业 "
    "化学纤维制造业 橡胶和塑料制品业 非金属矿物制品业 黑色金属冶炼和压延加工业 有色金属冶炼和压延加工业 金属制品业 "
    "通用设备制造业 专用设备制造业 汽车制造业 铁路、船舶、航空航天和其他运输设备制造业 电气机械和器材制造业 "
    "计算机、通信和其他电子设备制造业 仪器仪表制造业 其他制造业 废弃资源综合利用业 金属制品、机械和设备修理业|"
    "电力、热力生产和供应业 燃气生产和供应业 水的生产和供应业|房屋建筑业 土木工程建筑业 建筑安装业 建筑装饰、装修和其他建筑业|"
    "批发业 零售业|铁路运输业 道路运输业 水上运输业 航空运输业 管道运输业 多式联运和运输代理业 装卸搬运和仓储业 邮政业|"
    "住宿业 餐饮业|电信、广播电视和卫星传输服务 互联网和相关服务 软件和信息技术服务业|货币金融服务 资本市场服务 保险业 其他金融业|"
    "房地产业|租赁业 商务服务业|研究和试验发展 专业技术服务业 科技推广和应用服务业|"
    "水利管理业 生态保护和环境治理业 公共设施管理业 土地管理业|居民服务业 机动车、电子产品和日用产品修理业 其他服务业|教育|"
    "卫生 社会工作|新闻和出版业 广播、电视、电影和录音制作业 文化艺术业 体育 娱乐业|"
    "中国共产党机关 国家机构 人民政协、民主党派 社会保障 群众团体、社会团体和其他成员组织 基层群众自治组织及其他组织|国际组织"
)
_LETTERS = "ABCDEFGHIJKLMNOPQRST"
_BY_SECTION = dict(zip(_LETTERS, (divisions.split() for divisions in _DIVISIONS.split("|")), strict=True))
_SECTIONS = {search.fold(name): letter for letter, names in _BY_SECTION.items() for name in names}
_SECTIONS |= {search.fold(name): letter for letter, name in zip(_LETTERS, _INDUSTRIES.split(), strict=True)}
# 01 农业 … 97 国际组织: the divisions are numbered through.
_NUMBERED = {f"{at:02}": letter for at, letter in enumerate((letter for letter, names in _BY_SECTION.items() for _ in names), 1)}
_LETTER = re.compile(r"\s*([A-T])(?![A-Za-z])").match
_NUMBER = re.compile(r"\s*([0-9]{2})[0-9]{0,2}(?![0-9])").match
_SPAN, _FIRST = 5, 1980
# A line break within a cell has become a space.
_SEPARATORS = re.compile(r"[;；、\n|，]|(?<=公司)[,\s]+(?=[\u4e00-\u9fff])")


def status_of(words: str) -> str:
    """The status for the words of a file, by table: unknown words are ``other``; nothing reported is ``other`` too."""
    return _STATUS.get(search.fold(words), "other")


def industry_of(words: str) -> str:
    """The section of GB/T 4754-2017 a file names, by its letter or its name, or by a division of it; "" for words in no table.

    >>> industry_of("F 批发和零售业"), industry_of("制造业"), industry_of("F51"), industry_of("其他")
    ('F', 'C', 'F', '')
    >>> industry_of("食品制造业"), industry_of("1432"), industry_of("14 食品制造业"), industry_of("98")
    ('C', 'C', 'C', '')
    """
    if letter := _LETTER(words):
        return letter.group(1)
    number = _NUMBER(words)
    return (_NUMBERED.get(number[1], "") if number else "") or _SECTIONS.get(search.fold(words), "")


def founded(day: date) -> str:
    """The five years a company was founded in, by the first of them; all before 1980 are one.

    >>> founded(date(2023, 3, 1)), founded(date(1956, 1, 1))
    ('2020', '1900')
    """
    return str(day.year // _SPAN * _SPAN) if day.year >= _FIRST else "1900"


def spans(until: date) -> list[str]:
    """Every value of ``founded`` up to a day, newest first."""
    return [*(str(first) for first in range(until.year // _SPAN * _SPAN, _FIRST - 1, -_SPAN)), "1900"]


def founded_between(first: str) -> tuple[date, date]:
    """The first and last day of such years.

    >>> founded_between("2020")
    (datetime.date(2020, 1, 1), datetime.date(2024, 12, 31))
    """
    return date(int(first) if first != "1900" else 1, 1, 1), date(int(first) + _SPAN - 1 if first != "1900" else _FIRST - 1, 12, 31)


def kind_of(code: str, company_type: str, name: str) -> str:
    """What kind of subject it is, by the code where that decides, else by the words of its type, else of its name."""
    by_code = _BY_CODE.get(code[:2]) if len(code) == 18 else None
    if by_code in ("individual", "cooperative"):
        return by_code
    return _kind_in(company_type) or _kind_in(name) or by_code or ("organisation" if len(code) == 18 else "enterprise")


@functools.lru_cache(maxsize=1024)
def _kind_in(words: str) -> str:
    return next((kind for kind, sign in _KINDS if sign.search(words)), "")


def projection(dataset: Dataset, values: dict[str, Any], code: str) -> dict[str, Any]:
    """The columns of ``Company`` for the values of a registration, of which anybody may see what stands in them; dates are ISO texts."""

    def value(role: str) -> str:
        return _public(dataset, role, values)

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
        "industry": industry_of(value("industry")),
        "established_on": value("established_on") or None,
        "legal_representative": value("legal_representative")[:300],
    }


def _public(dataset: Dataset, role: str, values: dict[str, Any]) -> str:
    """The value of a role; "" where there is none, or none that anybody may see."""
    return str(values.get(dataset.public_of_role.get(role)) or "")


def facets(columns: dict[str, Any], lists: Iterable[str] = ()) -> str:
    """What a company with these columns, on these lists, is narrowed by, as terms of the index."""
    day = columns["established_on"]
    years = founded(date.fromisoformat(str(day))) if day else ""
    return search.facets(
        status=columns["status"], kind=columns["kind"], industry=columns["industry"], founded=years, lists=lists
    )


def names(dataset: Dataset, values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """``(kind, text, folded)`` of every name the company is found by: current, former, English; each once."""
    seen = set()
    for role, kind in (("name", "current"), ("former_names", "former"), ("english_name", "english")):
        text = _public(dataset, role, values)
        for name in [text] if kind != "former" or not text else _SEPARATORS.split(text):
            folded = search.fold(name)
            if folded and folded not in seen:
                seen.add(folded)
                yield kind, name.strip()[:300], folded[:300]
