"""Asking the terms: explain, diff, and decisions of another day or of what was known by then."""

import datetime as dt
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from byline.cli.main import app
from byline.errors import InputError, RefusedError, UsageError
from simulators.repositories import filled

BOT = ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")
CLAUSES = """[agreement]
id = "us"
title = "Employment agreement"
kind = "employment"
version = "2023-05"
effective = 2023-05-01
[[clause]]
id = "us/7"
effect = "permit"
text = "The company may use your work to build tools for its engineers."
place = "§ 7, page 4"
classes = ["code", "process"]
purposes = ["*"]
basis = "agreement"
needs_notice = "ai"
[clause.who]
worker_types = ["employee"]
[[clause]]
id = "us/8"
effect = "forbid"
text = "Nobody's role is replicated."
classes = ["*"]
purposes = ["role_replication"]
"""
ROSTER = """id,name,emails,worker_type,country,unit,start,end
p-1,Ada Lovelace,ada@corp.example,employee,US,Core,2020-01-01,
"""
CONFIG = """[[repositories]]
name = "shop"
path = "shop"
[people]
roster = "roster.csv"
[terms]
agreements = ["terms"]
notices = "notices.csv"
[release]
as_of = 2024-06-30
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("asked")
    made = filled(root / "shop")
    code = b"def price(item):\n    return item.cents / 100\n" * 8
    own = made.commit({b"a.py": code}, name="Ada", email="ada@corp.example")
    bots = made.commit({b"a.py": code + b"x = 1\n"}, parents=[own], name=BOT[0], email=BOT[1])
    zed = made.commit(
        {b"a.py": code + b"x = 1\n", b"b.py": b"y = 2\n" * 9},
        parents=[bots], name="Zed", email="zed@out.example",
    )  # fmt: skip
    made.point(zed)
    (root / "terms").mkdir()
    (root / "terms" / "us.toml").write_text(CLAUSES)
    (root / "draft").mkdir()
    (root / "draft" / "us.toml").write_text(
        CLAUSES.replace('purposes = ["*"]', 'purposes = ["repair"]')
    )
    (root / "roster.csv").write_text(ROSTER)
    (root / "notices.csv").write_text(
        "notice,version,person,served,channel,language\nai,1,p-1,2023-09-01,letter,en\n"
    )
    (root / "byline.toml").write_text(CONFIG)
    run(root, "decide")
    return root


def run(root: Path, *arguments: str) -> dict:
    done = CliRunner().invoke(app, [*arguments, "--json", "-q", "-w", "1", "-c", str(root)])
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def now() -> str:
    moment = dt.datetime.now(dt.UTC).isoformat()
    time.sleep(0.01)
    return moment


def test_a_person_an_item_a_commit_and_a_purpose_are_explained(company: Path):
    told = run(company, "terms", "explain", "--person", "p-1", "--purpose", "*")
    text = "\n".join(told["paragraphs"])
    assert "Ada Lovelace (p-1), employee in the unit Core, US since 1 January 2020." in text
    assert "(§ 7, page 4) permits it: “The company may use your work" in text
    assert "for every ordinary use: the agreement is in force since 1 May 2023" in text
    assert "Nobody's role is replicated" in text
    reasons = {tuple(one["purposes"]): one["reason"] for one in told["groups"]}
    assert reasons["role_replication",] == "forbidden"

    place = run(company, "terms", "explain", "shop:a.py")
    assert {one["person"] for one in place["groups"]} == {"p-1", f"bot:{BOT[1]}"}
    assert len(place["decisions"]) == 2
    commit = place["decisions"][0]["commit"]
    of_commit = run(company, "terms", "explain", commit[:9], "--person", "p-1")
    assert {kind for one in of_commit["groups"] for kind in one["amounts"]} <= {
        "changes", "messages",
    }  # fmt: skip
    asked = run(company, "terms", "explain", "--purpose", "role_replication")
    assert "denied unless an agreement names it" in asked["paragraphs"][0]
    assert {one["outcome"] for one in asked["groups"]} == {"excluded"}
    bot = run(company, "terms", "explain", "--person", f"bot:{BOT[1]}")
    assert {one["reason"] for one in bot["groups"]} == {"bot"}


def test_what_nobody_knows_cannot_be_explained(company: Path):
    with pytest.raises(InputError, match="nothing is known"):
        run(company, "terms", "explain", "--person", "email:no@where.example")
    with pytest.raises(InputError, match="nothing that was collected"):
        run(company, "terms", "explain", "shop:none.py")
    with pytest.raises(UsageError, match="nothing is asked"):
        run(company, "terms", "explain")
    with pytest.raises(UsageError, match="as-of"):
        run(company, "terms", "explain", "shop:a.py", "--as-of", "June")


def test_a_difference_is_shown_before_it_is_adopted(company: Path):
    draft = str(company / "draft")
    told = run(company, "terms", "diff", "now", draft)
    assert [(one["about"], one["how"]) for one in told["clauses"]] == [("us/7", "changed")]
    [way] = [one for one in told["ways"] if one["way"] == "no longer included"]
    assert way["people"] == "1–4"
    assert "whose" not in way
    named = run(company, "terms", "diff", "now", draft, "--people")
    assert named["ways"][0]["whose"] == ["p-1"]
    with pytest.raises(RefusedError, match="would include what is excluded now"):
        run(company, "terms", "diff", draft, "now", "--fail-on-more")
    assert run(company, "terms", "diff", "now", told["old"][:10])["changed"] == 0
    assert run(company, "terms", "diff", "now", str(company / "byline.toml"))["changed"] == 0
    with pytest.raises(UsageError, match="there are no terms"):
        run(company, "terms", "diff", "now", "nowhere")


def test_another_day_and_what_was_known_by_then(company: Path):
    first = run(company, "decide")["counts"]
    before = now()
    assert run(company, "decide", "--as-of", "2023-08-01")["counts"]["notice_late"] > 0
    run_withdrawal(company)
    then = now()
    second = run(company, "decide")["counts"]
    assert second["withdrawn"] == first["permitted"]

    past = run(company, "decide", "--known-by", before)
    assert past["counts"] == first
    assert past["asked"]["reproduced"] is True
    assert past["asked"]["remarks"] == []
    # Between what was said and the next decision, what was said counts, and no record compares.
    between = run(company, "decide", "--known-by", then)
    assert between["counts"] == second
    assert between["asked"]["reproduced"] is None
    assert run(company, "decide", "--known-by", now())["asked"]["reproduced"] is True
    assert run(company, "decide")["counts"] == second  # asking changed nothing

    # Somebody confirms later that an address is hers: then it was nobody's of the roster.
    merged = CliRunner().invoke(
        app, ["people", "--merge", "zed@out.example=p-1", "--json", "-c", str(company)]
    )
    assert merged.exit_code == 0, merged.output
    assert "outsider" not in run(company, "decide")["counts"]
    past = run(company, "decide", "--known-by", before)
    assert (past["counts"], past["asked"]["reproduced"]) == (first, True)

    (company / "terms" / "us.toml").write_text(CLAUSES.replace("§ 7, page 4", "§ 7, page 5"))
    told = run(company, "terms", "explain", "shop:a.py", "--known-by", before)
    assert "page 4" in str(told["paragraphs"])
    assert "withdrew" not in str(told["paragraphs"])
    with pytest.raises(InputError, match="nothing had been decided"):
        run(company, "decide", "--known-by", "2020-01-01")
    with pytest.raises(UsageError, match="without a zone"):
        run(company, "decide", "--known-by", "2020-01-01T10:00:00")


def run_withdrawal(company: Path) -> None:
    done = CliRunner().invoke(app, ["withdraw", "p-1", "--json", "-c", str(company)])
    if done.exception is not None:
        raise done.exception
