"""Scenes: steps of work written down as text, one after another.

A line that starts with ``%%`` begins a step: a word, a name, and facts as ``key=value`` (quoted as
in a shell); the lines up to the next step are its text. ``%% edit``, ``%% file``, ``%% delete`` and
``%% rename`` belong to the step before them. A time is absolute (``2025-05-06T14:10``, UTC) or
counted from the step before (``+20s``, ``+40m``, ``+3h``, ``+2d``).
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import resources

from byline.errors import IntegrityError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
EDITS = ("edit", "file", "delete", "rename")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a file: `blocks` of (old, new) text, or `text` for the whole of it."""

    kind: str
    path: str
    text: str = ""
    target: str = ""
    blocks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scene, at a time in seconds since the epoch."""

    word: str
    name: str
    when: int
    text: str
    scene: str
    facts: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()

    def fact(self, name: str, default: str = "") -> str:
        """Return a fact, or the default."""
        return self.facts.get(name, default)

    def fail(self, words: str) -> IntegrityError:
        """Return the error that says what is wrong with this step."""
        return IntegrityError(f"scene {self.scene}, {self.word} {self.name}: {words}")


def read_scenes(folder: str) -> list[Step]:
    """Return the steps of every scene in a folder of the sample's data, in order of time."""
    root = resources.files("byline.sample").joinpath("data", "process", folder)
    files = sorted((one for one in root.iterdir() if one.name.endswith(".scene")),
                   key=lambda one: one.name)  # fmt: skip
    steps = [
        step
        for file in files
        for step in parse(file.read_text(encoding="utf-8"), scene=file.name.removesuffix(".scene"))
    ]
    return sorted(steps, key=lambda step: step.when)


def parse(text: str, *, scene: str) -> Iterator[Step]:
    """Yield the steps of one scene.

    Raises:
        IntegrityError: An edit stands before any step, or a first step has no time.
    """
    step: Step | None = None
    for words, body in _blocks(text.split("\n")):
        word, rest = words[0], words[1:]
        if word in EDITS:
            if step is None:
                raise IntegrityError(f"scene {scene}: {word} before any step")
            step = replace(step, edits=(*step.edits, _edit(word, rest, body)))
            continue
        if step is not None:
            yield step
        facts = dict(one.split("=", 1) for one in rest if "=" in one)
        name = " ".join(one for one in rest if "=" not in one)
        when = _time(facts.pop("at", "+0m"), step, scene=scene)
        title = facts.pop("scene", None)
        scene = title if title is not None else scene
        step = Step(word, name, when, "\n".join(body).strip("\n"), scene, facts)
    if step is not None:
        yield step


def _blocks(lines: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    words: list[str] = []
    body: list[str] = []
    for line in lines:
        if line.startswith("%%"):
            if words:
                yield words, body
            words, body = shlex.split(line[2:]), []
        else:
            body.append(line)
    if words:
        yield words, body


def _time(text: str, before: Step | None, *, scene: str) -> int:
    if not text.startswith("+"):
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    if before is None:
        raise IntegrityError(f"scene {scene} starts at no time")
    return before.when + int(text[1:-1]) * _UNITS[text[-1]]


def _edit(word: str, rest: list[str], body: list[str]) -> Edit:
    text = "\n".join(body).strip("\n") + "\n"
    if word == "edit":
        return Edit(word, rest[0], blocks=tuple(_swaps(body)))
    return Edit(word, rest[0], text=text, target=rest[1] if len(rest) > 1 else "")


def _swaps(body: list[str]) -> Iterator[tuple[str, str]]:
    old: list[str] = []
    new: list[str] = []
    into: list[str] | None = None
    for line in body:
        if line == "<<<<":
            old, new = [], []
            into = old
        elif line == "====":
            into = new
        elif line == ">>>>":
            yield "".join(f"{one}\n" for one in old), "".join(f"{one}\n" for one in new)
            into = None
        elif into is not None:
            into.append(line)
