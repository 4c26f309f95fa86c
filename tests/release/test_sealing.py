"""Seals: what they bind, and that what was changed after or before sealing is found."""

import hashlib
import json
import shutil
from collections import defaultdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from byline.engine.executor import LocalExecutor
from byline.errors import IntegrityError, RefusedError
from byline.models.running import train_examples
from byline.proof import trie, vrf
from byline.proof.blinding import (
    contributor_alpha,
    fingerprint_key,
    item_id,
    item_key,
    label,
    owner_token,
    salt,
    vrf_seed,
)
from byline.proof.canonical import canonical_json
from byline.proof.merkle import leaf_hash
from byline.proof.merkle import root as merkle_root
from byline.release import sealing_fingerprints
from byline.release.away import Away, write_away
from byline.release.fingerprints import fingerprints
from byline.release.recompute import recompute
from byline.release.seal_file import Tree
from byline.release.sealing import tries_of
from byline.release.sealing_people import people_kept, seal_key, vrf_outputs
from byline.workspace.files import sha256_file
from byline.workspace.layout import Layout
from release.candidate_rows import text
from release.sealed_rows import (
    BERT,
    CYRIL,
    OUTPUTS,
    PEOPLE,
    RELEASE,
    ROSA,
    SEAL_KEY,
    blinding,
    row,
    sealed,
    source,
)

ONE, TWO, TEST = (
    "data/train-text-00000-of-00002.parquet",
    "data/train-text-00001-of-00002.parquet",
    "data/test-text-00000-of-00001.parquet",
)
THREAD = {"system": "github", "swhid": ""}
SHARDS = {
    ONE: [
        row(1, text(1), [ROSA, BERT], source("a" * 40, 1, 5), source("b" * 40)),
        row(2, text(2), [ROSA], source("a" * 40, 6, 9), source("a" * 40, 20, 21)),
        row(3, text(1) + " and more", [BERT], source("acme/web#1\x1b", **THREAD)),
    ],
    TWO: [
        row(0x800, text(4), [BERT], source("a" * 40, 3, 7)),
        row(0x801, "too short for a fingerprint", [CYRIL], source("c" * 40, 1, 1)),
    ],
    TEST: [row(0x400, text(6), [ROSA], source("b" * 40, 2, 3), split="test")],
}
ROWS = [one for rows in SHARDS.values() for one in rows]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return sealed(tmp_path_factory.mktemp("seal") / RELEASE, SHARDS)


@pytest.fixture
def made(original, tmp_path):
    shutil.copytree(original.folder.parent, tmp_path / "all")
    return type(original)(tmp_path / "all" / RELEASE, original.verifiers)


def again(release, blinded=None):
    with LocalExecutor(1) as executor:
        return recompute(release, blinded or blinding(), executor=executor)


def _root(leaves):
    return merkle_root([leaf_hash(one) for one in leaves]).hex()


def _records(folder, name):
    table = pq.read_table(folder / "seal" / f"{name}.parquet")
    return dict(zip(table["key"].to_pylist(), table["record"].to_pylist(), strict=True))


def test_a_seal_is_what_the_published_form_says(original):
    """All three trees made in the plainest way from the rows."""
    salted, labels = salt(SEAL_KEY, RELEASE), {
        name: label(OUTPUTS[person], RELEASE) for name, person in PEOPLE.items()
    }  # fmt: skip
    uses, people, counts = defaultdict(list), defaultdict(set), defaultdict(int)
    theirs, clauses = defaultdict(set), defaultdict(set)
    for one in ROWS:
        for use in one["sources"]:
            name = item_id(**{key: use[key] for key in ("swhid", "system", "repository", "oid")})
            uses[name].append((one, use))
            people[name] |= {person["contributor"] for person in one["people"]}
        for person in one["people"]:
            theirs[person["contributor"]].add(one["id"])
            clauses[person["contributor"]] |= set(person["decisions"])
        for number in fingerprints(one["text"]).tolist():
            counts[fingerprint_key(salted, number)] += 1
    items = {}
    lines = {
        "swh:1:cnt:" + "a" * 40: [[1, 9], [20, 21]], "swh:1:cnt:" + "b" * 40: None,
        "swh:1:cnt:" + "c" * 40: [[1, 1]], "github:web:acme/web#1%1B": None,
    }  # fmt: skip
    assert uses.keys() == lines.keys()
    for name, used in uses.items():
        key = item_key(salted, name)
        items[key] = canonical_json({
            "classes": sorted({one["class"] for one, _ in used}),
            "examples": len({one["id"] for one, _ in used}), "item": name, "lines": lines[name],
            "owners": sorted(owner_token(labels[person], key) for person in people[name]),
        })  # fmt: skip
    contributors = {}
    for name, ids in theirs.items():
        keys = sorted(item_key(salted, one) for one, owners in people.items() if name in owners)
        contributors[labels[name]] = canonical_json({
            "contributor": name, "decisions": sorted(clauses[name]), "examples": len(ids),
            "examples_root": _root(one.encode() for one in sorted(ids)), "items": len(keys),
            "items_root": _root(keys),
        })  # fmt: skip
    seal = original.open().seal
    hashed = {
        "items": {key: hashlib.sha256(record).digest() for key, record in items.items()},
        "contributors": {key: hashlib.sha256(one).digest() for key, one in contributors.items()},
        "fingerprints": {key: count.to_bytes(32, "big") for key, count in counts.items()},
    }
    for name, pairs in hashed.items():
        tree = trie.build(pairs.items())
        assert getattr(seal, name) == Tree(tree.root.hex(), tree.size), name
    assert _records(original.folder, "items") == items
    assert _records(original.folder, "contributors") == contributors
    shards = [
        canonical_json({"path": path, "sha256": sha256_file(original.folder / path)})
        for path in sorted(SHARDS)
    ]
    assert seal.shards == Tree(_root(shards), 3)
    assert max(counts.values()) == 2  # the third row repeats the first


