"""``manage.py load_demo``: fictional companies and records, imported from generated files by the real engine."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from random import Random

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from records import ingest
from records.catalog import catalog
from records.demo import by_hand
from records.demo.companies import Firm
from records.demo.companies import companies as companies_of
from records.demo.deliveries import Delivery, Office
from records.demo.files import write
from records.ingest import work
from records.models import Batch, Company, Record

# Known to everybody who reads this: the command refuses to make them where the site is served over HTTPS.
ACCOUNTS = {
    "anna": ("importer", "陈安", "anna-reports-2026", "reports files"),
    "ben": ("reviewer", "周本", "ben-reviews-2026", "reviews and publishes them"),
    "root": ("administrator", "管理员", "root-manages-2026", "superuser; manages accounts"),
}
STORIES = {
    "everything": "something in every dataset",
    "nothing": "registered, and nothing else is known of it",
    "repaired": "a penalty taken down after credit repair",
    "delisted": "was on the abnormal operations list, removed",
    "renamed": "changed its name; found by the former one too",
    "deregistered": "deregistered",
    "individual": "individual business, code 92…",
    "branch": "branch",
    "legacy": "has a registration number and no unified code",
    "listed": "on lists of serious discredit now",
}


class Command(BaseCommand):
    help = "Fill an empty database with fictional companies and records, and leave the files they came from."

    def add_arguments(self, parser):
        parser.add_argument("--companies", type=int, default=2000, help="how many (at least 100)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed on the same day gives the same data")
        parser.add_argument("--dir", type=Path, default=settings.BASE_DIR / "var" / "demo-files", help="where files go")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is data already")

    def handle(self, *, companies: int, seed: int, dir: Path, if_empty: bool, **_):  # noqa: A002
        if settings.HTTPS:
            raise CommandError("this site is served over HTTPS; demonstration accounts have passwords everybody knows")
        if Company.objects.exists() or Batch.objects.exists():
            if not if_empty:
                raise CommandError("the database is not empty")
            self._print_cast(companies_of(Random(seed), len(STORIES), timezone.localdate()), dir)  # noqa: S311
            return self._print_accounts()
        self.users = {name: self._user(name) for name in ACCOUNTS}
        self.dir, self.random = dir, Random(seed)  # noqa: S311 - repeatable, nothing is secret
        office = self._office(max(companies, 100), timezone.localdate())
        self._load(office)
        self._acts(office)
        self._print_cast(office.cast.values(), dir)
        return self._print_accounts()

    def _office(self, count: int, today: date) -> Office:
        return Office(self.random, catalog(), companies_of(self.random, count, today), today)

    def _user(self, name: str):
        role, full_name, password, _ = ACCOUNTS[name]
        users = get_user_model().objects
        make = users.create_superuser if role == "administrator" else users.create_user
        user = make(name, password=password, first_name=full_name, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user

    def _load(self, office: Office) -> None:
        """Every dataset's first file, then what changed, then the files for trying by hand, which are not imported."""
        first: dict[str, Delivery] = {}
        for delivery in (*office.registrations(), *office.first_deliveries()):
            first[delivery.name] = delivery
            self._deliver(delivery, f"dataset {len(first)} of {len(office.catalogue.datasets)}")
        for delivery in (*office.second_deliveries(first), *by_hand.files(office)):
            self._deliver(delivery, "changes")

    def _deliver(self, delivery: Delivery, progress: str) -> None:
        path = self.dir / f"{delivery.name}.{delivery.style.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, delivery.dataset, delivery.rows, delivery.style, self.random)
        if delivery.then == "kept":
            return
        with path.open("rb") as stream:
            batch = ingest.receive(
                stream, dataset=delivery.dataset, file_name=path.name, by=self.users["anna"], skip_invalid=True
            )
        batch = work.run(batch.pk)
        if batch.state != Batch.State.STAGED:
            raise CommandError(f"{path}: {batch.state}, {batch.problem}")
        batch.submit(by=self.users["anna"])
        if delivery.then == "published":
            # Changes of names are reported before the registrations that follow from them.
            batch.publish(by=self.users["ben"], because="已核对：企业更名，登记信息随后报送" if batch.in_conflict() else "")
            batch = work.run(batch.pk)
        # Of the large files only; what the others hold stands on the batch pages.
        if batch.rows >= 500:
            self.stderr.write(f"{progress}: {path.name}, {batch.rows} rows, {batch.state}")

    def _acts(self, office: Office) -> None:
        """Single acts on published records: a repair, a correction, a withdrawal."""
        ben = self.users["ben"]
        self._penalty(office, "repaired").repair(by=ben, because="已履行处罚决定并改正，信用修复申请经核准")
        self._penalty(office, "everything").withdraw(by=ben, because="处罚决定经行政复议被撤销")
        self._penalty(office, "listed").correct({"violation_kind": "未按规定公示信息"}, by=ben, because="原公示内容录入有误")

    def _penalty(self, office: Office, story: str) -> Record:
        """The newest penalty of a member of the cast that is published now."""
        company = Company.objects.get(code=office.cast[story].code)
        datasets = [slug for slug in office.catalogue.datasets if slug.endswith("-penalty")]
        return Record.objects.public().filter(company=company, dataset__in=datasets).latest("decided_on", "id")

    def _print_cast(self, firms: Iterable[Firm], folder: Path) -> None:
        self.stdout.write("companies to look at")
        for firm in firms:
            self.stdout.write(f"  {firm.code or firm.registration_no:18}  {firm.name}: {STORIES[firm.story]}")
        self.stdout.write(f"files to try by hand\n  {folder / 'try'}")

    def _print_accounts(self) -> None:
        self.stdout.write("accounts")
        for name, (role, full_name, password, does) in ACCOUNTS.items():
            self.stdout.write(f"  {name:5} {password:18} {role}, {full_name}: {does}")
