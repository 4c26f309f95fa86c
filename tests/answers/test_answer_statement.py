import dataclasses
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from answer_worlds import blamed, organisation
from page_reader import harmless

from byline.answers.affected import affected
from byline.answers.report import report, report_page, write_report
from byline.answers.statement import statement, statement_page, write_statement
from byline.cli import steps
from byline.cli.session import session
from byline.cli.voice import Voice
from byline.errors import ConfigError, InputError
from byline.workspace.ledger import append
from byline.workspace.ledger import tables as ledger_tables

OTHERS = {
    "p-amy": ("Bob", "bob@", "p-bob", "Cat", "cat@", "p-cat", "cat/1", "Odd", "odd@"),
    "p-bob": ("Amy", "amy@", "p-amy", "Cat", "cat@", "p-cat", "cat/1", "Odd", "odd@"),
    "p-cat": ("Amy", "amy@", "p-amy", "Bob", "bob@", "p-bob", "obj-9", "Odd", "odd@"),
    "email:odd@out.example": ("Amy", "amy@", "Bob", "bob@", "obj-9", "Cat", "cat@", "cat/1"),
}


@dataclasses.dataclass
class World:
    opened: object
    answering: dict
    sealed: object

    def say(self, person):
        return statement(person, **self.answering)

    def rows(self):
        return [row for split in self.sealed.manifest["splits"] for row in self.sealed.rows(split)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = organisation(tmp_path_factory.mktemp("organisation"))
    with session(root, voice=Voice(quiet=True), workers=1) as opened:
        decided = steps.decide_all(opened)
        made = steps.release_all(opened)
        append(
            opened.ledger,
            ledger_tables.MODELS,
            {
                "model": "mdl_1", "release": made.sealed.id, "purpose": "assist_others",
                "weights_sha256": "00", "path": "models/mdl_1", "settings": {}, "log_index": None,
            },
        )  # fmt: skip
        answering = {
            "config": opened.config, "layout": opened.layout, "ledger": opened.ledger,
            "inputs": opened.inputs, "decided": decided,
        }  # fmt: skip
        yield World(opened, answering, made.sealed)


def reach(world, person, **limits):
    keys = ("config", "layout", "ledger")
    return affected(person, **{key: world.answering[key] for key in keys}, **limits)


def pseudonyms(world):
    return {p: s[0].contributor for p in ("p-amy", "p-cat") if (s := world.say(p).releases)}


def test_each_row_belongs_to_the_statements_of_its_people(world):
    rows = world.rows()
    assert rows
    held = {p: {e.id: e for r in world.say(p).releases for e in r.examples} for p in OTHERS}
    names = pseudonyms(world)
    for person, contributor in names.items():
        mine = {
            row["id"] for row in rows if contributor in {p["contributor"] for p in row["people"]}
        }
        assert set(held[person]) == mine != set()
    for row in rows:
        assert {p["contributor"] for p in row["people"]} <= set(names.values())
        shares = [held[p][row["id"]].share for p in names if row["id"] in held[p]]
        assert sum(shares) == pytest.approx(1)
    assert not held["p-bob"]
    assert not held["email:odd@out.example"]


def test_lines_decided_are_lines_blamed(world):
    blame = blamed(world.opened.config.root / "core")
    amy = world.say("p-amy")
    files = "lines of files today"
    assert amy.lines(files, included=True) == blame["amy@co.example"] + blame["amy@home.example"]
    assert amy.lines(files, included=False) == 0
    assert world.say("p-bob").lines(files, included=False) == blame["bob@co.example"]


@pytest.mark.parametrize("person", OTHERS)
def test_a_statement_speaks_about_one_person_only(world, person):
    made = world.say(person)
    told = statement_page(made) + json.dumps(made.as_json())
    for word in OTHERS[person]:
        assert word not in told, word
    for other, contributor in pseudonyms(world).items():
        assert (contributor in told) == (other == person)


def test_a_statement_says_who_was_told_what_and_said_what(world):
    amy, bob = world.say("p-amy"), world.say("p-bob")
    assert {(a.name, a.email) for a in amy.identity.aliases} == {
        ("Amy Ames", "amy@co.example"),
        ("amy", "amy@home.example"),
    }
    assert [n.notice for n in amy.identity.notices] == ["ai-training"]
    assert [o.id for o in bob.identity.objections] == ["obj-9"]
    assert {w.reason for w in bob.work} == {"objected"}
    assert all(
        w.change == "would be included if objection obj-9 had not been made" for w in bob.work
    )
    assert [c.id for c in amy.clauses] == ["us/7"]
    assert "may train" in amy.clauses[0].text


def test_nothing_used_is_said_plainly(world):
    for person in ("p-bob", "p-dan"):
        made = world.say(person)
        assert (made.releases, made.models) == ((), ())
        [searched] = made.without
        assert searched.release == world.sealed.id
        assert re.fullmatch("p_[0-9a-f]{16}", searched.contributor)
        words = harmless(statement_page(made)).words
        assert "No training example in any release holds text of yours." in words
    assert "No commit in the collected repositories names you." in words


@pytest.mark.parametrize("person", ["p-nobody", "email:no@where.example", "", "../../etc/passwd"])
def test_an_unknown_person_is_told_of_nobody_else(world, person):
    with pytest.raises(InputError, match="nothing is known of") as refused:
        world.say(person)
    said = str(refused.value) + refused.value.advice
    assert not any(known in said for known in ("p-amy", "p-bob", "p-cat", "odd@"))


@pytest.mark.parametrize("person", OTHERS)
def test_pages_are_harmless_whatever_terms_and_people_say(world, person, tmp_path):
    path = write_statement(world.say(person), tmp_path)
    assert path.parent == tmp_path
    html = path.read_text(encoding="utf-8")
    page = harmless(html)
    assert "<script" not in html
    assert "Co <b>&amp; Sons</b>" in page.words


def test_the_statement_page_and_its_json_agree(world, tmp_path):
    path = write_statement(world.say("p-amy"), tmp_path)
    data = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    words = harmless(path.read_text(encoding="utf-8")).words
    assert data["schema"] == "byline/statement/1"
    [release] = data["releases"]
    assert f"{len(release['examples'])} training example" in words
    for example in release["examples"]:
        assert example["id"] in words
        for source in example["sources"]:
            assert source["path"] is None or f"{source['repository']}/{source['path']}" in words
    assert f"byline verify --release {release['release']}" in words
    assert "byline withdraw p-amy" in words
    for work in data["work"]:
        assert f"{work['lines']:,}" in words or work["work_class"] == "process"


def test_affected_finds_release_shards_and_models(world):
    hit = reach(world, "p-amy")
    [release] = hit.releases
    assert [model.model for model in hit.models] == ["mdl_1"]
    assert release.examples == sum(release.shards.values())
    for shard, count in release.shards.items():
        people = pq.read_table(world.sealed.directory / shard, columns=["people"])["people"]
        named = [{p["contributor"] for p in row} for row in people.to_pylist()]
        assert sum(release.contributor in row for row in named) == count
    assert reach(world, "p-bob").releases == ()
    assert reach(world, "p-amy", purposes=["code_review"]).releases == ()
    assert reach(world, "p-amy", classes=["design"]).releases == ()
    assert reach(world, "p-amy", classes=["process"], commits=set()).releases == ()


def test_a_statement_says_what_each_model_read(world):
    [release] = world.say("p-amy").releases
    assert [(one.model, one.examples_read) for one in release.models] == [("mdl_1", None)]
    folder = world.opened.layout.root / "models" / "mdl_1"
    folder.mkdir(parents=True)
    trained = [one.id for one in release.examples if one.split == "train"]
    rows = {"example": [*trained, "ex_other"], "tokens_read": [5] * len(trained) + [9]}
    pq.write_table(pa.table(rows), folder / "examples.parquet")
    made = world.say("p-amy")
    assert [one.examples_read for one in made.models] == [len(trained)]
    assert "its training read" in harmless(statement_page(made)).words


def test_another_key_finds_nobody_and_none_is_made(world, tmp_path):
    config = world.opened.config
    people = config.people.model_copy(update={"linkage_key": tmp_path / "linkage.key"})
    answering = {**world.answering, "config": config.model_copy(update={"people": people})}
    with pytest.raises(ConfigError, match="no linkage key"):
        statement("p-amy", **answering)
    assert not (tmp_path / "linkage.key").exists()


def test_a_damaged_release_is_named_and_not_passed_over(world):
    manifest = world.sealed.directory / "manifest.json"
    sound = manifest.read_bytes()
    manifest.write_bytes(sound.replace(b'"eng"', b'"eng2"'))
    try:
        hit = reach(world, "p-amy")
        assert hit.releases == ()
        assert [one.release for one in hit.undetermined] == [world.sealed.id]
        made = world.say("p-amy")
        assert "could not be searched" in harmless(statement_page(made)).words
    finally:
        manifest.write_bytes(sound)


def make_report(world, **extra):
    return report(world.sealed, **world.answering, **extra)


def test_the_report_adds_up_and_names_nobody(world, tmp_path):
    made = make_report(world, timings={"collect": 1.25})
    total = sum(blamed(world.opened.config.root / "core").values())
    assert sum(fate.count for fate in made.lines) == total
    assert sum(fate.count for fate in made.commits) == 5
    path = write_report(made, tmp_path)
    html = path.read_text(encoding="utf-8")
    told = html + path.with_suffix(".json").read_text(encoding="utf-8")
    harmless(html)
    assert "<script" not in html
    for word in ("Amy", "amy@", "p-amy", "Bob", "p-bob", "Cat", "cat/1", "Odd", "odd@"):
        assert word not in told, word
    assert not re.search("p_[0-9a-f]{16}", told)
    assert made.people == "fewer than 5"
    assert made.personal_clauses == 1
    assert [one.clause.id for one in made.clauses] == ["us/7"]


def test_the_report_marks_what_a_withdrawal_reaches(world):
    assert [one.is_affected for one in make_report(world).standing.releases] == [False]
    fact = {
        "person": "p-bob",
        "received": "2026-06-01",
        "classes": ["*"],
        "purposes": ["*"],
        "note": "",
    }
    append(world.opened.ledger, ledger_tables.WITHDRAWALS, fact)
    assert [one.is_affected for one in make_report(world).standing.releases] == [False]
    append(world.opened.ledger, ledger_tables.WITHDRAWALS, {**fact, "person": "p-amy"})
    made = make_report(world)
    [one] = made.standing.releases
    assert one.is_affected
    assert [model.is_affected for model in one.models] == [True]
    assert made.standing.withdrawals == 2
    assert "2 withdrawals are on record." in harmless(report_page(made)).words


def test_the_report_shows_what_the_model_recorded(world, tmp_path):
    run = {
        "id": "mdl_1", "release": {"id": world.sealed.id}, "kind": "model", "purpose": "assist_others",
        "parameters": 1234, "training": {"steps": 20, "tokens": 640, "epochs": 0.5, "warning": ""},
        "data": {"examples": 7, "examples_read": 5}, "weights_sha256": "ab" * 32,
    }  # fmt: skip
    figures = [("trained", 2.5), ("untrained", 3.5), ("5-gram", 1.9)]
    evaluation = {
        "split": "test",
        "figures": [
            {"system": s, "group": "all", "bits_per_byte": v, "bytes": 10, "examples": 1}
            for s, v in figures
        ],
        "differences": [
            {"system": "trained", "against": "5-gram", "mean": 0.6, "low": 0.5, "high": 0.7}
        ],
        "completions": [
            {"system": "trained", "targets": 8, "exact_match": 0.125, "edit_similarity": 0.4}
        ],
    }
    losses = [{"step": 10, "loss": 6.5}, {"step": 20, "loss": 5.25}]
    (tmp_path / "run.json").write_text(json.dumps(run))
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation))
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(one) + "\n" for one in losses))
    made = make_report(world, model=tmp_path)
    page = harmless(report_page(made))
    for word in (
        "2.500 bits per byte",
        "1.900 bits per byte",
        "worse",
        "12.5 %",
        "1,234 parameters",
    ):
        assert word in page.words, word
    assert "goes from 6.500 at step 10 to 5.250 at step 20" in page.words
