"""docs/sources.md and docs/configuration.md name what readers and the configuration have."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from byline.fetch.fetching import SYSTEMS
from byline.work.items import CHANGES, ITEMS, LINKS, PARTS, PATCHSETS, PROBLEMS, RANGES, Kind
from byline.work.reading import READERS
from byline.workspace.config import HeldOut, Release, Source

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
WORK = ROOT / "src/byline/work"
EDITS_ALONE = {"item", "repository", "commit", "parent", "work_item"}
"""Columns of `CHANGES` that are told of in words."""
REASON_AT = {
    "Problem": 2, "Value": 2, "UnreadableError": 0, "BadDocumentError": 0, "problem": 1,
    "_problem": 1,
}  # fmt: skip
"""Where the calls that make a problem have its reason."""
NOT_READERS = ("work/git", "work/identifiers.py")


def test_every_system_has_a_reader_and_is_described():
    systems = set(get_args(Source.model_fields["system"].annotation))
    assert systems == set(READERS)
    for system in systems:
        assert f"`{system}`" in SOURCES, system
        assert f"`{system}`" in CONFIGURATION, system


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_every_kind_that_is_fetched_is_described(system):
    for kind in SYSTEMS[system]:
        assert re.search(rf"(?m)^\| (?:`{system}`)? ?\| `{kind}` \|", SOURCES), kind


@pytest.mark.parametrize(
    ("name", "schema"),
    [("ITEMS", ITEMS), ("PARTS", PARTS), ("PATCHSETS", PATCHSETS), ("LINKS", LINKS),
     ("PROBLEMS", PROBLEMS), ("RANGES", RANGES), ("CHANGES", CHANGES)],
)  # fmt: skip
def test_every_column_is_described(name, schema):
    start = SOURCES.index(f"**`{name}`**")
    end = SOURCES.find("\n**`", start)
    text = SOURCES[start : end if end > 0 else len(SOURCES)]
    told = EDITS_ALONE | {"new_oid", "old_oid", "purpose", "from_patchset", "to_patchset"}
    wanted = set(schema.names) - (told if name == "CHANGES" else set())
    assert {column for column in wanted if f"`{column}`" not in text} == set()


def test_every_kind_of_item_is_described():
    for kind in get_args(Kind):
        assert f"`{kind}`" in SOURCES, kind


def reasons_in(source: str) -> set[str]:
    """The reasons of problems that a module gives as plain texts."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        name = function.id if isinstance(function, ast.Name) else name
        place = REASON_AT.get(name)
        if place is None or len(node.args) <= place:
            continue
        reason = node.args[place]
        if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
            found.add(reason.value)
    return found


def test_every_reason_of_a_problem_is_described():
    paths = [path for path in WORK.rglob("*.py") if not any(n in str(path) for n in NOT_READERS)]
    told = {reason for path in paths for reason in reasons_in(path.read_text(encoding="utf-8"))}
    told = {reason for reason in told if re.fullmatch(r"[a-z][a-z_]+", reason)}
    assert len(told) > 40  # the search itself works
    missing = sorted(reason for reason in told if f"`{reason}`" not in SOURCES)
    assert missing == []


@pytest.mark.parametrize("section", [Source, Release, HeldOut])
def test_every_key_stands_in_the_table(section):
    for key in section.model_fields:
        if key != "hold_out":  # a table of its own
            assert f"`{key}`" in CONFIGURATION, key
    assert "`[release.hold_out]`" in CONFIGURATION
    assert "`[[sources]]`" in CONFIGURATION
