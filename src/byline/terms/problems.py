"""What a fault of a set of terms is."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "information"]

_ORDER: Final = {"error": 0, "warning": 1, "information": 2}


class Problem(NamedTuple):
    """Something wrong with the terms, what it is about (ids), and a sentence that says it.

    The sentence also says what to do, unless that is to decide between two clauses.
    """

    severity: Severity
    code: str
    about: tuple[str, ...]
    message: str


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, each once, errors first."""
    return sorted(set(problems), key=lambda problem: (_ORDER[problem.severity], problem))
