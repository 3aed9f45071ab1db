"""What a consumer of the bulk files does: take the full dump once, then carry the copy on by deltas."""

import gzip
import json

from publicity.bulk import manifest
from publicity.bulk.manifest import Mark


def served_lines(path: str) -> list[str]:
    """The lines of a file of the export that is served."""
    content = (manifest.root() / manifest.CURRENT / path).read_bytes()
    return gzip.decompress(content).decode().splitlines()


def full_dump(name: str) -> list[str]:
    return sorted(served_lines(f"full/{name}.ndjson.gz"))


class Copy:
    """A copy of one part, as of an export."""

    def __init__(self, name: str):
        told, _ = manifest.current()
        self.name, self.key, self.mark = name, "code" if name == "companies" else "_id", told.mark
        self.rows = {json.loads(line)[self.key]: line for line in full_dump(name)}

    def carry_on(self) -> "Copy":
        """Apply every delta that ends after this copy was made, in the order of their days."""
        told, _ = manifest.current()
        part = told.parts[self.name]
        assert part.origin <= self.mark, "older than the deltas lead back"
        deltas = [file for file in part.files if file.kind == "delta" and Mark(file.day, file.upto) > self.mark]
        for file in sorted(deltas, key=lambda file: file.day):
            for line in served_lines(file.path):
                self._apply(line)
        self.mark = told.mark
        return self

    def _apply(self, line: str) -> None:
        act = json.loads(line)
        if "put" in act:
            # What stands between {"put": and } is the row, byte for byte.
            self.rows[act["put"][self.key]] = line[len('{"put":') : -1]
        else:
            self.rows.pop(act["delete"][self.key.removeprefix("_")], None)

    def dump(self) -> list[str]:
        return sorted(self.rows.values())
