"""What else a document speaks of: reviews, issues, commits and paths, as keys.

An address names its forge by its own shape. A bare ``#12`` means an item of the document's own
project, which only the caller knows. A commit counts where all 40 (or 64) digits stand, or where a
shorter id is the beginning of exactly one known commit.
"""

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from byline.work.documents.sections import markup_of
from byline.work.documents.status import HREF, resolved
from byline.work.git.relation_patterns import NO_PROJECT
from byline.work.items import Link

ADDRESS: Final = re.compile(r"https?://[^\s<>()\[\]\"'`|]{4,400}")
GITHUB: Final = re.compile(r"https?://[^/]+/([\w.-]+/[\w.-]+)/(?:pull|issues)/(\d+)(?:[/#?]|$)")
GITHUB_COMMIT: Final = re.compile(r"https?://[^/]+/[\w./-]+/commits?/([0-9a-f]{40})\b")
GITLAB: Final = re.compile(
    r"https?://[^/]+/([\w./-]+?)/(?:-/)?(merge_requests|work_items|issues)/(\d+)(?:[/#?]|$)"
)
GERRIT: Final = re.compile(r"https?://[^/]+/(?:[\w-]+/)?c/([\w./%-]+?)/\+/(\d+)")
BROWSE: Final = re.compile(r"https?://[^/]+/(?:[\w-]+/)?browse/([A-Z][A-Z0-9_]{1,9}-\d{1,7})\b")
PHABRICATOR: Final = re.compile(r"https?://[^/]+/([DT]\d{1,7})\b")
QUALIFIED: Final = re.compile(r"(?<![\w/.-])([\w.-]{1,80}/[\w.-]{1,80})([#!])(\d{1,7})\b")
BARE: Final = re.compile(
    r"(?<![\w/&#!.-])(?:([Pp]ull [Rr]equest|PR|MR)\s*)?([#!])(\d{1,7})\b(?!\.\d)"
)
KEY: Final = re.compile(r"(?<![\w/-])([A-Z][A-Z0-9]{1,9}-[1-9]\d{0,6})\b(?!\.\d|-)")
CHANGE: Final = re.compile(r"\b[Cc]hange\s+#?(\d{1,7})\b(?!\.\d)")
HEX: Final = re.compile(r"(?<![\w/])[0-9a-f]{7,64}(?![\w/])")
PATH: Final = re.compile(
    r"(?<![\w:/.@+-])[\w.@+-]{1,80}(?:/[\w.@+-]{1,80}){0,12}\.[A-Za-z0-9]{1,8}\b"
)
CAUSED: Final = re.compile(
    r"\b(?:caused|introduced|triggered|broken|regression|culprit|offending|bad)\b", re.IGNORECASE
)
NO_KEY: Final = NO_PROJECT | {"SEV", "SEVERITY", "Q", "FY", "V"}
LONGEST: Final = 4_000  # characters of a line that are searched
MOST: Final = 400  # links of one document


@dataclass(frozen=True)
class Known:
    """What can be meant.

    Attributes:
        repository: The document's own.
        projects: Keys' beginnings of its project, such as ``github:acme/ledger``.
        commits: Known commit ids, in order.
        paths: Paths of the repository.
        folder: The document's own folder, which relative links start from.
    """

    repository: str
    projects: Sequence[str] = ()
    commits: Sequence[str] = ()
    paths: frozenset[str] = field(default_factory=frozenset)
    folder: str = ""


def links_of(
    numbered: Sequence[tuple[int, str]], known: Known, *, kind: str, causes: frozenset[int]
) -> list[Link]:
    """What the lines mention, each target once.

    Args:
        numbered: Lines with their numbers.
        known: What can be meant.
        kind: The kind of link: decides, mentions.
        causes: Lines that tell a cause: what such a line blames is linked ``caused_by``.
    """
    found: dict[str, Link] = {}
    for number, line in numbered:
        for target in targets_in(line[:LONGEST], known):
            blamed = number in causes and CAUSED.search(line[:LONGEST]) is not None
            meant = "caused_by" if blamed else kind
            if target.startswith("doc:"):
                meant = "mentions"  # a document is decided by no other
            if target not in found or (blamed and found[target].kind != meant):
                found[target] = Link(meant, target, f"line {number}")
            if len(found) >= MOST:
                return list(found.values())
    return list(found.values())


