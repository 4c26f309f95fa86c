"""Whose word the organisation's log needs beside its own, and what was witnessed of it.

Invariants: the log's keys in force come from the workspace and the witnesses and their quorum from
the policy's file, so that a rotated key needs no edit; a proof is renewed only if it holds before
and after.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from byline.errors import ConfigError, InputError, IntegrityError
from byline.proof import log
from byline.proof.checkpoint import Checkpoint, unverified_checkpoint
from byline.proof.cosignature import signature_lines
from byline.proof.cosigned import (
    best_checkpoint,
    is_accepted,
    kept_checkpoints,
    prove_under,
    read_checkpoint_under,
    verify_cosigned_proof,
)
from byline.proof.durable import read_file
from byline.proof.errors import ProofError, QuorumError
from byline.proof.logfiles import CHECKPOINT, read_head, read_note
from byline.proof.logproof import LogProof, format_proof, parse_proof, verify_proof
from byline.proof.note import MAX_NOTE_BYTES, Verifier, parse_signatures
from byline.proof.policy import MAX_POLICY_BYTES, NONE, KnownLog, Policy, log_alone, parse_policy
from byline.workspace.config import Config
from byline.workspace.files import write_bytes

ASK = "ask the witnesses with `byline log cosign`"


def policy_of(config: Config, verifiers: Sequence[Verifier]) -> Policy:
    """The policy that `[log] policy` names, with the log's own keys; without one, the log alone.

    Args:
        config: The configuration; `[log] witnesses` says where witnesses are asked.
        verifiers: The log's keys, the oldest first.

    Raises:
        ConfigError: The file is no policy, or is of another log, or a witness is not in it.
    """
    if config.log.policy is None:
        if config.log.cosigned or config.log.witnesses:
            raise ConfigError(
                "byline.toml: [log] names witnesses, but no policy says who they are",
                advice='name a policy with `policy = "policy.txt"`; see docs/witnesses.md',
            )
        return log_alone(*verifiers)
    path = config.at(config.log.policy)
    try:
        policy = parse_policy(read_file(path.parent, path.name, limit=MAX_POLICY_BYTES))
    except ProofError as error:
        advice = error.advice or "see docs/witnesses.md for one that is right"
        raise ConfigError(f"{path}: {error}", advice=advice) from error
    if policy.logs and not set(policy.verifiers) & set(verifiers):
        raise ConfigError(
            f"{path}: it names other logs than {verifiers[-1].vkey}",
            advice="leave `log` lines out: the workspace knows its own log's keys",
        )
    if config.log.cosigned and policy.quorum == NONE:
        raise ConfigError(
            f"{path}: [log] cosigned = true waits for witnesses, and `quorum none` asks for none",
            advice="name a quorum, or leave `cosigned` out",
        )
    logs = tuple(KnownLog(verifier, _url_of(policy, verifier)) for verifier in verifiers)
    return _with_addresses(replace(policy, logs=logs), config.log.witnesses, path)


def _url_of(policy: Policy, verifier: Verifier) -> str:
    return next((known.url for known in policy.logs if known.verifier == verifier), "")


def _with_addresses(policy: Policy, addresses: Mapping[str, str], path: Path) -> Policy:
    unknown = sorted(set(addresses) - {witness.name for witness in policy.witnesses})
    if unknown:
        raise ConfigError(
            f"byline.toml: [log] witnesses: {path} has no witness {unknown[0]!r}",
            advice="use the names that the policy has",
        )
    witnesses = tuple(
        replace(witness, url=addresses.get(witness.name, witness.url))
        for witness in policy.witnesses
    )
    return replace(policy, witnesses=witnesses)


def read_brought(path: Path, file: Path, *, policy: Policy) -> tuple[bytes, bytes]:
    """Read a checkpoint that was cosigned elsewhere, such as on a stick, if it is of this log.

    Args:
        path: The log's folder.
        file: The cosigned checkpoint.
        policy: Whose signatures count.

    Returns:
        The checkpoint as the log signed it, and the cosigned one.

    Raises:
        InputError: There is no such file.
        IntegrityError, SignatureError, ConsistencyError: It is not of this log.
    """
    data = _read(file)
    check_grown(path, read_checkpoint_under(data, policy).checkpoint)
    own = read_note(path, CHECKPOINT)
    text, _ = parse_signatures(data)
    if parse_signatures(own)[0] == text:
        return own, data
    return f"{text}\n".encode() + signature_lines(data, policy.verifiers), data


def check_grown(path: Path, seen: Checkpoint) -> None:
    """See that a log grew from a checkpoint that its key signed before.

    Args:
        path: The log's folder.
        seen: The earlier checkpoint.

    Raises:
        IntegrityError: The log is shorter now.
        ConsistencyError: It does not begin with what it had then.
    """
    head = read_head(path)
    if seen.size > head.size:
        raise IntegrityError(
            f"{path}: {seen.size:,} entries were signed before, now there are {head.size:,}",
            advice="the log was put back to an older copy; restore the newest, and keep both "
            "checkpoints: together they are the evidence",
        )
    if seen.size:
        log.verify_growth(path, old=seen, head=head)


def check_kept(path: Path, policy: Policy) -> None:
    """See that a log grew from every checkpoint of it that was cosigned and is kept beside it.

    Raises:
        IntegrityError, SignatureError, ConsistencyError: It did not, as after a restored copy.
    """
    for note in kept_checkpoints(path):
        check_grown(path, read_checkpoint_under(note, policy).checkpoint)


def read_seen(file: Path, *, policy: Policy) -> Checkpoint:
    """Read a checkpoint that was kept from before, signed by this log.

    Raises:
        InputError: There is no such file.
        SignatureError: It is not this log's.
    """
    return read_checkpoint_under(_read(file), policy).checkpoint


def _read(file: Path) -> bytes:
    try:
        return read_file(file.parent, file.name, limit=MAX_NOTE_BYTES)
    except ProofError as error:
        raise InputError(str(error), advice="check the path") from error


def renew_proofs(path: Path, proofs: Iterable[Path], *, policy: Policy) -> list[Path]:
    """Write proofs again under the newest checkpoint that the policy accepts.

    Args:
        path: The log's folder.
        proofs: `.tlog-proof` files; those that are missing, damaged or later are left as they are.
        policy: Whose signatures count.

    Returns:
        The files that were written.
    """
    note = best_checkpoint(path, policy)
    size = unverified_checkpoint(note).size
    written = []
    for file in proofs:
        old = _sound_proof(path, file, policy=policy)
        if old is None or old.index >= size or old.checkpoint == note:
            continue
        is_older = unverified_checkpoint(old.checkpoint).size <= size
        if is_older or not is_accepted(old.checkpoint, policy):
            new = replace(prove_under(path, old.index, note=note), extra=old.extra)
            write_bytes(file, format_proof(new))
            written.append(file)
    return written


def _sound_proof(path: Path, file: Path, *, policy: Policy) -> LogProof | None:
    """A proof that holds for the entry that the log has at its index, or None."""
    try:
        proof = parse_proof(file.read_bytes())
        [entry] = log.entries(path, start=proof.index, end=proof.index + 1)
        verify_proof(proof, entry=entry, verifiers=policy.verifiers)
    except (ProofError, OSError):
        return None
    return proof


def check_cosigned(path: Path, proof: LogProof, *, entry: bytes, policy: Policy) -> None:
    """See that a quorum cosigned a checkpoint with this entry: in its proof, or in the log since.

    Raises:
        QuorumError: None did yet.
        ProofError: The proof does not hold.
    """
    try:
        verify_cosigned_proof(proof, entry=entry, policy=policy)
    except QuorumError:
        note = best_checkpoint(path, policy)
        size = unverified_checkpoint(note).size
        if proof.index >= size:
            raise QuorumError(
                f"entry {proof.index:,} of the log came after the {size:,} that were cosigned",
                advice=ASK,
            ) from None
        renewed = prove_under(path, proof.index, note=note)
        verify_cosigned_proof(renewed, entry=entry, policy=policy)
