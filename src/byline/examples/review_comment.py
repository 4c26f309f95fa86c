"""The `review_comment` recipe: a change, and what a reviewer said about it that was heeded.

After CodeReviewer's comment generation (arXiv 2203.09095), with the label of
`byline.examples.addressed` in place of its "earliest comment only": every discussion is taken, at
most a few on one part of a change. Only what was heeded is taught, in full where a change followed
and in part where the author only said so. The part of the change that is shown is the one that the
comment stands on, and so chosen by knowing the answer: it is marked as hindsight.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.addressed import AddressedSettings, Comment, Heeded
from byline.examples.allowed import UNDECIDED, Allowed, reason_in_account
from byline.examples.behaviour import of_comment
from byline.examples.candidate import settings_digest
from byline.examples.change_records import changed_lines, file_record
from byline.examples.changed_file import changed_file
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_view import ChangedFile, known_of_new, piece_of
from byline.examples.experience import Experience
from byline.examples.line_map import LineMap, line_map
from byline.examples.material import Material, Row
from byline.examples.part_of_change import file_source, part_of
from byline.examples.pieces import Piece
from byline.examples.review_material import (
    CommentUnit,
    Reviews,
    bucket_experience,
    latest,
    require_all,
    require_clean,
    said_of,
    said_source,
)
from byline.examples.said import Said, Thread
from byline.work.diff import Block
from byline.work.identifiers import line_list

RECIPE: Final = "review_comment"
VERSION: Final = "1"


@dataclass(frozen=True)
class ReviewCommentSettings:
    """Limits of the recipe, in characters and lines, and weights.

    Attributes:
        seed: For choices by hash; none is made here.
        min_comment: A shorter comment says too little, one longer than `max_comment` too much.
        max_per_part: Comments on one part of a change; further ones, in order, are left out.
        max_changed: Lines of the part of the change that is shown.
        near_lines: So far from its change a comment still is about it, and so near a later change
            heeds it.
        weight_addressed: Of a comment that a change followed; `weight_weak` of one that was only
            marked as done. One that was not heeded is not taught.
    """

    seed: int = 17
    min_comment: int = 20
    max_comment: int = 1_000
    max_per_part: int = 3
    max_changed: int = 120
    near_lines: int = 3
    weight_addressed: float = 1.0
    weight_weak: float = 0.5

    @property
    def windows(self) -> AddressedSettings:
        """The windows in which a change heeds a comment."""
        return AddressedSettings(self.near_lines)

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


def review_comment(source: Material, settings: ReviewCommentSettings) -> Iterator[Draft | Declined]:
    """A draft for each inline comment that was heeded, or why there is none."""
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    reviews = Reviews(source)
    recipe = _Recipe(source, settings, reviews, source.experience or bucket_experience(source), {})
    yield from each(making, reviews.comments(), recipe.draft)


@dataclass(frozen=True)
class _Recipe:
    source: Material
    settings: ReviewCommentSettings
    reviews: Reviews
    experience: Experience
    taken: dict[tuple[str, str, int, int], int]  # comments by part of a change

    def draft(self, unit: Unit[CommentUnit], identity: str, log: Log) -> Draft:
        thread = self.reviews.thread(unit.item, log)
        said = said_of(unit.what.part, thread)
        outcome = self.reviews.outcome(unit.what.review, log)
        self._check_comment(said, thread, log)
        place, found = self._heeded(said, thread, log)
        whole, file = commented_part(place, self.source.changes.get(unit.item, ()), self.source,
                              self.settings.near_lines, log)  # fmt: skip
        lines = changed_lines(file)
        log.require("change.lines", lines, self.settings.max_changed,
                    lines <= self.settings.max_changed)  # fmt: skip
        about = commented_lines(whole, place)
        opening = thread.of("title", "description")
        require_clean(piece.text for one in (*opening, said) for piece in one.pieces)
        self._cap(unit, place, file, log)
        sources = [said_source(said, thread.item), file_source(file, thread.item)]
        sources += [said_source(one, thread.item) for one in opening]
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=self.settings.digest,
            work_class="process",
            record=_record(file, place, found, said, thread),
            turns=(
                *(Turn("user", "context", pieces=one.pieces, heading=one.kind.capitalize())
                  for one in opening),
                Turn("user", "action", files=(file,), heading=f"Patchset {place.patchset}"),
                Turn("user", "context", pieces=about,
                     heading=f"Comment on {file.path}, line {place.end}"),
                Turn("assistant", "comment", pieces=said.pieces, learn=1.0),
            ),
            sources=sources,
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=latest(sources, unit),
            target=said.text,
            context=[{"path": file.path, "role": "commented", "hindsight": True}],
            labels={"addressed": found.verdict, "state": str(thread.item["state"])},
            decisions=log.decisions,
            weight=outcome * self._weight(said, found, log),
        )  # fmt: skip

    def _check_comment(self, said: Said, thread: Thread, log: Log) -> None:
        own = said.speaker in thread.authors
        log.require("comment.by_author", float(own), 0, keep=not own)
        require_all(log, of_comment(said.text))
        size, settings = len(said.text), self.settings
        log.require("comment.least", size, settings.min_comment, size >= settings.min_comment)
        log.require("comment.most", size, settings.max_comment, size <= settings.max_comment)

    def _heeded(self, said: Said, thread: Thread, log: Log) -> tuple[Comment, Heeded]:
        found = self.reviews.heeded(said, thread, self.settings.windows)
        if found is None:
            raise LeftOutError("no_line")
        verdict = found[1].verdict
        if verdict == "unknown":
            raise LeftOutError("unknown_states")
        weights = self._weights()
        log.require("addressed", weights[verdict], 0, keep=weights[verdict] > 0)
        return found

    def _weights(self) -> Mapping[str, float]:
        return {"true": self.settings.weight_addressed, "weak": self.settings.weight_weak,
                "false": 0.0}  # fmt: skip

    def _weight(self, said: Said, found: Heeded, log: Log) -> float:
        known = self.experience.weight(said.known.people, said.row["path"], said.time)
        log.note("weight.experience", known, 1)
        return known * self._weights()[found.verdict]

    def _cap(self, unit: Unit[CommentUnit], place: Comment, file: ChangedFile, log: Log) -> None:
        """At most a few comments on one part, the first in order."""
        key = (unit.item, file.path, place.patchset, file.blocks[0].old[0])
        self.taken[key] = self.taken.get(key, 0) + 1
        most = self.settings.max_per_part
        log.require("comments.on_one_part", self.taken[key], most, self.taken[key] <= most)


def commented_part(
    place: Comment, changes: Sequence[Row], source: Material, near: int, log: Log
) -> tuple[ChangedFile, ChangedFile]:
    """A patchset's change of a file, and the part of it that a comment is about.

    Raises:
        LeftOutError: The change is not there, none of it is near, or it may not be shown.
    """
    row = next(
        (
            one
            for one in changes
            if one["purpose"] == "patchset"
            and one["to_patchset"] == place.patchset
            and place.path in (one["path"], one["old_path"])
        ),
        None,
    )
    if row is None:
        raise LeftOutError("no_patchset")
    whole = changed_file(row, source, log)
    blocks = _near(line_map(line_list(row["before"]), line_list(row["after"])), place, near)
    log.require("comment.on_change", len(blocks), 1, keep=len(blocks) >= 1)
    return whole, part_of(whole, blocks)


def _near(lines: LineMap, place: Comment, near: int) -> list[Block]:
    """The changed blocks near a comment, as blocks of the old state."""
    if place.side == "old":
        return lines.near(place.start, near, end=place.end)
    found = lines.reverse.near(place.start, near, end=place.end)
    return [Block(one.new_start, one.new_end, one.old_start, one.old_end) for one in found]


def commented_lines(file: ChangedFile, place: Comment) -> tuple[Piece, ...]:
    """The lines that a comment stands on, with their authors.

    Raises:
        LeftOutError: They may not be shown.
    """
    found = []
    for line in range(place.start, place.end + 1):
        text, known = _line(file, line, old=place.side == "old")
        if known.reason is not None:
            raise LeftOutError(reason_in_account(known))
        found.append(piece_of(text, known, 0.0))
    return tuple(found)


def _line(file: ChangedFile, line: int, *, old: bool) -> tuple[str, Allowed]:
    """A line of the state before or after, counted from 1, and what is known of it."""
    state = file.before if old else file.after
    if not 1 <= line <= len(state):
        raise LeftOutError("no_line")
    if old:
        return state[line - 1], file.known_before[line - 1]
    before = line_map(file.before, file.after).reverse.forward(line)
    if before is not None:
        return state[line - 1], file.known_before[before - 1]
    return state[line - 1], known_of_new(file).get(line - 1, UNDECIDED)


def _record(
    file: ChangedFile, place: Comment, found: Heeded, said: Said, thread: Thread
) -> dict[str, Any]:
    return {
        "repository": thread.item["repository"] or thread.item["source"],
        "title": "\n".join(one.text for one in thread.of("title")),
        "patchset": place.patchset,
        "line": place.start,
        "line_end": place.end,
        "side": place.side,
        "comment": said.text,
        "addressed": found.verdict,
        "file": file_record(file),
    }
