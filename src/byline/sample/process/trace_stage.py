"""The scenes of recorded work: what an engineer or an agent did, step by step.

Words: ``trace`` begins one (its name is the file), ``ask`` is what a person wants, ``think`` what
somebody thinks, ``do`` a command or call, ``see`` what came of it, ``type`` an edit in an editor,
``note`` a Markdown cell.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from byline.sample.process.scene import Step

WORDS = ("ask", "think", "do", "see", "type", "note")


@dataclass
class Trace:
    """One recording; `step` began it."""

    step: Step
    steps: list[Step] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.step.name


def play_traces(steps: Iterable[Step]) -> tuple[list[Trace], list[tuple[str, Step]]]:
    """Return the traces, and what the answer key must say with the trace of the scene.

    Raises:
        IntegrityError: A step belongs to no trace.
    """
    current: dict[str, Trace] = {}
    expectations: list[tuple[str, Step]] = []
    for step in steps:
        trace = current.get(step.scene)
        if step.word == "trace":
            current[step.scene] = Trace(step)
        elif trace is None:
            raise step.fail("no trace was begun before it")
        elif step.word in WORDS:
            trace.steps.append(step)
        else:
            expectations.append((trace.file, step))
    return list(current.values()), expectations
