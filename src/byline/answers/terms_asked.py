"""What the terms say about a person, an item or a purpose, as sentences and as data.

An answer is made from the contributions and the terms at hand, of today or of another time; it is
the same function that decides for a release. Invariant: what somebody said against a use is told
only where the question is about that person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from byline.answers.asked_groups import OWN_SAY, Group, grouped
from byline.answers.asked_person import (
    bases_in_words,
    bases_of,
    capital,
    name_in_words,
    person_in_words,
)
from byline.answers.asked_place import Place, place_of
from byline.answers.asked_words import (
    PURPOSE_WORDS,
    Quotes,
    clause_in_words,
    group_in_words,
    people_in_words,
    proposed_in_words,
    purposes_in_words,
    words_of,
    work_in_words,
)
from byline.answers.asked_work import decided_rows, work_asked
from byline.answers.page import plain_values
from byline.errors import InputError
from byline.people.roster import Person
from byline.release.engineering import Told
from byline.release.inputs import Inputs
from byline.release.prepare import Described
from byline.terms.bases import BasisState
from byline.terms.explain import day_in_words, explain
from byline.terms.purposes import EVERY, RESTRICTED, Purpose, check_purposes
from byline.terms.scope import purposes_of

MOST_TOLD: Final = 16  # groups that are told in sentences
MOST_DECISIONS: Final = 2_000  # single decisions on an item that are listed as data


@dataclass(frozen=True)
class Answer:
    """What the terms say.

    Attributes:
        paragraphs: It all in sentences.
        groups: The decisions, alike ones together.
        bases: For a person, the state of the basis by class and purpose.
        single: For an item, each decision with the words of its clauses.
    """

    paragraphs: tuple[str, ...]
    groups: tuple[Group, ...]
    purposes: tuple[str, ...]
    bases: tuple[tuple[str, str, BasisState], ...] = ()
    single: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "purposes": list(self.purposes),
            "paragraphs": list(self.paragraphs),
            "groups": [one.as_json() for one in self.groups],
            "bases": [
                {
                    "class": work_class,
                    "purpose": purpose,
                    "basis": one.basis,
                    "state": one.state,
                    "since": plain_values(one.since),
                    "until": plain_values(one.until),
                    "imbalance": one.imbalance,
                    "against": list(one.against),
                }
                for work_class, purpose, one in self.bases
            ],
            "decisions": list(self.single),
        }


def ask(
    *,
    inputs: Inputs,
    described: Sequence[Described],
    told: Sequence[Told],
    person: str | None = None,
    place: str | None = None,
    purposes: Sequence[str] = (),
) -> Answer:
    """Answer a question about a person, an item, a purpose, or any of them together.

    Args:
        inputs: People and terms, of the time that is asked about.
        described: Files and commits.
        told: Reviews, issues, documents, builds and traces.
        person: An id of the roster, ``email:…``, or ``bot:…`` or ``ai:…`` for accounts.
        place: See `byline.answers.asked_place.place_of`.
        purposes: Purposes, or ``*`` for all of them; none means those of the release.

    Raises:
        InputError: Nothing is known of the person, or nothing has the place's name.
        UsageError: A purpose is not on the closed list.
    """
    wanted = _purposes(purposes, inputs)
    whose = _person_key(person)
    known = {one.id: one for one in inputs.directory.people}.get(whose or "")
    where = place_of(place, described, told) if place else None
    items = where.items if where else None
    single: list[dict[str, Any]] = []

    def pairs() -> Iterator[tuple[pa.Table, pa.Table]]:
        tables = work_asked(described, told, person=whose, items=items)
        for facts, decisions in decided_rows(tables, inputs=inputs, purposes=wanted):
            if where is not None:
                single.extend(
                    _single(facts, decisions, inputs, whose, MOST_DECISIONS - len(single))
                )
            yield facts, decisions

    groups = grouped(pairs(), by_person=where is not None and whose is None, asked_about=whose)
    if not groups and where is not None:
        about = f" by {person}" if person else ""
        raise InputError(
            f"nothing{about} was collected of {place!r}",
            advice="give REPOSITORY:PATH, a commit, or the key of a review or issue",
        )
    if not groups and known is None and whose is not None:
        raise InputError(
            f"nothing is known of {person!r}",
            advice="give an id of the roster, or email:ADDRESS for someone outside it",
        )
    teller = _Teller(inputs, wanted, groups)
    bases = bases_of(whose, groups, inputs) if whose is not None else ()
    paragraphs = [
        *([where.title + _of_whom(whose, known) + "."] if where else []),
        *(person_in_words(whose, known, inputs) if whose is not None else []),
        *(teller.purpose() if whose is None and where is None else []),
        *teller.summary(),
        *teller.decisions(where, named=whose is None),
        *bases_in_words(bases),
        *teller.proposed(),
    ]
    return Answer(tuple(paragraphs), groups, wanted, bases, tuple(single))


def _purposes(purposes: Sequence[str], inputs: Inputs) -> tuple[str, ...]:
    if EVERY in purposes:
        return tuple(Purpose)
    return tuple(check_purposes(purposes)) if purposes else tuple(inputs.purposes)


def _person_key(person: str | None) -> str | None:
    outside = person is not None and person.startswith(("email:", "bot:", "ai:"))
    return person.lower() if person is not None and outside else person


def _of_whom(whose: str | None, known: Person | None) -> str:
    return f", what {name_in_words(whose, known)} wrote of it" if whose else ""


def _single(
    facts: pa.Table, decisions: pa.Table, inputs: Inputs, whose: str | None, most: int
) -> list[dict[str, Any]]:
    rows = zip(facts.slice(0, most).to_pylist(), decisions.slice(0, most).to_pylist(), strict=True)
    found = []
    for fact, decision in rows:
        hidden = whose is None and decision["reason"] in OWN_SAY
        shown = {**fact, "person": None} if hidden else fact
        words = explain(decision, shown, agreements=inputs.terms.agreements)
        found.append({"lines": fact["lines"], "commit": fact["commit"], "explanation": words})
    return found


class _Teller:
    """Tells one answer in sentences; clauses are quoted once."""

    def __init__(self, inputs: Inputs, purposes: Sequence[str], groups: Sequence[Group]) -> None:
        self._inputs, self._purposes, self._groups = inputs, purposes, groups
        self._quotes = Quotes(inputs.terms.agreements)
        self._names = {one.id: one for one in inputs.directory.people}

    def purpose(self) -> list[str]:
        """What a purpose is worth by itself: restricted or not, and every clause that names it."""
        found = []
        for purpose in self._purposes:
            words = PURPOSE_WORDS[purpose]
            if purpose in RESTRICTED:
                found.append(
                    f"{capital(words)} is denied unless an agreement names it in so many words."
                )
            for agreement in self._inputs.terms.agreements:
                for clause in agreement.clauses:
                    named = purpose in clause.purposes
                    forbids = clause.effect == "forbid" and purpose in purposes_of(clause)
                    if agreement.status == "in_force" and (named or forbids):
                        effect = {"permit": "permits", "forbid": "forbids"}.get(
                            clause.effect, "sets a condition for"
                        )
                        head = clause_in_words(agreement, clause)
                        found.append(f"{head} {effect} {words}: “{words_of(clause)}”")
        return found

    def summary(self) -> list[str]:
        """For each class, how much of it may be used for what."""
        day = day_in_words(self._inputs.as_of)
        if not self._groups:
            return [f"Of this work nothing was collected that could be used on {day}."]
        counts: dict[tuple[str, str], list[int]] = {}
        for group in self._groups:
            for purpose in group.purposes:
                both = counts.setdefault((group.work_class, purpose), [0, 0])
                both[0] += group.contributions if group.is_included else 0
                both[1] += group.contributions
        alike: dict[tuple[str, int, int], list[str]] = {}
        for (work_class, purpose), (included, total) in counts.items():
            alike.setdefault((work_class, included, total), []).append(purpose)
        counted = " ".join(_counted(*key, of) for key, of in alike.items())
        return [f"This is decided for use on {day}. {counted}"]

    def decisions(self, where: Place | None, *, named: bool) -> list[str]:
        """The largest groups as a paragraph each, and how many there are besides."""
        most = sorted(self._groups, key=lambda one: -one.contributions)[:MOST_TOLD]
        told = [
            group_in_words(group, by=self._by(group, where) if named else "", quotes=self._quotes)
            for group in self._groups
            if group in most
        ]
        rest = len(self._groups) - len(told)
        if rest:
            many = f"{rest} smaller parts of the work are" if rest > 1 else "One smaller part is"
            told.append(f"{many} decided otherwise; `--json` has them all.")
        return told

    def _by(self, group: Group, where: Place | None) -> str:
        if where is not None and group.person:
            return f" by {name_in_words(group.person, self._names.get(group.person))}"
        if not group.people:
            return " by nobody whom the records can name"
        if where is not None:
            return " by an author who is not named here"
        return f" by {people_in_words(group.people, hide_few=group.reason in OWN_SAY)}"

    def proposed(self) -> list[str]:
        """What is only proposed and would speak about this work."""
        return proposed_in_words(
            self._inputs.terms.agreements,
            classes={group.work_class for group in self._groups},
            purposes=self._purposes,
            countries={country for group in self._groups for country in group.countries},
            counted=self._inputs.terms.proposed,
        )


def _counted(work_class: str, included: int, total: int, purposes: Sequence[str]) -> str:
    work, for_what = work_in_words([work_class]), purposes_in_words(purposes)
    if total == 1:
        may = "may" if included else "may not"
        return f"The one contribution of {work} {may} be used for {for_what}."
    whole = f"the {total:,} contributions of {work}"
    if included == total:
        return f"All of {whole} may be used for {for_what}."
    if not included:
        return f"None of {whole} may be used for {for_what}."
    return f"Of {whole}, {included:,} may be used for {for_what}, and {total - included:,} may not."
