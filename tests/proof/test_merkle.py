import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merkle_vectors import CONSISTENCY, INCLUSION, LEAVES, NODES, ROOTS

from byline.proof import merkle
from byline.proof.errors import ConsistencyError, InclusionError, MalformedError, ProofError

HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]


def place(node):
    """The hash that a vector names: a node of the tree of eight, or leaves 4 to 6."""
    if node == "4-6":
        return merkle.node_hash(place((1, 2)), place((0, 6)))
    return bytes.fromhex(NODES[node])


def by_definition(hashes):
    """RFC 6962 section 2.1 word for word, as a second implementation."""
    if not hashes:
        return merkle.EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return merkle.node_hash(by_definition(hashes[:split]), by_definition(hashes[split:]))


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def leaves_of(size):
    return [merkle.leaf_hash(b"%d" % index) for index in range(size)]


def test_published_roots_and_nodes():
    for size, root in enumerate(ROOTS):
        assert merkle.root(HASHES[:size]) == root
    tree = merkle.build(HASHES)
    assert {at: tree.node(*at).hex() for at in NODES} == NODES


@pytest.mark.parametrize(("index", "size", "nodes"), INCLUSION)
def test_published_inclusion_proofs(index, size, nodes):
    proof = [place(node) for node in nodes]
    assert merkle.inclusion_proof(HASHES[:size], index) == proof
    merkle.verify_inclusion(
        leaf=HASHES[index], index=index, size=size, proof=proof, root=ROOTS[size]
    )


@pytest.mark.parametrize(("old_size", "size", "nodes"), CONSISTENCY)
def test_published_consistency_proofs(old_size, size, nodes):
    proof = [place(node) for node in nodes]
    assert merkle.consistency_proof(HASHES[:size], old_size) == proof
    merkle.verify_consistency(
        old_size=old_size, old_root=ROOTS[old_size], size=size, root=ROOTS[size], proof=proof
    )


def test_every_leaf_and_every_prefix_of_small_trees():
    for size in range(1, 34):
        hashes = leaves_of(size)
        tree = merkle.build(hashes)
        assert tree.root == by_definition(hashes)
        for index, leaf in enumerate(hashes):
            proof = merkle.inclusion_proof(tree, index)
            merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=tree.root)
        for old_size in range(1, size + 1):
            old_root = merkle.root(hashes[:old_size])
            proof = merkle.consistency_proof(tree, old_size)
            merkle.verify_consistency(
                old_size=old_size, old_root=old_root, size=size, root=tree.root, proof=proof
            )


def test_inclusion_holds_for_no_other_index():
    for size in range(1, 20):
        hashes = leaves_of(size)
        tree = merkle.build(hashes)
        for index, other in itertools.permutations(range(size), 2):
            proof = merkle.inclusion_proof(tree, index)
            with pytest.raises(InclusionError):
                merkle.verify_inclusion(
                    leaf=hashes[index], index=other, size=size, proof=proof, root=tree.root
                )


@given(size=st.integers(1, 200), data=st.data())
def test_a_flipped_bit_breaks_inclusion(size, data):
    hashes = leaves_of(size)
    tree = merkle.build(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(tree, index)
    parts = [hashes[index], tree.root, *proof]
    part = data.draw(st.integers(0, len(parts) - 1))
    parts[part] = flip(parts[part], data.draw(st.integers(0, 255)))
    with pytest.raises(InclusionError):
        merkle.verify_inclusion(
            leaf=parts[0], root=parts[1], proof=parts[2:], index=index, size=size
        )


@given(size=st.integers(2, 200), data=st.data())
def test_a_flipped_bit_breaks_consistency(size, data):
    hashes = leaves_of(size)
    old_size = data.draw(st.integers(1, size - 1))
    parts = [merkle.root(hashes[:old_size]), merkle.root(hashes)]
    parts += merkle.consistency_proof(hashes, old_size)
    part = data.draw(st.integers(0, len(parts) - 1))
    parts[part] = flip(parts[part], data.draw(st.integers(0, 255)))
    with pytest.raises(ConsistencyError):
        merkle.verify_consistency(
            old_root=parts[0], root=parts[1], proof=parts[2:], old_size=old_size, size=size
        )


@given(size=st.integers(2, 130), data=st.data())
def test_proofs_of_another_length_are_refused(size, data):
    hashes = leaves_of(size)
    tree = merkle.build(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(tree, index)
    for wrong in (proof[:-1], proof[1:], [*proof, tree.root], [hashes[0], *proof], []):
        with pytest.raises(InclusionError):
            merkle.verify_inclusion(
                leaf=hashes[index], index=index, size=size, proof=wrong, root=tree.root
            )
    old_size = data.draw(st.integers(1, size - 1))
    proof = merkle.consistency_proof(tree, old_size)
    for wrong in (proof[:-1], [*proof, tree.root], [hashes[0], *proof], []):
        with pytest.raises(ConsistencyError):
            merkle.verify_consistency(
                old_size=old_size,
                old_root=merkle.root(hashes[:old_size]),
                size=size,
                root=tree.root,
                proof=wrong,
            )


def test_a_forked_history_is_not_consistent():
    old = leaves_of(11)
    new = [*old[:5], merkle.leaf_hash(b"rewritten"), *old[6:], *leaves_of(20)[11:]]
    with pytest.raises(ConsistencyError):
        merkle.verify_consistency(
            old_size=11,
            old_root=merkle.root(old),
            size=20,
            root=merkle.root(new),
            proof=merkle.consistency_proof(new, 11),
        )


def test_an_inner_node_does_not_pass_for_a_leaf():
    left, right = HASHES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize(
    ("index", "size"), [(-1, 8), (8, 8), (0, 0), (2**63, 2**63 + 1), (0, 2**64)]
)
def test_places_outside_the_tree_are_refused(index, size):
    with pytest.raises(InclusionError, match="expected 0 <= index"):
        merkle.verify_inclusion(leaf=HASHES[0], index=index, size=size, proof=[], root=ROOTS[1])


@pytest.mark.parametrize(("old_size", "size"), [(0, 8), (0, 0), (9, 8), (-1, 8), (1, 2**63)])
def test_consistency_needs_a_tree_to_start_from(old_size, size):
    with pytest.raises(ConsistencyError):
        merkle.verify_consistency(
            old_size=old_size, old_root=ROOTS[0], size=size, root=ROOTS[0], proof=[]
        )


def test_same_size_needs_same_root():
    with pytest.raises(ConsistencyError):
        merkle.verify_consistency(old_size=3, old_root=ROOTS[3], size=3, root=ROOTS[4], proof=[])


def test_hashes_of_another_length_are_malformed():
    with pytest.raises(MalformedError):
        merkle.root([b"short"])
    with pytest.raises(MalformedError):
        merkle.build_row(b"short")
    with pytest.raises(MalformedError):
        merkle.verify_inclusion(leaf=b"", index=0, size=1, proof=[], root=ROOTS[1])
    with pytest.raises(ProofError):
        merkle.inclusion_proof(HASHES, 8)
    with pytest.raises(ProofError):
        merkle.consistency_proof(HASHES, 0)
