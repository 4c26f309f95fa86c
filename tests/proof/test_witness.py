"""Witnesses: the protocol of C2SP tlog-witness, and what a log that lies meets."""

import http.client
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from byline.proof import log
from byline.proof.checkpoint import Checkpoint, format_checkpoint
from byline.proof.cosignature import ML_DSA_44, CosigningKey, cosign, verify_cosignatures
from byline.proof.errors import SignatureError, WitnessError, WitnessRefusedError
from byline.proof.merkle import EMPTY_ROOT, build, consistency_proof, leaf_hash
from byline.proof.note import Signer, Verifier, parse_signatures, sign_note, verify_note
from byline.proof.witness import Witness, add_checkpoint, newest_cosigned
from byline.proof.witness_client import ask, post_to
from byline.proof.witness_http import WitnessServer
from byline.proof.witness_memory import folder_of, refusals
from byline.proof.witness_request import (
    MAX_REQUEST_BYTES,
    SIZE_TYPE,
    Answer,
    Request,
    format_request,
    say,
)

LOG = Signer("harbour.example/byline", bytes(range(32)))
NEXT = Signer("harbour.example/byline", b"n" * 32)  # the log's key after a rotation
UNION = CosigningKey("union.example/witness", b"u" * 32)
QUANTUM = CosigningKey("union.example/witness", b"q" * 32, ML_DSA_44)
LEAVES = [leaf_hash(bytes([number])) for number in range(20)]
FORKED = [*LEAVES[:3], *(leaf_hash(bytes([number, 1])) for number in range(3, 20))]


def witness_at(path, *, logs=(LOG.verifier,), keys=(UNION,)):
    return Witness(path, keys, logs, clock=lambda: 1_700_000_000)


def note_of(size, leaves=LEAVES, *, signer=LOG):
    root = build(leaves[:size]).root if size else EMPTY_ROOT
    return sign_note(format_checkpoint(Checkpoint(signer.name, size, root)), signer)


def request(old, size, leaves=LEAVES, *, signer=LOG, hashes=None):
    if hashes is None:
        hashes = consistency_proof(leaves[:size], old) if 0 < old <= size else []
    return format_request(Request(old, tuple(hashes), note_of(size, leaves, signer=signer)))


def status(witness, *args, **options):
    return add_checkpoint(witness, request(*args, **options)).status


def test_a_log_that_grows_is_cosigned(tmp_path):
    witness = witness_at(tmp_path, keys=(UNION, QUANTUM))
    for old, size in [(0, 0), (0, 3), (3, 3), (3, 8), (8, 20)]:
        answer = add_checkpoint(witness, request(old, size))
        assert (answer.status, answer.body.count(b"\n")) == (200, 2)
        found = verify_cosignatures(note_of(size) + answer.body, witness.cosigners)
        assert {one.time for one in found} == {1_700_000_000}
        assert {one.cosigner for one in found} == set(witness.cosigners)
    again = witness_at(tmp_path)  # another process: it remembers
    assert newest_cosigned(again, LOG.name).checkpoint.size == 20
    held = (folder_of(tmp_path, LOG.name) / "checkpoint").read_bytes()
    assert verify_note(held, [LOG.verifier])
    assert verify_cosignatures(held, [UNION.cosigner])


def test_every_status_of_the_specification(tmp_path):
    witness = witness_at(tmp_path)
    assert status(witness, 0, 5) == 200
    stranger = Signer("stranger.example", bytes(32))
    imposter = Signer(LOG.name, bytes(32))
    assert status(witness, 5, 8, signer=stranger) == 404
    assert status(witness, 5, 8, signer=imposter) == 403
    spoilt = request(5, 8)[:-8] + b"AAAAAA=\n"
    assert add_checkpoint(witness, spoilt).status == 403
    assert status(witness, 9, 8) == 400
    for old in (0, 4, 6):  # lied to about the old size
        answer = add_checkpoint(witness, request(old, 8))
        assert (answer.status, answer.body, answer.content_type) == (409, b"5\n", SIZE_TYPE)
    assert status(witness, 5, 8, hashes=[]) == 422
    assert status(witness, 5, 8, hashes=[bytes(32)] * 63) == 422
    assert status(witness, 5, 5, hashes=[bytes(32)]) == 422
    assert status(witness_at(tmp_path / "new"), 0, 8, hashes=[bytes(32)]) == 422
    bad_empty = sign_note(f"{LOG.name}\n0\n{'A' * 43}=\n", LOG)
    empty = format_request(Request(0, (), bad_empty))
    assert add_checkpoint(witness_at(tmp_path / "new"), empty).status == 422
    good = request(5, 8)
    for data in (
        b"", b"\n\n", good.replace(b"old 5", b"old 05"), good.replace(b"old 5", b"old -5"),
        good.replace(b"old 5\n", b"old 5\r\n"), good.replace(b"old", b"Old"), good[:-1],
        good.replace(b"old 5\n", b"old 5\n" + b"AAAA\n"), good.replace(b"\n8\n", b"\n08\n"),
        b"old 5\n" + b"A" * MAX_REQUEST_BYTES + good,
        format_request(Request(5, (bytes(32),) * 64, note_of(8))),
    ):  # fmt: skip
        assert add_checkpoint(witness, data).status in {400, 403}, data[:40]
    assert newest_cosigned(witness, LOG.name).checkpoint.size == 5
    assert add_checkpoint(witness, good).status == 200


