"""What the transparency log holds, one function for each type of entry, and each in words.

Invariants: an entry is written before what it tells takes effect, and a removal only after it; the
same fact is the same entry, so that a command which was killed between the log and the ledger is
simply run again; no entry names a person: what the organisation calls its agreements and
assessments stands there only where it names nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from byline import proof
from byline.errors import IntegrityError
from byline.privacy.names import KnownPerson
from byline.proof.canonical import canonical_json, sha256_hex
from byline.proof.note import Signer
from byline.release.assessed import assessment_facts
from byline.release.basis import notices_digest
from byline.release.inputs import Inputs
from byline.release.logbook import Logged, record, record_all
from byline.release.unnamed import naming, unnamed
from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement
from byline.workspace.ledger import rows
from byline.workspace.ledger import tables as ledger_tables

LARGEST: Final = 65_535
"""Bytes of an entry (https://c2sp.org/tlog-tiles)."""
VERIFIER: Final = "verify.py"
DESTROYED: Final = "destroyed"
REMOVED: Final = frozenset({"release", "model"})
"""Kinds of what was erased that a removal is of; all other kinds are rows."""


def log_basis(path: Path, inputs: Inputs, *, capture: str | None, signer: Signer) -> None:
    """Everything that a release rests on, before it is decided: verifier, terms, notices, capture.

    Args:
        path: The log's folder.
        inputs: What the release will be decided from.
        capture: The hash of the capture manifest, where there is one.
        signer: The log's key.
    """
    known = inputs.known_people
    facts = [verifier_fact(), terms_fact(inputs.terms, known=known), notices_fact(inputs.terms)]
    facts += [capture_fact(capture)] if capture is not None else []
    facts += assessment_facts(inputs.terms.assessments, as_of=inputs.as_of, known=known)
    record_all(path, facts, signer=signer)


def log_verifier(path: Path, *, signer: Signer) -> Logged:
    """The stand-alone verifier that bundles carry, by the hash of its file.

    Raises:
        IntegrityError: This installation has no such file.
    """
    return record(path, verifier_fact(), signer=signer)


def log_run_started(
    path: Path,
    *,
    run: str,
    release: str,
    seal_sha256: str,
    purpose: str,
    settings_sha256: str,
    signer: Signer,
) -> Logged:
    """A run, before its first step; one that is resumed is the same entry."""
    fact = run_started_fact(
        run=run, release=release, seal_sha256=seal_sha256, purpose=purpose,
        settings_sha256=settings_sha256,
    )  # fmt: skip
    return record(path, fact, signer=signer)


def log_run_finished(
    path: Path, *, run: str, model: str, steps: int, chain: str, signer: Signer
) -> Logged:
    """A run, after its last step: what it made, and the last hash of its run log."""
    fact = run_finished_fact(run=run, model=model, steps=steps, chain=chain)
    return record(path, fact, signer=signer)


def log_deployment(path: Path, row: Mapping[str, Any], *, number: int, signer: Signer) -> Logged:
    """A deployment or its retirement, before the ledger has it.

    Args:
        path: The log's folder.
        row: The ledger's row of it; its place and job families stay out of the log.
        number: How many rows the ledger has of this deployment already: what is put to use again
            after it was retired is another fact.
        signer: The log's key.
    """
    fact = {
        "type": "deployment", "deployment": row["deployment"], "model": row["model"],
        "purpose": row["purpose"], "number": number,
        "state": "placed" if row["action"] == "deployed" else "retired",
    }  # fmt: skip
    return record(path, fact, signer=signer)


def log_removals(path: Path, ledger: sa.Engine, *, signer: Signer) -> list[Logged]:
    """Every removal on record, those too that a killed command did not come to log.

    The ledger has the row of one once its bytes are gone.
    """
    destroyed = rows(ledger, ledger_tables.SEALED, action=DESTROYED)
    return record_all(path, map(removal_fact, destroyed), signer=signer)


def log_canary(path: Path, commitment: str, *, signer: Signer) -> Logged:
    """A contributor's commitment to canaries (`byline.proof.canary`), 64 hexadecimal digits."""
    return record(path, canary_fact(commitment), signer=signer)


def verifier_fact() -> dict[str, Any]:
    """What the log records of the verifier that this installation ships."""
    place = Path(proof.__file__).with_name(VERIFIER)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise IntegrityError(
            f"the stand-alone verifier {place} cannot be read: {error.strerror}",
            advice="install Byline again",
        ) from error
    return {"type": "verifier", "name": VERIFIER, "sha256": sha256_hex(data), "size": len(data)}


def terms_fact(terms: Terms, *, known: Sequence[KnownPerson] = ()) -> dict[str, Any]:
    """What the log records of terms.

    Of more agreements than an entry can list, it has their count and the hash of the list.

    Args:
        terms: What decisions are made from.
        known: Whom no entry may name: an agreement called after one of them goes by its hash.
    """
    names = naming(known)
    listed = sorted(
        (_agreement(one, names) for one in terms.agreements),
        key=lambda one: (one["id"], one["version"], one["sha256"]),
    )
    fact: dict[str, Any] = {"type": "terms", "sha256": terms.digest, "agreements": listed}
    if len(canonical_json(fact)) > LARGEST:
        fact["agreements"] = {
            "count": len(listed),
            "sha256": sha256_hex(canonical_json(listed)),
        }
    return fact


def notices_fact(terms: Terms) -> dict[str, Any]:
    """What the log records of notices: how many were served how often, and one hash of all."""
    return {
        "type": "notices",
        "sha256": notices_digest(terms.notices),
        "notices": len({(one.notice, one.version) for one in terms.notices}),
        "served": len(set(terms.notices)),
    }


def capture_fact(sha256: str) -> dict[str, Any]:
    """What the log records of the capture manifest."""
    return {"type": "capture", "sha256": sha256}


def run_started_fact(
    *, run: str, release: str, seal_sha256: str, purpose: str, settings_sha256: str
) -> dict[str, Any]:
    """What the log records of a run before its first step."""
    return {
        "type": "run", "state": "started", "run": run, "release": release,
        "seal_sha256": seal_sha256, "purpose": purpose, "settings_sha256": settings_sha256,
    }  # fmt: skip


def run_finished_fact(*, run: str, model: str, steps: int, chain: str) -> dict[str, Any]:
    """What the log records of a run after its last step."""
    return {
        "type": "run", "state": "finished", "run": run, "model": model, "steps": steps,
        "chain": chain,
    }  # fmt: skip


def canary_fact(commitment: str) -> dict[str, Any]:
    """What the log records of a kit of canaries."""
    return {"type": "canary", "commitment": commitment}


def removal_fact(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the log records of a removal; `facts_sha256` is of what the ledger says was there."""
    detail = row["detail"]
    facts = {
        "sealing": row["sealing"], "subject": row["subject"], "sha256": row["sha256"],
        "kind": detail["kind"], "files": detail["files"], "bytes": detail["bytes"],
    }  # fmt: skip
    return {
        "type": "removal",
        "what": detail["kind"] if detail["kind"] in REMOVED else "rows",
        "id": row["subject"],
        "facts_sha256": sha256_hex(canonical_json(facts)),
    }


def _agreement(one: Agreement, names: Callable[[str], bool]) -> dict[str, str]:
    sha256 = sha256_hex(canonical_json(one.model_dump(mode="json", exclude_defaults=True)))
    return {
        "id": unnamed(one.id, sha256, names),
        "sha256": sha256,
        "version": unnamed(one.version, sha256, names),
    }