def test_the_same_rows_give_the_same_seal_whatever_the_parts(original, tmp_path, monkeypatch):
    monkeypatch.setattr(sealing_fingerprints, "PART", 5)
    other = sealed(tmp_path / RELEASE, SHARDS)
    assert other.open().seal.data == original.open().seal.data
    for name in ("items", "contributors", "fingerprints"):
        path = f"seal/{name}.parquet"
        assert pq.read_table(other.folder / path) == pq.read_table(original.folder / path)


def test_what_is_sealed_is_read_and_made_anew(original):
    assert {one["id"] for one in original.read()} == {one["id"] for one in ROWS}
    made = again(original.open())
    assert (made.rows, made.differences, made.unnamed) == (6, (), 0)
    # An auditor without the seal key takes the labels from the seal, and is told.
    without = type(blinding())(blinding().salt, b"", {})
    assert (again(original.open(), without).differences, again(original.open(), without).unnamed) \
        == ((), 3)  # fmt: skip


def test_a_seal_names_nobody_and_holds_no_text(original):
    tables = [pq.read_table(path) for path in (original.folder / "seal").glob("*.parquet")]
    stored = (original.folder / "seal/seal.json").read_bytes()
    stored += str([table.to_pylist() for table in tables]).encode()
    assert b"swh:1:cnt:" in stored
    for word in (*PEOPLE.values(), "w1x0y0", "short"):
        assert word.encode() not in stored


def test_a_release_that_is_away_opens_and_its_trees_still_answer(made):
    write_away(made.folder, Away("destroyed", "", "0" * 64))
    shutil.rmtree(made.folder / "data")
    release = made.open()
    assert tries_of(made.folder, release.seal).items.size == 4
    with pytest.raises(RefusedError, match="was destroyed"):
        again(release)


def _without(number):
    return lambda table: pa.concat_tables([table.slice(0, number), table.slice(number + 1)])


def _with_value(table, name, place, value):
    values = table[name].to_pylist()
    values[place] = value
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(name), pa.array(values, table.schema[at].type))


def _edited(table):
    record = table["record"][0].as_py().replace(b'"examples":', b'"examples":1')
    table = _with_value(table, "record", 0, record)
    return _with_value(table, "value", 0, hashlib.sha256(record).digest())


TABLES = {
    "a contributor left out": ("contributors", _without(1)),
    "a contributor twice": ("contributors", lambda one: pa.concat_tables([one.slice(0, 1), one])),
    "an item's record edited": (
        "items", lambda one: _with_value(one, "record", 0, one["record"][1].as_py())),
    "an item's record and value edited": ("items", _edited),
    "an item under another key": ("items", lambda one: _with_value(one, "key", 0, b"\0" * 32)),
    "items in another order": ("items", lambda one: one.take([1, 0, *range(2, one.num_rows)])),
    "no items": ("items", lambda one: one.slice(0, 0)),
    "a fingerprint left out": ("fingerprints", _without(3)),
    "a fingerprint counted otherwise": (
        "fingerprints", lambda one: _with_value(one, "count", 0, 7)),
}  # fmt: skip


@pytest.mark.parametrize("attack", TABLES)
def test_a_table_that_was_changed_does_not_lead_to_the_root(made, attack):
    name, change = TABLES[attack]
    made.change(f"seal/{name}.parquet", change)
    release = made.open()  # the tables are no part of reading rows
    with pytest.raises(IntegrityError, match=f"{name}.parquet"):
        tries_of(made.folder, release.seal)


