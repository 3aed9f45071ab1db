"""Reads the Atom feeds as a feed reader does and judges them and the sitemaps by their schemas: ``feeds.py URL``."""

import json
import sys
import urllib.request
from pathlib import Path

import feedparser
from lxml import etree

URL, HERE = sys.argv[1], Path(__file__).parent
ATOM = etree.RelaxNG(etree.parse(HERE / "atom.rng"))
SITEMAP = etree.XMLSchema(etree.parse(HERE / "sitemap.xsd"))


def get(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        return answer.read()


def api(path: str) -> list[dict]:
    return json.loads(get(f"{URL}/api/v1/{path}"))["results"]


def judged(content: bytes, schema, address: str) -> etree._Element:
    tree = etree.fromstring(content)
    assert schema.validate(tree), f"{address}: {schema.error_log}"
    return tree


def feed(path: str) -> tuple[int, int]:
    """How many entries and tombstones a feed has."""
    address = f"{URL}/feeds/{path}.atom"
    content = get(address)
    tree = judged(content, ATOM, address)
    read = feedparser.parse(content)
    assert not read.bozo, f"{address}: {read.get('bozo_exception')}"
    assert read.version == "atom10"
    assert next(link.href for link in read.feed.links if link.rel == "self") == address
    ids = [entry.id for entry in read.entries]
    assert len({*ids}) == len(ids), f"{address}: an entry comes twice"
    return len(ids), len(tree.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry"))


def sitemaps() -> int:
    address, found = f"{URL}/sitemap.xml", 0
    for place in judged(get(address), SITEMAP, address).iter("{*}loc"):
        found += len(judged(get(place.text), SITEMAP, place.text).findall("{*}url"))
    return found


companies = [feed(f"company/{one['code']}") for one in api("companies/?limit=100")]
listed = [feed(f"list/{one['slug']}") for one in api("lists/")]
corrected = feed("corrections")
assert min(entries for entries, _ in companies) > 0
assert max(entries for entries, _ in listed) > 0
assert corrected[1] > 0, "the demonstration has something that was repaired or withdrawn"
print(f"{len(companies)} feeds of companies, {len(listed)} of lists, corrections {corrected}; {sitemaps()} addresses in sitemaps")
