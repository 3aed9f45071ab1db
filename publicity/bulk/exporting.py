"""Making an export: a new directory beside the served one, put in its place by one rename when everything is in it."""

import contextlib
import fcntl
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from django.utils import timezone

from publicity.bulk import catalogues, ftm
from publicity.bulk.manifest import CURRENT, NAME, File, Manifest, Mark, Part, current, root
from publicity.bulk.packing import Packed
from publicity.bulk.rows import FTM, CsvLines, Door, Entry, Public, Table, line_of, public_datasets, shape_of, tables_of
from publicity.bulk.scanning import Gone, Segments, Standing, gone_by_event, in_effect, standing
from records.dataset import Dataset
from records.models import Event

# How many days deltas lead back.
DAYS = 31
_THREADS = 2


class AlreadyRunning(Exception):
    """Another process is making an export."""


def export() -> Manifest:
    """Make an export of what is public now and serve it instead of the last one; nothing changes when it fails."""
    root().mkdir(parents=True, exist_ok=True)
    with _alone(), _seldom_collected(), ThreadPoolExecutor(_THREADS) as pool:
        served = current()
        before, old = served or (None, None)
        making = Path(tempfile.mkdtemp(dir=root(), prefix="export-"))
        making.chmod(0o755)
        try:
            manifest = _export(making, before, old, pool)
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


def _export(directory: Path, before: Manifest | None, old: Path | None, pool: ThreadPoolExecutor) -> Manifest:
    now = timezone.now()
    # A clock that was put back must not bring back what has ended.
    day = max(timezone.localdate(now).isoformat(), before.day if before else "")
    here = Mark(day, Event.objects.head())
    days = [mark for mark in before.days if mark.day != day] + [here] if before else []
    dropped, days = days[:-DAYS], days[-DAYS:]
    changed = _changed_since(before)
    manifest = Manifest(here.day, here.head, timezone.localtime(now).isoformat(timespec="seconds"), days, {})
    for dataset in public_datasets():
        for table in tables_of(dataset):
            part = Part([dataset.slug], table.title, table.title_en, shape_of(table.name, [dataset]), here)
            manifest.parts[table.name] = part
    manifest.parts[FTM] = _ftm(here)
    for name, part in manifest.parts.items():
        known = before.parts.get(name) if before else None
        if known and known.shape == part.shape:
            part.origin = here if name == FTM else max([known.origin, *dropped])
            if not changed.intersection(part.datasets) and not _dated(known):
                _keep(known, part, old, directory, {mark.day for mark in days})
    _write(directory, manifest, pool)
    return manifest


def _ftm(here: Mark) -> Part:
    datasets = ftm.used(public_datasets())
    return Part([dataset.slug for dataset in datasets], "FollowTheMoney", "FollowTheMoney", shape_of(FTM, datasets), here)


def _write(directory: Path, manifest: Manifest, pool: ThreadPoolExecutor) -> None:
    """Make the files of the parts that have none yet; what is needed of a dataset for several of them is read once."""
    due = {name for name, part in manifest.parts.items() if not part.files}
    datasets, here = public_datasets(), manifest.mark
    entities = ftm.Entities(manifest.parts[FTM], Packed(directory / ftm.PATH, pool), here.day) if FTM in due else None
    # Companies come last: what is told of one depends on its sanctions.
    for dataset in sorted(datasets, key=lambda dataset: dataset.registers):
        tables = tables_of(dataset)
        writings = [_Writing(directory, table, manifest, pool) for table in tables if table.name in due]
        if entities and dataset.slug in entities.part.datasets:
            entities.begin(tables[-1])
            _read(dataset, [*writings, entities], here)
        elif writings:
            _read(dataset, writings, here)
        for writing in writings:
            writing.finish()
    if entities:
        entities.finish()


