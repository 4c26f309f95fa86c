"""Which releases hold a person's work, and which models were taught by those releases (law 5).

A release is asked through the ledger: the person's pseudonym in it either is among the pseudonyms
recorded for it or is not. A release that cannot be asked is named with the reason, never left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from byline.answers.held import (
    counts_by_shard,
    linkage_key,
    pseudonym_in,
    rows_of,
    verifiers_of,
)
from byline.errors import BylineError
from byline.release.seal import SealedRelease, open_release
from byline.terms.purposes import EVERY
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
    without: tuple[str, ...]
    undetermined: tuple[Undetermined, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"schema": "byline/affected/1", **asdict(self)}


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
    known = releases(ledger)
    if not known:
        return Affected(person, (), (), (), ())
    key = linkage_key(config)
    found: list[AffectedRelease] = []
    without: list[str] = []
    undetermined: list[Undetermined] = []
    for row in known:
        if EVERY not in purposes and not set(purposes) & set(row["purposes"]):
            without.append(row["release"])
            continue
        try:
            release = open_release(layout.root / row["path"], verifiers=verifiers_of(layout))
            one = holding(release, person, key=key, ledger=ledger, classes=classes, commits=commits)
        except BylineError as error:
            undetermined.append(Undetermined(row["release"], str(error)))
            continue
        if one is None:
            without.append(row["release"])
        else:
            found.append(one)
    return Affected(
        person=person,
        releases=tuple(found),
        models=tuple(_model(row) for row in models_of(ledger, [one.release for one in found])),
        without=tuple(without),
        undetermined=tuple(undetermined),
    )


def holding(
    release: SealedRelease,
    person: str,
    *,
    key: bytes,
    ledger: sa.Engine,
    classes: Sequence[str] = (EVERY,),
    commits: Collection[str] | None = None,
) -> AffectedRelease | None:
    """What a release holds of a person, or None; the arguments are those of `affected`.

    Raises:
        IntegrityError: The release is not what was sealed.
    """
    contributor = pseudonym_in(release, person, key=key)
    recorded = rows(ledger, ledger_tables.CONTRIBUTORS, release=release.id, contributor=contributor)
    if not recorded:
        return None
    if EVERY not in classes and not set(classes) & _classes_held(release, contributor, commits):
        return None
    return AffectedRelease(
        release=release.id,
        name=release.name,
        purposes=release.purposes,
        contributor=contributor,
        examples=recorded[-1]["examples"],
        shards=counts_by_shard(release, contributor),
    )


def _classes_held(
    release: SealedRelease, contributor: str, commits: Collection[str] | None
) -> set[str]:
    """The classes of a contributor's work in a release; a commit's message is process work."""
    classes = set()
    for row in rows_of(release, contributor):
        classes.add(row["class"])
        messages = {source["oid"] for source in row["sources"] if source["path"] is None}
        if commits is not None:
            is_theirs = not messages.isdisjoint(commits)
        else:
            mine = (one for one in row["people"] if one["contributor"] == contributor)
            is_theirs = bool(messages) and any(one["role"] == "author" for one in mine)
        if is_theirs:
            classes.add("process")
    return classes


def _model(row: Mapping[str, Any]) -> AffectedModel:
    return AffectedModel(row["model"], row["release"], row["purpose"], row["path"])
