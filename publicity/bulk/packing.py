"""Compressed files whose bytes follow from their text alone, compressed beside the work that makes the text."""

import hashlib
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

BLOCK = 256 * 1024
LEVEL = 6
# zlib writes a gzip header without a time or a name: equal texts make equal files.
GZIP = 31


class Packed:
    """A gzip file that is being written; at most two blocks of its text are in memory, each of one writing more than ``BLOCK``."""

    def __init__(self, path: Path, pool: ThreadPoolExecutor):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.lines, self.bytes = path, 0, 0
        self._file = path.open("xb")
        self._pool, self._pending = pool, None
        self._digest = hashlib.sha256()
        self._zip = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._texts: list[bytes] = []
        self._size = 0

    def write(self, text: bytes, lines: int = 1) -> None:
        """Add a text of so many whole lines."""
        self.lines += lines
        self._texts.append(text)
        self._size += len(text)
        if self._size > BLOCK:
            self._hand_over()

    def close(self) -> None:
        """Everything is written; ``bytes`` and ``sha256`` tell of the file."""
        self._hand_over()
        self._wait()
        self._put(self._zip.flush())
        self._file.close()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _hand_over(self) -> None:
        texts, self._texts, self._size = self._texts, [], 0
        self._wait()
        # zlib and SHA-256 let other threads run meanwhile.
        self._pending: Future | None = self._pool.submit(self._compress, texts)

    def _wait(self) -> None:
        if self._pending:
            self._pending.result()

    def _compress(self, texts: list[bytes]) -> None:
        self._put(self._zip.compress(b"".join(texts)))

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self.bytes += len(content)
        self._file.write(content)
