"""From real commits to examples: ranges asked of git, files shown as they were, blocks that replay."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from byline.corpus.contributions import CONTRIBUTIONS
from byline.corpus.schema import LABELS
from byline.corpus.split import Cuts
from byline.examples.bm25 import index
from byline.examples.draft import Draft
from byline.examples.issue_patch import IssuePatchSettings, issue_patch
from byline.examples.issue_shown import shown_ranges
from byline.examples.material import Material, material
from byline.examples.patch_reward import reward_of_answer
from byline.examples.rendering import render
from byline.examples.tokens import PLAIN
from byline.privacy.schema import FINDINGS
from byline.terms.schema import DECISIONS
from byline.work.git.commits import rows_of
from byline.work.git.ranges import collect_ranges
from byline.work.identifiers import item_id
from byline.work.issue_ranges import issue_ranges
from byline.work.items import LINKS, Part, Reading, Source, item_of, tables_of
from simulators.repositories import NOON, Repository, repository

TOTAL = (
    "".join(f"# line {n}\n" for n in range(80)) + "def total(amounts):\n    return sum(amounts)\n"
)
FIRST = {b"ledger/total.py": TOTAL.encode(),
         b"ledger/rounding.py": b"def round_half_even(amount):\n    return amount\n",
         b"tests/test_total.py": b"def test_total():\n    pass\n"}  # fmt: skip
SECOND = {**FIRST, b"ledger/total.py": TOTAL.replace("return sum", "return round_half_even(sum").encode(),
          b"tests/test_total.py": b"def test_total():\n    assert total([1]) == 1\n"}  # fmt: skip
THIRD = {**SECOND, b"ledger/total.py": SECOND[b"ledger/total.py"].replace(b"(amounts)\n", b"(amounts))\n"),
         b"ledger/units.py": b"MINOR = 2\n"}  # fmt: skip
LATER = {**THIRD, b"ledger/rounding.py": b"def round_half_even(amount):\n    return amount + 0\n"}
ISSUE = Reading(
    kind="issue", key="github:acme/ledger#7", file="7.json", title="total is not rounded",
    repository="ledger", state="closed", opened=dt.datetime.fromtimestamp(NOON + 50, dt.UTC),
    parts=[
        Part("title", "title", "total is not rounded", account="cho", time=dt.datetime.fromtimestamp(NOON + 50, dt.UTC)),
        Part("description", "body", "total should use round_half_even from rounding", account="cho",
             time=dt.datetime.fromtimestamp(NOON + 50, dt.UTC)),
    ],
)  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> tuple[Repository, list[str]]:
    made = repository(tmp_path / "r", bare=True)
    first = made.commit(FIRST, time=NOON)
    second = made.commit(SECOND, parents=[first], time=NOON + 100, name="Bob", email="bob@corp.example",
                         message="Begin rounding\n\nFixes #7\n")  # fmt: skip
    third = made.commit(THIRD, parents=[second], time=NOON + 200, message="Close it\n\nFixes #7\n")
    later = made.commit(LATER, parents=[third], time=NOON + 300, message="Later\n")
    made.point(later)
    return made, [first, second, third, later]


def permitted(changes: pa.Table, parts: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Everybody may be used for everything."""
    places = {
        (row["item"], run["commit"]) for row in changes.to_pylist()
        for run in (*row["before_origins"], *row["after_origins"], {"commit": row["commit"]})
    } | {(row["item"], row["part"]) for row in parts.to_pylist()}  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"contribution": item_id("c", item, name), "item": item, "class": "code", "repository": "ledger",
         "owner": "employer", "person": f"p-{name[:6]}", "population": "roster", "employment": "in_force",
         "authored": dt.datetime.fromtimestamp(NOON, dt.UTC), "authorship": "human", "lines": 1,
         "commit": name, "role": "author"}
        for item, name in sorted(places)
    ]  # fmt: skip
    decisions = [
        {"contribution": row["contribution"], "purpose": "assist_others", "outcome": "identified",
         "reason": "permitted", "clauses": ["k/1"], "missing": []}
        for row in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CONTRIBUTIONS), pa.Table.from_pylist(
        decisions, schema=DECISIONS
    )


def material_from(changes: pa.Table, commits: pa.Table) -> Material:
    tables = tables_of(Source("forge", "github", path=Path()), [ISSUE])
    contributions, decisions = permitted(changes, tables.parts)
    links = tables.links
    for name in ("related", "related_commit", "related_repository"):
        links = links.append_column(name, pa.nulls(0, pa.string()))
    labels = pa.Table.from_pylist(
        [{"item": row["item"], "repository": "ledger", "path": row["path"], "kind": "programming",
          "quality": []} for row in changes.to_pylist()], schema=LABELS,
    )  # fmt: skip
    groups = pa.table({"item": [item_of(ISSUE)], "group": ["g"], "size": [1],
                       "time": pa.array([dt.datetime.fromtimestamp(NOON + 300, dt.UTC)])})  # fmt: skip
    return material(
        tables.items, tables.parts, tables.patchsets, links, changes, commits, labels,
        FINDINGS.empty_table(), contributions, decisions, groups,
        cuts=Cuts(None, None, "test"), purposes=["assist_others"], seed=17,
    )  # fmt: skip


def test_two_commits_that_close_an_issue_become_its_examples(
    made: tuple[Repository, list[str]],
) -> None:
    repo, ids = made
    tables = tables_of(Source("forge", "github", path=Path()), [ISSUE])
    history = rows_of(repo.directory, ids, repository="ledger", quarantine={})
    names = ("related", "related_commit", "related_repository")
    links = pa.schema([*LINKS, *(pa.field(name, pa.string()) for name in names)]).empty_table()
    asked = issue_ranges(tables.items, links, history, tables.patchsets)
    assert [(row["old_commit"], row["new_commit"]) for row in asked.to_pylist()] == [
        (ids[0], ids[2])
    ]
    merged, commits = collect_ranges(repo.directory, "ledger", asked, revision=ids[-1])
    head = pa.table(
        {
            "path": [path.decode() for path in LATER],
            "text": [text.decode() for text in LATER.values()],
        }
    )
    shown = shown_ranges(material_from(merged, commits), {"ledger": index(head)})
    [wanted] = shown.to_pylist()
    assert "ledger/rounding.py" in wanted["paths"]
    assert wanted["old_commit"] == ids[0]
    more, also = collect_ranges(repo.directory, "ledger", shown, revision=ids[-1])
    source = material_from(pa.concat_tables([merged, more]), pa.concat_tables([commits, also]))
    found = list(issue_patch(source, IssuePatchSettings()))
    by_stage = {one.labels["stage"]: one for one in found if isinstance(one, Draft)}
    assert by_stage.keys() == {"edit", "files", "no_edit", "regions"}, found
    edit = by_stage["edit"]
    texts = {file.path: "".join(file.before) for file in edit.turns[-2].files}
    assert texts["ledger/rounding.py"] == FIRST[b"ledger/rounding.py"].decode()  # as it was then
    assert edit.record["base_commit"] == ids[0]
    assert edit.record["test_files"] == 1
    row = render(edit, style="search_replace", tokens=PLAIN, purposes=[], cuts=source.cuts)
    before = {path.decode(): text.decode() for path, text in FIRST.items()}
    oracle = {
        name: THIRD[name.encode()].decode() for name in ("ledger/total.py", "ledger/units.py")
    }
    assert reward_of_answer(row["completion"], oracle, before=before, tokens=PLAIN) == 1.0
    writers = {one["contributor"] for one in row["people"] if one["role"] == "author"}
    assert writers >= {f"p-{ids[2][:6]}"}
