"""The `review_quality` recipe: does this part of a change need a comment?

After CodeReviewer's quality estimation (arXiv 2203.09095), with fewer false labels: a part counts
as needing one only where a comment on it was heeded by a later change; as fine only where people
reviewed and approved the same change and nobody commented near it. The labels stay noisy: a
reviewer may have overlooked something. So a trainer should smooth them by `smoothing`, which each
example carries.

A unit is one changed block of the patchset that was reviewed. As many fine ones are kept as there
are others in the same review, chosen by hash.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from byline.examples.addressed import AddressedSettings, Comment, heeded
from byline.examples.candidate import settings_digest
from byline.examples.chance import fraction
from byline.examples.change_records import file_record
from byline.examples.changed_file import changed_file
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_view import ChangedFile
from byline.examples.line_map import line_map
from byline.examples.material import Material, Row
from byline.examples.part_of_change import file_source, part_of
from byline.examples.pieces import Piece
from byline.examples.review_material import (
    EPOCH,
    Reviews,
    detail_of,
    latest,
    place_of,
    require_clean,
    said_source,
    unit_of,
)
from byline.examples.said import Said, Thread
from byline.work.diff import Block
from byline.work.identifiers import line_list

RECIPE: Final = "review_quality"
VERSION: Final = "1"
NEEDS: Final = "comment"
FINE: Final = "fine"
QUESTION: Final = "Does this part of the change need a review comment?\n"
APPROVES: Final = frozenset({"approved", "+2"})


@dataclass(frozen=True)
class ReviewQualitySettings:
    """Limits of the recipe, in lines.

    Attributes:
        seed: Which fine parts are kept depends on it.
        near_lines: A comment so near to a part is about it; a later change so near heeds it.
        min_changed: Lines of a part that is asked about; `max_changed` likewise.
        fine_for_each: How many fine parts are kept for each one that needs a comment.
        smoothing: Of the labels in training.
    """

    seed: int = 17
    near_lines: int = 3
    min_changed: int = 1
    max_changed: int = 120
    fine_for_each: float = 1.0
    smoothing: float = 0.1

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


@dataclass(frozen=True)
class Part:
    """A block of a reviewed patchset.

    Attributes:
        review: Row of `ITEMS`.
        row: Row of `CHANGES`.
        block: Between its two states.
        label: ``comment`` | ``fine``, or None where that is not known.
        chosen: Whether it is kept for the balance of the labels.
    """

    review: Row
    row: Row
    block: Block
    label: str | None = None
    chosen: bool = True


def review_quality(source: Material, settings: ReviewQualitySettings) -> Iterator[Draft | Declined]:
    """A draft for each part of a reviewed change whose label is known, or why there is none."""
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    recipe = _Recipe(source, settings, Reviews(source))
    yield from each(making, recipe.units(), recipe.draft)


@dataclass(frozen=True)
class _Recipe:
    source: Material
    settings: ReviewQualitySettings
    reviews: Reviews

    def units(self) -> Iterator[Unit[Part]]:
        """The blocks of each review's patchset that was commented on first, else of its last."""
        for review in self.reviews.rows():
            places = self._places(review)
            number = _reviewed(self.source.changes.get(review["item"], ()), places)
            parts = [
                self._labelled(Part(review, row, block), places)
                for row in self.source.changes.get(review["item"], ())
                if row["purpose"] == "patchset" and row["to_patchset"] == number and not row["skip"]
                for block in _blocks(row)
            ]
            for part in self._balanced(parts):
                yield unit_of(part, review, [_source(part)], self.source)

    def _places(self, review: Row) -> list[Comment]:
        """Where comments stand; those that may not be used too: near them nothing is fine."""
        patchsets = self.source.patchsets.get(review["item"], ())
        parts = self.source.parts.get(review["item"], ())
        found = [place_of(part, patchsets) for part in parts if part["kind"] == "inline"]
        return [place for place in found if place is not None]

    def _labelled(self, part: Part, places: Sequence[Comment]) -> Part:
        near = [place for place in places if self._is_near(part, place)]
        if not near:
            later = any(place.path == part.row["path"] and place.patchset
                        != part.row["to_patchset"] for place in places)  # fmt: skip
            return replace(part, label=None if later else FINE)
        windows = AddressedSettings(self.settings.near_lines)
        states = self.reviews.states(part.review["item"])
        verdicts = {heeded(place, states, settings=windows).verdict for place in near}
        return replace(part, label=NEEDS if "true" in verdicts else None)

    def _is_near(self, part: Part, place: Comment) -> bool:
        if place.patchset != part.row["to_patchset"]:
            return False
        paths = (part.row["path"], part.row["old_path"])
        start, end = (
            (part.block.old_start, part.block.old_end)
            if place.side == "old"
            else (part.block.new_start, part.block.new_end)
        )
        near = self.settings.near_lines
        return place.path in paths and start - near < place.end and place.start <= end + near

    def _balanced(self, parts: Sequence[Part]) -> list[Part]:
        """The same, with as many fine ones chosen as there are others, by hash."""
        wanted = self.settings.fine_for_each * sum(part.label == NEEDS for part in parts)
        fine = [part for part in parts if part.label == FINE]
        order = sorted(fine, key=lambda part: (self._rank(part), str(_source(part))))
        kept = {id(part) for part in order[: round(wanted)]}
        return [replace(part, chosen=part.label != FINE or id(part) in kept) for part in parts]

    def _rank(self, part: Part) -> float:
        place = _source(part)
        name = f"{place['oid']}:{place['path']}:{place['start']}"
        return fraction(name, self.settings.seed, "fine")

    def draft(self, unit: Unit[Part], identity: str, log: Log) -> Draft:
        part, settings = unit.what, self.settings
        thread = self.reviews.thread(unit.item, log)
        outcome = self.reviews.outcome(part.review, log)
        self._check_reviewed(thread, log)
        label = self._checked_label(part, thread)
        block = part.block
        lines = max(block.old_end - block.old_start, block.new_end - block.new_start)
        log.require("part.least", lines, settings.min_changed, lines >= settings.min_changed)
        log.require("part.most", lines, settings.max_changed, lines <= settings.max_changed)
        log.require("fine.chosen", float(part.chosen), 1, keep=part.chosen)
        file = part_of(changed_file(part.row, self.source, log), [block])
        opening = thread.of("title", "description")
        require_clean(piece.text for said in opening for piece in said.pieces)
        asked = {**unit.sources[0], "path": file.path}
        sources = [asked, file_source(file, thread.item)]
        sources += [said_source(said, thread.item) for said in opening]
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=settings.digest,
            work_class="process",
            record={
                "repository": thread.item["repository"] or thread.item["source"],
                "title": "\n".join(said.text for said in thread.of("title")),
                "patchset": part.row["to_patchset"],
                "file": file_record(file),
                "label": label,
                "smoothing": settings.smoothing,
            },
            turns=_turns(file, opening, label),
            sources=sources,
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=latest(sources, unit),
            target="".join(one.search + one.replace for one in file.blocks),
            context=[{"path": file.path, "role": "reviewed", "hindsight": False}],
            labels={"quality": label, "smoothing": f"{settings.smoothing:g}"},
            decisions=log.decisions,
            weight=outcome,
        )

    def _check_reviewed(self, thread: Thread, log: Log) -> None:
        """People other than the author reviewed it, and it was approved."""
        spoken = thread.of("comment", "review", "inline")
        others = sum(said.speaker not in thread.authors for said in spoken)
        log.require("reviewed_by_others", others, 1, others >= 1)
        approved = sum(said.row["state"] in APPROVES for said in spoken)
        approved = max(approved, int(detail_of(thread.item).get("approved") is True))
        log.require("approved", approved, 1, approved >= 1)

    def _checked_label(self, part: Part, thread: Thread) -> str:
        """The label, if somebody's comment that may be used says so.

        Raises:
            LeftOutError: It is not known, or only comments that may not be used tell it.
        """
        if part.label is None:
            raise LeftOutError("label_unknown")
        if part.label == NEEDS:
            patchsets = self.source.patchsets.get(part.review["item"], ())
            by_others = (said for said in thread.of("inline") if said.speaker not in thread.authors)
            places = (place_of(said.row, patchsets) for said in by_others)
            if not any(place is not None and self._is_near(part, place) for place in places):
                raise LeftOutError("comment_not_usable")
        return part.label


