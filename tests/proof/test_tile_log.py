import concurrent.futures
import fcntl
import itertools
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_logs import SIGNER, VERIFIER, Killed, numbered

from byline.proof import check, durable, log, logproof, merkle, note, tiles
from byline.proof.errors import (
    ConsistencyError,
    InclusionError,
    LogDamagedError,
    LogEntryError,
    LogError,
    LogExistsError,
    LogLockedError,
    LogMissingError,
    LogRolledBackError,
    LogWriteError,
    MalformedError,
    ProofError,
    SignatureError,
)


def root_of(entries):
    return merkle.root([merkle.leaf_hash(entry) for entry in entries])


def new_log(path, *batches):
    log.create(path, signer=SIGNER)
    for batch in batches:
        log.append(path, batch, signer=SIGNER)
    return path


def files_of(path):
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name != ".lock"
    }


def sound(path, entries):
    """The log holds just these entries, proves each of them, and has no other file."""
    report = check.check(path, verifier=VERIFIER)
    assert report.checkpoint.size == len(entries)
    assert report.checkpoint.root == root_of(entries)
    assert report.leftovers == ()
    assert list(log.entries(path)) == entries
    assert not [name for name in files_of(path) if name.endswith(".aside")]


def test_tile_paths():
    assert tiles.Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert tiles.Tile(1, 0, 17).path == "tile/1/000.p/17"
    assert tiles.Tile(None, 999).path == "tile/entries/999"
    assert tiles.Tile(None, 1000, 1).path == "tile/entries/x001/000.p/1"


@given(level=st.none() | st.integers(0, 63), index=st.integers(0, 2**55), width=st.integers(1, 256))
def test_tile_paths_read_back(level, index, width):
    tile = tiles.Tile(level, index, width)
    assert tiles.parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/../000",
        "tile/0/.000.aside",
        "tile/0/001/000",
        "/tile/0/000",
        "tile/0/\u0661\u0661\u0661",
    ],
)
def test_other_paths_are_no_tiles(path):
    assert tiles.parse_path(path) is None


def test_the_tiles_of_the_specification():
    rows = [list(tiles.row_tiles(level, size=70_000)) for level in range(tiles.num_levels(70_000))]
    assert [(len(row), row[-1].width) for row in rows] == [(274, 112), (2, 17), (1, 1)]
    assert [tile.width for tile in tiles.edge_tiles(256)] == [0, 1]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20), st.data())
def test_bundles(entries, data):
    bundle = tiles.encode_bundle(entries)
    assert tiles.decode_bundle(bundle, width=len(entries)) == entries
    cut = data.draw(st.integers(0, len(bundle) - 1))
    for wrong, width in (
        (bundle[:cut], len(entries)),
        (bundle + b"\0", len(entries)),
        (bundle, len(entries) + 1),
        (bundle, len(entries) - 1),
    ):
        with pytest.raises(MalformedError):
            tiles.decode_bundle(wrong, width=width)


@given(st.lists(st.integers(0, 600), max_size=5))
def test_growing_step_by_step_equals_the_tree(steps):
    edge, files, total = tiles.Edge(0, b"", ()), {}, 0
    for step in steps:
        edge, new = tiles.grow(edge, numbered(total, total + step))
        total += step
        files.update({tile.path: data for tile, data in new})
    assert (edge.size, edge.root) == (total, root_of(numbered(0, total)))
    for level in range(tiles.num_levels(total)):
        for tile in tiles.row_tiles(level, size=total):
            assert len(files[tile.path]) == 32 * tile.width


def test_a_new_log_is_empty(tmp_path):
    path = tmp_path / "deep" / "log"
    made = log.create(path, signer=SIGNER)
    assert made == log.read_checkpoint(path, verifier=VERIFIER)
    assert (made.origin, made.size, made.root) == ("example.com/log", 0, merkle.EMPTY_ROOT)
    sound(path, [])
    assert log.append(path, [], signer=SIGNER) == []
    with pytest.raises(LogExistsError):
        log.create(path, signer=SIGNER)


