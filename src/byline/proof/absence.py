"""Trees whose leaves are sorted by a key, so that a key can be shown to be absent.

A leaf is the canonical JSON `{"key":"<hex>","sha256":"<hex>"}`: the key (1 to MAX_KEY_SIZE bytes)
and the SHA-256 of whatever is filed under it. Keys compare as bytes and strictly increase. A key is
absent when two leaves at adjacent indexes enclose it, or the first or last leaf is beyond it. The
proof carries both leaves whole, so that the verifier reads the keys out of what was hashed.

Invariants: size and root come from one signed record. Absence rests on the tree being in order;
`verify_order` checks that over all leaves and is the auditor's part, because no single absence
proof shows it.
"""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass

from byline.proof.canonical import canonical_json, parse_canonical
from byline.proof.errors import AbsenceError, MalformedError, OrderError
from byline.proof.merkle import (
    HASH_SIZE,
    Levels,
    build,
    inclusion_proof,
    leaf_hash,
    verify_inclusion,
)

MAX_KEY_SIZE = 1024
MAX_PROOF_BYTES = 64 * 1024


@dataclass(frozen=True)
class Leaf:
    """A key (1 to 1024 bytes) and the 32-byte SHA-256 of what is filed under it."""

    key: bytes
    sha256: bytes

    def __post_init__(self) -> None:
        """Refuse lengths that the written form does not have."""
        if not 1 <= len(self.key) <= MAX_KEY_SIZE:
            raise MalformedError(f"key: expected 1 to {MAX_KEY_SIZE} bytes, got {len(self.key)}")
        if len(self.sha256) != HASH_SIZE:
            raise MalformedError(f"sha256: expected 32 bytes, got {len(self.sha256)}")

    @property
    def data(self) -> bytes:
        """The leaf's preimage: canonical JSON of its two fields in hexadecimal."""
        # Written out, because it runs once a leaf; a test holds it equal to canonical_json.
        return f'{{"key":"{self.key.hex()}","sha256":"{self.sha256.hex()}"}}'.encode()


@dataclass(frozen=True)
class KeyedTree:
    """Leaves in strictly increasing order of key, their keys apart for search, and their tree."""

    leaves: tuple[Leaf, ...]
    keys: tuple[bytes, ...]
    levels: Levels

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self.levels.size

    @property
    def root(self) -> bytes:
        """The 32-byte root."""
        return self.levels.root


@dataclass(frozen=True)
class Placed:
    """A leaf, its index, and the hashes that lead from it to the root."""

    leaf: Leaf
    index: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class AbsenceProof:
    """The neighbours between which a key would stand; None beyond the first or last leaf."""

    left: Placed | None
    right: Placed | None


def keyed_tree(leaves: Iterable[Leaf]) -> KeyedTree:
    """Build the tree; OrderError unless keys strictly increase."""
    ordered = tuple(leaves)
    keys = tuple(leaf.key for leaf in ordered)
    for index in range(1, len(keys)):
        if keys[index - 1] >= keys[index]:
            raise OrderError(
                f"leaf {index}: expected a key above {keys[index - 1].hex()}, "
                f"got {keys[index].hex()}",
                advice="sort the leaves by key and merge those with the same key",
            )
    return KeyedTree(ordered, keys, build([leaf_hash(leaf.data) for leaf in ordered]))


def prove_present(tree: KeyedTree, key: bytes) -> Placed:
    """Return the leaf filed under `key` with its proof; AbsenceError if there is none."""
    index = bisect.bisect_left(tree.keys, key)
    if index == tree.size or tree.keys[index] != key:
        raise AbsenceError(f"expected key {key.hex()} to be present, it is absent")
    return _place(tree, index)


def prove_absent(tree: KeyedTree, key: bytes) -> AbsenceProof:
    """Return the neighbours that enclose `key`; AbsenceError if it is present."""
    index = bisect.bisect_left(tree.keys, key)
    if index < tree.size and tree.keys[index] == key:
        raise AbsenceError(f"expected key {key.hex()} to be absent, it is leaf {index}")
    return AbsenceProof(
        left=_place(tree, index - 1) if index > 0 else None,
        right=_place(tree, index) if index < tree.size else None,
    )


def verify_present(key: bytes, *, size: int, root: bytes, placed: Placed) -> None:
    """Check that `placed` is filed under `key` in the tree with this size and root."""
    if placed.leaf.key != key:
        raise AbsenceError(f"expected key {key.hex()}, the proof is of {placed.leaf.key.hex()}")
    _verify_placed(placed, size=size, root=root)


