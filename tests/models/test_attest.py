"""in-toto attestations of releases and runs: made again from what lies there, and compared."""

import json
import shutil

import pytest
from sealed_fakes import learnable, quiet, tiny

from byline.errors import IntegrityError
from byline.models.attest import (
    ATTESTATION,
    check_attestation,
    release_statement,
    run_statement,
    write_attestation,
)
from byline.models.dsse import PAYLOAD_TYPE, key_id, open_statement, sign_statement
from byline.models.train import train
from byline.proof.note import generate_signer
from byline.workspace.files import sha256_file

pytest.importorskip("torch")

LOG = "co/byline"
SIGNER = generate_signer(LOG)
KEYS = [SIGNER.verifier]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    out = tmp_path_factory.mktemp("attested") / "m"
    made = train(learnable(), out=out, settings=tiny(steps=4), progress=quiet, kept_states=1)
    write_attestation(out, run_statement(out, made.run, log=LOG), signer=SIGNER)
    return made


@pytest.fixture
def release(tmp_path):
    """A release's folder as far as an attestation reads it."""
    (tmp_path / "seal").mkdir()
    (tmp_path / "seal" / "seal.json").write_text("{}")
    manifest = {
        "release": "rel_1", "name": "engineering", "purposes": ["assist_others"],
        "lane": "attributed", "decided_as_of": "2026-06-30", "byline": "0.1.0",
        "settings": {"completion": {"version": "1", "share": 0.5}}, "terms": "cd" * 32,
        "shards": [{"path": "data/train-0.parquet", "sha256": "ab" * 32}],
        "repositories": [{"name": "ledger-core", "commit": "12" * 20, "owner": "employer"}],
        "sources": {"jira": "ef" * 32},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path, manifest


def test_a_run_is_attested_with_what_it_was_made_from(model):
    again = run_statement(model.directory, model.run, log=LOG)
    assert check_attestation(model.directory, again, verifiers=KEYS) == SIGNER.verifier
    data = (model.directory / ATTESTATION).read_bytes()
    statement, _ = open_statement(data, verifiers=KEYS)
    subject = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    assert subject["model.safetensors"] == model.run["weights_sha256"]
    build, ran = statement["predicate"]["buildDefinition"], statement["predicate"]["runDetails"]
    [material] = build["resolvedDependencies"]
    assert material["digest"]["sha256"] == model.run["manifest_sha256"]
    assert ran["metadata"]["invocationId"] == model.run["run"]
    made = {one["name"]: one["digest"]["sha256"] for one in ran["byproducts"]}
    assert made["run-log.jsonl"] == sha256_file(model.directory / "run-log.jsonl")
    assert "states/00000002.safetensors" in made


def test_a_release_is_attested_with_its_commits_and_shards(release):
    directory, manifest = release
    statement = release_statement(directory, manifest, log=LOG)
    write_attestation(directory, statement, signer=SIGNER)
    assert check_attestation(directory, statement, verifiers=KEYS) == SIGNER.verifier
    assert [one["name"] for one in statement["subject"]] == [
        "manifest.json", "seal/seal.json", "data/train-0.parquet"
    ]  # fmt: skip
    materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert {"name": "ledger-core", "digest": {"gitCommit": "12" * 20}} in materials
    other = {**manifest, "repositories": [{"name": "ledger-core", "commit": "34" * 20}]}
    with pytest.raises(IntegrityError, match="ledger-core"):
        check_attestation(directory, release_statement(directory, other, log=LOG), verifiers=KEYS)


def test_what_lies_there_and_what_was_attested_must_agree(model, tmp_path):
    copy = tmp_path / "m"
    shutil.copytree(model.directory, copy)
    log = copy / "run-log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"step":2', b'"step":3'))
    with pytest.raises(IntegrityError, match=r"run-log\.jsonl"):
        check_attestation(copy, run_statement(copy, model.run, log=LOG), verifiers=KEYS)
    (copy / ATTESTATION).unlink()
    with pytest.raises(IntegrityError, match="cannot be read"):
        check_attestation(copy, run_statement(copy, model.run, log=LOG), verifiers=KEYS)


def test_an_envelope_of_another_key_or_with_any_bit_flipped_is_refused(release):
    data = sign_statement(release_statement(*release, log=LOG), signer=SIGNER)
    other = generate_signer(LOG)
    with pytest.raises(IntegrityError, match="no signature by a known key"):
        open_statement(data, verifiers=[other.verifier])
    assert open_statement(data, verifiers=[other.verifier, SIGNER.verifier])[1] == SIGNER.verifier
    for at in range(len(data) - 1):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(IntegrityError):
            open_statement(bytes(flipped), verifiers=KEYS)
    envelope = json.loads(data)
    swapped = {**envelope, "payloadType": "application/json"}
    many = {**envelope, "signatures": envelope["signatures"] * 65}
    twice = data.replace(b'{"payload":', b'{"payload":"AAAA","payload":', 1)
    for bad in (b"", b"[]", b"{}", b"\xff", json.dumps(swapped).encode(), b"[" * 100_000,
                json.dumps(many).encode(), twice):  # fmt: skip
        with pytest.raises(IntegrityError):
            open_statement(bad, verifiers=KEYS)


def test_their_libraries_read_and_verify_it_and_we_theirs(model):
    dsse = pytest.importorskip("securesystemslib.dsse")
    signers = pytest.importorskip("securesystemslib.signer")
    pb = pytest.importorskip("in_toto_attestation.v1.statement_pb2")
    provenance = pytest.importorskip("in_toto_attestation.predicates.provenance.v1.provenance_pb2")
    from google.protobuf import json_format
    from in_toto_attestation.v1.statement import Statement

    data = (model.directory / ATTESTATION).read_bytes()
    theirs = dsse.Envelope.from_dict(json.loads(data))
    key = signers.SSlibKey(
        key_id(SIGNER.verifier), "ed25519", "ed25519", {"public": SIGNER.verifier.public_key.hex()}
    )
    assert theirs.payload_type == PAYLOAD_TYPE
    assert list(theirs.verify([key], 1)) == [key_id(SIGNER.verifier)]
    parsed = json_format.Parse(theirs.payload, pb.Statement())
    Statement.copy_from_pb(parsed).validate()
    predicate = json.loads(theirs.payload)["predicate"]
    read = json_format.ParseDict(predicate, provenance.Provenance())
    assert read.run_details.metadata.invocation_id == model.run["run"]

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(SIGNER.seed)
    made = dsse.Envelope(theirs.payload, PAYLOAD_TYPE, {})
    made.sign(signers.CryptoSigner(private, key))
    statement, signer = open_statement(json.dumps(made.to_dict()).encode(), verifiers=KEYS)
    assert (statement, signer) == (json.loads(theirs.payload), SIGNER.verifier)
