"""Random terms and facts that meet often enough for every outcome and reason to come up.

A world is made from one seed: drawing each of its choices from hypothesis gives terms that hardly
ever permit anything.
"""

import datetime as dt
from random import Random

from terms_company import AS_OF, fact

from byline.terms.agreements import Agreement
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal

PEOPLE = ["ann", "ben", "cy"]
PURPOSES = ["assist_others", "repair", "role_replication"]
DAYS = [dt.date(2025, 1, 1), dt.date(2025, 6, 1), AS_OF, dt.date(2026, 7, 1)]
LONG_AGO = dt.date(2020, 1, 1)
IN_FORCE = [(LONG_AGO, None)] * 4 + [(AS_OF, None), (LONG_AGO, AS_OF), (DAYS[3], None)]
WHO = {
    "population": ["roster", "outsider", "bot", "ai", "anyone"],
    "worker_types": ["employee", "contractor"],
    "countries": ["US", "DE"],
    "units": ["Data", "Web"],
    "people": PEOPLE,
    "employment": ["in_force", "before", "after", "between", "none"],
}
WHERE = {
    "repositories": ["ledger", "tidepool"],
    "owners": ["employer", "customer", "open-source", "third-party", "own-time"],
    "customers": ["northwind", "southsea"],
    "licences": ["MIT", "ISC", "GPL-3.0-only"],
    "authorship": ["human", "ai", "unknown"],
}


def table(chance, values):
    keys = chance.sample(sorted(values), chance.choice([0, 0, 0, 1, 1, 2]))
    return {
        key: chance.sample(values[key], chance.randint(1, min(3, len(values[key])))) for key in keys
    }


def notice_keys(chance):
    return {
        "needs_notice": chance.choice(["ai", "ai", "eu"]),
        "notice_version": chance.choice(["", "", "1", "2", "10"]),
        "notice_before": chance.choice(["use", "authorship"]),
    }


def clause(chance, identity, *, effect):
    bases = ["agreement"] * 4 + ["legitimate_interest", "consent", "licence"]
    made = {
        "id": identity,
        "effect": effect,
        "text": "Words.",
        "classes": chance.choice([["*"], ["*"], ["code"], ["process"]]),
        "purposes": chance.choice([["*"], ["assist_others"], PURPOSES]),
        "who": table(chance, WHO),
        "where": table(chance, WHERE),
    }
    if effect == "permit":
        made |= {"basis": chance.choice(bases), "survives_separation": chance.random() < 0.5}
        made |= {"lane": chance.choice(["attributed", "attributed", "anonymous"])}
        kinds_of_notice = [notice_keys(chance)] * 3 + [{}, {"needs_notice": "licence"}]
        made |= chance.choice(kinds_of_notice)
    if effect == "require":
        made |= chance.choice(
            [
                notice_keys(chance),
                {"basis": chance.choice(bases)},
                {"lane": chance.choice(["attributed", "anonymous"])},
            ]
        )
    return made


def agreement(chance, identity, effects):
    effective, expires = chance.choice(IN_FORCE)
    return Agreement.model_validate(
        {
            "id": identity,
            "title": "Generated",
            "kind": chance.choice(["employment", "policy", "works-agreement", "contractor"]),
            "version": "1",
            "effective": effective,
            "expires": expires,
            "clauses": [
                clause(chance, f"{identity}/{place}", effect=effect)
                for place, effect in enumerate(effects)
            ],
        }
    )


def some_effects(chance):
    return chance.choices(["permit", "forbid", "require"], [8, 1, 1], k=chance.randint(2, 5))


def says(chance):
    return {
        "person": chance.choice(PEOPLE),
        "received": chance.choice(DAYS),
        "classes": chance.choice([("*",), ("code",)]),
        "purposes": chance.choice([("*",), ("repair",)]),
    }


def world(chance):
    return {
        "agreements": tuple(
            agreement(chance, f"a{place}", some_effects(chance))
            for place in range(chance.randint(1, 3))
        ),
        "notices": tuple(
            Notice(
                notice=chance.choice(["ai", "eu"]),
                version=chance.choice(["1", "2", "10"]),
                person=chance.choice(PEOPLE),
                served=chance.choice(DAYS),
            )
            for _ in range(chance.randint(0, 9))
        ),
        "objections": tuple(
            Objection(id=f"o{place}", **says(chance)) for place in range(chance.choice([0, 0, 1]))
        ),
        "withdrawals": tuple(Withdrawal(**says(chance)) for _ in range(chance.choice([0, 0, 1]))),
    }


def contribution(chance, identity):
    pick = chance.choice
    population = pick(["roster"] * 15 + ["outsider", "outsider", "bot", "ai", "unknown"])
    roster = population == "roster"
    licences = [None, None, None, "MIT", "GPL-3.0-only", "MIT OR GPL-3.0-only", "MIT AND ISC"]
    licence = pick(licences)
    owner = pick(["employer"] * 9 + ["customer", "open-source", "third-party", "own-time"])
    employments = ["in_force"] * 12 + ["before", "after", "between", "none"]
    day = pick([*DAYS, dt.date(2025, 3, 1), dt.date(1969, 12, 31)])
    return fact(
        **{"class": pick(["code", "process"])},
        contribution=identity,
        repository=pick(["ledger", "tidepool", "other"]),
        owner=owner,
        customer=pick(["northwind", "eastern"]) if owner == "customer" else None,
        licence=licence,
        licence_source=pick(["file", "repository", "repository"]) if licence else None,
        person=pick([*PEOPLE, "dee"]) if roster else None,
        population=population,
        employment=pick(employments) if roster else "none",
        worker_type=pick(["employee", "contractor"]) if roster else None,
        country=pick(["US", "DE", "FR"]) if roster else None,
        unit=pick(["Data", "Web", "Other"]) if roster else None,
        left=pick([None, None, None, None, *DAYS]) if roster else None,
        authored=dt.datetime.combine(day, dt.time(pick([0, 23]), 30), tzinfo=dt.UTC),
        authorship=pick(["human", "human", "ai", "mixed", "unknown"]),
    )


def make(seed, *, rows=30):
    """A world, some facts, and the chance that made them."""
    chance = Random(seed)
    return world(chance), [contribution(chance, f"c{place}") for place in range(rows)], chance
