"""Reads the JSON-LD of company pages with extruct: ``structured_data.py URL``."""

import json
import sys
import urllib.request

import extruct

URL = sys.argv[1]
with urllib.request.urlopen(f"{URL}/api/v1/companies/?limit=20") as answer:
    companies = json.load(answer)["results"]
for company in companies:
    with urllib.request.urlopen(company["page"]) as answer:
        html = answer.read().decode()
    told = extruct.extract(html, base_url=company["page"], syntaxes=["json-ld"])["json-ld"]
    [found] = [one for one in told if one["@type"] == "Organization"]
    assert (found["name"], found["identifier"]["value"], found["@id"]) == (company["name"], company["code"], company["page"]), found
    assert found.get("foundingDate") == company["established_on"], found
    assert None not in found.values(), found
print("ok")
