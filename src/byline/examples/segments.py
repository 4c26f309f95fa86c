"""Where each line of a file goes: into a segment that teaches, or out, with a reason.

Every line of every collected file ends in exactly one row of `SEGMENTS`, so that what is included
and what is excluded add up to all that was collected. Order of reasons: what the terms say comes
first, then what the file is, then what is too little to learn from.

A file is cut by time as well as by people: no line written after the training cut is in a training
segment. Later lines become targets of validation and test, behind the permitted lines that were
there before them.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import pyarrow as pa

from byline.corpus.split import Cuts, split_of
from byline.examples.allowed import (
    Allowed,
    known_lines,
    permissions,
    reason_in_account,
    without_copies,
)
from byline.work.identifiers import line_list

VERSION = "4"
SEGMENTS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("repository", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),  # first line, counted from 1
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("reason", pa.string()),  # why excluded; null for a segment
        pa.field("split", pa.string()),
        pa.field("context", pa.int32(), nullable=False),  # lines before `start` to show
    ]
)
SENTINELS = (
    "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>", "<repo_name>", "<|endoftext|>",
    "<commit_before>", "<commit_msg>", "<commit_after>", "<pad>",
)  # fmt: skip


@dataclass(frozen=True)
class SegmentLimits:
    """Sizes of segments. Lines and characters; the defaults are ours, without published evidence.

    Attributes:
        min_lines: Fewer lines of training text than this teach nothing.
        min_characters: The same, in characters that are not white space.
        max_characters: A longer run is cut, at the emptiest line near the limit.
        context_lines: How many earlier lines a held-out target may show.
        min_target_characters: A held-out target with fewer is not asked.
    """

    min_lines: int = 5
    min_characters: int = 80
    max_characters: int = 6000
    context_lines: int = 40
    min_target_characters: int = 16


def segments(
    files: pa.Table,
    labels: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    *,
    cuts: Cuts,
    limits: SegmentLimits,
    held: Mapping[str, dt.datetime] | None = None,
) -> pa.Table:
    """`SEGMENTS` of a bucket of files; for `held` see `byline.examples.allowed.permissions`."""
    permitted = permissions(contributions, decisions, held=held)
    about = {row["item"]: row for row in labels.to_pylist()}
    rows: list[dict[str, Any]] = []
    known_of = known_lines(files, permitted)
    plain = files.select(["item", "repository", "text"]).to_pylist()
    for file, known in zip(plain, known_of, strict=True):
        if file["text"]:
            label = about.get(file["item"])
            own = without_copies(known, label["copied_lines"] if label else None)
            plan = _Plan(line_list(file["text"]), own, _unfit(file, label))
            about_file = {"item": file["item"], "repository": file["repository"]}
            rows.extend({**about_file, **row} for row in plan.rows(cuts, limits))
    return pa.Table.from_pylist(rows, schema=SEGMENTS)


def _unfit(file: dict[str, Any], label: dict[str, Any] | None) -> str | None:
    """Why no line of a file is worth learning, or None."""
    if label is None:
        return "unlabelled"
    if label["generated"]:
        return "generated"
    failed = [rule["rule"] for rule in label["quality"] if not rule["keep"]]
    if failed:
        return f"quality: {failed[0]}"
    if any(sentinel in file["text"] for sentinel in SENTINELS):
        return "contains_control_token"
    return None


@dataclass(frozen=True)
class _Plan:
    """One file's lines, what is known of each, and whether the file is fit at all."""

    lines: Sequence[str]
    known: Sequence[Allowed]
    unfit: str | None

    def rows(self, cuts: Cuts, limits: SegmentLimits) -> Iterator[dict[str, Any]]:
        context_end = 0  # line after the last training segment, where a target may look back to
        context_start = 0
        for start, end, reason, late in self._runs(cuts):
            if reason is not None:
                yield _excluded(start, end, reason)
            elif not late:
                pieces = list(self._pieces(start, end, limits))
                if not self._teaches(start, end, limits):
                    yield _excluded(start, end, "too_short")
                    continue
                context_start, context_end = start, end
                for low, high in pieces:
                    yield _segment(low, high, "train", 0)
            elif self._characters(start, end) < limits.min_target_characters:
                yield _excluded(start, end, "too_short")
            else:
                shown = start - context_start if context_end == start else 0
                latest = max(known.time for known in self.known[start:end])
                split = split_of(latest, cuts)
                for low, high in self._pieces(start, end, limits):
                    context = min(limits.context_lines, shown + low - start)
                    yield _segment(low, high, split, context if shown else 0)

    def _runs(self, cuts: Cuts) -> Iterator[tuple[int, int, str | None, bool]]:
        """Maximal runs of lines of one fate: (start, end, reason, late), counted from 0."""
        start, before, fate = 0, None, None
        fates: dict[int, tuple[str | None, bool]] = {}
        for place, known in enumerate(self.known):
            if known is before:
                continue
            before = known
            found = fates.get(id(known))
            if found is None:
                found = fates[id(known)] = self._fate(known, cuts)
            if fate is not None and found != fate:
                yield start, place, *fate
                start = place
            fate = found
        if fate is not None:
            yield start, len(self.known), *fate

    def _fate(self, known: Allowed, cuts: Cuts) -> tuple[str | None, bool]:
        if known.reason is not None:
            return reason_in_account(known), False
        if self.unfit is not None:
            return self.unfit, False
        return None, _is_late(known.time, cuts)

    @cached_property
    def _offsets(self) -> list[int]:
        """Characters before each line, and before the end."""
        return list(accumulate(map(len, self.lines), initial=0))

    def _characters(self, start: int, end: int) -> int:
        return len("".join("".join(self.lines[start:end]).split()))

    def _teaches(self, start: int, end: int, limits: SegmentLimits) -> bool:
        enough = self._characters(start, end) >= limits.min_characters
        return enough and end - start >= limits.min_lines

    def _pieces(self, start: int, end: int, limits: SegmentLimits) -> Iterator[tuple[int, int]]:
        """Cut a run into pieces of at most `max_characters`, at the emptiest line near it."""
        while start < end:
            reach = self._offsets[start] + limits.max_characters
            place = bisect_right(self._offsets, reach, start + 1, end + 1) - 1
            place = max(place, start + 1)  # one line may be longer than the limit
            if place < end:
                place = self._best_cut(start, place)
            if end - place < limits.min_lines:
                place = end  # a short tail stays with its piece
            yield start, place
            start = place

    def _best_cut(self, start: int, place: int) -> int:
        """The last line start in the second half with the least indentation after a blank line."""
        best, cost = place, (2, 1 << 20)
        for candidate in range(place, start + (place - start) // 2, -1):
            line = self.lines[candidate]
            blank_before = not self.lines[candidate - 1].strip()
            found = (0 if blank_before else 1, len(line) - len(line.lstrip()))
            if found < cost and line.strip():
                best, cost = candidate, found
        return best


def _is_late(time: dt.datetime, cuts: Cuts) -> bool:
    return cuts.valid_from is not None and time >= cuts.valid_from


def _excluded(start: int, end: int, reason: str) -> dict[str, Any]:
    return {"start": start + 1, "lines": end - start, "reason": reason, "split": None, "context": 0}


def _segment(start: int, end: int, split: str, context: int) -> dict[str, Any]:
    return {
        "start": start + 1,
        "lines": end - start,
        "reason": None,
        "split": split,
        "context": context,
    }
