"""Published records to measure with, written past the import engine: registrations, and for some of the companies more.

``fill(companies=…, every=…)`` loads fictional companies (``bench/register.py``) into the database ``DATABASE_URL`` names, unless
it holds some, and gives one in ``every`` its registration, records, lists and ratings, unless there are some. ``HEAVY`` records
belong to the very first company.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models.functions import Mod
from django.utils import timezone

from bench import register
from records import rows
from records.bulk import insert_rows
from records.catalog import catalog
from records.dataset import Dataset
from records.models import Batch, Company, Event, EventCounter, Record

REGISTRATION = "samr-registration"
# One company in so many has a record of the dataset; the mix gives one company in two something besides its registration.
SHARES = {
    "samr-licence": 4,
    "tax-penalty": 10,
    "samr-penalty": 12,
    "samr-spot_check": 8,
    "samr-abnormal": 6,
    "tax-major_violation": 60,
    "tax-credit_rating": 3,
    "ecology-credit_rating": 15,
}
HEAVY = 50_000
CHUNK = 2000
COLUMNS = ("id", "company_id", "batch_id", "published_from", "state", *rows.COLUMNS)
LOGGED = ("number", "at", "kind", "dataset", "record_key", "record_id", "company_id", "batch_id", "because", "digest")


def fill(companies: int, every: int = 1) -> None:
    """Companies with records and their events, in a database that is migrated first."""
    if register_is_empty():
        count, _ = register.load(register.fictional(companies))
        print(f"loaded {count:,} companies", file=sys.stderr)
    if Record.objects.exists():
        return
    begun, batches = time.perf_counter(), make_batches()
    number = itertools.count(Company.objects.count() + 1)
    for chunk in companies_in_chunks(every):
        chosen = [(*one, catalog().datasets[slug]) for one in chunk for slug in datasets_of(one[0] // every)]
        publish([(next(number), *one) for one in chosen], batches)
    heavy = Company.objects.order_by("id").values_list("id", "code", "name")[0]
    for _ in range(0, HEAVY, CHUNK):
        publish([(next(number), *heavy, catalog().datasets["tax-penalty"]) for _ in range(CHUNK)], batches)
    EventCounter.objects.filter(id=1).update(last=next(number) - 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"published {Record.objects.count():,} records in {time.perf_counter() - begun:,.0f} s", file=sys.stderr)


def register_is_empty() -> bool:
    return "records_company" not in connection.introspection.table_names() or not Company.objects.exists()


def make_batches() -> dict[str, int]:
    """A published batch of every dataset, by slug: pages tell how fresh their data are."""
    importer, reviewer = (get_user_model().objects.create(username=f"bench-{role}") for role in ("importer", "reviewer"))
    shared = {"state": Batch.State.PUBLISHED, "uploaded_by": importer, "reviewed_by": reviewer, "published_at": timezone.now()}
    made = {slug: Batch(dataset=slug, file="-", file_name="bench.csv", file_size=0, **shared) for slug in (REGISTRATION, *SHARES)}
    for batch in made.values():
        batch.save(force_insert=True)
    return {slug: batch.pk for slug, batch in made.items()}


def companies_in_chunks(every: int) -> Iterator[list[tuple[int, str, str]]]:
    after = 0
    found = Company.objects.alias(turn=Mod("id", every)).filter(turn=1 % every).order_by("id").values_list("id", "code", "name")
    while chunk := list(found.filter(id__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1][0]


def datasets_of(serial: int) -> Iterator[str]:
    """The datasets a company has records of, some of them twice."""
    yield REGISTRATION
    for slug, share in SHARES.items():
        if serial % share == 0:
            yield slug
            if serial % (share * 5) == 0:
                yield slug


def publish(chosen: list[tuple[int, int, str, str, Dataset]], batches: dict[str, int]) -> None:
    """Records ``(number, company id, code, name, dataset)`` and the events that published them."""
    today, now = timezone.localdate(), timezone.now()
    records, events = [], []
    for number, company_id, code, name, dataset in chosen:
        columns = rows.columns_of(dataset, values_of(dataset, code, name, number, today), today)
        batch = batches[dataset.slug]
        records.append((number, company_id, batch, today, Record.State.CURRENT, *(columns[name] for name in rows.COLUMNS)))
        logged = (number, now, Event.Kind.PUBLISHED, dataset.slug, columns["key"], number, company_id, batch, "")
        events.append((*logged, columns["digest"]))
    with transaction.atomic():
        insert_rows("records_record", COLUMNS, records)
        insert_rows("records_event", LOGGED, events)


def values_of(dataset: Dataset, code: str, name: str, number: int, today: date) -> dict:
    """The values of the declaration's own example, about this company, decided within the last two months."""
    values = dict(example_of(dataset))
    decided_on = (today - timedelta(days=number % 60)).isoformat()
    told = {"name": name, "uscc": code, "document_no": f"测字〔2026〕{number}号", "decided_on": decided_on}
    told |= {"valid_until": (today + timedelta(days=700)).isoformat(), "publish_until": None, "ended_on": None, "valid_from": decided_on}
    for role, value in told.items():
        if role in dataset.name_of_role:
            values[dataset.name_of_role[role]] = value
    for column in dataset.primary_key:
        if column not in dataset.name_of_role.values() and dataset.by_name[column].type == "year":
            values[column] = 2000 + number % 25
    return {column: value for column, value in values.items() if value is not None}


_examples: dict[str, dict] = {}


def example_of(dataset: Dataset) -> dict:
    if dataset.slug not in _examples:
        given = (column for column in dataset.fields if column.example and not column.withheld)
        _examples[dataset.slug] = {column.name: column.parse(column.example) for column in given}
    return _examples[dataset.slug]
