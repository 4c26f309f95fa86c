"""`seal/seal.json`, read and checked against the release that it lies in.

Invariants: it has exactly the fields of docs/proof-formats.md in canonical JSON; the manifest, its
rows' root and its list of shards are those that the seal names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from byline.errors import IntegrityError
from byline.proof.canonical import canonical_json, parse_canonical, sha256_hex
from byline.proof.errors import ProofError
from byline.proof.merkle import build_row, hash_leaves
from byline.release.fingerprints import FORM

SEAL_FILE: Final = "seal/seal.json"
SEAL_SCHEMA: Final = "byline/seal/1"
TREES: Final = ("examples", "shards", "contributors", "items", "fingerprints")
DIGESTS: Final = (
    "manifest_sha256", "decisions", "terms", "notices", "salt_sha256", "vrf_public_key",
)  # fmt: skip
OTHERS: Final = (
    "schema", "release", "name", "lane", "purposes", "capture", "assessments", "repositories",
)  # fmt: skip
HEX: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Tree:
    """A root (in hexadecimal) and how many leaves are under it."""

    root: str
    size: int

    def as_json(self) -> dict[str, Any]:
        """As the seal has it."""
        return {"root": self.root, "size": self.size}


@dataclass(frozen=True)
class Seal:
    """A seal as it was read or made; `data` is the whole file, and what the log has the hash of.

    Attributes:
        repositories: Name and commit of each.
        capture: The hash of the capture manifest, or None.
    """

    data: bytes
    release: str
    name: str
    lane: str
    purposes: tuple[str, ...]
    manifest_sha256: str
    examples: Tree
    shards: Tree
    contributors: Tree
    items: Tree
    fingerprints: Tree
    decisions: str
    terms: str
    notices: str
    capture: str | None
    assessments: tuple[str, ...]
    repositories: tuple[tuple[str, str], ...]
    salt_sha256: str
    vrf_public_key: str

    @property
    def sha256(self) -> str:
        """The hash that stands in the log."""
        return sha256_hex(self.data)


def parse_seal(data: bytes) -> Seal:
    """Read a seal.

    Raises:
        IntegrityError: It is not in the form that it must have.
    """
    try:
        return _seal(data, parse_canonical(data))
    except (ProofError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(f"{SEAL_FILE} is damaged: {error}") from error


def _seal(data: bytes, said: Any) -> Seal:
    if not isinstance(said, dict) or set(said) != {*TREES, *DIGESTS, *OTHERS}:
        raise ValueError("it has other fields")
    if said["schema"] != SEAL_SCHEMA or said["fingerprints"].pop("form") != FORM:
        raise ValueError("it is of another version")
    digests = [*(said[name] for name in DIGESTS), *said["assessments"]]
    digests += [] if said["capture"] is None else [said["capture"]]
    if not all(isinstance(one, str) and HEX.fullmatch(one) for one in digests):
        raise ValueError("a digest is none")
    trees: dict[str, Any] = {name: _tree(said[name]) for name in TREES}
    texts: dict[str, Any] = {name: str(said[name]) for name in ("release", "name", "lane")}
    return Seal(
        data=data,
        **trees,
        **texts,
        **{name: said[name] for name in (*DIGESTS, "capture")},
        purposes=tuple(said["purposes"]),
        assessments=tuple(said["assessments"]),
        repositories=tuple((one["name"], one["commit"]) for one in said["repositories"]),
    )


def read_seal(directory: Path) -> Seal | None:
    """The seal in a release's folder; None for a release of a version that made none.

    Raises:
        IntegrityError: There is one that cannot be read.
    """
    try:
        return parse_seal((directory / SEAL_FILE).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IntegrityError(f"{directory / SEAL_FILE} cannot be read: {error}") from error


def check_seal(seal: Seal, manifest: Mapping[str, Any], data: bytes) -> None:
    """Check that a seal is of this release.

    Args:
        seal: As read.
        manifest: The release's manifest.
        data: The manifest's bytes.

    Raises:
        IntegrityError: It names another manifest, or disagrees with this one.
    """
    repositories = sorted((one["name"], one["commit"]) for one in manifest["repositories"])
    pairs = {
        "release": (seal.release, manifest["release"]),
        "name": (seal.name, manifest["name"]),
        "lane": (seal.lane, manifest["lane"]),
        "purposes": (list(seal.purposes), manifest["purposes"]),
        "manifest_sha256": (seal.manifest_sha256, sha256_hex(data)),
        "examples": (seal.examples, Tree(manifest["root"], manifest["examples"])),
        "shards": (seal.shards, shards_tree(manifest["shards"])),
        "terms": (seal.terms, manifest["terms"]),
        "repositories": (list(seal.repositories), repositories),
    }
    for name, (sealed, found) in pairs.items():
        if sealed != found:
            raise IntegrityError(
                f"{manifest['release']}: {SEAL_FILE} has {name} {sealed!r}, the release {found!r}",
                advice="a changed release cannot be used; build it again",
            )


def shards_tree(shards: Iterable[Mapping[str, Any]]) -> Tree:
    """The RFC 6962 tree over the shards' paths and hashes, in order of path."""
    entries = sorted((str(one["path"]), str(one["sha256"])) for one in shards)
    leaves = (canonical_json({"path": path, "sha256": sha}) for path, sha in entries)
    return Tree(build_row(hash_leaves(leaves)).root.hex(), len(entries))


def _tree(said: Mapping[str, Any]) -> Tree:
    root, size = said["root"], said["size"]
    if set(said) != {"root", "size"} or type(size) is not int or size < 0:
        raise ValueError("a tree has not just a root and a size")
    if not isinstance(root, str) or not HEX.fullmatch(root):
        raise ValueError("a root is none")
    return Tree(root, size)
