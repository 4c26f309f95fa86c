"""Texts with what was found in them replaced, before any example is made of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from byline.errors import IntegrityError
from byline.privacy.redact import redact
from byline.privacy.spans import Finding

Found = Mapping[tuple[str, str], Sequence[Finding]]


def findings_by_text(findings: pa.Table) -> Found:
    """Findings by (item, field)."""
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for row in findings.to_pylist():
        found = Finding(
            start=row["start"],
            end=row["end"],
            category=row["category"],
            kind=row["kind"],
            detector=row["detector"],
            version=row["version"],
        )
        grouped.setdefault((row["item"], row["field"]), []).append(found)
    return grouped


def redacted(row: Mapping[str, Any], field: str, found: Found, *, item: str | None = None) -> str:
    """A text of a row with its findings replaced; it has as many lines as before.

    Raises:
        IntegrityError: The number of lines changed, which would move every line's author.
    """
    text: str = row[field]
    clean = redact(text, found.get((item or row["item"], field), ()))
    if clean.count("\n") != text.count("\n"):
        raise IntegrityError(f"redacting {row['item']} ({field}) changed its number of lines")
    return clean
