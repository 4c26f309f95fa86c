import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_logs import SIGNER, VERIFIER, Killed, numbered

from byline.proof import appender, check, journal, log, merkle, note
from byline.proof.appender import appending
from byline.proof.errors import (
    LogDamagedError,
    LogEntryError,
    LogLockedError,
    LogRolledBackError,
    LogWriteError,
    SignatureError,
)

KEY = journal.journal_key(SIGNER)


def new_log(path, entries=()):
    log.create(path, signer=SIGNER)
    if entries:
        log.append(path, entries, signer=SIGNER)
    return path


def sound(path, entries):
    """The log holds just these entries under its signed root, and no other file."""
    report = check.check(path, verifier=VERIFIER)
    assert list(log.entries(path)) == entries
    assert report.checkpoint.root == merkle.root([merkle.leaf_hash(entry) for entry in entries])
    assert report.leftovers == ()
    assert {file.name for file in path.iterdir()} <= {".lock", "checkpoint", "tile"}


def test_what_is_appended_is_durable_at_once_and_shown_on_publishing(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 254))
    with appending(path, signer=SIGNER) as writer:
        assert [writer.append(entry) for entry in numbered(254, 260)] == list(range(254, 260))
        assert log.read_checkpoint(path, verifier=VERIFIER).size == 254
        assert (path / ".journal").exists()
        assert writer.publish().size == 260
        assert log.read_checkpoint(path, verifier=VERIFIER) == writer.checkpoint
        assert writer.append(b"entry 260") == 260
        assert writer.append_all(numbered(261, 600)) == range(261, 600)
        assert writer.append(b"entry 600") == 600
    sound(path, numbered(0, 601))
    with pytest.raises(LogWriteError, match="closed"):
        writer.append(b"late")
    with pytest.raises(LogWriteError, match="closed"):
        writer.append_all([b"late"])


def test_so_many_together_are_published(tmp_path):
    path = new_log(tmp_path / "log")
    with appending(path, signer=SIGNER, publish_every=4) as writer:
        sizes = []
        for entry in numbered(0, 9):
            writer.append(entry)
            sizes.append(log.read_checkpoint(path, verifier=VERIFIER).size)
    assert sizes == [0, 0, 0, 4, 4, 4, 4, 8, 8]
    sound(path, numbered(0, 9))


def test_a_full_journal_is_published_and_a_batch_goes_step_by_step(tmp_path, monkeypatch):
    monkeypatch.setattr(appender, "_ROOM", 1_000)
    monkeypatch.setattr(appender, "STEP", 256)
    path = new_log(tmp_path / "log")
    journals, signed = [], []
    true = appender.extend

    def extending(path, entries, **given):
        signed.append(true(path, entries, **given))
        return signed[-1]

    monkeypatch.setattr(appender, "extend", extending)
    with appending(path, signer=SIGNER) as writer:
        for entry in numbered(0, 40):
            writer.append(entry)
            journals.append((path / ".journal").stat().st_size)
        writer.append_all(numbered(40, 700))
    assert max(journals) <= 1_200
    assert [one.size for one in signed][-3:] == [256, 512, 700]
    sound(path, numbered(0, 700))


def test_one_writer_and_only_its_key(tmp_path):
    path = new_log(tmp_path / "log")
    with appending(path, signer=SIGNER), pytest.raises(LogLockedError):
        log.append(path, [b"a"], signer=SIGNER, wait=False)
    impostor = note.Signer(SIGNER.name, bytes(32))
    with pytest.raises(SignatureError), appending(path, signer=impostor):
        pass
    with appending(path, signer=SIGNER) as writer:
        for call in (
            lambda: writer.append(b"x" * 65_536),
            lambda: writer.append_all([b"x" * 65_536]),
        ):
            with pytest.raises(LogEntryError, match="65535"):
                call()
        with (
            pytest.raises(LogEntryError, match="1 entry or more"),
            appending(path, signer=SIGNER, publish_every=0),
        ):
            pass
    sound(path, [])


