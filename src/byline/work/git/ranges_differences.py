"""Which files differ between two trees, renames followed: one `git diff-tree` for all pairs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from byline.errors import IntegrityError
from byline.work.git.command import GitError, run

Pair = tuple[str, str]
ABSENT: Final = "000000"
PATHS_AT_ONCE: Final = 200


class FileChange(NamedTuple):
    """One file in two trees. Paths are raw bytes; a mode of ``000000`` means that it is not there.

    Attributes:
        status: A M D R T, or S for a file that is only looked at.
        old_path: As `path` but for a renamed file.
    """

    status: str
    old_path: bytes
    path: bytes
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str


def tree_differences(directory: Path, pairs: Iterable[Pair]) -> dict[Pair, list[FileChange]]:
    """What differs between pairs of trees, as `git diff -M` takes it, in git's order.

    A pair of which git cannot tell is left out: in a partial mirror objects are missing.
    """
    wanted = sorted(set(pairs))
    try:
        return _differences(directory, wanted)
    except GitError:
        found: dict[Pair, list[FileChange]] = {}
        for pair in wanted:
            found.update(_one(directory, pair))
        return found


def _one(directory: Path, pair: Pair) -> dict[Pair, list[FileChange]]:
    try:
        return _differences(directory, [pair])
    except GitError:
        return {}


def _differences(directory: Path, pairs: Sequence[Pair]) -> dict[Pair, list[FileChange]]:
    if not pairs:
        return {}
    output = run(
        directory, "diff-tree", "--stdin", "-r", "-z", "--raw", "--no-abbrev", "-M",
        "--no-ext-diff", stdin="".join(f"{old} {new}\n" for old, new in pairs).encode("ascii"),
    )  # fmt: skip
    found: dict[Pair, list[FileChange]] = defaultdict(list)
    tokens = iter(output.split(b"\0"))
    here: Pair | None = None
    for token in tokens:
        head = token.lstrip(b"\n")
        while head and not head.startswith(b":"):
            # "<tree> <tree>" stands before the changes of each pair
            line, _, head = head.partition(b"\n")
            old, _, new = line.decode("ascii").partition(" ")
            here = (old, new)
            found[here] = found[here]
        if head and here is not None:
            found[here].append(_change(head, tokens))
    return {pair: found.get(pair, []) for pair in pairs}


def _change(head: bytes, tokens: Iterable[bytes]) -> FileChange:
    words = head[1:].decode("ascii").split(" ")
    if len(words) != 5:
        raise IntegrityError(f"git printed a change that is none: {head!r}")
    names = iter(tokens)
    old_mode, new_mode, old_oid, new_oid, status = words
    path = old_path = next(names)
    if status[0] in "RC":
        path = next(names)
    return FileChange(status[0], old_path, path, old_mode, new_mode, old_oid, new_oid)


def files_at(directory: Path, tree: str, paths: Sequence[str]) -> dict[str, FileChange]:
    """Some files of a tree, by path; those that it has not are left out."""
    found = {}
    for start in range(0, len(paths), PATHS_AT_ONCE):
        part = [path for path in paths[start : start + PATHS_AT_ONCE] if _is_plain(path)]
        if not part:
            continue
        output = run(directory, "ls-tree", "-z", "--full-tree", tree, "--", *part)
        for entry in output.split(b"\0")[:-1]:
            head, _, path = entry.partition(b"\t")
            mode, kind, oid = head.decode("ascii").split(" ")
            if kind == "tree":
                continue
            change = FileChange("S", path, path, mode, mode, oid, oid)
            found[path.decode("utf-8", "surrogateescape")] = change
    return found


def _is_plain(path: str) -> bool:
    """Whether a path can be asked for: it comes from a table, but is checked all the same."""
    return bool(path) and "\0" not in path and not path.endswith("/") and path.isprintable()
