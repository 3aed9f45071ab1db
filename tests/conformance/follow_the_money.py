"""``ftm validate`` takes every entity of the export; sanctions point to companies that are there."""

import gzip
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

site, directory = sys.argv[1], Path(sys.argv[2])
with urllib.request.urlopen(f"{site}/bulk/ftm.json.gz") as answer:
    content = gzip.decompress(answer.read())
plain = directory / "entities.ftm.json"
plain.write_bytes(content)
entities = [json.loads(line) for line in content.splitlines()]
done = subprocess.run(["ftm", "validate", "-i", plain], capture_output=True, text=True, check=False)
assert done.returncode == 0, done.stderr
valid = [json.loads(line) for line in done.stdout.splitlines()]
assert len(valid) == len(entities), (len(valid), len(entities), done.stderr[-2000:])
for before, after in zip(entities, valid, strict=True):
    # What the model does not take it drops without a word.
    assert {name: sorted(values) for name, values in before["properties"].items()} == {
        name: sorted(values) for name, values in after["properties"].items()
    }, (before, after)
ids = {entity["id"] for entity in entities}
sanctions = [entity for entity in entities if entity["schema"] == "Sanction"]
assert sanctions
assert all(entity["properties"]["entity"][0] in ids for entity in sanctions)
print(f"{len(entities)} entities, {len(sanctions)} sanctions")
