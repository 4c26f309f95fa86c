"""What a model may be used for: the purpose of its release, fixed when it was trained.

The purpose stands in `run.json` and is part of the model's id, which is a hash of the release, the
settings (the purpose among them) and the weights. Invariants: a folder whose record was changed is
not opened, wherever it lies; a model is opened for use for its own purpose and for no other;
measuring a model is a use for its own purpose.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from byline.errors import IntegrityError
from byline.models.identity import model_id
from byline.models.sealed import Sealed
from byline.proof.canonical import canonical_json
from byline.proof.errors import ProofError
from byline.proof.logproof import parse_proof, verify_proof
from byline.proof.note import Verifier
from byline.release.away import check_here
from byline.release.seal import named_in
from byline.terms.purposes import Purpose
from byline.terms.uses import Bound, check_use

PROOF_FILE: Final = "model.tlog-proof"


def bound_release(sealed: Sealed) -> Bound:
    """What a release may be used for."""
    return Bound(f"release {sealed.id}", sealed.purposes, named_in(sealed.manifest))


def bound_model(run: dict[str, Any]) -> Bound:
    """What a model may be used for, from its record."""
    return Bound(f"model {run['id']}", (str(run["purpose"]),), named_in(run))


def check_training(sealed: Sealed, purpose: str) -> Purpose:
    """The purpose, if a model may be trained from this release for it.

    Raises:
        UsageError: It is not a purpose.
        RefusedError: It may not, or the release's content is not here any more.
    """
    found = check_use(bound_release(sealed), purpose, action="trained from")
    check_here(sealed.directory, sealed.id)
    return found


def check_model_use(
    run: dict[str, Any],
    purpose: str,
    *,
    action: str = "opened",
    clauses: Mapping[str, Collection[str]] | None = None,
) -> Purpose:
    """The purpose, if a model may be used for it.

    The arguments are those of `byline.terms.uses.check_use`.

    Raises:
        UsageError: It is not a purpose.
        RefusedError: It may not.
    """
    return check_use(bound_model(run), purpose, action=action, clauses=clauses)


def check_record(directory: Path, run: dict[str, Any]) -> None:
    """See that a model's record is the one that its id was made of, and that its weights are here.

    Raises:
        IntegrityError: The record was changed.
        RefusedError: The weights were sealed away or destroyed.
    """
    check_here(directory, str(run["id"]))
    try:
        settings, release = run["settings"], run["release"]["id"]
        same_purpose = run["purpose"] == settings["purpose"]
        is_bound = run["id"] == model_id(
            release=release, settings=settings, weights_sha256=run["weights_sha256"]
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise IntegrityError(f"{directory}/run.json lacks or garbles {error}") from error
    if not (same_purpose and is_bound):
        raise IntegrityError(
            f"{directory}/run.json is not the record that model {run['id']} was registered with: "
            "its purpose, release or settings were changed",
            advice="restore the folder from a copy",
        )


def check_registered(run: dict[str, Any], row: Mapping[str, Any]) -> None:
    """See that a model's record says what the ledger says of it.

    Args:
        run: The record in its folder.
        row: The ledger's row of the model.

    Raises:
        IntegrityError: It says something else.
    """
    said = (run["id"], run["release"]["id"], run["purpose"], run["weights_sha256"])
    if said != tuple(row[name] for name in ("model", "release", "purpose", "weights_sha256")):
        raise IntegrityError(
            f"the folder of {row['model']} is not the model that was registered for "
            f"{row['purpose']}",
            advice="restore the folder from a copy",
        )


def model_entry(run: dict[str, Any]) -> dict[str, Any]:
    """What the log records of a model; the proof of it lies in the model's folder.

    A record of a version before run logs names no run, and its entry has none: it was not bound.
    """
    return {
        **({"run": run["run"]} if "run" in run else {}),
        "type": "model",
        "model": run["id"],
        "release": run["release"]["id"],
        "root": run["release"]["root"],
        "purpose": run["purpose"],
        "weights_sha256": run["weights_sha256"],
    }


def check_logged(directory: Path, run: dict[str, Any], *, verifiers: list[Verifier]) -> None:
    """See that the log vouches for a model's purpose, wherever its folder lies.

    Raises:
        IntegrityError: It has no proof, or the proof is of another record.
    """
    try:
        proof = parse_proof((directory / PROOF_FILE).read_bytes())
        verify_proof(proof, entry=canonical_json(model_entry(run)), verifiers=verifiers)
    except (ProofError, OSError) as error:
        raise IntegrityError(
            f"model {run['id']} in {directory} is not the one that was logged: {error}",
            advice="take the folder from the workspace that registered it",
        ) from error
