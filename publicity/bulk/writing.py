"""The files of one dataset, written while it is read once: what they say is made in other processes when there is much of it."""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from publicity.api.labels import Addresses
from publicity.bulk import ftm
from publicity.bulk.making import Given, Made, Segments, making
from publicity.bulk.manifest import File, Manifest, Mark, Part
from publicity.bulk.packing import Packed
from publicity.bulk.rows import CsvLines, Entry, Table, line_of
from publicity.bulk.scanning import Gone, Standing, gone_by_event, in_effect, standing
from records.ahead import PROCESSORS, ahead
from records.dataset import Dataset
from records.models import Event

# So many chunks of a dataset are done with before other processes, which take half a second to start, are asked to help.
FEW = 10
# More could not be kept busy by the one that reads.
MOST_PROCESSES = 4

LeftOut = list[tuple[Entry, Standing]]


def read(dataset: Dataset, tables: list["TableFiles"], entities: "EntityFile | None", here: Mark) -> None:
    """Write what these files say of every version in effect, in the order of publication."""
    left_out: deque[LeftOut] = deque()
    takers = [*tables, entities] if entities else tables
    segments = {files.table.name: files.segments for files in tables}
    for made in _made(_given(dataset, entities, here, left_out), dataset.slug, here.day, segments, entities and entities.pages):
        for taker in takers:
            taker.take(made)
        for (entry, found), taker in itertools.product(left_out.popleft(), takers):
            taker.leave_out(entry, found)


def _given(dataset: Dataset, entities: "EntityFile | None", here: Mark, left_out: deque[LeftOut]) -> Iterator[Given]:
    """The public versions of a dataset, chunk by chunk; of each chunk the others are put into ``left_out``."""
    for chunk in in_effect(dataset.slug, here.head):
        found = [(entry, standing(entry, here.day)) for entry in chunk]
        public = [entry for entry, how in found if how is Standing.PUBLIC]
        left_out.append([(entry, how) for entry, how in found if how is not Standing.PUBLIC])
        topics = entities.topics_of(public) if entities and dataset.registers else {}
        yield Given([*zip(*public, strict=True)], topics)


def _made(given: Iterator[Given], *task) -> Iterator[Made]:
    if PROCESSORS == 1:
        yield from making(given, *task)
        return
    yield from making(itertools.islice(given, FEW), *task)
    if more := next(given, None):
        yield from ahead(making, *task, inputs=itertools.chain([more], given), processes=min(PROCESSORS, MOST_PROCESSES))


class TableFiles:
    """The files of one table: the full dump in two formats, and a delta for each day that has any change."""

    def __init__(self, directory: Path, table: Table, manifest: Manifest):
        self.directory, self.table, self.part, self.here = directory, table, manifest.parts[table.name], manifest.mark
        self.marks = [self.part.origin, *(mark for mark in manifest.days if mark > self.part.origin)]
        self.segments = Segments([mark.head for mark in self.marks], [mark.day for mark in self.marks])
        self.deltas: dict[int, Packed] = {}
        self.full = {form: self._open(f"full/{table.name}.{form}.gz") for form in ("ndjson", "csv")}
        self.full["csv"].write(CsvLines(table.columns).header())

    def _open(self, path: str) -> Packed:
        return Packed(self.directory / path)

    def take(self, made: Made) -> None:
        texts = made.tables[self.table.name]
        self.full["ndjson"].add(texts.ndjson)
        self.full["csv"].add(texts.csv)
        for segment, puts in texts.deltas.items():
            self._delta(segment).add(puts)
        self.part.change_on(made.until)

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
                self.part.change_on(entry.published_from)

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
        for form, file in self.full.items():
            yield replace(self._file(file, "full", form), rows=self.part.rows)

    def _delta_files(self) -> Iterator[File]:
        for segment, delta in sorted(self.deltas.items()):
            after, upto = self.marks[segment - 1], self.marks[segment]
            file = self._file(delta, "delta", "ndjson")
            yield replace(file, day=upto.day, after=after.head, upto=upto.head)

    def _file(self, file: Packed, kind: str, form: str) -> File:
        file.close()
        path = file.path.relative_to(self.directory).as_posix()
        return File(path, kind, form, file.lines, file.bytes, file.sha256)


def pages() -> ftm.Pages:
    """The pages that entities name."""
    site = Addresses.at(settings.SITE_URL)
    return ftm.Pages(site.of("record", "{}"), site.of("company", "{}"))


@dataclass(slots=True)
class Subject:
    """A company that is sanctioned: how it was reported, and what may be said of it."""

    name: str
    topics: set[str] = field(default_factory=set)


class EntityFile:
    """FollowTheMoney, written while the datasets are read one after another: those that sanction first, then the companies.

    At the end come the companies whose registration is not public, with what was reported of them.
    """

    def __init__(self, directory: Path, part: Part):
        self.part, self.pages, self._file = part, pages(), Packed(directory / ftm.PATH)
        self._subjects: dict[str, Subject] = {}

    def topics_of(self, public: list[Entry]) -> dict[str, list[str]]:
        """The topics of those of the companies that have any; they are no longer among those without a registration."""
        known = ((entry.company, self._subjects.pop(entry.company, None)) for entry in public)
        return {code: sorted(subject.topics) for code, subject in known if subject}

    def take(self, made: Made) -> None:
        texts = made.entities
        for code, (name, topics) in texts.subjects.items():
            self._subjects.setdefault(code, Subject(name)).topics.update(topics)
        self._file.add(texts.entities)
        self.part.change_on(made.until, texts.until)

    def leave_out(self, entry: Entry, found: Standing) -> None:
        if found is Standing.EARLY:
            self.part.change_on(entry.published_from)
        elif found is Standing.TAKEN:
            self.part.taken.append(entry.ended_event)

    def finish(self) -> None:
        """Everything is written; the part tells of its file."""
        for code, subject in sorted(self._subjects.items()):
            self._file.write(line_of(ftm.company(code, {"name": subject.name}, subject.topics)))
        self._file.close()
        self.part.rows = self._file.lines
        self.part.files = [File(ftm.PATH, "full", "ftm", self._file.lines, self._file.bytes, self._file.sha256)]
