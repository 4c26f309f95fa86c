"""The auditor's part of a seal: all its trees made anew from the rows, and what differs.

A tree proves what is in it, never that nothing was left out of it; only its rows show that.
Invariants: the shards are the files that were sealed; nothing that is compared is taken from the
tables, but labels for which there is no key, and these are told.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.engine.executor import Executor, Progress, quiet
from byline.errors import IntegrityError, RefusedError
from byline.privacy.pseudonyms import pseudonym
from byline.proof.blinding import salt_commitment
from byline.proof.canonical import parse_canonical
from byline.proof.errors import ProofError
from byline.release.scope import release_scope
from byline.release.seal import SealedRelease
from byline.release.seal_file import Seal, Tree
from byline.release.sealing import KEYED, write_trees
from byline.release.sealing_people import Blinding, blinding_of, people_kept, seal_key, vrf_outputs
from byline.workspace.layout import Layout

MOST: Final = 5  # names told of each kind of difference


@dataclass(frozen=True)
class Recomputed:
    """What making a seal's trees anew came to.

    Attributes:
        rows: How many rows there are.
        trees: The trees that were compared, as the rows give them.
        differences: In words, what the seal has otherwise; empty if nothing.
        unnamed: Contributors whose label could not be made anew and was taken from the seal.
    """

    rows: int
    trees: Mapping[str, Tree]
    differences: tuple[str, ...]
    unnamed: int = 0


def recompute(
    release: SealedRelease,
    blinding: Blinding | None,
    *,
    executor: Executor,
    progress: Progress = quiet,
) -> Recomputed:
    """Make the trees of a release's seal from its rows, and compare.

    Args:
        release: An opened release.
        blinding: Its salt, and the labels that are known; None if the salt is not known: then rows
            and shards alone are compared.
        executor: What surveys the shards.
        progress: Told of shards done.

    Raises:
        RefusedError: It has no seal, or its rows are not here.
        IntegrityError: A row or a table is damaged, or the salt is not that of the seal.
    """
    seal = release.seal
    if seal is None:
        raise RefusedError(
            f"{release.id} was made by a version that sealed no more than its rows",
            advice="`byline verify` checks those; build a new release for the rest",
        )
    release.check_here()
    shards = [release.checked_shard(shard) for shard in release.manifest["shards"]]
    rows = release.leaves.size
    if blinding is None:
        return Recomputed(rows, {}, ())
    if salt_commitment(blinding.salt).hex() != seal.salt_sha256:
        raise IntegrityError(
            f"{release.id}: this is not the salt that it was sealed with",
            advice="a salt is of one release; it is in the bundles that were made of it",
        )
    stored = stored_labels(release)
    unnamed = stored.keys() - blinding.labels.keys()
    whole = replace(blinding, labels={**stored, **blinding.labels})
    with tempfile.TemporaryDirectory(prefix="byline-recompute-") as folder:
        made = Path(folder)
        trees = write_trees(
            made / "seal", shards, blinding=whole, scratch=made, executor=executor,
            progress=progress,
        )  # fmt: skip
        differences = tuple(_differences(release, seal, made / "seal", trees))
    return Recomputed(rows, trees, differences, len(unnamed))


def own_blinding(
    release: SealedRelease,
    *,
    people: Iterable[str],
    linkage_key: bytes,
    layout: Layout,
    executor: Executor,
) -> Blinding:
    """The salt and the labels of a release of this organisation, made from its keys.

    Args:
        release: The release.
        people: Ids in the roster; those whom seals had before are known besides.
        linkage_key: What its pseudonyms were made with.
        layout: Where the seal key is.
        executor: What makes VRF outputs that are not kept yet.
    """
    scope = _scope(release)
    everybody = sorted({*people, *people_kept(layout)})
    names = {pseudonym(linkage_key, scope, person): person for person in everybody}
    there = {name: names[name] for name in stored_labels(release) if name in names}
    outputs = vrf_outputs(there.values(), layout=layout, executor=executor)
    return blinding_of(seal_key(layout), release.id, outputs=outputs, people=there)


def _scope(release: SealedRelease) -> str:
    """What the release's pseudonyms were made for."""
    split: dict[str, str] = {}
    for shard in release.manifest["shards"]:
        ids = pq.read_table(release.directory / shard["path"], columns=["id"])["id"].to_pylist()
        split.update(dict.fromkeys(ids, shard["split"]))
    return release_scope(release.name, split)


