"""Asking the log's witnesses, and what is done with their cosignatures."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.cli.session import Session
from byline.cli.voice import Voice
from byline.errors import RefusedError, UsageError
from byline.models.purpose import PROOF_FILE as MODEL_PROOF
from byline.proof.checkpoint import Checkpoint
from byline.proof.cosigned import Cosigned, best_checkpoint, keep, read_checkpoint_under
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

LAST_MOMENT = 253_402_300_799  # the last second of the year 9999


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


def newest_cosigned(opened: Session, policy: Policy) -> Cosigned | None:
    """The newest checkpoint that somebody beside the log signed, if the policy accepts it."""
    try:
        found = read_checkpoint_under(best_checkpoint(opened.layout.log, policy), policy)
    except QuorumError:
        return None
    return found if found.witnesses else None


def witnesses_of(found: Cosigned | None) -> Mapping[str, Any] | None:
    """Who cosigned how many entries, for machines."""
    if found is None:
        return None
    return {
        "size": found.checkpoint.size,
        "cosigned": {one.name: _moment(one.time) for one in found.witnesses},
    }


def tell_witnesses(voice: Voice, found: Cosigned | None, policy: Policy, head: Checkpoint) -> None:
    """Say who cosigned how many entries, and how many came after."""
    if not policy.witnesses:
        voice.line("witnesses: none named in [log]; the log is as good as its owner's word")
        return
    if found is None:
        voice.line(f"witnesses: not yet cosigned by {policy.in_words()}")
        return
    names = ", ".join(f"{one.name} ({_moment(one.time)})" for one in found.witnesses)
    later = head.size - found.checkpoint.size
    voice.line(
        f"witnesses: {found.checkpoint.size} entries cosigned by {names}"
        + (f"; {later} came after" if later else "")
    )


def _moment(seconds: int) -> str:
    if seconds > LAST_MOMENT:  # a witness's clock can say anything below 2**63
        return f"{seconds} s after 1970"
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
