"""What the recipes make of the sample organisation's process, beside its answer key."""

from typing import Any

import pytest

from journeys.process_world import Row, World, is_made, labels

COMMENTS = ("review_comment", "review_revision")
EXHAUSTIVE = ("break_repair", "incident", "next_edit", "review_revision", "trajectory")
NO_UNIT = {"bot", "deferral", "rubber_stamp", "duplicate", "not_submitted", "author_excluded"}
"""What is declined with these words may be no opportunity at all: a trace that nobody submitted is
not read, a word of thanks begins no discussion, an issue that another repeats has no solution."""
WORDS: dict[str, tuple[str, ...]] = {
    "terms": ("terms: ",),
    "author_excluded": ("terms: ",),
    "lane": ("terms: lane_not_released",),
    "bot": ("terms: bot", "bot"),
    "ai": ("terms: ai_authored", "patchsets.left_out"),
    "rubber_stamp": ("comments.by_others", "behaviour.rubber_stamp"),
    "deferral": ("behaviour.deferral",),
    "hostile": ("behaviour.hostility",),
    "nit": ("behaviour.nit",),
    "unaddressed": ("addressed", "review.outcome"),
    "unmerged": ("review.outcome",),
    "no_change": ("review.outcome", "addressed", "no_single_change"),
    "reverted": ("review.outcome", "reverted", "message: machine_or_unfinished"),
    "flaky": ("flaky",),
    "infra": ("infrastructure: ",),
    "suppressed": ("suppressed_fix",),
    "no_reland": ("not_landed_again",),
    "small_difference": ("differing.least", "comment.addressed"),
    "proposed": ("status",),
    "placeholder": ("placeholder",),
    "short": ("min_prefix", "length.ratio"),
    "not_submitted": (),
    "duplicate": (),
}
TASKS = {
    "choice": "choice", "options": "options", "consequences": "consequences",
    "superseded": "revision", "code": "applies", "preference": "preference",
    "patchset": "patchset", "addressed": "heeded", "suggestion": "suggestion",
    "reverted": "reverted", "root_cause": "root_cause", "mitigation": "mitigation",
    "next_step": "next_step", "action_items": "action_items",
}  # fmt: skip
"""What the key calls a task, and what the recipes do."""


def found(world: World, recipe: str, told: Row) -> list[Row]:
    if recipe in COMMENTS and "unit" in told:
        return world.seen.comment(recipe, told["item"], told["unit"])
    return world.seen.about(recipe, told["item"])


def of_task(rows: list[Row], told: Row) -> list[Row]:
    if "task" not in told:
        return rows
    wanted = TASKS[told["task"]]
    return [
        row
        for row in rows
        if not is_made(row)
        or wanted in {labels(row).get(name) for name in ("task", "pair", "template")}
    ]


def test_every_recipe_is_in_the_key_and_in_the_release(world: World):
    made = {row["recipe"] for row in world.rows}
    assert {name for name, told in world.key["recipes"].items() if told["included"]} <= made
    assert world.result["manifest"]["recipes"].keys() == made


def test_what_the_key_includes_is_made(world: World):
    missing = [
        (recipe, told)
        for recipe, outcomes in world.key["recipes"].items()
        for told in outcomes["included"]
        if not any(is_made(row) for row in of_task(found(world, recipe, told), told))
    ]
    assert not missing, missing


def test_what_the_key_declines_is_not_made_and_says_why(world: World):
    wrong: list[Any] = []
    for recipe, outcomes in world.key["recipes"].items():
        for told in outcomes["declined"]:
            rows = of_task(found(world, recipe, told), told)
            if recipe == "break_repair":  # a skipped test is the worse side of a preference
                rows = [row for row in rows if labels(row).get("template") != "preference"]
            reasons = [labels(row).get("reason", "made") for row in rows]
            known = any(
                reason.startswith(word) for reason in reasons for word in WORDS[told["reason"]]
            )
            if "made" in reasons or not (known or (not rows and told["reason"] in NO_UNIT)):
                wrong.append((recipe, told, reasons))
    assert not wrong, wrong


@pytest.mark.parametrize("recipe", EXHAUSTIVE)
def test_nothing_is_made_that_the_key_does_not_name(world: World, recipe: str):
    told = world.key["recipes"][recipe]["included"]
    named = {row["id"] for one in told for row in found(world, recipe, one)}
    made = {row["id"] for row in world.seen.of(recipe) if is_made(row)}
    assert made
    assert made - named == set()


def test_traces_that_nobody_submitted_are_not_read(world: World):
    items = world.key["items"]
    unread = [name for name, about in items.items() if about.get("read") is False]
    assert unread
    assert set(unread) & set(world.seen.items) == set()
    assert {row["place"] for row in world.seen.problems} | {
        row["file"] for row in world.seen.problems
    } >= {name.rpartition(":")[2] for name in unread}


def test_comments_are_heeded_as_the_key_says(world: World):
    compared = 0
    for told in world.key["addressed"]:
        rows = [
            row
            for recipe in COMMENTS
            for row in world.seen.comment(recipe, told["item"], told["comment"])
        ]
        assert rows, told
        verdicts = {labels(row)["addressed"] for row in rows if is_made(row)}
        unheeded = {labels(row).get("reason") for row in rows} & {"addressed"}
        assert verdicts <= {told["addressed"]}, told
        if unheeded:
            assert told["addressed"] != "true", told
        compared += bool(verdicts or unheeded)
    assert compared > 20


def test_groups_hold_together_what_belongs_together(world: World):
    ids = {key: row["item"] for key, row in world.seen.items.items()}
    for told in world.key["groups"]:
        held = {name: world.seen.groups.get(ids.get(name, name)) for name in told}
        assert None not in held.values(), held
        assert len(set(held.values())) == 1, held


def test_groups_join_nothing_that_is_apart(world: World):
    """Two stories of the key are two groups, unless they share a member."""
    ids = {key: row["item"] for key, row in world.seen.items.items()}
    stories = [(set(told), world.seen.groups[ids.get(told[0], told[0])])
               for told in world.key["groups"]]  # fmt: skip
    joined = [
        (sorted(one), sorted(two))
        for at, (one, first) in enumerate(stories)
        for two, second in stories[at + 1 :]
        if first == second and not one & two
    ]
    assert joined == []


def test_a_repair_leads_from_the_failing_build_to_the_passing_one(world: World):
    builds = {one["key"]: one for one in world.key["builds"]}
    repaired = 0
    for told in world.key["repairs"]:
        rows = [row for row in world.seen.about("break_repair", told["failing"]) if is_made(row)]
        single = [row for row in rows if labels(row)["template"] != "preference"]
        if told["outcome"] != "repaired":
            assert not single, told
            continue
        for row in single:
            assert builds[told["passing"]]["commit"] in row["record"], told
            assert builds[told["failing"]]["commit"] in row["record"], told
            repaired += 1
    assert repaired >= 8


def test_a_superseded_decision_and_its_successor_make_a_revision(world: World):
    for told in world.key["superseded"]:
        both = [
            row
            for row in world.seen.about("decision", told["new"])
            if labels(row).get("task") == "revision" and is_made(row)
        ]
        assert both, told
        sources = {source["oid"].rpartition("/")[0] for row in both for source in row["sources"]}
        paths = {source["path"] for row in both for source in row["sources"]}
        old = told["old"]
        assert old in sources or old.split(":", 2)[2] in paths
