"""The two sides of a preference, and the rules that both kinds of sides obey."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from byline.examples.addressed import AddressedSettings
from byline.examples.candidate import settings_digest
from byline.examples.draft import Log, Turn
from byline.examples.edit_view import ChangedFile
from byline.examples.said import Said
from byline.work.diff import changed_blocks

RECIPE: Final = "preference"
VERSION: Final = "1"
COMMENTED: Final = re.compile(r"^(?:#|//|/\*|\*|--(?!-)|;|\"\"\"|''')")


@dataclass(frozen=True)
class PreferenceSettings:
    """Gates of the recipe, in lines, characters, days and ratios.

    Attributes:
        seed: For choices by hash; none is made here.
        min_differing: Lines in which two changes must differ; `max_differing` at most.
        min_comment: Characters of a comment that gives the reason.
        max_comment: Characters of a comment with a suggestion.
        max_ratio: Of the lengths of the two sides.
        max_revert_days: A later revert has other reasons than the change itself.
        min_reason_words: Of the revert, besides what says what was reverted.
        near_lines: A comment so near to a change is about it; a later change so near heeds it.
    """

    seed: int = 17
    min_differing: int = 3
    max_differing: int = 60
    min_comment: int = 20
    max_comment: int = 4_000
    max_ratio: float = 2.0
    max_revert_days: int = 30
    min_reason_words: int = 8
    near_lines: int = 3

    @property
    def windows(self) -> AddressedSettings:
        """The windows in which a change heeds a comment."""
        return AddressedSettings(self.near_lines)

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


@dataclass(frozen=True)
class Sides:
    """A pair before it becomes a draft.

    Attributes:
        prompt: What both answer.
        chosen: The preferred answer; `rejected` the other.
        reason: Why, in words that may be shown; empty where nobody said.
        margin: How clear it is: differing lines, or 1 for comments.
        sources: Rows of `SOURCE` of all that is shown.
    """

    prompt: tuple[Turn, ...]
    chosen: Turn
    rejected: Turn
    reason: str
    margin: float
    sources: Sequence[Mapping[str, Any]]


def answer(file: ChangedFile) -> Turn:
    """A change as one side."""
    return Turn("assistant", "action", files=(file,), learn=1.0)


def opening_turns(opening: Sequence[Said]) -> tuple[Turn, ...]:
    """Title and description as the start of a prompt."""
    return tuple(
        Turn("user", "context", pieces=one.pieces, heading=one.kind.capitalize()) for one in opening
    )


def state_of_both(chosen: ChangedFile, rejected: ChangedFile) -> ChangedFile:
    """The file before either change, to be shown around what both change."""
    blocks = sorted([*chosen.blocks, *rejected.blocks], key=lambda block: block.old)
    return replace(chosen, blocks=blocks)


def require_different(
    chosen: ChangedFile, rejected: ChangedFile, settings: PreferenceSettings, log: Log
) -> int:
    """Ask whether two changes of one state differ enough, and not too much, and not in format.

    Raises:
        LeftOutError: They do not.

    Returns:
        In how many lines they differ.
    """
    alike = list(chosen.before) == list(rejected.before)
    log.require("same_base", float(alike), 1, keep=alike)
    blocks = changed_blocks(rejected.after, chosen.after)
    lines = sum(max(one.old_end - one.old_start, one.new_end - one.new_start) for one in blocks)
    log.require("differing.least", lines, settings.min_differing, lines >= settings.min_differing)
    log.require("differing.most", lines, settings.max_differing, lines <= settings.max_differing)
    formatted = _substance(chosen.after) == _substance(rejected.after)
    log.require("differing.format_only", float(formatted), 0, keep=not formatted)
    return lines


def _substance(lines: Sequence[str]) -> str:
    """A text without white space and without lines that are comments."""
    plain = ("".join(line.split()) for line in lines)
    return "".join(line for line in plain if not COMMENTED.match(line))
