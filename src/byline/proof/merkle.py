"""Merkle trees of RFC 6962 section 2.1 (and RFC 9162 section 2.1), with SHA-256.

Invariants: a leaf hash is SHA-256(0x00 || data), a node is SHA-256(0x01 || left || right), so no
node can pass for a leaf; the root of no leaves is SHA-256(""). Hashes are 32 bytes. Verification
returns nothing or raises. A root does not state its tree's size: take both from one signed record.

https://www.rfc-editor.org/rfc/rfc6962#section-2.1
https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from byline.proof.errors import ConsistencyError, InclusionError, MalformedError

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
_BLOCK = 2**20  # bytes of hashes whose parents are Python objects at one time
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
"""Gives the hash at (height, index), over 2**height leaves, or what is left, from their product."""


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte RFC 6962 hash of a leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_leaves(leaves: Iterable[bytes]) -> bytes:
    """Return the hashes of leaves' data, concatenated: 32 bytes each, in order."""
    sha256 = hashlib.sha256
    return b"".join([sha256(b"\x00" + data).digest() for data in leaves])


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte RFC 6962 hash of an inner node from its children's hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Levels:
    """A whole tree, built once and asked for many proofs.

    `rows[height]` is the concatenation of ceil(size / 2**height) hashes; the last may cover fewer
    than 2**height leaves. An empty tree has no rows.
    """

    size: int
    rows: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The 32-byte root."""
        return self.rows[-1] if self.rows else EMPTY_ROOT

    def node(self, height: int, index: int) -> bytes:
        """Return the hash at a height (leaves are 0) and index."""
        return self.rows[height][index * HASH_SIZE : (index + 1) * HASH_SIZE]


def build(leaf_hashes: Sequence[bytes]) -> Levels:
    """Build the tree over leaf hashes, each 32 bytes; MalformedError for any other length."""
    for index, leaf in enumerate(leaf_hashes):
        if len(leaf) != HASH_SIZE:
            raise MalformedError(f"leaf hash {index}: expected 32 bytes, got {len(leaf)}")
    return build_row(b"".join(leaf_hashes))


def build_row(row: bytes) -> Levels:
    """Build the tree over concatenated leaf hashes of 32 bytes each."""
    if len(row) % HASH_SIZE:
        raise MalformedError(f"expected a multiple of 32 bytes of hashes, got {len(row)}")
    rows = [row] if row else []
    while rows and len(rows[-1]) > HASH_SIZE:
        rows.append(_parents(rows[-1]))
    return Levels(size=len(row) // HASH_SIZE, rows=tuple(rows))


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the 32-byte root of the tree over leaf hashes."""
    return build(leaf_hashes).root


def inclusion_proof(tree: Levels | Sequence[bytes], index: int) -> list[bytes]:
    """Return the sibling hashes from a leaf up to the root, at most 63 of 32 bytes."""
    levels = tree if isinstance(tree, Levels) else build(tree)
    return inclusion_path(index, size=levels.size, node=levels.node)


