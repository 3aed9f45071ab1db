"""Names of administrative divisions (GB/T 2260), abolished ones and the zones of ``regions.toml`` included."""

import functools
import re
import tomllib
from pathlib import Path

from stdnum import numdb

_NOTE = re.compile(r"（.*）$")
_UNNAMED = re.compile(r"^市辖区$|^县$|^全国$|直辖").search


@functools.lru_cache(maxsize=8192)
def region_name(code6: str) -> str:
    """Province, city and county of a division; 全国 for 100000; "" when it is in no table.

    >>> region_name("440305")
    '广东省深圳市南山区'
    """
    if code6 in _zones():
        return _zones()[code6]
    county = _division(code6)
    if not county or code6.endswith("0000"):
        return county
    names = [provinces()[code6[:2]], _division(f"{code6[:4]}00"), county]
    return "".join(dict.fromkeys(name for name in names if not _UNNAMED(name)))


@functools.cache
def provinces() -> dict[str, str]:
    """The first two digits of a division and the province they stand for."""
    return {low: properties["province"] for _, low, _, properties, _ in numdb.get("cn/loc").prefixes}


def division_names() -> set[str]:
    """The names provinces, prefectures and counties have or had, zones included, without those that name nothing (市辖区, 县)."""
    table = numdb.get("cn/loc").prefixes
    texts = {entry[3].get("county", "") for province in table for entry in province[4]}
    names = {name.split("]")[-1] for text in texts for name in text.split(",")} | set(provinces().values())
    for code6, name in _zones().items():
        above = (region_name(f"{code6[:digits]:0<6}") for digits in (4, 2))
        names.add(_NOTE.sub("", name.removeprefix(next((one for one in above if one not in ("", name)), ""))))
    return {name for name in names if name and not _UNNAMED(name)}


@functools.cache
def divisions() -> dict[str, str]:
    """Every division by its six digits, with the names of those above it; the zones of ``regions.toml`` included."""
    table = numdb.get("cn/loc").prefixes
    codes = {low + entry[1] for _, low, _, _, entries in table for entry in entries} | _zones().keys()
    return {code: name for code in sorted(codes) if (name := region_name(code))}


@functools.cache
def _zones() -> dict[str, str]:
    text = Path(__file__).with_name("regions.toml").read_text(encoding="utf-8")
    return {"100000": "全国", **tomllib.loads(text)}


def _division(code6: str) -> str:
    """The last name a division had; the table writes ``[1983-1989]南头区办事处,[1990-]南山区``."""
    names = [properties.get("county", "") for _, properties in numdb.get("cn/loc").info(code6)]
    return names[-1].split(",")[-1].split("]")[-1] if names else ""
