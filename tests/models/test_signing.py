"""A model's signature in the OpenSSF format: every file, every bit, and no more."""

import base64
import json
import os
import shutil

import pytest
from sealed_fakes import learnable, quiet, tiny

from byline.errors import ConfigError, InputError, IntegrityError
from byline.models.signing import (
    SIGNATURE,
    UNSIGNED,
    model_key,
    public_pem,
    read_public_key,
    sign_model,
    verify_model,
)
from byline.models.train import train
from byline.proof.canonical import canonical_json

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return model_key(tmp_path_factory.mktemp("keys") / "keys" / "model.key")


@pytest.fixture(scope="module")
def signed(tmp_path_factory, key):
    out = tmp_path_factory.mktemp("signed") / "m"
    train(learnable(), out=out, settings=tiny(steps=2), progress=quiet, kept_states=1)
    sign_model(out, key)
    return out


@pytest.fixture
def copy(signed, tmp_path):
    return shutil.copytree(signed, tmp_path / "m")


def test_every_file_is_signed_but_those_that_change_after_training(signed, copy, key):
    count = verify_model(copy, key.public_key())
    there = {p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()}
    assert count == len(there - set(UNSIGNED))
    (copy / "README.md").write_text("measured")
    (copy / "evaluation.json").write_text("{}")
    assert verify_model(copy, key.public_key()) == count
    again = (signed / SIGNATURE).read_bytes()
    sign_model(copy, key)
    said, before = json.loads((copy / SIGNATURE).read_bytes()), json.loads(again)
    assert said["dsseEnvelope"]["payload"] == before["dsseEnvelope"]["payload"]
    assert said == before  # the signature is a function of folder and key


def test_a_flipped_bit_a_file_added_removed_or_linked_is_found(copy, key):
    public = key.public_key()
    for name in ("model.safetensors", "states/00000001.safetensors", "run.json", "run-log.jsonl"):
        path = copy / name
        sound = path.read_bytes()
        for at in (0, len(sound) // 2, len(sound) - 1):
            data = bytearray(sound)
            data[at] ^= 1
            path.write_bytes(bytes(data))
            with pytest.raises(IntegrityError, match="was changed"):
                verify_model(copy, public)
        path.write_bytes(sound)
    (copy / "states" / "more.safetensors").write_bytes(b"")
    with pytest.raises(IntegrityError, match="was added"):
        verify_model(copy, public)
    (copy / "states" / "more.safetensors").unlink()
    (copy / "config.json").rename(copy / "elsewhere")
    with pytest.raises(IntegrityError, match="is gone"):
        verify_model(copy, public)
    (copy / "config.json").symlink_to(copy / "elsewhere")
    with pytest.raises(IntegrityError, match="is a link"):
        verify_model(copy, public)
    with pytest.raises(IntegrityError, match="is a link"):
        sign_model(copy, key)


def test_what_is_no_plain_file_or_cannot_be_listed_is_refused(copy, key, monkeypatch):
    os.mkfifo(copy / "special_tokens_map.json")  # whoever loads the folder would read from it
    with pytest.raises(IntegrityError, match="no plain file"):
        verify_model(copy, key.public_key())
    (copy / "special_tokens_map.json").unlink()
    scan = os.scandir

    def unlisted(path):
        if str(path).endswith("states"):
            raise PermissionError(13, "denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", unlisted)
    with pytest.raises(IntegrityError, match="cannot be listed"):
        verify_model(copy, key.public_key())


def test_a_signature_that_was_changed_or_is_anothers_is_refused(copy, key, tmp_path):
    path = copy / SIGNATURE
    sound = json.loads(path.read_bytes())
    other = model_key(tmp_path / "other.key").public_key()
    with pytest.raises(IntegrityError, match="names another key"):
        verify_model(copy, other)
    statement = json.loads(base64.b64decode(sound["dsseEnvelope"]["payload"]))
    statement["predicate"]["serialization"]["ignore_paths"].append("model.safetensors")
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    changed = {**sound, "dsseEnvelope": {**sound["dsseEnvelope"], "payload": payload}}
    for bad in (
        json.dumps(changed).encode(),
        json.dumps({**sound, "mediaType": "text/plain"}).encode(),
        json.dumps({**sound, "dsseEnvelope": {**sound["dsseEnvelope"], "signatures": []}}).encode(),
        canonical_json(sound).replace(b'{"dsseEnvelope":', b'{"dsseEnvelope":{},"dsseEnvelope":', 1),
        b"", b"{}", b"[]", b"null", b"\xff",
    ):  # fmt: skip
        path.write_bytes(bad)
        with pytest.raises(IntegrityError):
            verify_model(copy, key.public_key())
    data = canonical_json(sound)
    for at in range(0, len(data), 5):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        with pytest.raises(IntegrityError):
            verify_model(copy, key.public_key())
    path.unlink()
    with pytest.raises(IntegrityError, match="no signature of a model"):
        verify_model(copy, key.public_key())


def test_a_key_is_made_once_kept_private_and_no_other_kind_is_taken(key, tmp_path):
    path = tmp_path / "keys" / "model.key"
    made = model_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_pem(model_key(path).public_key()) == public_pem(made.public_key())
    public = tmp_path / "model.pub"
    public.write_bytes(public_pem(made.public_key()))
    assert public_pem(read_public_key(public)) == public_pem(made.public_key())
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="0600"):
        model_key(path)
    (tmp_path / "bad").write_text("no key")
    (tmp_path / "bad").chmod(0o600)
    with pytest.raises(ConfigError):
        model_key(tmp_path / "bad")
    with pytest.raises(InputError):
        read_public_key(tmp_path / "bad")


def test_the_openssf_package_verifies_ours_and_we_theirs(copy, key, tmp_path):
    signing = pytest.importorskip("model_signing.signing")
    verifying = pytest.importorskip("model_signing.verifying")
    public, private = tmp_path / "model.pub", tmp_path / "keys" / "model.key"
    model_key(private)
    public.write_bytes(public_pem(key.public_key()))

    def theirs():
        verifying.Config().use_elliptic_key_verifier(public_key=public).verify(
            copy, copy / SIGNATURE
        )

    theirs()
    weights = copy / "model.safetensors"
    sound = weights.read_bytes()
    weights.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    with pytest.raises(ValueError, match=r"model\.safetensors"):
        theirs()
    weights.write_bytes(sound)
    signing.Config().use_elliptic_key_signer(private_key=private).set_hashing_config(
        __import__("model_signing.hashing")
        .hashing.Config()
        .set_ignored_paths(paths=[copy / SIGNATURE, copy / "README.md"], ignore_git_paths=True)
    ).sign(copy, copy / SIGNATURE)
    mine = model_key(private).public_key()
    assert verify_model(copy, mine) > 8
    weights.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    with pytest.raises(IntegrityError, match="was changed"):
        verify_model(copy, mine)
