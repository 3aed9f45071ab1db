"""Generates a client from the OpenAPI document with openapi-python-client and uses it: ``generated_client.py URL DIRECTORY``."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

URL, VAR = sys.argv[1], Path(sys.argv[2])
made = subprocess.run(
    ["openapi-python-client", "generate", "--path", VAR / "openapi.json", "--output-path", VAR / "client", "--overwrite",
     "--meta", "none", "--fail-on-warning"],
    capture_output=True, text=True, check=False,
)  # fmt: skip
assert made.returncode == 0, made.stdout + made.stderr
sys.path.insert(0, str(VAR))
client = importlib.import_module("client").Client(base_url=URL, raise_on_unexpected_status=True)


def call(operation: str, *address: str, **parameters):
    """The parsed answer of an operation, found by its id."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    [path] = (VAR / "client" / "api").rglob(f"{name}.py")
    module = importlib.import_module(f"client.api.{path.parent.name}.{name}")
    return module.sync(*address, client=client, **parameters)


page = call("listCompanies", limit=3)
assert type(page).__name__ == "CompanyPage", page
assert len(page.results) == 3, page
assert page.next_.startswith(URL)
code = page.results[0].code
profile = call("getCompany", code)
assert (profile.code, profile.name) == (code, page.results[0].name)
assert profile.registration.source.title.zh
found = call("listCompanies", q=profile.name)
assert found.results[0].code == code
assert call("listCompanyRecords", code, limit=1).results
some = call("listCompanies", limit=1, fields="code,name").results[0]
assert (some.code, some.to_dict().keys()) == (code, {"code", "name"}), some
assert call("getCompany", code, fields="counts").to_dict().keys() == {"counts"}
assert call("listRecords", limit=1, fields="id").results[0].to_dict().keys() == {"id"}
assert call("getDataset", "tax-credit_rating").scheme.scale
assert call("getAgency", profile.registration.source.slug).objection.zh
assert call("getList", "samr-abnormal").slug == "samr-abnormal"
assert call("listEvents", limit=2).results[0].number == 1
assert call("getStatus").head.number > 1
missing = call("getCompany", "91330110MF9999999X")
assert (missing.status, missing.title) == (404, "Never existed"), missing
print("ok")
