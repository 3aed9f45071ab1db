"""Files for trying the staff pages by hand: good ones, one with every kind of bad row, one with a wrong header."""

from collections.abc import Iterator
from dataclasses import replace

from stdnum.cn import ric

from records.demo.deliveries import Delivery, Office
from records.demo.files import Style
from records.demo.row import Cell

SLUG = "samr-penalty"


def files(office: Office) -> Iterator[Delivery]:
    """All of penalties, in the 2018 columns, under ``try/``; nothing in them has been imported."""
    dataset = office.catalogue.datasets[SLUG]
    rows = [cells for firm in office.crowd[50:74] for cells in office.row(dataset, firm)]
    # A column of personal numbers, as it is met: recognised, and dropped before anything is stored.
    rows = [cells | {"person_id": _person_id(number)} for number, cells in enumerate(rows)]
    style = Style(encoding="gb18030", explained=True, shuffled=True)
    good = Delivery(dataset, rows, style, "try/penalties", then="kept")
    yield good
    yield replace(good, style=replace(style, suffix="xlsx"), name="try/penalties-same-as-workbook")
    yield replace(good, rows=[*_spoilt(rows), *rows[8:10]], name="try/penalties-with-bad-rows")
    yield replace(good, style=Style(encoding="gb18030", broken_header=True), name="try/penalties-with-bad-header")


def _person_id(number: int) -> str:
    """A well-formed identity number of somebody born in 1900: nobody's who lives."""
    first17 = f"11010119000101{number:03}"
    return first17 + ric.calc_check_digit(f"{first17}0")


def _spoilt(rows: list[dict[str, Cell]]) -> Iterator[dict[str, Cell]]:
    """Rows of which each must be refused for one reason."""
    mistakes: tuple[dict[str, Cell], ...] = (
        {"uscc": f"{rows[0]['uscc'][:17]}{'1' if rows[0]['uscc'][17] != '1' else '2'}"},
        {"uscc": "9.1980101E+17"},
        {"facts": f"经查，当事人（身份证号{_person_id(7)}）未按规定公示信息。"},
        {"decided_on": "2026/13/01"},
        {"party_kind": "自然人"},
        {"decision_no": ""},
        {"fine": "约两万元"},
        {"severity": "特别严重"},
    )
    for cells, mistake in zip(rows, mistakes, strict=False):
        yield cells | mistake