def test_a_table_that_is_gone_is_told(made):
    (made.folder / "seal/items.parquet").unlink()
    with pytest.raises(IntegrityError, match=r"items\.parquet"):
        tries_of(made.folder, made.open().seal)


def _publish(made, name):
    """Seal and log a changed table, as an organisation can: everything published fits together."""
    kept = pq.read_table(made.folder / f"seal/{name}.parquet")
    values = (
        kept["value"].to_pylist() if name != "fingerprints"
        else [count.to_bytes(32, "big") for count in kept["count"].to_pylist()]
    )  # fmt: skip
    tree = trie.build(zip(kept["key"].to_pylist(), values, strict=True))
    form = {"form": "byline/fingerprints/1"} if name == "fingerprints" else {}
    made.change_json(
        "seal/seal.json", **{name: {**form, "root": tree.root.hex(), "size": tree.size}}
    )
    made.enter()
    release = made.open()
    tries_of(made.folder, release.seal)
    return again(release).differences


WORDS = {"items": "swh:1:cnt:", "contributors": ROSA, "fingerprints": "1 fingerprints"}


@pytest.mark.parametrize("name", WORDS)
def test_what_was_left_out_before_sealing_is_found_by_making_it_anew(made, name):
    path = f"seal/{name}.parquet"
    ids = [str(one) for one in pq.read_table(made.folder / path).column(-1).to_pylist()]
    place = next((at for at, one in enumerate(ids) if WORDS[name] in one), 0)
    made.change(path, _without(place))
    found = _publish(made, name)
    assert any(f"{name}: the seal leaves out" in one and WORDS[name] in one for one in found)


def test_a_contributor_under_a_label_of_the_organisation_s_choice_is_found(made):
    def relabelled(table):
        place = [ROSA in str(one) for one in table["record"].to_pylist()].index(True)
        return _with_value(table, "key", place, b"\5" * 32).sort_by("key")

    made.change("seal/contributors.parquet", relabelled)
    found = _publish(made, "contributors")
    assert any("the seal leaves out" in one and ROSA in one for one in found)
    assert any("that no row has" in one and ROSA in one for one in found)


def test_an_item_that_is_filed_as_somebody_else_s_is_found(made):
    def given_away(table):
        said = [json.loads(one) for one in table["record"].to_pylist()]
        place = [one["item"] for one in said].index("swh:1:cnt:" + "c" * 40)
        key = table["key"][place].as_py()
        record = canonical_json(
            {**said[place], "owners": [owner_token(blinding().labels[BERT], key)]}
        )
        changed = _with_value(table, "record", place, record)
        return _with_value(changed, "value", place, hashlib.sha256(record).digest())

    made.change("seal/items.parquet", given_away)
    found = _publish(made, "items")
    assert any("the seal has otherwise" in one and "c" * 40 in one for one in found)


def test_another_salt_is_refused(made):
    other = type(blinding())(b"\1" * 32, b"", {})
    with pytest.raises(IntegrityError, match="not the salt"):
        again(made.open(), other)


def _swap(made):
    other = sealed(made.folder.parent.parent / "other" / "rel_fedcba9876543210", SHARDS,
                   release="rel_fedcba9876543210")  # fmt: skip
    shutil.copy(other.folder / "seal/seal.json", made.folder / "seal/seal.json")


SEALS = {
    "gone": lambda made: (made.folder / "seal/seal.json").unlink(),
    "of another release": _swap,
    "with another salt": lambda made: made.change_json("seal/seal.json", salt_sha256="0" * 64),
    "with other terms": lambda made: made.change_json("seal/seal.json", terms="f" * 64),
    "with a field more": lambda made: made.change_json("seal/seal.json", note=""),
    "no JSON": lambda made: (made.folder / "seal/seal.json").write_bytes(b"[" * 100_000),
}


@pytest.mark.parametrize("attack", SEALS)
def test_a_seal_that_is_not_the_logged_one_is_refused(made, attack):
    SEALS[attack](made)
    with pytest.raises(IntegrityError, match=r"not what was logged|damaged"):
        made.open()


@pytest.mark.parametrize("fields", [
    {"manifest_sha256": "0" * 64}, {"release": "rel_fedcba9876543210"},
    {"examples": {"root": "0" * 64, "size": 6}}, {"shards": {"root": "0" * 64, "size": 3}},
    {"repositories": []}, {"purposes": ["external_product"]},
])  # fmt: skip
def test_a_logged_seal_that_is_of_something_else_is_refused(made, fields):
    made.change_json("seal/seal.json", **fields)
    made.enter()
    with pytest.raises(IntegrityError, match=f"has {next(iter(fields))} "):
        made.open()


def test_a_release_of_an_earlier_version_opens_without_a_seal(made):
    (made.folder / "seal/seal.json").unlink()
    made.enter()
    release = made.open()
    assert release.seal is None
    assert len(made.read()) == 6
    with pytest.raises(RefusedError, match="sealed no more"):
        again(release)


