"""Check what an organisation says about your work, on your own computer, without trusting it.

    python3 verify.py bundle.zip --repo MY-CLONE --address me@example.org
    python3 verify.py ask --repo MY-CLONE --me MY-ID --address me@example.org --out questions.json

The first form checks a proof bundle and compares it with your clones. The second writes down what
your clones would ask, so that the next bundle answers it. Nothing is sent anywhere.

This file is the whole program. It needs Python 3.9 or newer, and `git` to read clones. Where the
package `cryptography` is installed it checks the signatures, else the arithmetic below does. The
formats are those of `docs/proof-formats.md`. Read from top to bottom it is one argument:

1. One hash stands for many things (Merkle trees), and one signature for a hash.
2. The log's newest checkpoint is signed by the organisation and cosigned by its witnesses.
3. `entries.jsonl` is all of that log, so no release, run or model that was logged is left out.
4. Each release's seal is in the log. The seal fixes who and what is in the release.
5. Your label follows from your id by a function that the organisation cannot bend (a VRF). Under it
   you are in the tree of contributors, or there is no such leaf.
6. The items and the pieces of text that were asked about are in the seal's trees, or are not.
7. What was asked is what your own clone asks, so the organisation did not choose the questions.
8. Models were trained after the seal of what they say they were trained on.

Every check returns or raises `Failed`. Exit codes: 0 all holds; 3 a check failed or what is claimed
is contradicted; 4 something is unanswered; 2 wrong use; 1 a file or clone cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    ED25519_BY = "the package cryptography"
except ImportError:
    ED25519_BY = "this file's own arithmetic (RFC 8032)"
try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:
    MLDSA44PublicKey = None  # type: ignore[assignment, misc]

MAX_FILE = 256 << 20  # bytes of one file of a bundle
MAX_BUNDLE = 1 << 30  # bytes of all of them
MAX_LINE = 8 << 20  # bytes of added lines read together from a clone
SHOWN = 12  # places printed of each list; --json has all of them
LIMITS = (
    "an undeclared release or model: no proof about the declared ones speaks of others",
    "rows that the seal's own trees leave out: an auditor who makes them anew sees it",
    "a paraphrase, or renamed identifiers: text counts as the same where its tokens are",
    "text below 34 tokens in a row that is also in no item of yours",
    "where you are included: that every example with your text counts you, beyond your items",
)


class Failed(Exception):  # noqa: N818
    """A check did not hold. `check` names it."""

    def __init__(self, check: str, says: str) -> None:
        super().__init__(says)
        self.check = check


class Unreadable(Exception):  # noqa: N818
    """A file or clone that cannot be read at all."""


def require(holds: object, check: str, says: str) -> None:
    """Raise `Failed` unless something holds."""
    if not holds:
        raise Failed(check, says)


@dataclass
class Report:
    """What was checked, in order: (check, outcome, words, facts for machines).

    Outcomes: `holds`, `fails`, `open` (unanswered), `warning`, `note`.
    """

    lines: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, check: str, outcome: str, says: str, **facts: Any) -> None:
        """Write down one outcome."""
        self.lines.append((check, outcome, says, facts))

    def has(self, outcome: str) -> bool:
        """Whether anything had this outcome."""
        return any(line[1] == outcome for line in self.lines)

    @property
    def exit_code(self) -> int:
        """3 if anything fails, else 4 if anything is open, else 0."""
        return 3 if self.has("fails") else 4 if self.has("open") else 0


# --- 1. Hashes, canonical JSON, Merkle trees (RFC 6962) -------------------------------------------


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(data: bytes) -> bytes:
    """What a leaf of an RFC 6962 tree hashes to."""
    return sha256(b"\0", data)


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """The RFC 6962 root over leaf hashes: pairs from the left; an odd last one rises as it is."""
    if not hashes:
        return sha256()
    level = list(hashes)
    while len(level) > 1:
        odd = level[len(level) & ~1 :]
        pairs = zip(level[::2], level[1::2])  # noqa: B905
        level = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs] + odd
    return level[0]


def inclusion_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2)."""
    node, last, here = leaf, size - 1, index
    for sibling in path:
        if last == 0:
            raise Failed("log", "an inclusion proof is longer than its tree is deep")
        if here & 1 or here == last:
            node = sha256(b"\1", sibling, node)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = sha256(b"\1", node, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise Failed("log", "an inclusion proof is shorter than its tree is deep")
    return node


def canonical(value: object) -> bytes:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def text_of(data: bytes, check: str, where: str) -> str:
    """Bytes as UTF-8."""
    try:
        return data.decode("utf-8")
    except ValueError:
        raise Failed(check, f"{where} is not UTF-8") from None


def parse(data: bytes, form: object, check: str, where: str) -> Any:
    """The value of canonical JSON that has the expected form."""
    try:
        value = json.loads(text_of(data, check, where))
        is_canonical = canonical(value) == data
    except (ValueError, RecursionError):
        raise Failed(check, f"{where} is not JSON") from None
    says = f"{where} is not canonical JSON: it could be written in another way"
    require(is_canonical, check, says)
    says = f"{where} does not have the fields, or not the values, of its format"
    require(fits(value, form), check, says)
    return value


def fits(value: object, form: object) -> bool:
    """Whether a JSON value has a form.

    A form is a type, None, a pattern, a dict (key "..." permits others), a list of one form, or a
    tuple of alternatives.
    """
    if isinstance(form, tuple):
        return any(fits(value, one) for one in form)
    if isinstance(form, dict):
        named = form.keys() - {"..."}
        return (
            isinstance(value, dict)
            and (value.keys() >= named if "..." in form else value.keys() == named)
            and all(fits(value[key], form[key]) for key in named)
        )
    if isinstance(form, list):
        return isinstance(value, list) and all(fits(one, form[0]) for one in value)
    if isinstance(form, re.Pattern):
        return isinstance(value, str) and form.fullmatch(value) is not None
    if form is int:
        return type(value) is int and 0 <= value < 1 << 63
    return value is None if form is None else isinstance(value, form)  # type: ignore[arg-type]


HEX32 = re.compile(r"[0-9a-f]{64}")
RELEASE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
TREE = {"root": HEX32, "size": int, "...": 0}
RECORD = {
    "contributor": str, "decisions": [str], "examples": int, "examples_root": HEX32, "items": int,
    "items_root": HEX32,
}  # fmt: skip
ITEM = {"classes": [str], "examples": int, "item": str, "lines": (None, [[int]]), "owners": [str]}
SEAL = {
    "schema": re.compile("byline/seal/1"), "release": RELEASE, "name": str, "lane": str,
    "purposes": [str], "manifest_sha256": HEX32, "examples": TREE, "shards": TREE,
    "contributors": TREE, "items": TREE,
    "fingerprints": {"form": re.compile("byline/fingerprints/1"), **TREE},
    "repositories": [{"commit": str, "name": str, "...": 0}], "salt_sha256": HEX32,
    "vrf_public_key": HEX32, "...": 0,
}  # fmt: skip
BUNDLE = {
    "schema": re.compile("byline/bundle/1"), "organisation": str, "person": str,
    "addresses": [str], "made": str, "verifier_sha256": HEX32,
    "vrf": {"proof": re.compile("[0-9a-f]{160}"), "public_key": HEX32},
    "releases": [
        {"release": RELEASE, "claim": re.compile("included|absent"), "salt": HEX32,
         "record": (None, RECORD)}
    ],
    "unanswered": [{"release": RELEASE, "reason": str}],
}  # fmt: skip


# --- 2. Signatures: Ed25519 (RFC 8032) and the verifiable random function (RFC 9381) --------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]  # x*z, y*z, z, x*y*z


def add(one: Point, other: Point) -> Point:
    """The sum of two points of the curve."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar: int, point: Point) -> Point:
    """A point, added to itself."""
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def encode(point: Point) -> bytes:
    """The 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Point | None:
    """The point of 32 bytes (RFC 8032 section 5.1.3), or None where there is none."""
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or len(data) != 32 or (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE: Point = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))  # type: ignore[assignment]


def is_small(point: Point) -> bool:
    """Whether it is one of the eight points with which anybody could sign."""
    return encode(times(8, point)) == encode((0, 1, 1, 0))


def negative(point: Point) -> Point:
    """The point that adds up to nothing with this one."""
    return (P - point[0], point[1], point[2], P - point[3])


def signed_by(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is good."""
    if not ED25519_BY.startswith("the package"):
        return signed_by_arithmetic(key, signature, message)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def signed_by_arithmetic(key: bytes, signature: bytes, message: bytes) -> bool:
    """The same, by RFC 8032 section 5.1.7."""
    public, scalar = decode(key), int.from_bytes(signature[32:], "little")
    if public is None or len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return encode(add(times(scalar, BASE), times(challenge, negative(public)))) == signature[:32]


def vrf_output(key: bytes, alpha: bytes, proof: bytes) -> bytes:
    """The 64 bytes that the holder of a VRF key must get for `alpha` (RFC 9381, suite 3)."""
    public, gamma = decode(key), decode(proof[:32])
    challenge, scalar = proof[32:48], int.from_bytes(proof[48:], "little")
    if public is None or gamma is None or len(proof) != 80 or scalar >= ORDER:
        raise Failed("person", "the VRF proof, or its key, is malformed")
    if is_small(public):
        raise Failed("person", "the VRF key is one of the few that would give anyone any label")
    for count in range(256):
        hashed = hashlib.sha512(b"\3\1" + key + alpha + bytes([count]) + b"\0").digest()
        on_curve = decode(hashed[:32])
        if on_curve is not None:
            break
    else:
        raise Failed("person", "no point of the curve belongs to this id")
    point = times(8, on_curve)
    c = int.from_bytes(challenge, "little")
    u = add(times(scalar, BASE), times(c, negative(public)))
    v = add(times(scalar, point), times(c, negative(gamma)))
    points = b"".join(encode(one) for one in (point, gamma, u, v))
    if hashlib.sha512(b"\3\2" + key + points + b"\0").digest()[:16] != challenge:
        raise Failed(
            "person", "the VRF proof is not one for this id: the label is somebody else's, or none"
        )
    return hashlib.sha512(b"\3\3" + encode(times(8, gamma)) + b"\0").digest()


# --- 3. Notes, checkpoints and the policy (C2SP) --------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A public key: its name, its type (1 a log's, 4 or 6 a witness's) and its bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def hash(self) -> bytes:
        """The 4 bytes that stand before its signatures."""
        return sha256(self.name.encode(), b"\n", bytes([self.kind]), self.public)[:4]

    def __str__(self) -> str:
        """The key as one line of text, a vkey."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{encoded}"


def read_base64(text: str, check: str) -> bytes:
    """The bytes of the one base64 spelling of them."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        data = b""
    require(data and base64.b64encode(data).decode() == text, check, f"no base64: {text[:60]!r}")
    return data


def read_key(vkey: str, check: str) -> Key:
    """A vkey as a key."""
    name, _, rest = vkey.partition("+")
    key_hash, _, encoded = rest.partition("+")
    data = read_base64(encoded, check)
    key = Key(name, data[0], data[1:])
    is_name = name and not any(one.isspace() or "\ud800" <= one <= "\udfff" for one in name)
    is_sound = is_name and key.hash.hex() == key_hash
    is_sized = len(key.public) == {1: 32, 4: 32, 6: 1312}.get(key.kind, len(key.public))
    require(is_sound and is_sized, check, f"not a key with its own hash: {vkey[:80]!r}")
    if key.kind in {1, 4}:
        point = decode(key.public)
        is_usable = point is not None and not is_small(point)
        require(is_usable, check, f"a key for which anybody can sign: {vkey[:80]!r}")
    return key


@dataclass(frozen=True)
class Checkpoint:
    """The log's head, as a note; nothing of it is to be believed before its signatures are."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]  # name, hash of the key, signature


def read_checkpoint(note: bytes, check: str = "checkpoint") -> Checkpoint:
    """The parts of a signed checkpoint (c2sp.org/tlog-checkpoint)."""
    whole = text_of(note, check, "the checkpoint")
    at = whole.rfind("\n\n")
    text, block = whole[: at + 1], whole[at + 2 :].split("\n")
    lines = text.split("\n")
    is_note = at > 0 and len(note) < 1_000_000 and len(lines) > 3 and "" not in lines[:-1]
    is_plain = not any(one < " " and one != "\n" for one in whole)
    is_signed = block.pop() == "" and 1 <= len(block) <= 100
    require(is_note and is_plain and is_signed, check, "the checkpoint is not a signed note")
    signatures = []
    for line in block:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        data = read_base64(encoded, check)
        is_line = dash == "\u2014" and name and len(data) > 4
        require(is_line, check, f"not a signature line: {line[:80]!r}")
        signatures.append((name, data[:4], data[4:]))
    root = read_base64(lines[2], check)
    is_head = re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]) and len(root) == 32
    require(is_head, check, "the checkpoint has no size or no root")
    return Checkpoint(text, lines[0], int(lines[1]), root, tuple(signatures))


