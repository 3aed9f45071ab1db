"""A Chinese company name taken apart: region, brand word, trade, legal form.

Names are built in this order by law (《企业名称登记管理规定》, State Council Order No. 734, article 6): 行政区划名称、字号、行业或者
经营特点、组织形式. Readers ask for the brand word, so the rest must not drown it. All texts here are folded.
"""

import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from records.regions import division_names, provinces
from records.search.folding import fold

_FORM = re.compile(r"(?:股份)?有限(?:责任)?公司|股份公司|公司|(?:股份)?有限(?:责任)?$")
_LIMITED = re.compile(r"有限(?:责任)?公司|公司$|有限(?:责任)?$")
_TAIL = re.compile(r"(?:集团)?(?:(?:股份)?有限(?:责任)?公司|股份公司|公司)$")
_SHARES = re.compile(r"股份(?:有限)?公司$")
_BRANCH = re.compile(
    r"公司.+|(?:分|支)公司$|(?:支行|分行|分理处|营业[部所厅]|分店|门市部|加油站|办事处|[支分]局|储蓄所)$"
)
_SUFFIX = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|[^市]{1,12}族自治[州县]|自治[州县旗]|地区|[省市盟])$")
# A town of no table; not 超市, 城市, 门市 …
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}(?:(?<![超城门夜上都股])市(?!场)|县)").match
_DIVISIONS = "省市县区州盟旗"
# Also counties, but met in names as words.
_BRANDS = frozenset(("东方", "燕山", "大同", "长安", "新华", "中国"))
# What follows the brand word: the first two characters of the usual words for a trade or a form.
_TRADES = frozenset(Path(__file__).with_name("trades.txt").read_text(encoding="utf-8").split())


class Parts(NamedTuple):
    """A name taken apart; the four together are the folded name, any but the brand may be empty."""

    region: str
    brand: str
    trade: str
    form: str


@functools.cache
def _regions() -> dict[str, tuple[str, ...]]:
    """Names of divisions a company name may begin with, by their first two characters, longest first.

    Provinces, cities and counties also count without their suffix (余姚), districts only with it: 新华 is more often a brand.
    """
    full = {fold(name) for name in division_names()}
    short = {_SUFFIX.sub("", name) for name in full}
    short |= {name.removesuffix("县") for name in short if len(name) > 2}
    found: dict[str, list[str]] = {}
    for name in sorted((full | short) - _BRANDS, key=lambda name: (-len(name), name)):
        if len(name) > 1:
            found.setdefault(name[:2], []).append(name)
    return {start: tuple(group) for start, group in found.items()}


def regions() -> Iterator[str]:
    """Every name of a division a company name may begin with."""
    return itertools.chain.from_iterable(_regions().values())


@functools.cache
def _provinces() -> frozenset[str]:
    return frozenset(name for full in map(fold, provinces().values()) for name in (full, _SUFFIX.sub("", full)))


@functools.lru_cache(maxsize=4096)
def head(folded: str) -> int:
    """Where the region at the start of a name ends and its brand word begins; 0 when it begins with no region.

    >>> head("余姚市青岚光学有限公司")
    3
    """
    at, regions, above = 0, _regions(), ""
    for _ in range(3):
        here = next((name for name in regions.get(folded[at : at + 2], ()) if folded.startswith(name, at)), "")
        place = _PLACE(folded, at)
        if place and len(place.group()) > len(here):
            here = place.group()
        # After a city only a name with its suffix is a division: what else follows is the brand word.
        bare = above and above not in _provinces() and here[-1:] not in _DIVISIONS
        if not here or bare or len(_FORM.sub("", folded[at + len(here) :])) < 2:
            break
        at, above = at + len(here), here
    return at


def core(folded: str) -> str:
    """The name without its legal form, by which 有限公司 and 有限责任公司 are one; the name itself if nothing else is left.

    >>> core("余姚市青岚光学有限责任公司")
    '余姚市青岚光学'
    """
    return _FORM.sub("", folded) or folded


def spoken(folded: str) -> str:
    """What short names are made of: the name without 有限公司, but with 股份.

    >>> spoken("余姚青岚光学股份有限公司")
    '余姚青岚光学股份'
    """
    return _LIMITED.sub("", folded) or folded


def ends_brand(folded: str, at: int) -> bool:
    """Whether a brand word may end before place ``at``: a trade, a legal form or nothing follows."""
    return at >= len(folded) or folded[at : at + 2] in _TRADES


def parts(folded: str) -> Parts:
    """Region, brand word, trade and legal form of a name.

    >>> parts("余姚市青岚光学仪器有限公司")
    Parts(region='余姚市', brand='青岚', trade='光学仪器', form='有限公司')
    """
    start, tail = head(folded), _TAIL.search(folded)
    end = tail.start() if tail and tail.start() > head(folded) else len(folded)
    brand = next((at for at in range(start + 2, end) if ends_brand(folded, at)), end)
    return Parts(folded[:start], folded[start:brand], folded[brand:end], folded[end:])


def pieces(folded: str) -> list[str]:
    """Region and the rest of what somebody typed in one, without suffix and legal form: what may stand apart in a name.

    Nothing where that would be the text itself.

    >>> pieces("余姚市光学公司"), pieces("余姚光学"), pieces("云汀光学有限公司"), pieces("云汀光学")
    (['余姚', '光学'], ['余姚', '光学'], ['云汀光学'], [])
    """
    start = head(folded)
    region, rest = _SUFFIX.sub("", folded[:start]).removesuffix("县"), core(folded)[start:]
    found = [piece for piece in (region, rest) if len(piece) > 1]
    return [] if found == [folded] else found


def maybe_one(name: str, other: str) -> bool:
    """Whether two folded names may be ways to write one: one within the other, or with the same brand word.

    >>> maybe_one("余姚市云汀光学有限公司", "云汀光学仪器有限公司"), maybe_one("余姚市云汀光学有限公司", "余姚市望潮光学有限公司")
    (True, False)
    """
    return name in other or other in name or parts(name).brand == parts(other).brand


def has_shares(folded: str) -> bool:
    """Whether it is a company limited by shares, the kind the public knows by a short name."""
    return bool(_SHARES.search(folded)) and not _BRANCH.search(_SHARES.sub("", folded))


def standing(folded: str) -> int:
    """Which of several companies with one brand word is meant: shares 0, group 1, any other 2, a branch or shop 3."""
    if has_shares(folded):
        return 0
    if _BRANCH.search(folded):
        return 3
    return 1 if "集团" in folded else 2