def targets_in(line: str, known: Known) -> Iterator[str]:
    """The keys of what one line mentions."""
    rest = line
    if "://" in line:
        for match in ADDRESS.finditer(line):
            target = _of_address(match[0].rstrip(".,;:!?"), known)
            if target is not None:
                yield target
        rest = ADDRESS.sub(" ", line)
    if "#" in rest or "!" in rest:
        yield from _numbered(rest, known)
    if "hange" in rest:
        yield from _changes(rest, known)
    if "-" in rest:
        yield from _keys(rest)
    yield from _commits(rest, known)
    yield from _paths(line, known)


def _paths(text: str, known: Known) -> Iterator[str]:
    """Paths that stand in the text, from the root, and what its links lead to."""
    if "." not in text or not known.paths:
        return
    named = [match[0].removeprefix("./") for match in PATH.finditer(text)]
    linked = [
        resolved(next(filter(None, match.groups())), known.folder, known.paths)
        for match in HREF.finditer(text)
    ]
    for path in (*named, *linked):
        if path is not None and path in known.paths:
            kind = "doc" if markup_of(path) else "path"
            yield f"{kind}:{known.repository}:{path}"


def _numbered(text: str, known: Known) -> Iterator[str]:
    """``owner/name#12``, ``group/name!7``, and ``#12`` of the document's own project."""
    for match in QUALIFIED.finditer(text):
        system = "gitlab" if match[2] == "!" else _system(known)
        yield f"{system}:{match[1]}{match[2]}{match[3]}"
    project = next((one for one in known.projects if not one.startswith("gerrit:")), None)
    if project is not None:
        for match in BARE.finditer(QUALIFIED.sub(" ", text)):
            yield f"{project}{match[2]}{match[3]}"


def _changes(text: str, known: Known) -> Iterator[str]:
    """``change 4711`` of a project on Gerrit."""
    project = next((one for one in known.projects if one.startswith("gerrit:")), None)
    if project is not None:
        for match in CHANGE.finditer(text):
            yield f"{project}~{match[1]}"


def _keys(text: str) -> Iterator[str]:
    for match in KEY.finditer(text):
        if match[1].startswith("INC"):
            yield f"incident:{match[1]}"
        if match[1].partition("-")[0] not in NO_KEY:
            yield f"jira:{match[1]}"


def _system(known: Known) -> str:
    return next((one.partition(":")[0] for one in known.projects), "github")


def _of_address(address: str, known: Known) -> str | None:
    if match := GITHUB_COMMIT.match(address):
        return f"commit:{known.repository}:{match[1]}"
    if match := GERRIT.match(address):
        return f"gerrit:{match[1].replace('%2F', '/')}~{match[2]}"
    if (match := GITLAB.match(address)) and ("/-/" in address or match[2] == "merge_requests"):
        return f"gitlab:{match[1]}{'!' if match[2] == 'merge_requests' else '#'}{match[3]}"
    if match := GITHUB.match(address):
        return f"github:{match[1]}#{match[2]}"
    if match := BROWSE.match(address):
        return f"jira:{match[1]}"
    match = PHABRICATOR.match(address)
    return f"phabricator:{match[1]}" if match else None


def _commits(text: str, known: Known) -> Iterator[str]:
    for match in HEX.finditer(text):
        full = _full(match[0], known.commits)
        if full is not None:
            yield f"commit:{known.repository}:{full}"


def _full(short: str, commits: Sequence[str]) -> str | None:
    place = bisect.bisect_left(commits, short)
    if place < len(commits) and commits[place].startswith(short):
        several = place + 1 < len(commits) and commits[place + 1].startswith(short)
        return None if several else commits[place]
    return short if len(short) in (40, 64) else None
