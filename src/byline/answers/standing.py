"""How every release and model stands: which of them a withdrawal on record still reaches.

A release is reached when it holds work of a class that was withdrawn, for a purpose that was
withdrawn. A release built since then holds none, so it is not reached. Nobody is named.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from byline.answers.affected import examples_held, open_releases
from byline.answers.held import Searchable, linkage_key
from byline.answers.identity import commits_naming
from byline.release.prepare import Decided
from byline.terms.purposes import EVERY
from byline.workspace.config import Config
from byline.workspace.layout import Layout
from byline.workspace.ledger import models_of, releases, withdrawals


@dataclass(frozen=True)
class ModelStanding:
    """A model and whether it was taught work that was withdrawn since."""

    model: str
    purpose: str
    is_affected: bool


@dataclass(frozen=True)
class ReleaseStanding:
    """A release, its models, and whether it holds work that was withdrawn.

    Attributes:
        unknown: Why it could not be opened, so that nobody can tell, or None.
    """

    release: str
    name: str
    purposes: tuple[str, ...]
    examples: int
    is_affected: bool
    unknown: str | None
    models: tuple[ModelStanding, ...]


@dataclass(frozen=True)
class Standing:
    """All releases, newest first, and how many withdrawals are on record."""

    withdrawals: int
    releases: tuple[ReleaseStanding, ...]


def standing_of(
    *, config: Config, layout: Layout, ledger: sa.Engine, decided: Sequence[Decided]
) -> Standing:
    """How every release and model of a workspace stands.

    Raises:
        ConfigError: There are withdrawals, but the linkage key is missing or is no key.
    """
    recorded = withdrawals(ledger)
    opened, undetermined = open_releases(layout=layout, ledger=ledger)
    key = linkage_key(config) if recorded and opened else b""
    reached = {
        one.release.id
        for one in opened
        if any(_reaches(row, one, key, ledger, decided) for row in recorded)
    }
    unknown = {one.release: one.reason for one in undetermined}
    taught = defaultdict(list)
    for model in models_of(ledger):
        is_affected = model["release"] in reached
        taught[model["release"]].append(
            ModelStanding(model["model"], model["purpose"], is_affected)
        )
    return Standing(
        withdrawals=len(recorded),
        releases=tuple(
            ReleaseStanding(
                release=row["release"],
                name=row["name"],
                purposes=tuple(row["purposes"]),
                examples=row["counts"]["examples"],
                is_affected=row["release"] in reached,
                unknown=unknown.get(row["release"]),
                models=tuple(taught[row["release"]]),
            )
            for row in reversed(releases(ledger))
        ),
    )


def _reaches(
    withdrawal: Mapping[str, Any],
    one: Searchable,
    key: bytes,
    ledger: sa.Engine,
    decided: Sequence[Decided],
) -> bool:
    """Whether a release holds work that a withdrawal covers."""
    person, classes, purposes = (withdrawal[name] for name in ("person", "classes", "purposes"))
    if EVERY not in purposes and not set(purposes) & set(one.release.purposes):
        return False
    commits = None if EVERY in classes else commits_naming(person, decided)
    contributor = one.pseudonym(person, key=key)
    return examples_held(one, contributor, ledger=ledger, classes=classes, commits=commits) > 0
