"""Reconciles a table with the client ``reconciler``: ``reconcile_client.py URL``."""

import json
import sys
import urllib.request

import pandas
from reconciler import reconcile

URL = sys.argv[1]
with urllib.request.urlopen(f"{URL}/api/v1/companies/?limit=30") as answer:
    companies = json.load(answer)["results"]
table = pandas.DataFrame({"name": [one["name"] for one in companies], "code": [one["code"] for one in companies]})
given = {one["name"]: one["code"] for one in companies}

plain = reconcile(table["name"], type_id="subject", reconciliation_endpoint=f"{URL}/reconcile/", top_res=1)
coded = reconcile(table["name"], type_id="subject", reconciliation_endpoint=f"{URL}/reconcile/", property_mapping={"code": table["code"]})
for result in (plain, coded):
    assert len(result) == len(table), result
    assert bool(result["match"].all()), result
    assert all(given[name] == code for name, code in zip(result["input_value"], result["id"], strict=True)), result
print("ok")
