"""The protections that terms offer, in twelve answers that people can compare.

Each answer is worked out from the clauses in force and from nothing else: what a document says in
prose, or an organisation says of itself, plays no part. Invariants: "yes" and "no" name the clauses
that say so, or say that none does otherwise; what no clause could say is "not in the terms", with
the place where it is shown; silence is "not said", though silence excludes (law 2).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from byline.terms.agreements import Agreement
from byline.terms.overlaps import speaks_of_all
from byline.terms.purposes import Purpose
from byline.terms.scope import Term, terms_of
from byline.terms.vocabulary import CLASSES, PEOPLE_POPULATIONS, SIGNED_KINDS

Word = Literal["yes", "partly", "no", "not said", "not in the terms"]


class Answer(NamedTuple):
    """Whether terms offer a protection, the clauses that say it, and in which way."""

    protection: str
    answer: Word
    clauses: tuple[str, ...]
    words: str


class _Said(NamedTuple):
    answer: Word
    terms: Sequence[Term]
    words: str


class _Terms(NamedTuple):
    """Clauses in force; permits about people's work stand apart from those by a public licence."""

    permits: tuple[Term, ...]
    licensed: tuple[Term, ...]
    forbids: tuple[Term, ...]
    requires: tuple[Term, ...]


def protections(
    agreements: Sequence[Agreement], *, as_of: dt.date, proposed: bool = False
) -> tuple[Answer, ...]:
    """The twelve answers, in their order.

    Args:
        agreements: Agreements and packs.
        as_of: The day on which clauses are in force.
        proposed: Whether proposed agreements forbid and require as if in force.
    """
    found = _arranged(agreements, as_of=as_of, proposed=proposed)
    return tuple(_answer(protection, ask(found)) for protection, ask in QUESTIONS)


def _arranged(agreements: Sequence[Agreement], *, as_of: dt.date, proposed: bool) -> _Terms:
    terms = terms_of(agreements, as_of=as_of, proposed=proposed)
    told = sorted((term for term in terms if term.in_force), key=lambda term: term.id)
    permits = [
        term
        for term in told
        if term.clause.effect == "permit" and term.populations & PEOPLE_POPULATIONS
    ]
    return _Terms(
        permits=tuple(term for term in permits if term.clause.basis != "licence"),
        licensed=tuple(term for term in permits if term.clause.basis == "licence"),
        forbids=tuple(term for term in told if term.clause.effect == "forbid"),
        requires=tuple(term for term in told if term.clause.effect == "require"),
    )


def _answer(protection: str, said: _Said) -> Answer:
    return Answer(protection, said.answer, tuple(term.id for term in said.terms), said.words)


_NOTHING = _Said("not said", (), "no clause in force permits people's work, public work aside")


def _notice(terms: _Terms) -> _Said:
    if not terms.permits:
        return _NOTHING
    named = [term for term in terms.permits if _required(terms, term, _asks_notice)]
    others = [term for term in terms.permits if term not in named]
    signed = [each for each in others if each.agreement.kind in SIGNED_KINDS]
    if not others:
        return _Said("yes", named, "each permission needs a notice that was served before the use")
    if signed == others:
        words = "told by the signed agreement alone, and by no notice of its own"
        return _Said("partly", others, words)
    silent = [each for each in others if each not in signed]
    return _Said("partly", silent, "no notice is named, so nobody's work is included by these")


def _asks_notice(term: Term) -> bool:
    return bool(term.clause.needs_notice)


def _gives_time(term: Term) -> bool:
    return term.clause.wait_days > 0


def _required(terms: _Terms, permit: Term, has: Callable[[Term], bool]) -> bool:
    """Whether a permit has a condition itself, or a require sets it for all of what it permits."""
    return has(permit) or any(has(each) for each in _over(terms.requires, permit))


def _over(others: Sequence[Term], permit: Term) -> Iterator[Term]:
    # Every term here is in force on the day, and that is all that `as_of` asks.
    return (each for each in others if speaks_of_all(each, permit, as_of=dt.date.min))


def _basis(terms: _Terms) -> _Said:
    said = {one: _bases(terms, one) for one in sorted(CLASSES)}
    words = "; ".join(f"{one}: {bases or 'not said'}" for one, bases in said.items())
    told = [term for term in (*terms.permits, *terms.forbids) if _is_about_bases(term)]
    if not any(said.values()):
        return _Said("not said", (), words)
    return _Said("yes" if all(said.values()) else "partly", told, words)


def _bases(terms: _Terms, work_class: str) -> str:
    bases = {str(term.clause.basis) for term in terms.permits if work_class in term.classes}
    if bases:
        return ", ".join(sorted(bases)).replace("_", " ")
    forbidden = any(work_class in each.classes and _is_about_bases(each) for each in terms.forbids)
    return "forbidden" if forbidden else ""


