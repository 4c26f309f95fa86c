"""The two commits of each range: which of them the mirror has, and where a base is implied.

Ids come from exports: whatever is no full object id is absent, and never reaches a command line.

A review's own change is what it did since it left the line that it was made for, as forges show it.
So the old end of a `patchset`, `patch` or `merged` range is the merge base of its ends; where the
export names none (``""``), it is the merge base with the collected revision, or, for work that this
revision already has, where it entered the line of first parents.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from byline.errors import HostileInputError
from byline.work.git.command import run
from byline.work.git.tree import check_paths

OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
FROM_MERGE_BASE: Final = frozenset({"patchset", "patch", "merged"})
MAX_PATHS: Final = 1_000_000


@dataclass(frozen=True)
class End:
    """A commit that the mirror has, and its tree."""

    commit: str
    tree: str


def present(directory: Path, commits: Iterable[str]) -> dict[str, End]:
    """Those commits that the mirror has, with the tree of each."""
    asked = sorted({oid for oid in commits if OID.fullmatch(oid)})
    lines = [f"{oid}^{{{kind}}}" for oid in asked for kind in ("commit", "tree")]
    if not lines:
        return {}
    output = run(
        directory, "cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer",
        stdin="".join(f"{line}\n" for line in lines).encode("ascii"),
    )  # fmt: skip
    told = output.decode("ascii", "replace").splitlines()
    found = {}
    for oid, commit, tree in zip(asked, told[::2], told[1::2], strict=True):
        if commit == f"{oid} commit" and tree.endswith(" tree"):
            found[oid] = End(oid, tree.split(" ")[0])
    return found


def too_wide(directory: Path, ends: Mapping[str, End]) -> set[str]:
    """Commits whose trees name more than `MAX_PATHS` paths: nothing of them is expanded."""
    try:
        check_paths(directory, sorted(ends), max_paths=MAX_PATHS)
    except HostileInputError:
        return {oid for oid in ends if _is_too_wide(directory, oid)}
    return set()


def _is_too_wide(directory: Path, commit: str) -> bool:
    try:
        check_paths(directory, [commit], max_paths=MAX_PATHS)
    except HostileInputError:
        return True
    return False


class Bases:
    """Where changes begin; each pair is asked once."""

    def __init__(self, directory: Path, revision: str) -> None:
        self._directory = directory
        self._revision = revision
        self._known: dict[tuple[str, str], str | None] = {}

    def of(self, old: str, new: str) -> str | None:
        """The commit that the change of a review begins at, or None where there is none.

        Args:
            old: Its base as recorded, which the mirror has, or an empty string.
            new: Its newest commit, which the mirror has.
        """
        if (old, new) not in self._known:
            base = self._meeting(old, new) if old else self._implied(new)
            self._known[old, new] = base
        return self._known[old, new]

    def _meeting(self, one: str, other: str) -> str | None:
        found = run(self._directory, "merge-base", one, other, accept=(0, 1))
        return found.decode("ascii").strip() or None

    def _implied(self, new: str) -> str | None:
        meeting = self._meeting(self._revision, new)
        if meeting is not None and meeting != new:
            return meeting
        entered = self._entered(new) if meeting is not None else None
        before = entered and self._first_parent(entered)
        if before:
            base = self._meeting(before, new)
            if base is not None and base != new:
                return base
        return self._first_parent(new)

    def _entered(self, new: str) -> str | None:
        """The first commit of the collected line of first parents that has `new` behind it."""
        output = run(
            self._directory, "rev-list", "--first-parent", "--ancestry-path",
            f"{new}..{self._revision}", "--",
        )  # fmt: skip
        line = output.decode("ascii").split()
        return line[-1] if line else None

    def _first_parent(self, commit: str) -> str | None:
        output = run(self._directory, "rev-list", "--parents", "--max-count=1", commit, "--")
        parents = output.decode("ascii").split()[1:]
        return parents[0] if parents else None