def verify_absent(key: bytes, *, size: int, root: bytes, proof: AbsenceProof) -> None:
    """Check that the sorted tree with this size and root has no leaf under `key`.

    Raises AbsenceError for neighbours that are not adjacent, are not at the edge they stand for or
    do not enclose the key, and InclusionError for a neighbour that is not in the tree.
    """
    left, right = proof.left, proof.right
    if not 1 <= len(key) <= MAX_KEY_SIZE:
        raise MalformedError(f"key: expected 1 to {MAX_KEY_SIZE} bytes, got {len(key)}")
    if left is None and right is None:
        _verify_empty(size=size, root=root)
        return
    first = -1 if left is None else left.index
    second = size if right is None else right.index
    if second != first + 1:
        raise AbsenceError(f"expected adjacent neighbours, got indexes {first} and {second}")
    if left is not None and left.leaf.key >= key:
        raise AbsenceError(f"expected a left key below {key.hex()}, got {left.leaf.key.hex()}")
    if right is not None and right.leaf.key <= key:
        raise AbsenceError(f"expected a right key above {key.hex()}, got {right.leaf.key.hex()}")
    for placed in (left, right):
        if placed is not None:
            _verify_placed(placed, size=size, root=root)


def verify_order(leaves: Iterable[Leaf], *, size: int, root: bytes) -> None:
    """Check that these are all leaves of the tree, in strictly increasing order of key.

    The auditor's half of every absence proof. Raises OrderError.
    """
    tree = keyed_tree(leaves)
    if (tree.size, tree.root) != (size, root):
        raise OrderError(
            f"expected {size} leaves with root {root.hex()}, got {tree.size} with {tree.root.hex()}"
        )


def format_absence(proof: AbsenceProof) -> bytes:
    """Return the proof as canonical JSON: left and right, each null or a placed leaf."""
    return canonical_json({"left": _to_json(proof.left), "right": _to_json(proof.right)})


def parse_absence(data: bytes) -> AbsenceProof:
    """Read what `format_absence` wrote; MalformedError for anything else."""
    if len(data) > MAX_PROOF_BYTES:
        raise MalformedError(f"expected at most {MAX_PROOF_BYTES} bytes of proof, got {len(data)}")
    value = _fields(parse_canonical(data), "left", "right")
    return AbsenceProof(left=_from_json(value["left"]), right=_from_json(value["right"]))


def _place(tree: KeyedTree, index: int) -> Placed:
    return Placed(tree.leaves[index], index, tuple(inclusion_proof(tree.levels, index)))


def _verify_placed(placed: Placed, *, size: int, root: bytes) -> None:
    verify_inclusion(
        leaf=leaf_hash(placed.leaf.data),
        index=placed.index,
        size=size,
        proof=placed.proof,
        root=root,
    )


def _verify_empty(*, size: int, root: bytes) -> None:
    expected = build([]).root
    if size != 0 or root != expected:
        raise AbsenceError(f"expected neighbours in a tree of size {size}, got none")


def _to_json(placed: Placed | None) -> object:
    if placed is None:
        return None
    return {
        "index": placed.index,
        "key": placed.leaf.key.hex(),
        "proof": [step.hex() for step in placed.proof],
        "sha256": placed.leaf.sha256.hex(),
    }


def _from_json(value: object) -> Placed | None:
    if value is None:
        return None
    fields = _fields(value, "index", "key", "proof", "sha256")
    index, proof = fields["index"], fields["proof"]
    if type(index) is not int or index < 0 or not isinstance(proof, list):
        raise MalformedError("expected an index from 0 and a list of hashes in the absence proof")
    leaf = Leaf(_from_hex(fields["key"]), _from_hex(fields["sha256"]))
    return Placed(leaf, index, tuple(_hash_from_hex(step) for step in proof))


def _fields(value: object, *names: str) -> dict[str, object]:
    if not isinstance(value, dict) or sorted(value) != sorted(names):
        raise MalformedError(f"expected an object with exactly the fields {', '.join(names)}")
    return value


def _from_hex(value: object) -> bytes:
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if not data or data.hex() != value:
        raise MalformedError(f"expected lower-case hexadecimal, got {value!r}")
    return data


def _hash_from_hex(value: object) -> bytes:
    data = _from_hex(value)
    if len(data) != HASH_SIZE:
        raise MalformedError(f"expected a hash of 32 bytes, got {len(data)}")
    return data