def _moved(one):
    return {**one, "split": "train"}


LIES = {
    "a row added": (ONE, [*SHARDS[ONE], row(4, text(9), [ROSA], source("d" * 40))], "leaves, and"),
    "a row left out": (ONE, SHARDS[ONE][:2], "leaves, and"),
    "a row changed": (ONE, [{**SHARDS[ONE][0], "weight": 0.5}, *SHARDS[ONE][1:]], "not in the seal"),
    "a row's people changed": (
        ONE, [{**SHARDS[ONE][0], "people": SHARDS[TWO][0]["people"]}, *SHARDS[ONE][1:]],
        "not in the seal"),
    "a row twice, another gone": (ONE, [SHARDS[ONE][0], *SHARDS[ONE][:2]], "out of its place"),
    "a row of another shard": (TWO, [SHARDS[ONE][0], SHARDS[TWO][0]], "out of its place"),
    "a row of another split": (ONE, [*SHARDS[ONE][:2], SHARDS[TEST][0]], "out of its place"),
    "a row told to be of this split": (
        ONE, [*SHARDS[ONE][:2], _moved(SHARDS[TEST][0])], "not in the seal"),
    "rows in another order": (ONE, SHARDS[ONE][::-1], "out of its place"),
}  # fmt: skip


@pytest.mark.parametrize("attack", LIES)
def test_rows_that_are_not_under_the_root_stop_the_reader(made, attack):
    """The file, the manifest, the seal and the log all agree with the lie; the root does not."""
    shard, rows, words = LIES[attack]
    made.lie(shard, rows)
    with pytest.raises(IntegrityError, match=words):
        made.read()


def _another_shard(made):
    shutil.copy(made.folder / ONE, made.folder / "data/train-text-00002-of-00003.parquet")


FILES = {
    "a row dropped from a file": lambda made: made.change(ONE, _without(0)),
    "two files swapped": lambda made: (
        shutil.move(made.folder / ONE, made.folder / "x"),
        shutil.move(made.folder / TWO, made.folder / ONE),
        shutil.move(made.folder / "x", made.folder / TWO),
    ),
    "a leaf dropped": lambda made: made.change("seal/leaves.parquet", _without(2)),
    "leaves in another order": lambda made: made.change(
        "seal/leaves.parquet", lambda one: one.take([1, 0, 2, 3, 4, 5])),
    "a leaf twice": lambda made: made.change(
        "seal/leaves.parquet", lambda one: one.take([0, 0, 1, 2, 3, 4, 5])),
}  # fmt: skip


@pytest.mark.parametrize("attack", FILES)
def test_files_that_are_not_the_sealed_ones_stop_the_reader(made, attack):
    FILES[attack](made)
    with pytest.raises(IntegrityError):
        made.read()


def test_a_file_that_nobody_sealed_is_not_read(made):
    _another_shard(made)
    assert len(made.read()) == 6


def test_training_reads_nothing_that_is_not_sealed(made):
    """Tokenizer and model are made of `train_examples`, and of nothing else."""
    made.lie(*LIES["a row changed"][:2])
    with pytest.raises(IntegrityError, match="not in the seal"):
        list(train_examples(made.open()))


def test_vrf_outputs_are_kept_for_the_owner_of_the_key_alone(tmp_path):
    layout = Layout(tmp_path)
    with LocalExecutor(1) as executor:
        found = vrf_outputs(["rosa", "bert"], layout=layout, executor=executor)
        kept = layout.seal_key.with_name("vrf-outputs.json")
        assert kept.stat().st_mode & 0o777 == layout.seal_key.stat().st_mode & 0o777 == 0o600
        assert people_kept(layout) == ("bert", "rosa")
        proof = vrf.prove(vrf_seed(seal_key(layout)), contributor_alpha("rosa"))
        public = vrf.public_key(vrf_seed(seal_key(layout)))
        assert vrf.verify(public, contributor_alpha("rosa"), proof) == found["rosa"]
        kept.write_text("{")  # damaged, and then of another key
        assert vrf_outputs(["rosa"], layout=layout, executor=executor) == {"rosa": found["rosa"]}
        layout.seal_key.unlink()
        assert vrf_outputs(["rosa"], layout=layout, executor=executor) != {"rosa": found["rosa"]}


def test_no_new_key_is_made_where_seals_were_made_with_another(made):
    layout = Layout(made.folder.parent)
    (layout.releases).mkdir()
    shutil.copytree(made.folder, layout.releases / RELEASE)
    with pytest.raises(IntegrityError, match=r"seal key .* is gone"):
        seal_key(layout)
    assert not layout.seal_key.exists()
