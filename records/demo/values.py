"""The cells of one row about one firm, for any dataset: what a column says follows from its role, name or type."""

from datetime import date, timedelta

from records.dataset import Category, Field
from records.demo.acts import COHERENT
from records.demo.companies import Firm, authority_code, code_of, person
from records.demo.row import OFFICES, TEXT, Cell, Row

# Days of validity; of what is not listed, those of a public notice.
_YEARS = (365, 1095)
_LASTING = "licence rating honour commitment judicial blacklist self_reported"
_TERMS = dict.fromkeys(map(Category, _LASTING.split()), _YEARS)
_NOTICE = (20, 45)


def cells(row: Row) -> dict[str, Cell]:
    """The text of every column that an agency fills in; "" for one it left open."""
    together = COHERENT.get(row.dataset.category)
    fixed = (together(row) if together else {}) | row.fixed
    columns = [column for column in row.dataset.fields if not column.withheld and not column.retired]
    return {column.name: _cell(row, column, fixed) for column in columns}


def _cell(row: Row, column: Field, fixed: dict[str, Cell]) -> Cell:
    for key in (column.name, column.role):
        if key in fixed:
            return fixed[key]
    if column.role in _BY_ROLE:
        return _BY_ROLE[column.role](row)
    wanted = column.required or column.name in (*row.dataset.primary_key, *row.dataset.columns)
    if not wanted and row.random.random() < 0.25:
        return ""
    if column.name in _BY_NAME:
        return _BY_NAME[column.name](row)
    phrases = TEXT.get(row.dataset.slug, {}).get(column.name)
    if not phrases and column.type in ("text", "long_text", "identifier", "person"):
        phrases = TEXT.get(column.name)
    if phrases:
        return row.say(row.random.choice(phrases))
    return _BY_TYPE.get(column.type, _example)(row, column)


def _document_no(row: Row) -> str:
    short = OFFICES.get(row.dataset.agency.slug, ("", row.dataset.agency.short[:2]))[1]
    act = {"penalty": "罚", "licence": "许准", "judicial": "执"}.get(row.dataset.category, "字")
    opening, closing = row.random.choice(("〔〕", "〔〕", "〔〕", "[]", "（）"))
    return f"{row.firm.place.city[0]}{short}{act}{opening}{row.on.year}{closing}{row.number}号"


def _valid_until(row: Row) -> Cell:
    shortest, longest = _TERMS.get(row.dataset.category, _NOTICE)
    if row.dataset.category is Category.LICENCE and row.random.random() < 0.15:
        return "2099-12-31"
    return row.on + timedelta(days=row.random.randint(shortest, longest) - 1)


_BY_NAME = {
    "established_on": lambda row: row.firm.established_on,
    "org_code": lambda row: row.firm.code[8:17],
    "tax_no": lambda row: row.firm.code,
    "taxpayer_no": lambda row: row.firm.code,
    "region_code": lambda row: row.firm.place.code,
    "institution_no": lambda _row: "",
    "social_org_no": lambda _row: "",
    "branch_code": lambda row: code_of("91", row.firm.place.code, row.number),
    "member_code": lambda row: code_of("91", row.firm.place.code, row.number),
}


def _party_kind(column: Field, firm: Firm) -> str:
    """The kind as this dataset puts it: its own word for an individual's business, else its first word."""
    if firm.kind == "individual" and "个体工商户" in column.codes:
        return "个体工商户"
    return next(iter(column.codes), "法人及非法人组织")


_BY_ROLE = {
    "name": lambda row: row.firm.name,
    "uscc": lambda row: row.firm.code,
    "legacy_no": lambda row: row.firm.registration_no,
    "document_no": _document_no,
    "decided_on": lambda row: row.on,
    "valid_from": lambda row: row.on,
    "valid_until": _valid_until,
    "authority": lambda row: row.office,
    "authority_uscc": lambda row: authority_code(row.firm.place, row.dataset.agency.slug),
    "ended_on": lambda _row: "",
    "ended_reason": lambda _row: "",
    "severity": lambda _row: "",
    "publish_until": lambda _row: "",
    "legal_representative": lambda row: row.firm.legal_representative,
    "party_kind": lambda row: _party_kind(row.dataset.by_role["party_kind"], row.firm),
}


def _code(row: Row, column: Field) -> str:
    keys = [key for key, label in column.codes.items() if "自然人" not in label["zh"]]
    picked = row.random.choices(keys, [8, *[2] * (len(keys) - 1)])[0]
    return column.separator.join([picked]) if column.separator else picked


def _person(row: Row, column: Field) -> str:
    return row.firm.legal_representative if "legal" in column.name else person(row.random)


def _near(row: Row, column: Field) -> date:
    """A date not named by a role: a little before the decision when something was agreed, else a little after."""
    days = row.random.randint(3, 40)
    return row.on - timedelta(days=days) if "resolved" in column.name else min(row.on + timedelta(days=days), row.today)


def _example(row: Row, column: Field) -> str:
    """The declared example without its mark of being one; numbers of people and amounts are drawn."""
    if "人数" in column.title:
        return str(row.random.randint(1, 60))
    if "万元" in column.title:
        return row.money if row.random.random() < 0.5 else "企业选择不公示"
    text = column.example.replace("（测试样例）", "").replace("测试样例", "").replace("测试", "")
    return "" if text in ("—", "数据") else text


_BY_TYPE = {
    "code": _code,
    "person": _person,
    "date": _near,
    "year": lambda row, _column: str(row.on.year - 1),
    "boolean": lambda row, _column: row.random.choice(("否", "否", "是")),
    "decimal": lambda row, _column: row.money,
    "integer": lambda row, _column: str(row.random.randint(1, 60)),
    "identifier": lambda row, column: f"{column.name[:2].upper()}{row.on.year}{row.number:06}",
    "uscc": lambda row, _column: authority_code(row.firm.place, row.dataset.agency.slug),
    "capital": lambda row, _column: f"{row.money}万元人民币",
}
