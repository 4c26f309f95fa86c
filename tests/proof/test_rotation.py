import base64
import os
import shutil

import pytest
from small_logs import Killed

from byline.errors import InputError, IntegrityError
from byline.proof import check, keys, log, logproof, note
from byline.proof.appender import appending
from byline.proof.canonical import canonical_json
from byline.proof.errors import (
    LogEntryError,
    LogKeyError,
    MalformedError,
    SignatureError,
)
from byline.proof.keychain import key_at, key_entry, keys_in_force
from byline.proof.rotation import complete_rotation, rotate
from byline.release.logbook import check_held, check_log, open_log, record, rotate_key

NAME = "example.com/log"
FIRST = note.Signer(NAME, bytes(range(32)))
SECOND = note.Signer(NAME, bytes(range(1, 33)))
THIRD = note.Signer(NAME, bytes(range(2, 34)))


@pytest.fixture
def made(tmp_path):
    """A log of two entries, and its key's file."""
    path, key = tmp_path / "log", tmp_path / "log.key"
    keys.save_signer(key, FIRST)
    log.create(path, signer=FIRST)
    log.append(path, [b"0", b"1"], signer=FIRST)
    return path, key


def test_the_next_key_signs_and_the_old_one_no_more(made):
    path, key = made
    old_proof = log.prove(path, 0)
    done = rotate(path, key, reason="yearly")
    after = keys.load_signer(key)
    assert (done.before, done.after, done.index) == (FIRST.verifier, after.verifier, 2)
    assert keys.load_signer(done.retired) == FIRST
    for verifier in (FIRST.verifier, after.verifier):
        assert check.check(path, verifier=verifier).checkpoint.size == 3
    for call in (
        lambda: log.append(path, [b"3"], signer=FIRST),
        lambda: appending(path, signer=FIRST).__enter__(),
    ):
        with pytest.raises(LogKeyError, match=r"expected the key example.com/log\+"):
            call()
    assert log.append(path, [b"3"], signer=after) == [3]
    assert check.check(path, verifier=after.verifier).checkpoint.origin == NAME
    with pytest.raises(SignatureError):
        check.check(path, verifier=FIRST.verifier)
    with pytest.raises(SignatureError):
        log.append(path, [b"4"], signer=FIRST)
    chain = keys_in_force(log.entries(path), FIRST.verifier)
    assert chain == [(FIRST.verifier, 0), (after.verifier, 3)]
    assert [key_at(chain, size) for size in (0, 2, 3, 9)] == [FIRST.verifier] * 2 + [
        after.verifier
    ] * 2
    logproof.verify_proof(old_proof, entry=b"0", verifiers=[one for one, _ in chain])


@pytest.mark.usefixtures("fast")
def test_a_rotation_killed_anywhere_is_finished_by_the_next_run(tmp_path, monkeypatch):
    step, is_done, base = 0, False, tmp_path / "base"
    base.mkdir()
    signer = open_log(base / "log", key=base / "log.key", origin="Example")
    record(base / "log", {"type": "a"}, signer=signer)
    while not is_done:
        folder = shutil.copytree(base, tmp_path / f"{step}")
        path, key = folder / "log", folder / "log.key"
        dead, calls = [], iter(range(10_000))
        with monkeypatch.context() as patched:
            for name in ("replace", "fsync", "link"):
                true = getattr(os, name)

                def dying(*args, true=true, dead=dead, calls=calls, step=step):
                    if dead or next(calls) == step:
                        dead.append(1)
                        raise Killed
                    return true(*args)

                patched.setattr(os, name, dying)
            try:
                rotate_key(path, key=key, reason="yearly")
                is_done = True
            except Killed:
                pass
        signer = open_log(path, key=key, origin="Example")
        entries = list(log.entries(path))
        assert (len(entries) == 2) == (signer.verifier.vkey.encode() in entries[-1])
        record(path, {"type": "b"}, signer=signer)
        if len(entries) == 1:
            rotate_key(path, key=key, reason="yearly")
            signer = open_log(path, key=key, origin="Example")
            record(path, {"type": "c"}, signer=signer)
        held = keys.load_verifiers(path / "byline-log.vkey")
        assert len(held) == 2
        assert check_log(path, verifiers=held).leftovers == ()
        assert check_log(path, verifiers=held[:1]).checkpoint.origin == "example/byline"
        assert not (folder / "log.key.next").exists()
        step += 1
    assert step > 15


