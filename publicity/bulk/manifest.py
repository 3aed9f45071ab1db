"""What an export holds: files with their digests, the day and the event they are as of, and how deltas carry on."""

import functools
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from publicity.bulk.rows import FORMAT, earliest, shape_of
from records.catalog import catalog
from records.models import Event

NAME = "manifest.json"
CURRENT = "current"


@dataclass(frozen=True, order=True)
class Mark:
    """A state of the public side: what is public on a day after an event."""

    day: str
    head: int


@dataclass(frozen=True)
class File:
    """A file of an export. A delta carries a copy from any state at or after ``after`` to the end of its ``day``."""

    path: str
    kind: str
    format: str
    rows: int
    bytes: int
    sha256: str
    day: str = ""
    after: int | None = None
    upto: int | None = None


@dataclass
class Part:
    """The files of one dataset, or of what is made of several.

    ``origin`` is the oldest state that deltas lead on from. ``next_change`` is the first day on which a row comes or goes by
    date alone. ``taken`` are events after the head that were heeded already, because they take a record off at once. ``pages`` is
    where the pages of records are that the files name.
    """

    datasets: list[str]
    title: str
    title_en: str
    shape: str
    origin: Mark
    rows: int = 0
    next_change: str | None = None
    taken: list[int] = field(default_factory=list)
    pages: str = ""
    files: list[File] = field(default_factory=list)

    def change_on(self, *days: str | None) -> None:
        """On these days a row comes or goes."""
        self.next_change = earliest((*days, self.next_change))


@dataclass
class Manifest:
    day: str
    head: int
    exported_at: str
    days: list[Mark]
    parts: dict[str, Part]
    files: list[File] = field(default_factory=list)
    format: int = FORMAT
    # The log up to ``head`` as a signed note: a copy kept up by the feed of events leads to the same root.
    checkpoint: str = ""

    @property
    def mark(self) -> Mark:
        return Mark(self.day, self.head)

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True) + "\n"

    @functools.cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.text().encode()).hexdigest()

    def all_files(self) -> list[File]:
        return [*self.files, *(one for part in self.parts.values() for one in part.files)]


def parse(text: str) -> Manifest:
    """A manifest from its text; raises ``ValueError``, ``KeyError`` or ``TypeError`` for one of another form."""
    told = json.loads(text)
    if told["format"] != FORMAT:
        raise ValueError(f"format {told['format']}")
    told["days"] = [Mark(**mark) for mark in told["days"]]
    told["files"] = [File(**one) for one in told["files"]]
    told["parts"] = {name: _part(part) for name, part in told["parts"].items()}
    return Manifest(**told)


def _part(told: dict[str, Any]) -> Part:
    return Part(**told | {"origin": Mark(**told["origin"]), "files": [File(**one) for one in told["files"]]})


def root() -> Path:
    """The directory of exports; resolved, since exports are told apart by their paths."""
    return Path(settings.BULK_DIR).resolve()


def current() -> tuple[Manifest, Path] | None:
    """The export that is served and its directory; None before the first one."""
    try:
        directory = (root() / CURRENT).resolve(strict=True)
        return _read(directory, (directory / NAME).stat().st_mtime_ns), directory
    except (OSError, ValueError, KeyError, TypeError):
        return None


@functools.lru_cache(maxsize=4)
def _read(directory: Path, modified: int) -> Manifest:  # noqa: ARG001 - part of the cache key
    return parse((directory / NAME).read_text(encoding="utf-8"))


def held_back(name: str, manifest: Manifest) -> bool:
    """True when a file of this part may hold what the public may no longer see.

    That is so after a withdrawal, a repair, a correction or a roll-back, when a publication period has ended since, and when
    a declaration shows less than it did. The next export makes it right.
    """
    part, open_to_all = manifest.parts[name], {dataset.slug: dataset for dataset in catalog().of()}
    declared = [open_to_all[slug] for slug in part.datasets if slug in open_to_all]
    if len(declared) < len(part.datasets) or part.shape != shape_of(name, declared):
        return True
    if part.next_change and timezone.localdate().isoformat() >= part.next_change:
        return True
    since = Event.objects.of_acts().filter(dataset__in=part.datasets, number__gt=manifest.head).exclude(number__in=part.taken)
    at_once = Q(kind__in=[Event.Kind.WITHDRAWN, Event.Kind.REPAIRED])
    corrected = Q(kind=Event.Kind.CORRECTED, number__lte=Event.objects.head())
    return since.filter(at_once | corrected).exists()
