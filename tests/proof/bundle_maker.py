"""A little maker of logs, seals and bundles, written from docs/proof-formats.md alone.

It knows nothing of Byline's own builders, so that the verifier is tested against the page.
"""

import base64
import functools
import hashlib
import json
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from byline.proof import verify

PROGRAM = Path(verify.__file__).read_bytes()
VRF_SEED = b"v" * 32
SALT = b"s" * 32


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def merkle(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return sha(b"\0", leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", merkle(leaves[:split]), merkle(leaves[split:]))


def merkle_path(leaves: list[bytes], at: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if at < split:
        return [*merkle_path(leaves[:split], at), merkle(leaves[split:])]
    return [*merkle_path(leaves[split:], at - split), merkle(leaves[:split])]


def bit(key: bytes, depth: int) -> int:
    return key[depth // 8] >> (7 - depth % 8) & 1


def trie_root(pairs: dict[bytes, bytes], depth: int = 0) -> bytes:
    if not pairs:
        return bytes(32)
    if len(pairs) == 1:
        [(key, value)] = pairs.items()
        return sha(b"\0", key, value)
    halves = [{k: v for k, v in pairs.items() if bit(k, depth) == side} for side in (0, 1)]
    return sha(b"\1", *(trie_root(half, depth + 1) for half in halves))


def trie_proof(pairs: dict[bytes, bytes], keys: list[bytes], depth: int = 0) -> bytes:
    if not pairs:
        return b"\0"
    if not keys:
        return b"\3" + trie_root(pairs, depth)
    if len(pairs) == 1:
        [(key, value)] = pairs.items()
        return b"\1" + key + value
    halves = [
        trie_proof(
            {k: v for k, v in pairs.items() if bit(k, depth) == side},
            [k for k in keys if bit(k, depth) == side],
            depth + 1,
        )
        for side in (0, 1)
    ]
    return b"\2" + b"".join(halves)


@functools.cache
def vrf_prove(seed: bytes, alpha: bytes) -> tuple[bytes, bytes, bytes]:
    """Public key, proof, output (RFC 9381 section 5.1, with the verifier's curve)."""
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = verify.encode(verify.times(secret, verify.BASE))
    point = None
    for count in range(256):
        hashed = hashlib.sha512(b"\3\1" + public + alpha + bytes([count]) + b"\0").digest()
        if point := verify.decode(hashed[:32]):
            break
    point = verify.times(8, point)
    h = verify.encode(point)
    gamma = verify.times(secret, point)
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + h).digest(), "little") % verify.ORDER
    points = [h, verify.encode(gamma), verify.encode(verify.times(nonce, verify.BASE)),
              verify.encode(verify.times(nonce, point))]  # fmt: skip
    c = hashlib.sha512(b"\3\2" + public + b"".join(points) + b"\0").digest()[:16]
    s = (nonce + int.from_bytes(c, "little") * secret) % verify.ORDER
    beta = hashlib.sha512(b"\3\3" + verify.encode(verify.times(8, gamma)) + b"\0").digest()
    return public, points[1] + c + s.to_bytes(32, "little"), beta


@dataclass(frozen=True)
class Signs:
    """A key that signs notes: 1 a log's, 4 a witness's."""

    name: str
    seed: bytes
    kind: int = 1

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def hash(self) -> bytes:
        return sha(self.name.encode(), b"\n", bytes([self.kind]), self.public)[:4]

    @property
    def vkey(self) -> str:
        key = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{key}"

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def line(self, text: str, when: int = 1_700_000_000) -> str:
        message, stamp = text.encode(), b""
        if self.kind == 4:
            message = f"cosignature/v1\ntime {when}\n{text}".encode()
            stamp = when.to_bytes(8, "big")
        data = base64.b64encode(self.hash + stamp + self.sign(message)).decode()
        return f"— {self.name} {data}\n"


LOG = Signs("log.acme.example", b"l" * 32)
NEXT = Signs("log.acme.example", b"n" * 32)
UNION = Signs("union.example", b"u" * 32, 4)
AUDITOR = Signs("auditor.example", b"a" * 32, 4)


def checkpoint(entries: list[bytes], *signers: Signs, origin: str = LOG.name) -> bytes:
    root = base64.b64encode(merkle(entries)).decode()
    text = f"{origin}\n{len(entries)}\n{root}\n"
    return (text + "\n" + "".join(one.line(text) for one in signers)).encode()


def policy(*logs: Signs, quorum: str = "workers") -> bytes:
    lines = [f"log {one.vkey}" for one in logs]
    lines += [f"witness union {UNION.vkey}", f"witness auditor {AUDITOR.vkey} https://a.example"]
    return "\n".join([*lines, "group workers any union auditor", f"quorum {quorum}", ""]).encode()


@dataclass(frozen=True)
class Item:
    """An item of a release: its id, the people whose it is, the lines used."""

    id: str
    owners: tuple[str, ...]
    lines: list[list[int]] | None = None
    examples: int = 1


@dataclass(frozen=True)
class Release:
    """What is in a release, by roster id."""

    id: str = "rel_0000000000000001"
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)  # person: ids
    items: tuple[Item, ...] = ()
    numbers: dict[int, int] = field(default_factory=dict)
    commits: tuple[tuple[str, str], ...] = ()  # name, commit
    salt: bytes = SALT
    vrf_seed: bytes = VRF_SEED

    def label(self, person: str) -> bytes:
        beta = vrf_prove(self.vrf_seed, b"byline/contributor/1\n" + person.encode())[2]
        return sha(b"byline/label/1\n", beta, b"\n", self.id.encode())

    def item_key(self, item: str) -> bytes:
        return sha(b"byline/item/1\n", self.salt, item.encode())

    def owner(self, person: str, item: str) -> str:
        return sha(b"byline/owner/1\n", self.label(person), self.item_key(item))[:16].hex()

    def item_records(self) -> dict[bytes, bytes]:
        return {
            self.item_key(one.id): canonical({
                "classes": ["code"], "examples": one.examples, "item": one.id, "lines": one.lines,
                "owners": sorted(self.owner(person, one.id) for person in one.owners),
            })
            for one in self.items
        }  # fmt: skip

    def record(self, person: str) -> dict[str, Any] | None:
        if person not in self.examples:
            return None
        ids = sorted(self.examples[person])
        keys = sorted(self.item_key(one.id) for one in self.items if person in one.owners)
        return {
            "contributor": f"p_{person}", "decisions": ["employment/7"], "examples": len(ids),
            "examples_root": merkle([one.encode() for one in ids]).hex(), "items": len(keys),
            "items_root": merkle(keys).hex(),
        }  # fmt: skip

    def contributors(self) -> dict[bytes, bytes]:
        return {self.label(one): sha(canonical(self.record(one))) for one in self.examples}

    def fingerprint_keys(self) -> dict[bytes, bytes]:
        return {self.number_key(one): count.to_bytes(32, "big")
                for one, count in self.numbers.items()}  # fmt: skip

    def number_key(self, number: int) -> bytes:
        return sha(b"byline/fingerprint/1\n", self.salt, number.to_bytes(8, "big"))

    def item_pairs(self) -> dict[bytes, bytes]:
        return {key: sha(record) for key, record in self.item_records().items()}

    def seal(self) -> bytes:
        def tree(pairs: dict[bytes, bytes]) -> dict[str, Any]:
            return {"root": trie_root(pairs).hex(), "size": len(pairs)}

        nothing = {"root": sha().hex(), "size": 0}
        return canonical({
            "schema": "byline/seal/1", "release": self.id, "name": "acme", "lane": "attributed",
            "purposes": ["assist_others"], "manifest_sha256": "0" * 64, "examples": nothing,
            "shards": nothing, "contributors": tree(self.contributors()),
            "items": tree(self.item_pairs()), "decisions": "0" * 64, "terms": "0" * 64,
            "fingerprints": {"form": "byline/fingerprints/1", **tree(self.fingerprint_keys())},
            "notices": "0" * 64, "capture": None, "assessments": [],
            "repositories": [{"commit": commit, "name": name} for name, commit in self.commits],
            "salt_sha256": sha(b"byline/salt-commitment/1\n", self.salt).hex(),
            "vrf_public_key": vrf_prove(self.vrf_seed, b"")[0].hex(),
        })  # fmt: skip

    def entry(self) -> bytes:
        return canonical({"type": "release", "release": self.id, "manifest_sha256": "0" * 64,
                          "root": sha().hex(), "seal_sha256": sha(self.seal()).hex()})  # fmt: skip

    def answer(self, person: str, items: list[str], numbers: list[int]) -> dict[str, bytes]:
        """The files of a bundle that speak of this release, but for the log's proof."""
        mine = sorted(self.examples.get(person, ()))
        owned = [one.id for one in self.items if person in one.owners]
        asked = sorted({*items, *owned})
        records = self.item_records()
        keys = [self.item_key(one) for one in asked]
        numbers = sorted(set(numbers))
        return {
            "seal.json": self.seal(),
            "contributor.trie": trie_proof(self.contributors(), [self.label(person)]),
            "items.trie": trie_proof(self.item_pairs(), keys),
            "items.jsonl": b"".join(records[k] + b"\n" for k in sorted(keys) if k in records),
            "mine.jsonl": "".join(f"{one}\n" for one in mine).encode(),
            "fingerprints.trie": trie_proof(
                self.fingerprint_keys(), [self.number_key(one) for one in numbers]
            ),
            "fingerprints.bin": b"".join(one.to_bytes(8, "big") for one in numbers),
            "items.txt": "".join(f"{one}\n" for one in asked).encode(),
        }


VERIFIER_ENTRY = canonical(
    {"type": "verifier", "name": "verify.py", "sha256": sha(PROGRAM).hex(), "size": len(PROGRAM)}
)


@dataclass(frozen=True)
class Bundle:
    """What an organisation would put into one; change a field to lie."""

    releases: tuple[Release, ...]
    person: str = "ada"
    addresses: tuple[str, ...] = ("ada@acme.example",)
    items: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    more: tuple[bytes, ...] = ()  # entries of the log after the releases'
    hidden: tuple[str, ...] = ()  # releases that are logged and not mentioned
    unanswered: dict[str, str] = field(default_factory=dict)
    signers: tuple[Signs, ...] = (LOG, UNION)
    policy: bytes = policy(LOG)

    def entries(self) -> list[bytes]:
        return [VERIFIER_ENTRY, *(one.entry() for one in self.releases), *self.more]

    def files(self) -> dict[str, bytes]:
        entries = self.entries()
        answered = [r for r in self.releases if r.id not in self.hidden
                    and r.id not in self.unanswered]  # fmt: skip
        head = checkpoint(entries, *self.signers)
        public, proof, _ = vrf_prove(VRF_SEED, b"byline/contributor/1\n" + self.person.encode())
        manifest = {
            "schema": "byline/bundle/1", "organisation": "Acme", "person": self.person,
            "addresses": list(self.addresses), "made": "2026-11-24",
            "vrf": {"proof": proof.hex(), "public_key": public.hex()},
            "releases": [
                {"release": r.id, "claim": "included" if self.person in r.examples else "absent",
                 "salt": r.salt.hex(), "record": r.record(self.person)}
                for r in answered
            ],
            "unanswered": [{"release": k, "reason": v} for k, v in self.unanswered.items()],
            "verifier_sha256": sha(PROGRAM).hex(),
        }  # fmt: skip
        files = {
            "README.txt": b"how to check\n", "verify.py": PROGRAM,
            "bundle.json": canonical(manifest), "policy.txt": self.policy, "checkpoint": head,
            "entries.jsonl": b"".join(one + b"\n" for one in entries),
        }  # fmt: skip
        for one in answered:
            made = one.answer(self.person, list(self.items), list(self.numbers))
            at = entries.index(one.entry())
            path = [base64.b64encode(h).decode() for h in merkle_path(entries, at)]
            lines = ["c2sp.org/tlog-proof@v1", f"index {at}", *path, "", ""]
            made["log.tlog-proof"] = "\n".join(lines).encode() + head
            files |= {f"{one.id}/{name}": data for name, data in made.items()}
        return files

    def but(self, **changes: Any) -> "Bundle":
        return replace(self, **changes)


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return path
