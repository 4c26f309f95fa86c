"""Copying notes and proposals beside the collected history: one that cannot be read stops no other.

Refs are copied together, and only where that fails by halves, so that the unreadable ones are
found; after `MAX_FAILURES` of them the rest waits for somebody to look. A proposal whose tree is
built to explode is let go again in `drop_bombs`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from byline.errors import HostileInputError
from byline.work.git.command import GitError, run
from byline.work.git.copying import copy
from byline.work.git.graph import large_commits
from byline.work.git.quarantine import add_findings
from byline.work.git.references import BYLINE_REVIEWS
from byline.work.git.tree import check_paths

MAX_FAILURES = 32
MAX_LOOSE = 100  # refs that move at once before they are kept in one file
BESIDE = ("refs/byline/notes/", BYLINE_REVIEWS)


def copy_each(
    window: Path, into: Path, wanted: Mapping[str, str], *, packs: str
) -> tuple[bool, int]:
    """Bring the mirror's notes and reviews to `wanted` (ref name to object id).

    `packs` is that of the supplied repository (`Supplied.packs`), empty for a full clone.

    Returns:
        Whether a ref moved, and how many could not be read.
    """
    listed = run(into, "for-each-ref", "--format=%(objectname) %(refname)", *BESIDE)
    rows = (line.split(" ", 1) for line in listed.decode("utf-8").splitlines())
    held = {name: oid for oid, name in rows}
    gone = sorted(set(held) - set(wanted))
    stale = sorted(name for name, oid in wanted.items() if held.get(name) != oid)
    copied = _by_halves(window, into, stale, wanted, packs=packs)
    lines = [f"delete {name}\n" for name in gone]
    lines += [f"update {name} {wanted[name]}\n" for name in copied]
    if lines:
        run(into, "update-ref", "--stdin", stdin="".join(lines).encode("utf-8"))
    if len(lines) > MAX_LOOSE:
        run(into, "pack-refs", "--all", "--prune")
    return bool(lines), len(stale) - len(copied)


def _by_halves(
    window: Path, into: Path, names: Sequence[str], wanted: Mapping[str, str], *, packs: str
) -> list[str]:
    """Copy what these refs lead to; the names of those that could be read."""
    pending = [list(names)] if names else []
    copied: list[str] = []
    failures = 0
    while pending and failures < MAX_FAILURES:
        part = pending.pop()
        done = [*_everything(into), *(wanted[name] for name in copied)]
        try:
            oids = sorted({wanted[name] for name in part})
            copied_now = copy(window, into, oids, have=done, partial=bool(packs))
            lacking = "" if copied_now.complete else packs
            add_findings(into, copied_now.findings, lacking=lacking)
        except (GitError, HostileInputError):
            if len(part) == 1:
                failures += 1
                continue
            pending += [part[len(part) // 2 :], part[: len(part) // 2]]
            continue
        copied += part
    return copied


def _everything(into: Path) -> list[str]:
    """What the mirror holds completely: the objects that its refs name."""
    return run(into, "for-each-ref", "--format=%(objectname)").decode("ascii").split()


def drop_bombs(directory: Path, collected: str, *, max_paths: int) -> int:
    """Let go of reviews with a tree of more than `max_paths` paths; how many there were."""
    span = [f"--glob={BYLINE_REVIEWS}", f"^{collected}"]
    proposed = set(run(directory, "rev-list", *span).decode("ascii").split())
    dropped: set[str] = set()
    for commit in sorted(large_commits(directory, collected) & proposed):
        try:
            check_paths(directory, [commit], max_paths=max_paths)
        except HostileInputError:
            names = run(
                directory, "for-each-ref", "--format=%(refname)", f"--contains={commit}",
                BYLINE_REVIEWS,
            )  # fmt: skip
            dropped |= set(names.decode("utf-8").split("\n")) - {""}
    if dropped:
        lines = "".join(f"delete {name}\n" for name in sorted(dropped))
        run(directory, "update-ref", "--stdin", stdin=lines.encode("utf-8"))
    return len(dropped)
