"""Decisions in sentences that can be read aloud: whose work, for which use, under which words.

Nothing is said here that the decisions, the facts or the terms do not say. Ids of clauses and
notices stay, because people look them up; every other code is put into words.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from byline.answers.asked_groups import FEW, OWN_SAY, Amount, Group
from byline.answers.asked_work import CHANGES, FILES, MESSAGES, PROPOSED, TOLD
from byline.terms.agreements import Agreement, Clause
from byline.terms.explain import day_in_words
from byline.terms.purposes import ORDINARY, RESTRICTED, Purpose
from byline.terms.reasons import REASONS

PURPOSE_WORDS: Final = {
    "assist_author": "assisting the authors themselves",
    "assist_others": "assisting others",
    "code_review": "reviewing code",
    "test_generation": "writing tests",
    "repair": "repairing faults",
    "security_scan": "finding security faults",
    "retrieval": "looking things up",
    "evaluation_only": "evaluating models alone",
    "external_product": "a product for others outside",
    "sale_transfer": "sale or transfer",
    "role_automation": "automating people's roles",
    "role_replication": "replicating the role of the people who did the work",
    "persona_twin": "imitating a person",
    "performance_evaluation": "judging people's performance",
}
_TOGETHER: Final = (
    (frozenset(Purpose), "any purpose"),
    (ORDINARY, "every ordinary use"),
    (RESTRICTED, "every use that is denied unless an agreement names it"),
)
_OUTCOMES: Final = {
    "identified": "Included, with the byline",
    "pseudonymised-lane": "Included under a pseudonym, in the anonymous lane",
    "excluded": "Excluded",
}
_EFFECTS: Final = {"permit": "permits it", "forbid": "forbids it", "require": "sets a condition"}
_WORK: Final = {"code": "code", "design": "design work", "process": "process work"}
_NOT_THE_CLAUSE: Final = OWN_SAY | {"held"}
"""Reasons beside which a permit stands ready, its conditions met."""
_BASES: Final = {
    "agreement": "the agreement",
    "legitimate_interest": "the legitimate interest of the organisation",
    "consent": "the author's consent",
    "licence": "the licence of the work",
}
_DAY: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SERVED: Final = re.compile(r"^(?P<notice>.+)@(?P<version>\S*) served (?P<day>\d{4}-\d{2}-\d{2})$")
_NUMBERED: Final = {
    FILES: ("contribution to today's files", "contributions to today's files"),
    CHANGES: ("contribution to past changes", "contributions to past changes"),
    MESSAGES: ("commit message", "commit messages"),
    PROPOSED: ("contribution to proposed changes", "contributions to proposed changes"),
    TOLD: (
        "part of a review, issue, document, build or trace",
        "parts of reviews, issues, documents, builds and traces",
    ),
}


def listed(words: Sequence[str], *, last: str = "and") -> str:
    """Words as a list in a sentence."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def purposes_in_words(purposes: Sequence[str]) -> str:
    """Purposes as what they are for."""
    if len(purposes) > 1:
        for group, words in _TOGETHER:
            if set(purposes) == group:
                return words
    return listed([PURPOSE_WORDS.get(one, one) for one in purposes])


def work_in_words(classes: Sequence[str]) -> str:
    """Classes of work in words."""
    return listed([_WORK.get(one, one) for one in classes])


def plain(text: str) -> str:
    """A text of a decision without codes: purposes, bases and days in words."""
    for code, words in {**PURPOSE_WORDS, "legitimate_interest": "legitimate interest"}.items():
        text = re.sub(rf"(?<![\w/.-]){code}(?![\w/.-])", words, text)
    return _DAY.sub(_spoken_day, text)


def _spoken_day(match: re.Match[str]) -> str:
    try:
        return day_in_words(dt.date.fromisoformat(match[0]))
    except ValueError:
        return match[0]


def people_in_words(count: int, *, hide_few: bool) -> str:
    """How many people; fewer than `FEW` are not counted out where that would show who."""
    if hide_few and 0 < count < FEW:
        return f"fewer than {FEW} people"
    return "1 person" if count == 1 else f"{count:,} people"


def amounts_in_words(amounts: Mapping[str, Amount]) -> str:
    """How much work, by kind."""
    parts = []
    for kind, one in amounts.items():
        word = _NUMBERED[kind][one.contributions != 1]
        lines = f"{one.lines:,} line{'' if one.lines == 1 else 's'}"
        with_lines = f" ({lines})" if kind != MESSAGES else ""
        parts.append(f"{one.contributions:,} {word}{with_lines}")
    return listed(parts)


def period_in_words(first: dt.date, last: dt.date) -> str:
    """When it was written."""
    if first == last:
        return f"written on {day_in_words(first)}"
    return f"written between {day_in_words(first)} and {day_in_words(last)}"


