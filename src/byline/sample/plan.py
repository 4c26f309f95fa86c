"""The plan of one repository: every task in order of time, and what the answer key must say."""

from dataclasses import dataclass, replace
from datetime import timedelta

from byline.sample.company import RepositoryFacts
from byline.sample.dice import Dice
from byline.sample.other_plan import bot_plan, document_plan, language_plan, odd_plan
from byline.sample.planted_plan import Line, Placement, planted_plan
from byline.sample.python_plan import python_plan
from byline.sample.tasks import Task, author_at, between, day_of
from byline.sample.tree import Tree

_SCENES = (
    (0.30, "octopus"),
    (0.42, "conflict"),
    (0.48, "release"),
    (0.60, "octopus"),
    (0.74, "conflict"),
    (0.93, "tag"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Tasks in order, planted lines and planted values of one repository."""

    facts: RepositoryFacts
    tasks: tuple[Task, ...]
    lines: tuple[Line, ...]
    placements: tuple[Placement, ...]


def plan(facts: RepositoryFacts, *, seed: int) -> Plan:
    """Return the plan of a repository."""
    tasks, modules = python_plan(facts, seed)
    planted = planted_plan(facts, modules, seed)
    tasks += planted.tasks + language_plan(facts, seed) + document_plan(facts, seed)
    tasks += bot_plan(facts, seed) + odd_plan(facts, seed) + _scenes(facts, seed)
    kept = [task for task in tasks if day_of(task.when) <= facts.end]
    ordered = sorted(kept, key=lambda task: task.when)
    ordered = _with_pick(ordered)
    return Plan(facts, tuple(ordered), tuple(planted.lines), tuple(planted.placements))


def _scenes(facts: RepositoryFacts, seed: int) -> list[Task]:
    tasks = []
    span = (facts.end - facts.start).days
    for number, (share, scene) in enumerate(_SCENES):
        dice = Dice(f"{seed}:{facts.name}:{scene}:{number}")
        day = facts.start + timedelta(days=int(span * share))
        when = between(day, day, dice)
        author = author_at(facts, when, dice)
        tasks.append(
            Task(
                when,
                author,
                scene,
                _unchanged,
                frozenset(),
                special=scene,
                key=f"{number}",
                solo=True,
            )
        )
    return tasks


def _unchanged(tree: Tree) -> Tree:
    return tree


def _with_pick(tasks: list[Task]) -> list[Task]:
    """Add a task that carries the first fix after the release over to the release branch.

    The fix must be to a file that the release already has, and stand alone on main.
    """
    release = next(place for place, task in enumerate(tasks) if task.special == "release")
    seen = frozenset().union(*(task.touches for task in tasks[:release]))
    for place in range(release + 1, len(tasks)):
        task = tasks[place]
        if task.kind == "fix" and not task.key and task.touches <= seen and not task.note:
            chosen = replace(task, key="backport", solo=True)
            pick = replace(task, when=task.when + 5400, key="", picks="backport", solo=True)
            return [*tasks[:place], chosen, pick, *tasks[place + 1 :]]
    return tasks
