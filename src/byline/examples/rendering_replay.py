"""Reading changes back out of rendered text: the proof that a rendering lost nothing (law 3).

What a model answers is in the same forms, so this is also how an answer is applied.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from byline.errors import InputError
from byline.examples.rendering_files import (
    CHANGED,
    DELETE,
    DIVIDE,
    RENAME,
    RENAME_END,
    REPLACE,
    SEARCH,
)
from byline.examples.search_replace import NoAnchorError, SearchReplace, replay
from byline.examples.tokens import TokenMap
from byline.work.identifiers import line_list

HUNK: Final = re.compile(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n")
NO_LINES: Final = (0, 0)


@dataclass
class ReadChange:
    """One file's change as read.

    Attributes:
        path: The file after the change.
        old_path: The file before it, where it was renamed.
        deleted: Whether the file is gone.
        created: Whether it was not there.
        blocks: Search/replace blocks, in order.
        hunks: Of a diff: first old line, old lines and new lines of each hunk.
    """

    path: str
    old_path: str | None = None
    deleted: bool = False
    created: bool = False
    blocks: list[SearchReplace] = field(default_factory=list)
    hunks: list[tuple[int, list[str], list[str]]] = field(default_factory=list)

    def apply(self, before: str) -> str | None:
        """The file after the change, or None where it is deleted.

        Raises:
            InputError: The change does not fit the file.
        """
        if self.hunks:
            after = _patched(line_list(before), self.hunks)
        else:
            try:
                after = replay(before, self.blocks)
            except NoAnchorError as error:
                raise InputError(f"{self.path}: {error}") from error
        return None if self.deleted else after


def read_blocks(text: str, tokens: TokenMap) -> list[ReadChange]:
    """The changes of a text in search/replace form; other text outside of blocks is passed over.

    Raises:
        InputError: A block is not closed, or stands before any file is named.
    """
    start = tokens.mark("action", CHANGED)
    found: list[ReadChange] = []
    lines = iter(line_list(text))
    for line in lines:
        if line.startswith(start) and line.endswith("\n"):
            found.append(ReadChange(line[len(start) : -1]))
        elif line in (SEARCH, RENAME, DELETE):
            if not found:
                raise InputError("a block stands before any file is named")
            _read_block(line, lines, found[-1])
    return found


def _read_block(opening: str, lines: Iterator[str], change: ReadChange) -> None:
    if opening == SEARCH:
        search = "".join(_until(lines, DIVIDE))
        change.blocks.append(
            SearchReplace(search, "".join(_until(lines, REPLACE)), NO_LINES, NO_LINES)
        )
        change.created = change.created or not search
    elif opening == RENAME:
        change.old_path = "".join(_until(lines, RENAME_END)).removesuffix("\n")
    else:
        change.deleted = True


def _until(lines: Iterator[str], end: str) -> Iterator[str]:
    for line in lines:
        if line == end:
            return
        yield line
    raise InputError(f"a block is not closed by {end.strip()!r}")


def read_diff(text: str, tokens: TokenMap) -> list[ReadChange]:
    """The changes of a text with unified diffs of git's form.

    Raises:
        InputError: A hunk has fewer lines than its head says, or other ones.
    """
    diff, hunk = tokens.mark("diff"), tokens.mark("hunk")
    found: list[ReadChange] = []
    lines = iter(line_list(text))
    for line in lines:
        plain = line.removeprefix(diff) if diff else line
        match = HUNK.match(line.removeprefix(hunk) if hunk else line)
        if plain.startswith("diff --git a/"):
            found.append(ReadChange(plain.rpartition(" b/")[2].rstrip("\n")))
        elif not found:
            continue
        elif match:
            found[-1].hunks.append(_hunk(lines, match))
        else:
            _read_head(line.rstrip("\n"), found[-1])
    return found


def _read_head(line: str, change: ReadChange) -> None:
    if line.startswith("rename from "):
        change.old_path = line.removeprefix("rename from ")
    elif line.startswith("rename to "):
        change.path = line.removeprefix("rename to ")
    elif line.startswith("+++ b/"):
        change.path = line.removeprefix("+++ b/")
    elif line.startswith("--- a/") and change.deleted:
        change.path = line.removeprefix("--- a/")
    elif line.startswith("new file mode"):
        change.created = True
    elif line.startswith("deleted file mode"):
        change.deleted = True


def _hunk(lines: Iterator[str], match: re.Match[str]) -> tuple[int, list[str], list[str]]:
    start, old_count, _, new_count = (int(number) for number in match.groups())
    old: list[str] = []
    new: list[str] = []
    while len(old) < old_count or len(new) < new_count:
        line = next(lines, "")
        if line[:1] not in (" ", "-", "+"):
            raise InputError("a hunk ends before all of its lines are told")
        if line[0] != "+":
            old.append(line[1:])
        if line[0] != "-":
            new.append(line[1:])
    return (start - bool(old_count), old, new)


def _patched(before: Sequence[str], hunks: Sequence[tuple[int, list[str], list[str]]]) -> str:
    after: list[str] = []
    place = 0
    for start, old, new in hunks:
        if start < place or list(before[start : start + len(old)]) != old:
            raise InputError(f"a hunk does not fit the file at line {start + 1}")
        after += [*before[place:start], *new]
        place = start + len(old)
    return "".join([*after, *before[place:]])


def applied(changes: Sequence[ReadChange], before: Mapping[str, str]) -> dict[str, str | None]:
    """The files after some changes, by path; a deleted one is None.

    Args:
        changes: As read.
        before: The files before, by path; one that is created need not be there.

    Raises:
        InputError: A change does not fit, or is of a file that is not there.
    """
    after: dict[str, str | None] = {one.old_path: None for one in changes if one.old_path}
    for change in changes:
        old = change.old_path or change.path
        if old not in before and not change.created:
            raise InputError(f"{old} is changed and is not there")
        after[change.path] = change.apply("" if change.created else before[old])
    return after
