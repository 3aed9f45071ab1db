"""Tables of fictional companies (division 980101) and of their penalties, of any length, for what is measured or killed."""

from collections.abc import Iterator

from records.catalog import catalog
from tests.factories import make_code

REGISTRATION, PENALTY = "samr-registration", "tax-penalty"


def code(serial: int) -> str:
    return make_code(serial + 1, region="980101")


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
