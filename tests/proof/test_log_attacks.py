"""What somebody who can write a log's folder, or who talks to a witness, tries: and meets."""

import json
import os
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest

from byline.cli.session import session
from byline.cli.voice import Voice
from byline.errors import ConfigError, InputError, IntegrityError
from byline.proof import keys, log, witness_client
from byline.proof.canonical import canonical_json
from byline.proof.checkpoint import Checkpoint, format_checkpoint
from byline.proof.cosignature import Cosigner, CosigningKey
from byline.proof.errors import (
    KeyFileError,
    LogDamagedError,
    LogEntryError,
    LogRolledBackError,
    MalformedError,
    WitnessError,
)
from byline.proof.journal import encode_frame, journal_header, journal_key
from byline.proof.keychain import key_entry
from byline.proof.note import Signer, Verifier, sign_note
from byline.proof.policy import parse_policy
from byline.proof.witness import Witness, add_checkpoint
from byline.proof.witness_client import post_to
from byline.proof.witness_http import WitnessServer
from byline.proof.witness_memory import folder_of, refusals
from byline.proof.witness_request import Request, format_request
from byline.release.logbook import open_log, record, record_all, rotate_key
from byline.release.witnessed import policy_of
from byline.workspace.config import read_config

LOG = Signer("harbour.example/byline", bytes(range(32)))
STRANGER = Signer(LOG.name, b"s" * 32)
UNION = CosigningKey("union.example/witness", b"u" * 32)


def test_a_journal_by_somebody_without_the_key_is_not_signed(tmp_path):
    path = tmp_path / "log"
    log.create(path, signer=LOG)
    log.append(path, [b"one"], signer=LOG)
    head = log.read_checkpoint(path, verifier=LOG.verifier)
    takeover = key_entry(STRANGER.verifier, signer=STRANGER, reason="mine now")
    for signer, entry in ((STRANGER, b"a lie"), (LOG, takeover)):
        key = journal_key(signer)
        header = journal_header(size=head.size, root=head.root, key=key)
        frame = encode_frame(header, first=head.size, entries=[entry], key=key)
        (path / ".journal").write_bytes(header + frame)
        with pytest.raises((LogDamagedError, LogEntryError)):
            log.append(path, [b"two"], signer=LOG)
        assert list(log.entries(path)) == [b"one"]


def test_a_log_put_back_behind_what_was_cosigned_is_not_signed_on(tmp_path):
    path = tmp_path / "log"
    log.create(path, signer=LOG)
    log.append(path, [b"one"], signer=LOG)
    old = shutil.copytree(path, tmp_path / "old")
    log.append(path, [b"two", b"three"], signer=LOG)
    (old / "cosigned").mkdir()
    shutil.copy(path / "checkpoint", old / "cosigned" / "3")
    with pytest.raises(LogRolledBackError, match="3 entries were cosigned"):
        log.append(old, [b"another two"], signer=LOG)
    assert list(log.entries(old)) == [b"one"]


def test_a_lost_log_is_not_made_anew_under_its_key(tmp_path):
    path, key = tmp_path / "log", tmp_path / "log.key"
    record(path, {"type": "a"}, signer=open_log(path, key=key, origin="Harbour"))
    shutil.rmtree(path)
    with pytest.raises(InputError, match="there is no log in"):
        open_log(path, key=key, origin="Harbour")
    assert not path.exists()
    record(path, {"type": "a"}, signer=open_log(path, key=tmp_path / "other", origin="Harbour"))
    (tmp_path / "other").unlink()
    with pytest.raises(InputError, match=r"there is no .*other"):
        open_log(path, key=tmp_path / "other", origin="Harbour")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["fchmod", "replace"])
def test_a_first_use_that_was_killed_is_finished(tmp_path, monkeypatch, name):
    path, key = tmp_path / "log", tmp_path / "log.key"

    def dying(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, name, dying)  # the key is empty; the log has no checkpoint
        with pytest.raises(KeyboardInterrupt):
            open_log(path, key=key, origin="Harbour")
    signer = open_log(path, key=key, origin="Harbour")
    assert record(path, {"type": "a"}, signer=signer).index == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.key"]


def test_a_key_that_a_kill_left_empty_does_not_stop_the_log(tmp_path):
    path, key = tmp_path / "log", tmp_path / "log.key"
    open_log(path, key=key, origin="Harbour")
    key.with_name("log.key.next").touch(mode=0o600)
    open_log(path, key=key, origin="Harbour")
    assert rotate_key(path, key=key, reason="yearly").index == 0
    key.write_bytes(b"")
    with pytest.raises(KeyFileError):  # of a key that signed there is no other
        open_log(path, key=key, origin="Harbour")


def test_a_key_is_on_disk_with_its_name_before_the_log_names_it(tmp_path, monkeypatch):
    path, key = tmp_path / "log", tmp_path / "keys" / "log.key"
    open_log(path, key=key, origin="Harbour")
    synced, true = [], os.fsync
    with monkeypatch.context() as patched:

        def watched(number):
            synced.append(str(Path(f"/proc/self/fd/{number}").readlink()))
            true(number)

        patched.setattr(os, "fsync", watched)
        rotate_key(path, key=key, reason="yearly")
    assert str(key.parent) in synced[: next(at for at, one in enumerate(synced) if "/log/" in one)]


