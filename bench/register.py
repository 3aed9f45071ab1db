"""Registers to measure with, loaded past the import engine: only what the search reads.

``names_of(path)`` reads a CSV (``.xz`` too) with a column of names and one of codes; ``fictional(count)`` makes companies of a
province that does not exist; ``load(pairs)`` fills the database that ``DATABASE_URL`` names, which must be empty.
"""

import csv
import itertools
import lzma
import random
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from records import registration, search, uscc
from records.bulk import insert_rows
from records.models import Company, EventCounter
from records.models.company import add_names

NAME_TITLES = ("企业名称", "name", "名称")
CODE_TITLES = ("统一社会信用代码", "code", "uscc")
OTHER_NAMES = {"former": ("曾用名", "former_names"), "english": ("英文名称", "english_name")}
CHUNK = 2000
Row = tuple[str, str, tuple[tuple[str, str], ...]]  # code, name, (kind, other name) …

_PLACES = (
    ("980101", "青岚市"), ("980102", "青岚市望汐区"), ("980201", "霁川市"), ("980202", "集贤县"), ("980301", "砚湖市"),
    ("980302", "海岳省芦汀县"), ("980401", "澜屿市"), ("980000", "海岳省"), ("980000", "海岳"), ("980101", "青岚"),
)  # fmt: skip
_BRAND = (
    "安邦宝辰诚承驰德鼎东方丰福光广国海汉航浩和恒宏鸿华汇嘉建金锦晶景久聚君凯康科乐力利联龙隆茂美铭宁诺鹏普齐启庆荣瑞"
    "润森上升盛世顺思松泰腾天通拓万旺威伟文祥翔新信星兴旭亚扬阳一亿益银盈永优宇玉誉元源远悦云运泽展长兆振正志智中众卓"
)
_TRADES = (
    *(
        "科技",
        "贸易",
        "商贸",
        "实业",
        "电子",
        "机械",
        "建筑工程",
        "物业管理",
        "文化传媒",
        "环保科技",
        "信息技术",
        "汽车销售",
    ),
    *(
        "房地产开发",
        "装饰工程",
        "食品",
        "服饰",
        "化工",
        "医药",
        "物流",
        "农业发展",
        "电子商务",
        "企业管理咨询",
        "机电设备",
    ),
)
_FORMS = (*("有限公司",) * 8, "有限责任公司", "股份有限公司", "集团有限公司", "有限公司第二分公司", "厂", "专业合作社")
_ALPHABET = uscc.ALPHABET
_SECTIONS = "FFCLMIE"


def names_of(path: Path) -> Iterator[Row]:
    """Codes and names of a CSV in the order of the file; rows without a name or code are left out."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            name = next((row[title] for title in NAME_TITLES if row.get(title)), "")
            code = uscc.normalise(next((row[title] for title in CODE_TITLES if row.get(title)), ""))
            others = [(kind, next((row[t] for t in titles if row.get(t)), "")) for kind, titles in OTHER_NAMES.items()]
            split = [(kind, one.strip()) for kind, text in others for one in re.split("[;；]", text) if one.strip()]
            if search.fold(name) and 0 < len(code) <= 20:
                yield code, name, tuple(split)


def fictional(count: int, seed: int = 1) -> Iterator[Row]:
    """Companies that do not exist, in a province that does not exist, the same ones for the same seed."""
    chance = random.Random(seed)
    for serial in range(count):
        region, place = chance.choice(_PLACES)
        brand = "".join(chance.choices(_BRAND, k=chance.choice((2, 2, 2, 3, 3, 4))))
        name = place + brand + chance.choice(_TRADES) + chance.choice(_FORMS)
        body = f"{'MN'[serial % 2]}{''.join(_ALPHABET[serial // 31**power % 31] for power in range(6, -1, -1))}"
        first = f"91{region}{body}{uscc.org_check_character(body)}"
        yield first + uscc.check_character(first), name, ()


def _status(number: int) -> str:
    """One company of 1,000 annulled, one of 50 revoked, one of 4 cancelled."""
    return "annulled" if number % 1000 == 0 else "revoked" if number % 50 == 0 else "cancelled" if number % 4 == 0 else "active"


def load(rows: Iterable[Row]) -> tuple[int, float]:
    """Migrate, then load companies and index their names; how many names were indexed a second."""
    call_command("migrate", verbosity=0, skip_checks=True)
    columns = ("id", "code", "uscc", "legacy_no", "name", "name_key", "kind", "company_type", "status", "region")
    columns = (*columns, "industry", "established_on")
    seen: set[str] = set()
    spent, names, rows = 0.0, 0, iter(rows)
    while chunk := [row for row in itertools.islice(rows, CHUNK) if not (row[0] in seen or seen.add(row[0]))]:
        first = len(seen) - len(chunk) + 1
        companies, bearing = [], []
        for number, (code, name, others) in enumerate(chunk, first):
            uniform = code if len(code) == 18 else None
            folded = search.fold(name)
            place = uscc.region_of(code)
            day = f"{1985 + number % 41}-03-12"
            row = (number, code, uniform, None if uniform else code, name, folded, "company", "", _status(number), place)
            row = (*row, _SECTIONS[number % 7], day)
            companies.append((*row, "", registration.facets(dict(zip(columns, row, strict=True)))))
            names_here = {(kind, search.fold(text)): text for kind, text in (("current", name), *others)}
            bearing += [(number, kind, text, folded) for (kind, folded), text in names_here.items() if folded]
        with transaction.atomic():
            insert_rows("records_company", (*columns, "legal_representative", "facets"), companies)
            begun = time.perf_counter()
            add_names(bearing)
        spent, names = spent + time.perf_counter() - begun, names + len(bearing)
    search.absorb_new_names()
    EventCounter.objects.filter(id=1).update(last=len(seen))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Company.objects.count(), names / max(spent, 0.001)