def test_a_log_is_not_made_over_something_else(tmp_path):
    (tmp_path / "letter").write_text("keep me")
    with pytest.raises(LogExistsError, match="letter"):
        log.create(tmp_path, signer=SIGNER)


def test_there_is_no_log(tmp_path):
    for call in (
        lambda: log.append(tmp_path / "none", [b"a"], signer=SIGNER),
        lambda: log.append(tmp_path, [b"a"], signer=SIGNER),
        lambda: log.read_checkpoint(tmp_path, verifier=VERIFIER),
        lambda: list(log.entries(tmp_path)),
        lambda: log.prove(tmp_path, 0),
        lambda: check.check(tmp_path, verifier=VERIFIER),
    ):
        with pytest.raises(LogMissingError):
            call()


@pytest.mark.usefixtures("fast")
def test_appending_in_steps_proves_every_entry(tmp_path):
    sizes = [0, 1, 2, 255, 256, 257, 511, 512, 700, 1030]
    path = new_log(tmp_path / "log")
    seen = []
    for start, stop in itertools.pairwise(sizes):
        indexes = log.append(path, numbered(start, stop), signer=SIGNER)
        assert indexes == list(range(start, stop))
        sound(path, numbered(0, stop))
        seen.append(log.read_checkpoint(path, verifier=VERIFIER))
    for index in range(0, 1030, 7):
        proof = logproof.parse_proof(logproof.format_proof(log.prove(path, index)))
        logproof.verify_proof(proof, entry=b"entry %d" % index, verifiers=[VERIFIER])
        with pytest.raises(InclusionError):
            logproof.verify_proof(proof, entry=b"entry x", verifiers=[VERIFIER])
    for new in seen:
        for old in seen[: seen.index(new) + 1]:
            merkle.verify_consistency(
                old_size=old.size,
                old_root=old.root,
                size=new.size,
                root=new.root,
                proof=log.prove_consistency(path, old_size=old.size, size=new.size),
            )
        check.check(path, verifier=VERIFIER, since=new)


@pytest.mark.usefixtures("fast")
def test_more_entries_than_two_levels_of_tiles(tmp_path):
    everything = numbered(0, 66_000)
    path = new_log(tmp_path / "log", everything[:65_535], everything[65_535:65_537])
    log.append(path, everything[65_537:], signer=SIGNER)
    sound(path, everything)
    names = files_of(path)
    assert {"tile/0/255", "tile/0/257.p/208", "tile/1/000", "tile/2/000.p/1"} <= set(names)
    assert not [name for name in names if name.startswith("tile/0/255.p")]
    for index in (0, 65_535, 65_536, 65_999):
        proof = log.prove(path, index)
        logproof.verify_proof(proof, entry=everything[index], verifiers=[VERIFIER])
    assert list(log.entries(path, start=65_530, end=65_540)) == everything[65_530:65_540]


def test_entries_at_the_limits_of_size(tmp_path):
    path = new_log(tmp_path / "log", [b"", b"x" * 65_535])
    sound(path, [b"", b"x" * 65_535])
    with pytest.raises(LogEntryError, match="65535"):
        log.append(path, [b"x" * 65_536], signer=SIGNER)
    sound(path, [b"", b"x" * 65_535])


def test_ranges_outside_the_log(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 3))
    assert list(log.entries(path, start=3)) == []
    for call in (
        lambda: list(log.entries(path, start=4)),
        lambda: list(log.entries(path, end=4)),
        lambda: list(log.entries(path, start=-1)),
        lambda: list(log.entries(path, start=2, end=1)),
        lambda: log.prove(path, 3),
        lambda: log.prove(path, -1),
        lambda: log.prove_consistency(path, old_size=0, size=3),
        lambda: log.prove_consistency(path, old_size=1, size=4),
    ):
        with pytest.raises(LogEntryError):
            call()


