"""Spans that detectors report, and the conversions between bytes and code points.

Detectors read UTF-8 bytes, where matching is fastest; tables hold offsets in code points. A span
never carries the value it covers, so that a secret is not copied anywhere by being found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Category = Literal["secret", "personal"]

CONTINUATION_MASK: Final = 0xC0
CONTINUATION: Final = 0x80


@dataclass(frozen=True, order=True)
class Finding:
    """One span that a detector reported.

    Attributes:
        start: First code point of the span.
        end: One past its last code point.
        category: ``secret`` or ``personal``.
        kind: What it is: "aws-access-key", "email", "name", ….
        detector: Which detector saw it.
        version: The version of that detector.
    """

    start: int
    end: int
    category: Category
    kind: str
    detector: str
    version: str


def to_code_points(data: bytes, offsets: Sequence[int]) -> list[int]:
    """Turn byte offsets into the UTF-8 bytes `data` into code-point offsets, in the same order."""
    if not offsets or data.isascii():
        return list(offsets)
    unique, places = np.unique(np.asarray(offsets, dtype=np.int64), return_inverse=True)
    values = np.frombuffer(data, dtype=np.uint8)
    starts = np.flatnonzero((values & CONTINUATION_MASK) != CONTINUATION)
    points: npt.NDArray[np.int64] = np.searchsorted(starts, unique, side="left")
    return [int(point) for point in points[places]]


def line_numbers(text: str, offsets: Sequence[int]) -> list[int]:
    """The line, counted from 1, of each code-point offset into `text`; line feeds end lines."""
    lines: dict[int, int] = {}
    line, done = 1, 0
    for offset in sorted(set(offsets)):
        line += text.count("\n", done, offset)
        done = offset
        lines[offset] = line
    return [lines[offset] for offset in offsets]


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without overlaps, in order of place.

    Where spans overlap, a secret wins over personal data and then the longer span wins; what is
    left of the loser outside the winner stays covered, because the winner grows to the union of
    both. The result does not depend on the order of `findings`.
    """
    kept: list[Finding] = []
    group: list[Finding] = []
    reach = 0
    for finding in sorted(set(findings)):
        if group and finding.start >= reach:
            kept.append(_union(group))
            group, reach = [], 0
        group.append(finding)
        reach = max(reach, finding.end)
    return [*kept, _union(group)] if group else kept


def _union(group: Sequence[Finding]) -> Finding:
    """One finding over the whole of an overlapping group, named after its strongest member."""
    strongest = min(
        group,
        key=lambda one: (
            one.category != "secret",
            one.start - one.end,
            one.start,
            one.kind,
            one.detector,
            one.version,
        ),
    )
    return Finding(
        start=min(one.start for one in group),
        end=max(one.end for one in group),
        category=strongest.category,
        kind=strongest.kind,
        detector=strongest.detector,
        version=strongest.version,
    )
