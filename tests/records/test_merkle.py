"""Merkle trees as in RFC 6962: its roots, and proofs that show what they say and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import merkle

# The entries and roots that the tests of Certificate Transparency have used from the beginning.
ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
sizes = st.integers(1, 300)


def nodes_of(leaves):
    return lambda level, index: merkle.complete(leaves[index << level : (index + 1) << level])


LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(300)]
NODES = nodes_of(LEAVES)


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return merkle.node_hash(plain_root(leaves[:middle]), plain_root(leaves[middle:]))


@pytest.mark.parametrize("size", ROOTS)
def test_the_roots_are_those_of_certificate_transparency(size):
    nodes = nodes_of([merkle.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES])
    assert merkle.root(nodes, size).hex() == ROOTS[size]


@given(sizes)
def test_the_root_is_that_of_the_definition(size):
    assert merkle.root(NODES, size) == plain_root(LEAVES[:size])


@given(sizes, st.data())
def test_a_proof_of_inclusion_leads_to_the_root_from_its_leaf_alone(size, data):
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion(NODES, index, size), plain_root(LEAVES[:size])
    assert merkle.root_of_inclusion(LEAVES[index], index, size, path) == root
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index)) if size > 1 else 0
    assert size == 1 or merkle.root_of_inclusion(LEAVES[other], index, size, path) != root
    assert size == 1 or merkle.root_of_inclusion(LEAVES[index], other, size, path) != root
    assert merkle.root_of_inclusion(LEAVES[index], index, size, [*path, root]) is None


@given(sizes, st.data())
def test_a_proof_of_consistency_holds_for_the_two_trees_alone(size, data):
    first = data.draw(st.integers(1, size))
    path, old, new = merkle.consistency(NODES, first, size), plain_root(LEAVES[:first]), plain_root(LEAVES[:size])
    assert merkle.is_consistent(first, old, size, new, path)
    altered = nodes_of([merkle.leaf_hash(b"altered"), *LEAVES[1:]])
    assert first == size or not merkle.is_consistent(first, merkle.root(altered, first), size, new, path)
    assert not merkle.is_consistent(first, old, size, merkle.root(altered, size), path)
    assert not merkle.is_consistent(first, old, size, new, [*path, new])


def test_what_cannot_be_proven_is_an_error():
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="is not in a tree"):
            merkle.inclusion(NODES, index, size)
    for first, second in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="does not begin with"):
            merkle.consistency(NODES, first, second)
