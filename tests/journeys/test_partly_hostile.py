"""Three repositories, one with every kind of malformed object, one that git cannot read at all."""

import sys
from pathlib import Path

import pytest

from journeys.company import byline
from simulators.repositories import Repository, filled

sys.path.insert(0, str(Path(__file__).parents[1] / "work"))
from hostility import HEADER, head
from malformed import BUILDERS

from byline.work.git.findings import MEANINGS

REFUSED = {name for name, means in MEANINGS.items() if means.treatment == "refused"}
CODE = b"def price(item):\n    return item.cents / 100\n" * 8
ROSTER = """id,name,emails,worker_type,country,unit,start,end
p-1,Ada,ada@corp.example,employee,DE,shop,2020-01-01,
"""
TOML = """
[[repositories]]
name = "{name}"
path = "{name}"
"""


def configure(company: Path, *names: str) -> None:
    (company / "people").mkdir(exist_ok=True)
    (company / "people/roster.csv").write_text(ROSTER)
    text = '[people]\nroster = "people/roster.csv"\n\n[terms]\npacks = ["us-employer"]\n'
    (company / "byline.toml").write_text(text + "".join(TOML.format(name=one) for one in names))


def odd(path: Path) -> Repository:
    """A history through one malformed object for each message id that can be made."""
    made = filled(path, {b"shop.py": CODE})
    tip = head(made)
    for name in sorted(set(BUILDERS) - REFUSED):
        malformed = BUILDERS[name](made, tip)
        tip = malformed.tip
        tags = made.directory / "refs/tags/odd"
        if tags.exists():
            tags.rename(tags.with_name(f"odd-{name}"))
    twice = HEADER.replace(b"committer", b"author Eve <eve@x> 1 +0000\ncommitter", 1)
    made.point(made.raw_commit(made.tree({b"shop.py": CODE}), twice, parents=[tip]))
    return made


def broken(path: Path) -> Repository:
    made = filled(path)
    made.point(BUILDERS["missingTree"](made, head(made)).tip)
    return made


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("partly")
    filled(folder / "good", {b"shop.py": CODE})
    odd(folder / "odd")
    broken(folder / "broken")
    return folder


def test_the_others_are_collected_and_nothing_is_built_without_the_one(company: Path):
    configure(company, "broken", "good", "odd")
    found = byline("collect", "--json", "-c", company, check=4)
    assert [row["repository"] for row in found.json["repositories"]] == ["good", "odd"]
    [failed] = found.json["failed"]
    assert failed["repository"] == "broken"
    assert "missingTree" in failed["error"]
    assert failed["fix"]
    assert "1 of 3 repositories could not be collected" in found.err
    assert found.json["repositories"][0]["lines"] == CODE.count(b"\n")
    tables = company / "byline-workspace/tables/work"
    assert sorted(path.name for path in tables.iterdir()) == ["good", "odd"]
    assert not list((company / "byline-workspace").rglob("*.part"))
    for verb in (["decide"], ["release"], ["run", "--no-train"], ["people"]):
        refused = byline(*verb, "-c", company, check=4)
        assert "broken" in refused.err
        assert "take it out of byline.toml" in refused.err
    assert not list((company / "byline-workspace").glob("releases/rel_*"))


def test_every_message_id_is_counted_and_the_quarantined_is_nobodys(company: Path):
    configure(company, "good", "odd")
    found = byline("collect", "--json", "-c", company).json
    counts = {row["repository"]: row["quarantine"] for row in found["repositories"]}
    assert counts["good"] == {}
    assert set(counts["odd"]) == set(BUILDERS) - REFUSED
    assert found["failed"] == []
    people = byline("people", "--json", "-c", company).json["aliases"]
    assert {row["population"] for row in people if row["email"] == "eve@x"} <= {"unknown"}
    explained = byline("terms", "explain", "odd:shop.py", "--json", "-c", company).json
    assert "unknown" in str(explained)
    assert "permitted" not in {one["explanation"].split()[0] for one in explained["decisions"]}


def test_where_none_can_be_collected_it_failed(company: Path):
    configure(company, "broken")
    found = byline("collect", "--json", "-c", company, check=1)
    assert "missingTree" in found.err


def test_reviews_are_listed_and_copied_only_where_that_is_asked_for(tmp_path: Path):
    made = filled(tmp_path / "good", {b"shop.py": CODE})
    made.point(made.commit({b"x": b"y\n"}, parents=[head(made)]), name="refs/pull/3/head")
    configure(tmp_path, "good")
    [row] = byline("collect", "--json", "-c", tmp_path).json["repositories"]
    assert (row["references"], row["proposals"], row["commits"]) == (2, 0, 1)
    toml = tmp_path / "byline.toml"
    toml.write_text(toml.read_text() + "\n[collect]\nreview_refs = true\n")
    [row] = byline("collect", "--json", "-c", tmp_path).json["repositories"]
    assert (row["references"], row["proposals"], row["commits"]) == (2, 1, 1)
