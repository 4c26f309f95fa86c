"""A reward for an answer to an issue where nothing can be run: how like the change that was made.

Re-implemented from the description of SWE-RL (arXiv 2502.18449, section 2): the mean, over all
files that either side touches, of the similarity of the two unified diffs of that file; a file that
one side alone touches counts 0; an answer that cannot be applied has -1. Graded likeness taught
better there than exact equality (34.8 against 29.0 % of SWE-bench Verified).
"""

from collections.abc import Mapping
from difflib import SequenceMatcher, unified_diff
from typing import Final

from byline.errors import InputError
from byline.examples.rendering_replay import ReadChange, applied, read_blocks
from byline.examples.tokens import TokenMap
from byline.work.identifiers import line_list

FORMAT_ERROR: Final = -1.0
MOST_CHARACTERS: Final = 1 << 14
"""Longer diffs are compared line by line: character by character takes time quadratic in them."""

Files = Mapping[str, str | None]


def similarity_reward(
    predicted: Files | None, oracle: Files, *, before: Mapping[str, str]
) -> float:
    """How like a change is to the one that was made, from 0 to 1; -1 where there is none.

    Args:
        predicted: The files after the change, by path, None for a deleted one; None where the
            answer could not be read or applied.
        oracle: The same, of the change that was made.
        before: The files before either; one that is created need not be there.
    """
    if predicted is None:
        return FORMAT_ERROR
    diffs = [_diffs(one, before) for one in (predicted, oracle)]
    paths = diffs[0].keys() | diffs[1].keys()
    if not paths:
        return 1.0  # both leave everything as it is
    shared = diffs[0].keys() & diffs[1].keys()
    return sum(_ratio(diffs[0][path], diffs[1][path]) for path in sorted(shared)) / len(paths)


def reward_of_answer(
    answer: str, oracle: Files, *, before: Mapping[str, str], tokens: TokenMap
) -> float:
    """The reward of a written answer in search/replace form.

    It has -1 where it changes no file, a block is not closed, searches for what is not there or is
    there twice, or replaces a text by itself.

    Args:
        answer: What the model wrote.
        oracle: The files after the change that was made, by path.
        before: The files before it.
        tokens: How the rendering marks files.
    """
    try:
        changes = read_blocks(answer, tokens)
        if not changes or any(_is_idle(one) for one in changes):
            return FORMAT_ERROR
        predicted = applied(changes, before)
    except InputError:
        return FORMAT_ERROR
    return similarity_reward(predicted, oracle, before=before)


def _is_idle(change: ReadChange) -> bool:
    """Whether a change changes nothing."""
    renamed = change.old_path is not None and change.old_path != change.path
    if any(block.search == block.replace for block in change.blocks):
        return True
    return not (change.blocks or change.deleted or renamed)


def _diffs(files: Files, before: Mapping[str, str]) -> dict[str, list[str]]:
    """The unified diff of each file that differs, without its head."""
    found = {}
    for path, after in files.items():
        old = before.get(path)
        if old == after:
            continue
        lines = unified_diff(line_list(old or ""), line_list(after or ""), n=3)
        # An empty file that is created or deleted has no lines to differ.
        found[path] = list(lines)[2:] or ["created\n" if old is None else "deleted\n"]
    return found


def _ratio(one: list[str], other: list[str]) -> float:
    if max(sum(map(len, one)), sum(map(len, other))) > MOST_CHARACTERS:
        return SequenceMatcher(None, one, other, autojunk=False).ratio()
    return SequenceMatcher(None, "".join(one), "".join(other), autojunk=False).ratio()
