"""The vault: sealed to a custodian, read back before anything goes, destroyed for good."""

import datetime as dt
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.errors import ConfigError, IntegrityError, RefusedError, UsageError
from byline.release import erasure, vault
from byline.release.away import read_away
from byline.release.ciphertext import CHUNK, load_private_key, save_private_key
from byline.release.container import sealings
from byline.release.removal import files_below, remove_files, stored_files
from byline.release.vault import destroy, open_sealed, put_away, remove_plain
from byline.terms.hold_records import Custodian, holds_of, placing, releasing, standing_holds
from byline.workspace.layout import Layout
from byline.workspace.ledger import open_ledger, rows
from byline.workspace.ledger import tables as ledger_tables

DAY = dt.date(2026, 1, 2)
TEXT = b"def secret_of_ann():\n    return 'the words that must not lie open'\n"


def hold_for(public, matter="Doe v. Harbour"):
    fact = placing(matter=matter, people=["ha-1"], repositories=[], at=DAY,
                   custodian=Custodian("R. Gray", public))  # fmt: skip
    return holds_of([fact])[0]


@pytest.fixture
def place(tmp_path):
    plain = tmp_path / "releases" / "rel_1"
    (plain / "data").mkdir(parents=True)
    (plain / "data" / "a.parquet").write_bytes(TEXT)
    (plain / "data" / "b.parquet").write_bytes(os.urandom(2 * CHUNK + 7))
    (plain / "data" / "empty").write_bytes(b"")
    (plain / "manifest.json").write_text("{}")
    return tmp_path


@pytest.fixture
def target(place):
    plain = place / "releases" / "rel_1"
    files = tuple(f"data/{name}" for name in ("a.parquet", "b.parquet", "empty"))
    return erasure.Target("release", "rel_1", plain, files, marked=True)


def sealed_away(target, place, holds, ledger):
    return erasure.erase(target, holds=holds, layout=Layout(place), ledger=ledger, by="test")


def everything_in(place):
    return b"".join(
        path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()
    )  # the ledger and its journal too


def test_what_is_sealed_away_is_nowhere_in_the_open_and_opens_for_its_custodian(target, place):
    ledger = open_ledger(place / "ledger.sqlite")
    before = {one.path: one for one in stored_files(target.directory, target.files)}
    secret = place.parent / f"{place.name}-keys" / "custodian.key"
    hold = hold_for(save_private_key(secret))
    done = sealed_away(target, place, [hold], ledger)
    assert (done.outcome, done.files, done.copies) == ("sealed", 3, ())
    assert TEXT not in everything_in(place)
    assert files_below(target.directory) == ("away.json", "manifest.json")
    assert read_away(target.directory).state == "sealed"
    [sealing] = sealings(place / "vault")

    stranger = place.parent / f"{place.name}-keys" / "stranger.key"
    save_private_key(stranger)
    with pytest.raises(RefusedError, match="not sealed to this key"):
        open_sealed(
            sealing, private_key=load_private_key(stranger), into=place / "x", ledger=ledger
        )
    made = open_sealed(
        sealing, private_key=load_private_key(secret), into=place / "opened", ledger=ledger
    )
    assert {one.path: one for one in stored_files(made, target.files)} == before
    actions = [row["action"] for row in rows(ledger, ledger_tables.SEALED)]
    assert actions == ["sealed", "opened"]
    again = sealed_away(target, place, [hold], ledger)
    assert (again.outcome, again.sealing) == (done.outcome, done.sealing)
    assert again.copies == ("opened/data/a.parquet", "opened/data/b.parquet")  # and says so


def test_nothing_is_destroyed_under_a_hold_and_nobody_opens_it_afterwards(target, place):
    ledger = open_ledger(place / "ledger.sqlite")
    hold = hold_for(save_private_key(place / "custodian.key"))
    sealed_away(target, place, [hold], ledger)
    [sealing] = sealings(place / "vault")
    with pytest.raises(RefusedError, match="kept under"):
        destroy(sealing, holds=[hold], ledger=ledger)
    copy = place / "stolen"
    shutil.copytree(sealing.directory, copy)
    (copy / "keys").rename(place / "kept-keys")  # a thief has the content, and not the key
    assert sealed_away(target, place, [], ledger).outcome == "destroyed"
    assert files_below(sealing.directory) == ("facts.json",)
    assert read_away(target.directory).state == "destroyed"
    with pytest.raises(RefusedError, match="nobody can open it"):
        open_sealed(sealing, private_key=load_private_key(place / "custodian.key"),
                    into=place / "x", ledger=ledger)  # fmt: skip
    assert [row["action"] for row in rows(ledger, ledger_tables.SEALED)] == ["sealed", "destroyed"]


def test_two_custodians_open_the_same_container(target, place):
    ledger = open_ledger(place / "ledger.sqlite")
    keys = [place / "one.key", place / "two.key"]
    holds = [hold_for(save_private_key(path), matter=path.name) for path in keys]
    sealed_away(target, place, holds, ledger)
    [sealing] = sealings(place / "vault")
    for path in keys:
        made = open_sealed(sealing, private_key=load_private_key(path),
                           into=place / path.stem, ledger=ledger)  # fmt: skip
        assert (made / "data" / "a.parquet").read_bytes() == TEXT


