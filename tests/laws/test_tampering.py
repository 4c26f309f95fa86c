"""Laws 1, 2 and 9 by attack: what was changed after it was written is refused, in plain words."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from byline.proof.note import generate_signer
from laws.command import command
from laws.worlds import ANN, BOB, World, function, moment

TINY = """
[train]
steps = 2
batch = 2
context = 64
vocabulary = 512
hidden = 32
layers = 1
heads = 2
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("tampering") / "company")
    made = world.repository()
    first = made.commit({b"a.py": function("alpha")}, message="add alpha now\n", **ANN)
    made.point(
        made.commit(
            {b"a.py": function("alpha") + function("beta")},
            parents=[first],
            time=moment(1),
            message="add the beta reading\n",
            **BOB,
        )
    )
    world.release(extra=TINY)
    return world.root


@pytest.fixture
def company(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "company")


def place(company: Path, pattern: str) -> Path:
    """The one file of a pattern; of the log's partial tiles, the one that counts."""
    *_, found = sorted((company / "byline-workspace").glob(pattern))
    return found


def column(name: str, values: Callable[[int], pa.Array]) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        table = pq.read_table(path)
        at = table.schema.get_field_index(name)
        pq.write_table(table.set_column(at, name, values(table.num_rows)), path)

    return change


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def another_key(path: Path) -> None:
    path.write_text(f"{generate_signer('corp/byline').verifier.vkey}\n")


LEAVES = "releases/rel_*/seal/leaves.parquet"
SEAL = "releases/rel_*/seal/seal.json"
TRAINING = "releases/rel_*/data/train-text-*.parquet"
ATTACKS = {
    "other hashes": (
        LEAVES,
        column("sha256", lambda n: pa.array([b"\1" * 32] * n, pa.binary(32))),
        "root",
    ),
    "no ids": (LEAVES, column("id", lambda n: pa.nulls(n, pa.string())), "damaged"),
    "ids that are numbers": (LEAVES, column("id", lambda n: pa.array(range(n))), "damaged"),
    "leaves cut short": (LEAVES, shorten, "cannot be read"),
    "no leaves": (LEAVES, Path.unlink, "cannot be read"),
    "no shard": (TRAINING, Path.unlink, "is not the file that was sealed"),
    "a shard cut short": (TRAINING, shorten, "is not the file that was sealed"),
    "a manifest of brackets": (
        "releases/rel_*/manifest.json", lambda path: path.write_text("[" * 100_000), "damaged",
    ),
    "a manifest with one more space": (
        "releases/rel_*/manifest.json",
        lambda path: path.write_bytes(path.read_bytes() + b" "),
        "not what was logged",
    ),
    "no seal": (SEAL, Path.unlink, "not what was logged"),
    "a seal with one more space": (
        SEAL, lambda path: path.write_bytes(path.read_bytes() + b" "), "seal.json is damaged",
    ),
    "no contributors": ("releases/rel_*/seal/contributors.parquet", Path.unlink, "contributors"),
    "items of other hashes": (
        "releases/rel_*/seal/items.parquet",
        column("value", lambda n: pa.array([b"\1" * 32] * n, pa.binary(32))),
        "items.parquet is damaged",
    ),
    "no proof": ("releases/rel_*/seal/log.tlog-proof", Path.unlink, "not what was logged"),
    "another log's key": ("log/byline-log.vkey", another_key, "this workspace's is"),
    "a key of noise": ("log/byline-log.vkey", lambda path: path.write_bytes(b"\xff\xfe"), "no public key"),
    "an empty key": ("log/byline-log.vkey", lambda path: path.write_text(""), "no public key"),
    "a checkpoint cut short": ("log/checkpoint", shorten, "log does not hold"),
    "log entries cut short": ("log/tile/entries/*/*", shorten, "log does not hold"),
    "log entries gone": ("log/tile/entries/*/*", Path.unlink, "log does not hold"),
    "log hashes gone": ("log/tile/0/*/*", Path.unlink, "log does not hold"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "attack"),
    [
        *(("verify", attack) for attack in ATTACKS),
        *(("train", attack) for attack in ("other hashes", "no shard", "log entries gone")),
    ],
)
def test_what_was_changed_is_refused(company: Path, attack: str, verb: str):
    pattern, change, words = ATTACKS[attack]
    change(place(company, pattern))
    refused = command(verb, "--json", "-c", company)
    assert refused.status == 3, refused.err
    assert refused.out == ""
    assert "Traceback" not in refused.err
    assert words in refused.err
    assert not list((company / "byline-workspace").glob("models/*/run.json"))


