"""Contributors of a release as its seal has them: under labels that nobody can list or choose.

A label follows from the output of the organisation's VRF for a person's id. Outputs are slow to
make and never change under one key, so they are kept beside the seal key, for its owner's eyes.
Invariants: a label is made for a person of the roster, never for a pseudonym; what is kept under
another key is not used.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from byline.engine.executor import Executor
from byline.errors import IntegrityError
from byline.privacy.pseudonyms import read_or_create_key
from byline.proof import vrf
from byline.proof.blinding import contributor_alpha, label, salt, vrf_seed
from byline.proof.canonical import canonical_json
from byline.proof.merkle import build_row, hash_leaves
from byline.release.sealing_survey import Survey, together
from byline.workspace.files import write_bytes
from byline.workspace.layout import Layout

OUTPUTS_FILE: Final = "vrf-outputs.json"
SHARE: Final = 64  # people whose outputs one task makes


@dataclass(frozen=True)
class Blinding:
    """What hides names and texts in one release's seal.

    Attributes:
        salt: Of the release, 32 bytes.
        vrf_public_key: 32 bytes.
        labels: The label of each contributor, by pseudonym.
    """

    salt: bytes
    vrf_public_key: bytes
    labels: Mapping[str, bytes]


@dataclass(frozen=True)
class OutputTask:
    """People whose VRF outputs are to be made."""

    seed: bytes
    people: tuple[str, ...]


def seal_key(layout: Layout) -> bytes:
    """The seal key of a workspace, made at first use.

    Raises:
        IntegrityError: It is gone, and there are seals that were made with it.
        ConfigError: Its file is open to others, or holds no key.
    """
    if not layout.seal_key.exists() and any(layout.releases.glob("rel_*/seal/seal.json")):
        raise IntegrityError(
            f"there are sealed releases, but the seal key {layout.seal_key} is gone",
            advice="restore it from a backup: under a new key nobody finds themselves in old seals",
        )
    return read_or_create_key(layout.seal_key)


def vrf_outputs(people: Iterable[str], *, layout: Layout, executor: Executor) -> dict[str, bytes]:
    """The VRF output (64 bytes) of each person, by their id in the roster.

    Raises:
        IntegrityError: The seal key is gone.
    """
    seed = vrf_seed(seal_key(layout))
    path = layout.seal_key.with_name(OUTPUTS_FILE)
    public = vrf.public_key(seed).hex()
    wanted = sorted(set(people))
    known = _kept(path, public)
    missing = [person for person in wanted if person not in known]
    if missing:
        shares = [
            OutputTask(seed, tuple(missing[at : at + SHARE]))
            for at in range(0, len(missing), SHARE)
        ]
        for made in executor.map(make_outputs, shares):
            known.update(made)
        kept = {person: output.hex() for person, output in known.items()}
        data = canonical_json({"outputs": kept, "public_key": public})
        write_bytes(path, data, mode=0o600)
    return {person: known[person] for person in wanted}


def people_kept(layout: Layout) -> tuple[str, ...]:
    """Everybody whose VRF output was made under the seal key of today, also those who left."""
    if not layout.seal_key.exists():
        return ()
    public = vrf.public_key(vrf_seed(seal_key(layout))).hex()
    return tuple(sorted(_kept(layout.seal_key.with_name(OUTPUTS_FILE), public)))


def make_outputs(task: OutputTask) -> dict[str, bytes]:
    """The VRF output of each person of a task."""
    return {person: vrf.output(task.seed, contributor_alpha(person)) for person in task.people}


def _kept(path: Path, public: str) -> dict[str, bytes]:
    """What was kept under this public key; of a damaged file nothing."""
    try:
        said = json.loads(path.read_bytes())
        if said["public_key"] != public:
            return {}
        return {str(person): bytes.fromhex(hexed) for person, hexed in said["outputs"].items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def blinding_of(
    seal_key: bytes, release: str, *, outputs: Mapping[str, bytes], people: Mapping[str, str]
) -> Blinding:
    """How a release is blinded.

    Args:
        seal_key: The organisation's.
        release: The release's id.
        outputs: The VRF output of each person, by their id in the roster.
        people: The person behind each pseudonym of the release.
    """
    return Blinding(
        salt=salt(seal_key, release),
        vrf_public_key=vrf.public_key(vrf_seed(seal_key)),
        labels={name: label(outputs[person], release) for name, person in people.items()},
    )


def contributor_records(
    surveys: Sequence[Survey], keys_of: Mapping[str, list[bytes]]
) -> dict[str, bytes]:
    """The record of each contributor, by pseudonym, in canonical JSON.

    Args:
        surveys: Of all shards.
        keys_of: The keys of the items that each has a token in, by pseudonym.
    """
    examples = _grouped(together("examples", surveys))
    clauses = _grouped(together("clauses", surveys))
    return {
        contributor: canonical_json(
            {
                "contributor": contributor,
                "decisions": sorted(clauses.get(contributor, ())),
                "examples": len(ids),
                "examples_root": _root(one.encode() for one in sorted(ids)),
                "items": len(keys_of.get(contributor, ())),
                "items_root": _root(sorted(keys_of.get(contributor, ()))),
            }
        )
        for contributor, ids in examples.items()
    }


def _grouped(table: pa.Table) -> dict[str, list[str]]:
    """The second column's values by the first's."""
    first, second = table.column_names
    grouped = table.group_by(first).aggregate([(second, "list")])
    return dict(zip(grouped[first].to_pylist(), grouped[f"{second}_list"].to_pylist(), strict=True))


def _root(leaves: Iterable[bytes]) -> str:
    return build_row(hash_leaves(leaves)).root.hex()
