"""Fictional companies: a cast of ten with a story each, and any number of others around them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from records import uscc
from records.demo.words import GIVEN_NAMES, PLACES, STREETS, SURNAMES, SYLLABLES, TRADES, Place, Trade

ACTIVE, CANCELLED, REVOKED = "存续（在营、开业、在册）", "注销", "吊销，未注销"
# Kind: first two characters of the code, company type, form at the end of the name, share of all companies.
KINDS = {
    "company": ("91", "有限责任公司(自然人投资或控股)", "有限公司", 66),
    "joint_stock": ("91", "股份有限公司(非上市、自然人投资或控股)", "股份有限公司", 6),
    "sole": ("91", "个人独资企业", "服务中心（个人独资）", 4),
    "partnership": ("91", "有限合伙企业", "合伙企业（有限合伙）", 4),
    "branch": ("91", "有限责任公司分公司(自然人投资或控股)", "有限公司{district}分公司", 4),
    "cooperative": ("93", "农民专业合作社", "农民专业合作社", 3),
    "individual": ("92", "个体工商户", "（个体工商户）", 13),
}
TRADES_OF = {
    "individual": [trade for trade in TRADES if trade.shop],
    "cooperative": [trade for trade in TRADES if trade.industry == "农业"],
}


@dataclass(frozen=True)
class Firm:
    """What a register knows of a company. ``code`` is empty for one that has a registration number alone."""

    name: str
    kind: str
    place: Place
    trade: Trade
    code: str
    registration_no: str
    established_on: date
    approved_on: date
    legal_representative: str
    capital: str
    scope: str
    address: str
    name_en: str = ""
    former_name: str = ""
    status: str = ACTIVE
    ended_on: date | None = None
    story: str = ""
    # How much the agencies have to do with it: most little, a few very much.
    weight: float = 1.0

    @property
    def company_type(self) -> str:
        return KINDS[self.kind][1]

    @property
    def active(self) -> bool:
        return self.status == ACTIVE


def code_of(prefix: str, division: str, number: int) -> str:
    """A well-formed unified code that no one has: ``prefix`` 91, 92, 93 or 11, an invented division, a number."""
    organisation = f"MF{number:06}"
    first17 = f"{prefix}{division}{organisation}{uscc.org_check_character(organisation)}"
    return first17 + uscc.check_character(first17)


def registration_no_of(division: str, number: int) -> str:
    """A well-formed registration number of 15 digits, as companies had before 2015."""
    first14 = f"{division}{number:08}"
    return first14 + uscc.legacy_check_digit(first14)


def authority_code(place: Place, agency: str) -> str:
    """The unified code of an invented government body."""
    return code_of("11", f"{place.code[:4]}00", 900000 + sum(map(ord, agency)))


def person(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN_NAMES)


def companies(random: Random, count: int, today: date) -> list[Firm]:
    """``count`` companies, the cast first. Names and codes are all different."""
    firms = list(_cast(random, today))[:count]
    names = {firm.name for firm in firms}
    kinds, shares = list(KINDS), [share for *_, share in KINDS.values()]
    while len(firms) < count:
        kind = random.choices(kinds, shares)[0]
        brand = random.sample(list(SYLLABLES), 2 if len(firms) < 20_000 else 3)
        place, trade = random.choice(PLACES), random.choice(TRADES_OF.get(kind, TRADES))
        name = _name(place, brand, trade, kind)
        if name not in names:
            names.add(name)
            firm = _firm(random, len(firms), today, name=name, kind=kind, place=place, trade=trade)
            firms.append(_with_fate(random, firm, brand, today))
    return firms


def _name(place: Place, brand: list[str], trade: Trade, kind: str) -> str:
    form = KINDS[kind][2].format(district=place.district)
    if kind == "individual":
        return f"{place.city}{place.district}{''.join(brand)}{trade.shop}{form}"
    return f"{place.city}{''.join(brand)}{'' if kind == 'cooperative' else trade.name}{form}"


def _firm(
    random: Random, number: int, today: date, *, name: str, kind: str, place: Place, trade: Trade, **more
) -> Firm:
    age = int(min(random.expovariate(1 / 2600) + 60, 14_000))
    established = today - timedelta(days=age)
    house = f"{random.randint(1, 399)}号{random.choice(('', '2幢', 'A座'))}{random.randint(1, 28)}01室"
    return Firm(
        name=name,
        kind=kind,
        place=place,
        trade=trade,
        code=code_of(KINDS[kind][0], place.code, 200_000 + number),
        registration_no=registration_no_of(place.code, number + 1) if established.year < 2015 else "",
        established_on=established,
        approved_on=established + timedelta(days=random.randint(0, age)),
        legal_representative=person(random),
        capital=_capital(random, kind),
        scope=_scope(random, trade),
        address=f"海岳省{place.city}{place.district}{random.choice(STREETS)}{house}",
        weight=min(random.paretovariate(1.2), 40),
        **more,
    )


def _with_fate(random: Random, firm: Firm, brand: list[str], today: date) -> Firm:
    """Some firms have an English name, some were called otherwise, some have come to an end."""
    changes = {}
    if firm.kind in ("company", "joint_stock") and random.random() < 0.2:
        english = "".join(SYLLABLES[syllable] for syllable in brand).capitalize()
        changes["name_en"] = f"{firm.place.city_en} {english} {firm.trade.name_en} Co., Ltd."
    if firm.kind in ("company", "joint_stock") and random.random() < 0.06:
        changes["former_name"] = firm.name.replace(firm.trade.name, "贸易")
    fate = random.random()
    if fate < 0.08:
        status = (CANCELLED, CANCELLED, REVOKED, "歇业")[int(fate * 50)]
        changes |= {"status": status, "ended_on": _day_between(random, firm.established_on, today)}
    return replace(firm, **changes)


def _day_between(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randint(0, max((last - first).days, 0)))


def _capital(random: Random, kind: str) -> str:
    """Registered capital in some of the shapes it is met with; a branch has none."""
    if kind == "branch":
        return ""
    amount = random.choice((1, 3, 5, 10) if kind == "individual" else (10, 50, 100, 200, 500, 1000, 5000))
    shape = random.choices(("{0}万元人民币", "{0:.6f}万人民币", "{0:,}(万元人民币)", "{0}万美元"), (70, 18, 10, 2))[0]
    return shape.format(amount)


def _scope(random: Random, trade: Trade) -> str:
    items = random.sample(trade.scope, random.randint(3, len(trade.scope)))
    return f"一般项目：{'；'.join(items)}。（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"


_ENGLISH = "Qinglan Luoyun Environmental Technology"


def _cast(random: Random, today: date) -> Iterator[Firm]:
    """The companies that the demonstration points at, each the example of one thing."""
    long_ago = today - timedelta(days=4600)
    roles = (
        ("everything", "青岚市珞沄环保科技有限公司", "company", 0, {"name_en": f"{_ENGLISH} Co., Ltd."}),
        ("nothing", "青岚市岑霁信息技术有限公司", "company", 9, {}),
        ("repaired", "霁川市澹曦食品有限公司", "company", 4, {}),
        ("delisted", "砚湖市棠霖物流有限公司", "company", 5, {}),
        ("renamed", "青岚市鲲溯电子商务有限公司", "company", 8, {"former_name": "青岚市翊朔贸易有限公司"}),
        ("deregistered", "澜屿市琚昀建筑工程有限公司", "company", 2, {"status": CANCELLED}),
        ("individual", "青岚市云汀区沁滢小吃店（个体工商户）", "individual", 3, {}),
        ("branch", "青岚市珞沄环保科技有限公司霁川分公司", "branch", 0, {}),
        ("legacy", "霁川市榆峤机械制造厂", "sole", 1, {"established_on": long_ago, "approved_on": long_ago}),
        ("listed", "砚湖市骁铎融资担保股份有限公司", "joint_stock", 16, {}),
    )
    for number, (story, name, kind, trade, changes) in enumerate(roles):
        place = next(place for place in PLACES if name.startswith(place.city))
        firm = _firm(random, number, today, name=name, kind=kind, place=place, trade=TRADES[trade], story=story)
        yield replace(firm, **_fixed(firm, today) | changes)


def _fixed(firm: Firm, today: date) -> dict:
    """What a story needs, whatever the dice say."""
    old = today - timedelta(days=3300)
    fixed = {"established_on": old, "approved_on": today - timedelta(days=200), "weight": 0.0}
    if firm.story == "legacy":
        fixed |= {"code": "", "registration_no": registration_no_of(firm.place.code, 9)}
    if firm.story == "deregistered":
        fixed["ended_on"] = today - timedelta(days=40)
    return fixed