def test_a_split_view_is_refused_and_both_checkpoints_are_kept(tmp_path):
    witness = witness_at(tmp_path)
    assert status(witness, 0, 8) == 200
    for _ in range(2):
        answer = add_checkpoint(witness, request(8, 8, FORKED))
        assert answer.status == 422
        assert b"split view" in answer.body
        assert b"kept" in answer.body
    assert status(witness, 0, 8, FORKED) == 409
    [kept] = refusals(folder_of(tmp_path, LOG.name))
    assert kept["kind"] == "split"
    one, other = (verify_note(kept[name].encode(), [LOG.verifier]) for name in ("held", "shown"))
    assert one.text.split("\n")[:2] == other.text.split("\n")[:2]
    assert one.text != other.text
    assert UNION.name not in kept["held"]


def test_a_fork_and_a_rollback_are_refused_and_kept(tmp_path):
    witness = witness_at(tmp_path)
    assert status(witness, 0, 8) == 200
    fork = add_checkpoint(witness, request(8, 20, FORKED))
    assert fork.status == 422
    assert b"consistency proof" in fork.body
    assert status(witness, 3, 5) == 409  # the log forgot
    assert status(witness, 5, 5, FORKED) == 409
    kinds = [one["kind"] for one in refusals(folder_of(tmp_path, LOG.name))]
    assert kinds == ["fork", "older", "older"]
    assert status(witness, 8, 20) == 200


def test_a_rotated_key_of_one_log(tmp_path):
    assert status(witness_at(tmp_path), 0, 5) == 200
    assert status(witness_at(tmp_path), 5, 8, signer=NEXT) == 403
    both = witness_at(tmp_path, logs=(LOG.verifier, NEXT.verifier))
    assert status(both, 5, 8, signer=NEXT) == 200
    assert status(both, 8, 8, FORKED, signer=LOG) == 422  # the old key forks the log
    later = witness_at(tmp_path, logs=(NEXT.verifier,))
    assert status(later, 8, 20, signer=NEXT) == 200


def test_a_damaged_memory_cosigns_nothing(tmp_path):
    witness = witness_at(tmp_path)
    assert status(witness, 0, 5) == 200
    held = folder_of(tmp_path, LOG.name) / "checkpoint"
    sound = held.read_bytes()
    other = sign_note(format_checkpoint(Checkpoint(LOG.name, 5, bytes(32))), NEXT)
    for data in (b"", sound[:-4] + b"AA=\n", sound.replace(b"\n5\n", b"\n4\n"), other):
        held.write_bytes(data)
        with pytest.raises(WitnessError, match="memory is damaged"):
            add_checkpoint(witness, request(5, 8))
    held.write_bytes(sound)
    assert status(witness, 5, 8) == 200


def race(state, seed):
    """Two branches are pushed at once by several threads; return the pushes that were cosigned."""
    draw = random.Random(seed)
    witness = witness_at(state)
    pushes = [
        (draw.choice([0, 3, 3, draw.randint(4, 9)]), draw.randint(10, 20), leaves)
        for leaves in (LEAVES, FORKED) for _ in range(3)
    ]  # fmt: skip
    draw.shuffle(pushes)
    add_checkpoint(witness, request(0, 3))
    bodies = [request(*push) for push in pushes]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: add_checkpoint(witness, body), bodies))
    cosigned = [push for push, answer in zip(pushes, answers, strict=True) if answer.status == 200]
    held = newest_cosigned(witness, LOG.name).checkpoint.size
    assert held == max((size for _, size, _ in cosigned), default=3)
    return cosigned


def test_of_two_branches_at_most_one_is_ever_cosigned(tmp_path, monkeypatch):
    """More of these, with a disk and between processes: benchmarks/witness_races.py."""
    monkeypatch.setattr("os.fsync", lambda _: None)
    branches = [race(tmp_path / str(seed), seed) for seed in range(200)]
    for seed, cosigned in enumerate(branches):
        assert len({id(leaves) for _, _, leaves in cosigned}) <= 1, (seed, cosigned)
    assert {id(cosigned[0][2]) for cosigned in branches if cosigned} == {id(LEAVES), id(FORKED)}


def test_the_requests_of_another_implementation(tmp_path):
    """Those of litewitness's own test: filippo.io/torchwood, cmd/litewitness/testdata."""
    name = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
    key = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
    witness = witness_at(tmp_path, logs=(Verifier(name, key),))
    asked = (Path(__file__).parent / "litewitness.txt").read_bytes().split(b"HTTP ")[1:]
    for number, one in enumerate(asked):
        expected, _, body = one.partition(b"\n")
        # Its spoilt signature is no canonical base64; an unknown origin is 404 in the specification.
        wanted = {1: 400, 2: 404}.get(number, int(expected))
        assert add_checkpoint(witness, body).status == wanted, number
    assert newest_cosigned(witness, name).checkpoint.size == 5


