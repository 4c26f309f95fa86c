"""One byte string for one JSON value, so that a hash of it means something.

Invariants: object keys are strings in code point order, no whitespace, UTF-8 without escapes that
JSON does not require, no NaN or infinity, no lone surrogate, nesting of at most `MAX_DEPTH`.
Floats are written as Python writes them (shortest form that reads back equal). This is not RFC
8785, which orders keys by UTF-16 unit and writes numbers as ECMAScript does; the two agree on
values made of integers below 2**53, booleans, null and text whose keys are in the basic
multilingual plane.
"""

import hashlib
import json
from collections.abc import Iterable

from byline.proof.errors import NotCanonicalError

MAX_DEPTH = 64


def canonical_json(value: object) -> bytes:
    """Return the canonical UTF-8 JSON of null, bool, int, float, str, list, tuple and dict values.

    Raises NotCanonicalError for any other type, a key that is not text, NaN or infinity, a lone
    surrogate, or nesting deeper than MAX_DEPTH.
    """
    _check(value)
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonicalError(f"text holds a lone surrogate at {error.start}") from error
    except ValueError as error:
        raise NotCanonicalError(f"number is not finite or too long: {error}") from error


def parse_canonical(data: bytes) -> object:
    """Return the value that `data` is the canonical JSON of.

    Raises NotCanonicalError unless `canonical_json` of the value gives `data` back byte for byte;
    this refuses repeated keys, spaces, escapes and alternative number forms alike.
    """
    try:
        value: object = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError(f"expected canonical JSON, got {data[:60]!r}: {error}") from error
    if canonical_json(value) != data:
        raise NotCanonicalError(f"expected canonical JSON, got another form of it: {data[:60]!r}")
    return value


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _check(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [part for inner in level for part in _parts(inner)]
        if not level:
            return
    raise NotCanonicalError(f"expected at most {MAX_DEPTH} levels of nesting, got more")


def _parts(value: object) -> Iterable[object]:
    if value is None or isinstance(value, str | int | float):
        return ()
    if isinstance(value, list | tuple):
        return value
    if not isinstance(value, dict):
        raise NotCanonicalError(f"expected a JSON value, got {type(value).__name__}")
    for key in value:
        if not isinstance(key, str):
            raise NotCanonicalError(f"expected text as key, got {type(key).__name__} {key!r}")
    return value.values()
