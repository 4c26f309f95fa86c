"""Decisions that are alike, together: by class, purpose and verdict, and by person where asked.

Of a whole organisation only the groups are held. What a person said against a use is never shown
beside a name unless that person is whom the question is about.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from byline.answers.asked_work import KINDS
from byline.answers.page import plain_values
from byline.terms.purposes import Purpose

OWN_SAY: Final = frozenset({"objected", "withdrawn", "paused"})
"""Reasons that tell what somebody said, and so are shown beside no other's question."""
THIS_USE: Final = "this use"
FEW: Final = 10
"""People below which a group of those who said no is not told in figures."""
_LEADING: Final = frozenset({"amounts", "people", "repositories", "countries", "first", "last"})
_SEPARATOR: Final = "\x1f"
_PLACES: Final[Mapping[str, int]] = {str(one): place for place, one in enumerate(Purpose)}


class Amount(NamedTuple):
    """How much work of one kind."""

    contributions: int
    lines: int


@dataclass(frozen=True)
class Group:
    """Work that is decided alike, for every purpose that decides it alike.

    Attributes:
        population: Of which population they are, where people are told apart.
        person: Whose it is, likewise.
        missing: What is missing; "this use" stands for the purpose.
        change: What would include it, likewise; None where it is included.
        amounts: How much, by kind: today's files, past changes, messages, and so on.
        people: How many people's it is; those whom nobody can name count as none.
        hidden: Whether the amounts, places and days would lead to somebody who said no.
    """

    work_class: str
    purposes: tuple[str, ...]
    population: str | None
    person: str | None
    outcome: str
    reason: str
    clauses: tuple[str, ...]
    basis: str | None
    notice: str | None
    missing: tuple[str, ...]
    change: str | None
    amounts: Mapping[str, Amount]
    people: int
    repositories: tuple[str, ...]
    countries: tuple[str, ...]
    first: dt.date
    last: dt.date
    hidden: bool = False

    @property
    def is_included(self) -> bool:
        """Whether the terms permit it."""
        return self.outcome != "excluded"

    @property
    def contributions(self) -> int:
        """All contributions in it."""
        return sum(one.contributions for one in self.amounts.values())

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        found = asdict(self)
        found["amounts"] = {kind: one._asdict() for kind, one in self.amounts.items()}
        if self.hidden:
            found = {name: None if name in _LEADING else found[name] for name in found}
        plain: dict[str, Any] = plain_values(found)
        return plain


def grouped(
    pairs: Iterator[tuple[pa.Table, pa.Table]], *, by_person: bool, asked_about: str | None = None
) -> tuple[Group, ...]:
    """Equal decisions as groups: by class, included first, the most contributions first.

    Args:
        pairs: Contributions and their decisions, as `decided_rows` gives them.
        by_person: Tell people apart.
        asked_about: The person whom the question is about, if it is about one.
    """
    found: dict[tuple[Any, ...], _Sum] = {}
    for facts, decisions in pairs:
        for row in _summed(facts, decisions, by_person=by_person, asked_about=asked_about):
            key = tuple(row[name] for name in _KEYS)
            found.setdefault(key, _Sum()).add(row)
    alike: dict[tuple[Any, ...], tuple[list[str], _Sum]] = {}
    for key, total in found.items():
        purpose, *rest = key
        together = (*rest, total.frozen())
        alike.setdefault(together, ([], total))[0].append(purpose)
    groups = [_group(key, purposes, total) for key, (purposes, total) in alike.items()]
    if asked_about is None and not by_person:
        groups = [replace(one, hidden=one.reason in OWN_SAY and one.people < FEW) for one in groups]
    return tuple(sorted(groups, key=_order))


_KEYS: Final = (
    "purpose", "class", "population", "person", "outcome", "reason", "clauses", "basis", "notice",
    "missing", "change",
)  # fmt: skip