@pytest.mark.parametrize("when", ["written", "in place", "half removed", "removed"])
def test_a_kill_leaves_either_the_plain_bytes_or_the_container(target, place, monkeypatch, when):
    ledger = open_ledger(place / "ledger.sqlite")
    hold = hold_for(save_private_key(place / "custodian.key"))

    def dies(*_arguments, **_named):
        raise KeyboardInterrupt

    def half(directory, files):
        remove_files(directory, list(files)[:1])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if when == "written":
            patched.setattr(vault, "read_back", dies)
        elif when == "in place":
            patched.setattr(erasure, "write_away", dies)
        elif when == "half removed":
            patched.setattr(vault, "remove_files", half)
        else:
            patched.setattr(erasure, "record_sealed", dies)
        with pytest.raises(KeyboardInterrupt):
            sealed_away(target, place, [hold], ledger)
    whole = len(stored_files(target.directory, target.files)) == 3
    assert whole or len(sealings(place / "vault")) == 1
    sealed_away(target, place, [hold], ledger)
    [sealing] = sealings(place / "vault")
    assert stored_files(target.directory, target.files) == ()
    assert [row["action"] for row in rows(ledger, ledger_tables.SEALED)] == ["sealed"]
    made = open_sealed(sealing, private_key=load_private_key(place / "custodian.key"),
                       into=place / "opened", ledger=ledger)  # fmt: skip
    assert len(stored_files(made, target.files)) == 3


def _flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_what_was_changed_or_cut_is_not_opened(target, place):
    ledger = open_ledger(place / "ledger.sqlite")
    secret = place / "custodian.key"
    hold = hold_for(save_private_key(secret))
    sealed_away(target, place, [hold], ledger)
    [sealing] = sealings(place / "vault")
    content, facts = sealing.directory / "content.sealed", sealing.directory / "facts.json"
    good, said = content.read_bytes(), facts.read_text()
    chunk = CHUNK + 16
    changed = [
        lambda: _flip(content, 5),
        lambda: content.write_bytes(good[: 2 * chunk]),  # the last chunk is dropped
        lambda: content.write_bytes(good[chunk : 2 * chunk] + good[:chunk] + good[2 * chunk :]),
        lambda: content.write_bytes(good + good[:chunk]),
        lambda: facts.write_text(said.replace('"subject": "rel_1"', '"subject": "rel_2"')),
        lambda: facts.write_text(said.replace("data/a.parquet", "../../../a.parquet")),
    ]
    for change in changed:
        content.write_bytes(good)
        facts.write_text(said)
        change()
        [found] = sealings(place / "vault")
        with pytest.raises((IntegrityError, RefusedError)):
            open_sealed(
                found, private_key=load_private_key(secret), into=place / "x", ledger=ledger
            )
        assert not (place / "x").exists()


def test_a_file_that_changed_meanwhile_or_a_link_is_not_removed(target, place):
    hold = hold_for(save_private_key(place / "custodian.key"))
    made = put_away(target.directory, target.files, kind="release", subject="rel_1",
                    holds=[hold], vault=place / "vault")  # fmt: skip
    (target.directory / "data" / "a.parquet").write_bytes(b"other work")
    with pytest.raises(IntegrityError, match="not the file that was sealed"):
        remove_plain(made, target.directory)
    assert (target.directory / "data" / "a.parquet").read_bytes() == b"other work"
    outside = place / "outside"
    outside.write_bytes(TEXT)
    (target.directory / "data" / "a.parquet").unlink()
    (target.directory / "data" / "a.parquet").symlink_to(outside)
    with pytest.raises(RefusedError, match="link"):
        put_away(target.directory, target.files, kind="release", subject="rel_1",
                 holds=[hold], vault=place / "vault")  # fmt: skip
    assert outside.read_bytes() == TEXT


def test_destroyed_without_a_hold_is_on_record_before_and_after_and_copies_are_told(target, place):
    ledger = open_ledger(place / "ledger.sqlite")
    (place / "elsewhere.bin").write_bytes(TEXT)
    done = erasure.erase(target, holds=[], layout=Layout(place), ledger=ledger, by="erase ha-1")
    assert (done.outcome, done.copies) == ("destroyed", ("elsewhere.bin",))
    (place / "elsewhere.bin").unlink()
    assert TEXT not in everything_in(place)
    found = rows(ledger, ledger_tables.SEALED)
    assert [row["action"] for row in found] == ["destroying", "destroyed"]
    assert {row["sha256"] for row in found} == {done.sha256}


def test_a_hold_without_a_key_and_a_key_that_is_open_to_others(target, place):
    with pytest.raises(RefusedError, match="no public key"):
        put_away(target.directory, target.files, kind="release", subject="rel_1",
                 holds=[hold_for(None)], vault=place / "vault")  # fmt: skip
    save_private_key(place / "k")
    with pytest.raises(UsageError, match="exists"):
        save_private_key(place / "k")
    (place / "k").chmod(0o644)
    with pytest.raises(ConfigError, match="open to others"):
        load_private_key(place / "k")


@given(st.lists(st.sampled_from("pr"), max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_holds_are_a_fold_that_no_order_changes(actions, chance):
    facts = []
    for number, action in enumerate(actions):
        fact = placing(matter=f"m{number // 2}", people=["ha-1"], repositories=[], at=DAY,
                       custodian=Custodian("R. Gray"))  # fmt: skip
        [hold] = holds_of([fact])
        facts += [fact] if action == "p" else [
            fact, releasing(hold, at=DAY + dt.timedelta(number)),
        ]  # fmt: skip
    shuffled = list(facts)
    chance.shuffle(shuffled)
    assert holds_of(shuffled) == holds_of(facts) == holds_of(facts + shuffled)
    later = DAY + dt.timedelta(99)
    released = {fact["hold"] for fact in facts if fact["action"] == "released"}
    standing = {hold.id for hold in standing_holds(holds_of(facts), as_of=later)}
    assert standing == {fact["hold"] for fact in facts} - released
