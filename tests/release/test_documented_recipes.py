"""docs/recipes.md names every recipe, style, setting with its default, and reason that the code has."""

import ast
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args

import pytest

from byline.corpus.caps import CapSettings
from byline.corpus.decontamination import BENCHMARK, HELD_OUT
from byline.examples.commit_edit import CommitEditSettings
from byline.examples.completion_files import CompletionSettings
from byline.examples.issue_stages import STAGES
from byline.examples.middle import MiddleLimits
from byline.examples.recipes import ALL, RECIPES
from byline.examples.rendering import STYLES
from byline.examples.rendering_layout import RenderSettings
from byline.examples.rendering_turns import LossByOrigin
from byline.examples.segments import SegmentLimits
from byline.examples.tokens import MAPS
from byline.work.builds.repairs import RepairSettings
from byline.workspace.config import Recipe

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "src/byline/examples"
SHARED = "what all have in common"
OF_FILES = ("completion", "commit_edit")
TOLD = frozenset({"require", "LeftOutError", "NotRenderedError", "Rule", "_declined"})
"""What gives a rule or a reason its name, as its first argument."""


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level, by its name in lower case."""
    parts = re.split(r"(?m)^## (.+)$", text)
    return {name.strip().lower(): body for name, body in zip(parts[1::2], parts[2::2], strict=True)}


SECTIONS = sections(TEXT)
SETTINGS = [
    *((recipe.name, recipe.options()) for recipe in ALL),
    ("completion", CompletionSettings()),
    ("completion", MiddleLimits()),
    ("completion", SegmentLimits()),
    ("commit_edit", CommitEditSettings()),
    ("break_repair", RepairSettings()),
    (SHARED, RenderSettings()),
    (SHARED, LossByOrigin()),
]


def shown(value: object) -> str:
    """A default as the tables have it."""
    if isinstance(value, tuple):
        return ", ".join(shown(one) for one in value) or "none"
    if is_dataclass(value):
        return "below"
    if isinstance(value, str):
        return f"`{value}`"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def documented(section: str) -> set[tuple[str, str]]:
    """The settings of a section's tables, with their defaults."""
    rows = re.findall(r"(?m)^\| `(\w+)` \| ([^|]+) \|.*\|.*\|$", SECTIONS[section])
    return {(name, default.strip()) for name, default in rows}


def test_every_recipe_has_a_section_and_no_section_is_of_none():
    names = {*get_args(Recipe)}
    assert names == {*RECIPES, *OF_FILES}
    assert set(SECTIONS) == {SHARED, *names}


def test_the_first_table_gives_each_recipe_its_style():
    rows = dict(re.findall(r"(?m)^\| \[`(\w+)`\]\(#\w+\) \|.*\| `?(\w+)`? \|$", TEXT))
    assert rows == {
        **{recipe.name: recipe.style for recipe in ALL},
        "completion": "own",
        "commit_edit": "search_replace",
    }


def test_every_style_is_described():
    assert set(STYLES) <= set(re.findall(r"(?m)^\| `(\w+)` \|", SECTIONS[SHARED]))


@pytest.mark.parametrize(("section", "options"), SETTINGS, ids=lambda one: str(one)[:40])
def test_every_setting_stands_there_with_its_default(section, options):
    known = {
        (one.name, shown(getattr(options, one.name)))
        for one in fields(options)
        if one.name not in ("seed", "loss")  # told of once, for all
    }
    assert known <= documented(section)


@pytest.mark.parametrize("section", sorted({name for name, _ in SETTINGS}))
def test_no_setting_is_described_that_is_none(section):
    known = {one.name for name, options in SETTINGS if name == section for one in fields(options)}
    described = {name for name, _ in documented(section)}
    assert described <= known


def reasons_in(source: str) -> set[str]:
    """The names of rules and reasons that a module gives as plain texts."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name in TOLD and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def test_every_reason_is_described():
    told = {reason for path in EXAMPLES.glob("*.py") for reason in reasons_in(path.read_text())}
    assert len(told) > 100  # the search itself works
    missing = sorted(reason for reason in told if f"`{reason}`" not in TEXT)
    assert missing == []


def test_no_reason_is_described_that_is_none():
    code = "".join(path.read_text() for path in (ROOT / "src/byline").rglob("*.py"))
    for section, body in SECTIONS.items():
        told = re.search(r"(?s)\*\*Reasons\*\*.*?(?=\n\n|$)", body)
        for reason in re.findall(r"`([\w.: ]+?)(?:: …)?`", told[0] if told else ""):
            stem = re.sub(r"(?<=^addressed\.)\w+$", "", reason)
            known = f'"{stem}' in code or reason in RECIPES or reason in OF_FILES
            assert known, f"{section}: {reason}"


def test_reasons_that_are_only_returned_are_described():
    for module, pattern in (
        ("messages.py", r'"(message: \w+)"'),
        ("repair_units.py", r'(?:return|else) "(\w+)"'),
    ):
        for reason in re.findall(pattern, (EXAMPLES / module).read_text()):
            assert f"`{reason}`" in TEXT, reason


def test_tasks_and_stages_are_described():
    for section, names in (("issue_patch", STAGES), ("break_repair", ("single", "session"))):
        for name in names:
            assert f"| `{name}` |" in SECTIONS[section]


def test_what_a_release_chooses_by_is_described():
    text = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
    for name in MAPS:
        assert f"`{name}`" in text
    caps, benchmark, own = CapSettings(), BENCHMARK, HELD_OUT
    assert f"{caps.equal:g} equal shares" in text
    assert f"{benchmark.words} words" in text
    assert f"{own.share:.0%}" in text
