"""Finding where an issue is to be solved: what the steps before the edit show and answer.

After Agentless and Clean-PR (arXiv 2602.07457): first the files, then the regions in them, then the
edit; and, against a model's own wrong turns, a file that looks right in which nothing is to be
done. The recipe asks and words these answers, but what they say is what whoever solved the issue
chose, line for line, so an answer is theirs.

Regions are lines of the file before the change, counted from 1. A view with numbers shows only
lines that may be shown; the others leave a gap.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from byline.examples.bm25 import words
from byline.examples.edit_view import ChangedFile, piece_of, usable, windows
from byline.examples.pieces import Piece
from byline.work.diff import changed_blocks

TEST_FOLDERS: Final = frozenset(
    {"test", "tests", "testing", "e2e", "__tests__", "spec", "specs", "testdata", "fixtures"}
)
TEST_NAME: Final = re.compile(
    r"^(?:test_.*|tests?|conftest)\.\w+$|(?:[._-](?:test|tests|spec|e2e)|(?<=[a-z0-9])Tests?|"
    r"(?<=[a-z0-9])Spec|(?<=[a-z0-9])IT)\.\w+$"
)
NO_EDIT: Final = "no edit"


def is_test(path: str) -> bool:
    """Whether a path is a test's: by its folders and name, as SWE-bench splits patches.

    SWE-bench looks for the words anywhere in a path, and takes ``latest.py`` for a test; here they
    count only as whole words.
    """
    *folders, name = path.split("/")
    return any(one.lower() in TEST_FOLDERS for one in folders) or bool(TEST_NAME.search(name))


def as_it_was(file: ChangedFile) -> ChangedFile:
    """A file before its change, all of its lines that may be shown, with nothing of the change."""
    return replace(file, status="S", blocks=())


def excerpt(file: ChangedFile, query: str, *, lines: int) -> ChangedFile:
    """At most so many lines of a file, where most words of a query stand; the first such place."""
    if len(file.before) <= lines:
        return file
    wanted = set(words(query))
    hits = [sum(word in wanted for word in set(words(line))) for line in file.before]
    window = best = sum(hits[:lines])
    start = 0
    for end in range(lines, len(hits)):
        window += hits[end] - hits[end - lines]
        if window > best:
            best, start = window, end - lines + 1
    known = [
        one if start <= place < start + lines else replace(one, reason="not_shown")
        for place, one in enumerate(file.known_before)
    ]
    return replace(file, known_before=known)


def shown_lines(file: ChangedFile) -> int:
    """How many lines of a file are shown."""
    return sum(end - start for start, end in windows(file, 0))


def shown_characters(file: ChangedFile) -> int:
    """How many characters of a file are shown, its path among them."""
    lines = (len(line) for start, end in windows(file, 0) for line in file.before[start:end])
    return sum(lines) + len(file.path)


def numbered(file: ChangedFile) -> Iterator[Piece]:
    """A file with the number of each line, as pieces; gaps are marked."""
    yield Piece(f"{file.old_path or file.path}\n")
    for number, (start, end) in enumerate(windows(file, 0)):
        if number:
            yield Piece("...\n")
        for place in range(start, end):
            line = file.before[place]
            yield Piece(f"{place + 1:>5} ")
            yield piece_of(line if line.endswith("\n") else f"{line}\n", file.known_before[place],
                           0.0)  # fmt: skip


def listing(files: Sequence[ChangedFile]) -> list[Piece]:
    """The paths of some files, one a line, as the recipe's own words."""
    return [Piece("".join(f"{file.old_path or file.path}\n" for file in files))]


def paths_answer(edited: Sequence[ChangedFile], *, learn: float) -> list[Piece]:
    """Which files to edit."""
    return [piece_of(f"{file.old_path or file.path}\n", file.writer, learn) for file in edited]


def regions(file: ChangedFile) -> list[tuple[int, int]]:
    """The lines of the before-state that a change replaces, first and last, counted from 1.

    Lines that are put in have none of their own: the line before them stands for them, or the
    first one.
    """
    found: list[tuple[int, int]] = []
    for block in changed_blocks(file.before, file.after):
        first = block.old_start + 1 if block.old_end > block.old_start else max(block.old_start, 1)
        found.append((first, max(first, block.old_end)))
    return found


def regions_answer(edited: Sequence[ChangedFile], *, learn: float) -> list[Piece]:
    """Which lines of which files to edit: a path, then its regions, one a line."""
    answer = []
    for file in edited:
        lines = "".join(f"{first}-{last}\n" for first, last in regions(file))
        answer.append(piece_of(f"{file.old_path or file.path}\n{lines}", file.writer, learn))
    return answer


def no_edit_answer(file: ChangedFile, edited: Sequence[ChangedFile], *, learn: float) -> Piece:
    """That nothing is to be done in a file: whoever solved the issue left it as it was."""
    return piece_of(f"{file.path}: {NO_EDIT}\n", edited[0].writer, learn)


def region_is_shown(file: ChangedFile) -> bool:
    """Whether every line that a region names is shown."""
    return all(
        usable(file, place)
        for first, last in regions(file)
        for place in range(first - 1, min(last, len(file.before)))
    )
