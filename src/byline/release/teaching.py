"""Recipes over buckets of whole work-item groups: material in, candidate examples out.

Every unit of a recipe ends as a candidate or as a row that says why it makes none. An example's
split is that of its group, so that no group stands in two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from byline.corpus.groups import commit_of, days_until_reverted
from byline.corpus.split import Cuts
from byline.engine.executor import Executor, Progress
from byline.engine.stage import Partition, Stage, run_stage
from byline.errors import ConfigError
from byline.examples.candidate import CANDIDATES
from byline.examples.commit_units import commit_material
from byline.examples.draft import Declined, Draft
from byline.examples.experience import Experience
from byline.examples.material import Group, Material, material
from byline.examples.recipes import OF_COMMITS, OF_ITEMS, RECIPES
from byline.examples.rendering import STYLES, declined_row, render
from byline.examples.rendering import VERSION as RENDERING_VERSION
from byline.examples.review_material import bucket_acts
from byline.examples.tokens import MAPS, STARCODER2
from byline.people.accounts import NONE
from byline.people.accounts import Overrides as Machines
from byline.release.engineering import ToldDecided
from byline.release.inputs import Inputs
from byline.release.overrides import read_overrides
from byline.release.survived import shares, with_survival
from byline.workspace.config import Config
from byline.workspace.files import sha256_text

VERSION: Final = f"1.{RENDERING_VERSION}"


@dataclass(frozen=True)
class Lessons:
    """What recipes made of all buckets, and with which settings."""

    candidates: Sequence[Partition]
    settings: Mapping[str, Any]


def teach(
    *tables: pa.Table,
    recipes: Sequence[str],
    styles: Mapping[str, str],
    tokens: str,
    seed: int,
    purposes: Sequence[str],
    cuts: Cuts,
    accounts: Sequence[str],
    machines: Machines = NONE,
    overrides: Mapping[str, Sequence[str]] | None = None,
) -> pa.Table:
    """`CANDIDATES` of one bucket, ordered by id.

    Args:
        tables: As `byline.examples.material.material` takes them, then `SURVIVED` and `ACTS`.
        recipes: Which to run.
        styles: The rendering of each recipe, where it is not its own.
        tokens: The name of a token map.
        seed: Of all choices by hash.
        purposes: What everything is decided for.
        cuts: Where the splits begin.
        accounts: Account names to be hidden, in lower case.
        machines: The organisation's own word on which accounts are machines.
        overrides: Rules that somebody set aside, by example.
    """
    *plain, survival, known = tables
    source = material(
        *plain, cuts=cuts, purposes=purposes, seed=seed, accounts=frozenset(accounts),
        overrides=overrides, machines=machines,
    )  # fmt: skip
    how = How(recipes, styles, tokens, seed, purposes, cuts)
    acts = [(row["person"], row["path"], row["time"]) for row in known.to_pylist()]
    informed = replace(source, experience=Experience([*acts, *bucket_acts(source)]))
    return _taught(informed, how, shares(survival))


def teach_commits(
    edits: pa.Table,
    commits: pa.Table,
    labels: pa.Table,
    found: pa.Table,
    found_in_messages: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    groups: pa.Table,
    *,
    recipes: Sequence[str],
    styles: Mapping[str, str],
    tokens: str,
    seed: int,
    purposes: Sequence[str],
    cuts: Cuts,
    overrides: Mapping[str, Sequence[str]] | None = None,
) -> pa.Table:
    """`CANDIDATES` of one bucket of chosen commits; see `teach` for the settings."""
    grouped = groups.to_pylist()
    source = commit_material(
        edits, commits, labels, pa.concat_tables([found, found_in_messages]), contributions,
        decisions, cuts=cuts, purposes=purposes, seed=seed,
        held={commit_of(row["item"]): row["time"] for row in grouped},
        groups={commit_of(row["item"]): row["group"] for row in grouped},
        reverted=days_until_reverted(groups),
        overrides=overrides,
    )  # fmt: skip
    return _taught(source, How(recipes, styles, tokens, seed, purposes, cuts))


@dataclass(frozen=True)
class How:
    """The settings of `teach`."""

    recipes: Sequence[str]
    styles: Mapping[str, str]
    tokens: str
    seed: int
    purposes: Sequence[str]
    cuts: Cuts


def _taught(
    source: Material, how: How, lasting: Mapping[str, Mapping[int, float]] | None = None
) -> pa.Table:
    by_group = {group.identity: group for group in source.groups.values()}
    rows: dict[str, dict[str, Any]] = {}
    for name in how.recipes:
        recipe = RECIPES[name]
        options = recipe.options(seed=how.seed)
        rendering = recipe.rendering(options) if recipe.rendering else None
        tokens = STARCODER2 if recipe.has_one_form else MAPS[how.tokens]
        for made in recipe.make(source, options):
            placed = _placed(made, by_group)
            if isinstance(placed, Draft):
                row = render(
                    with_survival(placed, lasting or {}),
                    style=how.styles.get(name, recipe.style), tokens=tokens, cuts=how.cuts,
                    purposes=how.purposes, settings=rendering,
                )  # fmt: skip
            else:
                row = declined_row(placed, work_class=recipe.work_class)
            rows.setdefault(row["id"], row)
    return pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=CANDIDATES)


def _placed(made: Draft | Declined, by_group: Mapping[str, Group]) -> Draft | Declined:
    """The same, at the latest time of its group."""
    group = by_group.get(made.group)
    return made if group is None else replace(made, time=max(made.time, group.time))


TEACH: Final = Stage("candidates", VERSION, teach, CANDIDATES)
TEACH_COMMITS: Final = Stage("candidates", VERSION, teach_commits, CANDIDATES)


def teach_work(
    work: Sequence[ToldDecided],
    commits: Sequence[tuple[Partition, ...]],
    *,
    config: Config,
    inputs: Inputs,
    cuts: Cuts,
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> Lessons:
    """Run the configured recipes over every bucket of items and of chosen commits.

    Args:
        work: Buckets of whole groups.
        commits: For each bucket of edits what `teach_commits` reads.
        config: The recipes and how they are rendered.
        inputs: People and terms.
        cuts: Where the splits begin.
        tables: The folder of all tables.
        executor: What runs the tasks.
        progress: Told how far it is.

    Raises:
        ConfigError: A rendering, token map or override is not known.
    """
    seed = config.release.seed
    parameters: dict[str, Any] = {
        "styles": checked_styles(config),
        "tokens": config.release.tokens,
        "seed": seed,
        "purposes": inputs.purposes,
        "cuts": cuts,
        "overrides": read_overrides(config).set_aside,
    }
    run = partial(run_stage, tables=tables, executor=executor, progress=progress)

    def made(
        stage: Stage, groups: Sequence[tuple[str, Sequence[Partition]]], among: Sequence[str],
        **more: Any,
    ) -> list[Partition]:  # fmt: skip
        chosen = [name for name in among if name in config.release.recipes]
        settings = {name: RECIPES[name].settings(seed) for name in chosen}
        print_of = sha256_text(
            repr(sorted(parameters.items())), repr(settings),
            repr(sorted(more.items())),
        )  # fmt: skip
        given = {**parameters, **more, "recipes": chosen}
        return run(stage, groups, parameters=given, fingerprint=print_of) if chosen else []

    of_items = [
        (
            f"work/{one.told.bucket.name}",
            (
                one.told.bucket.items, one.told.bucket.parts, one.told.bucket.patchsets,
                one.told.bucket.links, one.told.changes, one.told.commits, one.told.labels,
                one.told.findings, one.told.contributions, one.decisions, one.told.bucket.groups,
                one.told.survival, one.told.acts,
            ),
        )
        for one in work
    ]  # fmt: skip
    of_commits = [(f"commits/{group[0].name}", group) for group in commits]
    candidates = [
        *made(
            TEACH,
            of_items,
            OF_ITEMS,
            accounts=_accounts(inputs),
            machines=_machines(inputs),
        ),
        *made(TEACH_COMMITS, of_commits, OF_COMMITS),
    ]  # fmt: skip
    used = [name for name in RECIPES if name in config.release.recipes]
    return Lessons(candidates, {name: RECIPES[name].settings(seed) for name in used})


def checked_styles(config: Config) -> dict[str, str]:
    """The configured rendering of each recipe.

    Raises:
        ConfigError: A rendering or a token map is not known.
    """
    release = config.release
    if release.tokens not in MAPS:
        raise ConfigError(
            f"[release] tokens: {release.tokens!r} is not known",
            advice=f"known: {', '.join(sorted(MAPS))}",
        )
    for recipe, style in release.renders.items():
        if recipe not in RECIPES or RECIPES[recipe].has_one_form:
            raise ConfigError(
                f"[release] renders: {recipe} has one form", advice="take it out of `renders`"
            )
        if style not in STYLES:
            raise ConfigError(
                f"[release] renders: {recipe} = {style!r} is not known",
                advice=f"known: {', '.join(STYLES)}",
            )
    return dict(sorted(release.renders.items()))


def _machines(inputs: Inputs) -> Machines:
    known = inputs.directory
    return Machines(known.bots, known.agents, known.not_bots)


def _accounts(inputs: Inputs) -> list[str]:
    """Account names of everybody on the roster, in lower case, in order."""
    names = {
        handle.alias.rpartition(":")[2].lower()
        for person in inputs.directory.people
        for handle in person.handles
    }
    return sorted(names)
