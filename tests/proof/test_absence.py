import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.proof import absence, merkle
from byline.proof.absence import AbsenceProof, Leaf
from byline.proof.canonical import canonical_json
from byline.proof.errors import (
    AbsenceError,
    InclusionError,
    MalformedError,
    OrderError,
    VerificationError,
)

KEYS = st.binary(min_size=1, max_size=4)


def leaf(key):
    return Leaf(key, hashlib.sha256(key).digest())


def tree_of(keys):
    return absence.keyed_tree(leaf(key) for key in sorted(keys))


def unsorted_tree(keys):
    """What a cheating builder could make: a tree that keyed_tree refuses."""
    leaves = tuple(leaf(key) for key in keys)
    levels = merkle.build([merkle.leaf_hash(each.data) for each in leaves])
    return absence.KeyedTree(leaves, tuple(keys), levels)


def placed(tree, index):
    return absence.Placed(
        tree.leaves[index], index, tuple(merkle.inclusion_proof(tree.levels, index))
    )


def refused(tree, key, proof, error=VerificationError):
    with pytest.raises(error):
        absence.verify_absent(key, size=tree.size, root=tree.root, proof=proof)


@given(st.binary(min_size=1, max_size=40))
def test_leaf_data_is_canonical_json(key):
    each = leaf(key)
    assert each.data == canonical_json({"sha256": each.sha256.hex(), "key": key.hex()})


@given(keys=st.sets(KEYS, max_size=40), key=KEYS)
def test_a_key_is_proved_present_or_absent_and_never_both(keys, key):
    tree = tree_of(keys)
    if key in keys:
        proof = absence.prove_present(tree, key)
        absence.verify_present(key, size=tree.size, root=tree.root, placed=proof)
        with pytest.raises(AbsenceError):
            absence.prove_absent(tree, key)
    else:
        proof = absence.prove_absent(tree, key)
        absence.verify_absent(key, size=tree.size, root=tree.root, proof=proof)
        with pytest.raises(AbsenceError):
            absence.prove_present(tree, key)
    absence.verify_order(tree.leaves, size=tree.size, root=tree.root)


@given(keys=st.sets(KEYS, min_size=1, max_size=20), data=st.data())
def test_no_pair_of_true_leaves_hides_a_present_key(keys, data):
    tree = tree_of(keys)
    key = data.draw(st.sampled_from(sorted(keys)))
    places = [None, *(placed(tree, index) for index in range(tree.size))]
    for left in places:
        for right in places:
            refused(tree, key, AbsenceProof(left, right))


@given(keys=st.sets(KEYS, min_size=1, max_size=20), key=KEYS, data=st.data())
def test_a_changed_index_key_or_hash_fails(keys, key, data):
    tree = tree_of(keys - {key})
    proof = absence.prove_absent(tree, key)
    side = data.draw(st.sampled_from(["left", "right"]))
    held = getattr(proof, side)
    if held is None:
        return
    index = data.draw(st.integers(0, 30).filter(lambda other: other != held.index))
    for change in (
        dataclasses.replace(held, index=index),
        dataclasses.replace(held, leaf=Leaf(held.leaf.key, bytes(32))),
        dataclasses.replace(held, leaf=Leaf(held.leaf.key + b"\0", held.leaf.sha256)),
        dataclasses.replace(held, proof=(*held.proof, bytes(32))),
    ):
        refused(tree, key, dataclasses.replace(proof, **{side: change}))


def test_neighbours_that_are_not_adjacent():
    tree = tree_of([b"a", b"c", b"e"])
    refused(tree, b"c", AbsenceProof(placed(tree, 0), placed(tree, 2)), AbsenceError)


def test_neighbours_renumbered_to_look_adjacent():
    tree = tree_of([b"a", b"c", b"e", b"g"])
    liar = dataclasses.replace(placed(tree, 2), index=1)
    refused(tree, b"c", AbsenceProof(placed(tree, 0), liar), InclusionError)