def _blocks(row: Row) -> tuple[Block, ...]:
    return line_map(line_list(row["before"]), line_list(row["after"])).blocks


def _reviewed(rows: Sequence[Row], places: Sequence[Comment]) -> int | None:
    """The patchset that is asked about."""
    numbers = {row["to_patchset"] for row in rows if row["purpose"] == "patchset"}
    commented = {place.patchset for place in places} & numbers
    return min(commented) if commented else max(numbers, default=None)


def _source(part: Part) -> dict[str, Any]:
    """The lines of a part, as a row of `SOURCE`."""
    row, block = part.row, part.block
    return {
        "system": "git",
        "repository": row["repository"],
        "oid": f"{row['old_oid']}..{row['new_oid']}",
        "swhid": "",
        "path": row["path"],
        "start": block.new_start + 1,
        "end": max(block.new_end, block.new_start + 1),
        "time": part.review["opened"] or EPOCH,
    }


def _turns(file: ChangedFile, opening: Sequence[Said], label: str) -> tuple[Turn, ...]:
    said = [
        Turn("user", "context", pieces=one.pieces, heading=one.kind.capitalize()) for one in opening
    ]
    return (
        *said,
        Turn("user", "action", files=(file,), heading="Change"),
        Turn("user", "intent", pieces=(Piece(QUESTION),)),
        Turn("assistant", "review", pieces=(Piece(label, loss=1.0),), learn=1.0),
    )
