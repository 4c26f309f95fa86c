"""The statement for one person: what of theirs was used, where, under which clause, and what not.

It speaks about that person alone: nobody else's name, address, pseudonym or share is in it. Every
example it names was read back and proved to be under its release's sealed root. Decisions are those
of the use date; releases hold what was decided when they were made.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from byline.answers import commands
from byline.answers.affected import Affected, Undetermined, Without, affected
from byline.answers.cited import CitedClause, DecidedWork, clauses_of, decided_work
from byline.answers.commands import Command
from byline.answers.held import rows_of, verifiers_of
from byline.answers.identity import Identity, identity_of
from byline.answers.page import plain_values, render, write_page
from byline.answers.signed import OwnSigned, own_signed
from byline.answers.teaching import examples_read
from byline.release.engineering import ToldDecided
from byline.release.inputs import Inputs
from byline.release.prepare import Decided
from byline.release.seal import open_release
from byline.terms.agreements import Agreement
from byline.workspace.config import Config
from byline.workspace.files import sha256_text
from byline.workspace.layout import Layout
from byline.workspace.ledger import find_release


@dataclass(frozen=True)
class Source:
    """Where an example's text comes from; no path means a commit's message.

    Lines are the example's, counted from 1; a change has none. Others may have written some.
    """

    repository: str
    path: str | None
    start: int | None
    end: int | None
    object: str


@dataclass(frozen=True)
class HeldExample:
    """An example that holds a person's text.

    Attributes:
        role: ``author`` when their text is learned, ``context`` when it is only shown.
        share: Their share of the example's text, 0 to 1.
    """

    id: str
    recipe: str
    split: str
    role: str
    share: float
    clauses: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class TaughtModel:
    """A model taught by a release that holds a person's text.

    Attributes:
        examples_read: How many of their examples its training read; None when no record says so.
    """

    model: str
    purpose: str
    examples_read: int | None


@dataclass(frozen=True)
class ReleaseStatement:
    """What one release holds of a person.

    Attributes:
        contributor: The pseudonym that stands for them in this release and in no other.
    """

    release: str
    name: str
    purposes: tuple[str, ...]
    decided_as_of: str
    root: str
    contributor: str
    examples: tuple[HeldExample, ...]
    models: tuple[TaughtModel, ...]

    def count(self, role: str) -> int:
        """How many examples hold their text in a role."""
        return sum(example.role == role for example in self.examples)


@dataclass(frozen=True)
class Statement:
    """Everything that is said to one person.

    Attributes:
        as_of: The use date of the decisions.
        signed: What signatures prove of the commits that name them as author.
        without: Releases that hold nothing of theirs.
        undetermined: Releases that could not be asked, with the reason.
    """

    organisation: str
    as_of: dt.date
    purposes: tuple[str, ...]
    identity: Identity
    work: tuple[DecidedWork, ...]
    signed: OwnSigned
    clauses: tuple[CitedClause, ...]
    releases: tuple[ReleaseStatement, ...]
    without: tuple[Without, ...]
    undetermined: tuple[Undetermined, ...]
    to_verify: tuple[Command, ...]
    to_withdraw: tuple[Command, ...]

    @property
    def models(self) -> tuple[TaughtModel, ...]:
        """Every model taught by a release that holds their work."""
        return tuple(model for release in self.releases for model in release.models)

    def lines(self, what: str, *, included: bool) -> int:
        """Lines of one kind of work that the terms permit, or that they do not."""
        return sum(w.lines for w in self.work if w.what == what and w.is_included == included)

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"schema": "byline/statement/1", **plain_values(asdict(self))}


def statement(
    person: str,
    *,
    config: Config,
    layout: Layout,
    ledger: sa.Engine,
    inputs: Inputs,
    decided: Sequence[Decided],
    told: Sequence[ToldDecided] = (),
) -> Statement:
    """The statement for a person.

    Args:
        person: Their id in the roster, or ``email:<address>`` for someone outside it.
        config: Names the organisation and the linkage key.
        layout: Where releases and the log lie.
        ledger: The ledger.
        inputs: Roster and terms.
        decided: All collected work with its decisions.
        told: Likewise reviews, issues, documents, builds and traces.

    Raises:
        InputError: Nothing is known of this person.
        ConfigError: The linkage key is missing or is no key.
        IntegrityError: A row of a release is not what was sealed.
    """
    identity = identity_of(person, inputs=inputs, decided=decided)
    reach = affected(person, config=config, layout=layout, ledger=ledger)
    releases = _releases(reach, person, layout=layout, ledger=ledger, inputs=inputs)
    work = decided_work(person, decided, told)
    cited = {clause for one in work for clause in one.clauses}
    cited |= {c for one in releases for example in one.examples for c in example.clauses}
    return Statement(
        organisation=config.organisation.name,
        as_of=inputs.as_of,
        purposes=inputs.purposes,
        identity=identity,
        work=work,
        signed=own_signed(person, decided),
        clauses=clauses_of(inputs.terms.agreements, cited),
        releases=releases,
        without=reach.without,
        undetermined=reach.undetermined,
        to_verify=_to_verify(identity.person, releases, reach.without),
        to_withdraw=_to_withdraw(identity),
    )


def statement_page(statement: Statement) -> str:
    """The statement as one self-contained HTML page."""
    return render("statement.html.j2", {"statement": statement})


def write_statement(statement: Statement, folder: Path) -> Path:
    """Write the page and its data into a folder of reports; returns the page's path."""
    person = statement.identity.person
    safe = person if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", person) else None
    name = f"statement-{safe or sha256_text(person)[:16]}.html"
    return write_page(folder / name, statement_page(statement), data=statement.as_json())


