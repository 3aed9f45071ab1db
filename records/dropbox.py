"""The delivery folder (接收目录): files agencies hand over by transfer, each taken in once and put away with a report.

A file is named by its dataset: ``tax-penalty.csv``, ``tax-penalty-20261123.xlsx``, ``tax-penalty_anything.csv``. When it is
complete it moves to ``.taken``, is staged by the engine everybody uses, and ends in ``done`` or ``refused`` beside
``<file>.report.json`` and, where rows were refused, ``<file>.refused.csv``. Killed at any step, the next one goes on from
``.taken``. Who delivers may be a stranger: no name, link or kind of file leads out of the folder or stops the others.
"""

import hashlib
import json
import logging
import os
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import OperationalError, close_old_connections

from records.catalog import catalog
from records.dataset import Dataset
from records.ingest import Refused, receive, work
from records.ingest.receiving import NotStored, shown_name
from records.models import ActRefused, Batch, Membership, StagedRow
from records.resources import csv_chunks

_log = logging.getLogger(__name__)
SUFFIXES = (".csv", ".xlsx")
REPORTS = (".report.json", ".refused.csv")
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", "~")
PLACES = (".taken", "done", "refused")
# Bytes of a name, so that the names of its reports still fit into the 255 of a file system.
LONGEST_NAME = 220
# After a failure that is not the file's fault it is tried again, but not at every look.
RETRY_SECONDS = 60
_STATE = Batch.State
_State = tuple[float, int, int]


class Waiting(Exception):
    """A file that can be neither taken nor refused now; it stays in ``.taken``."""


