"""Compressed files made of pieces, each compressed by itself, so that several processes can make them.

Equal pieces make equal files: neither a time nor a name nor who made a piece stands in them. To readers they are ordinary gzip files of
one member (RFC 1952): a piece ends on a whole byte (``Z_SYNC_FLUSH``), and the checksums of all are put together.
"""

import hashlib
import struct
from pathlib import Path
from typing import NamedTuple

from zlib_ng import zlib_ng

BLOCK = 256 * 1024
LEVEL = 6
_RAW = -zlib_ng.MAX_WBITS
_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_LAST = b"\x03\0"


class Piece(NamedTuple):
    """So many whole lines of text, compressed; ``size`` and ``crc`` are those of the text."""

    content: bytes
    lines: int
    size: int
    crc: int


def packed(text: bytes, lines: int) -> Piece:
    """A text as a piece of a file."""
    packing = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, _RAW)
    content = packing.compress(text) + packing.flush(zlib_ng.Z_SYNC_FLUSH)
    return Piece(content, lines, len(text), zlib_ng.crc32(text))


class Packed:
    """A gzip file that is being written."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.lines, self.bytes = path, 0, 0
        self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self._crc = self._size = 0
        self._texts: list[bytes] = []
        self._waiting = 0
        self._put(_HEADER)

    def write(self, line: bytes) -> None:
        """Add a line, of which few come at a time."""
        self._texts.append(line)
        self._waiting += len(line)
        if self._waiting > BLOCK:
            self._pack()

    def add(self, piece: Piece) -> None:
        """Add a piece made elsewhere."""
        self._pack()
        self._add(piece)

    def close(self) -> None:
        """Everything is written; ``lines``, ``bytes`` and ``sha256`` tell of the file."""
        self._pack()
        self._put(_LAST + struct.pack("<II", self._crc, self._size % 2**32))
        self._file.close()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _pack(self) -> None:
        if texts := self._texts:
            self._texts, self._waiting = [], 0
            self._add(packed(b"".join(texts), len(texts)))

    def _add(self, piece: Piece) -> None:
        self.lines += piece.lines
        self._crc = zlib_ng.crc32_combine(self._crc, piece.crc, piece.size)
        self._size += piece.size
        self._put(piece.content)

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self.bytes += len(content)
        self._file.write(content)
