"""Asking the log's witnesses, and what is done with their cosignatures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from byline.cli.session import Session
from byline.errors import RefusedError, UsageError
from byline.models.purpose import PROOF_FILE as MODEL_PROOF
from byline.proof.cosigned import keep
from byline.proof.errors import (
    LogRolledBackError,
    ProofError,
    QuorumError,
    WitnessRefusedError,
)
from byline.proof.logproof import parse_proof
from byline.proof.policy import KnownWitness, Policy
from byline.proof.witness_client import ask, post_to
from byline.release.seal import MANIFEST, PROOF_FILE, SealedRelease, log_entry
from byline.release.witnessed import check_cosigned, policy_of, renew_proofs


@dataclass(frozen=True)
class Asked:
    """What came of asking one witness: its signature lines, or in words why there are none."""

    name: str
    state: str
    lines: bytes = b""
    is_refusal: bool = False


def own_policy(session: Session) -> Policy:
    """Whose signatures make this workspace's log believed."""
    return policy_of(session.config, session.verifiers())


def ask_all(
    note: bytes, *, policy: Policy, path: Path, say: Callable[[str], None]
) -> tuple[Asked, ...]:
    """Ask every witness of the policy that has an address, one after another.

    Raises:
        UsageError: None has one.
    """
    reachable = [witness for witness in policy.witnesses if witness.url]
    if not reachable:
        raise UsageError(
            "there is no witness to ask",
            advice="name them in [log] of byline.toml, or bring a cosigned checkpoint: --from",
        )
    asked = []
    for witness in reachable:
        say(f"asking {witness.name} at {witness.url}")
        asked.append(_ask_one(note, witness, path=path))
    return tuple(asked)


def _ask_one(note: bytes, witness: KnownWitness, *, path: Path) -> Asked:
    try:
        lines = ask(post_to(witness.url), note, path=path, cosigners=[witness.cosigner])
    except (WitnessRefusedError, LogRolledBackError) as error:
        return Asked(witness.name, str(error), is_refusal=True)
    except ProofError as error:
        return Asked(witness.name, str(error))
    return Asked(witness.name, "cosigned", lines)


def keep_and_renew(
    path: Path, lines: bytes, *, note: bytes, policy: Policy, proofs: Iterable[Path]
) -> list[Path]:
    """Keep cosignatures with the log, and write proofs again under what is then cosigned."""
    if lines:
        keep(path, lines, note=note, policy=policy)
    try:
        return renew_proofs(path, proofs, policy=policy)
    except QuorumError:  # others have yet to cosign
        return []


def proof_files(session: Session) -> list[Path]:
    """The log's proofs that lie beside releases and models."""
    releases = [folder / PROOF_FILE for folder in sorted(session.layout.releases.glob("rel_*"))]
    models = [folder / MODEL_PROOF for folder in sorted(session.layout.models.glob("*"))]
    return [path for path in (*releases, *models) if path.is_file()]


def check_release_cosigned(session: Session, sealed: SealedRelease) -> None:
    """Where `[log] cosigned` is set, see that a quorum of witnesses cosigned a release's seal.

    Raises:
        RefusedError: It has not yet.
    """
    if not session.config.log.cosigned:
        return
    policy = own_policy(session)
    proof = parse_proof((sealed.directory / PROOF_FILE).read_bytes())
    entry = log_entry(sealed, (sealed.directory / MANIFEST).read_bytes())
    try:
        check_cosigned(session.layout.log, proof, entry=entry, policy=policy)
    except QuorumError as error:
        raise RefusedError(
            f"{sealed.id}: its seal is not yet cosigned: {error}",
            advice="run `byline log cosign`; [log] cosigned = true makes training wait for it",
        ) from error
