"""Attestations and signatures that are written beside a release and a model, and their checks."""

from pathlib import Path
from typing import Any, Final

from byline.cli.session import Session
from byline.errors import IntegrityError
from byline.models.attest import (
    ATTESTATION,
    check_attestation,
    release_statement,
    run_statement,
    write_attestation,
)
from byline.models.folder import TrainedModel
from byline.models.identity import settings_sha256
from byline.models.purpose import check_logged, model_entry
from byline.models.ran import check_run
from byline.models.signing import (
    SIGNATURE,
    model_key,
    public_pem,
    read_public_key,
    sign_model,
    verify_model,
)
from byline.proof import log
from byline.proof.canonical import canonical_json, parse_canonical
from byline.proof.note import Verifier
from byline.proof.order import check_order
from byline.release.logbook import check_held
from byline.release.logged import run_finished_fact, run_started_fact
from byline.release.logindex import places_of
from byline.release.seal import SealedRelease
from byline.workspace.files import write_bytes

MODEL_KEY: Final = "model.key"
PUBLIC_MODEL_KEY: Final = "byline-model.pub"  # beside the log's public key, for everybody


def attest_release(session: Session, sealed: SealedRelease) -> None:
    """Attest how a release was made, unless that was done."""
    if not (sealed.directory / ATTESTATION).exists():
        signer = session.signer
        statement = release_statement(sealed.directory, sealed.manifest, log=signer.name)
        write_attestation(sealed.directory, statement, signer=signer)


def release_is_attested(sealed: SealedRelease, verifiers: list[Verifier]) -> bool:
    """Whether a release has an attestation, which then must hold.

    Raises:
        IntegrityError: It does not.
    """
    if not (sealed.directory / ATTESTATION).exists():
        return False
    statement = release_statement(sealed.directory, sealed.manifest, log=verifiers[0].name)
    check_attestation(sealed.directory, statement, verifiers=verifiers)
    return True


def vouch(session: Session, model: TrainedModel, *, anew: bool = False) -> None:
    """Attest how a model was made and sign its files, unless that was done or `anew` is asked."""
    signer = session.signer
    if anew or not (model.directory / ATTESTATION).exists():
        statement = run_statement(model.directory, model.run, log=signer.name)
        write_attestation(model.directory, statement, signer=signer)
    if anew or not (model.directory / SIGNATURE).exists():
        key = model_key(session.layout.log_key.with_name(MODEL_KEY))
        write_bytes(session.layout.log / PUBLIC_MODEL_KEY, public_pem(key.public_key()))
        sign_model(model.directory, key)


def check_vouched(
    model: TrainedModel, *, key: Path, verifiers: list[Verifier] | None
) -> dict[str, int]:
    """See that a model's folder is the one that was signed, and hangs together.

    Args:
        model: A model whose record and weights were checked.
        key: The public key that models are signed with.
        verifiers: Keys of the log; without them attestation and the log's proof are not looked at.

    Returns:
        How many files are signed, steps chained and states digested.

    Raises:
        InputError: There is no such key, or the model is of a version without run logs.
        IntegrityError: Something is not what was signed, attested, logged or trained.
    """
    files = verify_model(model.directory, read_public_key(key))
    if verifiers:
        statement = run_statement(model.directory, model.run, log=verifiers[0].name)
        check_attestation(model.directory, statement, verifiers=verifiers)
        check_logged(model.directory, model.run, verifiers=verifiers)
    steps = check_run(model)
    return {"files": files, "steps": len(steps), "states": sum(1 for s in steps if s.state)}


def run_facts(run: dict[str, Any]) -> list[dict[str, Any]]:
    """What the log must have of a model's run, from its record: how it started and how it ended."""
    return [
        run_started_fact(
            run=run["run"], release=run["release"]["id"], seal_sha256=run["seal_sha256"],
            purpose=run["purpose"], settings_sha256=settings_sha256(run["settings"]),
        ),
        run_finished_fact(
            run=run["run"], model=run["id"], steps=run["training"]["steps"],
            chain=run["run_log"]["chain"],
        ),
    ]  # fmt: skip


def check_started(session: Session, model: TrainedModel) -> None:
    """See that the log has the start of a model's run, which is written before the first step.

    Raises:
        IntegrityError: It has not: what was trained out of the log's sight is not put into it.
    """
    if "run" in model.run:
        started = canonical_json(run_facts(model.run)[0])
        if places_of(session.layout.log, [started]) == [None]:
            raise IntegrityError(
                f"{model.id} was not bound: {model.run['run']} was not logged before it started",
                advice=f"remove {model.directory} and train again",
            )


def check_bound(session: Session, model: TrainedModel, release: SealedRelease) -> None:
    """See in the log that release, run and model were written in their order, and as recorded.

    A run log that was written anew has another last chain than the log.

    Raises:
        IntegrityError: The log is damaged, or something was written too late, otherwise or never:
            the model was not bound to its data.
    """
    entry = canonical_json(model_entry(model.run))
    check_held(session.layout.log, entry, verifiers=session.verifiers())
    if "run" in model.run:
        facts = run_facts(model.run)
        places = places_of(session.layout.log, [canonical_json(fact) for fact in facts])
        for fact, place in zip(facts, places, strict=True):
            if place is None:
                raise IntegrityError(
                    f"{model.id} was not bound: the log has no entry that {fact['run']} "
                    f"{fact['state']} as its record tells",
                    advice="restore the model's folder from a copy, or train it again",
                )
    entries = list(log.entries(session.layout.log))
    seals = {release.id: release.seal.data} if release.seal else {}
    for problem in check_order(entries, seals=seals):
        found = entries[problem.index]
        said = parse_canonical(found) if problem.code != "malformed" else None
        is_of_run = (
            isinstance(said, dict)
            and said["type"] == "run"
            and said.get("run") == model.run.get("run")
        )
        if found == entry or is_of_run:  # other entries are for `byline log check`
            raise IntegrityError(
                f"{model.id} was not bound: entry {problem.index} of the log: {problem.message}",
                advice="train it again: `byline train` logs everything in order",
            )
