"""Equal treatment: whoever is left out is left out by a published row, or nothing is released.

A rule that takes particular people or units out of training (a clause that forbids, an ownership
rule about somebody's whole work) must name an exemption, or be covered by one, that was published
before the use date and says whose work, of which classes, for which purposes.
What a person says about their own work is no exemption: it needs no row and gives no reason.

Invariant: no table here shows a count below `SMALLEST` or names a person.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple, Self

from pydantic import Field, model_validator

from byline.people.roster import Employment, Person, standing
from byline.terms.agreements import Agreement, Clause, Country, Day, Id, PurposeWord, Table
from byline.terms.problems import Problem, in_order
from byline.terms.purposes import EVERY, Purpose
from byline.terms.register_files import read_register, refuse_repeated
from byline.terms.vocabulary import CLASSES, ClassWord, WorkerType
from byline.workspace.config import Config, Ownership

SMALLEST: Final = 10
"""The smallest count of people that is shown (k)."""
NO_BAND: Final = "not stated"


class Whose(Table):
    """Whose work is left out; every given key must match one employment of a person."""

    units: tuple[Id, ...] = ()
    bands: tuple[Id, ...] = ()
    worker_types: tuple[WorkerType, ...] = ()
    countries: tuple[Country, ...] = ()
    people: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _says_whose(self) -> Self:
        if not any(getattr(self, key) for key in type(self).model_fields):
            raise ValueError("an exemption says whose work it leaves out")
        return self


class Exemption(Table):
    """One published exemption.

    Attributes:
        reason: Why, in the words that were published.
        published: The first day on which everyone could read it.
        place: Where it is published.
        decided_by: Who decided it, by name or role.
    """

    id: Id
    who: Whose
    reason: Id
    published: Day
    decided_by: Id
    place: str = ""
    classes: Annotated[tuple[ClassWord, ...], Field(min_length=1)] = ("*",)
    purposes: Annotated[tuple[PurposeWord, ...], Field(min_length=1)] = (EVERY,)


class _File(Table):
    exemption: tuple[Exemption, ...] = ()

    @model_validator(mode="after")
    def _ids_are_one_each(self) -> Self:
        refuse_repeated((each.id for each in self.exemption), what="exemption")
        return self


def read_exemptions(path: Path) -> tuple[Exemption, ...]:
    """The rows of exemptions.toml in the order of their ids.

    Raises:
        ConfigError: The file is wrong; the message names the line.
    """
    return tuple(sorted(read_register(path, _File).exemption, key=lambda each: each.id))


_HELD_OUT: Final = Problem(
    "warning",
    "exemption_held_out",
    ("release.hold_out",),
    "`persons` in [release.hold_out] keeps particular people's work for evaluation: "
    "publish a row in exemptions.toml if it is meant to spare them",
)


class _Rule(NamedTuple):
    """A rule that leaves people out: where it stands, whom, of what, and what it names."""

    about: str
    place: str
    who: Whose
    classes: frozenset[str]
    purposes: frozenset[str]
    exemption: str


def check_exemptions(
    agreements: Sequence[Agreement],
    exemptions: Sequence[Exemption],
    people: Sequence[Person],
    config: Config,
    *,
    as_of: dt.date,
) -> list[Problem]:
    """The problems of rules that leave people out, sorted; none: everyone is treated equally.

    Codes: `exemption_unnamed`, `exemption_unknown`, `exemption_unpublished`, `exemption_too_narrow`
    (errors), `exemption_held_out` (warning: held out, their work measures models and trains none)
    and `exemption_unused` (information).

    Args:
        agreements: The clauses; proposed agreements leave nobody out yet.
        exemptions: What was published.
        people: The roster, against which units, bands and people are compared.
        config: Whom the ownership rules leave out, and `[release.hold_out]` holds out.
        as_of: The use date.
    """
    known = {each.id: each for each in exemptions}
    rules = [*_clauses(agreements, as_of), *_settings(config)]
    problems = []
    used = set()
    for rule in rules:
        named = [known[rule.exemption]] if rule.exemption in known else []
        candidates = named if rule.exemption else list(exemptions)
        fitting = [one for one in candidates if not _lacks(rule, one, people, as_of)]
        used |= {one.id for one in fitting}
        if not fitting:
            problems.append(_refusal(rule, candidates, people, as_of))
    if held := config.release.hold_out.persons:
        rule = _whole("release.hold_out", "", held)
        covering = [one.id for one in exemptions if not _lacks(rule, one, people, as_of)]
        used |= set(covering)
        problems += [] if covering else [_HELD_OUT]
    problems += [
        Problem("information", "exemption_unused", (one.id,), f"no rule makes exemption {one.id}")
        for one in exemptions
        if one.id not in used
    ]
    return in_order(problems)


def _refusal(
    rule: _Rule, candidates: Sequence[Exemption], people: Sequence[Person], as_of: dt.date
) -> Problem:
    about = (rule.about,)
    if rule.exemption and not candidates:
        words = f"{rule.place} names the exemption {rule.exemption!r}, which is not published"
        return Problem("error", "exemption_unknown", about, words)
    if not rule.exemption:
        words = (
            f"{rule.place} leaves particular people out, and no published exemption covers that: "
            "publish a row in exemptions.toml, or take the rule away"
        )
        return Problem("error", "exemption_unnamed", about, words)
    code, lacking = _lacks(rule, candidates[0], people, as_of)[0]
    words = f"{rule.place} is not covered by exemption {rule.exemption!r}: {lacking}"
    return Problem("error", code, about, words)


def _clauses(agreements: Iterable[Agreement], as_of: dt.date) -> Iterator[_Rule]:
    for agreement in agreements:
        if agreement.status == "proposed":
            continue
        if agreement.expires is not None and agreement.expires <= as_of:
            continue
        for clause in agreement.clauses:
            if clause.effect == "forbid" and (clause.who.people or clause.who.units):
                yield _clause_rule(clause)


def _clause_rule(clause: Clause) -> _Rule:
    keys = {"units", "people", "countries", "worker_types"}
    return _Rule(
        clause.id,
        f"clause {clause.id}",
        Whose.model_validate(clause.who.model_dump(include=keys)),
        _every(clause.classes, CLASSES),
        _every(clause.purposes, frozenset(Purpose)),
        clause.exemption,
    )


def _settings(config: Config) -> Iterator[_Rule]:
    """Rules of byline.toml; they name no exemption, so any published one may cover them."""
    for number, rule in enumerate(config.ownership, start=1):
        if _is_whole_work(rule):
            place = f"rule {number} of [[ownership]]"
            yield _whole(f"ownership {number}", place, rule.persons)


def _whole(about: str, place: str, people: tuple[str, ...]) -> _Rule:
    return _Rule(about, place, Whose(people=people), CLASSES, frozenset(Purpose), "")


def _is_whole_work(rule: Ownership) -> bool:
    """Whether a rule declares all that somebody writes in the job not the employer's."""
    limits = (rule.repositories, rule.remotes, rule.paths, rule.licences)
    is_limited = any(words and not set(words) & {"*", "**"} for words in limits)
    in_the_job = not rule.employment or "in_force" in rule.employment
    is_all = in_the_job and not is_limited and rule.since is None and rule.until is None
    return rule.owner != "employer" and bool(rule.persons) and is_all


