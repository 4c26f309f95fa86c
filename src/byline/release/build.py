"""Building a release: select, write, count, seal, log. Aside first, then in place, all at once."""

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from byline import __version__
from byline.engine.executor import Executor, Progress, quiet
from byline.errors import InputError, IntegrityError, RefusedError
from byline.privacy.pseudonyms import read_or_create_key
from byline.proof.absence import Leaf, keyed_tree
from byline.proof.canonical import canonical_json, sha256_hex
from byline.proof.note import Signer
from byline.release.account import Account, take_account
from byline.release.basis import basis_of
from byline.release.card import write_card
from byline.release.croissant import croissant
from byline.release.inputs import Inputs
from byline.release.logbook import record
from byline.release.logindex import facts_of, places_of
from byline.release.prepare import Prepared
from byline.release.scope import release_scope
from byline.release.seal import (
    LEAVES_FILE,
    MANIFEST,
    PROOF_FILE,
    SCHEMA,
    log_fact,
    open_release,
    restricted_entry,
)
from byline.release.seal_file import read_seal
from byline.release.sealing import write_seal
from byline.release.sealing_people import blinding_of, seal_key, vrf_outputs
from byline.release.selection import select_from, selection_settings
from byline.release.shards import Shard, write_shards
from byline.terms.uses import Bound, check_use, naming_clauses
from byline.workspace.config import Config
from byline.workspace.files import sync_directory, write_bytes, write_json, write_table
from byline.workspace.layout import BUILDING, Layout

ID_LENGTH = 16


@dataclass(frozen=True)
class Built:
    """A release in place.

    Attributes:
        is_new: Whether this call made it; False when the same one was there already.
    """

    release: str
    directory: Path
    manifest: Mapping[str, Any]
    people: Mapping[str, int]
    manifest_sha256: str
    log_index: int | None
    is_new: bool


def build_release(
    prepared: Prepared,
    *,
    config: Config,
    inputs: Inputs,
    layout: Layout,
    signer: Signer,
    executor: Executor,
    progress: Progress = quiet,
    capture: str | None = None,
) -> Built:
    """Select, write and seal a release of the prepared work.

    `capture` is the hash of the capture manifest that the work was taken under, if any.

    Raises:
        RefusedError: Nothing may be included, or no clause names a restricted purpose.
        IntegrityError: The account does not balance, the seal key is gone, or the log has another
            seal of this very release.
    """
    _check_purposes(config.release.name, inputs)
    selection = select_from(prepared, config=config, executor=executor, progress=progress)
    account = take_account(prepared, selection, config.release.recipes)
    if not selection.split:
        raise RefusedError(
            f"nothing may be included: {_reasons(account)}",
            advice="`byline terms check` lists what is missing; nothing was written",
        )
    aside = layout.releases / BUILDING
    _finish(aside, layout=layout, signer=signer)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    shards = write_shards(
        prepared.candidates,
        selection,
        into=aside,
        key=read_or_create_key(config.at(config.people.linkage_key)),
        scope=release_scope(config.release.name, selection.split),
        executor=executor,
        progress=progress,
    )
    leaves = pa.concat_tables([shard.leaves for shard in shards]).sort_by("id")
    manifest = _manifest(prepared, account, shards, leaves, config=config, inputs=inputs)
    final = layout.releases / manifest["release"]
    if final.is_dir():
        shutil.rmtree(aside)
        return _built(final, manifest, shards, log_index=None, is_new=False)
    _write_documents(aside, manifest, leaves, config)
    persons = {name: person for shard in shards for name, person in shard.persons.items()}
    outputs = vrf_outputs(persons.values(), layout=layout, executor=executor)
    seal = write_seal(
        aside,
        manifest,
        basis=basis_of(prepared, inputs, capture=capture),
        blinding=blinding_of(
            seal_key(layout), manifest["release"], outputs=outputs, people=persons
        ),
        executor=executor,
        progress=progress,
    )
    data = (aside / MANIFEST).read_bytes()
    fact = log_fact(manifest["release"], manifest["root"], data, seal=seal)
    _check_one_seal(fact, layout=layout)
    logged = record(layout.log, fact, signer=signer)
    write_bytes(aside / PROOF_FILE, logged.proof_file)
    aside.rename(final)
    sync_directory(layout.releases)
    return _built(final, manifest, shards, log_index=logged.index, is_new=True)


def _finish(aside: Path, *, layout: Layout, signer: Signer) -> None:
    """Put a release in place that a killed run had logged.

    Built anew it might be sealed otherwise: the day is in the manifest and not in its id.
    """
    try:
        data = (aside / MANIFEST).read_bytes()
        manifest, seal = json.loads(data), read_seal(aside)
        fact = log_fact(manifest["release"], manifest["root"], data, seal=seal)
    except (OSError, ValueError, KeyError, TypeError, IntegrityError):
        return
    final = layout.releases / manifest["release"]
    if seal is None or final.exists() or places_of(layout.log, [canonical_json(fact)]) == [None]:
        return
    write_bytes(aside / PROOF_FILE, record(layout.log, fact, signer=signer).proof_file)
    try:
        opened = open_release(aside, verifiers=[signer.verifier])
        for shard in opened.manifest["shards"]:
            opened.checked_shard(shard)
    except (InputError, IntegrityError):
        return
    aside.rename(final)
    sync_directory(layout.releases)


