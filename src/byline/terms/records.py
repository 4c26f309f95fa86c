"""The record of a person's bases as ISO/IEC TS 27560 JSON-LD, in the profile of W3C DPV.

Guide and fields: https://w3id.org/dpv/guides/consent-27560 (15 February 2026), profiles
https://w3id.org/dpv/schema/dpv-27560; terms are those of DPV 2.3. The profile is written for
consent and is used here for every basis, as its section 8.3.6 provides for; what DPV has no word
for stands under ``byline:``. `byline.terms.record_fields` says which fields are mandatory.

Invariants: a state is what `byline.terms.bases` says and nothing else; the person is a pseudonym;
nobody's manager stands in it and no reason is asked for; equal inputs give equal records.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from byline.errors import InputError
from byline.people.roster import Employment, Person
from byline.terms.agreed import Terms
from byline.terms.bases import BasisState, state_of
from byline.terms.events import BasisEvent
from byline.terms.notice_register import Controller, NoticeRegister
from byline.terms.record_context import CONTEXT, EEA, RECORD, RECORD_GDPR
from byline.terms.record_parts import (
    assessments_of,
    common_of,
    data_of,
    entities_of,
    legal_basis_of,
    notices_of,
    party_id,
    purposes_as,
)
from byline.terms.record_status import said_of, speaks_about, status_of
from byline.terms.scope import EMPLOYMENT_KEYS, Term, populations_of, terms_of
from byline.terms.vocabulary import Basis


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose record it is.

    Attributes:
        person: Roster id, or ``email:<address>`` for someone outside it; it is not in the record.
        pseudonym: What stands in the record for them.
        employments: Theirs, in order; none for someone outside the roster.
    """

    person: str
    pseudonym: str
    employments: tuple[Employment, ...] = ()

    @property
    def last(self) -> Employment | None:
        """The last employment."""
        return self.employments[-1] if self.employments else None


def subject_of(person: Person, *, pseudonym: str) -> Subject:
    """The subject that somebody on the roster is."""
    return Subject(person=person.id, pseudonym=pseudonym, employments=person.employments)


def consent_record(
    subject: Subject,
    *,
    terms: Terms,
    register: NoticeRegister,
    as_of: dt.date,
    purposes: Iterable[str] = (),
    classes: Iterable[str] = (),
    digest: str = "",
) -> dict[str, Any]:
    """The record of every basis on which a person's work may be used, on a day.

    Args:
        subject: Whose.
        terms: What was agreed, told and said; of others than this person it may be left out.
        register: The notices and the controller that they speak for.
        as_of: The day.
        purposes: Only these; none: all that clauses name.
        classes: Only these; none: all that clauses name.
        digest: Of the whole terms (`Terms.digest`), to be found again by it.

    Returns:
        A JSON-LD document; `byline.terms.record_fields.validate` says what it lacks, if anything.

    Raises:
        InputError: The register names no controller, or no clause speaks of this person's work.
    """
    controller = _controller(register)
    processes = _processes(
        subject, terms=terms, as_of=as_of, purposes=frozenset(purposes), classes=frozenset(classes)
    )
    if not processes:
        raise InputError(
            "no clause permits a use of this person's work, so there is no basis to record",
            advice="`byline statement PERSON` says what became of it",
        )
    is_eu = controller.country in EEA or (subject.last is not None and subject.last.country in EEA)
    notices = notices_of(
        [one for process in processes for one in process.terms],
        terms.notices,
        person=subject.person,
        register=register,
        as_of=as_of,
    )
    common = common_of(controller, subject.last, is_eu=is_eu)
    record: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": RECORD_GDPR if is_eu else RECORD,
        "dpv:hasDataSubject": {
            "@id": subject.pseudonym,
            "@type": "dpv:Employee" if subject.employments else "dpv:DataSubject",
            "dct:identifier": subject.pseudonym,
        },
        "dct:language": sorted({one["dct:language"] for one in notices}),
        "dpv:hasNotice": notices,
        "dpv:hasProcess": [
            _process(one, common=common, terms=terms, is_eu=is_eu, as_of=as_of) for one in processes
        ],
        "dpv:hasEntity": entities_of(controller),
        "byline:asOf": as_of.isoformat(),
    }
    if digest:
        record["byline:terms"] = digest
    if is_eu and controller.authority is not None:
        record["dpv:hasAuthority"] = party_id(controller.authority)
    return identified(record)