def signers(checkpoint: Checkpoint, keys: Iterable[Key]) -> dict[Key, int]:
    """The known keys that signed, with the time that a witness states (0 for a log's key).

    A known key's signature that is false spoils the whole note. One of ML-DSA-44 counts only where
    it can be checked, and where no line of the checkpoint is outside of it.
    """
    known = {(key.name, key.hash): key for key in keys}
    found: dict[Key, int] = {}
    for name, key_hash, given in checkpoint.signatures:
        key = known.get((name, key_hash))
        if key is None or not is_checked(key, checkpoint):
            continue
        if key.kind == 1:
            when, is_good = 0, signed_by(key.public, given, checkpoint.text.encode())
        else:
            when = int.from_bytes(given[:8], "big")
            is_good = 0 < when < 1 << 63 and cosigned_by(key, given[8:], when, checkpoint)
        require(is_good, "checkpoint", f"the signature by {name} is false")
        found[key] = when
    return found


def is_checked(key: Key, checkpoint: Checkpoint) -> bool:
    """Whether this program can check a key's signatures, here."""
    if key.kind != 6 or MLDSA44PublicKey is None:
        return key.kind in {1, 4}
    try:
        MLDSA44PublicKey.from_public_bytes(key.public)
    except (UnsupportedAlgorithm, ValueError):
        return False
    names = (key.name.encode(), checkpoint.origin.encode())
    return checkpoint.text.count("\n") == 3 and all(len(name) < 256 for name in names)


def cosigned_by(key: Key, signature: bytes, when: int, checkpoint: Checkpoint) -> bool:
    """Whether a witness's signature is good (c2sp.org/tlog-cosignature)."""
    if key.kind == 4:
        message = f"cosignature/v1\ntime {when}\n{checkpoint.text}".encode()
        return signed_by(key.public, signature, message)
    names = [bytes([len(one)]) + one for one in (key.name.encode(), checkpoint.origin.encode())]
    times = [one.to_bytes(8, "big") for one in (when, 0, checkpoint.size)]
    message = b"".join((b"subtree/v1\n\0", names[0], times[0], names[1], *times[1:]))
    try:
        MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, message + checkpoint.root)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class Policy:
    """Which log keys and witnesses count, and how many witnesses must have signed."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def reached(self, name: str, signed: Collection[Key]) -> bool:
        """Whether a witness, or enough of a group, is among those who signed."""
        met = {"none", *(one for one, key in self.witnesses.items() if key in signed)}
        for group, (least, members) in self.groups.items():  # each after its members
            if sum(one in met for one in members) >= least:
                met.add(group)
        return name in met

    def names(self, name: str) -> bool:
        """Whether it is a name of a witness or group."""
        return name in self.witnesses or name in self.groups


def read_policy(data: bytes) -> Policy:
    """A policy file (c2sp.org/tlog-policy)."""
    policy, members = Policy(), set[str]()
    is_plain = all(byte in b"\t\n" or 32 <= byte != 127 for byte in data)
    require(is_plain and data.endswith(b"\n"), "policy", "the policy is not made of lines of text")
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        words = re.split("[ \t]+", line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            try:
                read_rule(policy, members, words)
            except (IndexError, KeyError, ValueError):
                raise Failed("policy", f"line {number} of the policy is not a rule") from None
    keys = [(key.kind, key.public) for key in (*policy.logs, *policy.witnesses.values())]
    is_whole = policy.quorum and len(set(keys)) == len(keys)
    require(is_whole, "policy", "the policy has no quorum, or one key twice")
    return policy


def read_rule(policy: Policy, members: set[str], words: list[str]) -> None:
    """Take one line of a policy; IndexError, KeyError or ValueError if it is not one."""
    rule, rest = words[0], words[1:]
    is_free = rest[0] != "none" and not policy.names(rest[0])
    if rule == "log" and 1 <= len(rest) <= 2:
        policy.logs.append(read_key(rest[0], "policy"))
    elif rule == "witness" and 2 <= len(rest) <= 3 and is_free:
        policy.witnesses[rest[0]] = read_key(rest[1], "policy")
        if policy.witnesses[rest[0]].kind == 1:
            raise ValueError
    elif rule == "group" and is_free:
        those = rest[2:]
        number = {"all": str(len(those)), "any": "1"}.get(rest[1], rest[1])
        count = int(number) if re.fullmatch("[1-9][0-9]{0,8}", number) else 0
        is_known = all(policy.names(one) and one not in members for one in those)
        if not 1 <= count <= len(those) or not is_known or len(set(those)) < len(those):
            raise ValueError
        members.update(those)
        policy.groups[rest[0]] = (count, those)
    elif rule == "quorum" and len(rest) == 1 and not (is_free or policy.quorum):
        policy.quorum = rest[0]
    else:
        raise ValueError


# --- 4. Trees of keys: is this key in it, or is it not --------------------------------------------


class Proof:
    """A proof being read: the part of a tree of keys above some keys, in preorder.

    Where a key stands follows from its bits, so it ends in one place only: its own leaf, another
    leaf, or nothing. There is one form for a set of keys; another is refused.
    """

    def __init__(self, data: bytes, check: str) -> None:
        """Start at the root."""
        self.data, self.check, self.at = data, check, 0
        self.found: dict[int, Any] = {}

    def take(self, count: int) -> bytes:
        """The next bytes."""
        self.at += count
        require(self.at <= len(self.data), self.check, "the proof ends too early")
        return self.data[self.at - count : self.at]

    def subtree(self, depth: int, prefix: int, asked: list[int]) -> tuple[bytes, bool]:
        """The hash of what stands here, and whether it can be more than one leaf."""
        tag = self.take(1)[0]
        if tag == 0:
            self.found.update(dict.fromkeys(asked))
            return bytes(32), False
        if tag == 1 and asked:
            return self.leaf(depth, prefix, asked), False
        if tag == 2 and asked and depth < 256:
            sides: tuple[list[int], list[int]] = ([], [])
            for one in asked:
                sides[one >> (255 - depth) & 1].append(one)
            left, many = self.subtree(depth + 1, prefix << 1, sides[0])
            right, more = self.subtree(depth + 1, prefix << 1 | 1, sides[1])
            if many or more or (any(left) and any(right)):
                return sha256(b"\1", left, right), True
        pruned = self.take(32) if tag == 3 and not asked else b""
        require(any(pruned), self.check, "the proof is not in the form that a set of keys has")
        return pruned, True

    def leaf(self, depth: int, prefix: int, asked: list[int]) -> bytes:
        """The hash of a leaf, in which every key ends that leads here."""
        key, value = self.take(32), self.take(32)
        number = int.from_bytes(key, "big")
        is_here = number >> (256 - depth) == prefix
        require(is_here, self.check, "the proof has a leaf in a place that is not its own")
        self.found.update((one, value if one == number else None) for one in asked)
        return sha256(b"\0", key, value)


def answers(data: bytes, root: bytes, keys: Iterable[bytes], check: str) -> dict[bytes, Any]:
    """Each key's value under a root, or None where the tree has no such key."""
    numbers = {int.from_bytes(key, "big"): key for key in keys}
    proof = Proof(data, check)
    hashed, _ = proof.subtree(0, 0, sorted(numbers))
    require(proof.at == len(data), check, "the proof has bytes left over")
    require(hashed == root, check, "the proof does not lead to the root that is in the seal")
    return {key: proof.found[number] for number, key in numbers.items()}


# --- 5. Fingerprints of text ----------------------------------------------------------------------

RUN, WINDOW = 25, 10
FACTOR = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
LEADING = pow(FACTOR, RUN, 1 << 64)
TOKEN = re.compile(rb"[a-z0-9_\x80-\xff]+|[\x21-\x7e]")
numbers_of_tokens: dict[bytes, int] = {}


def token_numbers(text: bytes) -> list[int]:
    """The numbers of a text's tokens, in order; white space and letter case do not matter."""
    if len(numbers_of_tokens) > 1_000_000:
        numbers_of_tokens.clear()
    numbers = []
    for token in TOKEN.findall(text.lower()):
        number = numbers_of_tokens.get(token)
        if number is None:
            number = int.from_bytes(hashlib.sha256(token).digest()[:8], "big")
            if len(token) <= 64:
                numbers_of_tokens[token] = number
        numbers.append(number)
    return numbers


