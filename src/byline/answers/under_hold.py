"""Which work in a release is held: found by the pseudonyms that people have in it, and by source.

Invariant: what cannot be told apart counts as held, so that rather one example too many stays
unread than one too few.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from byline.answers.held import BATCH, Searchable, opened_shard
from byline.release.seal import SealedRelease
from byline.terms.holds import Hold
from byline.workspace.ledger import rows
from byline.workspace.ledger import tables as ledger_tables


@dataclass(frozen=True)
class HeldHere:
    """A hold as a release's rows show it.

    Attributes:
        contributors: Pseudonyms of the people it names; None when it names nobody.
        repositories: The sources that it names; None when it names none.
    """

    hold: Hold
    contributors: frozenset[str] | None
    repositories: frozenset[str] | None

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Whether an example, by its `people` and `sources`, has work that is held."""
        if self.contributors is not None:
            people = {one["contributor"] for one in row["people"]}
            if not people & self.contributors:
                return False
        if self.repositories is None:
            return True
        return any(source["repository"] in self.repositories for source in row["sources"])


def held_here(one: Searchable, *, holds: Sequence[Hold], key: bytes) -> tuple[HeldHere, ...]:
    """Holds as a release's rows show them.

    Args:
        one: The release.
        holds: The holds that stand.
        key: The linkage key.
    """
    return tuple(
        HeldHere(
            hold=hold,
            contributors=frozenset(one.pseudonym(person, key=key) for person in hold.people)
            if hold.people
            else None,
            repositories=frozenset(hold.repositories) if hold.repositories else None,
        )
        for hold in holds
    )


def reaching(
    one: Searchable, *, holds: Sequence[Hold], key: bytes, ledger: sa.Engine
) -> tuple[Hold, ...]:
    """The holds that cover work in a release.

    The arguments are those of `held_here`; `ledger` has the release's pseudonyms, so that a release
    whose shards are away can be asked too.

    Raises:
        IntegrityError: A shard cannot be read.
    """
    here = held_here(one, holds=holds, key=key)
    recorded = rows(ledger, ledger_tables.CONTRIBUTORS, release=one.release.id) if here else []
    known = {row["contributor"] for row in recorded}
    return tuple(each.hold for each in here if _reaches(each, one.release, known))


def readable(here: Sequence[HeldHere]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an example may be shown: no hold covers it."""
    return lambda row: not any(each.covers(row) for each in here)


def _reaches(here: HeldHere, release: SealedRelease, known: set[str]) -> bool:
    if here.contributors is not None and not here.contributors & known:
        return False
    if here.repositories is None:
        return True
    if release.away is not None:
        return True  # nobody can look any more
    for shard in release.manifest["shards"]:
        with opened_shard(release, shard["path"]) as source:
            for batch in source.iter_batches(batch_size=BATCH, columns=["people", "sources"]):
                if any(here.covers(row) for row in batch.to_pylist()):
                    return True
    return False
