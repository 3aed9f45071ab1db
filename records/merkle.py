"""Merkle trees over a log as in RFC 6962, section 2.1: roots, proofs that a leaf is in the tree, proofs that a tree goes on from another.

Whoever keeps the root of a tree can be shown by a few dozen hashes that an entry is in it, or that a larger tree holds everything the
smaller one held. ``Nodes`` is how a tree is read: it gives the hash of the complete subtree of ``2 ** level`` leaves whose number
among those of its level is ``index``. Hashes are SHA-256, 32 bytes.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

Nodes = Callable[[int, int], bytes]
EMPTY = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(nodes: Nodes, size: int) -> bytes:
    """MTH of the first ``size`` leaves."""
    return _hash(nodes, 0, size) if size else EMPTY


def complete(hashes: Sequence[bytes]) -> bytes:
    """The root above a power of two of neighbouring nodes."""
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]): shows that leaf ``index``, counted from 0, is in the tree of ``size`` leaves. ``ValueError`` if it is not."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        aside = (middle, high) if index < middle else (low, middle)
        path.append(_hash(nodes, *aside))
        low, high = (low, middle) if index < middle else (middle, high)
    return path[::-1]


def consistency(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """PROOF(first, D[second]): shows that the tree of ``second`` leaves begins with that of ``first``.

    ``ValueError`` unless 0 < first ≤ second.
    """
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} does not begin with one of {first}")
    low, high, path, known = 0, second, [], True
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append(_hash(nodes, middle, high))
            high = middle
        else:
            path.append(_hash(nodes, low, middle))
            low, known = middle, False
    return path[::-1] if known else [_hash(nodes, low, high), *path[::-1]]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof of inclusion leads to (RFC 9162, section 2.1.3.2); None when it is not of the right form."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(node, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, node)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a proof shows that the second tree begins with the first (RFC 9162, section 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    steps = iter(path)
    if first & (first - 1) == 0:
        steps = iter((first_root, *path))
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = next(steps, b"")
    for node in steps:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return 0 < first < second and last == 0 and (old, new) == (first_root, second_root)


def _hash(nodes: Nodes, low: int, high: int) -> bytes:
    """The hash above leaves ``low`` to ``high``, put together from complete subtrees; ``low`` begins one."""
    *left, found = (nodes(level, index) for level, index in _subtrees(low, high))
    for node in reversed(left):
        found = node_hash(node, found)
    return found


def _subtrees(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Level and index of the largest complete subtrees that lie one after the other, each smaller than the one before."""
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


def _split(count: int) -> int:
    """The largest power of two smaller than ``count``."""
    return 1 << (count - 1).bit_length() - 1
