"""Byline verifies what other implementations wrote.

vectors/go was written with golang.org/x/mod/sumdb and filippo.io/torchwood, vectors/python with
aics-tlog, both by benchmarks/cross_check; run.py there points BYLINE_CROSS_CHECK at a fresh one, and
does the other direction too. vectors/merkle_probes.json: from transparency-dev/merkle.
"""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from byline.proof import check, log, merkle
from byline.proof.checkpoint import parse_checkpoint
from byline.proof.cosignature import parse_cosigner
from byline.proof.cosigned import verify_cosigned
from byline.proof.errors import LogDamagedError, ProofError, SignatureError
from byline.proof.logfiles import read_head
from byline.proof.logproof import parse_proof, verify_proof
from byline.proof.note import parse_skey, parse_vkey, verify_note
from byline.proof.policy import parse_policy

VECTORS = Path(__file__).parent / "vectors"
FRESH = os.environ.get("BYLINE_CROSS_CHECK")
THEIRS = [Path(FRESH)] if FRESH else [VECTORS / "go", VECTORS / "python"]
PROBES = json.loads((VECTORS / "merkle_probes.json").read_text())


@pytest.fixture(params=THEIRS, ids=lambda path: path.name)
def theirs(request):
    return request.param


@pytest.fixture
def log_key(theirs):
    return parse_vkey((theirs / "log.vkey").read_text().strip())


def policy_of(theirs, log_key):
    witness_key = (theirs / "witness.vkey").read_text().strip()
    return parse_policy(f"log {log_key.vkey}\nwitness theirs {witness_key}\nquorum theirs\n")


def decoded(value):
    return base64.b64decode(value) if isinstance(value, str) else [decoded(part) for part in value]


def test_their_log_is_sound_entry_by_entry(theirs, log_key):
    report = check.check(theirs / "log", verifier=log_key)
    entries = list(log.entries(theirs / "log"))
    assert report.leftovers == ()
    assert len(entries) == report.checkpoint.size
    assert merkle.root([merkle.leaf_hash(entry) for entry in entries]) == report.checkpoint.root


def test_their_keys_and_cosignatures_verify(theirs, log_key):
    if (theirs / "log.skey").exists():
        assert parse_skey((theirs / "log.skey").read_text().strip()).verifier == log_key
    witness_key = (theirs / "witness.vkey").read_text().strip()
    assert parse_cosigner(witness_key).vkey == witness_key
    policy = policy_of(theirs, log_key)
    signed = (theirs / "log" / "checkpoint").read_bytes()
    cosigned = verify_cosigned(signed, policy)
    assert cosigned.checkpoint == parse_checkpoint(verify_note(signed, [log_key]).text)
    for place in range(0, len(signed) * 8, 97):
        changed = bytearray(signed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(ProofError):
            verify_cosigned(bytes(changed), policy)


def test_their_checkpoint_with_extension_lines_verifies(theirs, log_key):
    signed = (theirs / "checkpoint-extended").read_bytes()
    checkpoint = parse_checkpoint(verify_note(signed, [log_key]).text)
    assert checkpoint.extensions == ("extension line", "another with é")
    assert checkpoint.size == read_head(theirs / "log").size
    if signed.count("—".encode()) > 1:
        policy = policy_of(theirs, log_key)
        assert verify_cosigned(signed, policy).checkpoint == checkpoint


def test_their_proof_files_verify_and_prove_no_other_entry(theirs, log_key):
    entries = list(log.entries(theirs / "log"))
    files = list((theirs / "proofs").glob("*.tlog-proof"))
    for file in files:
        proof = parse_proof(file.read_bytes())
        checkpoint = verify_proof(proof, entry=entries[proof.index], verifiers=[log_key])
        assert checkpoint.size == len(entries)
        assert log.prove(theirs / "log", proof.index).hashes == proof.hashes
        with pytest.raises(ProofError):
            verify_proof(proof, entry=b"another", verifiers=[log_key])
        with pytest.raises(SignatureError):
            verify_proof(proof, entry=entries[proof.index], verifiers=[])


def test_their_trees_and_proofs_are_ours(theirs, log_key):
    hashes = [merkle.leaf_hash(entry) for entry in log.entries(theirs / "log")]
    for case in json.loads((theirs / "inclusion.json").read_text()):
        leaf, root, proof = (decoded(case[name]) for name in ("leaf", "root", "proof"))
        index, size = case["index"], case["size"]
        assert leaf == hashes[index]
        merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)
        assert merkle.inclusion_proof(hashes[:size], index) == proof
    for case in json.loads((theirs / "consistency.json").read_text()):
        old_root, root, proof = (decoded(case[name]) for name in ("old_root", "root", "proof"))
        old_size, size = case["old_size"], case["size"]
        merkle.verify_consistency(
            old_size=old_size, old_root=old_root, size=size, root=root, proof=proof
        )
        assert merkle.consistency_proof(hashes[:size], old_size) == proof


def test_a_flipped_bit_in_any_of_their_files_is_found(tmp_path, theirs, log_key):
    copy = tmp_path / "log"
    shutil.copytree(theirs / "log", copy)
    for path in sorted(copy.glob("tile/**/*")):
        if path.is_dir():
            continue
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(LogDamagedError) as caught:
            check.check(copy, verifier=log_key)
        assert str(path.relative_to(copy)) in caught.value.damaged
        path.write_bytes(data)
    check.check(copy, verifier=log_key)


def accepts(verify, **arguments):
    try:
        verify(**arguments)
    except ProofError:
        return False
    return True


def test_published_probes_of_inclusion():
    for probe in PROBES["inclusion"]:
        leaf, root, proof = (decoded(probe[name]) for name in ("leafHash", "root", "proof"))
        accepted = accepts(
            merkle.verify_inclusion,
            leaf=leaf,
            index=probe["leafIdx"],
            size=probe["treeSize"],
            proof=proof,
            root=root,
        )
        assert accepted is not probe["wantErr"], probe["desc"]


def test_published_probes_of_consistency():
    for probe in PROBES["consistency"]:
        old_root, root, proof = (decoded(probe[name]) for name in ("root1", "root2", "proof"))
        accepted = accepts(
            merkle.verify_consistency,
            old_size=probe["size1"],
            old_root=old_root,
            size=probe["size2"],
            root=root,
            proof=proof,
        )
        # One probe has words for roots, which merkle compares and Byline refuses as no hashes.
        expected = not probe["wantErr"] and len(root) == merkle.HASH_SIZE
        assert accepted is expected, probe["desc"]