def test_what_is_untouched_is_not_refused(company: Path):
    assert command("verify", "--json", "-c", company).json["rows"] == 2
    again = command("verify", "--recompute", "--json", "-c", company).json["recomputed"]
    assert (again["differences"], again["unnamed"]) == ([], 0)
    assert again["trees"]["contributors"]["size"] == 2
    assert command("train", "-q", "-c", company).status == 0
    assert command("log", "-c", company).status == 0


@pytest.mark.parametrize("attack", [shorten, Path.unlink])
def test_a_damaged_log_is_a_check_that_said_no(company: Path, attack: Callable[[Path], None]):
    attack(place(company, "log/tile/entries/*/*"))
    assert command("log", "-c", company).status == 3


def test_swapped_shards_are_refused(company: Path):
    data = place(company, "releases/rel_*/data")
    train = next(data.glob("train-*.parquet"))
    shutil.copy(place(company, LEAVES), train)
    assert command("verify", "-c", company).status == 3


def test_leaves_that_point_elsewhere_lead_nowhere(company: Path):
    """Which shard a leaf names is outside the seal: nothing outside the release is opened."""
    leaves = place(company, LEAVES)
    example = pq.read_table(leaves)["id"][0].as_py()
    column("shard", lambda n: pa.array(["../../../byline.toml"] * n))(leaves)
    refused = command("verify", example, "-c", company)
    assert refused.status == 3
    assert "is not the sealed one" in refused.err


def test_a_ledger_that_is_gone_is_not_begun_anew(company: Path):
    """It held every withdrawal: without it, withdrawn work would come back."""
    for path in (company / "byline-workspace").glob("ledger*"):
        path.unlink()
    for verb in ("release", "train", "verify"):
        refused = command(verb, "-c", company)
        assert refused.status == 3
        assert "ledger" in refused.err


@pytest.mark.parametrize("note", ["{", "[]", '{"key": 1}', ""])
def test_a_damaged_note_of_the_last_release_is_no_matter(company: Path, note: str):
    path = company / "byline-workspace" / "tables" / "release.json"
    path.write_text(note)
    assert command("release", "-q", "-c", company).status == 0
    assert len(list((company / "byline-workspace" / "releases").glob("rel_*"))) == 1


def test_a_candidate_that_was_changed_is_not_sealed(company: Path):
    """Tables are kept between runs; what a release takes from them is what the recipes made."""
    for path in (company / "byline-workspace" / "tables" / "candidates").rglob("*.parquet"):
        table = pq.read_table(path)
        if table.num_rows:
            column("weight", lambda n: pa.array([9.0] * n))(path)
    config = company / "byline.toml"
    config.write_text(config.read_text().replace("[release]", '[release]\nname = "again"'))
    refused = command("release", "--json", "-c", company)
    assert refused.status == 3
    assert refused.out == ""
    assert "was changed after it was made" in refused.err
    assert len(list((company / "byline-workspace" / "releases").glob("rel_*"))) == 1


def test_a_damaged_table_is_named_with_the_fix(company: Path):
    for path in (company / "byline-workspace" / "tables").rglob("*.parquet"):
        path.write_bytes(b"noise")
    refused = command("release", "--json", "-c", company)
    assert refused.status == 3
    assert refused.out == ""
    assert "  fix: " in refused.err
