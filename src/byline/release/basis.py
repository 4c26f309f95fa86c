"""What a release rests on besides its rows, by hash: decisions, terms, notices, capture.

Invariant: the same hashes stand in the log before the release is sealed, so that a seal cannot name
terms or notices that were not published then.
"""

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from byline.engine.stage import combined
from byline.proof.canonical import canonical_json
from byline.release.assessed import in_force
from byline.release.inputs import Inputs
from byline.release.prepare import Prepared
from byline.terms.notices import Notice


@dataclass(frozen=True)
class Basis:
    """Hashes, in hexadecimal, of what a release was selected by.

    Attributes:
        decisions: Of all decisions.
        terms: The digest of the terms.
        notices: Of the notices that count (`notices_digest`).
        capture: Of the capture manifest's bytes; None where none is configured.
        assessments: Of the documents of the assessments in force, sorted.
    """

    decisions: str
    terms: str
    notices: str
    capture: str | None
    assessments: tuple[str, ...]


def basis_of(prepared: Prepared, inputs: Inputs, *, capture: str | None) -> Basis:
    """The basis of prepared work.

    Args:
        prepared: The decided work.
        inputs: The terms that it was decided under.
        capture: The hash of the capture manifest.
    """
    parts = [
        part for one in prepared.repositories for part in (*one.file_decisions, *one.edit_decisions)
    ]
    parts += [one.decisions for one in prepared.work]
    return Basis(
        decisions=combined(parts),
        terms=inputs.terms.digest,
        notices=notices_digest(inputs.terms.notices),
        capture=capture,
        assessments=tuple(
            sorted(one.sha256 for one in in_force(inputs.terms.assessments, as_of=inputs.as_of))
        ),
    )


def notices_digest(notices: Iterable[Notice]) -> str:
    """SHA-256 over the notices as a sorted set of lines of canonical JSON, in hexadecimal."""
    lines = sorted({canonical_json(_plain(one)) for one in notices})
    return hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def _plain(notice: Notice) -> dict[str, Any]:
    fields = ((one.name, getattr(notice, one.name)) for one in dataclasses.fields(notice))
    return {name: value if value is None else str(value) for name, value in fields}