def _read(dataset: Dataset, takers: list["_Writing | ftm.Entities"], here: Mark) -> None:
    """Hand on every version in effect, in the order of publication, those that are public several at a time."""
    door = Door(dataset)
    for chunk in in_effect(dataset.slug, here.head):
        for found, entries in itertools.groupby(chunk, lambda entry: standing(entry, here.day)):
            if found is Standing.PUBLIC:
                public = Public([*entries], door)
                for taker in takers:
                    taker.take(public)
            else:
                for entry, taker in itertools.product(entries, takers):
                    taker.leave_out(entry, found)


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


class _Writing:
    """Writes the files of one table: the full dump in two formats, and a delta for each day that has any change."""

    def __init__(self, directory: Path, table: Table, manifest: Manifest, pool: ThreadPoolExecutor):
        self.directory, self.table, self.part, self.pool = directory, table, manifest.parts[table.name], pool
        self.here = manifest.mark
        self.marks = [self.part.origin, *(mark for mark in manifest.days if mark > self.part.origin)]
        self.segments = Segments(self.marks)
        self.deltas: dict[int, Packed] = {}
        self.csv = CsvLines(table.columns)
        self.full = {form: self._open(f"full/{table.name}.{form}.gz") for form in ("ndjson", "csv")}
        self.full["csv"].write(self.csv.header())

    def _open(self, path: str) -> Packed:
        return Packed(self.directory / path, self.pool)

    def take(self, public: Public) -> None:
        rows = public.rows(self.table)
        lines = [*map(line_of, rows)]
        self.full["ndjson"].write(b"".join(lines), len(lines))
        self.full["csv"].write(self.csv.lines(rows), len(rows))
        for entry, line in zip(public.entries, lines, strict=True):
            if segment := self.segments.of(entry.id, entry.published_from):
                self._delta(segment).write(b'{"put":%b}\n' % line.removesuffix(b"\n"))
        self.part.change_on({entry.published_until for entry in public.entries})

    def leave_out(self, entry: Entry, found: Standing) -> None:
        """A version in effect that is public no longer or not yet."""
        match found:
            case Standing.TAKEN:
                self.part.taken.append(entry.ended_event)
                gone = Gone(entry, entry.state, timezone.localdate().isoformat(), entry.ended_event)
                self._delete(gone, len(self.marks) - 1)
            case Standing.OVER:
                segment = self.segments.of(entry.id, entry.published_until)
                self._delete(Gone(entry, str(Event.Kind.EXPIRED), entry.published_until, None), segment)
            case Standing.EARLY:
                self.part.change_on([entry.published_from])

    def finish(self) -> None:
        """Write what is gone; the part tells of its files."""
        (slug,) = self.part.datasets
        for gone in gone_by_event(slug, after=self.part.origin.head, head=self.here.head):
            self._delete(gone, self.segments.of(gone.event))
        self.part.rows = self.full["ndjson"].lines
        self.part.files = [*self._full_files(), *self._delta_files()]

    def _delete(self, gone: Gone, segment: int) -> None:
        if segment:
            told = {self.table.key.removeprefix("_"): self.table.id_of(gone.entry), "act": gone.act}
            told |= {"on": gone.on, "event": gone.event}
            self._delta(segment).write(line_of({"delete": told}))

    def _delta(self, segment: int) -> Packed:
        if segment not in self.deltas:
            self.deltas[segment] = self._open(f"deltas/{self.marks[segment].day}/{self.table.name}.ndjson.gz")
        return self.deltas[segment]

    def _full_files(self) -> Iterator[File]:
        for form, packed in self.full.items():
            yield replace(self._file(packed, "full", form), rows=self.part.rows)

    def _delta_files(self) -> Iterator[File]:
        for segment, packed in sorted(self.deltas.items()):
            after, upto = self.marks[segment - 1], self.marks[segment]
            file = self._file(packed, "delta", "ndjson")
            yield replace(file, day=upto.day, after=after.head, upto=upto.head)

    def _file(self, packed: Packed, kind: str, form: str) -> File:
        packed.close()
        path = packed.path.relative_to(self.directory).as_posix()
        return File(path, kind, form, packed.lines, packed.bytes, packed.sha256)

