"""Signatures of commits, as recorded: the armour, and the exact bytes that it was made over.

The payload is the commit object without its signature headers, as git takes them out
(`parse_buffer_signed_by_header` in git's commit.c): every header whose name begins with ``gpgsig``
goes, with its continuation lines. In a SHA-1 repository the signature is ``gpgsig``, in a SHA-256
one ``gpgsig-sha256``. Nothing is judged here: see `byline.people.verification`.

Invariants: objects are read once each, as bytes, in one long-lived `git cat-file`. A bucket of
`SIGNATURES` stands beside every bucket of `COMMITS`, empty where nothing is signed, and its rows
are a function of that bucket's commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from byline.engine.stage import KEY_LENGTH, Partition
from byline.work.git.commits import merged
from byline.work.git.objects import ObjectReader
from byline.work.git.place import VERSION, Place
from byline.work.schema import SIGNATURES
from byline.workspace.files import sha256_text

SIGNATURE_LIMIT = 1 << 16  # bytes of armour; the longest honest ones are a few thousand
PAYLOAD_LIMIT = 1 << 20  # bytes of commit object without its signature
SHA1_HEX = 40
PREFIX = b"gpgsig"
KINDS = (
    (b"-----BEGIN SSH SIGNATURE-----", "ssh"),
    (b"-----BEGIN PGP SIGNATURE-----", "openpgp"),
    (b"-----BEGIN PGP MESSAGE-----", "openpgp"),
    (b"-----BEGIN SIGNED MESSAGE-----", "x509"),
)


class Signed(NamedTuple):
    """What a commit object says of its signature.

    Attributes:
        kind: ssh | openpgp | x509 | unknown, by how the armour begins.
        signature: The armour; None when it is not kept.
        payload: What was signed; None when it is not kept.
        problem: Why there is nothing to check: ``several_signatures``, ``signature_too_large``,
            ``payload_too_large``, ``other_hash`` (made over the object's other form); else None.
    """

    kind: str
    signature: bytes | None
    payload: bytes | None
    problem: str | None


def signed(content: bytes, *, oid: str) -> Signed | None:
    """The signature of one commit object, or None when it has none.

    Args:
        content: The object, without git's own header.
        oid: Its id; the length says which hash the repository uses.
    """
    end = content.find(b"\n\n")
    if content.find(b"\n" + PREFIX, 0, end if end >= 0 else len(content)) < 0:
        return None
    name = b"gpgsig " if len(oid) == SHA1_HEX else b"gpgsig-sha256 "
    payload, signatures, others = _parts(content, name)
    if not signatures:
        return Signed("unknown", None, None, "other_hash") if others else None
    kind = next((kind for begin, kind in KINDS if signatures[0].startswith(begin)), "unknown")
    if len(signatures) > 1:
        return Signed(kind, None, None, "several_signatures")
    if len(signatures[0]) > SIGNATURE_LIMIT:
        return Signed(kind, None, None, "signature_too_large")
    if len(payload) > PAYLOAD_LIMIT:
        return Signed(kind, None, None, "payload_too_large")
    return Signed(kind, signatures[0], payload, None)


def _parts(content: bytes, name: bytes) -> tuple[bytes, list[bytes], int]:
    """The payload, the text of each header called `name`, and how many other ones there are."""
    end = content.find(b"\n\n")
    head, rest = (content, b"") if end < 0 else (content[: end + 1], content[end + 1 :])
    payload: list[bytes] = []
    signatures: list[list[bytes]] = []
    others = 0
    sink = payload
    for line in _lines(head):
        if line.startswith(name):
            sink = []
            signatures.append(sink)
            sink.append(line[len(name) :])
        elif line.startswith(b" ") and sink is not payload:
            sink.append(line[1:])
        elif line.startswith(PREFIX):
            others += 1
            sink = []
        else:
            sink = payload
            payload.append(line)
    return b"".join([*payload, rest]), [b"".join(one) for one in signatures], others


def _lines(text: bytes) -> list[bytes]:
    r"""Lines as git sees them: ended by ``\n`` alone."""
    *ended, last = text.split(b"\n")
    return [*(line + b"\n" for line in ended), *([last] if last else [])]


def read_signatures(
    directory: Path, commits: Sequence[str], *, repository: str
) -> Iterator[dict[str, Any]]:
    """Rows of `SIGNATURES` for those of the commits that are signed, in the order given."""
    with ObjectReader(directory) as reader:
        for oid, content in zip(commits, reader.read_all(commits), strict=True):
            found = signed(content, oid=oid)
            if found is not None:
                yield {"repository": repository, "commit": oid, **found._asdict()}


def write_signatures(
    directory: Path,
    place: Place,
    commits: Mapping[int, Partition],
    *,
    grown: Mapping[int, Sequence[pa.RecordBatch]],
    kept: Mapping[int, Partition],
    tip: str,
) -> list[Partition]:
    """Bring the buckets of `SIGNATURES` up to date with those of `COMMITS`.

    Args:
        directory: The mirror.
        place: Where the repository's tables lie.
        commits: Every bucket of `COMMITS` as it is now.
        grown: The new commits by bucket.
        kept: The buckets of `SIGNATURES` that the last collection left.
        tip: The collected commit.
    """
    parts = []
    for bucket in sorted(commits):
        if bucket in kept and bucket not in grown:
            parts.append(kept[bucket])
            continue
        key = sha256_text("signatures", VERSION, place.repository, tip, str(bucket))[:KEY_LENGTH]
        old = kept[bucket].read() if bucket in kept else None
        new = _oids([commits[bucket].read(["commit"])] if old is None else grown[bucket])
        make = partial(_grown, directory, place, old, new)
        parts.append(place.provided("signatures", bucket, key, make))
    return parts


def _oids(tables: Sequence[pa.Table | pa.RecordBatch]) -> list[str]:
    return sorted({oid for table in tables for oid in table["commit"].to_pylist()})


def _grown(directory: Path, place: Place, old: pa.Table | None, new: Sequence[str]) -> pa.Table:
    rows = read_signatures(directory, new, repository=place.repository)
    return merged(old, pa.Table.from_pylist(list(rows), schema=SIGNATURES))