def runs_of(tokens: Sequence[int]) -> list[int]:
    """The number of each run of 25 tokens."""
    runs, number = [], 0
    for at, token in enumerate(tokens):
        number = (number * FACTOR + token) & MASK
        if at >= RUN:
            number = (number - tokens[at - RUN] * LEADING) & MASK
        if at >= RUN - 1:
            runs.append(number)
    return runs


def kept(tokens: Sequence[int]) -> dict[int, int]:
    """The fingerprints of a text's tokens, each with the first token it was kept for.

    Winnowing: of every 10 runs of 25 tokens the smallest number stays, the rightmost of equals.
    """
    runs, best = runs_of(tokens), -1
    found: dict[int, int] = {}
    width = min(WINDOW, len(runs))
    for end in range(width, len(runs) + 1) if runs else ():
        start = end - width
        if best < start:
            best = max(range(start, end), key=lambda at: (-runs[at], at))
        elif runs[end - 1] <= runs[best]:
            best = end - 1
        found.setdefault(runs[best], best)
    return found


def fingerprints(text: str) -> list[int]:
    """The fingerprints of a text, ascending (`byline/fingerprints/1`)."""
    return sorted(kept(token_numbers(text.encode("utf-8", "surrogatepass"))))


# --- 6. The bundle: a zip that is read, never unpacked --------------------------------------------

TOP = ("README.txt", "verify.py", "bundle.json", "policy.txt", "checkpoint", "entries.jsonl")
OF_RELEASE = (
    "seal.json", "log.tlog-proof", "contributor.trie", "items.trie", "items.jsonl", "mine.jsonl",
    "fingerprints.trie", "fingerprints.bin", "items.txt",
)  # fmt: skip
SOMETHING_ELSE = "the zip has something else beside its files: two readers could see two bundles"
ZIP_ERRORS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError,
    NotImplementedError, RuntimeError, ValueError, OverflowError, OSError,
)  # fmt: skip


def read_bundle(path: Path) -> dict[str, bytes]:
    """The files of a bundle, by name; nothing is written to disk."""
    if not zipfile.is_zipfile(path):
        raise Unreadable(f"{path} cannot be read as a zip file")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            check_names(infos)
            check_places(archive)
            return {info.filename: archive.read(info) for info in infos}
    except ZIP_ERRORS as error:
        raise Failed("zip", f"the zip is damaged: {error}") from None