def test_an_append_repeated_at_its_place_changes_nothing(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 3))
    before = files_of(path)
    assert log.append(path, numbered(1, 3), signer=SIGNER, start=1) == [1, 2]
    assert files_of(path) == before
    for batch, start in ((numbered(5, 6), 1), (numbered(2, 4), 2), (numbered(4, 5), 4)):
        with pytest.raises(LogEntryError):
            log.append(path, batch, signer=SIGNER, start=start)
    assert files_of(path) == before
    assert log.append(path, numbered(3, 4), signer=SIGNER, start=3) == [3]


def test_only_the_logs_own_key_appends_and_reads(tmp_path):
    path = new_log(tmp_path / "log", [b"a"])
    impostor = note.Signer(SIGNER.name, bytes(32))
    with pytest.raises(SignatureError):
        log.append(path, [b"b"], signer=impostor)
    with pytest.raises(SignatureError):
        check.check(path, verifier=impostor.verifier)
    with pytest.raises(SignatureError, match="expected a checkpoint of other"):
        log.read_checkpoint(path, verifier=VERIFIER, origin="other")
    sound(path, [b"a"])


def test_a_proof_by_another_log_of_the_same_key_is_refused(tmp_path):
    proof = log.prove(new_log(tmp_path / "log", [b"a"]), 0)
    with pytest.raises(SignatureError):
        logproof.verify_proof(proof, entry=b"a", verifiers=[VERIFIER], origin="other")
    impostor = note.Signer(SIGNER.name, bytes(32))
    with pytest.raises(SignatureError):
        logproof.verify_proof(proof, entry=b"a", verifiers=[impostor.verifier])


