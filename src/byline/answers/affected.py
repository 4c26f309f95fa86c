"""Which releases hold a person's work, and which models were taught by those releases (law 5).

A release is asked through the ledger: the person's pseudonym in it either is among the pseudonyms
recorded for it or is not. A release that cannot be asked is named with the reason, never left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from byline.answers.held import (
    Searchable,
    counts_by_shard,
    linkage_key,
    rows_of,
    searchable,
    verifiers_of,
)
from byline.answers.page import plain_values
from byline.errors import BylineError
from byline.release.seal import SealedRelease
from byline.terms.purposes import EVERY
from byline.terms.vocabulary import CLASSES
from byline.workspace.config import Config
from byline.workspace.layout import Layout
from byline.workspace.ledger import models_of, releases, rows
from byline.workspace.ledger import tables as ledger_tables


@dataclass(frozen=True)
class AffectedRelease:
    """A release that holds a person's work.

    Attributes:
        examples: Examples that their text is in, as author or as context.
        shards: Examples of theirs by the shard's path.
    """

    release: str
    name: str
    purposes: tuple[str, ...]
    contributor: str
    examples: int
    shards: Mapping[str, int]


@dataclass(frozen=True)
class AffectedModel:
    """A model that learned from a release that holds a person's work."""

    model: str
    release: str
    purpose: str
    path: str


@dataclass(frozen=True)
class Without:
    """A release that holds nothing of a person, and the pseudonym that was looked for in it."""

    release: str
    contributor: str


@dataclass(frozen=True)
class Undetermined:
    """A release that could not be asked, and why."""

    release: str
    reason: str


@dataclass(frozen=True)
class Affected:
    """Everything that a person's withdrawal reaches.

    Attributes:
        without: Releases that were asked and hold nothing of it.
        undetermined: Releases that could not be asked.
    """

    person: str
    releases: tuple[AffectedRelease, ...]
    models: tuple[AffectedModel, ...]
    without: tuple[Without, ...]
    undetermined: tuple[Undetermined, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"schema": "byline/affected/1", **plain_values(asdict(self))}


def affected(
    person: str,
    *,
    config: Config,
    layout: Layout,
    ledger: sa.Engine,
    classes: Sequence[str] = (EVERY,),
    purposes: Sequence[str] = (EVERY,),
    commits: Collection[str] | None = None,
) -> Affected:
    """The releases and models that hold a person's work of some classes for some purposes.

    Args:
        person: Their id in the roster, or ``email:<address>`` for someone outside it.
        config: Names the linkage key.
        layout: Where releases and the log lie.
        ledger: The ledger.
        classes: Classes of work; ``*`` is all.
        purposes: Purposes of releases; ``*`` is all.
        commits: The commits that name the person, where the caller knows them: they tell whose
            messages are in a release. Without them, a message counts for every author of its
            example, so that rather one release too many is named than one too few.

    Raises:
        ConfigError: The linkage key is missing or is no key.
    """
    opened, undetermined = open_releases(layout=layout, ledger=ledger, purposes=purposes)
    key = linkage_key(config) if opened else b""
    found: list[AffectedRelease] = []
    without: list[Without] = []
    for one in opened:
        contributor = one.pseudonym(person, key=key)
        examples = examples_held(one, contributor, ledger=ledger, classes=classes, commits=commits)
        if examples:
            found.append(_release(one.release, contributor, examples))
        else:
            without.append(Without(one.release.id, contributor))
    return Affected(
        person=person,
        releases=tuple(found),
        models=tuple(_model(row) for row in models_of(ledger, [one.release for one in found])),
        without=tuple(without),
        undetermined=tuple(undetermined),
    )


def open_releases(
    *, layout: Layout, ledger: sa.Engine, purposes: Sequence[str] = (EVERY,)
) -> tuple[list[Searchable], list[Undetermined]]:
    """The releases of the ledger for some purposes, and those that cannot be opened."""
    opened: list[Searchable] = []
    undetermined: list[Undetermined] = []
    for row in releases(ledger):
        if EVERY not in purposes and not set(purposes) & set(row["purposes"]):
            continue
        try:
            opened.append(searchable(layout.root / row["path"], verifiers=verifiers_of(layout)))
        except BylineError as error:
            undetermined.append(Undetermined(row["release"], str(error)))
    return opened, undetermined


def examples_held(
    one: Searchable,
    contributor: str,
    *,
    ledger: sa.Engine,
    classes: Sequence[str] = (EVERY,),
    commits: Collection[str] | None = None,
) -> int:
    """How many examples of a contributor a release holds; 0 when none is of the classes.

    The arguments are those of `affected`.

    Raises:
        IntegrityError: A row is not what was sealed.
    """
    recorded = rows(
        ledger, ledger_tables.CONTRIBUTORS, release=one.release.id, contributor=contributor
    )
    if not recorded:
        return 0
    if EVERY not in classes:
        held = _classes_held(one.release, contributor, commits)
        if not held & set(classes):
            return 0
    return int(recorded[-1]["examples"])


def _classes_held(
    release: SealedRelease, contributor: str, commits: Collection[str] | None
) -> set[str]:
    """The classes of a contributor's work in a release; a commit's message is process work.

    An example of reviews, issues or builds may hold code and talk; it counts as both, so that
    rather one release too many is named than one too few.
    """
    if release.away is not None:  # nobody can look any more
        return set(CLASSES)
    classes = set()
    for row in rows_of(release, contributor):
        # Of an example of commits alone, everything but the messages is code.
        of_commits = all(one["system"] == "git" and one["swhid"] for one in row["sources"])
        classes.add("code" if of_commits and row["class"] == "process" else row["class"])
        if any(source["system"] != "git" for source in row["sources"]):
            classes.add("process")
            classes |= {"code" for source in row["sources"] if source["swhid"] and source["path"]}
        messages = {source["oid"] for source in row["sources"] if source["path"] is None}
        if commits is not None:
            is_theirs = not messages.isdisjoint(commits)
        else:
            mine = (one for one in row["people"] if one["contributor"] == contributor)
            is_theirs = bool(messages) and any(one["role"] == "author" for one in mine)
        if is_theirs:
            classes.add("process")
    return classes


def _release(release: SealedRelease, contributor: str, examples: int) -> AffectedRelease:
    return AffectedRelease(
        release=release.id,
        name=release.name,
        purposes=release.purposes,
        contributor=contributor,
        examples=examples,
        shards=counts_by_shard(release, contributor),
    )


def _model(row: Mapping[str, Any]) -> AffectedModel:
    return AffectedModel(row["model"], row["release"], row["purpose"], row["path"])
