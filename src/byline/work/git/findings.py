"""What git finds wrong with objects: every message id, what it means, and what is done about it.

The ids, their severities and meanings are git's own (https://git-scm.com/docs/git-fsck,
``Documentation/fsck-msgids``). What Byline does is a judgement about a reader that never checks
anything out: ``recorded`` leaves the object in use; ``authorship`` makes nobody known as the author
of the commit; ``entry`` and ``tree`` leave paths out; ``refused`` means that git itself cannot read
the object, so that a history which needs it is not collected. An id that is not listed here (from a
git newer than this list) is treated as the strictest that its kind of object allows.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from byline.work.git.command import run

RECORDED, AUTHORSHIP, ENTRY, TREE, REFUSED = "recorded", "authorship", "entry", "tree", "refused"
# Old tools wrote such objects into well-known histories; they neither execute, escape nor mislead.
HARMLESS = frozenset(
    {
        "badDate", "badDateOverflow", "badEmail", "badFilemode", "badTagName", "badTimezone",
        "extraHeaderEntry", "gitattributesSymlink", "gitignoreSymlink", "gitmodulesParse",
        "mailmapSymlink", "missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate",
        "missingSpaceBeforeEmail", "missingTaggerEntry", "nullSha1", "zeroPaddedDate",
        "zeroPaddedFilemode",
    }
)  # fmt: skip
# Their messages quote the repository, line feeds included: what follows may be a forgery.
QUOTING = frozenset({"gitmodulesName", "gitmodulesPath", "gitmodulesUpdate", "gitmodulesUrl"})
ABSENT = frozenset({"gitattributesMissing", "gitmodulesMissing"})  # the object is not there
# Found by the entry that names the object, not in the object itself; recorded and no more.
OF_NAMING = frozenset({"gitattributesBlob", "gitmodulesBlob"})
FATAL = frozenset({"nulInHeader", "unterminatedHeader"})
# About a person's line: it misleads where tools may read two different people from it.
IDENTITY = frozenset(
    {
        "badDate", "badDateOverflow", "badEmail", "badTimezone", "missingEmail",
        "missingNameBeforeEmail", "missingSpaceBeforeDate", "missingSpaceBeforeEmail",
        "zeroPaddedDate",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What a message id stands for: git's severity, what Byline does, and plain words."""

    severity: str
    treatment: str
    explanation: str


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one object."""

    oid: str
    message: str
    text: str


_ROWS = """
badDate error recorded A person's line carries a date that is no number; it counts as 1970.
badDateOverflow error recorded A date is larger than any date; it counts as 1970.
badEmail error recorded An address is not closed by `>`; it is kept as git reads it.
badFilemode info recorded A tree gives a file a mode that git does not use.
badGpgsig error recorded A signature in a tag is cut short; it proves nothing.
badHeaderContinuation error recorded A signature's lines are cut short; it proves nothing.
badName error authorship A name holds a stray `>`: tools read different people from the line.
badObjectSha1 error recorded A tag names its object by something that is no object id.
badParentSha1 error refused A commit names its parent by something that is no object id.
badTagName info recorded A tag calls itself by a name that no ref may have.
badTimezone error recorded A time zone is not of the form +hhmm; the time itself is kept.
badTree error refused A tree cannot be parsed.
badTreeSha1 error refused A commit names its tree by something that is no object id.
badType error recorded A tag names a kind of object that does not exist.
duplicateEntries error tree A tree holds one name twice: tools see different files.
emptyName warn entry A tree holds an entry without a name.
extraHeaderEntry ignore recorded A tag carries headers after its tagger line.
fullPathname warn entry An entry's name is a whole path: written out, it could land anywhere.
gitattributesBlob error recorded `.gitattributes` is a folder or a link, not a file.
gitattributesLarge error recorded `.gitattributes` is too large for git to read safely.
gitattributesLineLength error recorded `.gitattributes` has a line too long for old git versions.
gitattributesMissing error recorded `.gitattributes` is named by a tree, but is not there.
gitattributesSymlink info recorded `.gitattributes` is a symbolic link; nothing follows it.
gitignoreSymlink info recorded `.gitignore` is a symbolic link; nothing follows it.
gitmodulesBlob error recorded `.gitmodules` is a folder, not a file.
gitmodulesLarge error recorded `.gitmodules` is too large for git to check.
gitmodulesMissing error recorded `.gitmodules` is named by a tree, but is not there.
gitmodulesName error recorded A submodule's name would write outside its folder on a clone.
gitmodulesParse info recorded `.gitmodules` cannot be parsed.
gitmodulesPath error recorded A submodule's path looks like a command-line option.
gitmodulesSymlink error entry `.gitmodules` is a symbolic link, which misled old git versions.
gitmodulesUpdate error recorded A submodule asks to run a command on update.
gitmodulesUrl error recorded A submodule's address looks like an option or smuggles a credential.
hasDot warn entry An entry is named `.`: written out, it would be its own folder.
hasDotdot warn entry An entry is named `..`: written out, it would leave its folder.
hasDotgit warn entry An entry is named `.git` or looks so to some file system: it could run code.
largePathname warn entry An entry's name is longer than any file system allows.
mailmapSymlink info recorded `.mailmap` is a symbolic link; nothing follows it.
missingAuthor error authorship A commit has no author line where one belongs.
missingCommitter error authorship A commit has no committer line where one belongs.
missingEmail error recorded A person's line has no address; nobody is known by it.
missingNameBeforeEmail error recorded A person's line has no name.
missingObject error recorded A tag names no object.
missingSpaceBeforeDate error recorded A date is glued to the address.
missingSpaceBeforeEmail error recorded An address is glued to the name.
missingTag error recorded A tag ends before it says its name.
missingTagEntry error recorded A tag says no name.
missingTaggerEntry info recorded A tag does not say who made it.
missingTree error refused A commit names no tree.
missingType error recorded A tag ends before it says what kind of object it names.
missingTypeEntry error recorded A tag does not say what kind of object it names.
multipleAuthors error authorship A commit has two author lines: tools read different authors.
nulInCommit warn authorship A commit's text holds a NUL byte: tools read different texts.
nulInHeader fatal refused An object's header holds a NUL byte: tools read different headers.
nullSha1 warn recorded A tree points to the object id of all zeros.
symlinkTargetBlob error recorded A symbolic link's target is no file.
symlinkTargetLength warn recorded A symbolic link's target is longer than a path may be.
treeNotSorted error tree A tree's entries are out of order: tools find different files.
unknownType error refused An object is of no known kind.
unterminatedHeader fatal refused An object's header does not end.
zeroPaddedDate error recorded A date has leading zeros.
zeroPaddedFilemode warn recorded A mode has leading zeros.
"""
MEANINGS = {
    name: Meaning(severity, treatment, words)
    for name, severity, treatment, words in (
        line.split(" ", 3) for line in _ROWS.strip().splitlines()
    )
}
_UNKNOWN = "Byline does not know this message yet; the object is taken to mislead."
_STRICTEST = {"commit": AUTHORSHIP, "tree": TREE}
_REPORTED = re.compile(
    r"(?:warning|error)(?:: object| in [a-z]+) ([0-9a-f]{40}|[0-9a-f]{64}): ([A-Za-z0-9]+): (.*)"
)
MAX_TEXT = 400  # characters of a message that are kept


def meaning(message: str, kind: str) -> Meaning:
    """What a message id means on an object of a kind (commit, tree, blob, tag)."""
    known = MEANINGS.get(message)
    return known or Meaning("unknown", _STRICTEST.get(kind, RECORDED), _UNKNOWN)


def parsed(line: str) -> Finding | None:
    """The finding that one line of `git index-pack` or `git fsck` reports, if it reports one."""
    match = _REPORTED.fullmatch(line)
    return Finding(match[1], match[2], match[3][:MAX_TEXT]) if match else None


@cache
def reportable() -> tuple[str, ...]:
    """The message ids that the installed git lets be warnings, by its own list."""
    listed = run(Path(), "help", "--config").decode("ascii").split()
    names = {name.removeprefix("fsck.") for name in listed if name.startswith("fsck.")}
    return tuple(sorted(names - FATAL - {"skipList"}))


def severities(*, ignored: frozenset[str] = frozenset()) -> str:
    """The argument that lets `git index-pack --strict` report everything and refuse nothing."""
    return ",".join(f"{name}={'ignore' if name in ignored else 'warn'}" for name in reportable())
