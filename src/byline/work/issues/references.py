"""Which items a text speaks of: numbers, keys and addresses, and what is said of them.

Read are GitHub's ``#12`` and ``owner/name#12``, GitLab's ``#12``, ``!12`` and ``group/name!12``,
keys of Jira such as ``PROJ-12``, and addresses of issues, reviews and commits on GitHub, GitLab,
Gerrit and Jira. What stands in code, fenced or between backticks, is no reference there, nor here.

Words before a reference say more than that it is mentioned: ``duplicate of`` (GitHub and GitLab
give it this meaning), ``caused by``, ``regression from``, ``introduced in`` and ``broken by``.
Closing words close nothing when an issue says them, so they are mentions.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from byline.work.git.relation_patterns import NO_PROJECT
from byline.work.items import Link

MOST: Final = 200  # links that one text may give; the rest of a hostile one is dropped
LONGEST_PROJECT: Final = 300
LONGEST: Final = 1 << 18  # characters of a text that are looked at
CODE: Final = re.compile(
    r"^(`{3,}|~{3,}).*?(?:^\1|\Z)|`[^`\n]*`"
    r"|\{(?P<wiki>code|noformat)(?::[^}\n]{0,80})?\}.*?(?:\{(?P=wiki)\}|\Z)",
    re.MULTILINE | re.DOTALL,
)
PROJECT: Final = r"[\w.-]{1,100}(?:/[\w.-]{1,100}){1,8}"
NUMBER: Final = r"[1-9][0-9]{0,9}"
OID: Final = r"(?P<oid>[0-9a-f]{40})"
JIRA_KEY: Final = rf"(?P<project>[A-Z][A-Z0-9_]{{1,9}})-(?P<number>{NUMBER})"
KEY: Final = re.compile(rf"(?<![\w/-]){JIRA_KEY}\b(?!-|\.\d)")
LOCAL: Final = re.compile(rf"(?P<mark>[#!])(?P<number>{NUMBER})\b")
BEFORE: Final = re.compile(rf"(?<![\w&/.-]){PROJECT}$")
GITHUB: Final = re.compile(
    rf"https?://(?P<host>[\w.-]+)/(?P<project>[\w.-]+/[\w.-]+)/"
    rf"(?:(?P<kind>issues|pull|merge_requests)/(?P<number>{NUMBER})|commit/{OID})"
)
GITLAB: Final = re.compile(
    rf"https?://[\w.-]+/(?P<project>{PROJECT})/-/"
    rf"(?:(?P<kind>issues|merge_requests|work_items)/(?P<number>{NUMBER})|commit/{OID})"
)
GERRIT: Final = re.compile(
    rf"https?://[\w./-]{{1,300}}?/c/(?P<project>[\w./-]{{1,200}}?)/\+/(?P<number>{NUMBER})"
)
JIRA: Final = re.compile(rf"https?://[\w./-]{{1,300}}?/browse/{JIRA_KEY}")
DUPLICATE: Final = re.compile(
    r"\bduplicates?\s+(?:of\s+)?(?:issue\s+)?[(<\[]?$|\bdupe?\s+of\s+$", re.IGNORECASE
)
CAUSE: Final = re.compile(
    r"\b(?:caused by|regress(?:ed|ion) (?:in|from|of|by)|introduced (?:in|by|with)"
    r"|broken (?:in|by)|root cause:?(?: is)?)\s+"
    r"(?:the\s+)?(?:commit|pr|mr|pull request|change)?\s*[(<\[]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Home:
    """Where a text stands, which says what ``#12`` means in it.

    Attributes:
        system: github | gitlab | jira | …
        project: ``owner/name``, ``group/name`` or ``PROJ``.
    """

    system: str
    project: str = ""


@dataclass(frozen=True)
class _Found:
    start: int
    target: str


SAYING_MORE: Final = re.compile(r"dup|caus|regress|introduc|broken", re.IGNORECASE)


def links_of(texts: Iterable[tuple[str, str]], *, home: Home, own: str) -> list[Link]:
    """The links that some texts give, each kind and target once.

    Args:
        texts: Each as (evidence, text): the native id of the part and what it says.
        home: Where they stand.
        own: The key of the item itself, which is no link.
    """
    found: dict[tuple[str, str], Link] = {}
    for evidence, text in texts:
        for kind, target in references(text, home=home):
            if target != own and len(found) < MOST:
                found.setdefault((kind, target), Link(kind, target, evidence))
    known = {target for kind, target in found if kind != "mentions"}
    return [one for one in found.values() if one.kind != "mentions" or one.target not in known]


def references(text: str, *, home: Home) -> Iterator[tuple[str, str]]:
    """What a text says of other items, as (kind, key), in its order."""
    plain = CODE.sub(lambda cut: " " * len(cut[0]), text[:LONGEST])
    more = SAYING_MORE.search(plain) is not None
    for one in _addresses(plain, home):
        before = plain[max(0, one.start - 48) : one.start] if more else ""
        if more and DUPLICATE.search(before):
            yield "duplicates", one.target
        elif more and CAUSE.search(before):
            yield "caused_by", one.target
        else:
            yield "mentions", one.target


def keys_in(text: str) -> list[str]:
    """Keys of Jira issues in a text, such as ``jira:PROJ-12``, without standards like RFC-2119."""
    return [
        f"jira:{match[0]}"
        for match in KEY.finditer(text[:LONGEST])
        if match["project"] not in NO_PROJECT
    ]


def _addresses(text: str, home: Home) -> list[_Found]:
    """Addresses, and then names such as ``#12`` in what is left of the text without them."""
    found: list[_Found] = []
    if "://" in text:
        for pattern, target in ADDRESSES:
            found += [_Found(match.start(), target(match)) for match in pattern.finditer(text)]
            text = pattern.sub(lambda cut: " " * len(cut[0]), text)
        text = ANY_ADDRESS.sub(lambda cut: " " * len(cut[0]), text)
    for match in LOCAL.finditer(text) if home.system in ("github", "gitlab") else ():
        local = _local(match, home)
        if local:
            found.append(local)
    for match in KEY.finditer(text):
        if match["project"] not in NO_PROJECT:
            found.append(_Found(match.start(), f"jira:{match[0]}"))
    return sorted(found, key=lambda one: one.start)


