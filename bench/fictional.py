"""Tables of fictional companies (division 980101) and of their penalties, to be reported by a bench."""

from collections.abc import Iterator

from records import uscc
from records.catalog import catalog

REGISTRATION, PENALTY = "samr-registration", "tax-penalty"


def code(serial: int) -> str:
    body = f"MF{serial:06d}"
    first = f"91980101{body}{uscc.org_check_character(body)}"
    return first + uscc.check_character(first)


def name(serial: int) -> str:
    return f"青岚市测试{serial:x}号贸易有限公司"


def registrations(count: int) -> Iterator[list[str]]:
    yield ["企业名称", "统一社会信用代码", "成立日期", "类型", "注册资本", "经营范围"]
    for serial in range(count):
        yield [name(serial), code(serial), f"20{serial % 26:02d}-03-{serial % 28 + 1:02d}", "有限责任公司", "100万元人民币", "五金销售"]


def penalties(count: int, *, companies: int, first: int = 0) -> Iterator[list[str]]:
    fields = [field for field in catalog().datasets[PENALTY].fields if not field.withheld and field.name != "registration_no"]
    yield [field.title for field in fields]
    base = {field.name: field.example for field in fields}
    for serial in range(first, first + count):
        about = serial % companies
        changing = {"company_name": name(about), "uscc": code(about), "decision_no": f"青测罚字〔2026〕{serial}号"}
        yield [(base | changing)[field.name] for field in fields]
