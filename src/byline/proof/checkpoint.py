"""Checkpoints: the signed head of a log (https://c2sp.org/tlog-checkpoint).

The text of the note is three lines and perhaps extension lines: the log's origin, the number of
entries in decimal, and the base64 of the RFC 6962 root. Invariants: parsing accepts exactly what
`format_checkpoint` writes; a log of no entries has the root of no leaves.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from byline.proof.errors import EmptyRootError, MalformedError
from byline.proof.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE
from byline.proof.note import parse_signatures

DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class Checkpoint:
    """A log's origin, its number of entries and its 32-byte root, with any extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what a checkpoint cannot say."""
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise MalformedError(f"checkpoint: expected a non-empty line, got {line!r}")
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedError(f"checkpoint: expected a size below 2**63, got {self.size}")
        if len(self.root) != HASH_SIZE:
            raise MalformedError(f"checkpoint: expected a root of 32 bytes, got {len(self.root)}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise EmptyRootError(f"checkpoint: size 0 with root {self.root.hex()}")


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the note text, ready to sign."""
    root = base64.b64encode(checkpoint.root).decode("ascii")
    lines = (checkpoint.origin, str(checkpoint.size), root, *checkpoint.extensions)
    return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note text; MalformedError unless it is a checkpoint in its only form."""
    lines = text.split("\n")
    if len(lines) < len(("origin", "size", "root", "end")) or lines[-1]:
        raise MalformedError("checkpoint: expected lines for origin, size and root")
    origin, size, root, *extensions = lines[:-1]
    return Checkpoint(origin, parse_decimal(size), parse_hash(root), tuple(extensions))


def unverified_checkpoint(note: bytes) -> Checkpoint:
    """Return the checkpoint in a note without verifying who signed it."""
    return parse_checkpoint(parse_signatures(note)[0])


def parse_decimal(text: str) -> int:
    """Read a number from 0 to 2**63 - 1 in ASCII digits without leading zeroes."""
    if not DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        raise MalformedError(f"expected a decimal number below 2**63, got {text[:40]!r}")
    return int(text)


def parse_hash(text: str) -> bytes:
    """Read the canonical base64 of 32 bytes."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedError(f"expected base64 of a hash, got {text[:60]!r}") from error
    if len(data) != HASH_SIZE or base64.b64encode(data).decode("ascii") != text:
        raise MalformedError(f"expected base64 of 32 bytes, got {text[:60]!r}")
    return data
