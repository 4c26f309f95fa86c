"""What the readers of all forges share: authors, ids, order, threads and suggested changes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from byline.work.identifiers import line_list
from byline.work.items import Part, Patchset, Problem

OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
PROJECT: Final = re.compile(r"[\w.-]{1,128}(?:/[\w.-]{1,128}){0,20}")
FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)\r?\n?")
OFFSETS: Final = re.compile(r"suggestion(?::-(?P<above>\d{1,3})\+(?P<below>\d{1,3}))?")
FAR: Final = datetime.max.replace(tzinfo=UTC)
FIRST: Final = {"title": 0, "description": 1}


class Person(TypedDict):
    """The fields that tell who somebody is."""

    account: str | None
    name: str | None
    email: str | None


class Signature(Person):
    """The fields of a `Part` that tell who wrote it."""

    origin: str | None


@dataclass(frozen=True)
class Author:
    """Who wrote a part, as recorded."""

    account: str | None = None
    name: str | None = None
    email: str | None = None
    origin: str | None = None

    def fields(self) -> Signature:
        """The fields of a `Part`."""
        return Signature(origin=self.origin, **self.person())

    def person(self) -> Person:
        """The fields of a `Patchset`."""
        return Person(account=self.account, name=self.name, email=self.email)


NOBODY: Final = Author()


def oid_of(value: object) -> str | None:
    """A full commit id in lower case, or None; all zeros are none."""
    text = value.lower() if isinstance(value, str) else ""
    return text if OID.fullmatch(text) and text.strip("0") else None


def project_of(value: object) -> str | None:
    """The name of a project such as ``group/name``, or None where it cannot be one."""
    return value if isinstance(value, str) and PROJECT.fullmatch(value) else None


def commit_key(repository: str | None, oid: str) -> str:
    """The key of a commit."""
    return f"commit:{repository or ''}:{oid}"


def in_order(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts by time after the title and the description; equal times by native id."""
    return tuple(sorted(parts, key=_place))


def _place(part: Part) -> tuple[int, datetime, int, int, str]:
    early = part.kind not in ("inline", "review")  # a review comes after what it speaks of
    stem = part.native.rpartition(":")[2]
    number = int(stem) if stem.isascii() and stem.isdigit() and len(stem) < 19 else 0
    return FIRST.get(part.kind, 2), part.time or FAR, not early, number, part.native


def once_each(parts: Iterable[Part], *, file: str) -> tuple[list[Part], list[Problem]]:
    """Each native id once: a repeated part is dropped, one that says something else is counted."""
    found: dict[str, Part] = {}
    problems = []
    for part in parts:
        other = found.setdefault(part.native, part)
        if other != part:
            why = "this id has two parts that differ; the first is kept"
            problems.append(Problem(file, part.native, "duplicate_id", why))
    return list(found.values()), problems


def numbered(patchsets: Iterable[Patchset]) -> dict[str, int]:
    """The number of the first patchset with each head."""
    found: dict[str, int] = {}
    for one in patchsets:
        found.setdefault(one.head, one.number)
    return found


def roots(parents: Mapping[str, str | None]) -> dict[str, str]:
    """The first of each discussion, by what each answers; of a cycle the least id is its first."""
    found: dict[str, str] = {}
    for start in sorted(parents):
        chain: dict[str, None] = {}
        one = start
        while one not in found and one not in chain:
            chain[one] = None
            above = parents.get(one)
            if above is None:
                break
            one = above
        looped = one in chain and parents.get(one) is not None
        root = min(_from(chain, one)) if looped else found.get(one, one)
        found.update(dict.fromkeys(chain, root))
    return found


def _from(chain: Mapping[str, None], one: str) -> Sequence[str]:
    names = list(chain)
    return names[names.index(one) :]


@dataclass(frozen=True)
class Suggestion:
    """A block that proposes lines.

    Attributes:
        lines: Without their endings.
        first: The first of them in the text, counted from 1.
        above: How many lines above the commented one it replaces too, where it says so (GitLab).
        below: How many below.
    """

    lines: tuple[str, ...]
    first: int
    above: int | None = None
    below: int | None = None


def suggestions(text: str) -> Iterator[Suggestion]:
    """The ``suggestion`` blocks of a Markdown text (GitHub, GitLab, Gerrit since 3.10)."""
    if "suggestion" not in text:
        return
    opening: re.Match[str] | None = None
    held: list[str] = []
    first = 0
    for number, line in enumerate(line_list(text), start=1):
        fence = FENCE.fullmatch(line)
        if opening is None:
            if fence is not None:
                opening, held, first = fence, [], number + 1
        elif fence is not None and _closes(fence, opening):
            offsets = OFFSETS.fullmatch(opening["info"].strip())
            if offsets is not None:
                above, below = offsets["above"], offsets["below"]
                yield Suggestion(
                    tuple(held), first, int(above) if above else None, int(below) if below else None
                )
            opening = None
        else:
            held.append(line.rstrip("\r\n"))


def _closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    return fence["fence"].startswith(opening["fence"]) and not fence["info"].strip()


def suggested(text: str, *, start: int | None, end: int | None) -> dict[str, Any]:
    """The keys of an inline part's detail that tell of its suggestions; none if it has none."""
    blocks = list(suggestions(text))
    if not blocks:
        return {}
    block = blocks[0]
    lines = None if start is None or end is None else [start, end]
    if end is not None and block.above is not None and block.below is not None:
        lines = [max(1, end - block.above), end + block.below]
    return {
        "suggestion": list(block.lines),
        "suggestion_at": [[one.first, one.first + len(one.lines) - 1] for one in blocks],
        "suggestion_for": lines,
    }


def approved(votes: Iterable[tuple[str | None, str | None]]) -> bool:
    """Whether some votes, as (account, state) in order of time, approve.

    Votes of unknown accounts count each for itself. ``commented`` changes no vote.
    """
    last: dict[str, str | None] = {}
    for number, (account, state) in enumerate(votes):
        if state in ("approved", "changes_requested", "dismissed"):
            last[account or f"\0{number}"] = state
    return "approved" in last.values() and "changes_requested" not in last.values()


def with_states(parts: Iterable[Part], states: Mapping[str, str]) -> Iterator[Part]:
    """Parts with the state of their thread, where it is known."""
    for part in parts:
        state = states.get(part.thread or "")
        yield part if state is None else replace(part, state=state)
