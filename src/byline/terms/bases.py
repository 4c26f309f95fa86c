"""The state of a basis for one person, class of work and purpose, in the words of W3C DPV 2.3.

States are functions of what was agreed, told and said (`byline.terms.sayings`), and the verdict
asks the same functions. Invariants: only the last valid state of a basis permits anything; consent
to an employer is marked as given under an imbalance (EDPB Guidelines 05/2020, paragraph 21).
Terms of `dpv:` are those of https://w3id.org/dpv (consent status, legitimate interest status,
contract status); `byline:` names what DPV has no word for.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from byline.terms.agreed import Terms
from byline.terms.notices import Notice, earliest
from byline.terms.sayings import (
    CONSENT_ENDS,
    LIFTED_BY,
    STRANGE,
    Said,
    Saying,
    fold,
    sayings_of,
)
from byline.terms.scope import Term, terms_of
from byline.terms.vocabulary import Basis

State = Literal[
    "dpv:ConsentUnknown",
    "dpv:ConsentRequested",
    "dpv:ConsentGiven",
    "dpv:ConsentRefused",
    "dpv:ConsentWithdrawn",
    "dpv:ConsentExpired",
    "dpv:ConsentInvalidated",
    "dpv:LegitimateInterestUninformed",
    "dpv:LegitimateInterestInformed",
    "dpv:LegitimateInterestNotObjected",
    "dpv:LegitimateInterestObjected",
    "dpv:ContractActive",
    "dpv:ContractInactive",
    "dpv:ContractExpired",
    "byline:ContractAbsent",
    "byline:LicenceOfTheWork",
]
VALID: frozenset[str] = frozenset(
    {
        "dpv:ConsentGiven",
        "dpv:LegitimateInterestNotObjected",
        "dpv:ContractActive",
        "byline:LicenceOfTheWork",
    }
)
"""States in which the basis may carry a use."""

_ENDED: dict[str, State] = {
    "consent_withdrawn": "dpv:ConsentWithdrawn",
    "consent_refused": "dpv:ConsentRefused",
    "consent_invalidated": "dpv:ConsentInvalidated",
}


OTHERS: Final = MappingProxyType({"email": "outsider", "bot": "bot", "ai": "ai"})
"""The population of somebody who is on no roster, by the beginning of their id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisState:
    """The state of a basis on a day.

    Attributes:
        basis: Of which basis.
        state: A term of DPV, or of `byline:` where DPV has none.
        since: The day (UTC) since which it holds, where it is known.
        until: The first day on which it holds no more, where one is set.
        imbalance: Whether the person depends on who asks, so that consent is hardly free.
        against: Which of "withdrawn", "objected" and "paused" stand, whatever the basis.
        by_clause: Whether a consent rests on a clause that names the person, not on an event.
    """

    basis: Basis
    state: State
    since: dt.date | None = None
    until: dt.date | None = None
    imbalance: bool = False
    against: tuple[str, ...] = ()
    by_clause: bool = False

    @property
    def in_force(self) -> bool:
        """Whether the basis may carry a use today: it is valid, and nothing was said against it."""
        return self.state in VALID and not self.against


def state_of(
    person: str,
    *,
    work_class: str,
    purpose: str,
    basis: Basis,
    terms: Terms,
    as_of: dt.date,
) -> BasisState:
    """The state of a basis for one person's work of a class and a purpose.

    What depends on the single work (its country, owner, repository) is left to the decision: a
    basis in force is needed for a use, and is not enough.

    Args:
        person: Roster id, or ``email:<address>`` for someone outside it.
        work_class: code, design or process.
        purpose: One of `byline.terms.purposes.Purpose`.
        basis: Which basis.
        terms: What was agreed, told and said.
        as_of: The day; what was said by its end (UTC) counts.
    """
    said = sayings_of(
        (event for event in terms.events if event.person == person),
        objections=(row for row in terms.objections if row.person == person),
        withdrawals=(row for row in terms.withdrawals if row.person == person),
        as_of=as_of,
    ).get(person, ())
    said = tuple(each for each in said if each.covers(work_class=work_class, purpose=purpose))
    prefix, is_other, _ = person.partition(":")
    population = OTHERS.get(prefix, "roster") if is_other else "roster"
    about = [
        term
        for term in terms_of(terms.agreements, as_of=as_of)
        if term.agreement.status == "in_force"
        and work_class in term.classes
        and purpose in term.purposes
        and population in term.populations
        and (not term.clause.who.people or person in term.clause.who.people)
    ]
    standing = fold(said)
    found = _by_basis(basis, about, said, standing, person=person, terms=terms, as_of=as_of)
    return replace(found, against=against(standing))


def against(said: Said) -> tuple[str, ...]:
    """What stands against every use: withdrawn, objected, paused, or what is not understood."""
    stands = tuple(kind for kind in LIFTED_BY if said.stands(kind))
    return (*stands, STRANGE) if STRANGE in said.latest else stands


def consent_state(said: Said, *, as_of: dt.date, clause_from: dt.date | None = None) -> State:
    """The state of a consent.

    Args:
        said: What the person said about the class and purpose.
        as_of: The day.
        clause_from: The first day of a clause in force in which the person consents by name. What
            they said on that day or later beats it.
    """
    ended = [(said.latest[kind], kind) for kind in CONSENT_ENDS if kind in said.latest]
    last = max(ended, default=None)
    by_clause = clause_from is not None and (last is None or last[0].date() < clause_from)
    if said.consent and (last is None or last[0] < said.consent.at):
        expires = said.consent.expires
        given = expires is None or as_of < expires or by_clause
        return "dpv:ConsentGiven" if given else "dpv:ConsentExpired"
    if by_clause:
        return "dpv:ConsentGiven"
    if last:
        return _ENDED[last[1]]
    requested = "consent_requested" in said.latest
    return "dpv:ConsentRequested" if requested else "dpv:ConsentUnknown"


