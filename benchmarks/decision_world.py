"""A made organisation for measuring decisions: agreements, notices, what people said, and facts.

Everything is drawn from a seed, column by column. People keep their country, unit and worker type;
notices were served over two years, objections and consents came whenever they came, work was
written over ten years.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement
from byline.terms.events import BasisEvent
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal
from byline.terms.schema import FACTS

AS_OF = dt.date(2026, 6, 30)
PURPOSES = ("assist_others", "code_review", "external_product")
COUNTRIES = ("US", "DE", "PL", "FR", "IN", "GB", "JP", "BR")
SHARES = (0.35, 0.15, 0.08, 0.08, 0.18, 0.08, 0.04, 0.04)
UNITS = tuple(f"unit-{number}" for number in range(20))
CUSTOMERS = ("northwind", "southsea", "eastgate", "westmark")
LICENCES = ("MIT", "Apache-2.0", "GPL-3.0-only", "BSD-3-Clause")
REPOSITORIES = tuple(f"repo-{number}" for number in range(2000))
ORDINARY = ["assist_author", "assist_others", "code_review", "retrieval"]
BATCH = 1 << 20
START = dt.date(2016, 1, 1)
EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class People:
    """Each person's lasting facts, by number."""

    country: np.ndarray
    unit: np.ndarray
    worker: np.ndarray
    left: np.ndarray  # days since 1970, or -1


def people_of(count: int, seed: int = 5) -> People:
    draw = np.random.default_rng(seed)
    left = np.where(draw.random(count) < 0.12, draw.integers(18_000, 20_700, count), -1)
    return People(
        country=draw.choice(len(COUNTRIES), count, p=SHARES).astype(np.int32),
        unit=draw.integers(0, len(UNITS), count).astype(np.int32),
        worker=draw.choice(3, count, p=[0.85, 0.11, 0.04]).astype(np.int32),
        left=left.astype(np.int32),
    )


def facts(rows: int, *, people: int, seed: int = 7) -> Iterator[pa.Table]:
    """Batches of `FACTS`, about a million rows each."""
    known = people_of(people)
    names = pa.array([f"p{number:06d}" for number in range(people)])
    for number, at in enumerate(range(0, rows, BATCH)):
        size = min(BATCH, rows - at)
        yield _batch(np.random.default_rng((seed, number)), size, at, known, names)


