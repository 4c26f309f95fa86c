"""Byline's own checked copy of a repository.

The supplied objects are read through a repository that we made, with our configuration, and every
object is checked on its way into the mirror (`fetch.fsckObjects`). Nothing of the supplied
repository's configuration, hooks, attributes, grafts or replace refs comes along.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from byline.errors import HostileInputError, InputError
from byline.work.git.command import GitError, run
from byline.work.git.graph import write_graph
from byline.work.git.supplied import OID, Supplied, inspect

COLLECTED = "refs/byline/collected"
# Old tools wrote objects like these into well-known histories. None can execute, escape or mislead
# about authorship, so they are accepted (https://git-scm.com/docs/git-fsck#_fsck_messages).
HARMLESS = (
    "badDate", "badDateOverflow", "badEmail", "badFilemode", "badTimezone", "missingEmail",
    "missingNameBeforeEmail", "missingSpaceBeforeDate", "missingSpaceBeforeEmail",
    "missingTaggerEntry", "nullSha1", "zeroPaddedDate", "zeroPaddedFilemode", "gitmodulesParse",
)  # fmt: skip
BIG_FILE = "16m"  # larger objects are copied as a stream, never held in memory


@dataclass(frozen=True)
class Mirror:
    """A checked bare repository, and the commit of it that is collected."""

    directory: Path
    commit: str
    object_format: str


def mirror(path: Path, *, into: Path, revision: str = "HEAD") -> Mirror:
    """Bring the history of one revision of a supplied repository into `into`, checked.

    Raises:
        InputError: Not a complete repository, or the revision is not in it.
        HostileInputError: It is built to do what a repository must not.
    """
    supplied = inspect(path)
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".intake-", dir=into.parent) as scratch:
        window = _window(supplied, Path(scratch) / "window.git")
        commit = _resolve(window, supplied, revision, path)
        if _holds(into, commit):
            return Mirror(into, commit, supplied.object_format)
        _clear(into)
        _fetch(window, commit, into, path, Path(scratch) / "new.git", supplied.object_format)
    write_graph(into)
    return Mirror(into, commit, supplied.object_format)


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
    lines = [f"{oid} {name}\n" for name, oid in sorted(supplied.refs.items())]
    (directory / "packed-refs").write_text(
        "".join(lines), encoding="utf-8", errors="surrogateescape"
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
        raise InputError(
            f"{path}: {revision} names no readable commit ({error.detail or 'object missing'})",
            advice="name a commit that is there; a partial clone lacks objects: clone in full",
        ) from error
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


def _holds(into: Path, commit: str) -> bool:
    """Whether the mirror's collected ref is that commit already, so that nothing need be copied."""
    if not (into / "HEAD").is_file():
        return False
    found = run(into, "rev-parse", "--verify", "--quiet", COLLECTED, accept=(0, 1))
    return found.decode("ascii").strip() == commit


def _clear(into: Path) -> None:
    """Remove what a killed run left: locks that nobody holds, and packs half received."""
    for pattern in ("*.lock", "refs/byline/*.lock", "objects/info/**/*.lock", "objects/pack/tmp_*"):
        for left in into.glob(pattern):
            left.unlink(missing_ok=True)


def _fetch(
    window: Path, commit: str, into: Path, path: Path, new: Path, object_format: str
) -> None:
    """Copy and check everything reachable from `commit`; `new` is where a mirror is prepared."""
    fresh = not (into / "HEAD").is_file()
    if fresh:
        shutil.rmtree(into, ignore_errors=True)
        _initialise(new, object_format)
        new.rename(into)
    relaxed = [part for name in HARMLESS for part in ("-c", f"fetch.fsck.{name}=warn")]
    try:
        run(
            into, "-c", "fetch.fsckObjects=true", "-c", "transfer.unpackLimit=1",
            "-c", f"core.bigFileThreshold={BIG_FILE}", *relaxed,
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
            str(window.resolve()), f"+{commit}:{COLLECTED}",
        )  # fmt: skip
    except GitError as error:
        if fresh:
            shutil.rmtree(into, ignore_errors=True)
        raise _explain(path, error) from error


def _explain(path: Path, error: GitError) -> InputError:
    """What a failed copy means, in words."""
    check = re.search(r"error: object ([0-9a-f]+): (\w+): (.*)", error.detail)
    if check:
        oid, message, words = check.groups()
        return HostileInputError(
            f"{path}: object {oid} is malformed: {message}: {words}",
            advice="such an object can mislead tools about names or authorship; "
            "rewrite the history without it (`git fast-export | git fast-import`)",
        )
    if re.search(r"(?:empty filename|too-short|malformed mode) ", error.detail):
        return HostileInputError(
            f"{path}: a tree is malformed: {error.detail.splitlines()[0].strip()}"
        )
    if re.search(r"missing|unable to read|bad object|not our ref|did not send|Could not read",
                 error.detail):  # fmt: skip
        return InputError(
            f"{path}: objects are missing or damaged: {error.detail.splitlines()[0]}",
            advice="run `git fsck` there; a partial clone must be completed: clone in full",
        )
    return InputError(f"{path}: cannot be copied: {error.detail}")
