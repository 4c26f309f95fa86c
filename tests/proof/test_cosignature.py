"""Cosignatures and cosigned checkpoints; vectors are of public logs and witnesses."""

from pathlib import Path

import pytest

from byline.proof import log
from byline.proof.checkpoint import Checkpoint, format_checkpoint
from byline.proof.cosignature import (
    ED25519,
    ML_DSA_44,
    CosigningKey,
    add_cosignatures,
    cosign,
    generate_cosigning_key,
    parse_cosigner,
    parse_cosigning_key,
    verify_cosignatures,
)
from byline.proof.cosigned import (
    best_checkpoint,
    keep,
    prove_under,
    verify_cosigned,
    verify_cosigned_proof,
)
from byline.proof.errors import (
    InclusionError,
    LogEntryError,
    MalformedError,
    ProofError,
    QuorumError,
    SignatureError,
)
from byline.proof.log import read_checkpoint
from byline.proof.note import Signer, Verifier, parse_vkey, sign_note
from byline.proof.policy import Group, KnownLog, KnownWitness, Policy, log_alone, parse_policy

LOG = Signer("harbour.example/byline", bytes(range(32)))
UNION = CosigningKey("union.example/witness", b"u" * 32)
AUDITOR = CosigningKey("auditor.example/w1", b"a" * 32)
QUANTUM = CosigningKey("regulator.example/w1", b"r" * 32, ML_DSA_44)
POLICY = Policy(
    (KnownLog(LOG.verifier),),
    (KnownWitness("union", UNION.cosigner), KnownWitness("auditor", AUDITOR.cosigner)),
    (Group("outside", 1, ("union", "auditor")),),
    "outside",
)
HERE = Path(__file__).parent


def checkpoint_note(size: int = 5, root: bytes = b"\7" * 32, signer: Signer = LOG) -> bytes:
    return sign_note(format_checkpoint(Checkpoint(signer.name, size, root)), signer)


def test_a_real_checkpoint_cosigned_by_four_real_witnesses():
    text, _, note = (HERE / "cosigned_ed25519.txt").read_bytes().partition(b"---\n")
    policy = parse_policy(text)
    accepted = verify_cosigned(note, policy)
    assert accepted.checkpoint.size == 1432088532
    assert [one.name for one in accepted.witnesses] == [
        "little-garden", "smartit", "remora", "stagemole",
    ]  # fmt: skip
    assert {one.time for one in accepted.witnesses} == {1779573024}
    with pytest.raises(SignatureError):
        verify_cosigned(note.replace(b"1432088532", b"1432088533"), policy)
    with pytest.raises(QuorumError, match="4 of"):
        verify_cosigned(b"".join(note.splitlines(keepends=True)[:-1]), policy)


def test_a_real_ml_dsa_cosignature():
    vkey, _, note = (HERE / "cosigned_mldsa.txt").read_bytes().partition(b"\n")
    cosigner = parse_cosigner(vkey.decode())
    assert cosigner.algorithm == ML_DSA_44
    assert cosigner.vkey == vkey.decode()
    [found] = verify_cosignatures(note, [cosigner])
    assert found.time == 1785704691
    with pytest.raises(SignatureError):
        verify_cosignatures(note.replace(b"185550722", b"185550723"), [cosigner])


@pytest.mark.parametrize("algorithm", [ED25519, ML_DSA_44])
def test_sign_and_verify(algorithm):
    key = generate_cosigning_key("union.example/w", algorithm=algorithm)
    assert parse_cosigning_key(key.skey) == key
    assert parse_cosigner(key.cosigner.vkey) == key.cosigner
    note = checkpoint_note()
    cosigned = note + cosign(note, key, 1_700_000_000)
    [found] = verify_cosignatures(cosigned, [key.cosigner])
    assert (found.cosigner, found.time) == (key.cosigner, 1_700_000_000)
    assert verify_cosignatures(cosigned, [UNION.cosigner]) == ()
    with pytest.raises(MalformedError, match="time"):
        cosign(note, key, 0)


def test_the_kinds_of_keys_are_not_mixed_up():
    with pytest.raises(MalformedError, match="witness"):
        parse_vkey(UNION.cosigner.vkey)
    with pytest.raises(MalformedError, match="type 0x01"):
        parse_cosigner(LOG.verifier.vkey)
    with pytest.raises(MalformedError) as caught:
        parse_cosigning_key(UNION.skey[:-9] + "AAAAAAA==")
    assert UNION.skey[40:60] not in str(caught.value)
    assert UNION.skey[40:60] not in repr(UNION)
    # The same key as that of a log is another key as a witness: its signatures do not pass.
    twin = CosigningKey(LOG.name, LOG.seed)
    note = checkpoint_note()
    assert verify_cosignatures(note, [twin.cosigner]) == ()


