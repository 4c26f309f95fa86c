"""The changes that counterfactuals speak of, made to facts and terms."""

import datetime as dt

from terms_company import AS_OF

from byline.terms.assessments import Assessment
from byline.terms.events import BasisEvent
from byline.terms.notices import Notice
from byline.terms.scope import UNKNOWN

LONG_AGO = dt.date(1960, 1, 1)
SAID = {"objected", "withdrawn", "paused"}


def changed(found, row, terms):
    """The row and the terms as the counterfactual of a decision wants them, or None."""
    reason = found["reason"]
    if not found["counterfactual"]:
        return None
    if reason == "forbidden":
        return row, {**terms, "agreements": tuple(without(terms["agreements"], found["clauses"]))}
    if reason == "unknown_fact":
        return learnt(found, row, terms)
    if reason in SAID:
        events = tuple(each for each in terms["events"] if each.kind not in SAID)
        return row, {**terms, "events": events, "objections": (), "withdrawals": ()}
    if len(found["missing"]) != 1:
        return None
    more = mended(reason, row, found, terms)
    return None if more is None else (row, {**terms, **more})


def mended(reason, row, found, terms):  # noqa: PLR0911
    clauses = {clause.id: clause for each in terms["agreements"] for clause in each.clauses}
    clause = clauses[found["clauses"][0]] if found["clauses"] else None
    if reason in {"notice_missing", "notice_late", "wait_not_over"}:
        if not clause.needs_notice or not row["person"]:
            return None
        served = Notice(
            notice=clause.needs_notice, version="99", person=row["person"], served=LONG_AGO
        )
        return {"notices": (*terms["notices"], served)}
    if reason == "assessment_missing":
        good = Assessment(
            id="lia", kind="lia", sha256="1" * 64, completed=LONG_AGO, signed_by="counsel"
        )
        return {"assessments": (*terms["assessments"], good)}
    if reason == "basis_not_in_force" and row["person"]:
        given = BasisEvent(
            id="new",
            person=row["person"],
            kind="consent_given",
            at=dt.datetime.combine(AS_OF, dt.time(23), dt.UTC),
            purposes=(found["purpose"],),
        )
        return {"events": (*terms["events"], given)}
    if reason == "superseded":
        return {"agreements": rewritten(terms["agreements"], {"supersedes": ()}, {}, clause.id)}
    if reason == "separated":
        return {
            "agreements": rewritten(
                terms["agreements"], {}, {"survives_separation": True}, clause.id
            )
        }
    if reason == "minor":
        who = clause.who.model_copy(update={"minors": True})
        return {"agreements": rewritten(terms["agreements"], {}, {"who": who}, clause.id)}
    return None


def rewritten(agreements, of_agreements, of_clause, identity):
    def one(clause):
        return clause.model_copy(update=of_clause) if clause.id == identity else clause

    return tuple(
        each.model_copy(update={**of_agreements, "clauses": tuple(map(one, each.clauses))})
        for each in agreements
    )


def learnt(found, row, terms):
    """The row with every missing fact known to be one that no forbidding clause speaks of."""
    facts = {words: fact for fact, words in UNKNOWN.items()}
    known = {facts[words] for words in found["missing"]}
    if "employment" in known:
        return None
    values = {"minor": False, "licence": "0BSD", "region": "ZZ-1"}
    return {**row, **{fact: values.get(fact, "another") for fact in known}}, terms


def without(agreements, ids):
    for each in agreements:
        kept = tuple(clause for clause in each.clauses if clause.id not in ids)
        yield each.model_copy(update={"clauses": kept})
