"""What is physically done when work is erased: destroyed, or sealed away where a hold forbids that.

An erasure reaches whole artefacts: a release's shards, a model's weights, the tables and pages
that were made of the repositories. Manifests, leaves, run records and log entries stay, as facts
(law 9).
Invariants: the intention is on record before a byte goes, the fact only after the store was read
again and the bytes are not there (law 14); a killed run is resumed by the same command; what is
under a hold is never destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from byline.proof.canonical import canonical_json, sha256_hex
from byline.release.away import Away, write_away
from byline.release.container import Sealing, sealings
from byline.release.removal import (
    StoredFile,
    check_gone,
    content_digest,
    copies_of,
    files_below,
    remove_files,
    stored_files,
)
from byline.release.seal import SealedRelease
from byline.release.vault import destroy, put_away, record_sealed, remove_plain
from byline.terms.holds import Hold
from byline.workspace.layout import BUILDING, Layout
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger_tables

Kind = Literal["release", "model", "training", "tables", "pages"]
Outcome = Literal["sealed", "destroyed", "nothing"]

MODEL_FACTS: Final = frozenset(
    {
        "run.json",
        "README.md",
        "evaluation.json",
        "away.json",
        "model.tlog-proof",
        "provenance.intoto.json",
        "model.sig",
    }
)
"""What stays of a model: records about it, and nothing that was learnt or counted from work."""


@dataclass(frozen=True)
class Target:
    """Something that has people's work in it.

    Attributes:
        subject: A release's or model's id, or the name of a folder.
        directory: Where it lies.
        marked: Whether its folder stays, with a mark of what became of it.
    """

    kind: Kind
    subject: str
    directory: Path
    files: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True)
class Erased:
    """What was done with a target.

    Attributes:
        outcome: sealed away, destroyed, or nothing because nothing was there.
        holds: The holds that it is kept under.
        copies: Paths in the workspace that still have the bytes of one of its files.
    """

    kind: Kind
    subject: str
    outcome: Outcome
    files: int
    bytes: int
    sha256: str
    holds: tuple[str, ...] = ()
    sealing: str = ""
    copies: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind, "subject": self.subject, "outcome": self.outcome,
            "files": self.files, "bytes": self.bytes, "sha256": self.sha256,
            "holds": list(self.holds), "sealing": self.sealing, "copies": list(self.copies),
        }  # fmt: skip


def release_target(release: SealedRelease) -> Target:
    """A release's shards: the only part of it that has anyone's text."""
    files = tuple(sorted(str(shard["path"]) for shard in release.manifest["shards"]))
    return Target("release", release.id, release.directory, files, marked=True)


def model_target(model: str, directory: Path) -> Target:
    """A model's weights and tokenizer, and what was counted while it was trained."""
    found = (name for name in files_below(directory) if name not in MODEL_FACTS)
    return Target("model", model, directory, tuple(found), marked=True)


def workspace_targets(layout: Layout, releases: Sequence[str]) -> tuple[Target, ...]:
    """Tables of collected work, what was interrupted, and the pages that quote some releases.

    They are made anew from the sources when they are needed, and then without what the terms
    exclude from examples; a table of files has whatever the repositories have.
    """
    folders: list[tuple[Kind, Path]] = [("tables", layout.tables), ("tables", layout.asked)]
    folders += [("tables", layout.releases / BUILDING)]
    folders += [("training", path) for path in sorted(layout.models.glob(".*.training"))]
    folders += [("pages", layout.reports / f"browse-{one}") for one in releases]
    return tuple(
        Target(kind, path.relative_to(layout.root).as_posix(), path, files_below(path))
        for kind, path in folders
        if path.is_dir()
    )


