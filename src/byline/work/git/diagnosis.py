"""Why a repository could not be copied, in words: the object, the message id, and the fix.

Where git cannot read an object at all it often says so without naming it. Then, and only then,
`git fsck` is run in our window on the supplied objects, and what it cannot parse is looked at here
in git's own order.
"""

import re
from pathlib import Path

from byline.errors import HostileInputError, InputError
from byline.work.git.command import GitError, run
from byline.work.git.copying import fsck
from byline.work.git.findings import MEANINGS, REFUSED, parsed
from byline.work.git.tags import header_finding

ADVICE = (
    "rewrite the history without that object (`git fast-export | git fast-import`), "
    "or take the repository out of byline.toml"
)
LOST = re.compile(
    r"missing|unable to read|bad (?:tree )?object|not our ref|did not (?:send|receive)|"
    r"Could not read|corrupt|inflate|zlib|not a valid object|unable to unpack|unable to parse",
)
UNPARSED = re.compile(r"error: ([0-9a-f]{40}|[0-9a-f]{64}): object (?:corrupt|could not be parsed)")


def explained(
    path: Path,
    error: GitError,
    *,
    window: Path,
    wanted: str,
    otherwise: InputError | None = None,
) -> InputError:
    """The error to raise for a repository at `path` that git could not read."""
    named = _named(error.detail) or _looked_for(window, wanted)
    if named:
        oid, message, text = named
        return HostileInputError(
            f"{path}: object {oid} is malformed: {message}: {text} "
            f"({MEANINGS[message].explanation})",
            advice=ADVICE,
        )
    if otherwise is not None:
        return otherwise
    first = error.detail.splitlines()[0] if error.detail else str(error)
    if LOST.search(error.detail):
        return InputError(
            f"{path}: objects are missing or damaged: {first}",
            advice="run `git fsck` there; a partial clone must hold all commits and trees: "
            "`git fetch --refetch --filter=blob:none`, or clone in full",
        )
    return InputError(f"{path}: cannot be copied: {error.detail or error}")


def _named(detail: str) -> tuple[str, str, str] | None:
    """What git said outright: an error (not a warning) with object and message id."""
    for line in detail.splitlines():
        found = parsed(line) if line.startswith("error: ") else None
        if found and found.message in MEANINGS:
            return found.oid, found.message, found.text
    return None


def _looked_for(window: Path, wanted: str) -> tuple[str, str, str] | None:
    """The first object among the supplied ones that git cannot parse, if there is one."""
    try:
        lines = fsck(window, [wanted], strict=False)
    except (GitError, HostileInputError):
        return None
    for line in lines:
        found = parsed(line)
        if found and found.message in MEANINGS and MEANINGS[found.message].treatment == REFUSED:
            return found.oid, found.message, found.text
    for line in lines:
        match = UNPARSED.match(line)
        wrong = _classified(window, match[1]) if match else None
        if match and wrong:
            return match[1], *wrong
    return None


def _classified(window: Path, oid: str) -> tuple[str, str] | None:
    """What is wrong with a commit or tree that git does not parse."""
    try:
        kind = run(window, "cat-file", "-t", oid).strip()
        data = run(window, "cat-file", kind.decode("ascii"), oid)
    except GitError:
        return None
    if kind == b"tree":
        return "badTree", "cannot be parsed as a tree"
    return commit_finding(data, len(oid)) if kind == b"commit" else None


def commit_finding(data: bytes, width: int) -> tuple[str, str] | None:
    """What keeps git from parsing a commit (``fsck_commit`` in git's fsck.c, its first half)."""
    wrong = header_finding(data)
    if wrong:
        return wrong
    lines = data.split(b"\n")
    if not lines[0].startswith(b"tree "):
        return "missingTree", "invalid format - expected 'tree' line"
    if not re.fullmatch(rb"[0-9a-f]{%d}" % width, lines[0][5:]):
        return "badTreeSha1", "invalid 'tree' line format - bad sha1"
    for line in lines[1:]:
        if not line.startswith(b"parent "):
            return None
        if not re.fullmatch(rb"[0-9a-f]{%d}" % width, line[7:]):
            return "badParentSha1", "invalid 'parent' line format - bad sha1"
    return None
