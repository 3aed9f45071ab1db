"""Plain functions that make published companies and records, as an import would have left them. All of it is fictional.

``make_company(name=…, code=…, former_names=[…], status=…)`` and ``make_record(company, "tax-penalty", fine="0.2", …)``;
``end_record(record, Event.Kind.REPAIRED)`` is what an act of withdrawal, repair or expiry does.
"""

import itertools
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from records import registration, rows, search, uscc
from records.catalog import catalog
from records.models import Company, Event, EventCounter, Record, SearchName
from records.models.company import add_names

REGISTRATION = "samr-registration"
_serial = itertools.count(1)


def make_code(serial: int | None = None, region: str = "330110") -> str:
    """A unified code that passes both check digits and belongs to nobody; another one each time."""
    body = f"MF{serial or next(_serial):06d}"
    first = f"91{region}{body}{uscc.org_check_character(body)}"
    return first + uscc.check_character(first)


@transaction.atomic
def make_company(name: str = "", code: str = "", former_names=(), english_name: str = "", **columns: Any) -> Company:
    """A company with its registration record, its event and its entries in the name index."""
    code = code or make_code()
    name = name or f"青岚市测试{code[10:16]}贸易有限公司"
    number = EventCounter.reserve(1)
    columns = {
        "uscc": code if len(code) == 18 else None,
        "legacy_no": None if len(code) == 18 else code,
        "kind": Company.Kind.COMPANY,
        "company_type": "有限责任公司",
        "status": Company.Status.ACTIVE,
        "region": code[2:8] if len(code) == 18 else code[:6],
        "industry": "",
        "established_on": date(2019, 3, 12),
        "legal_representative": "张三",
        **columns,
    }
    columns["facets"] = registration.facets(columns)
    company = Company.objects.create(id=number, code=code, name=name, name_key=search.fold(name), **columns)
    kinds = [(SearchName.Kind.CURRENT, name), *((SearchName.Kind.FORMER, former) for former in former_names)]
    if english_name:
        kinds.append((SearchName.Kind.ENGLISH, english_name))
    add_names([(number, kind, text, search.fold(text)) for kind, text in kinds])
    values = {"company_name": name, "uscc": company.uscc, "former_names": ";".join(former_names) or None}
    values |= {"english_name": english_name or None, "established_on": str(columns["established_on"])}
    _publish(company, REGISTRATION, number, {"legal_representative": company.legal_representative, **values}, {})
    return company


@transaction.atomic
def make_record(company: Company | None = None, dataset: str = "tax-penalty", **given: Any) -> Record:
    """A published record of a dataset about a company.

    Arguments named like a field of the dataset are stored values (already parsed: ``decided_on="2026-06-15"``),
    those named like a column of ``Record`` only (``published_from``, ``published_until``, ``batch`` …) are set on it.
    """
    company = company or make_company()
    fields = catalog().datasets[dataset].by_name
    values = {name: value for name, value in given.items() if name in fields}
    columns = {name: value for name, value in given.items() if name not in fields}
    record = _publish(company, dataset, EventCounter.reserve(1), values, columns)
    if record.declaration.list:
        _index_lists(company)
    return record


def _index_lists(company: Company) -> None:
    names = list(company.search_names.all())
    search.remove_names([name.entered(company.code, company.facets) for name in names])
    company.facets = registration.facets(vars(company), Company.objects.lists_of([company.id])[company.id])
    company.save()
    add_names([(company.id, name.kind, name.text, name.folded) for name in names])


def _publish(company: Company, slug: str, number: int, given: dict, columns: dict) -> Record:
    declaration = catalog().datasets[slug]
    values = _defaults(declaration, company, number) | given
    values = {name: value for name, value in values.items() if value is not None}
    published_from = columns.get("published_from", timezone.localdate())
    made = rows.columns_of(declaration, values, published_from) | {"values": values}
    columns = made | {"published_from": published_from, "code": company.code} | columns
    record = Record.objects.create(id=number, company=company, **columns)
    record.refresh_from_db()
    _log(number, Event.Kind.PUBLISHED, record)
    return record


def _defaults(declaration, company: Company, number: int) -> dict[str, Any]:
    """Enough for a row that an import would accept: who it is about, and something in each required field."""
    required = [field for field in declaration.fields if field.required and field.example]
    values = {field.name: field.parse(field.example) for field in required}
    named = {"name": company.name, "uscc": company.uscc, "legacy_no": company.legacy_no}
    named["document_no"] = f"青测字〔2026〕{number}号"
    for role, value in named.items():
        if role in declaration.by_role:
            values[declaration.by_role[role].name] = value
    return values


def add_events(count: int, dataset: str = "tax-arrears_detail") -> None:
    """So many events at the end of the log, as a batch writes them; the records they tell of are left out."""
    first = EventCounter.objects.get().last + 1
    common = {"at": timezone.now(), "kind": "published", "dataset": dataset, "record_key": "a" * 26, "company_id": 1}
    Event.objects.bulk_create(Event(number=n, record_id=n, digest=f"{n:064x}", **common) for n in range(first, first + count))
    EventCounter.objects.update(last=first + count - 1)


@transaction.atomic
def end_record(record: Record, kind: Event.Kind, state: str = "") -> Event:
    """End the current version of a record, as withdrawal, repair or expiry does; returns the event."""
    number = EventCounter.reserve(1)
    record.state = state or str(kind)
    record.ended_event = number
    record.save()
    return _log(number, kind, record)


def _log(number: int, kind: Event.Kind, record: Record) -> Event:
    return Event.objects.create(
        number=number, at=timezone.now(), kind=kind, dataset=record.dataset, record_key=record.key, record_id=record.id,
        company=record.company, batch=record.batch, digest=record.digest,
    )  # fmt: skip
