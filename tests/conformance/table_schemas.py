"""Whether frictionless takes the Table Schema of every dataset as the API tells it. Argument: the address of the site."""

import json
import sys
from urllib.request import urlopen

from frictionless import Schema


def fetched(address: str) -> dict:
    with urlopen(address) as answer:
        return json.load(answer)


found, address = [], f"{sys.argv[1]}/api/v1/datasets/?limit=100"
while address:
    page = fetched(address)
    found += page["results"]
    address = page["next"]
wrong = 0
for dataset in found:
    for error in Schema.validate_descriptor(fetched(dataset["url"])["schema"]).errors:
        wrong += 1
        print(f"{dataset['slug']}: {error.message}")
print(f"{len(found)} datasets, {wrong} errors")
sys.exit(bool(wrong) or not found)
