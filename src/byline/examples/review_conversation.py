"""The `review_conversation` recipe: a review from its first patchset to its end, as it was held.

After StarCoder2's pull requests (arXiv 2402.19173, section 2.3) with its filters, for any forge:
title and description, the files before, the first patchset, then what was said in order of time;
a later patchset is shown as its difference to the one before, ahead of what was said after it.

Two differences, both ours: files that were added, deleted or renamed are kept, because dropping
them loses most work on features; and a patchset that cannot be shown (a rebase with lines of
excluded people, a file too large) is left out by itself, the review only where too many are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.behaviour import deferral, hostility, rubber_stamp
from byline.examples.candidate import settings_digest
from byline.examples.changed_file import changed_files
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.edit_view import ChangedFile
from byline.examples.material import Material, Row
from byline.examples.review_material import (
    Reviews,
    latest,
    require_all,
    require_clean,
    unit_of,
)
from byline.examples.review_scene import Learned, Scene, Telling
from byline.examples.said import Said, Thread

RECIPE: Final = "review_conversation"
VERSION: Final = "1"
MACHINE_WORDS: Final = ("dependenc", "release")
SAID: Final = ("comment", "review", "inline")


@dataclass(frozen=True)
class ReviewConversationSettings:
    """Limits of the recipe, in characters, lines and shares.

    Attributes:
        seed: For choices by hash; none is made here.
        learn: Whose words and changes carry loss.
        min_title: A shorter title says too little; `min_comment` the same of comments.
        head_lines: Of a long text so many first lines are kept, and `tail_lines` last ones.
        max_text: Of one description or comment, characters.
        max_change: Of one file's blocks; a larger file is dropped.
        min_size: Of the whole; `max_size` likewise.
        max_left_out: Share of the later patchsets that may be left out.
    """

    seed: int = 17
    learn: Learned = "everybody"
    min_title: int = 10
    min_comment: int = 20
    head_lines: int = 60
    tail_lines: int = 20
    max_text: int = 1_000
    max_change: int = 10_000
    min_size: int = 200
    max_size: int = 100_000
    max_left_out: float = 0.3

    @property
    def telling(self) -> Telling:
        """How a review is told."""
        return Telling(self.learn, self.head_lines, self.tail_lines, self.max_text)

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


def review_conversation(
    source: Material, settings: ReviewConversationSettings
) -> Iterator[Draft | Declined]:
    """A draft for each review, or why there is none.

    Somebody else than the author must have said more than that all is well.
    """
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    reviews = Reviews(source)
    recipe = _Recipe(source, settings, reviews)
    yield from each(making, (_unit(row, source) for row in reviews.rows()), recipe.draft)


def _unit(review: Row, source: Material) -> Unit[Row]:
    whole = {
        "system": review["system"],
        "repository": review["repository"] or review["source"],
        "oid": review["key"],
        "swhid": "",
        "path": None,
        "start": None,
        "end": None,
        "time": review["opened"],
    }
    return unit_of(review, review, [whole], source)


@dataclass(frozen=True)
class _Recipe:
    source: Material
    settings: ReviewConversationSettings
    reviews: Reviews

    def draft(self, unit: Unit[Row], identity: str, log: Log) -> Draft:
        review = unit.what
        thread = self.reviews.thread(review["item"], log)
        outcome = self.reviews.outcome(review, log)
        title, description = self._opening(thread, log)
        spoken = self._spoken(thread, log)
        aside = {said.native for said in spoken if _is_bad_example(said, thread)}
        log.note("behaviour.not_learned", len(aside), 0)
        scene = Scene(thread, self.settings.telling, aside)
        changes = self._changes(review, log)
        times = {row["number"]: row["time"] for row in self.source.patchsets.get(unit.item, ())}
        scene.play([*title, *description], spoken, changes, times)
        log.note("patchsets.shown", len(scene.patchsets), 0)
        size = _size(scene.turns)
        log.require(
            "characters.least", size, self.settings.min_size, size >= self.settings.min_size
        )
        log.require("characters.most", size, self.settings.max_size, size <= self.settings.max_size)
        require_clean(piece.text for turn in scene.turns for piece in turn.pieces)
        sources = [*unit.sources, *scene.sources]
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=self.settings.digest,
            work_class="process",
            record=_record(review, scene, title, description),
            turns=tuple(scene.turns),
            sources=sources,
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=latest(sources, unit),
            target="\n".join(said.text for said in (*title, *description, *spoken)),
            context=[
                {"path": file.path, "role": "edited", "hindsight": True} for file in scene.files
            ],
            labels={
                "state": str(review["state"]),
                "comments": str(len(spoken)),
                "patchsets": str(len(scene.patchsets)),
            },
            decisions=log.decisions,
            weight=outcome,
        )

    def _opening(self, thread: Thread, log: Log) -> tuple[list[Said], list[Said]]:
        title, description = thread.of("title"), thread.of("description")
        words = " ".join(said.text for said in title)
        size = len(words)
        log.require("title.characters", size, self.settings.min_title,
                    size >= self.settings.min_title)  # fmt: skip
        machine = sum(word in words.lower() for word in MACHINE_WORDS)
        log.require("title.machine_words", machine, 0, machine == 0)
        written = sum(len(said.text.strip()) for said in description)
        log.require("description.characters", written, 1, written >= 1)
        return title, description

    def _spoken(self, thread: Thread, log: Log) -> list[Said]:
        """The comments that are long enough, and reviews whatever their length."""
        spoken = [
            said
            for said in thread.of(*SAID)
            if len(said.text) >= self.settings.min_comment or _is_verdict(said)
        ]
        log.note("comments.too_short", len(thread.of(*SAID)) - len(spoken), 0)
        others = [said.text for said in spoken if said.speaker not in thread.authors]
        heard = sum(bool(text.strip()) and rubber_stamp(text).keep for text in others)
        log.require("comments.by_others", heard, 1, heard >= 1)
        texts = "\n".join(said.text for said in (*thread.of("title", "description"), *spoken))
        require_all(log, [hostility(texts)])
        return spoken

    def _changes(self, review: Row, log: Log) -> Mapping[int, list[ChangedFile]]:
        """The files of each patchset that can be shown: the first against the base."""
        rows = self.source.changes.get(review["item"], ())
        numbers = sorted({row["to_patchset"] for row in rows if row["purpose"] == "patchset"})
        if not numbers:
            raise LeftOutError("no_patchset")
        first = [row for row in rows if _is_patchset(row, numbers[0])]
        shown = {numbers[0]: self._fitting(changed_files(first, self.source, log), log)}
        if not shown[numbers[0]]:
            log.require("change.characters", 1, 0, keep=False)
        left_out = 0
        later = sorted({row["to_patchset"] for row in rows if row["purpose"] == "interdiff"})
        for number in later:
            between = [row for row in rows if _is_interdiff(row, number)]
            if all(row["skip"] == "no_difference" for row in between):
                continue
            aside = Log()
            try:
                files = self._fitting(changed_files(between, self.source, aside), aside)
                shown[number] = files
                left_out += not files
            except LeftOutError as reason:
                log.note(f"patchset_left_out: {reason}", number, 0)
                left_out += 1
        share = left_out / max(len(later), 1)
        limit = self.settings.max_left_out
        log.require("patchsets.left_out", share, limit, share <= limit)
        return shown

    def _fitting(self, files: Sequence[ChangedFile], log: Log) -> list[ChangedFile]:
        """Files whose change is not too large to read."""
        limit = self.settings.max_change
        sizes = [sum(len(one.search) + len(one.replace) for one in file.blocks) for file in files]
        kept = [file for file, size in zip(files, sizes, strict=True) if size <= limit]
        if len(kept) < len(files):
            log.note("change.characters", max(sizes), limit)
        return kept


def _is_bad_example(said: Said, thread: Thread) -> bool:
    """Whether something is shown but not learned: putting off, waving through."""
    rules = [rubber_stamp(said.text)] if said.text else []
    if said.speaker in thread.authors:
        rules.append(deferral(said.text))
    return not all(rule.keep for rule in rules)


def _is_verdict(said: Said) -> bool:
    return said.kind == "review" and bool(said.row["state"])


def _is_patchset(row: Row, number: int) -> bool:
    return bool(row["purpose"] == "patchset" and row["to_patchset"] == number)


def _is_interdiff(row: Row, number: int) -> bool:
    return bool(row["purpose"] == "interdiff" and row["to_patchset"] == number)


def _size(turns: Sequence[Turn]) -> int:
    said = sum(len(piece.text) for turn in turns for piece in turn.pieces)
    changed = sum(
        len(block.search) + len(block.replace)
        for turn in turns
        if turn.kind == "action"
        for file in turn.files
        for block in file.blocks
    )
    return said + changed


def _record(
    review: Row, scene: Scene, title: Sequence[Said], description: Sequence[Said]
) -> dict[str, Any]:
    return {
        "repository": review["repository"] or review["source"],
        "system": review["system"],
        "title": "\n".join(said.text for said in title),
        "description": "\n".join(said.text for said in description),
        "state": review["state"],
        "patchsets": scene.patchsets,
        "events": scene.events,
    }
