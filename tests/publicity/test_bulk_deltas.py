"""A full dump of any day plus the deltas since is the full dump of today, byte for byte, whatever happened in between."""

import random
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from publicity.bulk import manifest
from publicity.bulk.exporting import export
from records.catalog import catalog
from records.ingest import receive, work
from records.models import ActRefused, Batch, Event, Record
from tests.factories import make_company, make_record
from tests.publicity.bulk_copies import Copy, full_dump, served_lines
from tests.sheets import csv_file, example_row, table

pytestmark = pytest.mark.django_db
PENALTY, REGISTRATION, LIST = "tax-penalty", "samr-registration", "samr-abnormal"
PARTS = (PENALTY, REGISTRATION, LIST, "companies")
FIRST = date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Three datasets stand for all: an export of everything describes each of them anew."""
    few = [catalog().datasets[slug] for slug in (REGISTRATION, PENALTY, LIST)]
    monkeypatch.setattr("publicity.bulk.exporting.public_datasets", lambda: few)


class World:
    """Random acts of every kind through the real engine."""

    def __init__(self, seed: int, importer, reviewer):
        self.chance, self.importer, self.reviewer = random.Random(seed), importer, reviewer
        self.companies = [make_company() for _ in range(4)]
        self.acts = [
            self.publish, self.report, self.correct, self.correct, self.withdraw, self.repair, self.roll_back, self.register,
            self.relist, work.expire,
        ]  # fmt: skip

    def day(self, count: int) -> None:
        for _ in range(count):
            try:
                self.chance.choice(self.acts)()
            except ActRefused:
                continue

    def company(self):
        return self.chance.choice(self.companies)

    def current(self, *datasets: str):
        """One of the versions in effect, public or not any more."""
        found = list(Record.objects.in_effect().filter(dataset__in=datasets).order_by("id"))
        return self.chance.choice(found) if found else None

    def publish(self) -> None:
        until = timezone.localdate() + timedelta(self.chance.randint(1, 6)) if self.chance.random() < 0.7 else None
        key = f"{Event.objects.count():a>26}"
        make_record(self.company(), self.chance.choice([PENALTY, LIST]), published_until=until, key=key)

    def report(self) -> None:
        company = self.company()
        changes = {"uscc": company.code, "company_name": company.name, "registration_no": None, "org_code": None, "tax_no": None}
        rows = [
            example_row(PENALTY, **changes, decision_no=f"青测罚字〔2026〕{number}号", fine=str(self.chance.randint(1, 9)))
            for number in self.chance.sample(range(6), 3)
        ]
        self.deliver(PENALTY, rows)

    def register(self) -> None:
        """A registration reported anew, now and then with another name."""
        company = self.company()
        name = company.name if self.chance.random() < 0.5 else f"青岚市改名{self.chance.randint(1, 99)}贸易有限公司"
        told = {"uscc": company.code, "company_name": name, "address": f"青岚市{self.chance.random()}号"}
        self.deliver(REGISTRATION, [example_row(REGISTRATION, **told)])

    def relist(self) -> None:
        """A company reported onto a list or off it, also again after it was taken off."""
        company = self.company()
        told = {"uscc": company.code, "company_name": company.name, "registration_no": None}
        self.deliver(LIST, [example_row(LIST, **told, ended_on=self.chance.choice(["", "2026-06-29"]))])

    def deliver(self, dataset: str, rows: list[dict[str, str]]) -> None:
        file = csv_file(table(rows))
        options = {"file_name": "sheet.csv", "by": self.importer, "skip_invalid": True}
        batch = work.run(receive(file, dataset=catalog().datasets[dataset], **options).pk)
        batch.submit(by=self.importer)
        batch.publish(by=self.reviewer)
        work.run(batch.pk)

    def correct(self) -> None:
        if record := self.current(PENALTY):
            record.correct({"fine": str(self.chance.randint(10, 99))}, by=self.reviewer, because="金额有误")

    def withdraw(self) -> None:
        if record := self.current(PENALTY, LIST, REGISTRATION):
            record.withdraw(by=self.reviewer, because="不应公示")

    def repair(self) -> None:
        if record := self.current(PENALTY, LIST):
            record.repair(by=self.reviewer, because="已修复")

    def roll_back(self) -> None:
        batches = list(Batch.objects.filter(state=Batch.State.PUBLISHED).order_by("id"))
        if batches:
            batch = self.chance.choice(batches)
            batch.roll_back(by=self.reviewer, because="整批有误")
            work.run(batch.pk)


@pytest.mark.parametrize("seed", range(3))
def test_every_old_copy_plus_deltas_is_the_newest_full_dump(seed, importer, reviewer):
    world, copies, daily = None, [], {}
    for number in range(6):
        with time_machine.travel(FIRST + timedelta(number, hours=4), tick=False):
            world = world or World(seed, importer, reviewer)
            for _ in range(world.chance.choice([1, 1, 2])):
                world.day(6)
                export()
                for name in PARTS:
                    daily[name] = daily[name].carry_on() if name in daily else Copy(name)
                    assert daily[name].dump() == full_dump(name), (name, number)
                    copies.append(Copy(name))
    for copy in copies:
        since = copy.mark
        assert copy.carry_on().dump() == full_dump(copy.name), (copy.name, since)
    assert {"published", "changed", "corrected", "withdrawn", "repaired"} <= set(Event.objects.values_list("kind", flat=True))


def test_a_period_that_ends_without_any_event_is_a_deletion_of_its_day():
    with time_machine.travel(FIRST):
        record = make_record(published_until=FIRST + timedelta(1))
        export()
        copy = Copy(PENALTY)
    with time_machine.travel(FIRST + timedelta(1)):
        export()
        assert served_lines("deltas/2026-07-02/tax-penalty.ndjson.gz") == [
            f'{{"delete":{{"act":"expired","event":null,"id":"{record.key}","on":"2026-07-02"}}}}'
        ]
        assert copy.carry_on().dump() == full_dump(PENALTY) == []


def test_a_deletion_names_id_act_day_and_event_and_nothing_of_the_content(reviewer):
    with time_machine.travel(FIRST):
        record = make_record(fine="271828")
        export()
    with time_machine.travel(FIRST + timedelta(1)):
        event = record.repair(by=reviewer, because="内部理由")
        export()
        (line,) = served_lines("deltas/2026-07-02/tax-penalty.ndjson.gz")
    told = {"act": "repaired", "event": event.number, "id": record.key, "on": "2026-07-02"}
    assert line == '{"delete":' + str(told).replace("'", '"').replace(": ", ":").replace(", ", ",") + "}"


def test_while_a_batch_is_being_written_a_withdrawn_record_leaves_and_the_batch_is_not_there_yet(importer, reviewer):
    with time_machine.travel(FIRST):
        record, other = make_record(), make_record(dataset=LIST)
        export()
        copies = [Copy(PENALTY), Copy(LIST)]
    with time_machine.travel(FIRST + timedelta(1)):
        batch = Batch.objects.create(
            dataset="tax-licence", file="x", file_name="x", file_size=1, file_sha256="0", uploaded_by=importer,
            reviewed_by=reviewer, state=Batch.State.PUBLISHING, first_event=Event.objects.head() + 1,
        )  # fmt: skip
        record.withdraw(by=reviewer, because="不应公示")
        late = make_record(dataset=LIST)
        made = export()
        assert made.head == other.id
        assert [copy.carry_on().dump() for copy in copies] == [full_dump(PENALTY), full_dump(LIST)]
        assert full_dump(PENALTY) == []
        assert late.key not in "".join(full_dump(LIST))
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.FAILED)
        export()
        assert [copy.carry_on().dump() for copy in copies] == [full_dump(PENALTY), full_dump(LIST)]
        assert late.key in "".join(full_dump(LIST))


def test_deltas_lead_back_so_many_days_and_say_how_far(monkeypatch):
    monkeypatch.setattr("publicity.bulk.exporting.DAYS", 3)
    with time_machine.travel(FIRST):
        make_record()
        export()
    for number in range(1, 6):
        with time_machine.travel(FIRST + timedelta(number)):
            make_record()
            made = export()
    origin = made.parts[PENALTY].origin
    assert origin.day == str(FIRST + timedelta(2))
    assert len([file for file in made.parts[PENALTY].files if file.kind == "delta"]) == 3


def test_a_declaration_that_shows_other_columns_begins_its_deltas_anew(monkeypatch):
    with time_machine.travel(FIRST):
        make_record()
        export()
    with time_machine.travel(FIRST + timedelta(1)):
        monkeypatch.setattr("publicity.bulk.rows.FORMAT", 0)
        make_record()
        made = export()
    assert made.parts[PENALTY].origin == made.mark
    assert {file.kind for file in made.parts[PENALTY].files} == {"full"}


def test_an_export_that_finds_nothing_new_writes_nothing_anew():
    make_record()
    made = export()
    served = manifest.root() / manifest.CURRENT
    before = {path: (served / path).stat().st_ino for part in made.parts.values() for path in (file.path for file in part.files)}
    export()
    assert before == {path: (served / path).stat().st_ino for path in before}


def test_what_has_not_changed_is_taken_over_as_it_is():
    make_record()
    export()
    served = manifest.root() / manifest.CURRENT
    before = {name: (served / f"full/{name}.ndjson.gz").stat().st_ino for name in (PENALTY, LIST)}
    make_record(dataset=LIST)
    export()
    after = {name: (served / f"full/{name}.ndjson.gz").stat().st_ino for name in (PENALTY, LIST)}
    assert before[PENALTY] == after[PENALTY]
    assert before[LIST] != after[LIST]
