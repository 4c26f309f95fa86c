"""Human, AI, mixed or unknown: the lines of each, and what says so.

A line counts as what a record says of it, else as what its commit says. Nothing is counted as human
that no record calls so: most lines of most repositories are ``unknown``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from byline.engine.stage import Partition
from byline.release.prepare import Described

KINDS = ("human", "mixed", "ai", "unknown")
LISTED = 40  # kinds of evidence, and unreadable records
LINE_KEY = ["item", "commit", "recorded", "authorship"]


@dataclass(frozen=True)
class Evidence:
    """One thing that says so, such as ``trailer: assisted-by`` or ``git-ai: claude``.

    Attributes:
        lines: Surviving lines that it speaks of; a line may have several.
        commits: Commits that it stands in.
    """

    kind: str
    what: str
    lines: int
    commits: int


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be read, with the reason."""

    source: str
    problem: str
    records: int


@dataclass(frozen=True)
class Origins:
    """Who typed what is there, as far as anything says.

    Attributes:
        lines: Surviving lines in all.
        by_authorship: Lines by human | mixed | ai | unknown; they add up to `lines`.
        evidence: What says so, most lines first.
        recorded_lines: Lines that a record of single lines speaks of.
        unreadable: Records that say nothing because they could not be read.
    """

    lines: int
    by_authorship: Mapping[str, int]
    evidence: tuple[Evidence, ...]
    recorded_lines: int
    unreadable: tuple[Unreadable, ...]


def origins(described: Described) -> Origins:
    """Count the lines of a repository's files by authorship."""
    counts: Counter[str] = Counter()
    by_commit: Counter[str] = Counter()
    recorded = 0
    for part in described.file_contributions:
        # Several people may be named for the same lines: they count once.
        table = part.read([*LINE_KEY, "lines"])
        lines = table.group_by(LINE_KEY).aggregate([("lines", "max")])
        for row in lines.group_by("authorship").aggregate([("lines_max", "sum")]).to_pylist():
            counts[row["authorship"]] += row["lines_max_sum"]
        said = pc.is_valid(lines["recorded"])
        recorded += pc.sum(lines.filter(said)["lines_max"]).as_py() or 0
        plain = lines.filter(pc.invert(said)).group_by("commit").aggregate([("lines_max", "sum")])
        for row in plain.to_pylist():
            by_commit[row["commit"]] += row["lines_max_sum"]
    evidence = _by_commit(described.bylines, by_commit)
    return Origins(
        lines=counts.total(),
        by_authorship={kind: counts[kind] for kind in KINDS},
        evidence=_listed([*evidence, *_by_record(described.recorded.files)]),
        recorded_lines=recorded,
        unreadable=_unreadable(described.recorded.attributions),
    )


def _by_commit(bylines: Sequence[Partition], lines: Mapping[str, int]) -> list[Evidence]:
    """What commits say, with their surviving lines of which no record says more."""
    counts: Counter[str] = Counter()
    commits: Counter[str] = Counter()
    for part in bylines:
        table = part.read(["commit", "role", "authorship_evidence"])
        found = pc.greater(pc.list_value_length(table["authorship_evidence"]), 0)
        author = pc.equal(table["role"], "author")
        for row in table.filter(pc.and_(found, author)).to_pylist():
            for words in row["authorship_evidence"]:
                commits[words] += 1
                counts[words] += lines.get(row["commit"], 0)
    return [_evidence(words, counts[words], commits[words]) for words in commits]


def _by_record(spans: Sequence[Partition]) -> list[Evidence]:
    """What records of single lines say."""
    counts: Counter[str] = Counter()
    commits: dict[str, set[str]] = {}
    for part in dict.fromkeys(spans):
        table = part.read(["side", "lines", "commit", "evidence"])
        for row in table.filter(pc.equal(table["side"], "file")).to_pylist():
            for words in row["evidence"]:
                counts[words] += row["lines"]
                commits.setdefault(words, set()).add(row["commit"])
    return [_evidence(words, counts[words], len(commits[words])) for words in commits]


def _evidence(words: str, lines: int, commits: int) -> Evidence:
    kind, _, what = words.partition(": ")
    return Evidence(kind, what, lines, commits)


def _listed(found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    ordered = sorted(found, key=lambda one: (-one.lines, -one.commits, one.kind, one.what))
    return tuple(ordered[:LISTED])


def _unreadable(attributions: Sequence[Partition]) -> tuple[Unreadable, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for part in attributions:
        table = part.read(["source", "problem"])
        for row in table.filter(pc.is_valid(table["problem"])).to_pylist():
            counts[row["source"].rpartition(":")[0] or row["source"], row["problem"]] += 1
    return tuple(
        Unreadable(source, problem, records)
        for (source, problem), records in sorted(counts.items())[:LISTED]
    )
