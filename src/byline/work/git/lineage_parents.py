"""Which file of each parent a file came from: the same path or a renamed file, as blame has it.

`git blame` first looks for the same path in every parent; a parent with the identical blob takes
all. Only for parents without the path does it look for a rename, among the paths that the commit
removed and with this one path as the only destination (git's documentation of blame, "-M", and
observed behaviour). The last point matters: with all added paths in play another may win a source.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from byline.errors import IntegrityError
from byline.work.git.lineage_visits import Changed, Side, Visit, changed
from byline.work.git.patch import MARK, RAW, Comparer, Scratch

TYPE_DIGITS = 2  # of six octal ones: file, symbolic link or submodule
FILE_TYPE = "10"
AT_ONCE = 256  # questions on their way: fewer than fill a pipe while git waits to answer

Combined = dict[bytes, bytes]  # path to git's raw line for both parents


class Source(NamedTuple):
    """Where a file stood in a parent: path, blob, and that parent's place among the parents."""

    path: bytes
    oid: str
    parent: int


@dataclass(frozen=True)
class Asked:
    """Processes to ask about parents."""

    place: Scratch
    every: Comparer
    single: Comparer
    renames: Comparer


@contextmanager
def asking(place: Scratch) -> Iterator[Asked]:
    """Start the processes; they end with the context."""
    with ExitStack() as stack:
        # Giving a commit other parents changes it in that process for good: hence one of its own.
        every = stack.enter_context(Comparer(place, *RAW, "--no-renames", "-c"))
        single = stack.enter_context(Comparer(place, *RAW, "--no-renames", "--no-commit-id"))
        renames = stack.enter_context(Comparer(place, *RAW, "--find-renames"))
        yield Asked(place, every, single, renames)


def differing(asked: Asked, merges: Sequence[str]) -> dict[str, Combined]:
    """The paths of each merge that differ from both parents, with git's line for each.

    Quick, even where the parents differ much, for git skips what one of them has.
    """
    found: dict[str, Combined] = {oid: {} for oid in merges}
    for start in range(0, len(merges), AT_ONCE):
        oid = ""
        for header, path, _ in _raw(asked.every, "\n".join(merges[start : start + AT_ONCE])):
            if path:
                found[oid][path] = header
            else:
                oid = header.decode("ascii")
    return found


def sources(
    asked: Asked, visit: Visit, paths: Sequence[bytes], *, both: Combined | None = None
) -> dict[bytes, list[Source]]:
    """For paths that a commit changed against its first parent: their sources, in parents' order.

    A single source with the path's own blob takes all lines. No source: the commit wrote them.

    Args:
        asked: The processes to ask.
        visit: The commit.
        paths: Some of the paths that it changed.
        both: Of a merge of two, what `differing` says, if it is known already.
    """
    if len(visit.parents) == 1:
        edited = [(path, visit.changed(path)) for path in paths]
        plain = {
            path: [Source(path, change.older.oid, 0)]
            for path, change in edited
            if change.status == "M"
        }
        if len(plain) == len(paths):  # nearly all commits
            return plain
    changes = _changes(asked, visit, paths, both)
    found = {path: _in_place(changes[path]) for path in paths}
    lost: dict[int, list[Changed]] = {}
    for path in paths:
        if not _whole(found[path], changes[path]):
            for at, change in enumerate(changes[path]):
                if change.status == "A":
                    lost.setdefault(at, []).append(change)
    for at, missing in sorted(lost.items()):
        for path, source in _renamed(asked, visit, at, missing):
            found[path][at] = source
    return {
        path: _whole(found[path], changes[path]) or [found[path][at] for at in sorted(found[path])]
        for path in paths
    }


def _in_place(changes: Sequence[Changed]) -> dict[int, Source]:
    """The parents that have the same path, as the same type of file."""
    return {
        at: Source(change.path, change.older.oid, at)
        for at, change in enumerate(changes)
        if change.status != "A"
        and change.older.mode[:TYPE_DIGITS] == change.newer.mode[:TYPE_DIGITS]
    }


def _whole(found: dict[int, Source], changes: Sequence[Changed]) -> list[Source]:
    """The first source with the identical blob, if there is one."""
    oid = changes[0].newer.oid
    return [found[at] for at in sorted(found) if found[at].oid == oid][:1]


