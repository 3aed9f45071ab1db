"""How long files are kept as they were uploaded: to the end of the term set, counted from the upload, once their batch is over.

The batch keeps its rows, the file's name and its SHA-256 for ever, so a copy an agency holds can still be proven to be the one.
"""

import contextlib
import itertools
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from records.models import Batch

# A file is on the disk before its batch is in the database.
ORPHANED = timedelta(days=1)
_LOOKED_UP = 500
_State = Batch.State
OVER = (
    *(_State.NOTHING_NEW, _State.PUBLISHED, _State.RETURNED, _State.WITHDRAWN),
    *(_State.CANCELLED, _State.ROLLED_BACK, _State.REFUSED, _State.FAILED),
)
_log = logging.getLogger(__name__)


def sweep() -> int:
    """Delete the uploaded files whose term is over, and those that no batch knows; how many."""
    old = _older_than(ORPHANED)
    return sum(_sweep(names) for names in iter(lambda: list(itertools.islice(old, _LOOKED_UP)), []))


def _sweep(names: list[str]) -> int:
    known = Batch.objects.filter(file__in=names)
    kept = known
    if settings.UPLOAD_KEEP_DAYS:
        kept = known.exclude(state__in=OVER, uploaded_at__lt=timezone.now() - timedelta(days=settings.UPLOAD_KEEP_DAYS))
    gone = set(names) - set(kept.values_list("file", flat=True))
    for name in gone:
        with contextlib.suppress(FileNotFoundError):
            (Path(settings.UPLOAD_DIR) / name).unlink()
    if gone:
        _log.info("%s uploaded files were deleted, their term is over", len(gone))
    return len(gone)


def _older_than(age: timedelta) -> Iterator[str]:
    """Names of the files stored so long ago."""
    until = timezone.now() - age
    with contextlib.suppress(FileNotFoundError), os.scandir(settings.UPLOAD_DIR) as found:
        for entry in found:
            with contextlib.suppress(FileNotFoundError):
                if entry.is_file(follow_symlinks=False) and datetime.fromtimestamp(entry.stat().st_mtime, UTC) < until:
                    yield entry.name
