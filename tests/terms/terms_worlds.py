"""Random terms and facts that meet often enough for every outcome and reason to come up.

A world is made from one seed: drawing each of its choices from hypothesis gives terms that hardly
ever permit anything.
"""

import datetime as dt
from random import Random

from terms_company import AS_OF, fact

from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
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
    "regions": ["US-CA", "US-NY", "DE-BE"],
    "legal_entities": ["Harbour Inc", "Harbour GmbH"],
    "collective_agreements": ["metal", "none"],
    "separation_types": ["layoff", "resignation"],
    "minors": True,
}
KINDS = ["employment", "policy", "works-agreement", "contractor"]
LIFTS = ["consent_given", "objection_lifted", "resumed", "reinstated"]
LIMITS = ["objected", "paused", "withdrawn", "consent_refused", "consent_withdrawn"]
LIMITS += ["consent_invalidated", "consent_requested"]
WHERE = {
    "repositories": ["ledger", "tidepool"],
    "owners": ["employer", "customer", "open-source", "third-party", "own-time"],
    "customers": ["northwind", "southsea"],
    "licences": ["MIT", "ISC", "GPL-3.0-only"],
    "authorship": ["human", "ai", "unknown"],
}


def table(chance, values):
    keys = chance.sample(sorted(values), chance.choice([0, 0, 0, 0, 0, 1, 1, 2]))
    return {key: words(chance, values[key]) for key in keys}


def words(chance, values):
    return values is True or chance.sample(values, chance.randint(1, min(3, len(values))))


def notice_keys(chance):
    return {
        "wait_days": chance.choice([0, 0, 0, 30]),
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
        made |= {"needs_assessment": chance.choice(["", "", "", "lia"])}
    if effect == "require":
        made |= chance.choice(
            [
                notice_keys(chance),
                {"basis": chance.choice(bases)},
                {"lane": chance.choice(["attributed", "anonymous"])},
                {"needs_assessment": "lia"},
            ]
        )
    limit = chance.choice([{}] * 8 + [{"effective": DAYS[1]}, {"expires": DAYS[1]}])
    return made | limit


def agreement(chance, identity, effects):
    effective, expires = chance.choice(IN_FORCE)
    return Agreement.model_validate(
        {
            "id": identity,
            "title": "Generated",
            "kind": chance.choice(KINDS),
            "status": chance.choice(["in_force"] * 9 + ["proposed"]),
            "supersedes": chance.choice([[]] * 6 + [["a0"], ["kind:policy"]]),
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


def event(chance, identity, kinds=(*LIFTS, *LIMITS)):
    kind, day = chance.choice(kinds), chance.choice(DAYS)
    return BasisEvent(
        id=identity,
        kind=kind,
        at=dt.datetime.combine(day, dt.time(chance.choice([0, 12])), dt.UTC),
        expires=chance.choice([None, None, *DAYS]) if kind == "consent_given" else None,
        by=chance.choice(["person"] * 5 + ["representative", "organisation"]),
        **{key: value for key, value in says(chance).items() if key != "received"},
    )


def assessment(chance):
    return Assessment(
        id=chance.choice(["lia", "lia", "dpia"]),
        kind="lia",
        sha256="0" * 64,
        completed=chance.choice(DAYS),
        expires=chance.choice([None, None, AS_OF]),
        classes=chance.choice([("*",), ("code",)]),
        purposes=chance.choice([("*",), ("assist_others", "repair")]),
        signed_by=chance.choice(["counsel", "counsel", ""]),
        fault=chance.choice(["", "", "its document is another one"]),
    )


def hold(chance, identity):
    return Hold(
        id=identity,
        matter="a matter",
        placed=chance.choice(DAYS),
        released=chance.choice([None, None, DAYS[1], DAYS[3]]),
        people=tuple(chance.sample(PEOPLE, chance.choice([0, 1, 1, 2]))),
        repositories=tuple(chance.sample(WHERE["repositories"], chance.choice([0, 1]))),
    )


def several(chance, make, counts):
    return tuple(make(chance, f"{make.__name__}{n}") for n in range(chance.choice(counts)))


def a_notice(chance, _):
    return Notice(
        notice=chance.choice(["ai", "eu"]),
        version=chance.choice(["1", "2", "10"]),
        person=chance.choice(PEOPLE),
        served=chance.choice([*DAYS, dt.date(2026, 6, 15)]),
    )


def an_agreement(chance, identity):
    return agreement(chance, identity.replace("an_agreement", "a"), some_effects(chance))


def world(chance):
    return {
        "agreements": several(chance, an_agreement, [1, 2, 3]),
        "notices": several(chance, a_notice, range(14)),
        "objections": tuple(
            Objection(id=f"o{place}", **says(chance)) for place in range(chance.choice([0, 0, 1]))
        ),
        "withdrawals": tuple(
            Withdrawal(**says(chance)) for _ in range(chance.choice([0, 0, 0, 1]))
        ),
        "events": several(chance, event, [0, 0, 1, 3, 6]),
        "assessments": tuple(assessment(chance) for _ in range(chance.choice([0, 1, 1, 2]))),
        "holds": several(chance, hold, [0, 0, 0, 0, 0, 1]),
        "proposed": chance.random() < 0.5,
    }


def contribution(chance, identity):
    pick = chance.choice
    population = pick(["roster"] * 20 + ["outsider", "outsider", "bot", "ai", "unknown"])
    roster = population == "roster"
    licences = [None, None, None, "MIT", "GPL-3.0-only", "MIT OR GPL-3.0-only", "MIT AND ISC"]
    licence = pick(licences)
    owner = pick(["employer"] * 9 + ["customer", "open-source", "third-party", "own-time"])
    employments = ["in_force"] * 20 + ["before", "after", "between", "none"]
    day = pick([*DAYS, dt.date(2025, 3, 1), dt.date(1969, 12, 31)])
    return fact(
        **{"class": pick(["code", "process"])},
        contribution=identity,
        repository=pick(["ledger", "tidepool", "other"]),
        owner=owner,
        customer=pick(["northwind", "eastern", None]) if owner == "customer" else None,
        licence=licence,
        licence_source=pick(["file", "repository", "repository"]) if licence else None,
        person=pick([*PEOPLE, *PEOPLE, "dee"]) if roster else None,
        population=population,
        employment=pick(employments) if roster else "none",
        worker_type=pick(["employee"] * 9 + ["contractor", "contractor", "intern", None])
        if roster
        else None,
        country=pick(["US", "US", "US", "DE", "DE", "FR", None]) if roster else None,
        region=pick(["US-CA", "DE-BE", "FR-75", None]) if roster else None,
        unit=pick(["Data", "Data", "Web", "Other", None]) if roster else None,
        legal_entity=pick(["Harbour Inc", "Harbour GmbH", None]) if roster else None,
        collective_agreement=pick(["metal", "none", None]) if roster else None,
        separation_type=pick(["layoff", "other", None, None]) if roster else None,
        minor=pick([None] * 9 + [False, True]) if roster else None,
        left=pick([None, None, None, None, *DAYS]) if roster else None,
        authored=dt.datetime.combine(day, dt.time(pick([0, 23]), 30), tzinfo=dt.UTC),
        authorship=pick(["human", "human", "ai", "mixed", "unknown"]),
    )


def make(seed, *, rows=30):
    """A world, some facts, and the chance that made them."""
    chance = Random(seed)
    return world(chance), [contribution(chance, f"c{place}") for place in range(rows)], chance
