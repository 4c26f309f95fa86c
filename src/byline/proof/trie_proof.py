"""Proofs from a tree of keys, in the form of docs/proof-formats.md (`byline/trie/1`).

Invariants: a set of keys has one proof; making and checking one need no recursion, and checking
uses memory in proportion to the proof and the keys, whatever the bytes are. Nothing is said of any
key before the root is compared.
"""

import hmac
from bisect import bisect_left
from collections.abc import Iterable

from byline.proof.errors import MalformedError, TrieError
from byline.proof.merkle import HASH_SIZE, leaf_hash, node_hash
from byline.proof.trie_build import (
    EMPTY,
    KEY_BITS,
    PAIR_SIZE,
    Pairs,
    first_at_or_above,
    subtree_root,
)

_EMPTY, _LEAF, _NODE, _PRUNED = range(4)
_SIZES = {_EMPTY: 0, _LEAF: PAIR_SIZE, _NODE: 0, _PRUNED: HASH_SIZE}
_TAGS = {tag: bytes([tag]) for tag in _SIZES}
_WEIGHTS = {_EMPTY: 0, _LEAF: 1, _NODE: 2, _PRUNED: 2}


def checked_keys(keys: Iterable[bytes]) -> list[bytes]:
    """Return the keys in order, each once; MalformedError for one that has not 32 bytes."""
    ordered = sorted(set(keys))
    for key in ordered:
        if len(key) != HASH_SIZE:
            raise MalformedError(f"key: expected {HASH_SIZE} bytes, got {len(key)}")
    return ordered


def make_proof(pairs: Pairs, rows: tuple[bytes, ...], keys: Iterable[bytes]) -> bytes:
    """Return the proof for these keys, from sorted pairs and the rows of hashes above them."""
    wanted = checked_keys(keys)
    out: list[bytes] = []
    stack = [(0, 0, 0, len(pairs) // PAIR_SIZE, 0, len(wanted))]
    while stack:
        depth, prefix, low, high, first, last = stack.pop()
        if low == high:
            out.append(_TAGS[_EMPTY])
        elif first == last:
            out += (_TAGS[_PRUNED], _root_at(pairs, rows, (depth, prefix, low, high)))
        elif high - low == 1:
            out += (_TAGS[_LEAF], pairs[low * PAIR_SIZE : high * PAIR_SIZE])
        else:
            out.append(_TAGS[_NODE])
            middle = _middle(depth, prefix).to_bytes(HASH_SIZE, "big")
            fork = first_at_or_above(pairs, middle, low, high)
            split = bisect_left(wanted, middle, first, last)
            stack.append((depth + 1, 2 * prefix + 1, fork, high, split, last))
            stack.append((depth + 1, 2 * prefix, low, fork, first, split))
    return b"".join(out)


def check_proof(proof: bytes, *, root: bytes, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
    """Return each key's value under `root`, or None where it is absent.

    Raises MalformedError for bytes that are not the one proof for these keys, and TrieError for a
    proof that leads to another root.
    """
    wanted = checked_keys(keys)
    if len(root) != HASH_SIZE:
        raise MalformedError(f"root: expected {HASH_SIZE} bytes, got {len(root)}")
    found: dict[bytes, bytes | None] = dict.fromkeys(wanted)
    computed = _computed_root(proof, wanted, found)
    if not hmac.compare_digest(computed, root):
        raise TrieError(f"expected root {root.hex()}, the proof gives {computed.hex()}")
    return found


Place = tuple[int, int, int, int]
"""A depth, the bits above it as a number, and the first and last of the keys that lead there."""


def _computed_root(proof: bytes, wanted: list[bytes], found: dict[bytes, bytes | None]) -> bytes:
    numbers = [int.from_bytes(key, "big") for key in wanted]
    at = 0
    done: list[tuple[bytes, int]] = []
    pending: list[Place | None] = [(0, 0, 0, len(numbers))]
    while pending:
        place = pending.pop()
        if place is None:
            right, left = done.pop(), done.pop()
            if left[1] + right[1] < 2:
                raise MalformedError(f"proof: a node over fewer than two pairs, before byte {at}")
            done.append((node_hash(left[0], right[0]), _WEIGHTS[_NODE]))
            continue
        tag, body = _token(proof, at, place)
        at += 1 + len(body)
        if tag == _NODE:
            pending += (None, *_children(place, numbers))
        elif tag == _LEAF:
            _file_leaf(body, place, found)
            done.append((leaf_hash(body), _WEIGHTS[_LEAF]))
        else:
            done.append((body or EMPTY, _WEIGHTS[tag]))
    if at != len(proof):
        raise MalformedError(f"proof: expected {at} bytes, got {len(proof)}")
    return done[0][0]


def _token(proof: bytes, at: int, place: Place) -> tuple[int, bytes]:
    """Return the tag at `at` and what follows it, if the form allows it at this place."""
    tag = proof[at] if at < len(proof) else -1
    size = _SIZES.get(tag)
    body = b"" if size is None else proof[at + 1 : at + 1 + size]
    if size is None or len(body) != size:
        raise MalformedError(f"proof: expected a subtree at byte {at}, got none that is whole")
    depth, _, first, last = place
    if tag != _EMPTY and (tag == _PRUNED) != (first == last):
        fault = "hides a subtree that a key leads into" if tag == _PRUNED else "opens one too many"
        raise MalformedError(f"proof: byte {at} {fault}, depth {depth}")
    if tag == _PRUNED and body == EMPTY:
        raise MalformedError(f"proof: byte {at} passes the empty subtree for another")
    if tag == _NODE and depth == KEY_BITS:
        raise MalformedError(f"proof: a node at byte {at} lies below depth {KEY_BITS}")
    return tag, body


def _children(place: Place, numbers: list[int]) -> tuple[Place, Place]:
    """Return the right and the left place below a node."""
    depth, prefix, first, last = place
    split = bisect_left(numbers, _middle(depth, prefix), first, last)
    return (depth + 1, 2 * prefix + 1, split, last), (depth + 1, 2 * prefix, first, split)


def _file_leaf(pair: bytes, place: Place, found: dict[bytes, bytes | None]) -> None:
    key, value = pair[:HASH_SIZE], pair[HASH_SIZE:]
    depth, prefix, _, _ = place
    if int.from_bytes(key, "big") >> (KEY_BITS - depth) != prefix:
        raise MalformedError(f"proof: key {key.hex()} stands where it cannot, at depth {depth}")
    if key in found:
        found[key] = value


def _middle(depth: int, prefix: int) -> int:
    """Return the first key of the right subtree below a node."""
    return (2 * prefix + 1) << (KEY_BITS - 1 - depth)


def _root_at(pairs: Pairs, rows: tuple[bytes, ...], place: Place) -> bytes:
    """Return the hash of a subtree: place is its depth and bits, and its pairs' first and last."""
    depth, prefix, low, high = place
    if depth < len(rows):
        return rows[depth][prefix * HASH_SIZE : (prefix + 1) * HASH_SIZE]
    return subtree_root(pairs[low * PAIR_SIZE : high * PAIR_SIZE], depth)