@given(st.integers(0), st.sampled_from([b"", b"extra bytes"]))
def test_a_flipped_bit_in_a_proof_file(bit, extra):
    entries = numbered(0, 5)
    signed = note.sign_note(f"example.com/log\n5\n{log_root64(entries)}\n", SIGNER)
    hashes = merkle.inclusion_proof([merkle.leaf_hash(entry) for entry in entries], 3)
    proof = logproof.LogProof(3, tuple(hashes), signed, extra)
    data = bytearray(logproof.format_proof(proof))
    assert logproof.parse_proof(bytes(data)) == proof
    logproof.verify_proof(proof, entry=entries[3], verifiers=[VERIFIER])
    bit %= len(data) * 8
    data[bit // 8] ^= 1 << bit % 8
    try:
        changed = logproof.parse_proof(bytes(data))
        logproof.verify_proof(changed, entry=entries[3], verifiers=[VERIFIER])
    except ProofError:
        return
    assert changed.extra != extra


def log_root64(entries):
    import base64

    return base64.b64encode(root_of(entries)).decode()


@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_proof_files_raise_nothing_but_proof_errors(data, headed):
    with pytest.raises(ProofError):
        logproof.parse_proof((b"c2sp.org/tlog-proof@v1\n" if headed else b"") + data + b"\n")


def test_a_second_writer_waits_or_is_told(tmp_path):
    path = new_log(tmp_path / "log")
    with (path / ".lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LogLockedError):
            log.append(path, [b"a"], signer=SIGNER, wait=False)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(log.append, path, [b"%d" % writer] * 3, signer=SIGNER)
            for writer in range(8)
        ]
        indexes = sorted(index for job in jobs for index in job.result())
    assert indexes == list(range(24))
    held = list(log.entries(path))
    assert all(held[job.result()[0]] == b"%d" % writer for writer, job in enumerate(jobs))
    sound(path, held)


def kill_at(monkeypatch, name, step):
    """Make the `step`-th call of an os function, from 0, die before it does anything."""
    calls = iter(range(1_000_000))
    true = getattr(os, name)

    def dying(*args, **kwargs):
        if next(calls) == step:
            raise Killed
        return true(*args, **kwargs)

    monkeypatch.setattr(os, name, dying)


BATCHES = [numbered(0, 255), numbered(255, 258), numbered(258, 520)]


@pytest.mark.parametrize("function", ["replace", "fsync", "unlink"])
def test_killed_at_every_step_then_repeated(tmp_path, monkeypatch, function):
    whole = new_log(tmp_path / "whole", *BATCHES)
    expected, step, done = files_of(whole), 0, False
    while not done:
        path = new_log(tmp_path / f"{step}", BATCHES[0])
        with monkeypatch.context() as patched:
            kill_at(patched, function, step)
            try:
                log.append(path, BATCHES[1], signer=SIGNER)
                done = True
            except Killed:
                pass
        size = check.check(path, verifier=VERIFIER).checkpoint.size
        assert size in (255, 258)
        assert log.append(path, BATCHES[1], signer=SIGNER, start=255) == [255, 256, 257]
        log.append(path, BATCHES[2], signer=SIGNER)
        sound(path, numbered(0, 520))
        assert files_of(path) == expected
        step += 1
    assert step > {"replace": 6, "fsync": 10, "unlink": 0}[function]


def test_killed_then_another_append_instead(tmp_path, monkeypatch):
    """What was never signed leaves no trace; what was signed stays."""
    outcomes, step, done = set(), 0, False
    others = [b"other %d" % index for index in range(7)]
    while not done:
        path = new_log(tmp_path / f"{step}", numbered(0, 254))
        with monkeypatch.context() as patched:
            kill_at(patched, "replace", step)
            try:
                log.append(path, numbered(254, 600), signer=SIGNER)
                done = True
            except Killed:
                pass
        [first, *_] = log.append(path, others, signer=SIGNER)
        sound(path, numbered(0, first) + others)
        outcomes.add(first)
        step += 1
    assert outcomes == {254, 600}


def test_a_signed_checkpoint_is_never_abandoned(tmp_path, monkeypatch):
    signed = []
    true = note.sign_note

    def remembering(text, *signers):
        signed.append(text)
        return true(text, *signers)

    monkeypatch.setattr("byline.proof.logwrite.sign_note", remembering)
    path = new_log(tmp_path / "log", numbered(0, 5))
    with monkeypatch.context() as patched:
        patched.setattr("byline.proof.durable.move_file", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            log.append(path, [b"signed, not yet shown"], signer=SIGNER)
    assert log.read_checkpoint(path, verifier=VERIFIER).size == 5
    assert log.append(path, [b"another"], signer=SIGNER) == [6]
    held = list(log.entries(path))
    for text in signed:
        size = int(text.split("\n")[1])
        assert text.split("\n")[2] == log_root64(held[:size])


def test_a_signed_checkpoint_over_damaged_tiles_is_not_shown(tmp_path, monkeypatch):
    path = new_log(tmp_path / "log", numbered(0, 5))
    with monkeypatch.context() as patched:
        patched.setattr("byline.proof.durable.move_file", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            log.append(path, numbered(5, 8), signer=SIGNER)
    file = path / "tile/0/000.p/8"
    true = file.read_bytes()
    file.write_bytes(true[:-1] + bytes([true[-1] ^ 1]))
    with pytest.raises(LogDamagedError):
        log.append(path, [b"a"], signer=SIGNER)
    assert log.read_checkpoint(path, verifier=VERIFIER).size == 5
    file.write_bytes(true)
    log.append(path, [b"a"], signer=SIGNER)
    sound(path, [*numbered(0, 8), b"a"])


def test_files_and_folders_are_synced_before_anything_is_signed(tmp_path, monkeypatch):
    path, synced, before = new_log(tmp_path / "log"), set(), []
    true_sync, true_sign = os.fsync, note.sign_note

    def sync(descriptor):
        synced.add(os.fstat(descriptor).st_ino)
        true_sync(descriptor)

    def sign(text, *signers):
        inodes = {item: item.stat().st_ino for item in [path, *path.rglob("*")]}
        before.extend(item for item, inode in inodes.items() if inode not in synced)
        return true_sign(text, *signers)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr("byline.proof.logwrite.sign_note", sign)
    log.append(path, numbered(0, 300), signer=SIGNER)
    assert {item.name for item in before} == {".lock", "checkpoint"}
    assert (path / "checkpoint").stat().st_ino in synced


@pytest.mark.parametrize("function", ["replace", "fsync", "open", "mkdir"])
def test_a_refusing_file_system_is_an_error_and_no_acknowledgement(tmp_path, monkeypatch, function):
    step, failed = 0, True
    while failed:
        path = new_log(tmp_path / f"{step}", BATCHES[0])
        calls, true = iter(range(1_000_000)), getattr(os, function)

        def failing(*args, true=true, calls=calls, step=step, **kwargs):
            if next(calls) == step:
                raise OSError(28, "No space left on device")
            return true(*args, **kwargs)

        with monkeypatch.context() as patched:
            patched.setattr(os, function, failing)
            try:
                log.append(path, BATCHES[1], signer=SIGNER)
                failed = False
            except LogError:
                pass
        log.append(path, BATCHES[1], signer=SIGNER, start=255)
        sound(path, numbered(0, 258))
        step += 1
    assert step > 1


def test_killed_for_real(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 200))
    program = (
        "import os, sys; from pathlib import Path\n"
        "from byline.proof import log, note\n"
        "true, calls = os.replace, iter(range(99))\n"
        "os.replace = lambda *a: os.kill(os.getpid(), 9) if next(calls) == 3 else true(*a)\n"
        "signer = note.Signer('example.com/log', bytes(range(32)))\n"
        "log.append(Path(sys.argv[1]), [b'lost'] * 400, signer=signer)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -9
    report = check.check(path, verifier=VERIFIER)
    assert report.checkpoint.size == 200
    assert ".appending" in report.leftovers
    log.append(path, numbered(200, 210), signer=SIGNER)
    sound(path, numbered(0, 210))


@pytest.fixture(scope="module")
def three_levels(tmp_path_factory):
    """A log with full and partial tiles on two levels, and older partial tiles kept."""
    path = tmp_path_factory.mktemp("damage") / "log"
    return new_log(path, numbered(0, 520), numbered(520, 523)), numbered(0, 523)


def tile_files(path):
    return sorted(name for name in files_of(path) if name.startswith("tile/"))


def test_a_flipped_bit_on_disk_names_the_file(three_levels):
    path, entries = three_levels
    names = tile_files(path)
    assert {"tile/entries/000", "tile/0/001", "tile/0/002.p/11", "tile/0/002.p/8"} <= set(names)
    for name in names:
        true = (path / name).read_bytes()
        for place in {0, 1, len(true) // 2, len(true) - 1}:
            for bit in (0, 7):
                changed = bytearray(true)
                changed[place] ^= 1 << bit
                (path / name).write_bytes(bytes(changed))
                with pytest.raises(LogDamagedError) as caught:
                    check.check(path, verifier=VERIFIER)
                assert caught.value.damaged == (name,)
                assert name in str(caught.value)
        (path / name).write_bytes(true)
    sound(path, entries)


@pytest.mark.parametrize("change", ["shorter", "longer", "empty", "missing", "folder"])
def test_a_file_of_another_length_names_the_file(three_levels, change):
    path, entries = three_levels
    for name in tile_files(path):
        file = path / name
        true = file.read_bytes()
        file.unlink()
        if change == "folder":
            file.mkdir()
        elif change != "missing":
            cut = {"shorter": true[:-1], "longer": true + b"\0", "empty": b""}[change]
            file.write_bytes(cut)
        current = name not in ("tile/0/002.p/8", "tile/1/000.p/2", "tile/entries/002.p/8")
        if current or change not in ("missing", "folder"):
            with pytest.raises(LogDamagedError) as caught:
                check.check(path, verifier=VERIFIER)
            assert caught.value.damaged == (name,)
        if change == "folder":
            file.rmdir()
        file.write_bytes(true)
    sound(path, entries)


def test_a_tile_and_its_entries_altered_alike(three_levels):
    """A forger with the disk but not the key changes an entry and hashes it again."""
    path, entries = three_levels
    for index, last in ((1, 300), (2, 520)):
        width = 256 if index == 1 else 11
        names = [tiles.Tile(level, index, width).path for level in (None, 0)]
        true = [(path / name).read_bytes() for name in names]
        forged = list(entries[index * 256 : index * 256 + width])
        forged[last - index * 256] = b"forged"
        (path / names[0]).write_bytes(tiles.encode_bundle(forged))
        (path / names[1]).write_bytes(b"".join(map(merkle.leaf_hash, forged)))
        with pytest.raises(LogDamagedError) as caught:
            check.check(path, verifier=VERIFIER)
        assert names[1] in caught.value.damaged
        for name, data in zip(names, true, strict=True):
            (path / name).write_bytes(data)
    sound(path, entries)


def test_two_damages_are_both_named(three_levels):
    path, entries = three_levels
    names = ["tile/0/000", "tile/entries/001", "tile/1/000.p/2"]
    true = [(path / name).read_bytes() for name in names]
    for name, data in zip(names, true, strict=True):
        (path / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(LogDamagedError) as caught:
        check.check(path, verifier=VERIFIER)
    assert set(names) <= set(caught.value.damaged)
    for name, data in zip(names, true, strict=True):
        (path / name).write_bytes(data)
    sound(path, entries)


@pytest.mark.parametrize("name", ["tile/0/001.p/4", "tile/1/000.p/1", "tile/entries/001.p/4"])
def test_nothing_is_signed_over_a_damaged_edge(tmp_path, name):
    path = new_log(tmp_path / "log", numbered(0, 260))
    true = (path / name).read_bytes()
    for place in range(0, len(true), 5):
        (path / name).write_bytes(true[:place] + bytes([true[place] ^ 16]) + true[place + 1 :])
        before = files_of(path)
        with pytest.raises(LogDamagedError) as caught:
            log.append(path, [b"more"], signer=SIGNER)
        assert caught.value.damaged
        assert files_of(path) == before
    (path / name).write_bytes(true)
    log.append(path, [b"more"], signer=SIGNER)
    sound(path, [*numbered(0, 260), b"more"])


def test_a_bit_that_flips_while_writing_is_not_signed(tmp_path, monkeypatch):
    path = new_log(tmp_path / "log", numbered(0, 3))
    true = durable.write_files

    def flipping(directory, files):
        def flip(name, data):
            return (name, data[:-1] + bytes([data[-1] ^ 1]) if "entries" in name else data)

        true(directory, [flip(name, data) for name, data in files])

    monkeypatch.setattr(durable, "write_files", flipping)
    with pytest.raises(LogDamagedError):
        log.append(path, [b"a"], signer=SIGNER)
    monkeypatch.undo()
    assert log.read_checkpoint(path, verifier=VERIFIER).size == 3
    log.append(path, [b"a"], signer=SIGNER)
    sound(path, [*numbered(0, 3), b"a"])


def test_a_damaged_entry_is_not_proved(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 9))
    file = path / "tile/entries/000.p/9"
    data = file.read_bytes()
    file.write_bytes(data[:-1] + b"!")
    with pytest.raises(LogDamagedError) as caught:
        log.prove(path, 8)
    assert caught.value.damaged == ("tile/entries/000.p/9",)
    file.write_bytes(data[:-1])
    with pytest.raises(LogDamagedError):
        list(log.entries(path))


@pytest.mark.parametrize("sizes", [(3, 5), (256, 300), (250, 256), (255, 600), (512, 513)])
def test_a_checkpoint_put_back(tmp_path, sizes):
    old, new = sizes
    path = new_log(tmp_path / "log", numbered(0, old))
    earlier = (path / "checkpoint").read_bytes()
    log.append(path, numbered(old, new), signer=SIGNER)
    seen = log.read_checkpoint(path, verifier=VERIFIER)
    (path / "checkpoint").write_bytes(earlier)
    before = files_of(path)
    with pytest.raises(LogRolledBackError, match="tiles hold more"):
        log.append(path, [b"fork"], signer=SIGNER)
    assert files_of(path) == before
    with pytest.raises(LogRolledBackError, match=f"{new} entries or more"):
        check.check(path, verifier=VERIFIER, since=seen)
    assert check.check(path, verifier=VERIFIER).leftovers


def test_a_checkpoint_put_back_after_a_kill(tmp_path, monkeypatch):
    path = new_log(tmp_path / "log", numbered(0, 3))
    earlier = (path / "checkpoint").read_bytes()
    log.append(path, numbered(3, 5), signer=SIGNER)
    with monkeypatch.context() as patched:
        kill_at(patched, "replace", 2)
        with pytest.raises(Killed):
            log.append(path, numbered(5, 9), signer=SIGNER)
    (path / "checkpoint").write_bytes(earlier)
    before = files_of(path)
    with pytest.raises(LogRolledBackError, match="expected 5 or 9"):
        log.append(path, [b"fork"], signer=SIGNER)
    assert files_of(path) == before


def test_a_fork_under_the_same_key_is_seen_by_whoever_kept_a_checkpoint(tmp_path):
    one = new_log(tmp_path / "one", numbered(0, 300))
    two = new_log(tmp_path / "two", [*numbered(0, 299), b"other", *numbered(300, 400)])
    seen = log.read_checkpoint(one, verifier=VERIFIER)
    with pytest.raises(ConsistencyError):
        check.check(two, verifier=VERIFIER, since=seen)


def test_tiles_of_another_tree_under_a_true_checkpoint(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 4))
    other = new_log(tmp_path / "other", [*numbered(0, 3), b"other"])
    (other / "checkpoint").write_bytes((path / "checkpoint").read_bytes())
    with pytest.raises(LogDamagedError) as caught:
        check.check(other, verifier=VERIFIER)
    assert set(caught.value.damaged) == {"checkpoint", "tile/0/000.p/4"}


@pytest.mark.parametrize("place", [0, 20, 40, 70, 100, 150])
def test_a_damaged_checkpoint(tmp_path, place):
    path = new_log(tmp_path / "log", numbered(0, 4))
    data = (path / "checkpoint").read_bytes()
    (path / "checkpoint").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    with pytest.raises(ProofError):
        check.check(path, verifier=VERIFIER)
    with pytest.raises(ProofError):
        log.append(path, [b"a"], signer=SIGNER)


def test_a_reader_finds_the_full_tile_when_its_partial_one_is_gone(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 250))
    earlier = (path / "checkpoint").read_bytes()
    log.append(path, numbered(250, 300), signer=SIGNER)
    (path / "checkpoint").write_bytes(earlier)
    assert not (path / "tile/0/000.p").exists()
    logproof.verify_proof(log.prove(path, 249), entry=b"entry 249", verifiers=[VERIFIER])
    assert list(log.entries(path)) == numbered(0, 250)


def test_a_pipe_in_place_of_a_tile_does_not_hang(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 4))
    (path / "tile/0/000.p/4").unlink()
    os.mkfifo(path / "tile/0/000.p/4")
    with pytest.raises(LogDamagedError) as caught:
        check.check(path, verifier=VERIFIER)
    assert caught.value.damaged == ("tile/0/000.p/4",)


def test_strangers_are_reported_and_left_alone(tmp_path):
    path = new_log(tmp_path / "log", numbered(0, 4))
    (path / "tile/0/notes.txt").write_text("hello")
    assert check.check(path, verifier=VERIFIER).leftovers == ("tile/0/notes.txt",)
    log.append(path, [b"a"], signer=SIGNER)
    assert (path / "tile/0/notes.txt").read_text() == "hello"


def test_a_path_that_cannot_be_a_log(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LogWriteError):
        log.create(tmp_path / "file" / "log", signer=SIGNER)


def test_create_killed_then_repeated(tmp_path, monkeypatch):
    for step in range(2):
        path = tmp_path / f"{step}"
        with monkeypatch.context() as patched:
            kill_at(patched, "fsync", step)
            with pytest.raises(Killed):
                log.create(path, signer=SIGNER)
        log.create(path, signer=SIGNER)
        sound(path, [])
