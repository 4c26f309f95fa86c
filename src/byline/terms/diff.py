"""What differs between two sets of agreements: clauses added, removed, reworded, reconditioned.

Invariant: equal agreements give no change, and every key that differs is named. Words are compared
with their runs of white space as single spaces, as their hash is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement, Clause
from byline.terms.quotes import collapsed

How = Literal["added", "removed", "reworded", "changed"]


class KeyChange(NamedTuple):
    """One key that differs, with both values as text; an empty text is a key that is not given."""

    key: str
    old: str
    new: str


@dataclass(frozen=True, order=True)
class ClauseChange:
    """One clause, or the head of one agreement, that differs.

    Attributes:
        about: The id of the clause, or of the agreement.
        what: "clause" or "agreement".
        how: `reworded` if nothing but the words differ, `changed` if a condition does.
        keys: What differs; for an added or removed one, what it says.
    """

    about: str
    what: Literal["clause", "agreement"]
    how: How
    agreement: str
    keys: tuple[KeyChange, ...]


def clause_changes(old: Sequence[Agreement], new: Sequence[Agreement]) -> tuple[ClauseChange, ...]:
    """Everything that differs between two sets of agreements, by id, agreements first."""
    before, after = _heads(old), _heads(new)
    found = list(_changes("agreement", before, after, {one.id: one.id for one in (*old, *new)}))
    whose = {clause.id: one.id for one in (*old, *new) for clause in one.clauses}
    found += _changes("clause", _clauses(old), _clauses(new), whose)
    return tuple(found)


def said_changes(old: Terms, new: Terms) -> dict[str, tuple[int, int]]:
    """For each list of two sets of terms but the agreements, how many rows went and how many came.

    A list that is the same is left out.
    """
    lists = ("notices", "objections", "withdrawals", "events", "assessments", "holds")
    found = {}
    for name in lists:
        before, after = set(getattr(old, name)), set(getattr(new, name))
        if before != after:
            found[name] = len(before - after), len(after - before)
    return found


def _heads(agreements: Iterable[Agreement]) -> dict[str, dict[str, str]]:
    return {one.id: _flat(one.model_dump(mode="json", exclude={"clauses"})) for one in agreements}


def _clauses(agreements: Iterable[Agreement]) -> dict[str, dict[str, str]]:
    return {each.id: _said(each) for one in agreements for each in one.clauses}


def _said(clause: Clause) -> dict[str, str]:
    said = _flat(clause.model_dump(mode="json"))
    return {**said, "text": collapsed(clause.text)}


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Keys with their values as text; lists are sorted, because their order says nothing."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{key}."))
        elif isinstance(value, list):
            flat[prefix + key] = ", ".join(sorted(map(str, value)))
        elif isinstance(value, bool):
            flat[prefix + key] = "true" if value else ""
        else:
            flat[prefix + key] = "" if value in (None, 0) else str(value)
    return flat


def _changes(
    what: Literal["clause", "agreement"],
    old: dict[str, dict[str, str]],
    new: dict[str, dict[str, str]],
    whose: dict[str, str],
) -> list[ClauseChange]:
    found = []
    for about in sorted(old.keys() | new.keys()):
        before, after = old.get(about, {}), new.get(about, {})
        keys = tuple(
            KeyChange(key, before.get(key, ""), after.get(key, ""))
            for key in sorted(before.keys() | after.keys())
            if before.get(key, "") != after.get(key, "") and key != "id"
        )
        if keys:
            how = _how(keys, about in old, about in new)
            found.append(ClauseChange(about, what, how, whose[about], keys))
    return found


_ABOUT_WORDS = frozenset({"text", "text_sha256", "place", "title", "reviewed", "reviewed_by"})


def _how(keys: Sequence[KeyChange], was: bool, is_now: bool) -> How:
    if not was:
        return "added"
    if not is_now:
        return "removed"
    return "reworded" if {one.key for one in keys} <= _ABOUT_WORDS else "changed"
