"""Whom the terms reach: which groups of people have no permit, no notice, no assessment.

Every person who is employed on the day stands for one piece of their ordinary work of each class,
written that day in a repository of the employer that no clause names, and is decided like any other
work. Invariants: what is said here is what a decision would say; people are counted, never named;
what people said about their own work plays no part, because no gap of the terms is their doing.
"""

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from byline.people.roster import Employment, Person, standing
from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.decide import decide
from byline.terms.notices import Notice
from byline.terms.schema import FACTS
from byline.terms.scope import EMPLOYMENT_KEYS
from byline.terms.vocabulary import CLASSES

Codes = npt.NDArray[np.int64]
State = Literal["permitted", "no_permit", "no_notice", "no_assessment", "otherwise"]

_STATES: Final[tuple[State, ...]] = get_args(State)
_NO_PERMIT = frozenset({"silence", "restricted_purpose", "agreement_not_in_force", "superseded"})


class Group(NamedTuple):
    """People whom terms usually tell apart from others; "" where the roster says nothing."""

    worker_type: str
    country: str
    region: str
    unit: str
    legal_entity: str

    def __str__(self) -> str:
        place = self.region or self.country or "no country"
        return ", ".join(part for part in (self.worker_type, place, *self[3:]) if part)


class Coverage(NamedTuple):
    """What of a group's work of a class may be used for a purpose, as numbers of people.

    A person who lacks both notice and assessment counts for each; `otherwise` are those excluded
    for another reason, such as a forbid.
    """

    group: Group
    people: int
    work_class: str
    purpose: str
    permitted: int
    no_permit: int
    no_notice: int
    no_assessment: int
    otherwise: int

    def as_json(self) -> dict[str, Any]:
        """The row for machines."""
        return {**self._asdict(), "group": self.group._asdict()}


def coverage(
    people: Sequence[Person],
    *,
    agreements: Sequence[Agreement],
    notices: Sequence[Notice],
    assessments: Sequence[Assessment],
    purposes: Sequence[str],
    as_of: dt.date,
    proposed: bool = False,
) -> tuple[Coverage, ...]:
    """One row for each group, class and purpose, sorted.

    Args:
        people: The roster.
        agreements: Agreements and packs.
        notices: Notices served.
        assessments: Assessments there are.
        purposes: Purposes asked about.
        as_of: The day on which people are employed, write and are used.
        proposed: Whether proposed agreements forbid and require as if in force.
    """
    staff = [(one, standing(one, as_of)) for one in people]
    employed = [(one, found.employment) for one, found in staff if found.state == "in_force"]
    if not employed:
        return ()
    groups = [_group(employment) for _, employment in employed]
    decided = decide(
        _facts(employed, as_of),
        agreements=agreements,
        notices=notices,
        objections=(),
        withdrawals=(),
        purposes=purposes,
        as_of=as_of,
        assessments=assessments,
        proposed=proposed,
    )
    return tuple(_rows(groups, decided))


def _group(employment: Employment) -> Group:
    return Group(
        employment.worker_type,
        employment.country,
        employment.region,
        employment.unit,
        employment.legal_entity,
    )


def _facts(employed: Sequence[tuple[Person, Employment]], as_of: dt.date) -> pa.Table:
    """One row of FACTS for each person and class, class by class."""
    count = len(employed)

    def said(fact: str) -> list[str | None]:
        return [getattr(employment, fact) or None for _, employment in employed]

    of_people = {
        "person": [person.id for person, _ in employed],
        **{fact: said(fact) for fact, _ in EMPLOYMENT_KEYS},
        "minor": [
            None if one.adult_from is None else one.adult_from > as_of for _, one in employed
        ],
        "left": [person.left for person, _ in employed],
    }
    always = {
        "repository": "", "owner": "employer", "population": "roster", "employment": "in_force",
        "authored": dt.datetime(as_of.year, as_of.month, as_of.day, tzinfo=dt.UTC),
        "authorship": "human", "lines": 1,
    }  # fmt: skip
    tables = []
    for work_class in sorted(CLASSES):
        columns = []
        for field in FACTS:
            if field.name in of_people:
                columns.append(pa.array(of_people[field.name], field.type))
            elif field.name in {"contribution", "item"}:
                names = [f"{work_class}/{number}" for number in range(count)]
                columns.append(pa.array(names, field.type))
            else:
                value = work_class if field.name == "class" else always.get(field.name)
                columns.append(pa.repeat(pa.scalar(value, field.type), count))
        tables.append(pa.Table.from_arrays(columns, schema=FACTS))
    return pa.concat_tables(tables)


def _rows(groups: Sequence[Group], decided: pa.Table) -> Iterator[Coverage]:
    order = sorted(set(groups))
    place = {group: index for index, group in enumerate(order)}
    sizes = Counter(groups)
    codes = np.array([place[group] for group in groups], dtype=np.int64)
    classes = sorted(CLASSES)
    purposes = decided["purpose"].unique().to_pylist()
    cells = {"cell": pa.array(_cells(codes, classes=len(classes), purposes=len(purposes)))}
    missing = pc.binary_join(decided["missing"], "\n")
    counted = (
        pa.table({**cells, "reason": decided["reason"], "missing": missing})
        .group_by(["cell", "reason", "missing"])
        .aggregate([([], "count_all")])
        .to_pylist()
    )
    numbers: defaultdict[int, Counter[State]] = defaultdict(Counter)
    for row in counted:
        for state in _states(row["reason"], row["missing"]):
            numbers[row["cell"]][state] += row["count_all"]
    for index, (group, work_class, purpose) in enumerate(
        itertools.product(order, classes, purposes)
    ):
        counts = (numbers[index][state] for state in _STATES)
        yield Coverage(group, sizes[group], work_class, purpose, *counts)


def _cells(codes: Codes, *, classes: int, purposes: int) -> Codes:
    """The number of (group, class, purpose) of each decision, in the order of decisions."""
    by_class = codes[None, :] * classes + np.arange(classes)[:, None]
    cells: Codes = (by_class[None, :, :] * purposes + np.arange(purposes)[:, None, None]).ravel()
    return cells


def _states(reason: str, missing: str) -> tuple[State, ...]:
    if reason == "permitted":
        return ("permitted",)
    if reason in _NO_PERMIT:
        return ("no_permit",)
    lacks = missing.split("\n")
    told: list[State] = ["no_notice"] if any(one.startswith("notice ") for one in lacks) else []
    if any(one.startswith("assessment ") for one in lacks):
        told.append("no_assessment")
    return tuple(told) or ("otherwise",)
