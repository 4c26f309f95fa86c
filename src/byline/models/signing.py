"""OpenSSF model signing: one signature over every file of a model's folder.

The format is that of `model-signing` 1.1 (https://github.com/sigstore/model-transparency), in its
mode with a key: a Sigstore bundle with a DSSE envelope of an in-toto statement whose predicate
lists the files; ECDSA on P-256 with SHA-256. Written here because the package brings Sigstore's
network clients; tests hold the two equal. Invariants: what changes after training is named as
unsigned in the signature itself; a link is never signed nor followed.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from byline.errors import ConfigError, InputError, IntegrityError
from byline.models.attest import ATTESTATION
from byline.models.dsse import (
    STATEMENT,
    each_once,
    envelope_of,
    pre_authentication,
    read_envelope,
    read_statement,
)
from byline.models.folder import WEIGHTS
from byline.models.purpose import PROOF_FILE
from byline.proof.canonical import canonical_json
from byline.proof.errors import KeyFileError
from byline.proof.keys import create_file, read_private
from byline.release.away import AWAY_FILE
from byline.workspace.files import sha256_file, write_bytes

SIGNATURE: Final = "model.sig"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
PREDICATE: Final = "https://model_signing/signature/v1.0"
UNSIGNED: Final = tuple(
    sorted(("README.md", "evaluation.json", SIGNATURE, PROOF_FILE, ATTESTATION, AWAY_FILE))
)
"""Written or changed after training; the attestation and the log's proof are signed themselves."""
GIT: Final = frozenset({".git", ".gitattributes", ".github", ".gitignore"})
MAX_SIGNATURE_BYTES: Final = 16_000_000

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


