"""The figures of the home page: exact while few, never more than is public, and cheap at any size."""

import pytest

from publicity import figures
from publicity.figures import Count, held
from records.models import Batch, Company, Record
from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db
PENALTY, CLOSED = "tax-penalty", "housingfund-contribution"


@pytest.fixture
def reported(importer, reviewer):
    """A published batch of so many new rows, without their records but for those given."""

    def report(new: int, dataset: str = PENALTY, state: str = Batch.State.PUBLISHED) -> Batch:
        return Batch.objects.create(
            dataset=dataset, file="x", file_name="x", file_size=1, file_sha256="0", uploaded_by=importer, reviewed_by=reviewer,
            state=state, new=new, rows=new,
        )  # fmt: skip

    return report


@pytest.fixture
def few(monkeypatch):
    """As if nobody counted further than two."""
    monkeypatch.setattr(figures, "COUNTED", 2)


def penalties() -> Count:
    return held(Record.objects.public(), [PENALTY])


def test_few_are_counted_exactly_and_shown_so(client):
    company = make_company()
    make_record(company)
    page = client.get("/en/").content.decode()
    assert (held(Company.objects.public(), []), held(Record.objects.public(), [])) == (Count(1), Count(2))
    assert "<dd>1</dd>" in page
    assert "<dd>2</dd>" in page


def test_many_are_more_than_a_round_number_of_those_reported(few, reported, client):
    for _ in range(3):
        make_record()
    reported(2_984_311)
    assert penalties() == Count(2_900_000, more=True)
    assert "more than 2,900,000" in client.get("/en/").content.decode()


def test_what_was_taken_off_is_not_among_them(few, reported, reviewer):
    first, *_rest = [make_record() for _ in range(4)]
    reported(40)
    assert penalties().number == 40
    first.withdraw(by=reviewer, because="不应公示")
    assert penalties().number == 39


@pytest.mark.parametrize(
    ("dataset", "state"), [(CLOSED, "published"), (PENALTY, "publishing"), (PENALTY, "rolled_back")]
)
def test_what_is_not_public_is_not_counted(few, reported, dataset, state):
    for _ in range(3):
        make_record()
    reported(90, dataset, state)
    assert penalties() == Count(2, more=True)
