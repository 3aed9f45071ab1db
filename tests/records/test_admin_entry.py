"""Entering one record by hand: the form follows the declaration, and its answer goes through a batch and a second person."""

import pytest
from django.urls import reverse

from records.admin.entry import EntryForm, enterable
from records.catalog import catalog
from records.ingest import work
from records.models import Batch, Record, TrailEntry
from tests.factories import make_company

PENALTY = "tax-penalty"


def address(slug: str = PENALTY) -> str:
    return reverse("admin:records_batch_entry", args=[slug])


def typed(slug: str, **changes) -> dict:
    """What a person types: the example of every column, keys of enumerations, and the changes."""
    data = {}
    for column in enterable(catalog().datasets[slug]):
        value = column.parse(column.example) if column.example else None
        if column.type == "code" and value is not None:
            data[column.name] = value if isinstance(value, list) else [value] if column.separator else value
        elif column.type == "boolean":
            data[column.name] = {True: "是", False: "否", None: ""}[value]
        else:
            data[column.name] = column.example
    return data | changes


def about(company) -> dict:
    return {"company_name": company.name, "uscc": company.code, "registration_no": "", "org_code": "", "tax_no": ""}


@pytest.mark.parametrize("slug", list(catalog().datasets))
def test_the_form_of_every_dataset_takes_its_own_examples(slug):
    form = EntryForm(catalog().datasets[slug], typed(slug))
    assert form.is_valid(), form.errors
    titles, cells = form.sheet().read().decode().split("\r\n", 1)
    assert titles
    assert cells


def test_what_was_typed_becomes_a_batch_of_one_row_that_a_second_person_publishes(client, staff):
    company = make_company()
    client.force_login(staff.importer)
    facts = "第一行，有逗号\r\n第二行“有引号”\"="
    answer = client.post(address(), typed(PENALTY, **about(company), facts=facts, fine="1.25"))
    batch = Batch.objects.get()
    assert answer.headers["Location"] == batch.get_absolute_url()
    assert (batch.state, batch.rows, batch.new, batch.uploaded_by) == ("staged", 1, 1, staff.importer)
    assert TrailEntry.objects.first().kind == "upload"
    assert not Record.objects.filter(dataset=PENALTY).exists()
    batch.submit(by=staff.importer)
    batch.publish(by=staff.reviewer)
    work.run(batch.pk)
    values = Record.objects.public().get(company=company, dataset=PENALTY).values
    assert (values["fine"], values["facts"]) == ("1.25", "第一行，有逗号\n第二行“有引号”\"=")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"decision_no": ""}, "decision_no"),
        ({"fine": "三万"}, "fine"),
        ({"decided_on": "2026-02-30"}, "decided_on"),
        ({"decided_on": "2098-06-15"}, "decided_on"),
        ({"valid_until": "2001-06-15"}, "valid_until"),
        ({"uscc": "91330110MF0000015X"}, "uscc"),
        ({"facts": "当事人身份证号11010519491231002X"}, "facts"),
    ],
)
def test_every_mistake_is_told_at_its_field_and_nothing_is_kept(client, importer, changes, wrong):
    client.force_login(importer)
    answer = client.post(address(), typed(PENALTY, **about(make_company())) | changes)
    assert set(answer.context["form"].errors) == {wrong}
    assert not Batch.objects.exists()


@pytest.mark.django_db
def test_the_form_speaks_the_language_of_the_page_and_marks_what_is_required(client, importer):
    client.force_login(importer)
    chinese, english = (client.get(prefix + address()).content.decode() for prefix in ("", "/en"))
    assert 'type="date" name="decided_on"' in chinese
    assert "2000元写作0.2" in chinese
    assert "A fine of 2,000 yuan is 0.2" in english.replace("a fine", "A fine")
    columns = enterable(catalog().datasets[PENALTY])
    assert chinese.count('class="must"') == sum(column.required for column in columns)


@pytest.mark.django_db
def test_withheld_columns_are_not_asked_for(client, importer):
    client.force_login(importer)
    form = client.get(address()).context["form"]
    assert not {column.name for column in catalog().datasets[PENALTY].fields if column.withheld} & set(form.fields)
