"""Bylines: for each commit, everyone it names as author, joined to who they are and were then.

A recorded author is a claim by whoever made the commit; `byline.people.identities` says how it is
resolved. Each distinct name and address is resolved once, and `byline.people.joining` joins all
rows to the employment in force at author time. A commit whose object is quarantined names nobody
that can be relied on: all of its bylines are ``unknown``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.people.accounts import Overrides
from byline.people.authorship import UNKNOWN, Judgement, Named, commit_authorship
from byline.people.authorship import VERSION as AUTHORSHIP_VERSION
from byline.people.identities import VERSION as IDENTITIES_VERSION
from byline.people.identities import Directory
from byline.people.joining import ALIASES, NONE, STATES, Ints, Joiner, day_numbers

__all__ = ["BYLINES", "VERSION", "Directory", "bylines"]

VERSION = f"4.{IDENTITIES_VERSION}.{AUTHORSHIP_VERSION}"

BYLINES = pa.schema(
    [
        pa.field("commit", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # as recorded
        pa.field("email", pa.string(), nullable=False),  # as recorded
        pa.field("role", pa.string(), nullable=False),  # author | co-author
        pa.field("person", pa.string()),  # roster id; "email:<address>" for an outsider
        pa.field("population", pa.string(), nullable=False),  # roster|outsider|bot|ai|unknown
        pa.field("identity_evidence", pa.string(), nullable=False),  # how it was resolved
        pa.field("employment", pa.string(), nullable=False),
        pa.field("worker_type", pa.string()),
        pa.field("country", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("legal_entity", pa.string()),  # the employer of that employment, in law
        pa.field("collective_agreement", pa.string()),
        pa.field("separation_type", pa.string()),  # how that employment ended
        pa.field("separation_batch", pa.string()),
        pa.field("region", pa.string()),
        pa.field("minor", pa.bool_()),  # under age when this was written; null: not said
        pa.field("left", pa.date32()),
        pa.field("authored", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("authorship", pa.string(), nullable=False),
        pa.field("authorship_evidence", pa.list_(pa.string()), nullable=False),
    ]
)
EMPLOYED = ("worker_type", "country", "unit", "legal_entity", "collective_agreement",
            "separation_type", "separation_batch", "region", "left")  # fmt: skip
READ = ("commit", "author_name", "author_email", "author_time", "committer_name",
        "committer_email", "message", "trailers", "quarantine")  # fmt: skip
IDENTITY = re.compile(r"^\s*(?P<name>[^<]*?)\s*<(?P<email>[^>]*)>\s*$")
CO_AUTHOR = "co-authored-by"
# A squashed commit carries the trailers of its parts in the middle, where git sees none.
CO_AUTHOR_LINE = re.compile(
    r"^[ \t>*-]*co-?authored[ -]by[ \t]*:[ \t]*(?P<who>\S.*)$", re.IGNORECASE | re.MULTILINE
)
AUTHOR_ROLE, CO_AUTHOR_ROLE, COMMITTER_ROLE = range(3)
ROLES = ("author", "co-author", "committer")


class _Names(NamedTuple):
    """Everyone whom some commits name, a row each: by commit, the author first."""

    commits: Ints  # a row of the commits
    roles: Ints
    aliases: Ints  # a row of the distinct names and addresses


def bylines(commits: pa.Table, *, directory: Directory) -> pa.Table:
    """`BYLINES` of a table of commits, ordered by commit, author first.

    Raises:
        ConfigError: Two sources give one alias to two people.
    """
    rows = commits.select([name for name in READ if name in commits.column_names]).to_pylist()
    names, aliases = _named(rows)
    joiner = Joiner(aliases, directory=directory)
    authored = commits["author_time"].combine_chunks().cast(BYLINES.field("authored").type)
    days = day_numbers(authored)[names.commits]
    joined = joiner.at(names.aliases, days)
    identity, employment, state = joined.identity, joined.employment, joined.state
    populations = joiner.identities["population"].take(pa.array(identity))
    judged = _judged(rows, names, aliases, populations.to_pylist(), directory)
    kept = _kept(names, joiner, identity)
    row = pa.array(names.commits[kept])
    who = aliases.take(pa.array(names.aliases[kept]))
    known = joiner.identities.take(pa.array(identity[kept]))
    then = pa.array(employment[kept], mask=employment[kept] < 0)
    table = {
        "commit": commits["commit"].take(row),
        "name": who["name"],
        "email": who["email"],
        "role": pa.array(ROLES).take(pa.array(names.roles[kept])),
        "employment": pa.array(STATES).take(pa.array(state[kept])),
        "authored": authored.take(row),
        "authorship": pa.array([one.authorship for one in judged], pa.string()).take(row),
        "authorship_evidence": _evidence(judged).take(row),
        **{name: known[name] for name in known.column_names},
        **{name: joiner.employments[name].take(then) for name in EMPLOYED},
        "minor": minors(joiner, then, authored.take(row)),
    }
    found = pa.table([table[name] for name in BYLINES.names], schema=BYLINES)
    return _quarantined(found, commits, row)


def minors(joiner: Joiner, employment: pa.Array, authored: pa.Array) -> pa.Array:
    """Whether each author was under age on the day (UTC) of writing, where the roster says."""
    adult = joiner.employments["adult_from"].take(employment)
    return pc.less(authored.cast(pa.timestamp("s")).cast(pa.date32()), adult)


def _named(rows: Sequence[Mapping[str, Any]]) -> tuple[_Names, pa.Table]:
    """Whom each commit names, and the distinct names and addresses."""
    numbers: dict[tuple[str, str], int] = {}
    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    for number, row in enumerate(rows):
        for role, name, email in _identities(row):
            alias = numbers.setdefault((name, email), len(numbers))
            for column, value in zip(columns, (number, role, alias), strict=True):
                column.append(value)
    distinct = [pa.array([pair[part] for pair in numbers], pa.string()) for part in (0, 1)]
    arrays = (np.array(column, np.int32) for column in columns)
    return _Names(*arrays), pa.Table.from_arrays(distinct, schema=ALIASES)


def _identities(commit: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    """The author, co-authors, and the committer where it is another name or address."""
    author = commit["author_name"], commit["author_email"]
    yield AUTHOR_ROLE, *author
    trailers = [one["value"] for one in commit["trailers"] if one["key"].lower() == CO_AUTHOR]
    lines = [found["who"] for found in CO_AUTHOR_LINE.finditer(commit["message"])]
    for value in dict.fromkeys(value.strip() for value in (*trailers, *lines)):
        if value:
            match = IDENTITY.match(value)
            # Whoever is named without a readable address is still somebody: an unknown one.
            yield CO_AUTHOR_ROLE, *((match["name"], match["email"]) if match else (value, ""))
    committer = commit["committer_name"], commit["committer_email"]
    if committer != author:
        yield COMMITTER_ROLE, *committer


def _judged(
    rows: Sequence[Mapping[str, Any]],
    names: _Names,
    aliases: pa.Table,
    populations: Sequence[str],
    directory: Directory,
) -> list[Judgement]:
    """What each commit's record says of AI."""
    overrides = Overrides(directory.bots, directory.agents, directory.not_bots)
    recorded = list(zip(aliases["name"].to_pylist(), aliases["email"].to_pylist(), strict=True))
    named: list[list[Named]] = [[] for _ in rows]
    pairs = zip(names.commits.tolist(), names.roles.tolist(), names.aliases.tolist(), strict=True)
    for (commit, role, alias), population in zip(pairs, populations, strict=True):
        name, email = recorded[alias]
        named[commit].append(Named(ROLES[role], name, email, population))
    return [
        UNKNOWN if row.get("quarantine") else commit_authorship(row, those, overrides=overrides)
        for row, those in zip(rows, named, strict=True)
    ]