def test_no_flipped_bit_is_accepted():
    note = checkpoint_note()
    note += cosign(note, UNION, 1_700_000_000)
    verify_cosigned(note, POLICY)
    for place in range(len(note)):
        for bit in range(8):
            flipped = bytearray(note)
            flipped[place] ^= 1 << bit
            with pytest.raises(ProofError):
                verify_cosigned(bytes(flipped), POLICY)


def test_a_cosignature_of_another_checkpoint_spoils_this_one():
    note, other = checkpoint_note(5), checkpoint_note(6)
    for stolen in (
        cosign(other, UNION, 1_700_000_000),  # replayed from another size
        cosign(checkpoint_note(5, b"\x08" * 32), UNION, 1_700_000_000),  # from another root
        cosign(checkpoint_note(5, signer=Signer("other.example", bytes(32))), UNION, 17),
    ):
        with pytest.raises(SignatureError, match=r"union\.example"):
            verify_cosigned(note + stolen, POLICY)
        with pytest.raises(SignatureError):
            add_cosignatures(note, stolen, cosigners=POLICY.cosigners)


def test_who_signs_twice_counts_once():
    note = checkpoint_note()
    twice = note + cosign(note, UNION, 1_000) + cosign(note, UNION, 2_000)
    both = Policy(POLICY.logs, POLICY.witnesses, (Group("all", 2, ("union", "auditor")),), "all")
    with pytest.raises(QuorumError):
        verify_cosigned(twice, both)
    [union] = verify_cosigned(twice, POLICY).witnesses
    assert union.time == 2_000
    merged = add_cosignatures(twice, cosign(note, UNION, 1_500), cosigners=POLICY.cosigners)
    assert merged.count(b"union.example") == 1
    assert verify_cosigned(merged, POLICY).witnesses == (union,)


def test_only_a_log_of_the_policy_and_under_its_own_name():
    stranger = Signer("stranger.example", bytes(32))
    with pytest.raises(SignatureError):
        verify_cosigned(checkpoint_note(signer=stranger), log_alone(LOG.verifier))
    text = format_checkpoint(Checkpoint("harbour.example/other", 5, b"\7" * 32))
    with pytest.raises(SignatureError, match="checkpoint of"):
        verify_cosigned(sign_note(text, LOG), log_alone(LOG.verifier))
    rotated = log_alone(Verifier(LOG.name, stranger.verifier.public_key), LOG.verifier)
    assert verify_cosigned(checkpoint_note(), rotated).log_keys == (LOG.verifier,)


def test_cosignatures_outlive_the_next_append(tmp_path):
    path = tmp_path / "log"
    log.create(path, signer=LOG)
    log.append(path, [b"one", b"two", b"three"], signer=LOG)
    note = (path / "checkpoint").read_bytes()
    with pytest.raises(QuorumError):
        best_checkpoint(path, POLICY)
    keep(path, cosign(note, UNION, 1_000), note=note, policy=POLICY)
    served = (path / "checkpoint").read_bytes()
    assert verify_cosigned(served, POLICY).checkpoint.size == 3
    log.append(path, [b"four", b"five"], signer=LOG)
    assert read_checkpoint(path, verifier=LOG.verifier).size == 5
    best = best_checkpoint(path, POLICY)
    assert best == served
    keep(path, cosign(note, AUDITOR, 2_000), note=note, policy=POLICY)  # late, but kept
    best = best_checkpoint(path, POLICY)
    assert len(verify_cosigned(best, POLICY).witnesses) == 2
    proof = prove_under(path, 1, note=best)
    assert verify_cosigned_proof(proof, entry=b"two", policy=POLICY).checkpoint.size == 3
    with pytest.raises(InclusionError):
        verify_cosigned_proof(proof, entry=b"four", policy=POLICY)
    with pytest.raises(LogEntryError):
        prove_under(path, 3, note=best)
    newest = (path / "checkpoint").read_bytes()
    keep(path, cosign(newest, QUANTUM, 3), note=newest, policy=POLICY)  # unknown: not taken
    assert best_checkpoint(path, POLICY) == best
    keep(path, cosign(newest, UNION, 3_000), note=newest, policy=POLICY)
    assert verify_cosigned(best_checkpoint(path, POLICY), POLICY).checkpoint.size == 5
    assert [found.name for found in (path / "cosigned").iterdir()] == ["5"]
