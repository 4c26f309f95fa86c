"""Renames: which deleted and added paths of a commit `git diff -M` takes for one file.

Asked only for commits that do both, against their first parent, from `git diff-tree` processes
beside each other. What `COMMITS.changes` says stays as it is: each rename names a D and an A of it.

Git unpacks both sides of a pair that is only similar. Where a blob of a commit is larger than
`LARGEST` or not there (a partial mirror), only exact renames are asked for: those need no content.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from byline.errors import IntegrityError
from byline.work.git.command import run
from byline.work.git.objects import sizes
from byline.work.identifiers import path_text

LARGEST = 16 << 20  # bytes
LIMIT = 1000  # git gives up similar renames where more paths than this, squared, must be compared
PROCESSES = 2
SIMILAR, EXACT = "-M", "-M100%"


@dataclass(frozen=True)
class Candidate:
    """A commit that deletes and adds.

    Attributes:
        blobs: Ids of the deleted and the added files.
        pairs: How many comparisons it may take.
    """

    commit: str
    parent: str
    blobs: tuple[str, ...]
    pairs: int


@dataclass(frozen=True)
class Rename:
    """One file under two names; similarity in percent."""

    old_path: str
    new_path: str
    old_oid: str
    new_oid: str
    similarity: int


def renames(directory: Path, candidates: Sequence[Candidate]) -> Mapping[str, list[Rename]]:
    """The renames of each candidate that has any, in git's order."""
    if not candidates:
        return {}
    known = sizes(directory, {oid for one in candidates for oid in one.blobs})
    similar: list[Candidate] = []
    exact: list[Candidate] = []
    for one in sorted(candidates, key=lambda one: (-one.pairs, one.commit)):
        cheap = all(known.get(oid, LARGEST + 1) <= LARGEST for oid in one.blobs)
        (similar if cheap else exact).append(one)
    shares = [(SIMILAR, similar[at::PROCESSES]) for at in range(PROCESSES)] + [(EXACT, exact)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = pool.map(lambda share: _ask(directory, *share), shares)
        return {commit: found for answer in answers for commit, found in answer.items()}


def _ask(directory: Path, option: str, asked: Iterable[Candidate]) -> dict[str, list[Rename]]:
    lines = "".join(f"{one.commit} {one.parent}\n" for one in asked)
    if not lines:
        return {}
    output = run(
        directory, "diff-tree", "--stdin", "-r", option, f"-l{LIMIT}", "--diff-filter=R", "--raw",
        "-z", "--no-abbrev", "--no-ext-diff", stdin=lines.encode("ascii"),
    )  # fmt: skip
    return _read(output.split(b"\0"))


def _read(tokens: Sequence[bytes]) -> dict[str, list[Rename]]:
    """A commit's id, then a head and two paths for each rename."""
    found: dict[str, list[Rename]] = {}
    at, commit = 0, ""
    while at < len(tokens) - 1:
        if not tokens[at].startswith(b":"):
            commit = tokens[at].decode("ascii")
            at += 1
            continue
        _, _, old_oid, new_oid, status = tokens[at].decode("ascii").split(" ")
        if not commit or status[:1] != "R":
            raise IntegrityError("git diff-tree printed renames that Byline cannot read")
        old_path, new_path = (path_text(path)[0] for path in tokens[at + 1 : at + 3])
        found.setdefault(commit, []).append(
            Rename(old_path, new_path, old_oid, new_oid, int(status[1:]))
        )
        at += 3
    return found