def check_names(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse a zip with anything but the files of the format, each once and of a bounded size."""
    names = [info.filename for info in infos]
    folders = {name.split("/")[0] for name in names if "/" in name}
    wanted = {*TOP, *(f"{folder}/{name}" for folder in folders for name in OF_RELEASE)}
    is_once = len(set(names)) == len(names)
    require(is_once, "zip", "the zip has one name twice: two readers could see two bundles")
    for name in sorted(set(names) ^ wanted):
        what = "should not be in" if name in names else "is missing from"
        raise Failed("zip", f"{name!r} {what} the zip")
    for info in infos:
        is_file = info.external_attr >> 16 & 0o170000 in {0, 0o100000}
        is_plain = not info.flag_bits & 1 and info.compress_type in {0, 8} and is_file
        require(is_plain, "zip", f"{info.filename!r} is encrypted, a link, or oddly packed")
        is_small = info.file_size <= MAX_FILE and info.orig_filename == info.filename
        require(is_small, "zip", f"{info.filename!r} is larger than {MAX_FILE >> 20} MiB")
    size = sum(info.file_size for info in infos)
    require(size <= MAX_BUNDLE, "zip", f"the zip unpacks to more than {MAX_BUNDLE >> 20} MiB")


def check_places(archive: zipfile.ZipFile) -> None:
    """Refuse anything between, before or after the files that another reader could take up."""
    at = 0
    for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
        is_next = info.header_offset == at and not info.extra and not info.comment
        at += 30 + len(info.filename.encode()) + info.compress_size if is_next else 0
        require(is_next, "zip", SOMETHING_ELSE)
    require(at == archive.start_dir and not archive.comment, "zip", SOMETHING_ELSE)


def lines_of(data: bytes, check: str, where: str) -> list[bytes]:
    """The lines of a file that ends with a line end, or is empty."""
    lines = data.split(b"\n")
    require(lines.pop() == b"", check, f"{where} does not end with a line end")
    return lines


def names_in(data: bytes, check: str, where: str) -> list[str]:
    """The lines of a file of names: sorted, each once."""
    names = [text_of(line, check, where) for line in lines_of(data, check, where)]
    require(names == sorted(set(names)), check, f"{where} is not sorted, or has a line twice")
    return names


# --- 7. The log: all of it, and whose it is -------------------------------------------------------


@dataclass(frozen=True)
class Log:
    """The whole log: its entries, the hash of each, and the keys it was signed with."""

    entries: list[dict[str, Any]]
    hashes: list[bytes]
    first: list[Key]  # keys that are trusted without the log's word
    roots: dict[int, bytes] = field(default_factory=dict)
    keys: dict[int, list[Key]] = field(default_factory=dict)

    def root(self, size: int) -> bytes:
        """The root of the first entries."""
        if size not in self.roots:
            self.roots[size] = tree_root(self.hashes[:size])
        return self.roots[size]

    def of(self, kind: str) -> list[tuple[int, dict[str, Any]]]:
        """The entries of a type, with their places."""
        return [(at, one) for at, one in enumerate(self.entries) if one["type"] == kind]

    def keys_at(self, size: int, check: str) -> list[Key]:
        """The log's keys whose signature counts under a checkpoint of a size."""
        if size not in self.keys:
            turns = [(at, one) for at, one in self.of("key") if at < size]
            found = (followed(first, turns, size, check) for first in self.first)
            self.keys[size] = [key for keys in found for key in keys]
        return self.keys[size]


def followed(
    first: Key, turns: Sequence[tuple[int, dict[str, Any]]], size: int, check: str
) -> list[Key]:
    """The key in force after the log's changes of keys, from a trusted one.

    An entry hands over to the next key, and is signed by the one before; under a checkpoint that
    ends with it both count. A trusted key that was itself handed over to counts from there. No key
    comes back: only who signed the first change is not known where the trusted key came later.
    """
    is_later = any(one.get("next") == str(first) for _, one in turns)
    found, before, known = [first], first, set[Key]()
    for at, one in turns:
        is_form = fits(one, {"next": str, "signature": str, "...": 0})
        require(is_form, check, f"entry {at}, a change of keys, is not signed")
        after = read_key(one["next"], check)
        message = f"byline/next-key/1\n{one['next']}\n".encode()
        is_signed = signed_by(before.public, read_base64(one["signature"], check), message)
        if not known and (is_signed or not is_later):
            known.add(first)
        is_new = after.kind == 1 and after.name == first.name and after not in known
        is_next = is_new and (is_signed or not known)
        require(is_next, check, f"entry {at} hands over to a key without the one before it")
        if first in known:
            found = [before, after] if at == size - 1 else [after]
        known.add(after)
        before = after
    return found


def read_entries(data: bytes) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Each entry of the log as a value, and its hash."""
    lines = lines_of(data, "log", "entries.jsonl")
    form = {"type": str, "...": 0}
    entries = [parse(line, form, "log", f"entry {at}") for at, line in enumerate(lines)]
    return entries, [leaf_hash(line) for line in lines]


def check_checkpoint(
    log: Log, head: Checkpoint, policy: Policy, report: Report, *, is_given: bool
) -> None:
    """The head is signed by the key in force and enough witnesses, and is that of the entries."""
    found = signers(head, [*log.keys_at(head.size, "checkpoint"), *policy.witnesses.values()])
    logs = [key for key in found if key.kind == 1 and key.name == head.origin]
    by = ", ".join(name for name, _, _ in head.signatures)
    says = (
        f"the checkpoint is not signed by the log's key in force (signatures by {by}): it is "
        "another log than yours, or signed with a key that was replaced"
    )
    require(logs, "checkpoint", says)
    says = f"the log {head.origin} has {head.size} entries, signed by its key ({logs[0]})"
    report.add("checkpoint", "holds", says, key=str(logs[0]), size=head.size, root=head.root.hex())
    check_quorum(head, found, policy, report, is_given=is_given)
    is_whole = len(log.entries) == head.size and log.root(head.size) == head.root
    says = f"the {len(log.entries)} entries are not those that the checkpoint was signed for"
    require(is_whole, "log", says)
    report.add("log", "holds", f"the bundle has all {head.size} entries of that log, unchanged")


def check_quorum(
    head: Checkpoint, found: Mapping[Key, int], policy: Policy, report: Report, *, is_given: bool
) -> None:
    """Enough witnesses signed, where the policy wants any."""
    signed = {(name, key_hash) for name, key_hash, _ in head.signatures}
    names = [name for name, key in policy.witnesses.items() if key in found]
    for name, key in policy.witnesses.items():
        if key not in found and (key.name, key.hash) in signed:
            says = f"{name} signed too, in a way that this program cannot check here"
            report.add("quorum", "note", f"{says} (ML-DSA-44: install cryptography 50)")
    says = f"too few witnesses: {policy.quorum!r} needs more than {names or 'none'}"
    require(policy.reached(policy.quorum, found), "quorum", says)
    if not names:
        says = (
            "no witness signed: nobody but the organisation says that everyone is shown the same "
            "log. Compare the checkpoint with a colleague's"
        )
        report.add("quorum", "warning", says)
        return
    when = [f"{name} at {moment(found[policy.witnesses[name]])}" for name in names]
    whose = "you gave"
    if not is_given:
        whose = (
            "the bundle brought along. It could name witnesses that nobody knows: --policy "
            "checks one that you got elsewhere"
        )
    says = f"cosigned by {', '.join(when)}: enough for the policy that {whose}"
    report.add("quorum", "holds" if is_given else "warning", says, witnesses=names)


def moment(seconds: int) -> str:
    """A witness's time, in words."""
    try:
        when = datetime.fromtimestamp(seconds, timezone.utc)  # noqa: UP017
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"
    return when.strftime("%Y-%m-%d %H:%M UTC")


def check_since(log: Log, head: Checkpoint, old: Checkpoint, report: Report) -> None:
    """A checkpoint that was seen before is a beginning of this log."""
    says = f"the old checkpoint is of another log: {old.origin!r}"
    require(old.origin == head.origin, "since", says)
    is_signed = signers(old, log.keys_at(min(old.size, head.size), "since"))
    require(is_signed, "since", "the old checkpoint is not signed by this log's key")
    keep = "Both are signed: keep both, they are the evidence"
    says = f"ROLLBACK: {old.size} entries were signed before, now there are {head.size}. {keep}"
    require(old.size <= head.size, "since", says)
    says = f"SPLIT VIEW: the first {old.size} entries are not those that were signed before. {keep}"
    require(log.root(old.size) == old.root, "since", says)
    report.add("since", "holds", f"the log only grew since {old.size} entries", size=old.size)


def check_program(files: Mapping[str, bytes], manifest: Any, log: Log, report: Report) -> None:
    """The verifier in the bundle is one that the log has, and the one that runs."""
    inside = sha256(files["verify.py"]).hex()
    logged = [one.get("sha256") for _, one in log.of("verifier")]
    is_logged = inside == manifest["verifier_sha256"] and inside in logged
    says = f"verify.py in the bundle ({inside[:16]}…) is"
    require(is_logged, "verifier", f"{says} not one in the log")
    report.add("verifier", "holds", f"{says} one in the log", sha256=inside)
    running = sha256(Path(__file__).read_bytes()).hex() if Path(__file__).is_file() else "unknown"
    if running != inside:
        says = f"the program that runs ({running[:16]}…) is not the one in the bundle"
        report.add("verifier", "warning", says, running=running)


# --- 8. A release: the seal, the person, their items, the text ------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a bundle says of one release, after every proof of it held."""

    release: str
    seal: dict[str, Any]
    record: dict[str, Any] | None  # of the person; None where they are absent
    items: dict[str, dict[str, Any] | None]  # each asked item's record, None where it is absent
    owned: frozenset[str]  # the items that stand under this person's label
    numbers: dict[int, int]  # each asked fingerprint, with the number of examples that have it
    examples: list[str]


def releases_in(log: Log, report: Report) -> dict[str, str]:
    """The releases in the log, each with the hash of its seal, or "" where it has none."""
    found: dict[str, str] = {}
    roots: dict[str, object] = {}
    for at, entry in log.of("release"):
        is_form = fits(entry, {"release": RELEASE, "...": 0})
        require(is_form, "log", f"entry {at} is a release without an id")
        name, seal = entry["release"], str(entry.get("seal_sha256", ""))
        is_other = seal and found.get(name, "") not in {"", seal}
        if is_other or roots.setdefault(name, entry.get("root")) != entry.get("root"):
            says = f"the log has two different seals for release {name}"
            report.add("releases", "fails", says, release=name)
        found[name] = seal or found.get(name, "")
    return found


def check_answered(log: Log, manifest: Any, files: Iterable[str], report: Report) -> dict[str, str]:
    """Every release in the log is answered, or named as unanswered; the bundle has no other."""
    logged = releases_in(log, report)
    answered = [one["release"] for one in manifest["releases"]]
    reasons = {one["release"]: one["reason"] for one in manifest["unanswered"]}
    folders = {name.split("/")[0] for name in files if "/" in name}
    is_list = sorted(folders) == sorted(answered)
    require(is_list, "releases", "bundle.json does not list the releases that the bundle has")
    for name in sorted(logged.keys() - folders - reasons.keys()):
        says = f"release {name} is in the log, and the bundle does not mention it"
        report.add("releases", "fails", says, release=name)
    for name in sorted((folders | reasons.keys()) - logged.keys()):
        report.add("releases", "fails", f"release {name} is not in the log", release=name)
    for name in sorted((reasons.keys() & logged.keys()) - folders):
        says = f"release {name} is not answered: {reasons[name]}"
        report.add("releases", "open", says, release=name)
    says = f"{len(answered)} of {len(logged)} releases in the log are answered"
    report.add("releases", "holds" if len(answered) == len(logged) else "note", says)
    return logged


def check_release(
    claim: Any, files: Mapping[str, bytes], log: Log, *, vrf_key: str, beta: bytes, sealed: str
) -> Answer:
    """Every proof about one release."""
    release, salt = claim["release"], bytes.fromhex(claim["salt"])
    own = {name: files[f"{release}/{name}"] for name in OF_RELEASE}
    seal = check_seal(own, release, log, sealed=sealed)
    says = "the seal has another VRF key: the label in it may be somebody else's"
    require(seal["vrf_public_key"] == vrf_key, "person", says)
    is_salt = sha256(b"byline/salt-commitment/1\n", salt).hex() == seal["salt_sha256"]
    require(is_salt, "seal", "the salt is not the one that the seal was made with")
    label = sha256(b"byline/label/1\n", beta, b"\n", release.encode())
    record = check_contributor(claim, own, seal, label)
    items, owned = check_items(own, seal, salt=salt, label=label)
    examples = names_in(own["mine.jsonl"], "contributor", "mine.jsonl")
    check_counted(record, examples, [item_key(salt, one) for one in owned])
    numbers = check_numbers(own, seal, salt)
    return Answer(release, seal, record, items, frozenset(owned), numbers, examples)


TLOG_PROOF = re.compile(  # c2sp.org/tlog-proof: index, hashes, checkpoint
    rb"c2sp\.org/tlog-proof@v1\n(?:extra [^\n]+\n)?index (0|[1-9][0-9]{0,17})\n"
    rb"((?:[^\n]+\n){0,63})\n(.+)",
    re.DOTALL,
)


def check_seal(own: Mapping[str, bytes], release: str, log: Log, *, sealed: str) -> dict[str, Any]:
    """The seal is the one whose hash is in the log."""
    seal: dict[str, Any] = parse(own["seal.json"], SEAL, "seal", "seal.json")
    is_sealed = sha256(own["seal.json"]).hex() == sealed and seal["release"] == release
    require(is_sealed, "seal", "seal.json is not the one in the log")
    proof = TLOG_PROOF.fullmatch(own["log.tlog-proof"])
    if proof is None or int(proof[1]) >= len(log.entries):
        raise Failed("seal", "log.tlog-proof is not a proof of an entry in this log")
    index, head = int(proof[1]), read_checkpoint(proof[3], "seal")
    wanted = {
        "type": "release", "release": release, "seal_sha256": sealed,
        "manifest_sha256": seal["manifest_sha256"], "root": seal["examples"]["root"],
    }  # fmt: skip
    require(log.entries[index] == wanted, "seal", "log.tlog-proof is of another entry")
    says = "the checkpoint in log.tlog-proof is not one of this log"
    require(index < head.size <= len(log.entries), "seal", says)
    require(signers(head, log.keys_at(head.size, "seal")), "seal", says)
    path = [read_base64(one, "seal") for one in proof[2].decode("ascii", "replace").split()]
    is_in = inclusion_root(log.hashes[index], index, head.size, path) == log.root(head.size)
    require(is_in and head.root == log.root(head.size), "seal", says)
    return seal


def check_contributor(claim: Any, own: Mapping[str, bytes], seal: Any, label: bytes) -> Any:
    """The person is in the tree of contributors with this record, or is in no place of it."""
    root = bytes.fromhex(seal["contributors"]["root"])
    value = answers(own["contributor.trie"], root, [label], "contributor")[label]
    truth = "absent" if value is None else "included"
    says = f"claimed: {claim['claim']}. The seal says: {truth}"
    require(claim["claim"] == truth, "contributor", says)
    sealed = None if claim["record"] is None else sha256(canonical(claim["record"]))
    says = "the record of this person is not the one that was sealed"
    require(sealed == value, "contributor", says)
    return claim["record"]


def item_key(salt: bytes, item: str) -> bytes:
    """Where an item stands in the tree of items."""
    return sha256(b"byline/item/1\n", salt, item.encode("utf-8", "surrogatepass"))


def check_items(
    own: Mapping[str, bytes], seal: Any, *, salt: bytes, label: bytes
) -> tuple[dict[str, Any], list[str]]:
    """Each asked item's record, or its absence; and which stand under this person's label."""
    keys = {item_key(salt, one): one for one in names_in(own["items.txt"], "items", "items.txt")}
    values = answers(own["items.trie"], bytes.fromhex(seal["items"]["root"]), keys, "items")
    found: dict[str, Any] = dict.fromkeys(keys.values())
    owned = []
    present = sorted(key for key, value in values.items() if value is not None)
    lines = lines_of(own["items.jsonl"], "items", "items.jsonl")
    says = f"{len(present)} items are in the seal, {len(lines)} have a record"
    require(len(lines) == len(present), "items", says)
    for key, line in zip(present, lines):  # noqa: B905
        record = parse(line, ITEM, "items", "a record of an item")
        is_sealed = sha256(line) == values[key] and record["item"] == keys[key]
        says = f"the record of {keys[key]} is not the one that was sealed, or not sound"
        is_sound = all(len(one) == 2 and 1 <= one[0] <= one[1] for one in record["lines"] or [])
        require(is_sealed and is_sound and record["lines"] != [], "items", says)
        found[keys[key]] = record
        if sha256(b"byline/owner/1\n", label, key)[:16].hex() in record["owners"]:
            owned.append(keys[key])
    return found, owned


def check_counted(record: Any, examples: Sequence[str], keys: Collection[bytes]) -> None:
    """The record of the person counts exactly these examples and items; no record, none."""
    if record is None:
        says = "claimed: absent. Yet items in the release stand under this person's label"
        require(not keys, "items", says)
        require(not examples, "contributor", "claimed: absent. Yet mine.jsonl lists examples")
        return
    root = tree_root([leaf_hash(one.encode()) for one in examples]).hex()
    says = f"mine.jsonl is not the list of the {record['examples']} examples that was sealed"
    is_all = (len(examples), root) == (record["examples"], record["examples_root"])
    require(is_all, "contributor", says)
    root = tree_root([leaf_hash(key) for key in sorted(keys)]).hex()
    says = f"{record['items']} items were sealed under this label, the bundle has {len(keys)}"
    require((len(keys), root) == (record["items"], record["items_root"]), "items", says)


def check_numbers(own: Mapping[str, bytes], seal: Any, salt: bytes) -> dict[int, int]:
    """Each asked fingerprint, with the number of examples that have it."""
    data = own["fingerprints.bin"]
    asked = [data[at : at + 8] for at in range(0, len(data), 8)]
    is_list = len(data) % 8 == 0 and asked == sorted(set(asked))
    require(is_list, "fingerprints", "fingerprints.bin is not a sorted list of numbers")
    keys = {sha256(b"byline/fingerprint/1\n", salt, one): one for one in asked}
    root = bytes.fromhex(seal["fingerprints"]["root"])
    values = answers(own["fingerprints.trie"], root, keys, "fingerprints")
    is_counted = all(value is None or any(value) for value in values.values())
    require(is_counted, "fingerprints", "a piece of text is sealed as being in no example")
    return {
        int.from_bytes(keys[key], "big"): int.from_bytes(value or b"", "big")
        for key, value in values.items()
    }


# --- 9. My clone: what would I ask? ---------------------------------------------------------------

TRAILER = re.compile(rb"^co-authored-by:[^<\n]*<([^<>\n]+)>", re.IGNORECASE | re.MULTILINE)
OID = re.compile(r"[0-9a-f]{40}")
HUNK = re.compile(rb"@@+ ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? @@")
BINARY = re.compile(rb'Binary files (?:/dev/null|"?a/(.*)) and ("?b/(?(1)\1|.*)) differ\n')
MESSAGE = "(the commit's message)"


@dataclass(frozen=True)
class Place:
    """Where a text was first committed by me."""

    path: str
    line: int
    commit: str


@dataclass
class Work:
    """What a clone says is mine.

    Attributes:
        clone: The folder.
        order: Every commit, with its place in the history: parents first.
        parents: The commits that each was made on.
        commits: Those that an address of mine wrote, or that name one as co-author.
        paths: Where I ever wrote, and what those files were renamed to, with the place since when.
        blobs: Versions of those files, with the commit and path that made each, and whether that
            commit is mine.
        mine: Fingerprints of lines that I added, with the place.
        before, after: Fingerprints of mine that other people's commits have too: those that my
            commit was made on, and those that stand later.
        elsewhere: Those that other people's commits in another clone have, or on a branch beside
            mine: whose came first is not known.
        notes: What was not read, in words.
    """

    clone: Path
    order: dict[str, int] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    paths: dict[str, int] = field(default_factory=dict)
    blobs: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    mine: dict[int, Place] = field(default_factory=dict)
    before: set[int] = field(default_factory=set)
    after: set[int] = field(default_factory=set)
    elsewhere: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


class Git:
    """The `git` program over a clone's objects, and nothing else of the clone.

    It runs in an empty repository of its own that borrows the clone's objects. The clone's
    configuration, hooks, attributes and index are never read, so that they cannot run a program or
    hide a file. Git opens no connection.
    """

    def __init__(self, clone: Path, scratch: Path) -> None:
        """Find the clone's objects and references."""
        folder = clone / ".git" if (clone / ".git").exists() else clone
        if folder.is_file():  # a worktree or a submodule
            told = folder.read_text(encoding="utf-8", errors="replace").partition("gitdir: ")[2]
            folder = clone / told.strip()
        self.head_folder = folder
        if (folder / "commondir").is_file():
            folder /= (folder / "commondir").read_text(encoding="utf-8", errors="replace").strip()
        self.clone, self.folder, self.scratch = clone, folder, scratch
        if not (folder / "objects").is_dir() or not (folder / "HEAD").is_file():
            raise Unreadable(f"{clone} is not a git repository")
        if (folder / "reftable").exists():
            raise Unreadable(f"{clone} keeps its branches as reftables: clone it without them")
        for name in ("objects", "refs"):
            (scratch / name).mkdir()
        (scratch / "HEAD").write_text("ref: refs/heads/none\n", encoding="utf-8")
        settings = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
        (scratch / "config").write_text(settings, encoding="utf-8")
        if (folder / "shallow").is_file():
            (scratch / "shallow").write_bytes((folder / "shallow").read_bytes())

    def head(self) -> str:
        """The commit that is checked out, or ""."""
        told = (self.head_folder / "HEAD").read_text(encoding="utf-8", errors="replace").strip()
        return told if OID.fullmatch(told) else self.tips().get(told[5:], "")

    def tips(self) -> dict[str, str]:
        """Every reference with what it points at, read from the files."""
        told: list[tuple[str, str]] = []
        packed = self.folder / "packed-refs"
        texts = packed.read_text("utf-8", "surrogateescape").split("\n") if packed.is_file() else []
        told += ((name, oid) for oid, _, name in (line.partition(" ") for line in texts))
        for folder, _, names in os.walk(self.folder / "refs"):
            for path in (Path(folder, name) for name in names):
                if path.is_file():
                    with path.open("rb") as stream:
                        oid = stream.read(65).decode("ascii", "replace").strip()
                    told.append((path.relative_to(self.folder).as_posix(), oid))
        if any(HEX32.fullmatch(oid) for _, oid in told):
            raise Unreadable(f"{self.clone} has SHA-256 objects: not supported")
        return {name: oid for name, oid in told if OID.fullmatch(oid)}

    def start(self, *arguments: str, asked: Iterable[str] = ()) -> Any:
        """Start git with lines on its standard input; its standard output is to be read."""
        kept_names = {"PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR"}
        given = {name: value for name, value in os.environ.items() if name.upper() in kept_names}
        own = {
            "HOME": str(self.scratch), "LC_ALL": "C", "GIT_DIR": str(self.scratch),
            "GIT_OBJECT_DIRECTORY": str((self.folder / "objects").absolute()),
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none", "GIT_LITERAL_PATHSPECS": "1",
        }  # fmt: skip
        command = [
            "git", "--no-pager", "-c", "core.quotePath=false", "-c", "core.commitGraph=false",
            "-c", "core.hooksPath=" + os.devnull, *arguments,
        ]  # fmt: skip
        (self.scratch / "asked").write_text("".join(f"{one}\n" for one in asked), "ascii")
        with (self.scratch / "asked").open("rb") as stdin:
            return subprocess.Popen(
                command, env={**given, **own}, cwd=self.scratch, stdin=stdin,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def lines(self, *arguments: str, asked: Iterable[str] = ()) -> Iterator[bytes]:
        """What git prints, by lines of at most `MAX_LINE` bytes."""
        with self.start(*arguments, asked=asked) as running:
            while line := running.stdout.readline(MAX_LINE):
                yield line
        if running.returncode:
            raise Unreadable(
                f"git cannot read {self.clone}: it is damaged, or a partial clone whose files "
                "were never all fetched: make a full one"
            )

    def said(self, *arguments: str) -> bytes | None:
        """What git prints, or None where it fails."""
        with self.start(*arguments) as running:
            printed: bytes = running.stdout.read()
        return printed if running.returncode == 0 else None


@contextlib.contextmanager
def git_over(clone: Path) -> Iterator[Git]:
    """Git over a clone, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="byline-verify-") as scratch:
        try:
            yield Git(clone, Path(scratch))
        except (OSError, ValueError) as error:
            raise Unreadable(f"{clone} cannot be read: {error}") from None


def folded(address: str) -> str:
    """An address as it is compared: without its letter case, in one form of its accents."""
    return unicodedata.normalize("NFC", address.strip()).lower()


def scan(clones: Iterable[Path], addresses: Iterable[str]) -> list[Work]:
    """Sort out what is mine in clones: my own commits first, then everybody else's beside them."""
    known = {folded(address) for address in addresses}
    works = [Work(clone) for clone in clones]
    for work in works:
        with git_over(work.clone) as git:
            read_mine(work, git, known)
    mine = {number for work in works for number in work.mine}
    others = []
    for work in works:
        with git_over(work.clone) as git:
            beside = read_others(work, git, mine)
        for other in works:
            if other is not work:
                other.elsewhere |= (work.before | work.after | beside) & other.mine.keys()
        others.append(beside)
    for work, beside in zip(works, others):  # noqa: B905
        work.elsewhere |= beside - work.before
    return works


def read_mine(work: Work, git: Git, known: set[str]) -> None:
    """Find my commits, and take in what they wrote."""
    if (git.scratch / "shallow").exists():
        work.notes.append("the clone is shallow: what is older than it was not seen")
    claimed = set()
    for commit, parents, names, mapped in history(git):
        work.order[commit] = len(work.order)
        work.parents[commit] = parents
        if known & names:
            work.commits.add(commit)
        elif mapped in known:
            claimed |= names
    if claimed:  # whoever can write to the repository can write there
        those = ", ".join(sorted(claimed))
        work.notes.append(f"its .mailmap says that you are {those} too: if so, give --address")
    ours = [commit for commit in work.order if commit in work.commits]
    for change in changes(git, ours, work.notes, around=0):
        work.paths.setdefault(change.path, work.order[change.commit])
        work.blobs.setdefault(change.blob, (change.commit, change.path, True))
        tokens, where, _ = change.tokens()
        for number, at in kept(tokens).items():
            place = Place(change.path, change.line + where[at], change.commit)
            work.mine.setdefault(number, place)
    for name in (MESSAGE, ""):
        work.paths.pop(name, None)


def read_others(work: Work, git: Git, mine: set[int]) -> set[int]:
    """Find out which of my fingerprints other people's commits made too, and the later versions.

    Their lines are read with those around them, since text can come about in several commits.
    Returned are those of commits that stand earlier, yet on a branch that mine was not made on:
    whoever can write to the repository can put one there.
    """
    earlier: dict[str, set[int]] = {}
    theirs = [commit for commit in work.order if commit not in work.commits]
    for change in changes(git, theirs, work.notes, around=RUN):
        now = work.order[change.commit]
        if change.source in work.paths:
            work.paths.setdefault(change.path, now)
        if work.paths.get(change.path, now) < now:
            work.blobs.setdefault(change.blob, (change.commit, change.path, False))
        tokens, _, newest = change.tokens()
        for start, number in enumerate(runs_of(tokens)):
            if number in mine and newest[start + RUN - 1] >= start:
                place = work.mine.get(number)
                if place is not None and now < work.order[place.commit]:
                    earlier.setdefault(change.commit, set()).add(number)
                else:
                    work.after.add(number)
    work.blobs.pop("", None)
    bits = {commit: 1 << at for at, commit in enumerate(earlier)}
    made_on: dict[str, int] = {}  # which of those commits each commit was made on
    for commit in work.order if earlier else ():
        made_on[commit] = bits.get(commit, 0)
        for parent in work.parents[commit]:
            made_on[commit] |= made_on.get(parent, 0)
    beside = set[int]()
    for commit, numbers in earlier.items():
        for number in numbers:
            is_before = made_on[work.mine[number].commit] & bits[commit]
            (work.before if is_before else beside).add(number)
    return beside


def history(git: Git) -> Iterator[tuple[str, list[str], set[str], str]]:
    """Every commit, parents first: its id, parents, who made it, its author in `.mailmap`."""
    tips = {git.head(), *git.tips().values()} - {""}
    form = "--format=tformat:%x00%H %P%x00%ae%x00%aE%x00%B%x00"
    mailmap = f"mailmap.blob={git.head() or 'none'}:.mailmap"
    arguments = ("log", "--stdin", "--ignore-missing", "--topo-order", "--reverse", form)
    stream = git.lines("-c", mailmap, *arguments, asked=sorted(tips))
    for line in stream:
        commits, author, mapped, message = fields(line, stream, 4)
        commit, *parents = commits.decode("ascii").split()
        who = [author, *TRAILER.findall(message), mapped]
        *names, last = (folded(one.decode("utf-8", "surrogateescape")) for one in who)
        yield commit, parents, set(names), last


def fields(line: bytes, stream: Iterator[bytes], count: int) -> list[bytes]:
    """What git printed from this line on: some fields, with a NUL before and after each."""
    lines, missing = [line], count + 1 - line.count(b"\0")
    while missing > 0:
        lines.append(next(stream, b"\0" * missing))
        missing -= lines[-1].count(b"\0")
    return b"".join(lines).split(b"\0")[1 : count + 1]


@dataclass
class Change:
    """One place of a file after a commit: its lines from `line` on, and which of them are new."""

    commit: str
    path: str = ""
    source: str = ""  # what the file was named before, where the commit renamed it
    blob: str = ""
    line: int = 1
    lines: list[tuple[bytes, bool]] = field(default_factory=list)

    def tokens(self) -> tuple[list[int], list[int], list[int]]:
        """The tokens' numbers; for each the line it is in, and the newest new token up to it."""
        tokens: list[int] = []
        where: list[int] = []
        newest: list[int] = []
        for number, (line, is_new) in enumerate(self.lines):
            found = token_numbers(line)
            last = newest[-1] if newest else -1
            newest += (
                range(len(tokens), len(tokens) + len(found)) if is_new else [last] * len(found)
            )
            tokens += found
            where += [number] * len(found)
        return tokens, where, newest


def changes(git: Git, commits: Sequence[str], notes: list[str], *, around: int) -> Iterator[Change]:
    """What each commit wrote: its message, renames, and the places it changed with lines around."""
    stream = git.lines(
        "log", "--stdin", "--no-walk=unsorted", "--patch", "--cc", f"--unified={around}", "-M",
        "--full-index", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--no-color",
        "--no-notes", "--no-decorate", "--no-show-signature", "--ignore-submodules=all",
        "--src-prefix=a/", "--dst-prefix=b/", "--encoding=UTF-8",
        "--format=tformat:%x00%H%x00%B%x00", asked=commits,
    )  # fmt: skip
    now = Change("")
    for line in stream if commits else ():
        if line.startswith(b"\0"):
            commit, message = fields(line, stream, 2)
            now = Change(commit.decode("ascii"))
            lines = [(one, True) for one in message.splitlines(keepends=True)]
            yield Change(now.commit, MESSAGE, lines=lines)
        elif line.startswith((b"diff --git ", b"diff --cc ")):
            now = Change(now.commit, path_of(line[10:]) if line[7:8] == b"c" else "")
        elif line.startswith(b"index "):
            blob = line.partition(b"..")[2][:40].decode("ascii")
            now.blob = blob if blob.strip("0") else ""
        elif line.startswith(b"rename from "):
            now.source = path_of(line[12:])
        elif line.startswith(b"rename to "):
            now.path = path_of(line[10:])
            yield Change(now.commit, now.path, now.source)
        elif line.startswith((b"+++ b/", b'+++ "b/')):
            now.path = path_of(line[4:])[2:]
        elif line.startswith(b"Binary files "):
            named = BINARY.fullmatch(line)
            path = now.path or (path_of(named[2])[2:] if named else "")
            yield Change(now.commit, path, now.source, now.blob if path else "")
        elif line.startswith(b"@@"):
            first, lines = read_hunk(stream, line, notes)
            yield Change(now.commit, now.path, now.source, now.blob, first, lines)


def read_hunk(
    stream: Iterator[bytes], header: bytes, notes: list[str]
) -> tuple[int, list[tuple[bytes, bool]]]:
    """The lines that stand in one place after a commit, and the number of the first.

    Of a merge, each parent has a column; what no parent has is new.
    """
    counts = HUNK.match(header)
    if counts is None:
        raise ValueError("git printed a difference in an unknown form")
    old = [int(one or 1) for one in re.findall(rb"-\d+(?:,(\d+))?", counts[1])]
    new, width = int(counts[3] or 1), len(old)
    new *= new < 1 << 62  # git says 2**64 - 1 of a merge that empties a file
    lines, size = [], 0
    while new > 0 or any(left > 0 for left in old):
        line = next(stream, b"")
        kinds, whole = line[:width], line.endswith(b"\n")
        if not line:
            break
        if kinds.strip(b" +-") and kinds[:1] != b"\\":  # that: no newline at the end of the file
            raise ValueError("git printed a difference that is longer than it says")
        if kinds[:1] != b"\\":
            is_gone = b"-" in kinds
            new -= not is_gone
            old = [left - (kind == 45 if is_gone else kind == 32) for left, kind in zip(old, kinds)]  # noqa: B905
            if not is_gone:
                size += len(line)
                if size < MAX_LINE:
                    lines.append((line[width:], kinds == b"+" * width))
        while not whole:
            whole = next(stream, b"\n").endswith(b"\n")
    note = f"of lines changed in one place, what is over {MAX_LINE >> 20} MiB was not read"
    if size >= MAX_LINE and note not in notes:
        notes.append(note)
    return int(counts[2]), lines


def path_of(quoted: bytes) -> str:
    """A path as git prints it: as it is, or in quotes with escapes."""
    text = quoted.rstrip(b"\n")
    if text.endswith(b"\t"):
        text = text[:-1]
    if text.startswith(b'"') and text.endswith(b'"'):
        names = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}
        text = re.sub(
            rb"\\(?:([0-7]{3})|(.))",
            lambda one: bytes([int(one[1], 8) & 255 if one[1] else names.get(one[2], one[2][0])]),
            text[1:-1],
        )
    return text.decode("utf-8", "surrogateescape")


def files_at(work: Work, commits: Iterable[str]) -> dict[str, dict[str, str]]:
    """Of each commit that the clone has, the blobs in the files where I ever wrote, with paths."""
    asked = sorted({one for one in commits if OID.fullmatch(one)})
    found: dict[str, dict[str, str]] = {}
    with git_over(work.clone) as git:
        told = [line.split() for line in git.lines("cat-file", "--batch-check", asked=asked)]
        for commit in (one[0].decode("ascii") for one in told if one[1] == b"commit"):
            printed = git.said("ls-tree", "-r", "-z", "--full-tree", commit) or b""
            blobs = found.setdefault(commit, {})
            for entry in printed.split(b"\0")[:-1]:
                about, _, name = entry.partition(b"\t")
                path = name.decode("utf-8", "surrogateescape")
                if path in work.paths and about.startswith(b"100"):
                    blobs[about.split(b" ")[2].decode("ascii")] = path
    return found


def lines_of_mine(work: Work, commit: str, path: str) -> list[bool | None]:
    """Whether `git blame -w -C` gives each line of a file at a commit to me; None: has no word."""
    with git_over(work.clone) as git:
        printed = git.said("blame", "--porcelain", "-w", "-C", commit, "--", path)
    found: list[bool | None] = []
    owner = ""
    for text in (printed or b"").split(b"\n"):
        header = re.match(rb"([0-9a-f]{40}) \d+ \d+", text)
        if header:
            owner = header[1].decode("ascii")
        elif text.startswith(b"\t"):
            found.append(owner in work.commits if re.search(rb"\w", text) else None)
    return found


def use_of_mine(lines: Sequence[bool | None], ranges: Sequence[Sequence[int]] | None) -> str:
    """In words, what of me is used in these ranges of a file; "" for nothing that is certain."""
    mine = [at for at, one in enumerate(lines, start=1) if one]
    is_all = bool(mine) and False not in lines
    if ranges is None:
        return ", all of which is yours," if is_all else ""
    if is_all and ranges[0][0] > len(lines):
        return ", which is yours and which does not have the lines that are stated,"
    used = [at for at in mine if any(first <= at <= last for first, last in ranges)]
    return f" lines {spans(used)}, which are yours," if used else ""


def my_text(works: Sequence[Work]) -> tuple[dict[int, Place], dict[int, Place]]:
    """Fingerprints that only I ever committed, and those that others did too, but not before."""
    only: dict[int, Place] = {}
    first: dict[int, Place] = {}
    for work in works:
        for number, place in work.mine.items():
            if number not in work.before:
                is_shared = number in work.after or number in work.elsewhere
                (first if is_shared else only).setdefault(number, place)
    return only, first


def names_of(oid: str, kind: str, repositories: Iterable[str]) -> list[str]:
    """Under which ids an object of git can stand in a seal."""
    return [f"swh:1:{kind}:{oid}", *(f"git:{name}:{oid}" for name in repositories)]


def questions(
    person: str, addresses: Iterable[str], works: Sequence[Work], repositories: Iterable[str] = ()
) -> bytes:
    """A question file (`byline/questions/1`): all that these clones would ask."""
    only, first = my_text(works)
    names = list(repositories)
    items: set[str] = set()
    for work in works:
        items.update(one for oid in work.commits for one in names_of(oid, "rev", names))
        items.update(one for oid in work.blobs for one in names_of(oid, "cnt", names))
    asked = {
        "schema": "byline/questions/1",
        "person": person,
        "addresses": sorted({address.strip() for address in addresses}),
        "items": sorted(items),
        "fingerprints": sorted(f"{number:016x}" for number in {*only, *first}),
    }
    return canonical(asked)


# --- 10. My clone and the release -----------------------------------------------------------------

IN_A_ROW = 20  # pieces of a file, about 130 tokens: longer than the templates that files share
LICENCE = re.compile(
    r"(.*/)?(((licen[cs]e|copying|notice|copyright)(?![a-z])|licenses/)"
    r"([^/.]|\.(?=\d|(txt|md|rst|html?|mit|bsd|apache|[al]?gpl|lesser)\b))*)",
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """A text from a bundle or a clone, safe to print: no control or direction characters."""
    return "".join(
        one if one.isprintable() else f"\\x{ord(one):02x}" if one < "\x80" else f"\\u{ord(one):04x}"
        for one in text
    )


def check_clones(asked: Asked, manifest: Any, found: Sequence[Answer], report: Report) -> None:
    """Compare every release with my clones."""
    if not asked.clones:
        says = "no --repo: the organisation chose what this bundle was asked"
        report.add("clone", "open" if asked.strict else "warning", says)
        return
    addresses = asked.addresses or tuple(manifest["addresses"])
    mine = ", ".join(addresses) or "no address"
    if not asked.addresses:
        says = f"no --address: your work is looked for under {mine}, as the bundle says"
        report.add("clone", "warning", says)
    works = scan(asked.clones, addresses)
    for work in works:
        says = (
            f"{work.clone.name}: {len(work.commits)} commits are yours, in {len(work.paths)} "
            f"files, with {len(work.mine)} pieces of text"
        )
        report.add("clone", "note", says)
        for note in work.notes:
            report.add("clone", "warning", f"{work.clone.name}: {note}")
    if not any(work.commits for work in works):
        report.add("clone", "warning", f"no commit in these clones is by {mine}")
    commits = {one["commit"] for answer in found for one in answer.seal["repositories"]}
    files = [(work, files_at(work, commits)) for work in works]
    views = [view_of(answer, files) for answer in found]
    seen = {name for view in views for name in view.here}
    seen |= {work.clone.absolute().name.removesuffix(".git") for work in works}
    text = my_text(works)
    for view in views:
        view.uncovered.update(view.unseen - seen)
        compare_items(view, works, report, strict=asked.strict)
        compare_text(view, works, text, report, strict=asked.strict)


@dataclass(frozen=True)
class View:
    """A release as my clones see it: which items they ask, and which repositories they have.

    Attributes:
        asked: Each item that the clones ask, with the clone, the commit and the path: those of the
            seal where it has the file, else of the commit that made it.
        here, unseen: The repositories of the seal with and without a clone that has its commit.
        uncovered: Those unseen that no clone is of, to judge by its name or by another release.
    """

    answer: Answer
    asked: dict[str, tuple[Work, str, str]] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    uncovered: set[str] = field(default_factory=set)


def view_of(answer: Answer, files: Iterable[tuple[Work, dict[str, dict[str, str]]]]) -> View:
    """What my clones ask: my commits, the files they made, and mine at the seal's commits."""
    view = View(answer)
    commits = {one["commit"] for one in answer.seal["repositories"]}
    for work, files_of in files:
        at = {commit: blobs for commit, blobs in files_of.items() if commit in commits}
        names = {one["name"] for one in answer.seal["repositories"] if one["commit"] in at}
        view.here.update(names)
        places = {oid: ("rev", oid, "") for oid in work.commits}
        made = work.blobs.items()
        places.update({oid: ("cnt", commit, path) for oid, (commit, path, mine) in made if mine})
        for commit, blobs in at.items():
            found = blobs.items()
            places.update({oid: ("cnt", commit, path) for oid, path in found if oid in work.blobs})
        for oid, (kind, commit, path) in places.items():
            view.asked.update((one, (work, commit, path)) for one in names_of(oid, kind, names))
    view.unseen.update({one["name"] for one in answer.seal["repositories"]} - view.here)
    return view


def compare_items(view: View, works: Sequence[Work], report: Report, *, strict: bool) -> None:
    """My commits and files: answered, and filed under my label where they are used."""
    answer, wrong, mine, unclear = view.answer, 0, 0, 0
    unanswered = sorted(view.asked.keys() - answer.items.keys())
    total = f"of {len(view.asked)} commits and versions of files that your clones ask,"
    if unanswered:
        says = f"{total} {len(unanswered)} are not answered"
        report.add("items", "open", says, release=answer.release, items=unanswered)
    for item, (work, commit, path) in sorted(view.asked.items()):
        record = answer.items.get(item)
        if record is None or item in answer.owned:
            mine += record is not None
            continue
        where, outcome, shared = f"your commit {commit[:12]}", "fails", ""
        if path:
            unclear += record["lines"] is None
            use = use_of_mine(lines_of_mine(work, commit, path), record["lines"])
            is_there = use and any(has_object(one, item) for one in works if one is not work)
            shared = ", another clone has the same file" if is_there else ""
            if not use or (shared and record["lines"] is None):
                continue
            where = f"{shown(path)}{use}"
            outcome = "open" if view.uncovered else "fails"
            if shared or record["lines"] is None:
                outcome = "warning"
            outcome = "fails" if strict else outcome
        wrong += 1
        why = {
            "fails": "CONTRADICTION",
            "open": f"NOT DECIDED, give a clone of {', '.join(sorted(view.uncovered))}",
            "warning": f"have a look{shared}",
        }[outcome]
        says = f"{why}: {where} is used by {record['examples']} examples, filed under another name"
        report.add("items", outcome, says, release=answer.release, item=item)
    if unclear:
        says = f"{unclear} are used by examples that name others, and state no lines"
        report.add("items", "note", f"{total} {says}", release=answer.release)
    outcome = "note" if unanswered or wrong else "holds"
    says = f"{total} {mine} are in under your name, {wrong} under another"
    report.add("items", outcome, says, release=answer.release)


def has_object(work: Work, item: str) -> bool:
    """Whether a clone has the object of an item."""
    with git_over(work.clone) as git:
        return git.said("cat-file", "-e", item.rpartition(":")[2]) is not None


def spans(lines: Iterable[int]) -> str:
    """Line numbers in words: 3-7, 9."""
    found: list[list[int]] = []
    for line in sorted(lines):
        if found and line <= found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    words = [f"{a}-{b}" if a < b else f"{a}" for a, b in found]
    return ", ".join(words[:5]) + (", …" if len(words) > 5 else "")


def compare_text(
    view: View,
    works: Sequence[Work],
    text: tuple[dict[int, Place], dict[int, Place]],
    report: Report,
    *,
    strict: bool,
) -> None:
    """My text (`my_text`), wherever it is filed: is any of it in the release?"""
    answer, (only, first) = view.answer, text
    asked = {**only, **first}
    missing = [number for number in asked if number not in answer.numbers]
    if missing:
        says = f"of {len(asked)} pieces of your text, {len(missing)} are not answered"
        report.add("fingerprints", "open", says, release=answer.release, count=len(missing))
    found = {number for number in asked if answer.numbers.get(number)}
    alone = len(found & only.keys())
    says = f"of {len(only)} pieces of text that only you committed, {alone} are in the release"
    if answer.record is not None:
        report.add("fingerprints", "holds", says, release=answer.release)
        list_files(asked, found, answer, report)
        return
    if not alone:
        report.add("fingerprints", "note" if missing else "holds", says, release=answer.release)
    unsure = {number for work in works for number in work.elsewhere}
    files: dict[tuple[str, str], list[int]] = {}
    for number, place in asked.items():
        files.setdefault((place.path, place.commit), []).append(number)
    for (path, commit), numbers in sorted(files.items()):
        hits = [one for one in numbers if one in found]
        if hits:
            row = longest_row(one in found for one in numbers if one not in unsure)
            is_alone = any(one in only for one in hits)
            says, outcome = weigh(path, row, is_alone=is_alone, view=view, strict=strict)
            lines = sorted({asked[one].line for one in hits})
            count = max(answer.numbers[one] for one in hits)
            says = (
                f"{says}: {shown(path)} from line {spans(lines)}, commit {commit[:12]}, "
                f"{len(hits)} of {len(numbers)} pieces, in up to {count} examples"
            )
            report.add("fingerprints", outcome, says, release=answer.release, path=path,
                       commit=commit, lines=lines, examples=count)  # fmt: skip


def weigh(path: str, row: int, *, is_alone: bool, view: View, strict: bool) -> tuple[str, str]:
    """What it means that text of mine is in a release which claims that I am absent.

    A few pieces can be a template or a copy that others have too, in a repository that no clone
    has. Where the clones have all, or a long row of pieces is in, it is my text.
    """
    is_row = row >= IN_A_ROW and not LICENCE.fullmatch(path)
    if strict or (is_alone and not view.unseen):
        return f"CONTRADICTION: text that {'only you' if is_alone else 'you'} committed", "fails"
    if is_row and not view.uncovered:
        why = "others may have copied, moved or reformatted it, it is yours all the same"
        return f"CONTRADICTION: {row} pieces in a row of your text; {why}", "fails"
    if is_row:
        where = ", ".join(sorted(view.uncovered))
        return f"NOT DECIDED: {row} pieces in a row of your text; give a clone of {where}", "open"
    says = "have a look: text that others committed too, or may have where you have no clone"
    return says, "warning"


def longest_row(hits: Iterable[bool]) -> int:
    """The most hits in a row."""
    most = now = 0
    for hit in hits:
        now = now + 1 if hit else 0
        most = max(most, now)
    return most


def list_files(
    asked: Mapping[int, Place], found: Collection[int], answer: Answer, report: Report
) -> None:
    """Which of my files the release has text of, and how many it has none of."""
    files: dict[str, list[bool]] = {}
    for number, place in asked.items():
        files.setdefault(place.path, []).append(number in found)
    for path, hits in sorted(files.items()):
        if any(hits):
            says = f"in: {shown(path)}, {sum(hits)} of {len(hits)} pieces"
            report.add("fingerprints", "note", says, release=answer.release, path=path)
    none = [path for path, hits in files.items() if not any(hits)]
    if none:
        says = f"of {len(none)} other files of yours, no piece is in"
        report.add("fingerprints", "note", says, release=answer.release, paths=sorted(none))


# --- 11. Models, and what else the log has --------------------------------------------------------

KINDS = {
    "assessment", "canary", "capture", "deployment", "key", "ledger", "model", "notices",
    "receipts", "release", "removal", "run", "terms", "verifier",
}  # fmt: skip


def check_kinds(log: Log, report: Report) -> None:
    """Say which kinds of entries nothing here looks at: one could be a release by another word."""
    unknown = Counter(one["type"] for one in log.entries if one["type"] not in KINDS)
    for kind, count in sorted(unknown.items()):
        says = f"{count} entries are of a kind that this program does not know: {kind[:60]!r}"
        report.add("log", "warning", says)


def check_models(log: Log, found: Sequence[Answer], report: Report) -> None:
    """Each run was logged after the seal of its release, and each model has such a run."""
    seals: dict[tuple[str, str], int] = {}
    for at, one in log.of("release"):
        seals.setdefault((one["release"], str(one.get("seal_sha256", ""))), at)
    of = {answer.release: answer for answer in found}
    runs: dict[str, tuple[int, str]] = {}
    for at, one in log.of("run"):
        name, release, seal = (str(one.get(key, "")) for key in ("run", "release", "seal_sha256"))
        says = ""
        if one.get("state") != "started":
            says = "" if name in runs else "finished and was never started"
        elif runs.get(name, (at, release))[1] != release:
            says = "was started on two releases"
        elif seal and seals.get((release, seal), at) >= at:
            says = f"was logged before the seal of release {release}"
        elif release in of and one.get("purpose") not in of[release].seal["purposes"]:
            says = f"was for a purpose that release {release} does not have"
        if says:
            report.add("models", "fails", f"run {name} {says}", run=name)
        runs.setdefault(name, (at if seal else -1, release))
    used: dict[str, Any] = {str(one.get("deployment")): one for _, one in log.of("deployment")}
    models = log.of("model")
    for at, model in models:
        check_model(at, model, runs, report)
        answer = of.get(str(model.get("release")))
        if answer and answer.record:
            now = (model.get("model"), "placed")
            uses = [one for one in used.values() if (one.get("model"), one.get("state")) == now]
            purposes = [str(one.get("purpose")) for one in uses]
            place = f"in use for {', '.join(purposes)}" if purposes else "not in use"
            says = f"model {model.get('model')} learned from release {answer.release}"
            report.add("models", "note", f"{says}, which includes you; {place}")
    report.add("models", "note", f"{len(runs)} runs and {len(models)} models are in the log")


def check_model(
    at: int, model: Mapping[str, Any], runs: Mapping[str, tuple[int, str]], report: Report
) -> None:
    """A model names a run that was logged before it, on the sealed release that it names."""
    name, run = str(model.get("model")), model.get("run")
    begun, release = runs.get(str(run), (at, ""))
    if run is None or begun < 0:
        says = f"model {name} names no run on a sealed release: nothing binds it to what it names"
        report.add("models", "open", says, model=name)
    elif begun >= at or release != model.get("release"):
        says = f"model {name} names a run that was not logged before it, or of another release"
        report.add("models", "fails", says, model=name)


# --- 12. The whole check, and its words -----------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What the person who checks brings along."""

    bundle: Path
    clones: tuple[Path, ...] = ()
    addresses: tuple[str, ...] = ()
    key: str = ""
    policy: Path | None = None
    since: Path | None = None
    me: str = ""
    strict: bool = False


def verify(asked: Asked) -> Report:
    """Make all checks. What fails is in the report; `Unreadable` is raised where nothing can be."""
    report = Report()
    try:
        check_all(asked, report)
    except Failed as error:
        report.add(error.check, "fails", str(error))
    return report


def check_all(asked: Asked, report: Report) -> None:
    """The checks in the order of the argument; `Failed` where one leaves nothing to go on."""
    files = read_bundle(asked.bundle)
    manifest = parse(files["bundle.json"], BUNDLE, "zip", "bundle.json")
    size = sum(len(data) for data in files.values())
    report.add("zip", "holds", f"{len(files)} files, {size:,} bytes, each one of the format")
    log = check_log(asked, files, report)
    check_program(files, manifest, log, report)
    sealed = check_answered(log, manifest, files, report)
    beta = check_person(asked, manifest, report)
    found = []
    for claim in manifest["releases"]:
        name = claim["release"]
        try:
            require(sealed.get(name), "seal", "it has no seal in the log")
            vrf_key = manifest["vrf"]["public_key"]
            answer = check_release(
                claim, files, log, vrf_key=vrf_key, beta=beta, sealed=sealed[name]
            )
        except Failed as error:
            report.add(error.check, "fails", f"release {name}: {error}", release=name)
        else:
            found.append(answer)
            say_answer(answer, report)
    check_clones(asked, manifest, found, report)
    check_models(log, found, report)
    check_kinds(log, report)


def check_log(asked: Asked, files: Mapping[str, bytes], report: Report) -> Log:
    """The checkpoint, its witnesses, and all of the log under it."""
    policy = read_policy(asked.policy.read_bytes() if asked.policy else files["policy.txt"])
    head = read_checkpoint(files["checkpoint"])
    of_log = [key for key in policy.logs if key.name == head.origin] or policy.logs
    keys = [read_key(asked.key, "key")] if asked.key else of_log
    is_logs = keys and all(key.kind == 1 for key in keys)
    require(is_logs, "key", "the log's key is not of the kind that logs sign with")
    log = Log(*read_entries(files["entries.jsonl"]), keys)
    check_checkpoint(log, head, policy, report, is_given=asked.policy is not None)
    if not asked.key and not asked.policy:
        says = (
            f"WHOSE KEY IS IT? The bundle brought it along: {keys[0]}. Compare it with one that "
            "you got elsewhere (the works council, a colleague), then give it with --key or "
            "--policy"
        )
        report.add("key", "open" if asked.strict else "warning", says, key=str(keys[0]))
    if asked.since:
        data = asked.since.read_bytes()
        old = read_bundle(asked.since)["checkpoint"] if data.startswith(b"PK") else data
        check_since(log, head, read_checkpoint(old, "since"), report)
    return log


def check_person(asked: Asked, manifest: Any, report: Report) -> bytes:
    """The bundle is about me, and its VRF output, from which labels follow, is that of my id."""
    person = manifest["person"]
    says = f"the bundle is about {person!r}, not {asked.me!r}"
    require(asked.me in {"", person}, "person", says)
    if not asked.me:
        says = f"the bundle is about {person!r}: is that you? (--me ID checks it)"
        report.add("person", "warning", says)
    theirs = {folded(address) for address in manifest["addresses"]}
    for address in asked.addresses:
        if folded(address) not in theirs:
            says = f"the organisation does not count {address} as yours"
            report.add("person", "warning", says, address=address)
    key, proof = (bytes.fromhex(manifest["vrf"][name]) for name in ("public_key", "proof"))
    beta = vrf_output(key, b"byline/contributor/1\n" + person.encode(), proof)
    report.add("person", "holds", f"the label is the only one that {person!r} can have")
    return beta


def say_answer(answer: Answer, report: Report) -> None:
    """One release in words."""
    present = sum(record is not None for record in answer.items.values())
    pieces = sum(count > 0 for count in answer.numbers.values())
    record, says = answer.record, "ABSENT, nothing stands under this person's label"
    if record is not None:
        says = (
            f"INCLUDED, with exactly {record['examples']} examples and {record['items']} items, "
            f"under {', '.join(record['decisions']) or 'no clause'}"
        )
    says = (
        f"release {answer.release} ({answer.seal['name']}): {says}; of {len(answer.items)} items "
        f"asked {present} are in it, of {len(answer.numbers)} pieces of text {pieces}"
    )
    report.add(
        "contributor", "holds", says, release=answer.release, included=record is not None,
        record=record, examples=answer.examples, items=sorted(answer.owned),
    )  # fmt: skip


COMPARED = {"items", "fingerprints"}  # the checks that a clone takes part in


def verdict(report: Report) -> str:
    """The outcome in words."""
    if report.has("fails"):
        return "DOES NOT HOLD: see the lines marked FAIL"
    if report.has("open"):
        return "NOT ALL ANSWERED: nothing is contradicted; see the lines marked OPEN"
    look = ""
    if any(line[0] in COMPARED and line[1] == "warning" for line in report.lines):
        look = "; there is work to look at: see the lines marked look"
    if any(line[0] == "key" for line in report.lines):
        return f"CONSISTENT, KEY NOT CONFIRMED: all holds if the key is the organisation's{look}"
    return f"ALL HOLDS{look}"


def say(text: str) -> None:
    """Print one line, whatever the terminal can show."""
    encoding = sys.stdout.encoding or "utf-8"
    line = shown(text).encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(line + "\n")


def print_report(report: Report, asked: Asked) -> None:
    """The report for a person: of each kind of line at most `SHOWN`."""
    words = {"holds": "ok", "fails": "FAIL", "open": "OPEN", "warning": "look", "note": "note"}
    printed: Counter[tuple[str, str, str]] = Counter()
    release = ""
    for check, outcome, says, facts in report.lines:
        name = str(facts.get("release", ""))
        if name != release and check in COMPARED:
            say(f"      -- release {name} and your clones")
            release = name
        printed[check, outcome, name] += 1
        if printed[check, outcome, name] <= SHOWN:
            say(f"{words[outcome]:5} {check:13} {says}")
    more = sum(max(0, count - SHOWN) for count in printed.values())
    if more:
        say(f"      {more} more lines like these: --json has them all")
    if any(one[0] in COMPARED and one[1] == "open" for one in report.lines):
        clones = " ".join(f"--repo {clone}" for clone in asked.clones)
        addresses = " ".join(f"--address {one}" for one in asked.addresses or ("ADDRESS",))
        say("To have the rest answered, make a question file and hand it in:")
        say(f"  verify.py ask {clones} --me {asked.me or 'ID'} {addresses} --out questions.json")
    say(f"Signatures were checked by {ED25519_BY}.")
    say("What no such check can show:")
    for limit in LIMITS:
        say(f"  - {limit}")
    say(verdict(report))


def as_json(report: Report) -> str:
    """The report for a program (`byline/verification/1`)."""
    value = {
        "schema": "byline/verification/1",
        "verdict": verdict(report),
        "exit_code": report.exit_code,
        "key_confirmed": all(line[0] != "key" for line in report.lines),
        "signatures_by": ED25519_BY,
        "checks": [
            {"check": check, "outcome": outcome, "says": says, **facts}
            for check, outcome, says, facts in report.lines
        ],
        "limits": list(LIMITS),
    }
    return json.dumps(value, ensure_ascii=True, indent=1)


def command_line() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """The words of both forms."""
    mine = "--repo src --me ada --address ada@acme.example"
    whole = argparse.ArgumentParser(
        prog="verify.py",
        description="Check a proof bundle, offline. Another form: verify.py ask --help",
        epilog=f"Example: python3 verify.py bundle.zip {mine} --key KEY",
    )
    whole.add_argument("bundle", type=Path, help="the zip that the organisation gave you")
    whole.add_argument("--key", default="", help="the log's key, as you got it elsewhere")
    whole.add_argument("--policy", type=Path, help="a policy with the log's key and its witnesses")
    whole.add_argument("--since", type=Path, help="a checkpoint, or a bundle, that you got before")
    whole.add_argument("--json", action="store_true", help="print JSON")
    whole.add_argument("--strict", action="store_true", help="count doubts as unanswered or failed")
    ask = argparse.ArgumentParser(
        prog="verify.py ask",
        description="Write down what your clones ask of the next bundle.",
        epilog=f"Example: python3 verify.py ask {mine} --out questions.json",
    )
    ask.add_argument("--out", type=Path, required=True, help="the file to write")
    for one, needed in ((whole, False), (ask, True)):
        many: dict[str, Any] = {"action": "append", "default": [], "required": needed}
        one.add_argument("--repo", type=Path, help="a clone of yours; again for each", **many)
        one.add_argument("--address", help="one that you commit under; again for each", **many)
        one.add_argument("--me", default="", required=needed, help="your id in the organisation")
    return whole, ask


def write_questions(options: argparse.Namespace) -> int:
    """Do `ask`."""
    works = scan(options.repo, options.address)
    names = [clone.absolute().name.removesuffix(".git") for clone in options.repo]
    data = questions(options.me, options.address, works, names)
    options.out.write_bytes(data)
    asked = json.loads(data)
    items, pieces = len(asked["items"]), len(asked["fingerprints"])
    say(f"{options.out}: {items} items and {pieces} pieces of text")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    whole, ask = command_line()
    try:
        if given[:1] == ["ask"]:
            return write_questions(ask.parse_args(given[1:]))
        options = whole.parse_args(given)
        if options.key and options.policy:
            whole.error("give --key or --policy, not both")
        asked = Asked(
            options.bundle, tuple(options.repo), tuple(options.address), options.key,
            options.policy, options.since, options.me, options.strict,
        )  # fmt: skip
        report = verify(asked)
    except (Unreadable, OSError, UnicodeError) as error:
        sys.stderr.write(shown(f"verify.py: {error}") + "\n")
        return 1
    if options.json:
        sys.stdout.write(as_json(report) + "\n")
    else:
        print_report(report, asked)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
