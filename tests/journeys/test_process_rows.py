"""What holds for every row of a release with all recipes: replay, bylines, groups, splits."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from byline.examples.rendering_replay import applied, read_blocks, read_diff
from byline.examples.schema import TEXTS, TEXTS_OF
from byline.examples.tokens import MAPS
from byline.workspace.files import sha256_text
from journeys.process_world import Row, World

TOKENS = MAPS["starcoder2"]
EDITS = ("review_revision", "break_repair", "issue_patch", "next_edit", "commit_edit")


def whole(row: Row) -> str:
    """The string that spans count in."""
    if row["text"] is not None:
        return str(row["text"])
    if row["messages"]:
        return "".join(one["content"] for one in row["messages"])
    return "".join(row[name] or "" for name in ("prompt", "completion", "chosen", "rejected"))


def test_spans_cover_the_text_and_shares_sum_to_one(world: World):
    for row in world.rows:
        ends = [0, *(span["end"] for span in row["spans"])]
        assert [span["start"] for span in row["spans"]] == ends[:-1], row["id"]
        assert ends[-1] == len(whole(row)), row["id"]
        assert sum(person["share"] for person in row["people"]) == pytest.approx(1), row["id"]
        named = {person["contributor"] for person in row["people"]}
        assert {span["contributor"] for span in row["spans"]} - {None} <= named
        assert all(person["decisions"] for person in row["people"])
        assert row["sources"]
        assert any(span["loss"] > 0 for span in row["spans"]), row["id"]


def test_a_row_has_the_texts_of_one_form(world: World):
    forms = Counter()
    for row in world.rows:
        filled = {name for name in TEXTS if row[name] is not None}
        [form] = [name for name, columns in TEXTS_OF.items() if set(columns) == filled]
        forms[form] += 1
    assert set(forms) == set(TEXTS_OF)


def test_a_group_is_in_one_split(world: World):
    splits: dict[str, set[str]] = {}
    for row in world.rows:
        splits.setdefault(row["split_keys"]["group"], set()).add(row["split"])
    assert {group for group, found in splits.items() if len(found) > 1} == set()
    assert {"train", "test"} <= set.union(*splits.values())


def test_a_commit_of_a_group_is_in_the_split_of_the_group(world: World):
    """Files and commits do not carry a piece of work into another split than its review's."""
    splits = {row["split_keys"]["group"]: row["split"] for row in world.rows}
    compared = 0
    for row in world.rows:
        commit = labelled(row, "commit")
        if commit is not None:
            node = f"commit:{row['split_keys']['repo']}:{commit}"
            split = splits.get(world.seen.groups.get(node, ""), row["split"])
            assert split == row["split"], row["id"]
            compared += node in world.seen.groups
    assert compared > 20


def test_ids_are_unique_and_weights_positive(world: World):
    counts = Counter(row["id"] for row in world.rows)
    assert [one for one, count in counts.items() if count > 1] == []
    assert all(row["weight"] > 0 for row in world.rows)


def changes_told(row: Row) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Texts that change files, with the records of those files."""
    record = json.loads(row["record"])
    if row["recipe"] == "preference" or labelled(row, "template") == "preference":
        for side in ("chosen", "rejected"):
            files = record.get(side)
            if isinstance(files, list):
                yield row[side], files
    elif row["completion"] is not None and labelled(row, "stage") in (None, "edit"):
        files = record.get("files") or ([record["file"]] if "file" in record else [])
        yield row["completion"], files


def labelled(row: Row, name: str) -> str | None:
    return next((one["value"] for one in row["labels"] if one["name"] == name), None)


def test_every_edit_is_read_back_from_its_text(world: World):
    """What is told in blocks is in the record, in order, and what it says fits the prompt."""
    checked: Counter[str] = Counter()
    for row in world.rows:
        record = json.loads(row["record"])
        style = row["render"]["name"]
        if row["recipe"] not in EDITS or style not in ("search_replace", "unified_diff"):
            continue
        for text, files in changes_told(row):
            read = read_blocks(text, TOKENS)
            told = [block for one in read for block in one.blocks]
            known = [block for one in files for block in one.get("blocks", ())]
            if not known:
                continue
            assert [(one.search, one.replace) for one in told] == [
                (one["search"], one["replace"]) for one in known
            ], (row["id"], record)
            checked[row["recipe"]] += 1
    assert checked["review_revision"] >= 15
    assert checked["commit_edit"] >= 50


def test_an_edit_gives_the_file_that_git_has(world: World):
    """The blocks of a text, applied to the file before it, give the after-state byte for byte.

    Where names, secrets or other people's lines were taken out of a file, git has no such file.
    """
    known = {sha256_text(text): text for text in world.seen.texts}
    checked: Counter[str] = Counter()
    foreign = 0
    for row in world.rows:
        for text, files in changes_told(row):
            if not read_blocks(text, TOKENS):
                continue
            hashed = [one for one in files if "before_sha256" in one]
            if not hashed or any(one["before_sha256"] not in known for one in hashed):
                foreign += bool(hashed)
                continue
            before = {one.get("old_path") or one["path"]: known[one["before_sha256"]]
                      for one in hashed if one["status"] != "A"}  # fmt: skip
            after = applied(read_blocks(text, TOKENS), before)
            for one in hashed:
                if one["status"] != "D":
                    assert sha256_text(after[one["path"]] or "") == one["after_sha256"], row["id"]
            checked[row["recipe"]] += 1
    assert {"review_revision", "break_repair", "issue_patch", "commit_edit"} <= set(checked)
    assert sum(checked.values()) > 100
    assert foreign < sum(checked.values()) / 4


def test_diffs_parse(world: World):
    count = 0
    for row in world.rows:
        if row["render"]["name"] == "unified_diff":
            text = row["prompt"] or ""
            count += bool(read_diff(text, TOKENS))
    assert count > 10


def test_what_an_agent_wrote_in_a_trace_is_marked_as_an_agents(world: World):
    """Terms that name the authorship they permit are asked about it, whoever submitted the trace."""
    by_agents = {
        part["part"]
        for parts in world.seen.parts.values()
        for part in parts
        if part["origin"] == "ai" and part["account"] is None
    }
    decided = {
        row["commit"]: row["authorship"]
        for work in world.seen.prepared.work
        for row in work.told.contributions.read(["commit", "authorship"]).to_pylist()
        if row["commit"] in by_agents
    }
    assert len(decided) > 5
    assert set(decided.values()) == {"ai"}
    sessions = [row for row in world.rows
                if row["recipe"] == "trajectory" and labelled(row, "actor") == "ai"]  # fmt: skip
    assert sessions
    for row in sessions:
        assert any(span["origin"] == "ai" and span["loss"] > 0 for span in row["spans"])
        assert all(span["loss"] == 0 for span in row["spans"]
                   if span["origin"] == "tool" and span["contributor"])  # fmt: skip
