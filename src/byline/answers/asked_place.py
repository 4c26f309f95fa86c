"""What a question's place means: a file, a commit, a review, an issue, or an item by its id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from byline.corpus.contributions import message_item
from byline.errors import InputError
from byline.release.engineering import Told
from byline.release.prepare import Described

COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
ITEM: Final = re.compile(r"[a-z_]+_[0-9a-f]{24}")


@dataclass(frozen=True)
class Place:
    """A place with the items that it means, and how it is called in a sentence."""

    title: str
    items: frozenset[str]


def place_of(text: str, described: Sequence[Described], told: Sequence[Told]) -> Place:
    """The place that a text names.

    Args:
        text: REPOSITORY:PATH, a commit (at least 7 digits of it), the key of a review, an issue, a
            document, a build or a trace as its source has it, or an item's id.
        described: Files and commits.
        told: Reviews, issues, documents, builds and traces.

    Raises:
        InputError: Nothing that was collected has this name, or several commits have it.
    """
    found = (
        _file(text, described)
        or _commit(text, described)
        or _told(text, told)
        or (Place(f"the item {text}", frozenset({text})) if ITEM.fullmatch(text) else None)
    )
    if found is None:
        raise InputError(
            f"nothing that was collected is called {text!r}",
            advice="give REPOSITORY:PATH, a commit, or the key of a review or issue, as "
            "`byline collect` and git name them",
        )
    return found


def _file(text: str, described: Sequence[Described]) -> Place | None:
    repository, _, path = text.partition(":")
    for one in described:
        if one.collected.repository != repository or not path:
            continue
        for part in one.collected.files:
            table = part.read(["item", "path"])
            items = table.filter(pc.equal(table["path"], path))["item"].to_pylist()
            if items:
                return Place(f"The file {path} in {repository}", frozenset(items))
    return None


def _commit(text: str, described: Sequence[Described]) -> Place | None:
    if not COMMIT.fullmatch(text):
        return None
    named = {
        (one.collected.repository, commit): one
        for one in described
        for part in one.collected.commits
        for commit in _beginning(part.read(["commit"])["commit"], text)
    }
    if len({commit for _, commit in named}) > 1:
        raise InputError(f"{text} is the beginning of several commits", advice="give more of it")
    items: set[str] = set()
    for (repository, commit), one in named.items():
        items.add(message_item(repository, commit))
        for part in one.collected.edits:
            table = part.read(["item", "commit"])
            items.update(table.filter(pc.equal(table["commit"], commit))["item"].to_pylist())
    names = " and ".join(sorted(repository for repository, _ in named))
    return Place(f"The commit {text[:12]} in {names}", frozenset(items)) if named else None


def _beginning(commits: object, text: str) -> list[str]:
    found: list[str] = pc.filter(commits, pc.starts_with(commits, text)).to_pylist()
    return found


def _told(text: str, told: Sequence[Told]) -> Place | None:
    for bucket in told:
        table = bucket.bucket.items.read(["item", "key", "aliases", "kind", "title"])
        for row in table.to_pylist():
            if text in (row["key"], row["item"], *row["aliases"]):
                title = f"The {row['kind']} {row['key']}"
                return Place(title, frozenset({row["item"]}))
    return None