def _local(match: re.Match[str], home: Home) -> _Found | None:
    """``#12`` or ``owner/name#12``; not what ends a word, such as ``C#7``."""
    start, project = match.start(), home.project
    last = match.string[start - 1 : start]
    if last and (last.isalnum() or last in "_.-/&"):
        named = BEFORE.search(match.string[max(0, start - LONGEST_PROJECT) : start])
        if named is None:
            return None
        start, project = start - len(named[0]), named[0]
    if not project or (match["mark"] == "!" and home.system != "gitlab"):
        return None
    return _Found(start, f"{home.system}:{project}{match['mark']}{match['number']}")


def _github(match: re.Match[str]) -> str:
    """An address without a dash: of GitHub, or of a GitLab of before 2019."""
    if match["oid"]:
        return f"commit::{match['oid']}"
    if match["kind"] == "merge_requests" or "gitlab" in match["host"]:
        return _gitlab(match)
    return f"github:{match['project']}#{match['number']}"


def _gitlab(match: re.Match[str]) -> str:
    if match["oid"]:
        return f"commit::{match['oid']}"
    mark = "!" if match["kind"] == "merge_requests" else "#"
    return f"gitlab:{match['project']}{mark}{match['number']}"


ADDRESSES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (GITLAB, _gitlab),
    (GERRIT, lambda match: f"gerrit:{match['project']}~{match['number']}"),
    (GITHUB, _github),
    (JIRA, lambda match: f"jira:{match['project']}-{match['number']}"),
)
ANY_ADDRESS: Final = re.compile(r"https?://\S+")
