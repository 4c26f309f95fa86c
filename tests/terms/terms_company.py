"""A small company's terms and facts for the tests of `byline.terms`."""

import datetime as dt

import pyarrow as pa

from byline.terms.agreements import Agreement
from byline.terms.decide import decide
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal
from byline.terms.schema import FACTS

AS_OF = dt.date(2026, 6, 30)
ASSIST = ["assist_others", "code_review", "retrieval"]


def day(text):
    return dt.date.fromisoformat(text)


def agreement(identity, *clauses, kind="employment", effective="2024-01-01", expires=None):
    return Agreement.model_validate(
        {
            "id": identity,
            "title": f"Agreement {identity}",
            "kind": kind,
            "version": "1",
            "effective": day(effective),
            "expires": day(expires) if expires else None,
            "clauses": [
                {"text": f"Words of {identity}.", "classes": ["code"], "purposes": ASSIST, **clause}
                for clause in clauses
            ],
        }
    )


def permit(identity, *, who=None, where=None, **keys):
    given = {"basis": "agreement", "needs_notice": "ai", **keys}
    return {"id": identity, "effect": "permit", "who": who or {}, "where": where or {}, **given}


def forbid(identity, *, who=None, where=None, **keys):
    return {"id": identity, "effect": "forbid", "who": who or {}, "where": where or {}, **keys}


def require(identity, *, who=None, where=None, **keys):
    return {"id": identity, "effect": "require", "who": who or {}, "where": where or {}, **keys}


EU = ["DE", "PL"]
PERMISSIVE = ["MIT", "Apache-2.0", "PSF-2.0"]
AGREEMENTS = (
    agreement(
        "us",
        permit(
            "us/1",
            classes=["code", "process"],
            purposes=["*"],
            who={"worker_types": ["employee"], "countries": ["US"]},
            where={"owners": ["employer"]},
        ),
        forbid("us/2", purposes=["performance_evaluation"], classes=["*"]),
    ),
    agreement(
        "eu",
        permit(
            "eu/1",
            classes=["code", "process"],
            basis="legitimate_interest",
            needs_notice="ai-eu",
            notice_version="2",
            who={"worker_types": ["employee"], "countries": EU},
            where={"owners": ["employer"]},
        ),
        permit(
            "eu/2",
            classes=["design"],
            basis="legitimate_interest",
            lane="anonymous",
            needs_notice="ai-eu",
            notice_before="authorship",
            who={"countries": EU},
            where={"owners": ["employer"]},
        ),
        require(
            "eu/3",
            classes=["*"],
            purposes=["*"],
            basis="legitimate_interest",
            who={"countries": EU},
        ),
        kind="works-agreement",
    ),
    agreement(
        "contractors",
        permit(
            "contractors/1",
            notice_before="authorship",
            survives_separation=True,
            who={"worker_types": ["contractor"]},
        ),
        kind="contractor",
    ),
    agreement(
        "interns",
        forbid("interns/1", classes=["*"], purposes=["*"], who={"worker_types": ["intern"]}),
        kind="policy",
    ),
    agreement(
        "acquisition",
        permit(
            "acquisition/1",
            needs_notice="",
            who={"people": ["tess"], "employment": ["before", "in_force"]},
            where={"repositories": ["tidepool"]},
        ),
        kind="ip-assignment",
    ),
    agreement(
        "northwind",
        forbid("northwind/1", classes=["*"], purposes=["*"], where={"customers": ["northwind"]}),
        kind="customer-nda",
    ),
    agreement(
        "southsea",
        forbid("southsea/1", classes=["*"], purposes=["*"], where={"customers": ["southsea"]}),
        kind="customer-nda",
        expires="2026-01-01",
    ),
    agreement(
        "eastern",
        permit("eastern/1", where={"customers": ["eastern"]}),
        kind="customer-nda",
        effective="2024-06-01",
    ),
    agreement(
        "old-us",
        permit("old-us/1", classes=["design"], who={"countries": ["US"]}),
        expires="2026-06-30",
    ),
    agreement(
        "leaver",
        permit("leaver/1", survives_separation=True, who={"people": ["lea"]}),
        kind="separation",
    ),
    agreement(
        "product",
        permit("product/1", purposes=["external_product"], who={"people": ["ann"]}),
    ),
    agreement(
        "consent",
        permit("consent/1", classes=["design"], basis="consent", who={"people": ["carl"]}),
        permit("consent/2", classes=["design"], basis="consent", who={"countries": ["CA"]}),
        kind="policy",
    ),
    agreement(
        "bots",
        permit("bots/1", needs_notice="", who={"population": ["bot"]}),
        kind="policy",
    ),
    agreement(
        "public",
        permit(
            "public/1",
            classes=["code", "process"],
            basis="licence",
            needs_notice="licence",
            survives_separation=True,
            who={
                "population": ["anyone"],
                "employment": ["in_force", "before", "after", "between", "none"],
            },
            where={"owners": ["open-source"], "licences": PERMISSIVE},
        ),
        kind="open-source-licence",
    ),
    agreement(
        "human-design",
        permit(
            "human-design/1",
            classes=["design"],
            who={"countries": ["GB"]},
            where={"authorship": ["human", "mixed"]},
        ),
    ),
    agreement(
        "handbook",
        permit(
            "handbook/1",
            purposes=["repair"],
            needs_notice="",
            who={"countries": ["US"]},
        ),
        kind="policy",
    ),
)


def served(person, on, *, notice="ai", version="1"):
    return Notice(notice=notice, version=version, person=person, served=day(on))


NOTICES = (
    *(served(person, "2024-09-01") for person in ("ann", "cole", "lea", "rex", "olga", "carl")),
    served("ann", "2025-02-01"),
    served("gwen", "2024-09-01"),
    served("lars", "2026-07-04"),
    served("dora", "2024-08-01", notice="ai-eu", version="1"),
    served("dora", "2024-10-01", notice="ai-eu", version="10"),
    served("emil", "2024-08-01", notice="ai-eu", version="1"),
)
OBJECTIONS = (
    Objection(id="obj-1", person="olga", received=day("2025-05-02")),
    Objection(
        id="obj-2",
        person="rex",
        received=day("2025-05-03"),
        classes=("process",),
        purposes=("assist_others",),
    ),
    Objection(id="obj-3", person="ann", received=day("2026-07-01")),
)
WITHDRAWALS = (Withdrawal(person="wim", received=day("2026-06-30")),)


def fact(**given):
    base = {
        "contribution": "c1",
        "item": "i1",
        "class": "code",
        "repository": "ledger",
        "owner": "employer",
        "customer": None,
        "licence": None,
        "licence_source": None,
        "person": "ann",
        "population": "roster",
        "employment": "in_force",
        "worker_type": "employee",
        "country": "US",
        "unit": "Data",
        "region": None,
        "legal_entity": None,
        "collective_agreement": None,
        "separation_type": None,
        "minor": None,
        "left": None,
        "authored": dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC),
        "authorship": "human",
        "lines": 3,
    }
    return {**base, **given}


def table(*facts):
    return pa.Table.from_pylist(list(facts), schema=FACTS)


def decisions(facts, *, purposes=("assist_others",), as_of=AS_OF, **terms):
    given = {
        "agreements": AGREEMENTS,
        "notices": NOTICES,
        "objections": OBJECTIONS,
        "withdrawals": WITHDRAWALS,
        "events": (),
        "assessments": (),
        "holds": (),
        **terms,
    }
    return decide(table(*facts), purposes=purposes, as_of=as_of, **given).to_pylist()
