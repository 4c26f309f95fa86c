"""What the title and the description of a review say of other work.

Closing words are GitHub's ("Linking a pull request to an issue") and GitLab's ("Default closing
pattern"). On GitHub a word closes the one item after it, elsewhere also the rest of a list. In
Gerrit the footers ``Bug:`` and ``Task:`` name what a change is for, which is all that there is of
closing (plugins its-jira, its-storyboard). Code, templates in HTML comments and ``>`` quotes say
nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from byline.work.git import relation_patterns as like
from byline.work.issues.references import CODE, Home, references
from byline.work.items import Link
from byline.work.reviews.assembly import commit_key, oid_of

MOST: Final = 200  # links of one review from its words; the rest of a hostile one is dropped
LONGEST: Final = 1 << 17
COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)|^ {0,3}>[^\n]*", re.DOTALL | re.MULTILINE)
REFERENCE: Final = re.compile(
    r"https?://[^\s<>()\[\]\"'`]{1,300}[^\s<>()\[\]\"'`.,;:!?]"
    r"|(?:[\w.-]{1,100}(?:/[\w.-]{1,100}){1,8})?[#!][1-9]\d{0,9}\b|gh-[1-9]\d{0,9}\b"
    r"|(?-i:[A-Z][A-Z0-9_]{1,9}-[1-9]\d{0,6})\b|(?-i:[TD][1-9]\d{0,9})\b",
    re.IGNORECASE,
)
CLOSING: Final = re.compile(
    r"(?<![\w-])(?P<word>clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)"
    r"|implement(?:s|ed|ing)?)(?:-bug)?(?::[ \t]*|[ \t]+)(?:issues?[ \t]+)?(?=[\w#!./-])",
    re.IGNORECASE,
)
REVERTS: Final = re.compile(
    r"(?<![\w-])reverts?:?[ \t]+(?:pr[ \t]+|pull request[ \t]+)?", re.IGNORECASE
)
BACKPORTS: Final = re.compile(
    r"(?<!\bto )(?<!\bwill )(?<![\w-])(?:back-?port(?:s|ed)?|cherry-?pick(?:s|ed)?)"
    r"(?:[ \t]+(?:of|from|for))?(?:[ \t]+(?:pr|pull request|mr|merge request|change))?:?[ \t]+",
    re.IGNORECASE,
)
SUPERSEDES: Final = re.compile(
    r"(?<![\w-])(?:supersedes|supercedes|replaces|obsoletes):?[ \t]+(?:pr[ \t]+|mr[ \t]+)?",
    re.IGNORECASE,
)
DEPENDS: Final = re.compile(r"(?<![\w-])depends[ \t-]on:?[ \t]+", re.IGNORECASE)
FOOTER: Final = re.compile(
    r"^(?P<name>bug|issue|jira|task)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE
)
SEPARATOR: Final = re.compile(r"[ \t]*,[ \t]*(?:and[ \t]+)?|[ \t]+and[ \t]+|[ \t]*&[ \t]*")
PHABRICATOR: Final = re.compile(r"(?<![\w/-])[TD][1-9]\d{0,9}\b")


@dataclass(frozen=True)
class Place:
    """Where a review stands.

    Attributes:
        home: Its system and project.
        repository: As configured, for keys of commits.
        own: Its own key, which is no link.
    """

    home: Home
    repository: str | None
    own: str


def stated(texts: Sequence[tuple[str, str]], place: Place) -> list[Link]:
    """The links that some texts, as (evidence, text), state: each kind and target once.

    What is also said more exactly is not a mention besides.
    """
    found: dict[tuple[str, str], Link] = {}
    for evidence, text in texts:
        for kind, target in _statements(_plain(text), place):
            if target != place.own and len(found) < MOST:
                found.setdefault((kind, target), Link(kind, target, evidence))
    exact = {target for kind, target in found if kind != "mentions"}
    return [one for one in found.values() if one.kind != "mentions" or one.target not in exact]


def _plain(text: str) -> str:
    cut = text[:LONGEST].replace("\r\n", "\n")
    for pattern in (CODE, COMMENT):
        cut = pattern.sub(lambda found: " " * len(found[0]), cut)
    return cut


def _statements(text: str, place: Place) -> Iterator[tuple[str, str]]:
    several = place.home.system != "github"
    for found in CLOSING.finditer(text):
        kind = "fixes" if found["word"][0] in "fF" else "closes"
        for target in _listed(text, found.end(), place, several=several):
            yield kind, target
    if place.home.system == "gerrit":
        for found in FOOTER.finditer(text):
            kind = "closes" if found["name"].lower() == "task" else "fixes"
            for target in _listed(text, found.end(), place, several=True):
                yield kind, target
    for pattern, kind in (
        (REVERTS, "reverts"), (BACKPORTS, "backports"), (SUPERSEDES, "supersedes"),
        (DEPENDS, "follows"),
    ):  # fmt: skip
        for found in pattern.finditer(text):
            for target in _listed(text, found.end(), place, several=True):
                yield kind, target
    yield from _commits(text, place)
    for kind, target in references(text, home=place.home):
        yield kind, _own_commit(target, place)
    if place.home.system == "phabricator":
        for found in PHABRICATOR.finditer(text):
            yield "mentions", f"phabricator:{found[0]}"


def _listed(text: str, at: int, place: Place, *, several: bool) -> Iterator[str]:
    """The items that stand at a place of a text, one after another."""
    while found := REFERENCE.match(text, at):
        target = _key(found[0], place)
        if target is not None:
            yield target
        separator = SEPARATOR.match(text, found.end())
        if not several or separator is None:
            return
        at = separator.end()


def _key(written: str, place: Place) -> str | None:
    if PHABRICATOR.fullmatch(written):
        return f"phabricator:{written}" if place.home.system == "phabricator" else None
    if written[:3].lower() == "gh-":
        written = f"#{written[3:]}"
    for _, target in references(written, home=place.home):
        return _own_commit(target, place)
    return None


def _own_commit(target: str, place: Place) -> str:
    """A commit named by its address is taken for one of this repository."""
    return commit_key(place.repository, target[8:]) if target.startswith("commit::") else target


def _commits(text: str, place: Place) -> Iterator[tuple[str, str]]:
    for found in like.THIS_REVERTS.finditer(text):
        for one in like.EACH_ID.findall(found["ids"]):
            if found["verb"].lower() == "reverts" and oid_of(one):
                yield "reverts", commit_key(place.repository, one.lower())
    for found in like.CHERRY_PICKED.finditer(text):
        if oid_of(found["id"]):
            yield "backports", commit_key(place.repository, found["id"].lower())
    for found in like.BACKPORTED_ID.finditer(text):
        one = found["id"] or found["upstream"] or found["stable"]
        if oid_of(one):
            yield "backports", commit_key(place.repository, one.lower())
