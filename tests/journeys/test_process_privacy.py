"""Nothing of anybody who is excluded is in a release made from exports, in any column."""

import json
from functools import lru_cache

import pytest

from journeys.company import texts
from journeys.process_world import World


@pytest.fixture(scope="module")
def everything(world: World) -> str:
    return "\n".join(texts(world.release))


def test_no_sentence_of_an_excluded_person_nor_a_quote_of_one_is_there(
    world: World, everything: str
):
    told = world.key["excluded_sentences"] + world.key["canaries"]
    assert len(told) >= 15
    assert [one["text"] for one in told if one["text"] in everything] == []
    bare = [one["text"].lstrip("> ").strip('"') for one in told]
    assert [text for text in bare if text in everything] == []


def test_permitted_words_are_there(world: World, everything: str):
    """Silence about the excluded means nothing unless others speak."""
    kept = [
        part["text"].strip()
        for key, item in world.seen.items.items()
        if key.startswith(("github:", "gerrit:"))
        for part in world.seen.parts[item["item"]]
        if part["kind"] == "inline" and 60 < len(part["text"]) < 300 and "`" not in part["text"]
    ]
    assert sum(text in everything for text in kept) > 10


def test_no_account_of_anybody_is_there(world: World, everything: str):
    roster = (world.company / "people/roster.csv").read_text()
    accounts = handles(roster)
    assert len(accounts) > 20
    assert [one for one in accounts if f"@{one}" in everything] == []
    records = [json.loads(row["record"]) for row in world.rows]
    speakers = {one for record in records for one in _speakers(record)}
    assert speakers
    assert all(one.startswith("user_") or one in {"", "bot"} for one in speakers), speakers


@lru_cache
def handles(roster: str) -> list[str]:
    """The accounts that a roster names, without the forge."""
    head, *rows = roster.splitlines()
    column = head.split(",").index("handles")
    cells = [row.split(",")[column] for row in rows if row.count(",") >= column]
    found = {one.strip().rpartition(":")[2] for cell in cells for one in cell.split(";")}
    return sorted(one for one in found if len(one) > 4)


def _speakers(value: object) -> set[str]:
    if isinstance(value, dict):
        mine = {value["speaker"]} if isinstance(value.get("speaker"), str) else set()
        return mine.union(*(_speakers(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(_speakers(one) for one in value))
    return set()


def test_no_planted_secret_or_personal_datum_is_there(world: World, everything: str):
    for kind in ("secrets", "personal_data"):
        assert [one["kind"] for one in world.answers[kind] if one["value"] in everything] == []
