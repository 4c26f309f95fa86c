"""What is sent to a witness, and what it answers (https://c2sp.org/tlog-witness).

Invariants: a request has one written form, bounded in bytes and in hashes; nothing in it is
believed here.
"""

from dataclasses import dataclass

from byline.proof.checkpoint import parse_decimal, parse_hash
from byline.proof.errors import MalformedError
from byline.proof.note import encode_base64

MAX_REQUEST_BYTES = 131_072  # 63 hashes, and a checkpoint with some 30 ML-DSA-44 signatures
MAX_HASHES = 63
TEXT = "text/plain; charset=utf-8"
SIZE_TYPE = "text/x.tlog.size"
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422


@dataclass(frozen=True)
class Request:
    """A checkpoint (its note as signed) and the hashes that lead to it from `old_size` entries."""

    old_size: int
    hashes: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True)
class Answer:
    """An HTTP status, a body and its type."""

    status: int
    body: bytes
    content_type: str = TEXT


def format_request(request: Request) -> bytes:
    """Return the body of an `add-checkpoint` request."""
    lines = [f"old {request.old_size}", *map(encode_base64, request.hashes)]
    return "\n".join([*lines, "", ""]).encode() + request.note


def parse_request(data: bytes) -> Request:
    """Read the body of an `add-checkpoint` request; MalformedError if it is none."""
    if len(data) > MAX_REQUEST_BYTES:
        raise MalformedError(f"expected at most {MAX_REQUEST_BYTES} bytes, got {len(data)}")
    head, blank, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedError(f"expected ASCII before the checkpoint: {error.reason}") from error
    if not blank or not lines[0].startswith("old "):
        raise MalformedError("expected a line `old SIZE`, hashes, an empty line and a checkpoint")
    if len(lines) - 1 > MAX_HASHES:
        raise MalformedError(f"expected at most {MAX_HASHES} hashes, got {len(lines) - 1}")
    old_size = parse_decimal(lines[0].removeprefix("old "))
    return Request(old_size, tuple(map(parse_hash, lines[1:])), note)


def say(status: int, words: str) -> Answer:
    """An answer in words."""
    return Answer(status, f"{words}\n".encode())


def conflict(size: int) -> Answer:
    """The answer that states the size of the newest checkpoint that was cosigned."""
    return Answer(CONFLICT, f"{size}\n".encode(), SIZE_TYPE)


def size_in(answer: Answer) -> int:
    """The size that an answer of status 409 states; MalformedError if it states none."""
    text = answer.body.decode("ascii", "replace")
    if answer.content_type.split(";")[0].strip().lower() != SIZE_TYPE or not text.endswith("\n"):
        raise MalformedError(f"expected a size as {SIZE_TYPE}, got {text[:40]!r}")
    return parse_decimal(text.removesuffix("\n"))