def model_key(path: Path) -> PrivateKey:
    """The key that signs models, P-256 in PEM with mode 0600; made at first use.

    Raises:
        ConfigError: What is at the path is no such key, or others may read it.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            create_file(path, _pem(ec.generate_private_key(ec.SECP256R1())), mode=0o600)
        key = serialization.load_pem_private_key(read_private(path).encode(), password=None)
    except (KeyFileError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} is no key that signs models: {error}") from error
    if not isinstance(key, PrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError(f"{path} is no key on the curve P-256")
    return key


def read_public_key(path: Path) -> PublicKey:
    """A public key in PEM.

    Raises:
        InputError: There is none at the path.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no public key of a model's signer: {error}") from error
    if not isinstance(key, PublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InputError(f"{path} is no public key on the curve P-256")
    return key


def public_pem(key: PublicKey) -> bytes:
    """A public key in PEM, as everybody may have it."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def sign_model(directory: Path, key: PrivateKey) -> Path:
    """Sign every file of a model's folder but UNSIGNED; write the signature beside them.

    Raises:
        IntegrityError: A link lies in the folder.
    """
    files = _files(directory, unsigned=UNSIGNED)
    resources = [{"algorithm": "sha256", "digest": of, "name": name} for name, of in files]
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": directory.name, "digest": {"sha256": _root(files)}}],
        "predicateType": PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": list(UNSIGNED),
            },
            "resources": resources,
        },
    }
    payload = canonical_json(statement)
    # RFC 6979: the same folder under the same key has one signature, and no chance can spoil it.
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    signature = key.sign(pre_authentication(payload), algorithm)
    bundle = {
        "mediaType": BUNDLE,
        "verificationMaterial": {
            "publicKey": {"hint": _hint(key.public_key())},
            "tlogEntries": [],
        },
        "dsseEnvelope": envelope_of(payload, signature, keyid=""),
    }
    path = directory / SIGNATURE
    write_bytes(path, canonical_json(bundle) + b"\n")
    return path


def verify_model(directory: Path, key: PublicKey) -> int:
    """See that a model's folder holds exactly the files that were signed; how many they are.

    Raises:
        IntegrityError: There is no signature by this key, or a file was changed, added or removed.
    """
    statement = _signed_statement(directory / SIGNATURE, key)
    try:
        predicate = statement["predicate"]
        unsigned = tuple(map(str, predicate["serialization"].get("ignore_paths", ())))
        form = predicate["serialization"]["method"], predicate["serialization"]["hash_type"]
        signed = {str(one["name"]): str(one["digest"]) for one in predicate["resources"]}
        kinds = {str(one["algorithm"]) for one in predicate["resources"]}
        root = bytes.fromhex(statement["subject"][0]["digest"]["sha256"]).hex()
        is_whole = root == _root((name, of) for name, of in signed.items())
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(
            f"{directory / SIGNATURE}: no list of signed files: {error}"
        ) from error
    if form != ("files", "sha256") or kinds != {"sha256"} or not is_whole:
        raise IntegrityError(f"{directory / SIGNATURE} signs in a form that is not known here")
    strange = set(unsigned) - set(UNSIGNED) - GIT
    if strange or not set(signed) & set(WEIGHTS.values()):
        raise IntegrityError(f"{directory / SIGNATURE} leaves out what must be signed")
    _compare(directory, signed, dict(_files(directory, unsigned=(*unsigned, SIGNATURE))))
    return len(signed)


def _compare(directory: Path, signed: Mapping[str, str], found: Mapping[str, str]) -> None:
    for problem, names in (
        ("is gone", signed.keys() - found.keys()),
        ("was added", found.keys() - signed.keys()),
        ("was changed", {name for name in signed if found.get(name) != signed[name]}),
    ):
        if names:
            raise IntegrityError(
                f"{directory / min(names)} {problem} since the model was signed",
                advice="take the folder from where it was signed",
            )


def _signed_statement(path: Path, key: PublicKey) -> dict[str, Any]:
    try:
        with path.open("rb") as stored:
            bundle = json.loads(stored.read(MAX_SIGNATURE_BYTES), object_pairs_hook=each_once)
        kind, material = bundle["mediaType"], bundle["verificationMaterial"]
        envelope = bundle["dsseEnvelope"]
        payload, [(_, signature)] = read_envelope(json.dumps(envelope).encode())
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise IntegrityError(f"{path} is no signature of a model: {error}") from error
    if kind != BUNDLE:
        raise IntegrityError(f"{path} is no signature of a model, but {str(kind)[:80]!r}")
    if len(bundle) != 3 or material not in _materials(key):
        raise IntegrityError(f"{path} names another key than {_hint(key)[:16]}…, or says more")
    try:
        key.verify(signature, pre_authentication(payload), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise IntegrityError(f"{path} is not signed by the key {_hint(key)[:16]}…") from error
    statement = read_statement(payload)
    if statement.get("predicateType") != PREDICATE:
        raise IntegrityError(f"{path} is no signature of a model, but of something else")
    return statement


def _files(directory: Path, *, unsigned: tuple[str, ...]) -> list[tuple[str, str]]:
    """Path and SHA-256 of every file but those unsigned, in the order of the parts of paths."""
    left_out = [PurePosixPath(name) for name in (*unsigned, *GIT)]
    found = []
    for folder, folders, names in os.walk(directory, onerror=_unlisted):
        for name in (*folders, *names):
            path = Path(folder) / name
            place = PurePosixPath(path.relative_to(directory).as_posix())
            if path.is_symlink():
                raise IntegrityError(f"{path} is a link: what it leads to is not signed")
            if path.is_dir() or any(place.is_relative_to(one) for one in left_out):
                continue
            if not path.is_file():
                raise IntegrityError(f"{path} is no plain file: what it gives is not signed")
            found.append((place, sha256_file(path)))
    return [(str(place), of) for place, of in sorted(found)]


def _unlisted(error: OSError) -> None:
    raise IntegrityError(f"{error.filename} cannot be listed: {error.strerror}") from error


def _root(files: Any) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(of) for _, of in files)).hexdigest()


def _hint(key: PublicKey) -> str:
    return hashlib.sha256(public_pem(key)).hexdigest()


def _materials(key: PublicKey) -> list[dict[str, Any]]:
    """What a bundle signed by a key may say of how it is verified: nothing else is vouched for."""
    named = {"publicKey": {"hint": _hint(key)}}
    return [named, {**named, "tlogEntries": []}]


def _pem(key: PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