def test_keys_follow_only_from_signatures_of_the_one_before():
    second, third = SECOND.verifier, THIRD.verifier
    good = [
        b"0",
        key_entry(second, signer=FIRST, reason=""),
        key_entry(third, signer=SECOND, reason=""),
    ]
    assert keys_in_force(good, FIRST.verifier) == [(FIRST.verifier, 0), (second, 2), (third, 3)]
    assert keys_in_force(good, second) == [(second, 2), (third, 3)]
    assert keys_in_force(good, third) == [(third, 3)]
    with pytest.raises(SignatureError, match="expected a size of 3"):
        key_at(keys_in_force(good, third), 2)
    other = note.Signer("other", bytes(32)).verifier
    for wrong in (
        [key_entry(second, signer=THIRD, reason="")],
        [key_entry(other, signer=FIRST, reason="")],
        [good[1], key_entry(third, signer=FIRST, reason="")],
        [*good, key_entry(second, signer=THIRD, reason="")],
        [good[1], good[1]],
    ):
        with pytest.raises(SignatureError):
            keys_in_force(wrong, FIRST.verifier)


@pytest.mark.parametrize(
    "change",
    [
        {"more": "1"},
        {"reason": 1},
        {"signature": "%%%"},
        {"signature": "\u00e9"},
        {"next": "key"},
    ],
)
def test_a_key_entry_in_another_form_is_refused(change):
    value = {
        "type": "key",
        "next": SECOND.verifier.vkey,
        "reason": "",
        "signature": base64.b64encode(bytes(64)).decode(),
    }
    with pytest.raises(MalformedError):
        keys_in_force([canonical_json(value | change)], FIRST.verifier)


def test_only_a_rotation_writes_a_key_entry(made):
    path, _ = made
    entry = key_entry(SECOND.verifier, signer=FIRST, reason="")
    with pytest.raises(LogEntryError, match="hand the log over"):
        log.append(path, [b"2", entry], signer=FIRST)
    with appending(path, signer=FIRST) as writer:
        for call in (lambda: writer.append(entry), lambda: writer.append_all([entry])):
            with pytest.raises(LogEntryError, match="hand the log over"):
                call()
    mentions = canonical_json({"type": "note", "about": {"type": "key"}})
    assert log.append(path, [mentions, b'"type":"key"'], signer=FIRST) == [2, 3]
    assert keys_in_force(log.entries(path), FIRST.verifier) == [(FIRST.verifier, 0)]


def test_there_is_nothing_to_complete(made):
    path, key = made
    assert complete_rotation(path, key) is None
    keys.save_signer(key.with_name("log.key.next"), SECOND)
    assert complete_rotation(path, key) is None
    assert keys.load_signer(key) == FIRST


def test_the_logbook_goes_on_after_a_rotation(tmp_path):
    path, key = tmp_path / "log", tmp_path / "keys" / "log.key"
    signer = open_log(path, key=key, origin="Example")
    entry = canonical_json({"type": "a"})
    record(path, {"type": "a"}, signer=signer)
    first = keys.load_verifiers(path / "byline-log.vkey")
    rotate_key(path, key=key, reason="yearly")
    assert record(path, {"type": "a"}, signer=open_log(path, key=key, origin="Example")).index == 0
    rotate_key(path, key=key, reason="stolen")
    assert record(path, {"type": "b"}, signer=open_log(path, key=key, origin="Example")).index == 3
    held = keys.load_verifiers(path / "byline-log.vkey")
    assert (held[0], len(held)) == (first[0], 3)
    for known in (held, held[:1], held[1:2], held[-1:]):
        check_held(path, entry, verifiers=known)
    for known in ([*held, THIRD.verifier], held[:2], [THIRD.verifier]):
        with pytest.raises(IntegrityError):
            check_held(path, entry, verifiers=known)
    with pytest.raises(IntegrityError, match="no entry"):
        check_held(path, b"other", verifiers=held)
    with pytest.raises(InputError):
        check_held(tmp_path / "none", entry, verifiers=held)
