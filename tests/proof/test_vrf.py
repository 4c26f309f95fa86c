import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.proof import edwards, vrf
from byline.proof.errors import MalformedError, ProofError, SignatureError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rfc9381.json").read_text())["vectors"]
SEED = bytes(range(32))
KEY = vrf.public_key(SEED)


def small_order_points():
    """Return the encodings of all eight points of small order, out of one of order eight."""
    for y in range(2, 100):
        try:
            point = edwards.decode(y.to_bytes(32, "little"))
        except MalformedError:
            continue
        torsion = edwards.multiply(edwards.ORDER, point)
        points = [edwards.encode(edwards.multiply(times, torsion)) for times in range(8)]
        if len(set(points)) == 8:
            return points
    raise AssertionError("no point of order eight found")


SMALL = small_order_points()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["alpha"] or "empty")
def test_published_vectors(vector):
    seed, key, alpha, proof, beta = (
        bytes.fromhex(vector[name]) for name in ("seed", "public_key", "alpha", "proof", "beta")
    )
    assert vrf.public_key(seed) == key
    assert vrf.prove(seed, alpha) == proof
    assert vrf.output(seed, alpha) == beta
    assert vrf.verify(key, alpha, proof) == beta


@settings(max_examples=15)
@given(alpha=st.binary(max_size=80))
def test_proof_gives_the_output_and_nothing_else_does(alpha):
    proof = vrf.prove(SEED, alpha)
    assert vrf.verify(KEY, alpha, proof) == vrf.output(SEED, alpha)
    for key, other in ((KEY, alpha + b"."), (vrf.public_key(bytes(32)), alpha)):
        with pytest.raises(SignatureError):
            vrf.verify(key, other, proof)


def test_any_flipped_bit_is_refused():
    proof = vrf.prove(SEED, b"alpha")
    for bit in range(0, len(proof) * 8, 7):
        changed = bytearray(proof)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProofError):
            vrf.verify(KEY, b"alpha", bytes(changed))


def test_response_not_below_the_order_is_refused():
    proof = vrf.prove(SEED, b"alpha")
    response = int.from_bytes(proof[48:], "little") + edwards.ORDER
    with pytest.raises(MalformedError, match="below the order"):
        vrf.verify(KEY, b"alpha", proof[:48] + response.to_bytes(32, "little"))


@pytest.mark.parametrize("encoded", SMALL, ids=lambda encoded: encoded.hex()[:8])
def test_small_order_is_refused_as_key_and_as_point(encoded):
    proof = vrf.prove(SEED, b"alpha")
    with pytest.raises(SignatureError, match="small order"):
        vrf.verify(encoded, b"alpha", proof)
    with pytest.raises(SignatureError, match="does not hold"):
        vrf.verify(KEY, b"alpha", encoded + proof[32:])
    with pytest.raises(SignatureError, match="does not hold"):
        vrf.verify(KEY, b"alpha", encoded + bytes(48))


def test_encodings_other_than_the_one_are_refused():
    above = [(edwards.FIELD + y).to_bytes(32, "little") for y in (0, 1, 3, 18)]
    signs = [
        (1 | 1 << 255).to_bytes(32, "little"),
        (edwards.FIELD - 1 | 1 << 255).to_bytes(32, "little"),
    ]
    off_curve = [(2).to_bytes(32, "little")]
    proof = vrf.prove(SEED, b"alpha")
    for encoded in [*above, *signs, *off_curve, b"", bytes(31), bytes(33)]:
        with pytest.raises(MalformedError):
            edwards.decode(encoded)
        with pytest.raises(MalformedError):
            vrf.verify(encoded, b"alpha", proof)
        with pytest.raises(MalformedError):
            vrf.verify(KEY, b"alpha", encoded + proof[32:])


def test_lengths_are_refused():
    proof = vrf.prove(SEED, b"alpha")
    for wrong in (b"", proof[:-1], proof + b"\x00"):
        with pytest.raises(MalformedError):
            vrf.verify(KEY, b"alpha", wrong)
    for seed in (b"", SEED[:-1], SEED + b"\x00"):
        with pytest.raises(MalformedError):
            vrf.prove(seed, b"alpha")


@settings(max_examples=20)
@given(
    first=st.integers(0, 2**255),
    second=st.integers(0, 2**255),
    seed=st.binary(min_size=32, max_size=32),
)
def test_points_obey_the_laws_of_the_group(first, second, seed):
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    point = edwards.decode(key)
    assert edwards.encode(point) == key
    total = edwards.add(edwards.multiply(first, point), edwards.multiply(second, point))
    assert edwards.equal(total, edwards.multiply(first + second, point))
    assert edwards.equal(edwards.multiply(edwards.ORDER, point), edwards.IDENTITY)
    base = edwards.multiply_base(1)
    assert edwards.equal(edwards.multiply_base(first), edwards.multiply(first, base))
    assert edwards.equal(edwards.add(point, edwards.negative(point)), edwards.IDENTITY)
