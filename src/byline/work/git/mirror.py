"""Byline's own checked copy of a repository.

The supplied objects are read through a repository that we made, with our configuration, and every
object is checked on its way into the mirror. What is wrong with one is kept beside the mirror
(`quarantine`), and only what git cannot read at all stops the copy. Nothing of the supplied
repository's configuration, hooks, attributes, grafts or replace refs comes along.

Refs of a mirror: `COLLECTED`; ``refs/byline/notes/<name>`` of the supplied ``refs/notes/<name>``;
``refs/byline/reviews/<ref>`` of its reviews, where they are asked for.
"""

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from byline.errors import InputError
from byline.work.git.command import GitError, run
from byline.work.git.copying import copy
from byline.work.git.diagnosis import explained
from byline.work.git.graph import write_graph
from byline.work.git.quarantine import Quarantined, add_findings, read_findings, read_lacking
from byline.work.git.references import (
    BYLINE_NOTES,
    Reference,
    is_notes,
    proposed,
    references,
)
from byline.work.git.reviews import copy_each, drop_bombs
from byline.work.git.supplied import OID, Supplied, inspect
from byline.work.git.tags import check_tags
from byline.workspace.files import sha256_text

COLLECTED = "refs/byline/collected"
BIG_FILE = "16m"  # larger objects are copied as a stream, never held in memory


@dataclass(frozen=True)
class Mirror:
    """A checked bare repository, and the commit of it that is collected.

    Attributes:
        references: Every ref of the supplied repository that leads to a commit.
        left_out: Refs that are not listed or not copied, by reason.
        findings: What is wrong with objects of the mirror, and with the supplied tags.
        lacking: Empty where all objects are there; else what tells one partial copy from another.
    """

    directory: Path
    commit: str
    object_format: str
    references: tuple[Reference, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    findings: tuple[Quarantined, ...] = ()
    lacking: str = ""

    @property
    def digest(self) -> str:
        """A digest of all of it but the commit: refs, what is left out, what is wrong."""
        return sha256_text(repr(self.references), repr(self.left_out), repr(self.findings))


def mirror(
    path: Path,
    *,
    into: Path,
    revision: str = "HEAD",
    reviews: bool = False,
    max_paths: int = 2_000_000,
) -> Mirror:
    """Bring the history of one revision of a supplied repository into `into`, checked.

    Args:
        path: The supplied repository.
        into: The mirror's folder.
        revision: A branch, a tag or a commit.
        reviews: Copy what is proposed in reviews too.
        max_paths: A review with a tree of more paths is let go.

    Raises:
        InputError: Not a complete repository, or the revision is not in it.
        HostileInputError: It is built to do what a repository must not.
    """
    supplied = inspect(path)
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".intake-", dir=into.parent) as scratch:
        window = _window(supplied, Path(scratch) / "window.git")
        commit = _resolve(window, supplied, revision, path)
        listed, left_out = references(window, supplied.refs)
        others = {
            BYLINE_NOTES + name.removeprefix("refs/notes/"): oid
            for name, oid in supplied.refs.items()
            if is_notes(name)
        }
        others |= proposed(listed) if reviews else {}
        _prepare(into, Path(scratch) / "new.git", supplied)
        moved = _copy_collected(window, into, supplied, commit, path)
        changed, failed = copy_each(window, into, others, packs=supplied.packs)
        if failed:
            left_out["unreadable"] = failed
        tags = {oid for name, oid in supplied.refs.items() if name.startswith("refs/tags/")}
        found = [*(read_findings(into) or []), *check_tags(window, tags)]
    if moved or changed:
        write_graph(into)
    if reviews and changed and (bombs := drop_bombs(into, commit, max_paths=max_paths)):
        left_out["too_many_paths"] = bombs
    return Mirror(
        into, commit, supplied.object_format, tuple(listed), tuple(sorted(left_out.items())),
        tuple(sorted(found, key=repr)), read_lacking(into),
    )  # fmt: skip


