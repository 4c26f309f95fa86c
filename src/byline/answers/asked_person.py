"""A person in sentences: who it is, what they were told and said, and the state of each basis.

This is shown to the person, and to those who answer for them; nothing about anybody else is in it.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from byline.answers.asked_groups import Group
from byline.answers.asked_words import listed, purposes_in_words, work_in_words
from byline.people.roster import Person, standing
from byline.release.inputs import Inputs
from byline.terms.bases import BasisState, state_of
from byline.terms.explain import day_in_words
from byline.terms.purposes import EVERY

_SAID: Final = {
    "consent_requested": "they were asked for consent",
    "consent_given": "they gave consent",
    "consent_refused": "they refused consent",
    "consent_withdrawn": "they took their consent back",
    "consent_invalidated": "their consent was found invalid",
    "objected": "they objected",
    "objection_lifted": "they lifted an objection",
    "paused": "they paused the use",
    "resumed": "they let the use go on",
    "withdrawn": "they withdrew their work",
    "reinstated": "they took a withdrawal back",
}
_STATES: Final = {
    "dpv:ConsentUnknown": "no consent is on record",
    "dpv:ConsentRequested": "consent was asked for and is not answered",
    "dpv:ConsentGiven": "consent is given",
    "dpv:ConsentRefused": "consent is refused",
    "dpv:ConsentWithdrawn": "consent is withdrawn",
    "dpv:ConsentExpired": "consent has expired",
    "dpv:ConsentInvalidated": "consent is invalid",
    "dpv:LegitimateInterestUninformed": "they have not been told of the legitimate interest",
    "dpv:LegitimateInterestInformed": "they have been told, and the time to object still runs",
    "dpv:LegitimateInterestNotObjected": "they have been told and have not objected",
    "dpv:LegitimateInterestObjected": "they have objected to the legitimate interest",
    "dpv:ContractActive": "the agreement is in force",
    "dpv:ContractInactive": "the agreement is not in force yet",
    "dpv:ContractExpired": "the agreement has ended",
}
_AGAINST: Final = {
    "withdrawn": "they withdrew their work",
    "objected": "they objected",
    "paused": "they paused the use",
}


def name_in_words(whose: str, known: Person | None) -> str:
    """How somebody is called in a sentence."""
    if known is not None:
        return f"{known.name} ({known.id})"
    kind, _, rest = whose.partition(":")
    words = {"email": "whoever uses the address", "bot": "the bot account", "ai": "the AI account"}
    return f"{words[kind]} {rest}" if kind in words else whose


def person_in_words(whose: str, known: Person | None, inputs: Inputs) -> list[str]:
    """Who it is, what they were told by the use date, and what they said.

    Args:
        whose: Their id, or ``email:…``, ``bot:…``, ``ai:…``.
        known: Their entry in the roster.
        inputs: People and terms.
    """
    name = capital(name_in_words(whose, known))
    if whose.startswith(("bot:", "ai:")):
        return [f"{name}."]
    head = f"{name}{_employment(known, inputs.as_of)}."
    return [head, _told(whose, inputs), _said(whose, inputs)]


def _employment(known: Person | None, day: dt.date) -> str:
    if known is None:
        return ", on no roster"
    now = standing(known, day)
    job = now.employment
    unit = f" in the unit {job.unit}" if job.unit else ""
    where = job.region or job.country
    what = f"{job.worker_type}{unit}{f', {where}' if where else ''}"
    since = f"since {day_in_words(job.start)}"
    match now.state:
        case "in_force":
            return f", {what} {since}"
        case "before":
            return f", {what} from {day_in_words(job.start)} on"
    end = f" to {day_in_words(job.end)}" if job.end else ""
    return f", formerly {what}, from {day_in_words(job.start)}{end}"


def _told(whose: str, inputs: Inputs) -> str:
    served = [one for one in inputs.terms.notices if one.person == whose]
    if not served:
        return "No notice is on record as served to them."
    told = []
    for one in sorted(served, key=lambda each: (each.served, each)):
        how = f" by {one.channel}" if one.channel else ""
        how += f", in the language {one.language}" if one.language else ""
        when = "will be served" if one.served > inputs.as_of else "was served"
        told.append(
            f"the notice {one.notice}, version {one.version}, {when} on "
            f"{day_in_words(one.served)}{how}"
        )
    return f"{capital('; '.join(told))}."


def _said(whose: str, inputs: Inputs) -> str:
    terms, day = inputs.terms, inputs.as_of
    said: list[tuple[dt.date, str]] = [
        (one.received, f"they objected (objection {one.id}), for {_scope(one)}")
        for one in terms.objections
        if one.person == whose
    ]
    said += [
        (one.received, f"{_SAID['withdrawn']}, for {_scope(one)}")
        for one in terms.withdrawals
        if one.person == whose
    ]
    said += [
        (one.at.astimezone(dt.UTC).date(), f"{_SAID[one.kind]}, for {_scope(one)}")
        for one in terms.events
        if one.person == whose
    ]
    counted = sorted({one for one in said if one[0] <= day})
    if not counted:
        return f"By {day_in_words(day)} they had said nothing about the use of their work."
    return " ".join(f"On {day_in_words(when)} {what}." for when, what in counted)


def bases_of(
    whose: str, groups: Sequence[Group], inputs: Inputs
) -> tuple[tuple[str, str, BasisState], ...]:
    """The state of the basis that each decision rests on or lacks, by class and purpose."""
    clauses = {clause.id: clause for one in inputs.terms.agreements for clause in one.clauses}
    found: dict[tuple[str, str, str], BasisState] = {}
    for group in groups:
        cited = (clauses[each] for each in group.clauses if each in clauses)
        bases = {each.basis for each in cited if each.effect == "permit" and each.basis}
        for purpose in group.purposes:
            for basis in bases:
                found[group.work_class, purpose, basis] = state_of(
                    whose, work_class=group.work_class, purpose=purpose, basis=basis,
                    terms=inputs.terms, as_of=inputs.as_of,
                )  # fmt: skip
    return tuple((each[0], each[1], state) for each, state in sorted(found.items()))


def bases_in_words(bases: Sequence[tuple[str, str, BasisState]]) -> list[str]:
    """The same in sentences, alike ones together."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for work_class, purpose, one in bases:
        if words := _state(one):
            alike.setdefault(words, []).append((work_class, purpose))
    return [
        f"For {work_in_words(sorted({name for name, _ in of}))}, and for "
        f"{purposes_in_words(list(dict.fromkeys(name for _, name in of)))}: {words}."
        for words, of in alike.items()
    ]


def _state(state: BasisState) -> str:
    words = _STATES.get(state.state)
    if words is None:
        return ""
    since = f" since {day_in_words(state.since)}" if state.since else ""
    until = f", until {day_in_words(state.until)}" if state.until else ""
    free = ""
    if state.imbalance and state.state == "dpv:ConsentGiven":
        free = ", to somebody on whom they depend, so that it is hardly free"
    against = [_AGAINST.get(each, "something was said that is not understood")
               for each in state.against]  # fmt: skip
    return f"{words}{since}{until}{free}{f'; but {listed(against)}' if against else ''}"


def _scope(said: Any) -> str:
    classes = "all work" if EVERY in said.classes else listed(sorted(said.classes))
    if EVERY in said.purposes:
        return f"{classes}, every use"
    named = sorted(said.purposes)
    return f"{classes}, {purposes_in_words(named)}"


def capital(text: str) -> str:
    """A text with its first letter large."""
    return text[:1].upper() + text[1:]
