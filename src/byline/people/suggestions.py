"""Whose an address may be that nobody knows: whom to ask, and why.

A suggestion is never acted on: names alone are no proof of who somebody is. People are found by
index (full name, what stands before the ``@``, handle), so that a hundred thousand of them take no
longer to look through than ten.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from byline.people.roster import Person

IDENTIFYING = ("name", "email", "population", "person", "identity_evidence")
SHORTEST = 5  # letters of a local part or handle that can tell people apart
MOST = 20  # people; what fits more of them ("admin", a very common name) points to nobody


@dataclass(frozen=True)
class Suggestion:
    """An address that the roster does not know, and whose it may be.

    Attributes:
        names: The names recorded with it.
        commits: How many commits name it.
        person: The roster id of whoever it may belong to.
        evidence: Why, in words.
    """

    email: str
    names: tuple[str, ...]
    commits: int
    person: str
    evidence: str


@dataclass(frozen=True)
class _Known:
    """People by what an address may show of them, as positions in the roster."""

    names: Mapping[str, Sequence[int]]
    locals: Mapping[str, Sequence[int]]
    handles: Mapping[str, Sequence[int]]


def suggest(
    rows: Iterable[Mapping[str, Any]], *, people: Sequence[Person]
) -> tuple[Suggestion, ...]:
    """Whose the unknown addresses may be, by full name, by the part before the ``@``, by handle.

    Args:
        rows: Rows of `BYLINES`; those of outsiders and of unknown people are looked at.
        people: The roster.
    """
    columns = ("name", "email", "population", "commit")
    table = pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows])
    return suggest_from(recorded_aliases([table]), people=people) if table.num_rows else ()


def recorded_aliases(bylines: Iterable[pa.Table], *, by: Sequence[str] = IDENTIFYING) -> pa.Table:
    """Distinct values of some columns of tables of `BYLINES`, with how many ``commits`` have them.

    Args:
        bylines: The tables, one at a time; columns that they lack are left out.
        by: The columns, and the order of rows; name, email and population among them.
    """
    parts = []
    keys: list[str] = []
    for table in bylines:
        keys = [name for name in by if name in table.column_names]
        parts.append(table.group_by(keys).aggregate([("commit", "count_distinct")]))
    if not parts:
        none = {name: pa.array([], pa.string()) for name in by}
        return pa.table({**none, "commits": pa.array([], pa.int64())})
    grouped = pa.concat_tables(parts).group_by(keys)
    summed = grouped.aggregate([("commit_count_distinct", "sum")])
    named = ["commits" if name.startswith("commit_") else name for name in summed.column_names]
    summed = summed.rename_columns(named)
    return summed.sort_by([(name, "ascending") for name in keys])


def suggest_from(aliases: pa.Table, *, people: Sequence[Person]) -> tuple[Suggestion, ...]:
    """Suggestions for `recorded_aliases`, by address, then in the order of the roster."""
    unsure = pc.is_in(aliases["population"], value_set=pa.array(["outsider", "unknown"]))
    names: dict[str, set[str]] = {}
    commits: dict[str, int] = {}
    for row in aliases.filter(unsure).select(["name", "email", "commits"]).to_pylist():
        email = row["email"].lower()
        names.setdefault(email, set()).add(row["name"])
        commits[email] = commits.get(email, 0) + row["commits"]
    known = _known(people)
    return tuple(
        Suggestion(email, tuple(sorted(names[email])), commits[email], people[number].id, evidence)
        for email in sorted(names)
        if email
        for number, evidence in sorted(_evidence(email, names[email], known).items())
    )


def _known(people: Sequence[Person]) -> _Known:
    names: dict[str, list[int]] = {}
    local_parts: dict[str, list[int]] = {}
    handles: dict[str, list[int]] = {}
    for number, person in enumerate(people):
        if folded := _folded(person.name):
            names.setdefault(folded, []).append(number)
        for local in {address.partition("@")[0] for address in person.emails}:
            local_parts.setdefault(local, []).append(number)
        for handle in {one.alias.rpartition(":")[2] for one in person.handles}:
            handles.setdefault(handle, []).append(number)
    return _Known(names, local_parts, handles)


def _evidence(email: str, names: Iterable[str], known: _Known) -> dict[int, str]:
    """Why an address may be each of some people's."""
    found: dict[int, list[str]] = {}
    fitting = {number for name in names for number in _few(known.names, _folded(name))}
    for number in fitting:
        found.setdefault(number, []).append("the same full name")
    local = email.partition("@")[0].partition("+")[2] or email.partition("@")[0]
    if len(local) >= SHORTEST:
        for number in _few(known.locals, local):
            found.setdefault(number, []).append(f"the same name before the @ ({local})")
        for number in _few(known.handles, local):
            found.setdefault(number, []).append(f"their handle before the @ ({local})")
    return {number: "; ".join(evidence) for number, evidence in found.items()}


def _few(index: Mapping[str, Sequence[int]], key: str) -> Sequence[int]:
    found = index.get(key, ()) if key else ()
    return found if len(found) <= MOST else ()


def _folded(name: str) -> str:
    """A name without case, accents, dots and the order of its parts."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(
        one if one.isalpha() else " " for one in plain if not unicodedata.combining(one)
    )
    return " ".join(sorted(letters.split()))