def consistency_proof(tree: Levels | Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the hashes that show the tree's first `old_size` leaves to be a tree it grew from."""
    levels = tree if isinstance(tree, Levels) else build(tree)
    return consistency_path(old_size, size=levels.size, node=levels.node)


def inclusion_path(index: int, *, size: int, node: NodeReader) -> list[bytes]:
    """As `inclusion_proof`, from any source of nodes (RFC 9162 section 2.1.3.1)."""
    if not 0 <= index < size:
        raise InclusionError(f"expected an index from 0 to below {size}, got {index}")
    return [node(*place) for place in _siblings(index, size - 1)]


def consistency_path(old_size: int, *, size: int, node: NodeReader) -> list[bytes]:
    """As `consistency_proof`, from any source of nodes (RFC 9162 section 2.1.4.1)."""
    if not 0 < old_size <= size:
        raise ConsistencyError(f"expected an old size from 1 to {size}, got {old_size}")
    if old_size == size:
        return []
    height, here, last = _old_edge(old_size, size)
    path = [node(height, here)] if here else []
    path += [node(*place) for place in _siblings(here, last, height)]
    return path


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf hash `leaf` is at `index` of the tree with this size and root.

    `leaf` is `leaf_hash(data)`, 32 bytes. Raises MalformedError for wrong lengths and
    InclusionError for a proof that does not hold. RFC 9162 section 2.1.3.2.
    """
    _check_hashes([leaf, root, *proof])
    if not 0 <= index < size <= MAX_SIZE:
        raise InclusionError(f"expected 0 <= index < size < 2**63, got index {index}, size {size}")
    siblings = list(_siblings(index, size - 1))
    if len(proof) != len(siblings):
        raise InclusionError(f"expected {len(siblings)} hashes in the proof, got {len(proof)}")
    computed = leaf
    for (_, place), other in zip(siblings, proof, strict=True):
        computed = node_hash(computed, other) if place & 1 else node_hash(other, computed)
    if not hmac.compare_digest(computed, root):
        raise InclusionError(
            f"leaf {index} of {size}: expected root {root.hex()}, the proof gives {computed.hex()}"
        )


def verify_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree (size, root) grew from (old_size, old_root) by adding leaves only.

    Raises ConsistencyError, also for an old size of 0: nothing follows from an empty tree.
    RFC 9162 section 2.1.4.2.
    """
    _check_hashes([old_root, root, *proof])
    if not 0 < old_size <= size <= MAX_SIZE:
        raise ConsistencyError(
            f"expected 0 < old size <= size < 2**63, got old size {old_size}, size {size}"
        )
    computed_old, computed = _grown_roots(old_size, old_root, size=size, proof=proof)
    if not hmac.compare_digest(computed_old, old_root):
        raise ConsistencyError(
            f"size {old_size}: expected root {old_root.hex()}, got {computed_old.hex()}"
        )
    if not hmac.compare_digest(computed, root):
        raise ConsistencyError(f"size {size}: expected root {root.hex()}, got {computed.hex()}")


def _grown_roots(
    old_size: int, old_root: bytes, *, size: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the old and the new root that a consistency proof leads to."""
    if old_size == size:
        siblings, hashes = [], [old_root, *proof]
    else:
        height, here, last = _old_edge(old_size, size)
        siblings = list(_siblings(here, last, height))
        # An old tree that is one complete subtree is its own first hash, so the proof omits it.
        hashes = list(proof) if here else [old_root, *proof]
    if len(hashes) != len(siblings) + 1:
        expected = len(siblings) + 1 - (len(hashes) - len(proof))
        raise ConsistencyError(f"expected {expected} hashes in the proof, got {len(proof)}")
    computed_old = computed = hashes[0]
    for (_, place), other in zip(siblings, hashes[1:], strict=True):
        if place & 1:
            computed = node_hash(computed, other)
        else:
            computed_old, computed = node_hash(other, computed_old), node_hash(other, computed)
    return computed_old, computed


def _siblings(index: int, last: int, height: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (height, index) of each sibling on the way up; an unpaired last node has none."""
    while last:
        sibling = index ^ 1
        if sibling <= last:
            yield height, sibling
        index, last, height = index >> 1, last >> 1, height + 1


def _old_edge(old_size: int, size: int) -> tuple[int, int, int]:
    """Return height and index of the largest subtree that ends the old tree, and the last there."""
    height = (~(old_size - 1) & old_size).bit_length() - 1
    return height, (old_size - 1) >> height, (size - 1) >> height


def _parents(row: bytes) -> bytes:
    sha256, pair = hashlib.sha256, 2 * HASH_SIZE
    whole = len(row) - len(row) % pair
    parents = bytearray()
    for first in range(0, whole, _BLOCK):
        places = range(first, min(first + _BLOCK, whole), pair)
        parents += b"".join([sha256(b"\x01" + row[at : at + pair]).digest() for at in places])
    parents += row[whole:]
    return bytes(parents)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise MalformedError(f"expected a hash of 32 bytes, got {len(value)}")