def _batch(
    draw: np.random.Generator, size: int, at: int, known: People, names: pa.Array
) -> pa.Table:
    who = draw.integers(0, len(names), size)
    population = draw.choice(4, size, p=[0.93, 0.04, 0.02, 0.01])
    roster = population == 0
    owner = draw.choice(5, size, p=[0.80, 0.08, 0.05, 0.05, 0.02])
    employment = np.where(roster, draw.choice(4, size, p=[0.93, 0.03, 0.03, 0.01]), 4)
    worker, left = known.worker[who], known.left[who]
    days = draw.integers((START - EPOCH).days, (AS_OF - EPOCH).days, size)
    licensed = (owner == 3) | (owner == 2) | (draw.random(size) < 0.01)
    columns = {
        "contribution": _numbered("c", np.arange(at, at + size)),
        "item": _numbered("i", (np.arange(at, at + size) // 3)),
        "class": _chosen(("code", "process", "design"), draw.choice(3, size, p=[0.7, 0.25, 0.05])),
        "repository": _chosen(REPOSITORIES, draw.integers(0, len(REPOSITORIES), size)),
        "owner": _chosen(("employer", "customer", "third-party", "open-source", "own-time"), owner),
        "customer": _chosen(CUSTOMERS, draw.integers(0, 4, size), owner == 1),
        "licence": _chosen(LICENCES, draw.integers(0, 4, size), licensed),
        "licence_source": _chosen(
            ("repository", "file"), (draw.random(size) < 0.1).astype(int), licensed
        ),
        "person": pa.DictionaryArray.from_arrays(pa.array(who, mask=population > 0), names).cast(
            pa.string()
        ),
        "population": _chosen(("roster", "outsider", "bot", "ai"), population),
        "employment": _chosen(("in_force", "before", "after", "between", "none"), employment),
        "worker_type": _chosen(("employee", "contractor", "intern"), worker, roster),
        "country": _chosen(COUNTRIES, known.country[who], roster),
        "unit": _chosen(UNITS, known.unit[who], roster),
        "left": pa.array(left, mask=~roster | (left < 0)).cast(pa.date32()),
        "authored": pa.array(days * 86_400).cast(pa.timestamp("s", tz="UTC")),
        "authorship": _chosen(
            ("human", "unknown", "mixed", "ai"), draw.choice(4, size, p=[0.1, 0.8, 0.07, 0.03])
        ),
        "lines": pa.array(draw.integers(1, 40, size).astype(np.int32)),
    }
    made = [
        columns[field.name] if field.name in columns else pa.nulls(size, field.type)
        for field in FACTS
    ]
    return pa.Table.from_arrays(made, schema=FACTS)


def _chosen(words: Sequence[str], codes: np.ndarray, present: np.ndarray | None = None) -> pa.Array:
    mask = None if present is None else ~present
    indices = pa.array(codes.astype(np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words)).cast(pa.string())


def _numbered(letter: str, numbers: np.ndarray) -> pa.Array:
    digits = np.char.zfill(numbers.astype("U9"), 9)
    return pa.array(np.char.add(letter, digits).tolist(), pa.string())


def terms(people: int, seed: int = 11) -> Terms:
    """Twelve agreements of forty clauses, and what was served and said."""
    draw = np.random.default_rng(seed)
    known = people_of(people)
    notices, objections, withdrawals, events = [], [], [], []
    first = dt.date(2024, 1, 8)
    for number in range(people):
        name = f"p{number:06d}"
        # Letters go out by the week; one in twenty was never sent, one in fifty came too late.
        chance = draw.random()
        week = int(draw.integers(0, 100))
        if chance > 0.05:
            served = first + dt.timedelta(weeks=week) if chance > 0.07 else dt.date(2026, 7, 6)
            country = COUNTRIES[known.country[number]]
            kind = "ai-contractors" if known.worker[number] == 1 else "ai-training"
            version = "2" if week > 50 else "1"
            notice = "ai-training-eu" if country in ("DE", "PL", "FR") else kind
            notices.append(Notice(notice=notice, version=version, person=name, served=served))
        if chance > 0.985:
            received = first + dt.timedelta(days=int(draw.integers(0, 900)))
            classes = ("*",) if chance > 0.99 else ("process",)
            objections.append(
                Objection(id=f"o{number}", person=name, received=received, classes=classes)
            )
        elif chance > 0.98:
            withdrawals.append(Withdrawal(person=name, received=dt.date(2026, 3, 2)))
        elif chance > 0.90:
            events.append(_consent(name, number, draw))
    return Terms(
        agreements=tuple(agreements()),
        notices=tuple(notices),
        objections=tuple(objections),
        withdrawals=tuple(withdrawals),
        events=tuple(events),
    )


def _consent(person: str, number: int, draw: np.random.Generator) -> BasisEvent:
    day = dt.datetime(2025, 1, 6, tzinfo=dt.UTC) + dt.timedelta(weeks=int(draw.integers(0, 50)))
    return BasisEvent(
        id=f"e{number}", person=person, at=day, kind="consent_given",
        purposes=("external_product",), expires=dt.date(2027, 1, 1),
    )  # fmt: skip


def agreements() -> Iterator[Agreement]:
    """Employment by country, contractors, customers, works agreements, policies, licences."""
    for country in COUNTRIES:
        europe = country in ("DE", "PL", "FR")
        notice = "ai-training-eu" if europe else "ai-training"
        basis = "legitimate_interest" if europe else "agreement"
        yield _agreement(
            f"employment-{country}", "employment",
            _permit(f"{country}/1", ["code"], ORDINARY, notice, basis, countries=[country]),
            _permit(f"{country}/2", ["process"], ORDINARY, notice, basis, countries=[country]),
            _permit(f"{country}/3", ["design"], ["assist_others", "retrieval"], notice, basis,
                    before="authorship", countries=[country]),
            _forbid(f"{country}/4", ["role_replication", "persona_twin"], countries=[country]),
        )  # fmt: skip
    yield _agreement(
        "contractors", "contractor",
        _permit("contractors/1", ["code"], ORDINARY, "ai-contractors", "agreement",
                worker="contractor", before="authorship", survives=True),
    )  # fmt: skip
    yield _agreement(
        "customers", "customer-nda",
        *(_clause(f"{name}/1", "forbid", ["*"], ["*"], where={"customers": [name]})
          for name in CUSTOMERS[:2]),
        _clause("eastgate/1", "permit", ["code"], ["code_review"], basis="agreement",
                needs_notice="ai-training", who={"worker_types": ["employee"]},
                where={"customers": ["eastgate"]}),
    )  # fmt: skip
    yield _agreement(
        "works-agreement", "works-agreement",
        _clause("works/1", "require", ["*"], ORDINARY, basis="legitimate_interest",
                who={"countries": ["DE", "PL", "FR"], "worker_types": ["employee"]}),
        _clause("works/2", "forbid", ["*"], ["external_product"], who={"countries": ["DE"]}),
    )  # fmt: skip
    yield _agreement(
        "policy", "policy",
        _clause("policy/1", "forbid", ["*"], ["*"], who={"worker_types": ["intern"]}),
        _clause("policy/2", "forbid", ["*"], ["*"], where={"authorship": ["ai"]}),
        _clause("policy/3", "forbid", ["*"], ["*"], who={"units": ["unit-3"]}),
        _clause("policy/4", "permit", ["code"], ORDINARY, basis="agreement",
                who={"population": ["bot"]}, where={"owners": ["employer"]}),
        _clause("policy/5", "permit", ["code"], ["external_product"], basis="consent",
                needs_notice="ai-training", who={"worker_types": ["employee"]}),
        _clause("policy/6", "permit", ["code"], ["assist_others"], basis="licence",
                needs_notice="licence", who={"population": ["anyone"]},
                where={"owners": ["open-source", "third-party"],
                       "licences": ["MIT", "Apache-2.0", "BSD-3-Clause"]}),
    )  # fmt: skip


def _agreement(name: str, kind: str, *clauses: dict) -> Agreement:
    return Agreement.model_validate(
        {"id": name, "title": name, "kind": kind, "version": "1",
         "effective": dt.date(2020, 1, 1), "clauses": list(clauses)}
    )  # fmt: skip


def _clause(
    identity: str,
    effect: str,
    classes: list[str],
    purposes: list[str],
    *,
    who: dict[str, Any] | None = None,
    where: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "id": identity, "effect": effect, "text": f"The words of {identity}.", "classes": classes,
        "purposes": purposes, "who": who or {}, "where": where or {}, **more,
    }  # fmt: skip


def _permit(
    identity: str,
    classes: list[str],
    purposes: list[str],
    notice: str,
    basis: str,
    *,
    worker: str = "employee",
    countries: Sequence[str] = (),
    before: str = "use",
    survives: bool = False,
) -> dict[str, Any]:
    who = {"worker_types": [worker], "countries": list(countries)}
    return _clause(
        identity, "permit", classes, purposes, basis=basis, needs_notice=notice,
        notice_before=before, survives_separation=survives, who=who,
        where={"owners": ["employer"]},
    )  # fmt: skip


def _forbid(identity: str, purposes: list[str], *, countries: list[str]) -> dict[str, Any]:
    return _clause(identity, "forbid", ["*"], purposes, who={"countries": countries})
