"""Follows robots.txt to the sitemap as a crawler does: ``sitemap.py URL``."""

import json
import sys
import urllib.request

from usp.tree import sitemap_tree_for_homepage

URL = sys.argv[1]
pages = {page.url for page in sitemap_tree_for_homepage(URL, use_known_paths=False).all_pages()}
with urllib.request.urlopen(f"{URL}/api/v1/companies/?limit=100") as answer:
    companies = json.load(answer)["results"]
assert pages >= {one["page"] for one in companies}, pages
assert f"{URL}/" in pages
assert not [page for page in pages if "?" in page]
print("ok")
