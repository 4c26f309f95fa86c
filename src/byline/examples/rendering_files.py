"""Files in a rendering: the state that is shown, and changes as search/replace blocks or a diff.

A change in search/replace form names its file, then gives blocks. A file that is created has one
block with an empty search; a renamed one gives ``<<<<<<< RENAME``, its old path and
``>>>>>>> RENAME`` first; a deleted one gives ``<<<<<<< DELETE`` and ``>>>>>>> DELETE`` alone. No
line of a change holds such a marker, so that the form can be read back without doubt.

A change as a diff is git's own form (https://git-scm.com/docs/diff-format), with as many lines of
context as may be shown, three at most.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from byline.examples.edit_view import ChangedFile, known_of_new, piece_of, usable, windows
from byline.examples.pieces import Piece
from byline.examples.tokens import TokenMap
from byline.work.diff import Block, changed_blocks

SEARCH, DIVIDE, REPLACE = "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n"
RENAME, RENAME_END = "<<<<<<< RENAME\n", ">>>>>>> RENAME\n"
DELETE, DELETE_END = "<<<<<<< DELETE\n", ">>>>>>> DELETE\n"
CONTEXT: Final = 3
SHOWN: Final = "File: "
CHANGED: Final = "Edit: "


class Own(Piece):
    """A piece that the rendering itself wrote."""


def own(text: str, loss: float = 0.0) -> Piece:
    """The rendering's own words."""
    return Own(text, loss=loss)


def state(file: ChangedFile, tokens: TokenMap, *, context_lines: int) -> Iterator[Piece]:
    """A file before the change: the permitted lines around it, or all that are permitted."""
    yield own(f"{tokens.mark('state', SHOWN)}{file.old_path or file.path}\n")
    for number, (start, end) in enumerate(windows(file, context_lines)):
        if number:
            yield own("...\n")
        for place in range(start, end):
            yield from _line("", file.before[place], piece_of("", file.known_before[place], 0.0))


def blocks(file: ChangedFile, tokens: TokenMap, *, learn: float) -> Iterator[Piece]:
    """A file's change as search/replace blocks."""
    yield own(f"{tokens.mark('action', CHANGED)}{file.path}\n", learn)
    if file.status == "D":
        yield own(DELETE + DELETE_END, learn)
        return
    if file.old_path is not None and file.old_path != file.path:
        yield own(f"{RENAME}{file.old_path}\n{RENAME_END}", learn)
    known = known_of_new(file)
    for block in file.blocks:
        yield own(SEARCH, learn)
        for place in range(*block.old):
            yield piece_of(file.before[place], file.known_before[place], learn)
        yield own(DIVIDE, learn)
        for place in range(*block.new):
            yield piece_of(file.after[place], known[place], learn)
        yield own(REPLACE, learn)


def diff(file: ChangedFile, tokens: TokenMap, *, learn: float) -> Iterator[Piece]:
    """A file's change as git's unified diff."""
    old, new = file.old_path or file.path, file.path
    head = [f"diff --git a/{old} b/{new}\n"]
    if file.status == "A":
        head.append("new file mode 100644\n")
    elif file.status == "D":
        head.append("deleted file mode 100644\n")
    elif old != new:
        head.append(f"rename from {old}\nrename to {new}\n")
    changed = changed_blocks(file.before, file.after)
    if changed:
        head.append("--- /dev/null\n" if file.status == "A" else f"--- a/{old}\n")
        head.append("+++ /dev/null\n" if file.status == "D" else f"+++ b/{new}\n")
    yield own(tokens.mark("diff") + "".join(head), learn)
    known = known_of_new(file)
    for hunk in _hunks(file, changed):
        first, last = hunk[0], hunk[-1]
        yield own(tokens.mark("hunk") + _hunk_head(first, last), learn)
        place = first.old_start
        for block in hunk[1:-1]:
            for old_line in range(place, block.old_start):
                yield from _old(file, " ", old_line, learn)
            for old_line in range(block.old_start, block.old_end):
                yield from _old(file, "-", old_line, learn)
            for new_line in range(block.new_start, block.new_end):
                yield from _line("+", file.after[new_line], piece_of("", known[new_line], learn))
            place = block.old_end
        for old_line in range(place, last.old_end):
            yield from _old(file, " ", old_line, learn)


def _old(file: ChangedFile, sign: str, place: int, learn: float) -> Iterator[Piece]:
    return _line(sign, file.before[place], piece_of("", file.known_before[place], learn))


def _line(sign: str, text: str, author: Piece) -> Iterator[Piece]:
    """A line with its author; a last line without a line feed gets one of ours."""
    if sign:
        yield own(sign, author.loss)
    yield Piece(text, author.contributor, author.origin, author.loss, author.people, author.clauses)
    if not text.endswith("\n"):
        yield own("\n", author.loss)


def _hunk_head(first: Block, last: Block) -> str:
    old, new = last.old_end - first.old_start, last.new_end - first.new_start
    # Git names the line before where a side has none.
    return f"@@ -{first.old_start + bool(old)},{old} +{first.new_start + bool(new)},{new} @@\n"


def _hunks(file: ChangedFile, changed: Sequence[Block]) -> list[list[Block]]:
    """Blocks that share context, between two empty blocks that say where the context ends."""
    found: list[list[Block]] = []
    for block in changed:
        above, below = _room(file, block)
        start = Block(
            block.old_start - above, block.old_start - above,
            block.new_start - above, block.new_start - above,
        )  # fmt: skip
        end = Block(
            block.old_end + below, block.old_end + below,
            block.new_end + below, block.new_end + below,
        )  # fmt: skip
        if found and start.old_start <= found[-1][-1].old_end:
            found[-1][-1:] = [block, end]
        else:
            found.append([start, block, end])
    return found


def _room(file: ChangedFile, block: Block) -> tuple[int, int]:
    """How many lines of context may be shown above and below."""
    above = below = 0
    while above < min(CONTEXT, block.old_start) and _shows(file, block.old_start - above - 1):
        above += 1
    limit = min(CONTEXT, len(file.before) - block.old_end)
    while below < limit and _shows(file, block.old_end + below):
        below += 1
    return above, below


def _shows(file: ChangedFile, place: int) -> bool:
    return usable(file, place) and file.before[place].endswith("\n")
