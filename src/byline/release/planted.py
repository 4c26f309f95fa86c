"""Where a kit's canaries stand in a release, and where its commitment stands in the log.

Invariants: only sealed rows are read; white space and letter case make no difference, anything else
does: a canary that was reworded or broken by something between its words is not found.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.proof.canary import Kit
from byline.release.fingerprints import TEXT_COLUMNS
from byline.release.logindex import facts_of
from byline.release.seal import SealedRelease


def planted_in(kit: Kit, release: SealedRelease) -> dict[int, tuple[str, ...]]:
    """The examples that have each canary, by the canary's number; an empty one where none has.

    Raises:
        RefusedError: The release's shards were sealed away or destroyed.
        IntegrityError: A row is not what was sealed.
    """
    wanted = [text.casefold() for text in kit.texts]
    found: dict[int, list[str]] = {number: [] for number in range(kit.count)}
    for split in release.manifest["splits"]:
        for row in release.rows(split):
            texts = [" ".join(text.casefold().split()) for text in _texts(row)]
            for number, canary in enumerate(wanted):
                if any(canary in text for text in texts):
                    found[number].append(str(row["id"]))
    return {number: tuple(sorted(ids)) for number, ids in found.items()}


def _texts(row: Mapping[str, Any]) -> Iterator[str]:
    for name in TEXT_COLUMNS:
        if row.get(name):
            yield row[name]
    for message in row.get("messages") or ():
        yield message["content"] or ""


@dataclass(frozen=True)
class Committed:
    """Indexes in the log; None where there is no such entry.

    Attributes:
        commitment: Of the commitment.
        release: Of the release's seal.
        run: Of the start of the run.
        kits: How many commitments the log has, of whomever: so many may have been tried.
    """

    commitment: int | None
    release: int | None
    run: int | None
    kits: int = 0

    @property
    def is_before(self) -> bool:
        """Whether the commitment stands before whatever of release and run is logged."""
        later = [index for index in (self.release, self.run) if index is not None]
        at = self.commitment
        return at is not None and bool(later) and all(at < index for index in later)


def committed(
    path: Path, commitment: str, *, release: str | None = None, run: str | None = None
) -> Committed:
    """Where a commitment stands in the log, beside a release and a run; the first of each.

    Args:
        path: The log's folder.
        commitment: Of the kit.
        release: A release's id.
        run: A run's id.
    """
    seals = facts_of(path, "release") if release else ()
    runs = facts_of(path, "run") if run else ()
    started = {"state": "started", "run": run}
    kits = facts_of(path, "canary")
    return Committed(
        commitment=_first(kits, {"commitment": commitment}),
        release=_first(seals, {"release": release}),
        run=_first(runs, started),
        kits=len(kits),
    )


def _first(facts: Iterable[tuple[int, Mapping[str, Any]]], wanted: Mapping[str, Any]) -> int | None:
    """The index of the first entry that has these fields."""
    found = (index for index, fact in facts if wanted.items() <= fact.items())
    return next(found, None)