def test_an_edge_that_is_no_edge_or_swapped():
    tree = tree_of([b"b", b"d", b"f"])
    refused(tree, b"a", AbsenceProof(placed(tree, 0), None), AbsenceError)
    refused(tree, b"z", AbsenceProof(None, placed(tree, 2)), AbsenceError)
    refused(tree, b"f", AbsenceProof(placed(tree, 1), None), AbsenceError)
    refused(tree, b"b", AbsenceProof(None, placed(tree, 1)), AbsenceError)
    swapped = AbsenceProof(placed(tree, 1), placed(tree, 0))
    refused(tree, b"c", swapped, AbsenceError)


def test_a_last_leaf_feigned_by_a_smaller_size():
    tree = tree_of([b"a", b"c", b"e", b"g"])
    proof = AbsenceProof(placed(tree, 2), None)
    with pytest.raises(VerificationError):
        absence.verify_absent(b"g", size=3, root=tree.root, proof=proof)


def test_duplicate_keys_are_not_built_and_prove_nothing():
    with pytest.raises(OrderError, match="leaf 1"):
        absence.keyed_tree([leaf(b"a"), leaf(b"a")])
    tree = unsorted_tree([b"a", b"c", b"c"])
    refused(tree, b"c", AbsenceProof(placed(tree, 0), placed(tree, 1)), AbsenceError)
    refused(tree, b"c", AbsenceProof(placed(tree, 1), placed(tree, 2)), AbsenceError)
    with pytest.raises(OrderError):
        absence.verify_order(tree.leaves, size=tree.size, root=tree.root)


def test_only_the_auditor_sees_a_key_filed_out_of_order():
    tree = unsorted_tree([b"a", b"d", b"c"])
    proof = AbsenceProof(placed(tree, 0), placed(tree, 1))
    absence.verify_absent(b"c", size=3, root=tree.root, proof=proof)
    with pytest.raises(OrderError):
        absence.verify_order(tree.leaves, size=3, root=tree.root)


def test_the_auditor_needs_every_leaf():
    tree = tree_of([b"a", b"b", b"c"])
    with pytest.raises(OrderError):
        absence.verify_order(tree.leaves[:2], size=3, root=tree.root)


def test_an_empty_tree_has_nothing_and_only_it():
    empty, tree = tree_of([]), tree_of([b"a"])
    absence.verify_absent(b"a", size=0, root=empty.root, proof=absence.prove_absent(empty, b"a"))
    refused(tree, b"b", AbsenceProof(None, None), AbsenceError)
    with pytest.raises(AbsenceError):
        absence.verify_absent(b"b", size=0, root=tree.root, proof=AbsenceProof(None, None))


def test_presence_of_one_key_is_not_presence_of_another():
    tree = tree_of([b"a", b"b"])
    with pytest.raises(AbsenceError):
        absence.verify_present(b"b", size=2, root=tree.root, placed=placed(tree, 0))


@given(keys=st.sets(KEYS, max_size=20), key=KEYS)
def test_the_written_form_reads_back(keys, key):
    proof = absence.prove_absent(tree_of(keys - {key}), key)
    assert absence.parse_absence(absence.format_absence(proof)) == proof


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"left":null}',
        b'{"left":1,"right":null}',
        b'{"left":{"index":true,"key":"61","proof":[],"sha256":"' + b"0" * 64 + b'"},"right":null}',
        b'{"left":{"index":0,"key":"","proof":[],"sha256":"' + b"0" * 64 + b'"},"right":null}',
        b'{"left":{"index":0,"key":"6A","proof":[],"sha256":"' + b"0" * 64 + b'"},"right":null}',
        b'{"left":{"index":0,"key":"61","proof":["00"],"sha256":"'
        + b"0" * 64
        + b'"},"right":null}',
        b'{"left":{"index":0,"key":"61","proof":[],"sha256":"00"},"right":null}',
        b'{"left":null,"right":null} ',
        b" " * 70_000,
    ],
)
def test_other_forms_are_malformed(data):
    with pytest.raises(MalformedError):
        absence.parse_absence(data)


@pytest.mark.parametrize("key", [b"", b"k" * 1025])
def test_keys_of_impossible_length(key):
    with pytest.raises(MalformedError):
        leaf(key)
    with pytest.raises(MalformedError):
        absence.verify_absent(key, size=0, root=bytes(32), proof=AbsenceProof(None, None))