class Quotes:
    """The words of clauses, each quoted in full the first time and named afterwards."""

    def __init__(self, agreements: Sequence[Agreement]) -> None:
        self._clauses = {each.id: (one, each) for one in agreements for each in one.clauses}
        self._quoted: set[str] = set()

    def say(self, identity: str, *, reason: str) -> str:
        """A sentence that cites a clause beside a decision with a reason."""
        found = self._clauses.get(identity)
        if found is None:
            return f"It cites clause {identity}, whose agreement is not among the terms."
        agreement, clause = found
        effect = _EFFECTS[clause.effect]
        if clause.effect == "permit" and reason != "permitted":
            ready = reason in _NOT_THE_CLAUSE
            effect = "would permit it" if ready else "comes nearest to permitting it"
        if identity in self._quoted:
            return f"Clause {identity}, quoted above, {effect}."
        self._quoted.add(identity)
        return f"{clause_in_words(agreement, clause)} {effect}: “{words_of(clause)}”"


def words_of(clause: Clause) -> str:
    """The words of a clause on one line."""
    return " ".join(clause.text.split())


def clause_in_words(agreement: Agreement, clause: Clause) -> str:
    """Which clause of which agreement, where it stands, and what it is worth."""
    place = f" ({clause.place})" if clause.place else ""
    return (
        f"Clause {clause.id} of “{agreement.title}”, version {agreement.version}"
        f"{place}{standing_in_words(agreement)}"
    )


def standing_in_words(agreement: Agreement) -> str:
    """Whether it is law, only proposed, or a template; nothing for an ordinary agreement."""
    worth = []
    if agreement.status == "proposed":
        worth.append("only proposed so far")
    elif agreement.kind == "statute":
        worth.append("the law")
    if agreement.template:
        worth.append("a template and not legal advice")
    return f", which is {' and '.join(worth)}," if worth else ""


def notice_in_words(notice: str) -> str:
    """The notice that a decision rests on, as sentences."""
    return " ".join(_notice(each) for each in notice.split("; "))


def _notice(notice: str) -> str:
    if served := _SERVED.match(notice):
        day = day_in_words(dt.date.fromisoformat(served["day"]))
        version = f", version {served['version']}," if served["version"] else ""
        return f"The notice {served['notice']}{version} was served on {day}."
    if notice.startswith("licence "):
        return f"The {notice} is itself the notice."
    if notice.startswith("agreement "):
        agreement, _, effective = notice.removeprefix("agreement ").partition(" effective ")
        identity, _, version = agreement.partition("@")
        since = f", in effect since {plain(effective)}," if effective else ""
        return f"The signed agreement {identity}, version {version}{since} is itself the notice."
    if notice.startswith("nobody to notify"):
        return "There is nobody to be told: no person wrote it."
    return f"{plain(notice)}."


def group_in_words(group: Group, *, by: str, quotes: Quotes) -> str:
    """One group as a paragraph.

    Args:
        group: The work and its decision.
        by: Whose work it is, as " by Ada Lovelace (p-1)", or empty where that was said already.
        quotes: Cites clauses.
    """
    use = f"{work_in_words([group.work_class])}, for {purposes_in_words(group.purposes)}"
    lacking = listed([plain(each) for each in group.missing])
    sentences = [
        f"{_OUTCOMES[group.outcome]}: {use}.",
        _amount(group, by=by),
        REASONS[group.reason] if not group.is_included else "",
        *(quotes.say(each, reason=group.reason) for each in group.clauses),
        _basis(group),
        notice_in_words(group.notice) if group.notice else "",
        f"What is missing: {lacking}." if lacking else "",
        f"It {plain(group.change)}." if group.change else "",
    ]
    return " ".join(filter(None, sentences))


def _amount(group: Group, *, by: str) -> str:
    if group.hidden:
        return f"That is some work{by}."
    where = f"in {_places(group.repositories)}, {period_in_words(group.first, group.last)}"
    return f"That is {amounts_in_words(group.amounts)}{by} {where}."


def _basis(group: Group) -> str:
    return f"It rests on {_BASES.get(group.basis, group.basis)}." if group.basis else ""


def _places(repositories: Sequence[str]) -> str:
    most = 4
    if len(repositories) <= most:
        return listed(list(repositories))
    return f"{', '.join(repositories[:most])} and {len(repositories) - most} more"


def proposed_in_words(
    agreements: Sequence[Agreement],
    *,
    classes: Collection[str],
    purposes: Collection[str],
    countries: Collection[str],
    counted: bool,
) -> list[str]:
    """What is only proposed and speaks about this work, and that it decides nothing unless asked.

    Args:
        agreements: All agreements.
        classes: The classes of the work.
        purposes: The purposes asked about.
        countries: The countries of the authors.
        counted: Whether the configuration lets proposed terms forbid and require.
    """
    found = []
    for agreement in agreements:
        if agreement.status != "proposed":
            continue
        for clause in agreement.clauses:
            here = not clause.who.countries or set(clause.who.countries) & set(countries)
            of_class = "*" in clause.classes or set(clause.classes) & set(classes)
            of_purpose = "*" in clause.purposes or set(clause.purposes) & set(purposes)
            if here and of_class and of_purpose:
                worth = (
                    "the configuration lets it forbid and require already"
                    if counted
                    else "it decides nothing today"
                )
                head = clause_in_words(agreement, clause).rstrip(",")
                found.append(f"{head}; {worth}: “{words_of(clause)}”")
    return found
