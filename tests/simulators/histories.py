"""Random but reproducible git histories: edits, renames, reverts, merges of every kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from simulators.repositories import NOON, Repository

PATHS = (b"a.txt", b"b.txt", b"dir/c.txt", b"dir/d e.txt")
LINES = (b"x\n", b"y\n", b"z\n", b"}\n", b"\n", b"one\r\n", b"two\r\n", b"longer line of text\n")
AUTHORS = ("Ada", "Bob", "Cleo")
State = dict[bytes, bytes]


@dataclass(frozen=True)
class Step:
    """One commit: earlier steps as parents, the whole state of the files, who and when."""

    parents: tuple[int, ...]
    files: State
    author: str
    time: int


@st.composite
def histories(draw: st.DrawFn, *, most: int = 9) -> list[Step]:
    """Histories of up to `most` commits over a few small files."""
    steps: list[Step] = []
    for number in range(draw(st.integers(2, most))):
        parents = _parents(draw, number)
        state = _start(draw, steps, parents)
        for _ in range(draw(st.integers(0 if len(parents) > 1 else 1, 2))):
            state = _changed(draw, state, steps)
        moment = NOON + draw(st.integers(-3, 3)) * 1000 + number
        steps.append(Step(parents, state, draw(st.sampled_from(AUTHORS)), moment))
    return steps


def _parents(draw: st.DrawFn, number: int) -> tuple[int, ...]:
    if number == 0:
        return ()
    count = draw(st.sampled_from((1, 1, 1, 2, 2, 3)))
    recent = st.integers(max(0, number - 4), number - 1)
    return tuple(draw(st.lists(recent, min_size=1, max_size=count, unique=True)))


def _start(draw: st.DrawFn, steps: Sequence[Step], parents: Sequence[int]) -> State:
    """A root's first lines, or each path as one of the parents has it: merges may choose oddly."""
    if not parents:
        return {PATHS[0]: b"".join(draw(st.lists(st.sampled_from(LINES), max_size=6)))}
    if len(parents) == 1:
        return dict(steps[parents[0]].files)
    paths = sorted({path for parent in parents for path in steps[parent].files})
    chosen = {path: steps[draw(st.sampled_from(parents))].files.get(path) for path in paths}
    return {path: text for path, text in chosen.items() if text is not None}


def _changed(draw: st.DrawFn, state: State, steps: Sequence[Step]) -> State:
    kind = draw(st.sampled_from(("edit", "edit", "edit", "add", "rename", "revert", "end", "drop")))
    if kind == "revert" and steps:
        return dict(draw(st.sampled_from(steps)).files)
    if kind == "add" or not state:
        lines = draw(st.lists(st.sampled_from(LINES), max_size=4))
        return {**state, draw(st.sampled_from(PATHS)): b"".join(lines)}
    path = draw(st.sampled_from(sorted(state)))
    rest = {other: text for other, text in state.items() if other != path}
    if kind == "drop":
        return rest
    if kind == "rename":
        return {**rest, draw(st.sampled_from(PATHS)): state[path]}
    if kind == "end":
        return {**state, path: state[path].rstrip(b"\r\n")}
    return {**state, path: _edited(draw, state[path])}


def _edited(draw: st.DrawFn, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    start = draw(st.integers(0, len(lines)))
    end = draw(st.integers(start, min(len(lines), start + 2)))
    lines[start:end] = draw(st.lists(st.sampled_from(LINES), max_size=2))
    return b"".join(lines)


def build(made: Repository, steps: Sequence[Step]) -> list[str]:
    """Write a history's objects; the ids of its commits, in order."""
    oids: list[str] = []
    for number, step in enumerate(steps):
        parents = [oids[parent] for parent in step.parents]
        email = f"{step.author.lower()}@corp.example"
        oids.append(
            made.commit(
                step.files, parents=parents, name=step.author, email=email, time=step.time,
                message=f"step {number}\n",
            )
        )  # fmt: skip
    return oids
