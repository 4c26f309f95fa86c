"""What many people's leaving reaches: releases, shards, models and deployments, in one pass.

Each release is opened once, all pseudonyms are made at once, and the `people` of its shards are
read once for everybody, whole columns at a time. One person's question is answered by
`byline.answers.affected`; both rest on the same ledger rows and the same pseudonyms. A release that
cannot be asked is named with the reason, never left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from byline.answers.affected import AffectedModel, Undetermined, open_releases
from byline.answers.deployed import Deployment, deployments_of, of_models
from byline.answers.held import Searchable, linkage_key, opened_shard, shards_here
from byline.engine.executor import Progress, quiet
from byline.terms import vocabulary
from byline.workspace.config import Config
from byline.workspace.layout import Layout
from byline.workspace.ledger import models_of, rows, table_of
from byline.workspace.ledger import tables as ledger_tables

BATCH = 1 << 16
CLASSES = tuple(sorted(vocabulary.CLASSES))  # the columns of `by_class`

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class HeldBy:
    """What one release holds of one person.

    Attributes:
        examples: Examples that their text is in, as the ledger recorded when it was sealed.
        shards: Of those, how many each shard has; none where its shards were sealed away.
        classes: And how many of each class, likewise.
    """

    release: str
    contributor: str
    examples: int
    shards: Mapping[str, int]
    classes: Mapping[str, int]


@dataclass(frozen=True)
class ReleaseImpact:
    """What one release holds of many people, as matrices with a row for each held person.

    Attributes:
        people: Where each held person stands in the matrices.
        contributors: Their pseudonyms in this release, in that order.
        examples: Examples of each.
        by_shard: Examples by (person, shard).
        by_class: Examples by (person, class).
    """

    release: str
    name: str
    purposes: tuple[str, ...]
    root: str
    people: Mapping[str, int]
    contributors: tuple[str, ...]
    examples: Counts
    shards: tuple[str, ...]
    by_shard: Counts
    by_class: Counts

    def of(self, person: str) -> HeldBy | None:
        """What it holds of one of the people, or None."""
        at = self.people.get(person)
        if at is None:
            return None
        return HeldBy(
            release=self.release,
            contributor=self.contributors[at],
            examples=int(self.examples[at]),
            shards=_counted(self.shards, self.by_shard[at]),
            classes=_counted(CLASSES, self.by_class[at]),
        )


@dataclass(frozen=True)
class Impact:
    """Everything that a batch reaches.

    Attributes:
        releases: Those that hold work of somebody in it.
        models: Those taught by them.
        weights: The hash of each model's weights.
        deployments: Where those models are in use.
        undetermined: Releases that could not be asked.
    """

    releases: tuple[ReleaseImpact, ...]
    models: tuple[AffectedModel, ...]
    weights: Mapping[str, str]
    deployments: tuple[Deployment, ...]
    undetermined: tuple[Undetermined, ...]

    def of(self, person: str) -> list[HeldBy]:
        """What each release holds of one person; releases without any are left out."""
        held = (one.of(person) for one in self.releases)
        return [one for one in held if one is not None]


def impact(
    people: Sequence[str],
    *,
    config: Config,
    layout: Layout,
    ledger: sa.Engine,
    progress: Progress = quiet,
) -> Impact:
    """What the work of these people has gone into.

    Args:
        people: Roster ids.
        config: Names the linkage key.
        layout: Where releases and the log lie.
        ledger: The ledger.
        progress: Told how many releases were asked.

    Raises:
        ConfigError: The linkage key is missing or is no key.
        IntegrityError: A shard cannot be read.
    """
    opened, undetermined = open_releases(layout=layout, ledger=ledger)
    key = linkage_key(config) if opened else b""
    found = []
    for done, one in enumerate(opened):
        progress(done, len(opened), "releases")
        held = _release(one, people, key=key, ledger=ledger)
        if held is not None:
            found.append(held)
    rows_of_models = models_of(ledger, [one.release for one in found])
    models = tuple(
        AffectedModel(row["model"], row["release"], row["purpose"], row["path"])
        for row in rows_of_models
    )
    running = deployments_of(rows(ledger, ledger_tables.DEPLOYMENTS))
    taught = {one.model for one in models}
    return Impact(
        releases=tuple(found),
        models=models,
        weights={row["model"]: row["weights_sha256"] for row in rows_of_models},
        deployments=of_models(running, taught),
        undetermined=tuple(undetermined),
    )


def _release(
    one: Searchable, people: Sequence[str], *, key: bytes, ledger: sa.Engine
) -> ReleaseImpact | None:
    names = {one.pseudonym(person, key=key): person for person in sorted(set(people))}
    recorded = _recorded(ledger, one.release.id)
    held = {name: person for name, person in names.items() if recorded.get(name)}
    if not held:
        return None
    shards = shards_here(one.release)
    by_shard, by_class = _scanned(one, list(held), shards)
    return ReleaseImpact(
        release=one.release.id,
        name=one.release.name,
        purposes=one.release.purposes,
        root=one.release.root,
        people={person: at for at, person in enumerate(held.values())},
        contributors=tuple(held),
        examples=np.array([recorded[name] for name in held], np.int64),
        shards=shards,
        by_shard=by_shard,
        by_class=by_class,
    )


def _recorded(ledger: sa.Engine, release: str) -> dict[str, int]:
    """Examples by pseudonym, as recorded when the release was sealed."""
    columns = ("contributor", "examples")
    found = table_of(ledger, ledger_tables.CONTRIBUTORS, columns, release=release)
    return dict(zip(*(found[name].to_pylist() for name in columns), strict=True))


def _scanned(
    one: Searchable, contributors: Sequence[str], shards: Sequence[str]
) -> tuple[Counts, Counts]:
    wanted = pa.array(contributors, pa.string())
    by_shard = np.zeros((len(contributors), len(shards)), np.int64)
    by_class = np.zeros((len(contributors), len(CLASSES)), np.int64)
    for place, shard in enumerate(shards):
        with opened_shard(one.release, shard) as source:
            for batch in source.iter_batches(batch_size=BATCH, columns=["people", "class"]):
                row, person = _pairs(batch.column("people"), wanted)
                by_shard[:, place] += np.bincount(person, minlength=len(contributors))
                codes = pc.index_in(batch.column("class"), value_set=pa.array(CLASSES))
                which = np.asarray(codes.fill_null(-1))[row]
                for number in range(len(CLASSES)):
                    of_class = person[which == number]
                    by_class[:, number] += np.bincount(of_class, minlength=len(contributors))
    return by_shard, by_class


def _pairs(people: pa.Array, wanted: pa.Array) -> tuple[Counts, Counts]:
    """Each (row, wanted contributor) once, where the row names the contributor."""
    names = pc.struct_field(pc.list_flatten(people), "contributor")
    found = pc.index_in(names, value_set=wanted)
    known = np.asarray(found.is_valid())
    person = np.asarray(found.fill_null(0), dtype=np.int64)[known]
    row = np.asarray(pc.list_parent_indices(people), dtype=np.int64)[known]
    pairs = np.unique(row * len(wanted) + person)
    return pairs // len(wanted), pairs % len(wanted)


def _counted(names: Sequence[str], counts: Counts) -> dict[str, int]:
    return {name: int(n) for name, n in zip(names, counts.tolist(), strict=True) if n}
