"""Members of staff of any role and agency, and one object of each model for them to meet."""

from datetime import timedelta
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from records.models import AccessToken, AccessUse, Batch, Membership, StagedRow, TrailEntry
from tests.conftest import PASSWORD
from tests.factories import make_company, make_record

READERS = {"importer", "reviewer", "administrator"}
LISTS = ("records_batch", "records_record", "records_event", "records_stagedrow", "blacklists_listing")
SECRET = "青岚市机密样例有限公司"


def tax_objects(staff, uploads: Path) -> dict[str, int]:
    """An object of each model, of the tax agency where it has one, by the model part of its address."""
    company = make_company(SECRET)
    batch = Batch.objects.create(
        dataset="tax-penalty", file="x.bin", file_name=f"{SECRET}.csv", file_size=1, file_sha256="0" * 64,
        state="published", uploaded_by=staff.importer, reviewed_by=staff.reviewer, rows=1, pending=1,
    )  # fmt: skip
    row = StagedRow.objects.create(
        batch=batch, row_no=2, kind="pending", dataset="tax-penalty", key="a" * 26, name=SECRET, code=company.code
    )
    columns = {"values": {"uscc": company.code}, "dataset": "tax-penalty", "company": company, "code": company.code}
    StagedRow.objects.create(batch=batch, row_no=3, kind="new", key="b" * 26, name=SECRET, **columns)
    StagedRow.objects.create(batch=batch, row_no=4, kind="unchanged", key="c" * 26, name=SECRET, **columns)
    uploads.mkdir()
    (uploads / "x.bin").write_text("x")
    record = make_record(company, "tax-penalty", batch=batch)
    until = timezone.localdate() + timedelta(1)
    token, _ = AccessToken.issue(by=staff.administrator, holder="x", level="government", agencies=["tax"], expires_on=until, because="x")
    return {
        "records_batch": batch.pk,
        "records_stagedrow": row.pk,
        "records_record": record.pk,
        "records_event": record.pk,
        "records_company": company.pk,
        "records_trailentry": TrailEntry.note(TrailEntry.Kind.UPLOAD, by=staff.importer, on=batch).pk,
        "blacklists_listing": make_record(company, "tax-major_violation").pk,
        "records_accesstoken": token.pk,
        "records_accessuse": AccessUse.objects.create(token=token, asked="/api/v1/restricted/", shown=0).pk,
        "auth_user": member("holder", "tax").pk,
        "auth_group": Group.objects.get(name="importer").pk,
    }


def member(role: str, agency: str = ""):
    """An account with that role, and none if there is no such role."""
    user = get_user_model().objects.create_user(f"{role}-{agency}", password=PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    if agency:
        Membership.objects.create(user=user, agency=agency)
    return user


def make_batch(staff, dataset="tax-penalty", state="published", days_ago=0, **columns) -> Batch:
    """A batch in any state, uploaded by the importer so many days ago; nothing is in it."""
    reviewed = {"reviewed_by": staff.reviewer} if state in ("published", "publishing") else {}
    batch = Batch.objects.create(
        dataset=dataset, file="x.bin", file_name=f"{dataset}.csv", file_size=1, file_sha256="0" * 64, state=state,
        **{"uploaded_by": staff.importer} | reviewed | columns,
    )  # fmt: skip
    Batch.objects.filter(pk=batch.pk).update(uploaded_at=timezone.now() - timedelta(days=days_ago))
    return batch