def _lacks(
    rule: _Rule, exemption: Exemption, people: Sequence[Person], as_of: dt.date
) -> list[tuple[str, str]]:
    """Why an exemption does not cover a rule: a code and words for each reason."""
    lacking = []
    if exemption.published > as_of:
        lacking.append(("exemption_unpublished", f"it was published on {exemption.published} only"))
    if rule.classes - _every(exemption.classes, CLASSES):
        lacking.append(("exemption_too_narrow", "it does not name all the classes"))
    if rule.purposes - _every(exemption.purposes, frozenset(Purpose)):
        lacking.append(("exemption_too_narrow", "it does not name all the purposes"))
    if _beyond(rule.who, exemption.who, people):
        words = "it does not say that all of these people's work is left out"
        lacking.append(("exemption_too_narrow", words))
    return lacking


def _every(words: Iterable[str], every: frozenset[str]) -> frozenset[str]:
    given = frozenset(words)
    return every if EVERY in given else given


def _beyond(rule: Whose, exemption: Whose, people: Sequence[Person]) -> bool:
    """Whether a rule leaves out somebody whom the exemption does not."""
    unknown = set(rule.people) - {person.id for person in people} - set(exemption.people)
    return bool(unknown) or any(
        _is_of(person, rule) and not _is_of(person, exemption) for person in people
    )


def _is_of(person: Person, who: Whose) -> bool:
    return (not who.people or person.id in who.people) and any(
        _fits(employment, who) for employment in person.employments
    )


def _fits(employment: Employment, who: Whose) -> bool:
    pairs = (
        (employment.unit, who.units),
        (employment.band, who.bands),
        (employment.worker_type, who.worker_types),
        (employment.country, who.countries),
    )
    return all(not words or value in words for value, words in pairs)


class Exempted(NamedTuple):
    """How many people of a grade band an exemption is about; None: fewer than `SMALLEST`."""

    exemption: str
    band: str
    people: int | None


def exemption_table(
    exemptions: Iterable[Exemption], people: Sequence[Person], *, as_of: dt.date
) -> list[Exempted]:
    """Counts by exemption and grade band on a day, as they can be published."""
    rows = []
    for exemption in exemptions:
        bands = Counter(
            standing(person, as_of).employment.band or NO_BAND
            for person in people
            if _is_of(person, exemption.who)
        )
        rows += [
            Exempted(exemption.id, band, count if count >= SMALLEST else None)
            for band, count in sorted(bands.items())
        ]
    return rows


def whose_words(who: Whose) -> str:
    """Whose work it is, in words that name no person."""
    keys = ("units", "bands", "worker_types", "countries")
    parts = [
        f"{key.replace('_', ' ')}: {', '.join(getattr(who, key))}"
        for key in keys
        if getattr(who, key)
    ]
    if who.people:
        count = len(set(who.people))
        parts.append(f"{count if count >= SMALLEST else f'fewer than {SMALLEST}'} people by name")
    return "; ".join(parts)