def _by_basis(
    basis: Basis,
    about: Sequence[Term],
    said: Sequence[Saying],
    standing: Said,
    *,
    person: str,
    terms: Terms,
    as_of: dt.date,
) -> BasisState:
    rest = [term for term in about if term.clause.effect == "permit" and term.clause.basis == basis]
    match basis:
        case "consent":
            free = person.startswith("email:")
            found = _consent(rest, said, standing, person=person, as_of=as_of)
            return replace(found, imbalance=not free)
        case "legitimate_interest":
            served = [notice for notice in terms.notices if notice.person == person]
            telling = _telling(rest, about)
            return _interest(telling, said, standing, served=served, as_of=as_of)
        case "agreement":
            return _contract(rest, as_of=as_of)
        case "licence":
            return BasisState(basis=basis, state="byline:LicenceOfTheWork")


def _consent(
    permits: Sequence[Term],
    said: Sequence[Saying],
    standing: Said,
    *,
    person: str,
    as_of: dt.date,
) -> BasisState:
    naming = [term for term in permits if term.in_force and person in term.clause.who.people]
    newest = max(naming, key=lambda term: (term.days.first, term.id), default=None)
    if standing.stands("withdrawn"):
        since = _since(said, "withdrawn")
        return BasisState(basis="consent", state="dpv:ConsentWithdrawn", since=since)
    by_event = consent_state(standing, as_of=as_of)
    from_day = newest.days.first if newest else None
    state = consent_state(standing, as_of=as_of, clause_from=from_day)
    if newest and state == "dpv:ConsentGiven" and by_event != state:
        return BasisState(
            basis="consent", state=state, since=from_day, until=newest.days.end, by_clause=True
        )
    until = standing.consent.expires if standing.consent and state == "dpv:ConsentGiven" else None
    return BasisState(
        basis="consent", state=state, since=_consent_since(standing, state), until=until
    )


def _consent_since(standing: Said, state: State) -> dt.date | None:
    if state == "dpv:ConsentExpired" and standing.consent:
        return standing.consent.expires
    if state == "dpv:ConsentGiven" and standing.consent:
        return standing.consent.at.date()
    kinds = {ended: kind for kind, ended in _ENDED.items()}
    kind = kinds.get(state, "consent_requested" if state == "dpv:ConsentRequested" else "")
    return standing.latest[kind].date() if kind in standing.latest else None


def _interest(
    telling: Sequence[Term],
    said: Sequence[Saying],
    standing: Said,
    *,
    served: Sequence[Notice],
    as_of: dt.date,
) -> BasisState:
    for kind in ("objected", "withdrawn"):
        if standing.stands(kind):
            state: State = "dpv:LegitimateInterestObjected"
            return BasisState(basis="legitimate_interest", state=state, since=_since(said, kind))
    informed = sorted(_informed(telling, served, as_of))
    if not informed:
        return BasisState(basis="legitimate_interest", state="dpv:LegitimateInterestUninformed")
    over = [day for day, _ in informed if day <= as_of]
    if over:
        state = "dpv:LegitimateInterestNotObjected"
        return BasisState(basis="legitimate_interest", state=state, since=over[0])
    day, told = informed[0]
    state = "dpv:LegitimateInterestInformed"
    return BasisState(basis="legitimate_interest", state=state, since=told, until=day)


def _telling(permits: Sequence[Term], about: Sequence[Term]) -> list[Term]:
    """The clauses in force whose notices tell of the permits: theirs, else those of requires."""
    permitting = [term for term in permits if term.in_force]
    silent = any(not term.clause.needs_notice for term in permitting)
    requires = [term for term in about if term.in_force and term.clause.effect == "require"]
    return [*permitting, *(requires if silent else [])]


def _informed(
    telling: Sequence[Term], served: Sequence[Notice], as_of: dt.date
) -> Iterator[tuple[dt.date, dt.date]]:
    """The day on which each clause's time to object ends, and the day of its notice."""
    for term in telling:
        clause = term.clause
        rows = (each for each in served if each.notice == clause.needs_notice)
        told = earliest(rows, at_least=clause.notice_version)
        if told is not None and told.served <= as_of:
            yield told.served + dt.timedelta(days=clause.wait_days), told.served


def _contract(permits: Sequence[Term], *, as_of: dt.date) -> BasisState:
    active = [term for term in permits if term.in_force]
    if active:
        term = min(active, key=lambda each: (each.days.first, each.id))
        ends = [each.days.end for each in active]
        until = None if None in ends else max(filter(None, ends))
        state: State = "dpv:ContractActive"
        return BasisState(basis="agreement", state=state, since=term.days.first, until=until)
    ended = [day for term in permits if (day := term.days.end) is not None and day <= as_of]
    if ended:
        return BasisState(basis="agreement", state="dpv:ContractExpired", since=max(ended))
    coming = [term.days.first for term in permits]
    if coming:
        return BasisState(basis="agreement", state="dpv:ContractInactive", until=min(coming))
    return BasisState(basis="agreement", state="byline:ContractAbsent")


def _since(said: Sequence[Saying], kind: str) -> dt.date | None:
    """The day on which the restriction of a kind that stands was first made."""
    lifted = max((each.at for each in said if each.kind == LIFTED_BY[kind]), default=None)
    made = [each.at for each in said if each.kind == kind and (not lifted or each.at >= lifted)]
    return min(made).date() if made else None
