"""Values of one row that belong together: facts and penalty, list and reason, grade and score."""

from collections.abc import Callable
from datetime import timedelta

from records.dataset import Category
from records.demo.row import REASONS, TEXT, Cell, Row
from records.demo.words import FAULTS

# Grades from best to worst are this often given; a longer scale repeats the last.
_GRADE_WEIGHTS = (20, 40, 22, 10, 5, 3)


def _registration(row: Row) -> dict[str, Cell]:
    if not row.dataset.registers:
        return {}
    firm = row.firm
    company = firm.kind in ("company", "joint_stock")
    return {
        "english_name": firm.name_en,
        "former_names": firm.former_name,
        "company_type": firm.company_type,
        "status": firm.status,
        "established_on": firm.established_on,
        "legal_representative": firm.legal_representative,
        "address": firm.address,
        "capital": firm.capital,
        "scope": firm.scope,
        "registered_by": firm.place.registry,
        "approved_on": firm.approved_on,
        "revoked_on": (firm.ended_on or "") if "吊销" in firm.status else "",
        "cancelled_on": (firm.ended_on or "") if firm.status == "注销" else "",
        "industry": firm.trade.industry,
        "valid_from": firm.established_on,
        "valid_until": row.random.choice(("长期", firm.established_on + timedelta(days=7304))) if company else "",
        "province": "海岳省",
        "city": firm.place.city,
        "district": firm.place.district,
        "composition": "个人经营" if firm.kind == "individual" else "",
        "registration_kind": "设立",
        "converted": "否",
        "capital_currency": "美元" if "美元" in firm.capital else "人民币",
    } | dict.fromkeys(("capital_10k", "production_address", "sponsor", "approving_body", "supervising_body", "other"), "")


def _penalty(row: Row) -> dict[str, Cell]:
    """Facts, kinds, content and amounts that fit each other; most penalties are small."""
    usual = row.firm.trade.faults if row.dataset.agency.slug in row.firm.trade.agencies else {}
    kind, facts = row.random.choice([*(usual or FAULTS).items()])
    fine = f"{round(min(row.random.lognormvariate(-0.8, 1.2), 200), 2):g}"
    gain = f"{round(row.random.uniform(0.05, 3), 2):g}"
    certificate = row.random.choice(row.certificates)
    variants = (
        ("罚款", f"处罚款{fine}万元。", {"fine": fine}),
        ("警告;罚款", f"给予警告，并处罚款{fine}万元。", {"fine": fine}),
        (
            "罚款;没收违法所得、没收非法财物",
            f"没收违法所得{gain}万元，并处罚款{fine}万元。",
            {"fine": fine, "confiscated": gain},
        ),
        ("警告", "给予警告，责令改正。", {}),
        ("责令停产停业;罚款", f"责令停业整顿三十日，并处罚款{fine}万元。", {"fine": fine}),
        (
            "暂扣或者吊销许可证、暂扣或者吊销执照",
            f"吊销{certificate}。",
            {"revoked_certificate": f"{certificate} MX{row.number:06}"},
        ),
    )
    kinds, content, amounts = row.random.choices(variants, (45, 20, 15, 12, 5, 3))[0]
    law = row.random.choice(row.dataset.legal_basis.split("；")[:2])
    common = {
        "violation_kind": kind,
        "case_name": f"{row.firm.name}{kind}案",
        "facts": facts,
        "basis": f"依照{law}的有关规定。",
        "penalty_kinds": kinds,
        "penalty_kinds_2": "",
        "content": content,
        "severity": "serious" if "吊销" in kinds or "停产" in kinds else "",
        "publish_until": "",
        "publication_term": "",
        "valid_until": "",
    }
    return dict.fromkeys(("fine", "confiscated", "revoked_certificate"), "") | common | amounts


def _licence(row: Row) -> dict[str, Cell]:
    certificate = row.random.choice(row.certificates)
    return {
        "certificate_name": certificate,
        "decision_name": row.random.choice(("准予行政许可决定书", f"{certificate}核发决定书")),
        "certificate_no": f"MX{row.firm.place.code}{row.number:06}",
        "content": row.say("准予{name}从事下列活动：{scope}。"),
        "project": f"{certificate}核发",
        "status": "0" if "2015" in row.dataset.slug else "1",
    }


def _listing(row: Row) -> dict[str, Cell]:
    """A reason that fits the list; some entries have been removed since."""
    slug, agency = row.dataset.slug, row.dataset.agency.slug
    reasons = REASONS.get(slug) or REASONS.get(agency) or REASONS["other"]
    values = {"listed_reason": row.say(row.random.choice(reasons))}
    stay = row.random.randint(40, 400)
    if row.random.random() < 0.75 or row.on + timedelta(days=stay) > row.today:
        return values | dict.fromkeys(("ended_on", "ended_reason", "removal_authority"), "") | {"restored": "否"}
    reason = row.say(row.random.choice(TEXT["ended_reason"]))
    removed = {"ended_on": row.on + timedelta(days=stay), "ended_reason": reason, "removal_authority": row.office}
    return values | removed | {"restored": "是"}


def _rating(row: Row) -> dict[str, Cell]:
    scale = [step.grade for step in row.dataset.rating.scale]
    weights = [_GRADE_WEIGHTS[min(place, len(_GRADE_WEIGHTS) - 1)] for place in range(len(scale))]
    place = row.random.choices(range(len(scale)), weights)[0]
    score = 98 - 60 * place / max(len(scale) - 1, 1) - row.random.random() * 8
    return {"grade": scale[place], "year": str(row.on.year - 1), "score": f"{max(score, 20):.1f}"}


COHERENT: dict[Category, Callable[[Row], dict[str, Cell]]] = {
    Category.REGISTRATION: _registration,
    Category.PENALTY: _penalty,
    Category.LICENCE: _licence,
    Category.ABNORMAL: _listing,
    Category.BLACKLIST: _listing,
    Category.RATING: _rating,
}
