"""How every release and model stands: which of them a withdrawal on record still reaches.

A release is reached when it holds work of a class that was withdrawn, for a purpose that was
withdrawn. A release built since then holds none, so it is not reached. Nobody is named.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from byline.answers.affected import affected
from byline.answers.identity import commits_naming
from byline.release.prepare import Decided
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
        unknown: Why that could not be told, or None.
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
    reached: set[str] = set()
    unknown: dict[str, str] = {}
    for row in recorded:
        hit = affected(
            row["person"],
            config=config,
            layout=layout,
            ledger=ledger,
            classes=row["classes"],
            purposes=row["purposes"],
            commits=commits_naming(row["person"], decided),
        )
        reached.update(one.release for one in hit.releases)
        unknown.update((one.release, one.reason) for one in hit.undetermined)
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
