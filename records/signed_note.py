"""Signed notes and checkpoints of a log, as c2sp.org/signed-note and c2sp.org/tlog-checkpoint write them, with Ed25519 signatures.

A note is text that ends with a line break, an empty line, and lines of signatures. A checkpoint is a note of three lines: the name of the
log, how many entries it has, and the root of their Merkle tree in base64. Anybody with the key can check it, with tools of others too.
"""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\1"
_DASH = "\N{EM DASH} "
_SIGNATURE = re.compile(_DASH + r"(\S+) ((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\n")
_NOTE = re.compile(rf"(?P<text>.*\n)\n(?P<signatures>(?:{_SIGNATURE.pattern})+)", re.DOTALL)


class NotSigned(Exception):
    """What was given is no note, or the key has not signed it."""


class Checkpoint(NamedTuple):
    """The state of a log: so many entries, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"


class Verifier:
    """A key that checks signatures, as one line ``name+id+key``; ``ValueError`` for a line of another form."""

    def __init__(self, line: str):
        self.line = line.strip()
        name, told, key = (*self.line.split("+", 2), "", "")[:3]
        content = decoded(key)
        if content[:1] != _ED25519 or len(content) != 33 or _id(name, content).hex() != told:
            raise ValueError("not an Ed25519 key of a signed note")
        self.name, self.id, self._key = name, bytes.fromhex(told), Ed25519PublicKey.from_public_bytes(content[1:])

    def check(self, message: bytes, signature: bytes) -> None:
        """``NotSigned`` unless the key made this signature of the message."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise NotSigned(f"the signature is not that of {self.name}") from None

    def opened(self, note: str) -> str:
        """The text of a note this key has signed."""
        parts = _NOTE.fullmatch(note)
        for name, signature in _SIGNATURE.findall(parts["signatures"]) if parts else ():
            content = decoded(signature)
            if name == self.name and content[:4] == self.id:
                self.check(parts["text"].encode(), content[4:])
                return parts["text"]
        raise NotSigned(f"no signature of {self.name}")

    def checkpoint(self, note: str) -> Checkpoint:
        """The checkpoint of a note this key has signed."""
        try:
            origin, size, root, *_ = self.opened(note).split("\n")
            return Checkpoint(origin, int(size), decoded(root))
        except ValueError:
            raise NotSigned("not a checkpoint") from None


class Signer:
    """A key that signs under a name; ``seed`` is 32 secret bytes."""

    def __init__(self, name: str, seed: bytes):
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = _ED25519 + self._key.public_key().public_bytes_raw()
        self.name, self._id = name, _id(name, public)
        self.verifier = Verifier(f"{name}+{self._id.hex()}+{encoded(public)}")

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def note(self, text: str) -> str:
        return f"{text}\n{_DASH}{self.name} {encoded(self._id + self.sign(text.encode()))}\n"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def decoded(text: str) -> bytes:
    """The bytes of a text in base64; ``ValueError`` when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None


def _id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n".encode() + key).digest()[:4]