def _releases(
    reach: Affected, person: str, *, layout: Layout, ledger: sa.Engine, inputs: Inputs
) -> tuple[ReleaseStatement, ...]:
    made = []
    foreign = _clauses_of_others(inputs.terms.agreements, person)
    for one in reach.releases:
        row = find_release(ledger, one.release)
        sealed = open_release(layout.root / row["path"], verifiers=verifiers_of(layout))
        held = [_example(r, one.contributor, foreign) for r in rows_of(sealed, one.contributor)]
        taught = {example.id for example in held if example.split == "train"}
        made.append(
            ReleaseStatement(
                release=one.release,
                name=one.name,
                purposes=one.purposes,
                decided_as_of=sealed.manifest["decided_as_of"],
                root=sealed.root,
                contributor=one.contributor,
                examples=tuple(sorted(held, key=_by_place)),
                models=tuple(
                    TaughtModel(m.model, m.purpose, examples_read(layout.root / m.path, taught))
                    for m in reach.models
                    if m.release == one.release
                ),
            )
        )
    return tuple(made)


def _clauses_of_others(agreements: Sequence[Agreement], person: str) -> set[str]:
    """Clauses about named people without this one: a co-author's consent is not theirs to see."""
    return {
        clause.id
        for agreement in agreements
        for clause in agreement.clauses
        if clause.who.people and person not in clause.who.people
    }


def _example(row: Mapping[str, Any], contributor: str, foreign: Collection[str]) -> HeldExample:
    [mine] = [one for one in row["people"] if one["contributor"] == contributor]
    return HeldExample(
        id=row["id"],
        recipe=row["recipe"],
        split=row["split"],
        role=mine["role"],
        share=mine["share"],
        clauses=tuple(clause for clause in mine["decisions"] if clause not in foreign),
        sources=tuple(
            Source(one["repository"], one["path"], one["start"], one["end"], one["oid"])
            for one in row["sources"]
        ),
    )


def _by_place(example: HeldExample) -> tuple[str, str, int, str]:
    first = example.sources[0]
    return first.repository, first.path or "", first.start or 0, example.id


def _to_verify(
    person: str, releases: Sequence[ReleaseStatement], without: Sequence[Without]
) -> tuple[Command, ...]:
    found = []
    for one in releases:
        found.append(commands.verify_release(one.release))
        found += [commands.verify_example(one.release, e.id) for e in one.examples[:1]]
    found += [commands.verify_release(one.release) for one in without]
    return (*found, commands.check_log(), commands.prove(person)) if found else ()


def _to_withdraw(identity: Identity) -> tuple[Command, ...]:
    if identity.population != "roster":
        return ()
    classes = ("code", "process")
    return (
        commands.withdraw(identity.person),
        *(commands.withdraw_class(identity.person, one) for one in classes),
    )