def test_threads_share_syncs_and_each_gets_its_own_place(tmp_path, monkeypatch):
    path = new_log(tmp_path / "log")
    syncs, places = [], {}
    true = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (syncs.append(1), true(descriptor)))

    def work(thread, writer):
        for number in range(40):
            entry = b"%d of %d" % (number, thread)
            places[entry] = writer.append(entry)

    with appending(path, signer=SIGNER, publish_every=100) as writer:
        threads = [threading.Thread(target=work, args=(number, writer)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    held = list(log.entries(path))
    assert {entry: index for index, entry in enumerate(held)} == places
    assert len(held) == 240 >= len(syncs)
    sound(path, held)


def killing(monkeypatch, name, step):
    """Make the `step`-th call of an os function, and all that come after, die before they act."""
    dead, calls = [], iter(range(1_000_000))
    for one in ("replace", "fsync", "unlink", "fdatasync", "write"):
        true = getattr(os, one)

        def dying(*args, one=one, true=true):
            if dead or (one == name and next(calls) == step):
                dead.append(1)
                raise Killed
            return true(*args)

        monkeypatch.setattr(os, one, dying)


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("function", ["replace", "fsync", "unlink", "fdatasync", "write"])
def test_killed_at_every_step_nothing_acknowledged_is_lost(tmp_path, monkeypatch, function):
    step, is_done, lengths = 0, False, set()
    base = new_log(tmp_path / "base", numbered(0, 254))
    while not is_done:
        path = shutil.copytree(base, tmp_path / f"{step}")
        told = 254
        with monkeypatch.context() as patched:
            killing(patched, function, step)
            try:
                with appending(path, signer=SIGNER, publish_every=3) as writer:
                    for entry in numbered(254, 259):
                        told = writer.append(entry) + 1
                is_done = True
            except Killed:
                pass
        signed = log.read_checkpoint(path, verifier=VERIFIER)
        with appending(path, signer=SIGNER) as writer:
            size = writer.checkpoint.size
            assert told <= size <= told + 1
            writer.append_all(numbered(size, 260))
        sound(path, numbered(0, 260))
        check.check(path, verifier=VERIFIER, since=signed)
        lengths.add(size)
        step += 1
    assert step > {"replace": 12, "fsync": 15, "unlink": 3, "fdatasync": 4, "write": 15}[function]
    assert len(lengths) > 1


def test_a_process_that_is_killed_leaves_all_that_it_told(tmp_path):
    path = new_log(tmp_path / "log")
    program = (
        "import sys; from pathlib import Path; from byline.proof import note\n"
        "from byline.proof.appender import appending\n"
        "signer = note.Signer('example.com/log', bytes(range(32)))\n"
        "with appending(Path(sys.argv[1]), signer=signer, publish_every=50) as writer:\n"
        "    for index in range(10**6): print(writer.append(b'entry %d' % index), flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        told = [int(process.stdout.readline()) for _ in range(137)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout if line.endswith("\n")]
    log.append(path, [b"after"], signer=SIGNER)
    held = list(log.entries(path))
    assert told == list(range(len(told)))
    assert held[:-1] == numbered(0, len(held) - 1)
    assert len(held) - 1 >= len(told)
    sound(path, held)


@pytest.fixture
def killed(tmp_path):
    """A log whose writer was killed with six acknowledged entries in the journal."""
    path = new_log(tmp_path / "log", numbered(0, 3))
    head = log.read_checkpoint(path, verifier=VERIFIER)
    header = journal.journal_header(size=head.size, root=head.root, key=KEY)
    descriptor = journal.start_journal(path, header)
    for first in (3, 5, 7):
        entries = numbered(first, first + 2)
        frame = journal.encode_frame(header, first=first, entries=entries, key=KEY)
        journal.write_frame(descriptor, frame)
    os.close(descriptor)
    return path


@settings(max_examples=60)
@given(st.data())
def test_damage_to_a_journal_is_found_unless_it_is_in_the_last_write(data):
    header = journal.journal_header(size=3, root=bytes(32), key=KEY)
    frames = [
        journal.encode_frame(header, first=first, entries=numbered(first, first + 2), key=KEY)
        for first in (3, 5, 7)
    ]
    whole = header + b"".join(frames)
    starts_last = len(whole) - len(frames[-1])
    if data.draw(st.booleans()):
        cut = data.draw(st.integers(starts_last, len(whole) - 1))
        changed, at = whole[:cut], cut
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        changed = bytearray(whole)
        changed[at] ^= data.draw(st.integers(1, 255))
    if at < starts_last:
        with pytest.raises(LogDamagedError) as caught:
            parsed(bytes(changed))
        assert caught.value.damaged == (".journal",)
    else:
        assert parsed(bytes(changed)) == journal.Journal(3, bytes(32), tuple(numbered(3, 7)))


def parsed(data):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".journal").write_bytes(data)
        return journal.read_journal(Path(folder), key=KEY)


def test_a_journal_is_added_by_any_append(killed):
    assert check.check(killed, verifier=VERIFIER).leftovers == (".journal",)
    assert log.append(killed, [b"entry 9"], signer=SIGNER) == [9]
    sound(killed, numbered(0, 10))


def test_a_journal_that_the_log_already_has_adds_nothing(killed):
    data = (killed / ".journal").read_bytes()
    log.append(killed, [b"entry 9"], signer=SIGNER)
    (killed / ".journal").write_bytes(data)
    assert log.append(killed, [b"entry 10"], signer=SIGNER) == [10]
    sound(killed, numbered(0, 11))


def test_a_journal_of_another_log_or_a_later_one_is_refused(killed, tmp_path):
    data = (killed / ".journal").read_bytes()
    for entries, error in (
        ([b"other 0", b"other 1", b"other 2"], LogDamagedError),
        ([*numbered(0, 3), b"other 3"], LogDamagedError),
        (numbered(0, 2), LogRolledBackError),
    ):
        path = new_log(tmp_path / error.__name__ / str(len(entries)), entries)
        (path / ".journal").write_bytes(data)
        with pytest.raises(error):
            log.append(path, [b"a"], signer=SIGNER)
        assert list(log.entries(path)) == entries


def test_after_a_write_that_failed_nothing_more_is_acknowledged(tmp_path, monkeypatch):
    path = new_log(tmp_path / "log")
    with appending(path, signer=SIGNER) as writer:
        assert writer.append(b"entry 0") == 0
        with monkeypatch.context() as patched:

            def refusing(descriptor):
                raise OSError(5, "Input/output error")

            patched.setattr(os, "fdatasync", refusing)
            with pytest.raises(LogWriteError, match="Input/output"):
                writer.append(b"entry 1")
        with pytest.raises(LogWriteError, match="nothing more"):
            writer.append(b"entry 2")
        with pytest.raises(LogWriteError, match="nothing more"):
            writer.publish()
    log.append(path, [], signer=SIGNER)
    held = list(log.entries(path))
    assert held in (numbered(0, 1), numbered(0, 2))
    sound(path, held)