def stored_labels(release: SealedRelease) -> dict[str, bytes]:
    """The label that a release's table of contributors has for each pseudonym."""
    path = release.directory / "seal" / "contributors.parquet"
    try:
        table = pq.read_table(path, columns=["key", "record"])
        records = [parse_canonical(record) for record in table["record"].to_pylist()]
        names = [str(record["contributor"]) for record in records]  # type: ignore[index]
    except (OSError, ValueError, KeyError, TypeError, ProofError) as error:
        raise IntegrityError(f"{release.id}: {path.name} is damaged: {error}") from error
    return dict(zip(names, table["key"].to_pylist(), strict=True))


def _differences(
    release: SealedRelease, seal: Seal, made: Path, trees: Mapping[str, Tree]
) -> Iterator[str]:
    for name in KEYED:
        sealed: Tree = getattr(seal, name)
        if trees[name] != sealed:
            yield (
                f"{name}: sealed is the root {sealed.root} over {sealed.size:,}, the rows give "
                f"{trees[name].root} over {trees[name].size:,}"
            )
        yield from _of_tables(
            name, release.directory / "seal" / f"{name}.parquet", made / f"{name}.parquet"
        )


def _of_tables(name: str, stored: Path, made: Path) -> Iterator[str]:
    """What a stored table has otherwise than one made of the rows."""
    content = "count" if name == "fingerprints" else "record"
    try:
        one = pq.read_table(stored, columns=["key", content])
    except (OSError, ValueError, KeyError) as error:
        yield f"{name}: the stored table cannot be read: {error}"
        return
    other = pq.read_table(made, columns=["key", content])
    missing = other.filter(pc.invert(pc.is_in(other["key"], value_set=one["key"])))
    extra = one.filter(pc.invert(pc.is_in(one["key"], value_set=other["key"])))
    if missing.num_rows:
        yield f"{name}: the seal leaves out {_named(missing, content)}"
    if extra.num_rows:
        yield f"{name}: the seal has {_named(extra, content)} that no row has"
    repeated = one.num_rows - len(pc.unique(one["key"]))
    if repeated:
        yield f"{name}: the seal has {repeated:,} keys more than once"
    changed = _changed(one, other, content)
    if changed.num_rows:
        yield f"{name}: the seal has otherwise {_named(changed, content)}"


def _changed(one: pa.Table, other: pa.Table, content: str) -> pa.Table:
    """Rows of `one` whose key is in `other` with other content."""
    place = pc.index_in(one["key"], value_set=other["key"])
    there = one.filter(pc.is_valid(place))
    theirs = other[content].take(place.drop_null())
    return there.filter(pc.not_equal(there[content], theirs))


def _named(table: pa.Table, content: str) -> str:
    """How many, and the first of them by a name that is one: an item's id or a pseudonym."""
    if content == "count":
        return f"{table.num_rows:,} fingerprints"
    names = []
    for record in table[content].slice(0, MOST).to_pylist():
        said: Any = _parsed(record)
        names.append(str(said.get("item") or said.get("contributor") or "?"))
    more = ", …" if table.num_rows > MOST else ""
    return f"{table.num_rows:,}: {', '.join(sorted(names))}{more}"


def _parsed(record: bytes) -> Mapping[str, Any]:
    try:
        said = parse_canonical(record)
    except ProofError:
        return {}
    return said if isinstance(said, dict) else {}