def identified(record: dict[str, Any]) -> dict[str, Any]:
    """A record or receipt with the identifier that its content gives it: a UUID of its hash."""
    digest = hashlib.sha256(rfc8785.dumps(record)).hexdigest()
    name = uuid.uuid5(uuid.NAMESPACE_OID, digest).urn
    return {**record, "@id": name, "dct:identifier": name, "dpv:hasIdentifier": name}


@dataclass(frozen=True)
class _Process:
    """A class of work with the purposes for which one basis has one state."""

    work_class: str
    purposes: tuple[str, ...]
    state: BasisState
    terms: tuple[Term, ...]
    events: tuple[BasisEvent, ...]


def _controller(register: NoticeRegister) -> Controller:
    if register.controller is None:
        raise InputError(
            "the register of notices names no controller, and a record needs one",
            advice="add [controller] to the file of `notice_register`; docs/notices.md has a model",
        )
    return register.controller


def _processes(
    subject: Subject,
    *,
    terms: Terms,
    as_of: dt.date,
    purposes: frozenset[str],
    classes: frozenset[str],
) -> list[_Process]:
    permits = [
        term
        for term in terms_of(terms.agreements, as_of=as_of)
        if term.clause.effect == "permit"
        and term.agreement.status == "in_force"
        and speaks_of(term, subject)
    ]
    said = said_of(subject.person, terms, as_of=as_of)
    by_pair: dict[tuple[str, str, Basis], list[Term]] = {}
    for term in permits:
        for work_class in term.classes & classes if classes else term.classes:
            for purpose in term.purposes & purposes if purposes else term.purposes:
                if term.clause.basis is not None:
                    by_pair.setdefault((work_class, purpose, term.clause.basis), []).append(term)
    found: dict[tuple[Any, ...], list[str]] = {}
    for (work_class, purpose, basis), covering in sorted(by_pair.items(), key=lambda one: one[0]):
        state = state_of(
            subject.person,
            work_class=work_class,
            purpose=purpose,
            basis=basis,
            terms=terms,
            as_of=as_of,
        )
        events = tuple(
            one for one in said if speaks_about(one, work_class=work_class, purpose=purpose)
        )
        group = (work_class, state, tuple(term.id for term in covering), events)
        found.setdefault(group, []).append(purpose)
    by_id = {term.id: term for term in permits}
    return [
        _Process(work_class, tuple(named), state, tuple(by_id[one] for one in ids), events)
        for (work_class, state, ids, events), named in found.items()
    ]


def speaks_of(term: Term, subject: Subject) -> bool:
    """Whether a clause speaks of somebody like this person; of which work is left aside."""
    who = term.clause.who
    populations = populations_of(term.clause)
    if ("roster" if subject.employments else "outsider") not in populations:
        return False
    if who.people and subject.person not in who.people:
        return False
    named = [(fact, words) for fact, key in EMPLOYMENT_KEYS if (words := getattr(who, key))]
    return not named or any(
        all(getattr(employment, fact) in words for fact, words in named)
        for employment in subject.employments
    )


def _process(
    process: _Process, *, common: Mapping[str, Any], terms: Terms, is_eu: bool, as_of: dt.date
) -> dict[str, Any]:
    controller = common["dpv:hasDataController"]
    basis = process.state.basis
    described: dict[str, Any] = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": purposes_as(process.purposes),
        "dpv:hasPersonalData": data_of(process.work_class),
        "dpv:hasLegalBasis": legal_basis_of(basis, is_eu=is_eu),
        **common,
        **status_of(process.state, process.events, controller=controller, as_of=as_of),
        "byline:workClass": process.work_class,
        "byline:clause": sorted(term.id for term in process.terms),
        "byline:state": process.state.state,
        "byline:inForce": process.state.in_force,
        "byline:imbalance": process.state.imbalance,
        "byline:survivesSeparation": any(t.clause.survives_separation for t in process.terms),
    }
    if process.state.against:
        described["byline:against"] = list(process.state.against)
    if assessments := assessments_of(process.terms, terms.assessments):
        described["dpv:hasAssessment"] = assessments
    return described
