"""Making an export: a new directory beside the served one, put in its place by one rename when everything is in it."""

import contextlib
import fcntl
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
from publicity.bulk.rows import FTM, CsvLines, Entry, Table, public_datasets, shape_of, tables_of
from publicity.bulk.scanning import Gone, Segments, Standing, gone_by_event, in_effect, standing
from records.models import Event
from records.rows import canonical

# How many days deltas lead back.
DAYS = 31
_THREADS = 2


class AlreadyRunning(Exception):
    """Another process is making an export."""


def export() -> Manifest:
    """Make an export of what is public now and serve it instead of the last one; nothing changes when it fails."""
    root().mkdir(parents=True, exist_ok=True)
    with _alone(), ThreadPoolExecutor(_THREADS) as pool:
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
            shape = shape_of(table.name, [dataset])
            known = before.parts.get(table.name) if before else None
            known = known if known and known.shape == shape else None
            origin = max([known.origin, *dropped]) if known else here
            part = Part([dataset.slug], table.title, table.title_en, shape, origin)
            manifest.parts[table.name] = part
            if known and not changed.intersection(known.datasets) and not _dated(known):
                _keep(known, part, old, directory, {mark.day for mark in days})
            else:
                _Writing(directory, table, part, here, days, pool).run()
    part = _ftm(here)
    known = before.parts.get(FTM) if before else None
    if known and known.shape == part.shape and not changed.intersection(part.datasets) and not _dated(known):
        _keep(known, part, old, directory, set())
    else:
        _write_ftm(directory, part, here, pool)
    manifest.parts[FTM] = part
    return manifest


def _ftm(here: Mark) -> Part:
    datasets = ftm.used(public_datasets())
    return Part([dataset.slug for dataset in datasets], "FollowTheMoney", "FollowTheMoney", shape_of(FTM, datasets), here)


def _write_ftm(directory: Path, part: Part, here: Mark, pool: ThreadPoolExecutor) -> None:
    packed = Packed(directory / ftm.PATH, pool)
    for entity in ftm.entities(part, ftm.used(public_datasets()), head=here.head, day=here.day):
        packed.write(canonical(entity) + "\n")
    packed.close()
    part.rows = packed.lines
    part.files = [File(ftm.PATH, "full", "ftm", packed.lines, packed.bytes, packed.sha256)]


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

    def __init__(self, directory: Path, table: Table, part: Part, here: Mark, days: list[Mark], pool: ThreadPoolExecutor):
        self.directory, self.table, self.part, self.here, self.pool = directory, table, part, here, pool
        self.marks = [part.origin, *(mark for mark in days if mark > part.origin)]
        self.segments = Segments(self.marks)
        self.deltas: dict[int, Packed] = {}
        self.csv = CsvLines(table.columns)
        self.full = {form: self._open(f"full/{table.name}.{form}.gz") for form in ("ndjson", "csv")}

    def run(self) -> None:
        (slug,) = self.part.datasets
        self.full["csv"].write(self.csv.header())
        for entry in in_effect(slug, self.here.head):
            self._sort(entry)
        for gone in gone_by_event(slug, after=self.part.origin.head, head=self.here.head):
            self._delete(gone, self.segments.of(gone.event))
        self.part.rows = self.full["ndjson"].lines
        self.part.files = [*self._full_files(), *self._delta_files()]

    def _open(self, path: str) -> Packed:
        return Packed(self.directory / path, self.pool)

    def _sort(self, entry: Entry) -> None:
        """A version in effect is public, or is no longer, or is not yet."""
        match standing(entry, self.here.day):
            case Standing.TAKEN:
                self.part.taken.append(entry.ended_event)
                self._delete(Gone(entry, entry.state, timezone.localdate(), entry.ended_event), len(self.marks) - 1)
            case Standing.OVER:
                segment = self.segments.of(entry.id, entry.published_until)
                self._delete(Gone(entry, str(Event.Kind.EXPIRED), entry.published_until, None), segment)
            case Standing.EARLY:
                self.part.change_on(entry.published_from)
            case Standing.PUBLIC:
                self._put(entry)

    def _put(self, entry: Entry) -> None:
        row = self.table.row(entry)
        line = canonical(row)
        self.full["ndjson"].write(line + "\n")
        self.full["csv"].write(self.csv.line(row))
        if segment := self.segments.of(entry.id, entry.published_from):
            self._delta(segment).write(f'{{"put":{line}}}\n')
        self.part.change_on(entry.published_until)

    def _delete(self, gone: Gone, segment: int) -> None:
        if segment:
            told = {self.table.key.removeprefix("_"): self.table.id_of(gone.entry), "act": gone.act}
            told |= {"on": gone.on.isoformat(), "event": gone.event}
            self._delta(segment).write(canonical({"delete": told}) + "\n")

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