def test_a_fact_that_another_process_logs_meanwhile_is_logged_once(tmp_path, monkeypatch):
    path, facts = tmp_path / "log", [{"type": "a"}, {"type": "b"}, {"type": "c"}]
    signer = open_log(path, key=tmp_path / "log.key", origin="Harbour")
    true, others = log.append, [facts[1:2], facts[:1]]

    def raced(path, entries, **options):
        if others:
            true(path, [canonical_json(fact) for fact in others.pop()], signer=signer)
        return true(path, entries, **options)

    monkeypatch.setattr(log, "append", raced)
    assert [one.index for one in record_all(path, facts, signer=signer)] == [0, 1, 2]
    assert list(log.entries(path)) == [canonical_json(fact) for fact in facts]
    with pytest.raises(LogEntryError):
        record(path, {"type": "a", "long": "x" * 70_000}, signer=signer)


def checkpoint(size, root, extensions=()):
    return sign_note(format_checkpoint(Checkpoint(LOG.name, size, root, extensions)), LOG)


def status(witness, note, *, old=0):
    return add_checkpoint(witness, format_request(Request(old, (), note))).status


def witness_at(state):
    return Witness(state, (UNION,), (LOG.verifier,), clock=lambda: 1_700_000_000)


def test_a_witness_that_lost_its_checkpoint_does_not_start_anew(tmp_path):
    witness = witness_at(tmp_path)
    assert status(witness, checkpoint(5, b"a" * 32)) == 200
    assert status(witness, checkpoint(5, b"b" * 32), old=5) == 422
    (folder_of(tmp_path, LOG.name) / "checkpoint").unlink()
    with pytest.raises(WitnessError, match="memory is damaged"):
        status(witness, checkpoint(5, b"b" * 32))


def test_a_log_cannot_fill_the_room_for_evidence_of_its_split(tmp_path, monkeypatch):
    monkeypatch.setattr("byline.proof.witness_memory.MAX_REFUSALS_BYTES", 100_000)
    witness, padding = witness_at(tmp_path), ("x" * 20_000,)
    assert status(witness, checkpoint(9, b"a" * 32, padding)) == 200
    for size in range(1, 9):
        assert status(witness, checkpoint(size, b"b" * 32)) == 409
    assert status(witness, checkpoint(9, b"c" * 32), old=9) == 422
    kinds = [one["kind"] for one in refusals(folder_of(tmp_path, LOG.name))]
    assert kinds[-1] == "split"
    assert "older" not in kinds  # one of these is larger than the room for all of them


def test_a_key_that_anybody_could_sign_for_is_none(tmp_path):
    neutral = bytes([1]) + bytes(31)  # with it, one signature fits every text
    for key in (neutral, bytes(32), b"\xed" + b"\xff" * 31):
        for kind in (Verifier, Cosigner):
            with pytest.raises(MalformedError, match="small order"):
                kind("evil.example/byline", key)


@pytest.fixture
def served(tmp_path):
    with WitnessServer(("127.0.0.1", 0), witness=witness_at(tmp_path), report=print) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address
        server.shutdown()
        thread.join()


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("header", [b"Content-Length: 33", b"Transfer-Encoding: chunked"])
def test_no_request_hides_in_the_body_of_another(served, header):
    hidden = b"GET / HTTP/1.1\r\nHost: witness\r\n\r\n"
    with socket.create_connection(served, timeout=5) as connection:
        connection.sendall(b"GET /none HTTP/1.1\r\nHost: w\r\n" + header + b"\r\n\r\n" + hidden)
        got = b""
        while data := connection.recv(65_536):
            got += data
    assert got.count(b"HTTP/1.1 ") == 1
    assert b" 404 " in got


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_witness_that_drips_does_not_hold_the_log(monkeypatch):
    monkeypatch.setattr(witness_client, "MAX_SECONDS", 0.3)
    done = threading.Event()

    def drip(listening):
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not done.wait(0.05):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        threading.Timer(5, done.set).start()
        begun = time.monotonic()
        with pytest.raises(WitnessError, match="no answer"):
            post_to(f"http://127.0.0.1:{listening.getsockname()[1]}")(b"old 0\n\n")
        held = time.monotonic() - begun
        done.set()
        thread.join()
    assert held < 4


def test_waiting_for_witnesses_needs_a_quorum(tmp_path):
    (tmp_path / "policy.txt").write_text(f"witness union {UNION.cosigner.vkey}\nquorum none\n")
    (tmp_path / "byline.toml").write_text(
        '[organisation]\nname = "H"\n[log]\npolicy = "policy.txt"\ncosigned = true\n'
    )
    config = read_config(tmp_path / "byline.toml")
    with pytest.raises(ConfigError, match="quorum none"):
        policy_of(config, [LOG.verifier])


def test_the_keys_in_another_logs_folder_are_not_believed(tmp_path):
    (tmp_path / "byline.toml").write_text('[organisation]\nname = "Harbour"\n')
    with session(tmp_path, voice=Voice(quiet=True)) as opened:
        path, key = opened.layout.log, opened.layout.log_key
        signer = opened.signer
        first = opened.verifiers()
        rotate_key(path, key=key, reason="yearly")
        (path / "byline-log.vkey").write_text(f"{first[0].vkey}\n")  # killed before it was written
        assert opened.verifiers() == first
        shutil.rmtree(path)
        other = tmp_path / "other.key"
        keys.save_signer(other, Signer(signer.name, b"o" * 32))
        log.create(path, signer=keys.load_signer(other))
        keys.save_verifier(path / "byline-log.vkey", keys.load_signer(other).verifier)
        with pytest.raises(IntegrityError, match="this workspace's is"):
            opened.verifiers()


def test_a_quorum_in_words_can_be_printed():
    policy = parse_policy(b"witness \xff " + UNION.cosigner.vkey.encode() + b"\nquorum \xff\n")
    assert policy.in_words().encode()
    assert json.dumps(policy.in_words(), ensure_ascii=False).encode()
