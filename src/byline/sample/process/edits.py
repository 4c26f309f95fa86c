"""Edits of scenes put into trees, and where lines of a file are found again.

Invariant: the text that an edit replaces occurs exactly once; otherwise the scene is wrong.
"""

import difflib
from collections.abc import Iterable

from byline.errors import IntegrityError
from byline.sample.process.scene import Edit
from byline.sample.tree import Tree, whole, with_files, without_file

CONTEXT = 3


def edited(tree: Tree, edits: Iterable[Edit]) -> Tree:
    """Return the tree with edits made to it, in order.

    Raises:
        IntegrityError: A file is missing, or what is to be replaced does not occur exactly once.
    """
    for edit in edits:
        if edit.kind == "file":
            tree = with_files(tree, [whole(edit.path, edit.text)])
        elif edit.kind not in ("edit", "delete", "rename"):
            raise IntegrityError(f"no edit is called {edit.kind}")
        elif edit.path not in tree:
            raise IntegrityError(f"{edit.path} is not there to be edited")
        elif edit.kind == "delete":
            tree = without_file(tree, edit.path)
        elif edit.kind == "rename":
            content = tree[edit.path].content
            tree = with_files(without_file(tree, edit.path), [whole(edit.target, content)])
        else:
            tree = with_files(tree, [whole(edit.path, _swapped(text_of(tree, edit.path), edit))])
    return tree


def _swapped(text: str, edit: Edit) -> str:
    for old, new in edit.blocks:
        if text.count(old) != 1 or not old:
            raise IntegrityError(f"{edit.path}: {old!r} occurs {text.count(old)} times")
        text = text.replace(old, new)
    return text


def text_of(tree: Tree, path: str) -> str:
    """Return the text of a file, empty where there is none."""
    file = tree.get(path)
    return file.content.decode() if file else ""


def changed_paths(before: Tree, after: Tree) -> list[str]:
    """Return the paths that differ between two trees, in order."""
    names = before.keys() | after.keys()
    return sorted(
        name for name in names if text_of(before, name) != text_of(after, name)
    )  # fmt: skip


def line_number(text: str, wanted: str) -> int:
    """Return the number (from 1) of the one line that reads so, blanks around it aside.

    Raises:
        IntegrityError: No line reads so, or several do.
    """
    found = [
        number for number, line in enumerate(text.split("\n"), 1) if line.strip() == wanted.strip()
    ]
    if len(found) != 1:
        raise IntegrityError(f"{len(found)} lines read {wanted!r}")
    return found[0]


def unified(before: str, after: str) -> list[str]:
    """Return a unified diff as lines from the first ``@@`` on, without line ends."""
    rows = difflib.unified_diff(
        before.splitlines(), after.splitlines(), n=CONTEXT, lineterm=""
    )  # fmt: skip
    return list(rows)[2:]


def hunk_to(before: str, after: str, line: int, *, side: str) -> tuple[str, int]:
    """Return the diff hunk down to a line, and the line's position in the file's diff.

    Args:
        before: The file before.
        after: The file after.
        line: The line, counted from 1.
        side: Of which file the line is: LEFT (before) or RIGHT (after).

    Raises:
        IntegrityError: The line is not in the diff.
    """
    start, old, new = 0, 0, 0
    rows = unified(before, after)
    for position, row in enumerate(rows):
        if row.startswith("@@"):
            start = position
            old, new = (int(part[1:].split(",")[0]) for part in row.split(" ")[1:3])
            continue
        here = old if side == "LEFT" else new
        if here == line and row[:1] != ("+" if side == "LEFT" else "-"):
            return "\n".join(rows[start : position + 1]), position
        old += row[:1] != "+"
        new += row[:1] != "-"
    raise IntegrityError(f"line {line} is not in the diff")


def carried(before: str, after: str, line: int) -> int | None:
    """Return the number of a line in a later state of its file, or None where it was changed."""
    matcher = difflib.SequenceMatcher(
        None, before.split("\n"), after.split("\n"), autojunk=False
    )  # fmt: skip
    for block in matcher.get_matching_blocks():
        if block.a < line <= block.a + block.size:
            return line - block.a + block.b
    return None


def counts(before: str, after: str) -> tuple[int, int]:
    """Return how many lines were added and how many taken out."""
    rows = [row for row in unified(before, after) if not row.startswith("@@")]
    return sum(row[0] == "+" for row in rows), sum(row[0] == "-" for row in rows)