def _is_about_bases(term: Term) -> bool:
    return term.clause.effect == "permit" or "*" in term.clause.purposes


def _denied(*purposes: Purpose) -> Callable[[_Terms], _Said]:
    """The question whether uses are forbidden for all the work that is permitted for others."""

    def ask(terms: _Terms) -> _Said:
        permits = (*terms.permits, *terms.licensed)
        forbids = [term for term in terms.forbids if term.purposes & set(purposes)]
        open_to = [term for term in permits if not _all_denied(forbids, term, purposes)]
        given = [term for term in open_to if term.purposes & set(purposes)]
        if given:
            return _Said("no", given, f"permitted: {', '.join(purposes)}")
        if not forbids:
            words = "no clause names it; it is excluded for as long as none permits it"
            return _Said("not said", (), words)
        if not permits:
            return _Said("partly", forbids, "forbidden for the work that these clauses speak about")
        if open_to:
            left = ", ".join(term.id for term in open_to)
            return _Said("partly", forbids, f"not for all the work that is permitted by {left}")
        return _Said("yes", forbids, "forbidden, whatever another clause permits")

    return ask


def _all_denied(forbids: Sequence[Term], permit: Term, purposes: Sequence[Purpose]) -> bool:
    return all(
        any(
            speaks_of_all(each, permit, as_of=dt.date.min, purposes=frozenset({purpose}))
            for each in forbids
        )
        for purpose in purposes
    )


def _objection(terms: _Terms) -> _Said:
    rest = (
        "without reason, end or manager: see `byline object`; an objection counts under any basis"
    )
    waiting = [term for term in terms.permits if _required(terms, term, _gives_time)]
    if not waiting:
        return _Said("not in the terms", (), rest)
    given = [term for term in (*waiting, *terms.requires) if _gives_time(term)]
    days = min(term.clause.wait_days for term in given)
    some = "" if len(waiting) == len(terms.permits) else ", for some of the work"
    return _Said("partly", given, f"{days} days to object before the first use{some}; {rest}")


def _separation(terms: _Terms) -> _Said:
    if not terms.permits:
        return _NOTHING
    lasting = [term for term in terms.permits if term.clause.survives_separation]
    kept = [term for term in lasting if term.agreement.kind != "separation"]
    if not lasting:
        return _Said("yes", terms.permits, "no permission outlasts the employment")
    if not kept:
        return _Said("yes", lasting, "only what the person signed on leaving outlasts it")
    all_last = len(kept) == len([t for t in terms.permits if t.agreement.kind != "separation"])
    return _Said("no" if all_last else "partly", kept, "these permissions outlast the employment")


def _same_rules(terms: _Terms) -> _Said:
    out = [term for term in terms.forbids if term.clause.who.people or term.clause.who.units]
    unnamed = [term for term in out if not term.clause.exemption]
    if unnamed:
        words = "particular people or units are taken out, and no published exemption is named"
        return _Said("no", unnamed, words)
    if out:
        return _Said("partly", out, "some are taken out, by exemptions that are published")
    narrow = [term for term in terms.permits if term.clause.who.units]
    if narrow:
        return _Said("partly", narrow, "only some units' work is used")
    if not terms.permits:
        return _NOTHING
    return _Said("yes", (), "no clause takes particular people or units out")


def _elsewhere(words: str) -> Callable[[_Terms], _Said]:
    return lambda _: _Said("not in the terms", (), words)


QUESTIONS: Final[tuple[tuple[str, Callable[[_Terms], _Said]], ...]] = (
    ("notice before use", _notice),
    ("a basis for each class of work", _basis),
    (
        "no keystrokes, mouse, screens or presence",
        _elsewhere("Byline has no code for it; the capture manifest says what is taken"),
    ),
    ("no role replication", _denied(Purpose.ROLE_REPLICATION, Purpose.ROLE_AUTOMATION)),
    ("no personal twin", _denied(Purpose.PERSONA_TWIN)),
    ("objection without reason, unseen by managers, unlimited", _objection),
    (
        "effect in days, models included",
        _elsewhere("the receipts of `byline withdraw` and `byline leave` say when"),
    ),
    ("stops at separation", _separation),
    (
        "proofs, with an outside witness",
        _elsewhere("`byline verify` and the witnesses of the log show it"),
    ),
    ("no use for performance", _denied(Purpose.PERFORMANCE_EVALUATION)),
    ("a share of the value", _elsewhere("no clause can say it; ask for the published formula")),
    ("the same rules for executives", _same_rules),
)
"""The twelve protections, as they are asked; each answer comes from the terms alone."""
