"""The demonstration data: fictional, valid, covering every dataset, and come in through the real engine."""

from datetime import date
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from records import uscc
from records.catalog import catalog
from records.dataset import Disclosure
from records.demo import by_hand
from records.demo.companies import companies
from records.demo.deliveries import Office
from records.demo.files import style_of
from records.demo.words import PLACES
from records.models import Batch, Company, Event, Record, StagedRow
from records.regions import provinces, region_name
from records.rows import parse_row, readers, row_errors

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def office() -> Office:
    random = Random(1)
    return Office(random, catalog(), companies(random, 150, TODAY), TODAY)


def problems(delivery) -> list:
    found = []
    for cells in delivery.rows:
        columns = readers((at, delivery.dataset.by_name[name]) for at, name in enumerate(cells))
        values, errors = parse_row(columns, [str(cell) for cell in cells.values()])
        found += errors or row_errors(delivery.dataset, values, TODAY)
    return found


def test_codes_are_well_formed_and_of_no_existing_division(office):
    codes = [firm.code for firm in office.firms if firm.code]
    assert [code for code in codes if not uscc.is_valid(code)] == []
    assert len(set(codes)) == len(codes)
    assert {code[2:4] for code in codes}.isdisjoint(provinces())
    assert not any(region_name(place.code) and "海岳" not in region_name(place.code) for place in PLACES)


def test_every_company_is_named_after_an_invented_city(office):
    cities = {place.city for place in PLACES}
    assert [firm.name for firm in office.firms if firm.name[:3] not in cities] == []
    assert len({firm.name for firm in office.firms}) == len(office.firms)


def test_the_same_seed_gives_the_same_companies():
    assert companies(Random(7), 120, TODAY) == companies(Random(7), 120, TODAY)


def test_every_dataset_has_a_file_and_every_row_of_it_is_valid(office):
    deliveries = [*office.registrations(), *office.first_deliveries()]
    assert {delivery.dataset.slug for delivery in deliveries} == set(catalog().datasets)
    assert [delivery.name for delivery in deliveries if not delivery.rows] == []
    assert {delivery.name: found for delivery in deliveries if (found := problems(delivery))} == {}


def test_nobody_is_removed_from_a_list_before_being_on_it(office):
    first = {delivery.dataset.slug: delivery for delivery in [*office.registrations(), *office.first_deliveries()]}
    late = first["samr-abnormal"]
    # Entries of the last days, which the removals must pass over.
    late.rows += [row | {"decided_on": TODAY, "ended_on": ""} for row in late.rows * 9]
    second = [delivery for delivery in office.second_deliveries(first) if delivery.name == "samr-abnormal-2"]
    assert [problems(delivery) for delivery in second] == [[]]
    assert all(delivery.rows for delivery in second)


def test_every_sort_of_file_occurs():
    styles = [style_of(number) for number in range(12)]
    assert {style.encoding for style in styles} == {"gb18030", "xlsx", "utf-8-sig", "utf-16"}
    assert any(style.explained and style.shuffled for style in styles)


def test_each_bad_row_of_the_file_to_try_is_refused_for_its_own_reason(office):
    bad = next(delivery for delivery in by_hand.files(office) if delivery.name.endswith("bad-rows"))
    found = problems(bad)
    wanted = ["uscc", "uscc", "facts", "decided_on", "party_kind", "decision_no", "fine", "severity"]
    assert [error[0] for error in found] == wanted


# pytest-django makes the databases that marked tests ask for, and a fixture cannot mark.
@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demonstration of 100 companies; gives the folder of its files."""
    folder = tmp_path_factory.mktemp("demo")
    with (
        django_db_blocker.unblock(),
        override_settings(HTTPS=False, UPLOAD_DIR=folder / "uploads"),
        transaction.atomic(),
    ):
        call_command("load_demo", companies=100, dir=folder / "files", stdout=StringIO(), stderr=StringIO())
        yield folder / "files"
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_dataset_is_published_by_a_second_person(loaded):
    published = Batch.objects.filter(state=Batch.State.PUBLISHED)
    assert set(published.values_list("dataset", flat=True)) == set(catalog().datasets)
    assert set(published.values_list("uploaded_by__username", "reviewed_by__username")) == {("anna", "ben")}
    assert Batch.objects.filter(state=Batch.State.SUBMITTED).count() == 1


@pytest.mark.django_db
def test_the_cast_plays_its_parts(loaded):
    def company(name):
        return Company.objects.get(name=name)

    public = Record.objects.public()
    everything = company("青岚市珞沄环保科技有限公司")
    shown = {dataset.slug for dataset in catalog().of(disclosure=Disclosure.PUBLIC)} - {"samr-individual_abnormal"}
    # Its one withdrawn penalty, and what has run out by its own date, may be missing.
    assert len(shown - set(public.filter(company=everything).values_list("dataset", flat=True))) <= len(shown) // 4
    assert set(public.filter(company=company("青岚市岑霁信息技术有限公司")).values_list("dataset", flat=True)) == {
        "samr-registration"
    }
    assert company("澜屿市琚昀建筑工程有限公司").status == Company.Status.CANCELLED
    assert company("霁川市榆峤机械制造厂").uscc is None
    renamed = company("青岚市鲲溯电子商务有限公司")
    assert [match.company for match in Company.objects.search("翊朔贸易").matches] == [renamed]
    removed = public.get(company=company("砚湖市棠霖物流有限公司"), dataset="samr-abnormal")
    assert removed.removed
    repaired = Event.objects.get(kind=Event.Kind.REPAIRED)
    assert repaired.company.name == "霁川市澹曦食品有限公司"


@pytest.mark.django_db
def test_rows_about_unknown_companies_wait(loaded):
    waiting = StagedRow.objects.filter(kind=StagedRow.Kind.PENDING)
    assert waiting.exists()
    assert not Company.objects.filter(code__in=waiting.values("code")).exists()


@pytest.mark.django_db
def test_the_files_are_left_for_trying_by_hand(loaded):
    assert (loaded / "samr-registration.csv").read_bytes().decode("gb18030")
    assert {path.stem for path in (loaded / "try").iterdir()} == TRIED


TRIED = {
    "penalties",
    "penalties-same-as-workbook",
    "penalties-with-bad-rows",
    "penalties-with-bad-header",
}


@pytest.mark.django_db
def test_loading_twice_is_refused_or_passed_over(loaded):
    with pytest.raises(CommandError, match="not empty"):
        call_command("load_demo", dir=loaded)
    said = StringIO()
    call_command("load_demo", dir=loaded, if_empty=True, stdout=said)
    assert "anna-reports-2026" in said.getvalue()


def test_accounts_with_known_passwords_are_not_made_where_the_site_is_public(settings):
    settings.HTTPS = True
    with pytest.raises(CommandError, match="HTTPS"):
        call_command("load_demo")
