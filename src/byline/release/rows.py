"""A row of a release as canonical bytes: what its leaf in the seal is the hash of."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from byline.proof.absence import Leaf
from byline.proof.canonical import canonical_json


def row_digest(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of a row in canonical JSON, times as ISO 8601 in UTC with a Z."""
    return hashlib.sha256(canonical_json(_plain(row))).digest()


def leaf(row: Mapping[str, Any]) -> Leaf:
    """The leaf of a row: filed under the example's id."""
    return Leaf(str(row["id"]).encode("utf-8"), row_digest(row))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