def _check_one_seal(fact: Mapping[str, Any], *, layout: Layout) -> None:
    """See that the log has no other seal of a release: an id names one, for good."""
    for index, known in facts_of(layout.log, "release"):
        if known.get("release") == fact["release"] and "seal_sha256" in known and known != fact:
            raise IntegrityError(
                f"{fact['release']} was sealed otherwise before (entry {index} of the log), and "
                "its folder is gone",
                advice="restore it from a copy: what is logged of a release is never logged anew",
            )


def _check_purposes(name: str, inputs: Inputs) -> None:
    clauses = _restricted(inputs)
    bound = Bound(f"release {name!r}", tuple(inputs.purposes), clauses)
    for purpose in inputs.purposes:
        check_use(bound, purpose, action="made")


def _restricted(inputs: Inputs) -> dict[str, tuple[str, ...]]:
    """The clauses that name the release's restricted purposes, by purpose."""
    named = naming_clauses(inputs.terms.agreements, as_of=inputs.as_of)
    return {purpose: ids for purpose, ids in named.items() if purpose in inputs.purposes}


def _built(
    final: Path,
    manifest: dict[str, Any],
    shards: Sequence[Shard],
    *,
    log_index: int | None,
    is_new: bool,
) -> Built:
    data = (final / MANIFEST).read_bytes()
    people: Counter[str] = Counter()
    for shard in shards:
        people.update(shard.people)
    return Built(
        release=manifest["release"],
        directory=final,
        manifest=manifest,
        people=dict(people),
        manifest_sha256=sha256_hex(data),
        log_index=log_index,
        is_new=is_new,
    )


def _manifest(
    prepared: Prepared,
    account: Account,
    shards: Sequence[Shard],
    leaves: pa.Table,
    *,
    config: Config,
    inputs: Inputs,
) -> dict[str, Any]:
    pairs = zip(leaves["id"].to_pylist(), leaves["sha256"].to_pylist(), strict=True)
    root = keyed_tree(Leaf(identity.encode(), digest) for identity, digest in pairs).root.hex()
    people = {person for shard in shards for person in shard.people}
    identity: dict[str, Any] = {
        "root": root,
        "name": config.release.name,
        "purposes": list(inputs.purposes),
        # The clauses that name each restricted purpose; training and deployment ask for them.
        **restricted_entry(_restricted(inputs)),
        "lane": "attributed",
        "terms": inputs.terms.digest,
        "settings": {**prepared.settings, "selection": selection_settings(config)},
        "byline": __version__,
        "repositories": [
            {
                "name": decided.described.collected.repository,
                "commit": decided.described.collected.commit,
                "owner": decided.described.repository.owner,
                "licence": decided.described.licence.expression
                if decided.described.licence
                else None,
            }
            for decided in sorted(
                prepared.repositories, key=lambda one: one.described.collected.repository
            )
        ],
        "sources": dict(sorted(prepared.sources.items())),
        "account": account.as_json(),
    }
    return {
        "schema": SCHEMA,
        "release": f"rel_{sha256_hex(canonical_json(identity))[:ID_LENGTH]}",
        **identity,
        "decided_as_of": inputs.as_of.isoformat(),
        "examples": sum(shard.rows for shard in shards),
        "people": len(people),
        "splits": _splits(shards),
        "recipes": _recipes(shards),
        "shards": [
            {
                "path": shard.path,
                "split": shard.split,
                "form": shard.form,
                "examples": shard.rows,
                "bytes": shard.bytes,
                "sha256": shard.sha256,
            }
            for shard in shards
        ],
        "clauses": sorted(
            {
                clause.id
                for agreement in inputs.terms.agreements
                for clause in agreement.clauses
                if clause.effect == "permit"
            }
        ),
    }


def _splits(shards: Sequence[Shard]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for shard in shards:
        counts = found.setdefault(shard.split, Counter())
        counts.update(examples=shard.rows, characters=shard.characters, bytes=shard.bytes)
    return {split: dict(counts) for split, counts in sorted(found.items())}


def _recipes(shards: Sequence[Shard]) -> dict[str, int]:
    recipes: Counter[str] = Counter()
    for shard in shards:
        recipes.update(shard.recipes)
    return dict(sorted(recipes.items()))


def _write_documents(
    aside: Path, manifest: dict[str, Any], leaves: pa.Table, config: Config
) -> None:
    write_table(aside / LEAVES_FILE, leaves)
    write_json(aside / "croissant.json", croissant(manifest, organisation=config.organisation.name))
    write_card(aside, manifest, organisation=config.organisation.name)
    write_json(aside / MANIFEST, manifest)


def _reasons(account: Account) -> str:
    found = [
        f"{count:,} lines {reason}"
        for reason, count in list(account.by_reason("lines").items())[:3]
    ]
    return ", ".join(found) or "no lines were collected"
