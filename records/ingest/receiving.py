"""Taking in a file: stored under a name of our own, hashed, and made a batch that waits for staging."""

import contextlib
import hashlib
import os
import unicodedata
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from records.dataset import Dataset
from records.files.reading import Refused, kind_of
from records.models import Batch, TrailEntry


class NotStored(Refused):
    """The file may be in order, but there is no room for it, or no place."""


def path_of(batch: Batch) -> Path:
    return Path(settings.UPLOAD_DIR) / batch.file


def receive(stream: BinaryIO, *, dataset: Dataset, file_name: str, by, skip_invalid: bool = False) -> Batch:
    """Store a file and make its batch; ``Refused`` when it is too large, empty, of another kind, or already on its way."""
    name = f"{uuid.uuid4().hex}.bin"
    target = Path(settings.UPLOAD_DIR) / name
    try:
        size, digest = _stored(stream, target)
        kind_of(target)
        _refuse_twin(dataset, digest)
    except Refused as refusal:
        with contextlib.suppress(OSError):
            target.unlink()
        after = {"file_name": shown_name(file_name), "problems": refusal.problems}
        TrailEntry.note(TrailEntry.Kind.UPLOAD_REFUSED, by=by, dataset=dataset.slug, after=after)
        raise
    with transaction.atomic():
        batch = Batch.objects.create(
            dataset=dataset.slug,
            file=name,
            file_name=shown_name(file_name),
            file_size=size,
            file_sha256=digest,
            uploaded_by=by,
            skip_invalid=skip_invalid,
        )
        after = {"file_name": batch.file_name, "sha256": digest, "bytes": size, "skip_invalid": skip_invalid}
        TrailEntry.note(TrailEntry.Kind.UPLOAD, by=by, on=batch, after=after)
    return batch


def _stored(stream: BinaryIO, target: Path) -> tuple[int, str]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return _store(iter(lambda: stream.read(1 << 20), b""), target)
    except OSError as problem:
        reason = problem.strerror
        raise NotStored((f"文件未能保存（{reason}），请稍后再试", f"the file could not be stored ({reason}); try again later")) from problem


def _store(blocks: Iterable[bytes], target: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for block in blocks:
            size += len(block)
            if size > settings.UPLOAD_MAX_BYTES:
                limit = settings.UPLOAD_MAX_BYTES >> 20
                raise Refused((f"文件超过 {limit} MB", f"the file is larger than {limit} MB"))
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _refuse_twin(dataset: Dataset, digest: str) -> None:
    """The same file may be reported again once its batch is over, but not while it is under way."""
    open_states = [Batch.State.STAGING, Batch.State.STAGED, Batch.State.SUBMITTED, *Batch.WRITING]
    twin = Batch.objects.filter(dataset=dataset.slug, file_sha256=digest, state__in=open_states).first()
    if twin:
        raise Refused((f"同一文件已在批次 #{twin.pk} 中处理", f"the same file is already under way as batch #{twin.pk}"))


def shown_name(text: str) -> str:
    """A file's name as it may be shown: without path, control and direction characters, at most 150 characters."""
    text = text.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] != "C")[:150] or "-"
