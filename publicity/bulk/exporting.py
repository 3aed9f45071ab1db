"""Making an export: a new directory beside the served one, put in its place by one rename when everything is in it."""

import contextlib
import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone

from publicity.bulk import catalogues, ftm
from publicity.bulk.manifest import CURRENT, NAME, Manifest, Mark, Part, current, root
from publicity.bulk.rows import FTM, public_datasets, shape_of, tables_of
from publicity.bulk.writing import EntityFile, TableFiles, pages, read
from publicity.certificates import checkpoint
from records.models import Event, LogTree, seal

# How many days deltas lead back.
DAYS = 31


class AlreadyRunning(Exception):
    """Another process is making an export."""


def export() -> Manifest:
    """Make an export of what is public now and serve it instead of the last one; nothing changes when it fails."""
    root().mkdir(parents=True, exist_ok=True)
    with _alone(), _seldom_collected():
        served = current()
        before, old = served or (None, None)
        making = Path(tempfile.mkdtemp(dir=root(), prefix="export-"))
        making.chmod(0o755)
        try:
            manifest = _export(making, before, old)
            catalogues.write(making, manifest, [table for dataset in public_datasets() for table in tables_of(dataset)])
            (making / NAME).write_text(manifest.text(), encoding="utf-8")
            _serve(making)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        return manifest


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Only one export at a time; what a killed one left behind is cleared away."""
    with (root() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        _clear()
        yield


@contextlib.contextmanager
def _seldom_collected() -> Iterator[None]:
    """Rows are many small objects, none in a cycle: looking for cycles every 700 of them took a quarter of an export."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _clear() -> None:
    """Remove every export but the served one: what was withdrawn since must not lie about."""
    kept = (root() / CURRENT).resolve()
    for path in root().iterdir():
        if path.is_dir() and not path.is_symlink() and path != kept:
            shutil.rmtree(path)


def _serve(directory: Path) -> None:
    link = root() / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(directory.name)
    os.replace(link, root() / CURRENT)
    _clear()


def _export(directory: Path, before: Manifest | None, old: Path | None) -> Manifest:
    now = timezone.now()
    # A clock that was put back must not bring back what has ended.
    day = max(timezone.localdate(now).isoformat(), before.day if before else "")
    here = Mark(day, Event.objects.head())
    days = [mark for mark in before.days if mark.day != day] + [here] if before else []
    dropped, days = days[:-DAYS], days[-DAYS:]
    changed = _changed_since(before)
    manifest = Manifest(here.day, here.head, timezone.localtime(now).isoformat(timespec="seconds"), days, {})
    seal()
    manifest.checkpoint = checkpoint(LogTree(here.head))
    for dataset in public_datasets():
        for table in tables_of(dataset):
            part = Part([dataset.slug], table.title, table.title_en, shape_of(table.name, [dataset]), here)
            manifest.parts[table.name] = part
    manifest.parts[FTM] = _ftm(here)
    for name, part in manifest.parts.items():
        known = before.parts.get(name) if before else None
        if known and known.shape == part.shape:
            part.origin = here if name == FTM else max([known.origin, *dropped])
            if known.pages == part.pages and not changed.intersection(part.datasets) and not _dated(known):
                _keep(known, part, old, directory, {mark.day for mark in days})
    _write(directory, manifest)
    return manifest


def _ftm(here: Mark) -> Part:
    datasets = ftm.used(public_datasets())
    slugs, shape = [dataset.slug for dataset in datasets], shape_of(FTM, datasets)
    return Part(slugs, "FollowTheMoney", "FollowTheMoney", shape, here, pages=pages().record)


def _write(directory: Path, manifest: Manifest) -> None:
    """Make the files of the parts that have none yet; what is needed of a dataset for several of them is read once."""
    due = {name for name, part in manifest.parts.items() if not part.files}
    entities = EntityFile(directory, manifest.parts[FTM]) if FTM in due else None
    # Companies come last: what is told of one depends on its sanctions.
    for dataset in sorted(public_datasets(), key=lambda dataset: dataset.registers):
        tables = [TableFiles(directory, table, manifest) for table in tables_of(dataset) if table.name in due]
        sanctioning = entities if entities and dataset.slug in entities.part.datasets else None
        if tables or sanctioning:
            read(dataset, tables, sanctioning, manifest.mark)
        for files in tables:
            files.finish()
    if entities:
        entities.finish()


def _changed_since(before: Manifest | None) -> set[str]:
    """The datasets that any event after the last export is about."""
    events = Event.objects.filter(number__gt=before.head if before else 0).order_by()
    return set(events.values_list("dataset", flat=True).distinct()) if before else set()


def _dated(part: Part) -> bool:
    """A row of this part has come or gone by date since it was made."""
    return bool(part.next_change) and timezone.localdate().isoformat() >= part.next_change


def _keep(known: Part, part: Part, old: Path, directory: Path, days: set[str]) -> None:
    """Take over the files of the last export, except deltas of days that are no longer kept."""
    part.rows, part.next_change, part.taken = known.rows, known.next_change, known.taken
    part.files = [file for file in known.files if file.kind == "full" or file.day in days]
    for file in part.files:
        path = directory / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(old / file.path, path)
