"""How Python grows: modules arrive piece by piece, and pieces are put right later."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from byline.errors import InputError
from byline.sample.company import RepositoryFacts
from byline.sample.dice import Dice
from byline.sample.modules import module_paths, module_source
from byline.sample.python_source import Section, cut, versions
from byline.sample.tasks import DAY, Task, author_at, between, day_of, later
from byline.sample.tree import Piece, Tree, renamed, with_pieces

_BYTES_A_COMMIT = 12500
_EDITED = 0.095
_GROWTH_WORDS = ("Add {0}", "Add {0} and friends", "Introduce {0}", "Implement {0}", "Bring in {0}")


@dataclass(frozen=True, slots=True)
class Module:
    """A module that grows: its identity, its sections, when each is in, and which were edited."""

    identity: str
    sections: tuple[Section, ...]
    complete: int
    untouched: tuple[Section, ...]


def put(identity: str, *pieces: Piece) -> Callable[[Tree], Tree]:
    """Return the change that adds or replaces pieces of a file."""
    return lambda tree: with_pieces(tree, identity, pieces)


def python_plan(facts: RepositoryFacts, seed: int) -> tuple[list[Task], list[Module]]:
    """Return the tasks that grow and correct a repository's Python, and the modules they make.

    Raises:
        InputError: this Python carries no sources of its standard library.
    """
    tasks: list[Task] = []
    modules: list[Module] = []
    span = (facts.end - facts.start).days
    for number, (name, path) in enumerate(module_paths(facts.name)):
        source = module_source(name)
        sections = cut(source) if source else []
        if not sections:
            continue
        dice = Dice(f"{seed}:{facts.name}:{name}")
        start = facts.start + timedelta(days=1 + int(span * 0.82 * dice.random() * (number > 1)))
        end = min(start + timedelta(days=dice.randrange(20, 220)), facts.end - timedelta(days=9))
        made, module = _grow(facts, path, sections, (start, end), dice)
        tasks += made
        modules.append(module)
    if not modules:
        raise InputError(
            "this Python has no source files of its standard library, from which the sample grows",
            advice="use a Python that is installed with its .py files",
        )
    dice = Dice(f"{seed}:{facts.name}:shape")
    tasks += _renames(facts, modules, dice) + _moves(facts, modules, dice)
    return tasks + _reverts(facts, modules, dice), modules


def _grow(
    facts: RepositoryFacts, path: str, sections: list[Section], time: tuple[date, date], dice: Dice
) -> tuple[list[Task], Module]:
    size = sum(len(section.text) for section in sections)
    chunks = _chunks(sections, max(1, round(size / _BYTES_A_COMMIT)))
    times = sorted(between(*time, dice) for _ in chunks)
    times = [when + place * 61 for place, when in enumerate(times)]
    tasks: list[Task] = []
    untouched: list[Section] = []
    for chunk, when in zip(chunks, times, strict=True):
        pieces = []
        for section in chunk:
            steps = (1 + (dice.random() < 0.3)) if dice.random() < _EDITED else 0
            history = versions(section, steps=steps, dice=dice)
            pieces.append(Piece(section.key, history[0].text.encode()))
            if len(history) == 1:
                untouched.append(section)
            moment = when
            for after in history[1:]:
                moment = later(facts, moment, days=160, dice=dice)
                change = put(path, Piece(section.key, after.text.encode()))
                author = author_at(facts, moment, dice)
                touched = frozenset([path])
                tasks.append(Task(moment, author, after.subject, change, touched, after.kind))
        named = [section.name for section in chunk if section.name]
        subject = dice.pick(_GROWTH_WORDS).format(
            named[0] if named else f"the {_stem(path)} module"
        )
        author = author_at(facts, when, dice)
        tasks.append(Task(when, author, subject, put(path, *pieces), frozenset([path])))
    return tasks, Module(path, tuple(sections), times[-1], tuple(untouched))


def _chunks(sections: list[Section], count: int) -> list[list[Section]]:
    total = sum(len(section.text) for section in sections)
    chunks: list[list[Section]] = [[]]
    size = 0
    for section in sections:
        if chunks[-1] and size >= total * len(chunks) / count:
            chunks.append([])
        chunks[-1].append(section)
        size += len(section.text)
    return chunks


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".py")


def _renames(facts: RepositoryFacts, modules: list[Module], dice: Dice) -> list[Task]:
    tasks = []
    for module in dice.sample(modules, min(3, len(modules))):
        when = later(facts, module.complete + 30 * DAY, days=160, dice=dice)
        folder, name = module.identity.rsplit("/", 1)
        target = f"{folder}/{dice.pick(('core', 'harbour', 'shared'))}_{name}"
        change = _rename_change(module.identity, target)
        subject = f"Rename {name} to {target.rsplit('/', 1)[-1]}"
        touched = frozenset([module.identity])
        author = author_at(facts, when, dice)
        tasks.append(Task(when, author, subject, change, touched, "refactor", solo=True))
    return tasks


def _rename_change(identity: str, target: str) -> Callable[[Tree], Tree]:
    return lambda tree: renamed(tree, identity, target)


def _whole_functions(module: Module) -> list[Section]:
    """Sections that are one function of the module itself and were never edited."""
    return [s for s in module.untouched if s.top and "\ndef " in "\n" + s.text and s.name.islower()]


def _moves(facts: RepositoryFacts, modules: list[Module], dice: Dice) -> list[Task]:
    tasks: list[Task] = []
    for module in dice.sample(modules, min(4, len(modules))):
        choices = _whole_functions(module)[1:]
        folder = module.identity.rsplit("/", 1)[0] + "/"
        target = dice.pick([m for m in modules if m.identity.startswith(folder)])
        if not choices or target is module:
            continue
        section = dice.pick(choices)
        when = later(facts, max(module.complete, target.complete), days=160, dice=dice)
        new_home = target.identity.removesuffix(".py").replace("/", ".")
        left = f"\n\nfrom {new_home} import {section.name}  # moved, kept for callers\n"
        here = put(module.identity, Piece(section.key, left.encode()))
        there = put(target.identity, Piece(900_000 + section.key, section.text.encode()))
        subject = f"Move {section.name} to {_stem(target.identity)}"
        touched = frozenset([module.identity, target.identity])
        author = author_at(facts, when, dice)
        change = _both(here, there)
        tasks.append(Task(when, author, subject, change, touched, "refactor", solo=True))
    return tasks


def _both(first: Callable[[Tree], Tree], second: Callable[[Tree], Tree]) -> Callable[[Tree], Tree]:
    return lambda tree: second(first(tree))


def _reverts(facts: RepositoryFacts, modules: list[Module], dice: Dice) -> list[Task]:
    """Two tasks each: a change that was wrong, and its revert a few days later."""
    tasks: list[Task] = []
    for number, module in enumerate(dice.sample(modules, min(3, len(modules)))):
        tried = (
            (s, versions(s, steps=1, dice=Dice(f"{facts.name}:{s.name}"))) for s in module.untouched
        )
        found = next(((s, v) for s, v in tried if v[0].kind == "arrival"), None)
        if found is None:
            continue
        section, history = found
        when = later(facts, module.complete, days=160, dice=dice)
        key, touched = f"tweak-{number}", frozenset([module.identity])
        subject = f"Simplify {section.name or _stem(module.identity)}"
        worse = put(module.identity, Piece(section.key, history[0].text.encode()))
        better = put(module.identity, Piece(section.key, section.text.encode()))
        task = Task(when, author_at(facts, when, dice), subject, worse, touched, key=key, solo=True)
        after = later(facts, when, days=5, dice=dice)
        undo = replace(task, when=after, author=author_at(facts, after, dice), change=better)
        tasks += [task, replace(undo, key="", reverts=key)]
    return [task for task in tasks if day_of(task.when) <= facts.end]
