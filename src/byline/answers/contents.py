"""What is in a repository's files: languages, licences, generated and copied code, findings.

Findings are counts and places. The secret itself is never here: where a path holds one, the path is
shown without it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byline.corpus.licences import RepositoryLicence
from byline.engine.stage import Partition

UNTOLD = "not told"


@dataclass(frozen=True)
class Amount:
    """Files and lines of one kind, with some of their paths."""

    name: str
    files: int
    lines: int
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where something was found: a path, and a line counted from 1 (None: in the path itself)."""

    path: str
    line: int | None


@dataclass(frozen=True)
class Found:
    """Findings of one kind: how many, in how many files, and the first places."""

    category: str
    kind: str
    count: int
    files: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Contents:
    """What is in the files at the collected revision.

    Attributes:
        licence: SPDX expression that the repository's root declares, or None.
        licence_path: The file it was read from.
        licence_evidence: How it was read there.
        file_licences: Files that declare another licence than the repository's.
        not_read: Files that were not read, by reason; nobody can count their lines.
    """

    files: int
    lines: int
    languages: tuple[Amount, ...]
    licence: str | None
    licence_path: str | None
    licence_evidence: str | None
    file_licences: tuple[Amount, ...]
    generated: tuple[Amount, ...]
    vendored: tuple[Amount, ...]
    findings: tuple[Found, ...]
    not_read: tuple[Amount, ...]

    def total(self, category: str) -> int:
        """How many findings there are of a category."""
        return sum(found.count for found in self.findings if found.category == category)


class _Tally:
    """Amounts by name, with the first paths in order."""

    def __init__(self, shown: int) -> None:
        self._shown = shown
        self._files: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()
        self._paths: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, name: str, path: str, lines: int) -> None:
        self._files[name] += 1
        self._lines[name] += lines
        self._paths[name].append(path)

    def amounts(self) -> tuple[Amount, ...]:
        order = sorted(self._files, key=lambda name: (-self._lines[name], name))
        return tuple(
            Amount(
                name,
                self._files[name],
                self._lines[name],
                tuple(sorted(self._paths[name])[: self._shown]),
            )
            for name in order
        )


def contents(
    files: Sequence[Partition],
    labels: Sequence[Partition],
    findings: Sequence[Partition],
    *,
    licence: RepositoryLicence | None,
    shown: int,
) -> Contents:
    """What is in the files; `shown` places and paths of each kind.

    Args:
        files: Buckets of `FILES`.
        labels: Their `LABELS`, in the same order.
        findings: Their `FINDINGS`, in the same order.
        licence: What the repository's root declares.
        shown: How many places of each kind are named.
    """
    tallies = {name: _Tally(shown) for name in ("licence", "generated", "vendored")}
    tallies["language"] = _Tally(0)
    unread = _Tally(shown)
    places: defaultdict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    count = lines = 0
    for file, label, found in _files(files, labels, findings):
        path = _path_without_findings(file["path"], found)
        count += 1
        lines += file["lines"]
        if file["skip"] is not None:
            unread.add(file["skip"], path, 0)
        _describe(tallies, file, label, path, licence.expression if licence else None)
        for one in found:
            line = one["line"] if one["field"] == "text" else 0
            places[one["category"], one["kind"]].append((path, line))
    return Contents(
        files=count,
        lines=lines,
        languages=tallies["language"].amounts(),
        licence=licence.expression if licence else None,
        licence_path=licence.path if licence else None,
        licence_evidence=licence.evidence if licence else None,
        file_licences=tallies["licence"].amounts(),
        generated=tallies["generated"].amounts(),
        vendored=tallies["vendored"].amounts(),
        findings=tuple(_found(key, places[key], shown) for key in sorted(places, reverse=True)),
        not_read=unread.amounts(),
    )


def _files(
    files: Sequence[Partition], labels: Sequence[Partition], findings: Sequence[Partition]
) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]]:
    """Each file with its label and its findings."""
    for file_part, label_part, found_part in zip(files, labels, findings, strict=True):
        about = {row["item"]: row for row in label_part.read(_LABELS).to_pylist()}
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in found_part.read(_FINDINGS).to_pylist():
            found[row["item"]].append(row)
        for file in file_part.read(["item", "path", "lines", "skip"]).to_pylist():
            yield file, about[file["item"]], found[file["item"]]


_LABELS = ["item", "language", "licence", "generated", "vendored", "copied", "copied_lines"]
_IN_PART = "lines copied from the third-party corpus"
_FINDINGS = ["item", "field", "category", "kind", "start", "end", "line"]


def _describe(
    tallies: Mapping[str, _Tally],
    file: Mapping[str, Any],
    label: Mapping[str, Any],
    path: str,
    whole: str | None,
) -> None:
    lines = file["lines"]
    if file["skip"] is None:
        tallies["language"].add(label["language"] or UNTOLD, path, lines)
    if label["licence"] and label["licence"] != whole:
        tallies["licence"].add(label["licence"], path, lines)
    foreign = label["vendored"] or label["copied"]
    for kind, evidence in (("generated", label["generated"]), ("vendored", foreign)):
        if evidence:
            tallies[kind].add(_evidence(evidence), path, lines)
    if label["copied_lines"] and not foreign:
        copied = sum(span["lines"] for span in label["copied_lines"])
        tallies["vendored"].add(_IN_PART, path, copied)


def _evidence(words: str) -> str:
    """Evidence without its line, so that files with the same evidence are counted together."""
    return words.rsplit(", line ", 1)[0]


def _path_without_findings(path: str, found: Sequence[Mapping[str, Any]]) -> str:
    """A path with whatever was found in it replaced by the name of its kind."""
    inside = [one for one in found if one["field"] == "path"]
    for one in sorted(inside, key=lambda one: -one["start"]):
        path = f"{path[: one['start']]}[{one['kind']}]{path[one['end'] :]}"
    return path


def _found(key: tuple[str, str], places: Sequence[tuple[str, int]], shown: int) -> Found:
    category, kind = key
    return Found(
        category=category,
        kind=kind,
        count=len(places),
        files=len({path for path, _ in places}),
        places=tuple(Place(path, line or None) for path, line in sorted(places)[:shown]),
    )