class Dropbox:
    """One folder, watched for one reporter. ``look()`` takes what has not changed for ``settle`` seconds."""

    def __init__(self, folder: Path, *, by, settle: float, skip_invalid: bool, tell: Callable[[str], object]):
        self.folder, self.user, self.settle, self.skip_invalid, self.tell = folder, by, settle, skip_invalid, tell
        self.taken, self.done, self.refused = (folder / place for place in PLACES)
        self._before: dict[str, _State] = {}
        self._told: set[str] = set()
        self._not_before: dict[str, float] = {}

    def prepare(self) -> None:
        """Make the places of the folder; ``OSError`` when the folder is not there or one of them is something else."""
        for place in (self.taken, self.done, self.refused):
            if place.is_symlink():
                raise NotADirectoryError(20, "a symbolic link", str(place))
            place.mkdir(exist_ok=True)

    def look(self) -> None:
        """Take what is complete, then do what is taken. Nothing a file does or lacks is raised."""
        try:
            self._take_complete()
            waiting = sorted(path for path in self.taken.iterdir() if not path.name.startswith("."))
        except OSError as problem:
            _log.error("the folder cannot be read: %s", problem)
            return
        for path in waiting:
            if self._not_before.get(path.name, 0) <= time.monotonic():
                self._safely(path)

    def _take_complete(self) -> None:
        now = {path.name: _state(path) for path in self._arrived()}
        for name, state in now.items():
            if self._before.get(name) == state and state[0] <= time.time() - self.settle:
                try:
                    os.rename(self.folder / name, _free(self.taken, name))
                except OSError as problem:
                    _log.error("%r cannot be taken: %s", name, problem.strerror)
        self._before = now

    def _arrived(self) -> Iterator[Path]:
        """Regular files of the folder itself, complete by their name; neither links nor folders are followed."""
        with os.scandir(self.folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name in PLACES or entry.name.startswith((".", "~$")) or entry.name.lower().endswith(UNFINISHED):
                    continue
                if entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)
                elif entry.name not in self._told:
                    self._told.add(entry.name)
                    _log.warning("%r is left alone: not a plain file", entry.name)

    def _safely(self, path: Path) -> None:
        """One file; what is not its fault leaves it in ``.taken`` for a later look."""
        try:
            self._do(path)
        except (Waiting, OSError) as problem:
            _log.error("%r waits: %s", path.name, problem)
        except OperationalError as problem:
            _log.error("%r waits for the database: %s", path.name, problem)
            close_old_connections()
        except Exception:
            _log.exception("%r waits: it could not be taken in", path.name)
        else:
            self._not_before.pop(path.name, None)
            return
        self._not_before[path.name] = time.monotonic() + RETRY_SECONDS

    def _do(self, path: Path) -> None:
        report = {"file": shown_name(path.name), "by": self.user.get_username(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        try:
            batch = self._batch_of(path)
        except NotStored as problem:
            raise Waiting(str(problem)) from problem
        except Refused as refusal:
            self._put_away(path, self.refused, report | {"state": str(_STATE.REFUSED), "problems": refusal.problems})
            return
        self._stage(batch)
        if path.lstat().st_size != batch.file_size:
            self._give_back(path, batch)
            return
        self._hand_over(batch)
        report |= {"dataset": batch.dataset, "sha256": batch.file_sha256, "batch": batch.pk, "state": str(batch.state)}
        report |= batch.counts() | {"problems": batch.problem, "because": batch.because}
        good = batch.state not in (_STATE.REFUSED, _STATE.FAILED, _STATE.WITHDRAWN, _STATE.CANCELLING, _STATE.CANCELLED)
        self._put_away(path, self.done if good else self.refused, report, batch)

    def _batch_of(self, path: Path) -> Batch:
        """The batch of a file: a new one, or the one made for it before a predecessor was killed."""
        dataset = self._dataset_of(path.name)
        with os.fdopen(_opened(path), "rb") as stream:
            taken_at = datetime.fromtimestamp(os.fstat(stream.fileno()).st_ctime, tz=UTC)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            mine = Batch.objects.filter(dataset=dataset.slug, file_sha256=digest, uploaded_by=self.user, uploaded_at__gte=taken_at)
            if batch := mine.filter(file_name=shown_name(path.name)).order_by("-pk").first():
                return batch
            stream.seek(0)
            return receive(stream, dataset=dataset, file_name=path.name, by=self.user, skip_invalid=self.skip_invalid)

    def _dataset_of(self, name: str) -> Dataset:
        """By the longest slug with which the name begins; ``Refused`` when it is none, or none of this reporter's."""
        stem, suffix = os.path.splitext(unicodedata.normalize("NFC", name))
        known = catalog().datasets
        named = [slug for slug in known if stem == slug or stem.startswith((f"{slug}-", f"{slug}_", f"{slug}~"))]
        if not named or suffix.lower() not in SUFFIXES:
            raise Refused(
                (
                    "文件名须以信息类目代码开头，以 .csv 或 .xlsx 结尾，如 tax-penalty-20261123.csv",
                    "the name must begin with the slug of a dataset and end in .csv or .xlsx, such as tax-penalty-20261123.csv",
                )
            )
        dataset = known[max(named, key=len)]
        reporter = get_user_model().objects.get(pk=self.user.pk)
        if not reporter.has_perm("records.add_batch") or dataset not in Membership.datasets_of(reporter):
            raise Refused((f"报送人无权报送“{dataset.title}”", f"this reporter may not report “{dataset.title_en}”"))
        return dataset

    def _stage(self, batch: Batch) -> None:
        """Stage the batch, or wait for the worker that does."""
        while batch.state == _STATE.STAGING:
            if batch.paused:
                raise Waiting(f"batch {batch.pk} is paused")
            if work.run(batch.pk) is None:
                time.sleep(0.5)
            batch.refresh_from_db()

    def _give_back(self, path: Path, batch: Batch) -> None:
        """Its sender had only paused: what was read is a part, and the whole is taken when it has settled."""
        if batch.state in (_STATE.STAGED, _STATE.SUBMITTED):
            batch.withdraw(by=self.user, because="文件在接收后仍在变化")
        os.rename(path, _free(self.folder, path.name))
        _log.warning("%r was still being written; it is taken again when it is complete", path.name)

    def _hand_over(self, batch: Batch) -> None:
        """Submit what can be submitted; what cannot is given up, so that the corrected file may come."""
        if batch.state != _STATE.STAGED:
            return
        try:
            batch.submit(by=self.user)
        except ActRefused as refused:
            batch.withdraw(by=self.user, because=str(refused))
            zh = f"{batch.invalid} 行无效，整个文件退回，请更正后重新报送"
            batch.problem = [{"zh": zh, "en": f"{batch.invalid} rows are invalid; correct them and send the file again"}]

    def _put_away(self, path: Path, place: Path, report: dict, batch: Batch | None = None) -> None:
        """The reports first, so that a file in its place always has them."""
        target = _free(place, path.name)
        if batch and batch.staged.filter(kind=StagedRow.Kind.INVALID).exists():
            report["refused_rows"] = shown_name(f"{target.name}.refused.csv")
            _write(place / f"{target.name}.refused.csv", csv_chunks(_refused_rows(batch)))
        text = json.dumps(report, ensure_ascii=False, indent=1)
        _write(place / f"{target.name}.report.json", [text.encode(), b"\n"])
        os.rename(path, target)
        self.tell(f"{place.name}/{shown_name(target.name)}: {report['state']}")


def _opened(path: Path) -> int:
    """A descriptor of a plain file; ``Refused`` when it is a link, a pipe, a folder, or may not be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as problem:
        raise Refused((f"文件无法读取（{problem.strerror}）", f"the file cannot be read ({problem.strerror})")) from problem
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise Refused(("不是普通文件", "not a plain file"))
    return file


def _state(path: Path) -> _State:
    """What changes while a file is being written: the time of its last change, its size, its inode."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return (float("inf"), -1, -1)
    return found.st_mtime, found.st_size, found.st_ino


def _free(place: Path, name: str) -> Path:
    """A path that is free there: the name, cut to what fits, with ``~2``, ``~3`` … before its suffix when it is taken.

    A delivered file never has the name of another one's report.
    """
    stem, suffix = os.path.splitext(name + "~" if name.lower().endswith(REPORTS) else name)
    suffix = suffix if len(os.fsencode(suffix)) < 20 else ""
    stem = os.fsdecode(os.fsencode(stem)[: LONGEST_NAME - len(os.fsencode(suffix))])
    candidate, number = place / f"{stem}{suffix}", 1
    while os.path.lexists(candidate):
        number += 1
        candidate = place / f"{stem}~{number}{suffix}"
    return candidate


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """A file that is there whole or not at all; a link that stands in its place is replaced, not followed."""
    fresh = path.with_name(f".{path.name}")
    fresh.unlink(missing_ok=True)
    with fresh.open("xb") as file:
        file.writelines(chunks)
    os.replace(fresh, path)


def _refused_rows(batch: Batch) -> Iterator[list]:
    yield ["行号", "数据项", "值", "原因", "reason"]
    for row in batch.staged.filter(kind=StagedRow.Kind.INVALID).order_by("row_no").iterator(chunk_size=2000):
        for name, value, zh, en in row.errors:
            field = batch.declaration.by_name.get(name)
            yield [row.row_no, field.title if field else name, value, zh, en]
