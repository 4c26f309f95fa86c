"""Law 2 over random histories: every line says whose it is, and an excluded person's never shows.

Three people insert, replace, delete, rename, re-indent and merge; some commits name the excluded
person as co-author. No line is written twice, so a word in a release tells who wrote it.
"""

import random
from pathlib import Path

import pytest

from laws.worlds import ANN, BOB, XEN, World, everything, moment, objecting, rows
from simulators.repositories import Repository

TAGS = (("amber", ANN), ("birch", BOB), ("violet", XEN))
State = dict[bytes, list[str]]


class Writer:
    """Writes one repository of random commits, from a seed."""

    def __init__(self, made: Repository, seed: int) -> None:
        self.made, self.dice, self.count = made, random.Random(seed), 0
        self.states: list[tuple[str, State]] = []

    def fresh(self, tag: str) -> list[str]:
        size = self.dice.randint(2, 9)
        self.count += size
        return [
            f"    {tag}_{self.count - place} = read_{self.count - place}('{tag}')\n"
            for place in range(size)
        ]

    def change(self, state: State, tag: str) -> State:
        path = self.dice.choice(sorted(state))
        lines = list(state[path])
        kind = self.dice.choice(("insert", "insert", "replace", "delete", "rename", "new"))
        start = self.dice.randint(0, len(lines))
        end = min(len(lines), start + self.dice.randint(1, 6))
        rest = {other: text for other, text in state.items() if other != path}
        if kind == "new":
            return {**state, b"f%d.py" % self.count: self.fresh(tag)}
        if kind == "rename":
            return {**rest, b"g%d.py" % self.dice.randint(0, 10**6): lines}
        lines[start : start if kind == "insert" else end] = (
            [] if kind == "delete" else self.fresh(tag)
        )
        return {**rest, path: lines}

    def step(self, day: int) -> None:
        place = self.dice.randrange(3)
        tag, author = TAGS[place]
        message = ""
        if place < 2 and self.dice.random() < 0.2:
            tag, message = "violet", "\n\nCo-authored-by: Xenia Quill <xenia@corp.example>"
        known = self.states[-3:]
        parents = [self.dice.choice(known)] if known else []
        if len(known) > 1 and self.dice.random() < 0.25:
            parents = [known[-1], known[-2]]
        state: State = {}
        for _, inherited in reversed(parents):
            state.update(inherited)
        state = self.change(state, tag) if state else {b"a.py": self.fresh(tag)}
        oid = self.made.commit(
            {path: "".join(lines).encode() for path, lines in state.items()},
            parents=[parent for parent, _ in parents], time=moment(day),
            message=f"adjust the {tag} readings of day {day}{message}\n", **author,
        )  # fmt: skip
        self.states.append((oid, state))


@pytest.fixture
def world(tmp_path: Path, seed: int) -> World:
    made = World(tmp_path)
    for number in range(3):
        writer = Writer(made.repository(f"r{number}"), seed * 100 + number)
        for day in range(18):
            writer.step(day)
        writer.made.point(writer.states[-1][0])
    return made


@pytest.mark.parametrize("seed", [1])
def test_nothing_of_an_excluded_person_is_in_a_release(world: World):
    release = world.release(objections=[objecting("xen")])
    text = everything(release)
    assert "amber_" in text
    assert "birch_" in text
    assert "violet" not in text
    assert rows(release, "commit_edit")


@pytest.mark.parametrize("seed", [4])
@pytest.mark.parametrize(
    ("work", "absent", "present"),
    [("code", "violet", "amber_"), ("process", "violet readings", "violet_")],
)
def test_nothing_of_an_excluded_class_is_in_a_release(
    world: World, work: str, absent: str, present: str
):
    text = everything(world.release(objections=[objecting("xen", work)]))
    assert present in text
    assert absent not in text