def _evidence(judged: Sequence[Judgement]) -> pa.Array:
    return pa.array([list(one.evidence) for one in judged], pa.list_(pa.string()))


def _kept(names: _Names, joiner: Joiner, identity: Ints) -> npt.NDArray[np.intp]:
    """Rows that are bylines: no committer, no machine as co-author, each person once a commit.

    An AI co-author is no person: it shows in `authorship`. Two unknowns are two people.
    """
    machine = pc.is_in(joiner.identities["population"], value_set=pa.array(["ai", "bot"]))
    is_machine = machine.to_numpy().astype(bool)[identity]
    author = names.roles == AUTHOR_ROLE
    rows = np.flatnonzero(author | ((names.roles == CO_AUTHOR_ROLE) & ~is_machine))
    keys = joiner.identities["person"].combine_chunks().dictionary_encode().indices
    codes = keys.fill_null(-1).to_numpy().astype(np.int64)[identity[rows]]
    marks = np.where(codes < 0, len(codes) + names.aliases[rows].astype(np.int64), codes)
    width = int(marks.max(initial=0)) + 1
    _, first = np.unique(names.commits[rows] * np.int64(width) + marks, return_index=True)
    kept: npt.NDArray[np.intp] = rows[np.sort(first)]
    return kept


def _quarantined(found: pa.Table, commits: pa.Table, row: pa.Array) -> pa.Table:
    """Nobody is known as the author of a commit whose object may mislead about it."""
    if "quarantine" not in commits.column_names:
        return found
    reasons = commits["quarantine"].take(row)
    if reasons.null_count == len(reasons):
        return found
    held = pc.is_valid(reasons)
    replaced: dict[str, Any] = {name: pa.scalar(None, found[name].type) for name in EMPLOYED}
    replaced |= {
        "minor": pa.scalar(None, pa.bool_()),
        "person": pa.scalar(None, pa.string()),
        "population": "unknown",
        "employment": STATES[NONE],
        "identity_evidence": pc.binary_join_element_wise("quarantined", reasons, ": "),
    }
    columns = [
        pc.if_else(held, replaced[name], found[name]) if name in replaced else found[name]
        for name in BYLINES.names
    ]
    return pa.table(columns, schema=BYLINES)