@pytest.fixture
def served(tmp_path):
    reports = []
    witness = witness_at(tmp_path / "state")
    with WitnessServer(("127.0.0.1", 0), witness=witness, report=reports.append) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server, reports
        server.shutdown()
        thread.join()


def fetched(server, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    connection.request(method, path, body=body, headers=headers or {})
    got = connection.getresponse()
    answer = (got.status, got.read())
    connection.close()
    return answer


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_log_is_cosigned_over_the_network(served, tmp_path):
    server, reports = served
    post = post_to(f"http://127.0.0.1:{server.server_address[1]}")
    path, twin = tmp_path / "log", tmp_path / "twin"
    for place in (path, twin):
        log.create(place, signer=LOG)
    log.append(path, [bytes([number]) for number in range(5)], signer=LOG)
    log.append(twin, [bytes([number, 1]) for number in range(7)], signer=LOG)
    for _ in range(2):  # the second time it learns the size from the witness
        note = (path / "checkpoint").read_bytes()
        lines = ask(post, note, path=path, cosigners=[UNION.cosigner])
        assert verify_cosignatures(note + lines, [UNION.cosigner])
        log.append(path, [b"more"], signer=LOG)
    with pytest.raises(WitnessRefusedError, match="not shown to begin with"):
        ask(post, (twin / "checkpoint").read_bytes(), path=twin, cosigners=[UNION.cosigner])
    with pytest.raises(SignatureError, match="has none by it"):
        ask(post, (path / "checkpoint").read_bytes(), path=path, cosigners=[QUANTUM.cosigner])
    old = note_of(4)
    with pytest.raises(WitnessRefusedError, match="rollback"):
        ask(post, old, path=path, cosigners=[UNION.cosigner])
    folder = folder_of(tmp_path, LOG.name).name
    assert fetched(server, "GET", f"/{folder}/checkpoint")[1].startswith(LOG.name.encode())
    kept = [json.loads(line) for line in fetched(server, "GET", f"/{folder}/refusals.jsonl")[1]
            .splitlines()]  # fmt: skip
    assert [one["kind"] for one in kept] == ["fork", "older"]
    assert fetched(server, "GET", "/") == (200, f"{UNION.cosigner.vkey}\n".encode())
    assert not any(LOG.name in line or "127" in line for line in reports)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_requests_are_bounded(served):
    server, reports = served
    for expected, method, path, body, headers in [
        (404, "GET", "/../../etc/passwd", None, {}),
        (404, "GET", f"/{'0' * 64}/checkpoint", None, {}),
        (404, "GET", f"/{'0' * 64}/.lock", None, {}),
        (404, "POST", "/add-checkpoint/x", b"old 0\n\n", {}),
        (400, "POST", "/add-checkpoint", b"old 0\n\n", {}),
        (413, "POST", "/add-checkpoint", None, {"Content-Length": str(MAX_REQUEST_BYTES + 1)}),
        (400, "POST", "/add-checkpoint", None, {"Content-Length": "-1"}),
        (411, "POST", "/add-checkpoint", None, {"Transfer-Encoding": "chunked"}),
        (501, "DELETE", "/add-checkpoint", None, {}),
    ]:
        assert fetched(server, method, path, body, headers)[0] == expected, (method, path, headers)
    assert not any("passwd" in line for line in reports)


def test_what_a_witness_may_answer(tmp_path):
    path = tmp_path / "log"
    log.create(path, signer=LOG)
    log.append(path, [b"one", b"two", b"three"], signer=LOG)
    note = (path / "checkpoint").read_bytes()
    known = [UNION.cosigner]
    older = note_of(2)
    for answer, error in [
        (Answer(200, cosign(older, UNION, 5)), SignatureError),  # replayed from another size
        (Answer(200, cosign(note, CosigningKey(UNION.name, b"x" * 32), 5)), SignatureError),
        (Answer(200, parse_signatures(note)[0].encode()), Exception),
        (Answer(409, b"4\n", SIZE_TYPE), WitnessRefusedError),
        (Answer(409, b"2\n", "text/plain"), WitnessError),
        (Answer(409, b"2\n", SIZE_TYPE), WitnessError),  # for ever
        (Answer(409, b"99999999999999999999\n", SIZE_TYPE), WitnessError),
        (say(422, "split view"), WitnessRefusedError),
        (say(404, "who are you?"), WitnessError),
    ]:
        with pytest.raises(error):
            ask(lambda _, answer=answer: answer, note, path=path, cosigners=known)
    stranger = cosign(note, CosigningKey("stranger.example", b"s" * 32), 5)
    lines = ask(
        lambda _: Answer(200, stranger + cosign(note, UNION, 5)), note, path=path, cosigners=known
    )
    assert lines == cosign(note, UNION, 5)
