import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.proof import trie
from byline.proof.errors import MalformedError, OrderError, ProofError, TrieError
from byline.proof.trie_build import subtree_root

EMPTY = bytes(32)


def digest(text):
    return hashlib.sha256(text if isinstance(text, bytes) else str(text).encode()).digest()


def bit(key, depth):
    return key[depth // 8] >> (7 - depth % 8) & 1


def reference_root(pairs, depth=0):
    """docs/proof-formats.md word for word, over a dict."""
    if not pairs:
        return EMPTY
    if len(pairs) == 1:
        [(key, value)] = pairs.items()
        return digest(b"\x00" + key + value)
    halves = [{key: pairs[key] for key in pairs if bit(key, depth) == side} for side in (0, 1)]
    return digest(b"\x01" + b"".join(reference_root(half, depth + 1) for half in halves))


def reference_proof(pairs, keys, depth=0):
    """The written form of a proof, by recursion."""
    if not pairs:
        return b"\x00"
    if not keys:
        return b"\x03" + reference_root(pairs, depth)
    if len(pairs) == 1:
        return b"\x01" + b"".join(*pairs.items())
    return b"\x02" + b"".join(
        reference_proof(
            {key: pairs[key] for key in pairs if bit(key, depth) == side},
            {key for key in keys if bit(key, depth) == side},
            depth + 1,
        )
        for side in (0, 1)
    )


# Few distinct bytes at either end make keys that part early, late, and in the last bit.
KEYS = st.builds(
    lambda head, fill, tail: bytes([head]) + bytes([fill]) * 30 + bytes([tail]),
    st.sampled_from([0, 1, 0x80, 0xFF]),
    st.sampled_from([0, 0xFF]),
    st.integers(0, 255),
) | st.binary(min_size=32, max_size=32)
PAIRS = st.dictionaries(KEYS, st.binary(min_size=32, max_size=32), max_size=40)


@settings(max_examples=60)
@given(pairs=PAIRS, others=st.sets(KEYS, max_size=6), data=st.data())
def test_root_and_proofs_are_those_of_the_definition(pairs, others, data):
    tree = trie.build(pairs.items())
    assert (tree.size, tree.root) == (len(pairs), reference_root(pairs))
    held = data.draw(st.sets(st.sampled_from(sorted(pairs)), max_size=6)) if pairs else set()
    keys = held | others
    proof = trie.prove(tree, keys)
    assert proof == reference_proof(pairs, keys)
    found = trie.verify(proof, root=tree.root, keys=keys)
    assert found == {key: pairs.get(key) for key in keys}


@settings(max_examples=60)
@given(pairs=PAIRS, keys=st.sets(KEYS, max_size=4), data=st.data())
def test_no_change_of_a_proof_tells_another_story(pairs, keys, data):
    tree = trie.build(pairs.items())
    proof = trie.prove(tree, keys)
    place = data.draw(st.integers(0, len(proof) * 8 - 1))
    changed = bytearray(proof)
    changed[place // 8] ^= 1 << place % 8
    cut = data.draw(st.integers(0, len(proof) - 1))
    root = bytearray(tree.root)
    root[place % 32] ^= 1 << place % 8
    for forged, under in (
        (bytes(changed), tree.root),
        (proof[:cut], tree.root),
        (proof + b"\x00", tree.root),
        (proof, bytes(root)),
    ):
        with pytest.raises(ProofError):
            trie.verify(forged, root=under, keys=keys)


@settings(max_examples=40)
@given(pairs=PAIRS, keys=st.sets(KEYS, min_size=1, max_size=4), other=KEYS)
def test_a_proof_answers_its_own_keys_only(pairs, keys, other):
    """Asked about other keys it is refused, or it is their one proof too and answers the truth."""
    tree = trie.build(pairs.items())
    proof, asked = trie.prove(tree, keys), {*keys, other}
    if proof == trie.prove(tree, asked):
        found = trie.verify(proof, root=tree.root, keys=asked)
        assert found == {key: pairs.get(key) for key in asked}
    else:
        with pytest.raises(MalformedError):
            trie.verify(proof, root=tree.root, keys=asked)


def many(count):
    return {digest(number): digest(-number) for number in range(1, count + 1)}


def test_order_of_the_pairs_does_not_matter():
    pairs = many(3000)
    joined = b"".join(key + pairs[key] for key in sorted(pairs))
    one = trie.build_sorted(joined)
    assert trie.build(reversed(pairs.items())) == one
    assert one.root == reference_root(pairs)
    keys = [digest(number) for number in range(2900, 3100)]
    found = trie.verify(trie.prove(one, keys), root=one.root, keys=keys)
    assert found == {key: pairs.get(key) for key in keys}


def test_parts_and_processes_give_the_root_of_one_pass():
    count = 1 << 17
    table = hashlib.shake_256(b"pairs").digest(64 * count)
    joined = b"".join(sorted(table[at : at + 64] for at in range(0, len(table), 64)))
    tree = trie.build_sorted(joined, processes=2)
    assert tree.root == subtree_root(joined, 0)
    keys = [joined[:32], joined[-64:-32], table[:32], digest("absent")]
    found = trie.verify(trie.prove(tree, keys), root=tree.root, keys=keys)
    assert [found[key] is None for key in keys] == [False, False, False, True]


def test_what_is_no_set_of_pairs_is_refused():
    pairs = many(200)
    ordered = [key + pairs[key] for key in sorted(pairs)]
    twice = [*pairs.items(), (digest(7), digest("another"))]
    for wrong in (twice, [(b"short", EMPTY)], [(EMPTY, b"short")]):
        with pytest.raises((OrderError, MalformedError)):
            trie.build(wrong)
    for first, second in ((0, 199), (3, 4), (17, 120)):
        swapped = list(ordered)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        with pytest.raises(OrderError):
            trie.build_sorted(b"".join(swapped))
    with pytest.raises(OrderError):
        trie.build_sorted(ordered[0] * 2)
    with pytest.raises(MalformedError):
        trie.build_sorted(ordered[0][:-1])


LEFT, RIGHT, VALUE = bytes(32), b"\x80" + bytes(31), digest("value")
LEFT_LEAF, RIGHT_LEAF = digest(b"\x00" + LEFT + VALUE), digest(b"\x00" + RIGHT + VALUE)
EMPTY_PROOF, PRUNED = b"\x00", b"\x03"


def node(left, right):
    return b"\x02" + left + right


def leaf(key):
    return b"\x01" + key + VALUE


FORGERIES = {
    "the absent key's subtree passed off as empty": (
        digest(b"\x01" + LEFT_LEAF + RIGHT_LEAF),
        node(EMPTY_PROOF, PRUNED + RIGHT_LEAF),
        [LEFT],
        TrieError,
    ),
    "the key's own subtree pruned": (
        digest(b"\x01" + LEFT_LEAF + RIGHT_LEAF),
        node(PRUNED + LEFT_LEAF, PRUNED + RIGHT_LEAF),
        [LEFT],
        MalformedError,
    ),
    "all pruned": (RIGHT_LEAF, PRUNED + RIGHT_LEAF, [LEFT], MalformedError),
    "an empty subtree written as pruned": (
        digest(b"\x01" + EMPTY + RIGHT_LEAF),
        node(PRUNED + EMPTY, leaf(RIGHT)),
        [RIGHT],
        MalformedError,
    ),
    "a leaf on the other side": (
        digest(b"\x01" + RIGHT_LEAF + LEFT_LEAF),
        node(leaf(RIGHT), leaf(LEFT)),
        [LEFT, RIGHT],
        MalformedError,
    ),
    "a leaf opened that no key leads to": (
        digest(b"\x01" + LEFT_LEAF + RIGHT_LEAF),
        node(leaf(LEFT), leaf(RIGHT)),
        [LEFT],
        MalformedError,
    ),
    "a node over one pair": (
        digest(b"\x01" + LEFT_LEAF + EMPTY),
        node(leaf(LEFT), EMPTY_PROOF),
        [LEFT],
        MalformedError,
    ),
    "a node over none": (
        digest(b"\x01" + EMPTY * 2),
        node(b"\x00", b"\x00"),
        [LEFT],
        MalformedError,
    ),
    "bytes left over": (LEFT_LEAF, leaf(LEFT) + b"\x00", [LEFT], MalformedError),
    "an unknown tag": (LEFT_LEAF, b"\x04" + LEFT + VALUE, [LEFT], MalformedError),
    "a node's hash passed off as a leaf's": (
        digest(b"\x01" + LEFT_LEAF + RIGHT_LEAF),
        b"\x01" + LEFT_LEAF + RIGHT_LEAF,
        [LEFT_LEAF],
        TrieError,
    ),
    "no proof": (EMPTY, b"", [LEFT], MalformedError),
    "the root of no pair for a tree of one": (LEFT_LEAF, EMPTY_PROOF, [LEFT], TrieError),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name):
    root, proof, keys, error = FORGERIES[name]
    with pytest.raises(error):
        trie.verify(proof, root=root, keys=keys)


def test_depth_is_bounded_by_the_bits_of_a_key():
    last = b"\x00" * 31 + b"\x01"
    tree = trie.build([(LEFT, VALUE), (last, VALUE)])
    proof = trie.prove(tree, [LEFT])
    assert (
        proof
        == b"\x02" * 256 + leaf(LEFT) + PRUNED + digest(b"\x00" + last + VALUE) + b"\x00" * 255
    )
    assert trie.verify(
        proof,
        root=tree.root,
        keys=[
            LEFT,
        ],
    ) == {LEFT: VALUE}
    for depth in (257, 5000, 200_000):
        with pytest.raises(MalformedError, match="below depth 256"):
            trie.verify(b"\x02" * depth, root=tree.root, keys=[LEFT])


def test_keys_and_roots_of_other_lengths_are_refused():
    tree = trie.build([(LEFT, VALUE)])
    with pytest.raises(MalformedError):
        trie.prove(tree, [b"short"])
    for root, key in ((tree.root, b"short"), (tree.root[1:], LEFT)):
        with pytest.raises(MalformedError):
            trie.verify(leaf(LEFT), root=root, keys=[key])
    assert trie.verify(b"\x00", root=EMPTY, keys=[]) == {}