def _changes(
    asked: Asked, visit: Visit, paths: Sequence[bytes], both: Combined | None
) -> dict[bytes, list[Changed]]:
    """Each path's change against every parent; where it has none, from itself to itself."""
    first = {path: visit.changed(path) for path in paths}
    if len(visit.parents) == 1:
        return {path: [first[path]] for path in paths}
    unchanged = {path: Changed(path, one.newer, one.newer, "M") for path, one in first.items()}
    if len(visit.parents) == 2:
        both = differing(asked, [visit.oid])[visit.oid] if both is None else both
        return {
            path: _combined(both[path], path) if path in both else [first[path], unchanged[path]]
            for path in paths
        }
    others = [
        {change.path: change for change in against(asked, visit, parent)}
        for parent in visit.parents[1:]
    ]
    return {
        path: [first[path], *(other.get(path, unchanged[path]) for other in others)]
        for path in paths
    }


def _combined(header: bytes, path: bytes) -> list[Changed]:
    """A change against both parents: ``::`` three modes, three ids, two letters."""
    words = header.decode("ascii").lstrip("\n:").split(" ")
    newer = Side(words[2], words[5])
    return [Changed(path, Side(words[at], words[3 + at]), newer, words[6][at]) for at in (0, 1)]


def against(asked: Asked, visit: Visit, parent: str) -> list[Changed]:
    """What a commit changed against one of its parents, in git's order."""
    rows = _raw(asked.single, f"{visit.oid} {parent}")
    return [changed(header, path) for header, path, _ in rows]


def _renamed(
    asked: Asked, visit: Visit, at: int, missing: Sequence[Changed]
) -> Iterator[tuple[bytes, Source]]:
    """The whole-file renames that brought these paths, which a parent does not have."""
    if at == 0:
        all_changes = [visit.changed(path) for path in visit.raw]
    else:
        all_changes = against(asked, visit, visit.parents[at])
    removed = [change for change in all_changes if change.status == "D"]
    unsure: list[Changed] = []
    for change in missing:
        same = [one for one in removed if _identical(one.older, change.newer)]
        if len(same) == 1:
            yield change.path, Source(same[0].path, same[0].older.oid, at)
        elif removed:
            unsure.append(change)
    if not unsure:
        return
    width = len(visit.oid)
    older = {change.path: (change.older.mode, change.older.oid) for change in removed}
    with asked.place.tree(older, width=width) as one:
        for change in unsure:
            newer = {change.path: (change.newer.mode, change.newer.oid)}
            with asked.place.tree(newer, width=width) as other:
                for header, path, target in _raw(asked.renames, f"{one} {other}"):
                    if target == change.path:
                        yield target, Source(path, changed(header, path).older.oid, at)


def _identical(older: Side, newer: Side) -> bool:
    """Whether git takes one for the other: links and submodules must agree in mode as well."""
    files = older.mode[:TYPE_DIGITS] == newer.mode[:TYPE_DIGITS] == FILE_TYPE
    return older.oid == newer.oid and (files or older.mode == newer.mode)


def _raw(comparer: Comparer, lines: str) -> list[tuple[bytes, bytes, bytes]]:
    """The answer to questions as (header, path, new path); the last is empty without a rename.

    A commit's own id, where git prints it, is a header without paths.
    """
    rest = b""
    found: list[tuple[bytes, bytes, bytes]] = []
    waiting: list[bytes] = []
    for piece in comparer.ask(lines):
        *words, rest = (rest + piece).split(b"\0")
        for word in words:
            waiting.append(word)
            if len(waiting) == _words_of(waiting[0]):
                header, path, target = [*waiting, b"", b""][:3]
                found.append((header[max(header.find(b":"), 0) :], path, target))
                waiting = []
        if not waiting and rest.endswith(MARK):
            return found
    raise IntegrityError("git diff-tree ended in the middle of an answer")


def _words_of(header: bytes) -> int:
    """How many words one answer takes: renames and copies name two paths."""
    if b":" not in header:
        return 1
    return 3 if header.rsplit(b" ", 1)[-1][:1] in (b"R", b"C") else 2