@dataclass
class _Sum:
    amounts: dict[str, Amount] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    repositories: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    first: dt.date = dt.date.max
    last: dt.date = dt.date.min

    def add(self, row: Mapping[str, Any]) -> None:
        before = self.amounts.get(row["kind"], Amount(0, 0))
        self.amounts[row["kind"]] = Amount(
            before.contributions + row["kind_count"], before.lines + row["lines_sum"]
        )
        self.people.update(filter(None, row["whose_distinct"]))
        self.repositories.update(row["repository_distinct"])
        self.countries.update(filter(None, row["country_distinct"]))
        self.first = min(self.first, row["authored_min"].date())
        self.last = max(self.last, row["authored_max"].date())

    def frozen(self) -> tuple[Any, ...]:
        """What two purposes must share to be told together."""
        return tuple(sorted(self.amounts.items())), self.first, self.last, len(self.people)


def _summed(
    facts: pa.Table, decisions: pa.Table, *, by_person: bool, asked_about: str | None
) -> list[dict[str, Any]]:
    """Sums of a batch by kind of work and everything that tells groups apart."""
    whose = facts["person"]
    nobody = pa.nulls(len(whose), pa.string())
    person = whose if by_person else nobody
    change = decisions["counterfactual"]
    notice = decisions["notice"] if by_person or asked_about is not None else nobody
    if asked_about is None:
        said = pc.is_in(decisions["reason"], value_set=pa.array(sorted(OWN_SAY)))
        person = pc.if_else(said, pa.scalar(None, pa.string()), person)
        change = pc.if_else(said, pa.scalar(None, pa.string()), change)
    purposes = decisions["purpose"]
    table = pa.table(
        {
            "purpose": purposes,
            "class": facts["class"],
            "population": facts["population"] if by_person else nobody,
            "person": person,
            "outcome": decisions["outcome"],
            "reason": decisions["reason"],
            "clauses": pc.binary_join(decisions["clauses"], _SEPARATOR),
            "basis": decisions["basis"],
            "notice": notice,
            "missing": _unnamed(pc.binary_join(decisions["missing"], _SEPARATOR), purposes),
            "change": _unnamed(change, purposes),
            "kind": facts["kind"],
            "whose": whose,
            "lines": facts["lines"],
            "repository": facts["repository"],
            "country": facts["country"],
            "authored": facts["authored"],
        }
    )
    sums = table.group_by([*_KEYS, "kind"]).aggregate(
        [("kind", "count"), ("lines", "sum"), ("whose", "distinct"), ("repository", "distinct"),
         ("country", "distinct"), ("authored", "min"), ("authored", "max")]
    )  # fmt: skip
    rows: list[dict[str, Any]] = sums.to_pylist()
    return rows


def _unnamed(texts: pa.ChunkedArray, purposes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without the purpose that they speak about, so that equal ones are equal."""
    named = pc.unique(purposes).to_pylist()
    for purpose in named:
        plain = pc.replace_substring_regex(
            texts, pattern=rf"(^| ){re.escape(purpose)}( |$)", replacement=rf"\1{THIS_USE}\2"
        )
        texts = pc.if_else(pc.equal(purposes, purpose), plain, texts)
    return texts


def _group(key: tuple[Any, ...], purposes: Sequence[str], total: _Sum) -> Group:
    work_class, population, person, outcome, reason, clauses, basis, notice, missing, change = key[
        :-1
    ]
    return Group(
        work_class=work_class,
        purposes=tuple(sorted(purposes, key=_PLACES.__getitem__)),
        population=population,
        person=person,
        outcome=outcome,
        reason=reason,
        clauses=tuple(filter(None, clauses.split(_SEPARATOR))),
        basis=basis,
        notice=notice,
        missing=tuple(filter(None, missing.split(_SEPARATOR))),
        change=change,
        amounts={kind: total.amounts[kind] for kind in KINDS if kind in total.amounts},
        people=len(total.people),
        repositories=tuple(sorted(total.repositories)),
        countries=tuple(sorted(total.countries)),
        first=total.first,
        last=total.last,
    )


def _order(group: Group) -> tuple[Any, ...]:
    return (
        group.work_class, group.person or "", not group.is_included, -group.contributions,
        [_PLACES[one] for one in group.purposes], group.reason, group.clauses, group.notice or "",
        group.missing,
    )  # fmt: skip