def _window(supplied: Supplied, directory: Path) -> Path:
    """A repository of our own through which the supplied objects are seen, and nothing else."""
    _initialise(directory, supplied.object_format)
    run(directory, "config", "core.bigFileThreshold", BIG_FILE)
    objects = str(supplied.objects.resolve())
    if "\n" in objects or objects.startswith('"'):
        raise InputError(f"{objects!r}: git cannot read a folder with such a name")
    (directory / "objects" / "info").mkdir(exist_ok=True)
    (directory / "objects" / "info" / "alternates").write_text(
        objects + "\n", encoding="utf-8", errors="surrogateescape"
    )
    return directory


def _initialise(directory: Path, object_format: str) -> None:
    run(
        directory, "init", "--bare", "--quiet", "--template=", "--initial-branch=main",
        f"--object-format={object_format}",
    )  # fmt: skip


def _resolve(window: Path, supplied: Supplied, revision: str, path: Path) -> str:
    """The commit that a revision means: HEAD, a branch, a tag, a full or short id."""
    candidates = (
        [supplied.head]
        if revision == "HEAD"
        else [
            revision,
            f"refs/heads/{revision}",
            f"refs/tags/{revision}",
            f"refs/remotes/{revision}",
        ]
    )
    wanted = next((supplied.refs[name] for name in candidates if name in supplied.refs), None)
    if wanted is None and revision == "HEAD" and not OID.match(supplied.head):
        wanted = _only_branch(supplied, path)
    wanted = wanted or (supplied.head if revision == "HEAD" else revision)
    if not re.fullmatch(r"[0-9a-f]{4,64}", wanted):
        raise InputError(
            f"{path} has no revision {revision!r}", advice="name a branch, a tag or a commit"
        )
    try:
        found = run(window, "rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}")
    except GitError as error:
        missing = InputError(
            f"{path}: {revision} names no readable commit ({error.detail or 'object missing'})",
            advice="name a commit that is there; a partial clone lacks objects: clone in full",
        )
        raise explained(path, error, window=window, wanted=wanted, otherwise=missing) from error
    return found.decode("ascii").strip()


def _only_branch(supplied: Supplied, path: Path) -> str:
    """HEAD points at a branch that is not there: unborn, or a name that was not copied."""
    branches = {name: oid for name, oid in supplied.refs.items() if name.startswith("refs/heads/")}
    if len(branches) == 1:
        return next(iter(branches.values()))
    raise InputError(
        f"{path}: HEAD points at {supplied.head}, which has no commit",
        advice="name the branch to collect with `revision`",
    )


def _prepare(into: Path, new: Path, supplied: Supplied) -> None:
    """Make the mirror where there is none of this version; clear what a killed run left in it.

    A mirror that lacks blobs is made anew when the partial clone has got other packs since.
    Locks that nobody holds and packs half received are removed.
    """
    stale = read_findings(into) is None or read_lacking(into) not in ("", supplied.packs)
    if stale or not (into / "HEAD").is_file():
        shutil.rmtree(into, ignore_errors=True)
        _initialise(new, supplied.object_format)
        add_findings(new, [])
        new.rename(into)
    for pattern in ("*.lock", "refs/byline/**/*.lock", "objects/info/**/*.lock",
                    "objects/pack/tmp_*"):  # fmt: skip
        for left in into.glob(pattern):
            left.unlink(missing_ok=True)


def _copy_collected(window: Path, into: Path, supplied: Supplied, commit: str, path: Path) -> bool:
    """Copy and check what is reachable from `commit`; whether there was anything to do."""
    held = byline_refs(into)
    if held.get(COLLECTED) == commit:
        return False
    try:
        copied = copy(
            window, into, [commit], have=list(held.values()), partial=bool(supplied.packs)
        )
    except GitError as error:
        if not held:
            shutil.rmtree(into, ignore_errors=True)
        raise explained(path, error, window=window, wanted=commit) from error
    lacking = "" if copied.complete else supplied.packs
    add_findings(into, copied.findings, lacking=lacking)
    run(into, "update-ref", COLLECTED, commit)
    return True


def byline_refs(directory: Path) -> Mapping[str, str]:
    """The refs of a mirror, by name."""
    listed = run(directory, "for-each-ref", "--format=%(objectname) %(refname)", "refs/byline/")
    rows = (line.split(" ", 1) for line in listed.decode("utf-8").splitlines())
    return {name: oid for oid, name in rows}
