"""Who may import whom. The order of the layers is that of docs/architecture.md; this test is what keeps it true."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Lowest first. A module belongs to the layer that names it or its package, and imports that layer and lower ones.
LAYERS = (
    ("records.fieldtypes", "records.uscc", "records.periods", "records.regions", "records.personal", "records.workbook",
     "records.workdays", "records.rhythm", "records.cells", "records.merkle", "records.signed_note"),
    ("records.dataset",),
    ("records.catalog",),
    ("records.rows",),
    ("records.files",),
    ("records.addresses", "records.ahead", "records.bulk", "records.prepared", "records.search"),
    ("records.registration",),
    ("records.newcomers",),
    ("records.models", "records.apps"),
    ("records.ingest", "records.sheets", "records.migrations"),
    ("records.resources", "records.dropbox", "records.management", "records.demo"),
    ("records.admin",),
    ("blacklists",),
    ("publicity",),
)
NO_DJANGO = (*LAYERS[0], *LAYERS[1], *LAYERS[2], *LAYERS[3], *LAYERS[4], "publicity.bulk.making")
PACKAGES = ("records", "blacklists", "publicity")
LONGEST_FUNCTION = 40
# Packages that hold nothing themselves.
CONTAINERS = ("records",)


def modules() -> dict[str, Path]:
    """Every module of the site by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: path for name, path in sorted(found.items()) if name not in CONTAINERS}


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names a file imports, with the line; ``from records import search`` is ``records.search``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def layer(name: str) -> int | None:
    return next((rank for rank, names in enumerate(LAYERS) if any(within(name, part) for part in names)), None)


def test_every_module_belongs_to_a_layer():
    assert [name for name in modules() if layer(name) is None] == []


def test_no_module_imports_a_higher_layer():
    upward = [
        f"{name}:{line} imports {imported}"
        for name, path in modules().items()
        for imported, line in imports(path)
        if imported.split(".")[0] in PACKAGES and (layer(imported) or 0) > (layer(name) or 0)
    ]
    assert upward == []


def test_the_rules_of_the_domain_do_not_know_django():
    knowing = [
        f"{name}:{line}"
        for name, path in modules().items()
        for imported, line in imports(path)
        if any(within(name, part) for part in NO_DJANGO) and within(imported, "django")
    ]
    assert knowing == []


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("import_export", ("records.resources", "records.admin")),
        ("rest_framework", ("publicity",)),
        ("drf_spectacular", ("publicity",)),
        ("django_filters", ("publicity",)),
    ],
)
def test_a_library_is_used_in_one_place(library, places):
    elsewhere = [
        f"{name}:{line}"
        for name, path in modules().items()
        for imported, line in imports(path)
        if within(imported, library) and not any(within(name, place) for place in places)
    ]
    assert elsewhere == []


def test_imports_are_absolute_and_stand_at_the_top():
    wrong = []
    for name, path in modules().items():
        tolerated = _ready_of_app_configs(tree(path))
        for function in ast.walk(tree(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function not in tolerated:
                inner = (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))
                wrong += [f"{name}:{node.lineno} inside {function.name}()" for node in inner]
        relative = (node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) and node.level)
        wrong += [f"{name}:{node.lineno} is relative" for node in relative]
    assert wrong == []


def _ready_of_app_configs(module: ast.Module) -> set[ast.FunctionDef]:
    """The one place where Django itself asks for a late import: ``AppConfig.ready``."""
    return {
        function
        for node in module.body
        if isinstance(node, ast.ClassDef) and any("AppConfig" in ast.unparse(base) for base in node.bases)
        for function in node.body
        if isinstance(function, ast.FunctionDef) and function.name == "ready"
    }


def test_no_catch_all_module_has_crept_in():
    banned = {"utils", "helpers", "common", "core", "mixins", "services", "signals"}
    assert [name for name in modules() if banned & set(name.split("."))] == []


def test_functions_stay_small_enough_to_be_read():
    long = [
        f"{name}:{node.lineno} {node.name}() has {node.end_lineno - node.lineno + 1} lines"
        for name, path in modules().items()
        if ".migrations." not in name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []
