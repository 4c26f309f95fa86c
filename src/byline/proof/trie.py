"""Trees of keys: a set of pairs has one root, under which a key is present or absent, never both.

A key and a value are 32 bytes each; keys are hashes. The construction and the bytes of proofs are
`byline/trie/1` in docs/proof-formats.md. Invariants: where a key stands follows from its bits, so
no order or padding of the builder's choice can hide one; every proof has one form.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from byline.proof.errors import MalformedError
from byline.proof.merkle import HASH_SIZE
from byline.proof.trie_build import PAIR_SIZE, Pairs, build_rows
from byline.proof.trie_proof import check_proof, make_proof


@dataclass(frozen=True)
class Trie:
    """A tree built once and asked for many proofs.

    `pairs` holds each key and its value, 64 bytes, in order of key: bytes, or a memory map of a
    file. `rows[depth]` is the concatenation of 2**depth hashes, from the root to buckets of 32 to
    63 pairs, together about 2 bytes a pair; what is deeper is hashed again when it is asked for.
    """

    pairs: Pairs
    rows: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """The number of pairs."""
        return len(self.pairs) // PAIR_SIZE

    @property
    def root(self) -> bytes:
        """The 32-byte root; 32 zero bytes for no pairs."""
        return self.rows[0]


def build(pairs: Iterable[tuple[bytes, bytes]]) -> Trie:
    """Build the tree over (key, value), in any order.

    Raises MalformedError for a key or value that has not 32 bytes, and OrderError for a key that
    stands twice.
    """
    held = list(pairs)
    for key, value in held:
        if len(key) != HASH_SIZE or len(value) != HASH_SIZE:
            raise MalformedError(
                f"pair: expected {HASH_SIZE} bytes each, got {len(key)} and {len(value)}"
            )
    held.sort()
    return build_sorted(b"".join(part for pair in held for part in pair))


def build_sorted(pairs: Pairs, *, processes: int = 1) -> Trie:
    """Build the tree over concatenated pairs of 64 bytes in strictly increasing order of key.

    For many pairs: no object is made for a pair, and with more than one of `processes` the hashing
    is shared out in parts of about 5 MB. Raises MalformedError for a length that is no number of
    pairs, and OrderError.
    """
    return Trie(pairs, build_rows(pairs, processes=processes))


def prove(trie: Trie, keys: Iterable[bytes]) -> bytes:
    """Return the one proof that answers these keys, present and absent alike, in any order.

    Touches the buckets that the keys lead into and no others. Raises MalformedError for a key that
    has not 32 bytes.
    """
    return make_proof(trie.pairs, trie.rows, keys)


def verify(proof: bytes, *, root: bytes, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
    """Return each key's value under `root` (32 bytes), or None where the key is absent.

    Raises MalformedError for bytes that are not the one proof for just these keys, and TrieError
    for a proof that leads to another root.
    """
    return check_proof(proof, root=root, keys=keys)