def erase(
    target: Target, *, holds: Sequence[Hold], layout: Layout, ledger: sa.Engine, by: str
) -> Erased:
    """Destroy a target, or seal it away if holds cover it; the same again finishes what was begun.

    Args:
        target: What has the work.
        holds: The holds that stand today and cover what is in it.
        layout: Where the vault is, and what is searched for copies.
        ledger: Where intention and fact are recorded.
        by: What asked for it, such as ``erase ha-101``.

    Raises:
        RefusedError: A hold has no custodian with a key, or a file is a link.
        IntegrityError: Something is still there afterwards.
    """
    found = stored_files(target.directory, target.files)
    if holds:
        return _seal_away(target, found, holds=holds, layout=layout, ledger=ledger)
    destroyed = _destroy_containers(target, layout=layout, ledger=ledger)
    if not found:
        outcome: Outcome = "destroyed" if destroyed else "nothing"
        return _result(target, destroyed, outcome, layout=layout)
    return _destroy(target, found, layout=layout, ledger=ledger, by=by)


def _seal_away(
    target: Target,
    found: Sequence[StoredFile],
    *,
    holds: Sequence[Hold],
    layout: Layout,
    ledger: sa.Engine,
) -> Erased:
    kept = _readable(target, layout)
    if not found:
        for one in kept:
            record_sealed(one, ledger=ledger)  # a run that was killed had come this far
        last = kept[-1] if kept else None
        return _result(
            target, last.files if last else found, "sealed" if last else "nothing", layout=layout,
            holds=last.holds if last else (), sealing=last.id if last else "",
        )  # fmt: skip
    names = [one.path for one in found]
    made = put_away(
        target.directory,
        names,
        kind=target.kind,
        subject=target.subject,
        holds=holds,
        vault=layout.vault,
    )
    if target.marked:
        write_away(target.directory, Away("sealed", made.id, made.sha256))
    remove_plain(made, target.directory)
    result = _result(
        target, found, "sealed", layout=layout, holds=tuple(made.holds), sealing=made.id
    )
    record_sealed(made, ledger=ledger)
    return result


def _destroy(
    target: Target,
    found: Sequence[StoredFile],
    *,
    layout: Layout,
    ledger: sa.Engine,
    by: str,
) -> Erased:
    digest = content_digest(found)
    identity = f"era_{sha256_hex(canonical_json([target.subject, digest]))[:16]}"
    detail = {
        "kind": target.kind,
        "by": by,
        "files": len(found),
        "bytes": sum(one.bytes for one in found),
    }
    fact = {"sealing": identity, "subject": target.subject, "sha256": digest, "detail": detail}
    if not rows(ledger, ledger_tables.SEALED, sealing=identity, action="destroying"):
        append(ledger, ledger_tables.SEALED, {**fact, "action": "destroying"})
    if target.marked:
        write_away(target.directory, Away("destroyed", "", digest))
    names = [one.path for one in found]
    remove_files(target.directory, names)
    check_gone(target.directory, names)
    result = _result(target, found, "destroyed", layout=layout)
    gone = {**fact, "action": "destroyed", "detail": {**detail, "copies": len(result.copies)}}
    append(ledger, ledger_tables.SEALED, gone)
    return result


def _destroy_containers(
    target: Target, *, layout: Layout, ledger: sa.Engine
) -> tuple[StoredFile, ...]:
    """Destroy what was sealed away of a target before its holds were released; say what it was."""
    kept = _readable(target, layout)
    for one in kept:
        destroy(one, holds=(), ledger=ledger)
        if target.marked:
            write_away(target.directory, Away("destroyed", one.id, one.sha256))
    return tuple(file for one in kept for file in one.files)


def _readable(target: Target, layout: Layout) -> list[Sealing]:
    """The containers of a target that a custodian can still open."""
    return [one for one in sealings(layout.vault) if one.subject == target.subject and one.has_key]


def _result(
    target: Target,
    found: Sequence[StoredFile],
    outcome: Outcome,
    *,
    layout: Layout,
    holds: tuple[str, ...] = (),
    sealing: str = "",
) -> Erased:
    return Erased(
        kind=target.kind,
        subject=target.subject,
        outcome=outcome,
        files=len(found),
        bytes=sum(one.bytes for one in found),
        sha256=content_digest(found),
        holds=holds,
        sealing=sealing,
        copies=copies_of(found, below=layout.root),
    )
