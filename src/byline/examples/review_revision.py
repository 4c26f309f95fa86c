"""The `review_revision` recipe: a review comment, and the change by which its author answered it.

State, intent, action after Google's DIDACT and its resolution of review comments; a comment counts
as answered where a later patchset changes lines near it (`byline.examples.addressed`). Taught is
that part of the change that lies near the comment, as blocks that replay byte for byte on the file
as it stood just before the change. Only what was said before the change is shown: an author's reply
after it would give the answer away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.addressed import MERGED, AddressedSettings, Comment, Heeded, Step
from byline.examples.behaviour import (
    hostility,
    nit_only,
    of_reply,
    rubber_stamp,
    suppression,
)
from byline.examples.candidate import settings_digest
from byline.examples.change_records import changed_lines, file_record, states
from byline.examples.changed_file import changed_file
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_view import ChangedFile
from byline.examples.experience import Experience
from byline.examples.material import Material
from byline.examples.part_of_change import file_source, part_of
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

RECIPE: Final = "review_revision"
VERSION: Final = "1"


@dataclass(frozen=True)
class ReviewRevisionSettings:
    """Limits of the recipe, in characters, lines and shares.

    Attributes:
        seed: For choices by hash; none is made here.
        min_comment: A shorter comment asks too little, one longer than `max_comment` too much.
        max_changed: Lines of the part of the change that is taught.
        max_outside: Share of the file's changed lines that may lie outside it.
        near_lines: A change so near answers the comment.
        action_lines: So far from the comment a block still belongs to the answer.
    """

    seed: int = 17
    min_comment: int = 20
    max_comment: int = 1_000
    max_changed: int = 60
    max_outside: float = 0.7
    near_lines: int = 3
    action_lines: int = 10

    @property
    def windows(self) -> AddressedSettings:
        """The windows in which a change answers a comment."""
        return AddressedSettings(self.near_lines, self.action_lines)

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


def review_revision(
    source: Material, settings: ReviewRevisionSettings
) -> Iterator[Draft | Declined]:
    """A draft for each inline comment that a change answered, or why there is none."""
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    reviews = Reviews(source)
    recipe = _Recipe(source, settings, reviews, source.experience or bucket_experience(source))
    yield from each(making, reviews.comments(), recipe.draft)


@dataclass(frozen=True)
class _Recipe:
    source: Material
    settings: ReviewRevisionSettings
    reviews: Reviews
    experience: Experience

    def draft(self, unit: Unit[CommentUnit], identity: str, log: Log) -> Draft:
        thread = self.reviews.thread(unit.item, log)
        said = said_of(unit.what.part, thread)
        outcome = self.reviews.outcome(unit.what.review, log)
        self._check_comment(said, thread, log)
        place, found = self._answered(said, thread, log)
        step = _step(found)
        replies = self._before(thread.answers(said)[1:], step, thread, unit.item)
        file = self._action(step, found, log)
        require_clean(piece.text for one in (said, *replies) for piece in one.pieces)
        sources = [said_source(said, thread.item), file_source(file, thread.item)]
        sources += [said_source(one, thread.item) for one in replies]
        weight = self.experience.weight(file.writer.people, file.row["path"], said.time)
        log.note("weight.experience", weight, 1)
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=self.settings.digest,
            work_class="code",
            record=_record(file, place, found, [said, *replies], thread),
            turns=_turns(file, found, [said, *replies]),
            sources=sources,
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=latest(sources, unit),
            target="".join(block.replace for block in file.blocks) + said.text,
            context=[{"path": file.path, "role": "edited", "hindsight": True}],
            labels={"addressed": found.verdict, "state": str(thread.item["state"])},
            decisions=log.decisions,
            weight=weight * outcome,
        )

    def _check_comment(self, said: Said, thread: Thread, log: Log) -> None:
        own = said.speaker in thread.authors
        log.require("comment.by_author", float(own), 0, keep=not own)
        size, settings = len(said.text), self.settings
        require_all(log, [hostility(said.text), rubber_stamp(said.text), nit_only(said.text)])
        log.require("comment.least", size, settings.min_comment, size >= settings.min_comment)
        log.require("comment.most", size, settings.max_comment, size <= settings.max_comment)

    def _answered(self, said: Said, thread: Thread, log: Log) -> tuple[Comment, Heeded]:
        found = self.reviews.heeded(said, thread, self.settings.windows)
        if found is None:
            raise LeftOutError("no_line")
        verdict = found[1].verdict
        if verdict == "unknown":
            raise LeftOutError("unknown_states")
        log.require("addressed", float(verdict == "true"), 1, keep=verdict == "true")
        log.note("addressed.distance", found[1].distance, self.settings.near_lines)
        return found

    def _before(self, replies: Sequence[Said], step: Step, thread: Thread, item: str) -> list[Said]:
        """What was said before the change; where its time is unknown, nothing."""
        times = {row["number"]: row["time"] for row in self.source.patchsets.get(item, ())}
        limit = thread.item["closed"] if step.after == MERGED else times.get(step.after)
        kept = [one for one in replies if limit is not None and one.time < limit]
        return [one for one in kept if all(rule.keep for rule in of_reply(one.text))]

    def _action(self, step: Step, found: Heeded, log: Log) -> ChangedFile:
        """The part of the change that answers."""
        if step.row is None:
            raise LeftOutError("no_single_change")
        settings = self.settings
        whole = changed_file(step.row, self.source, log)
        near = step.lines.near(found.start, settings.action_lines, end=found.end)
        file = part_of(whole, near)
        changed, everything = changed_lines(file), changed_lines(whole)
        log.require(
            "revision.lines", changed, settings.max_changed, changed <= settings.max_changed
        )
        outside = 1 - changed / max(everything, 1)
        log.require("revision.outside", outside, settings.max_outside,
                    outside <= settings.max_outside)  # fmt: skip
        formatted = _is_format(file)
        log.require("revision.format_only", float(formatted), 0, keep=not formatted)
        removed = [line for block in file.blocks for line in block.search.split("\n")]
        added = [line for block in file.blocks for line in block.replace.split("\n")]
        require_all(log, [suppression(removed, added)])
        return file


def _step(found: Heeded) -> Step:
    if found.step is None:
        raise LeftOutError("no_single_change")
    return found.step


def _is_format(file: ChangedFile) -> bool:
    """Whether a change moves nothing but white space."""
    return all(
        "".join(block.search.split()) == "".join(block.replace.split()) for block in file.blocks
    )


def _turns(file: ChangedFile, found: Heeded, said: Sequence[Said]) -> tuple[Turn, ...]:
    where = f"{file.old_path or file.path}, line {found.start}"
    if found.end > found.start:
        where = f"{file.old_path or file.path}, lines {found.start}-{found.end}"
    comments = [
        Turn("user", "comment", pieces=one.pieces, speaker=one.speaker,
             heading=f"Comment on {where}" if one is said[0] else "Reply")
        for one in said
    ]  # fmt: skip
    return (
        Turn("user", "state", files=(file,)),
        *comments,
        Turn("assistant", "action", files=(file,), learn=1.0),
    )


def _record(
    file: ChangedFile, place: Comment, found: Heeded, said: Sequence[Said], thread: Thread
) -> dict[str, Any]:
    step = _step(found)
    return {
        "repository": thread.item["repository"] or thread.item["source"],
        "patchset_commented": place.patchset,
        "patchset_from": step.before,
        "patchset_to": None if step.after == MERGED else step.after,
        "line": found.start,
        "line_end": found.end,
        "distance": found.distance,
        "thread": [
            {"speaker": one.speaker, "text": one.text, "state": one.row["state"]} for one in said
        ],
        "file": {
            **file_record(file),
            **states(file),
        },
    }
