"""Everything that an organisation supplies besides its work, read and checked once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.errors import ConfigError
from byline.people.aliases import confirmed, merge_places
from byline.people.identities import Directory, check_identities
from byline.people.mailmap import Mapping, parse_mailmap
from byline.people.roster import Person, read_roster
from byline.people.rules import read_rules
from byline.people.signers import NO_SIGNERS, Signers, read_signers
from byline.privacy.names import KnownPerson
from byline.release.provenance import NO_PROVENANCE, Provenance, read_provenance
from byline.terms.agreed import Terms
from byline.terms.agreement_files import load_pack, merge_agreements, read_agreements
from byline.terms.agreements import Agreement
from byline.terms.events import event_of
from byline.terms.hold_records import holds_of
from byline.terms.objections import Objection, Withdrawal, read_objections
from byline.terms.published import NOTHING, Published, read_published
from byline.terms.purposes import check_purposes
from byline.terms.separation_records import people_who_leave, separations_of
from byline.workspace.config import Config


@dataclass(frozen=True)
class Inputs:
    """What people and terms are read from."""

    directory: Directory
    terms: Terms
    purposes: tuple[str, ...]
    as_of: dt.date
    other_names: tuple[str, ...] = ()
    signers: Signers = NO_SIGNERS
    provenance: Provenance = NO_PROVENANCE
    published: Published = NOTHING

    @property
    def deciding(self) -> tuple[dict[str, Any], str]:
        """What decisions are made with, and what identifies it."""
        given = {"terms": self.terms, "purposes": self.purposes, "as_of": self.as_of}
        return given, f"{self.terms.digest} {self.purposes} {self.as_of}"

    @property
    def known_people(self) -> tuple[KnownPerson, ...]:
        """The closed world of names to keep out of texts: the roster's, aliases, and others."""
        mapped: dict[str, list[Mapping]] = {}
        for entry in self.directory.mailmap:
            mapped.setdefault(entry.email.lower(), []).append(entry)
        people = [_known(person, mapped) for person in self.directory.people]
        others = [
            KnownPerson(f"other:{name}", (), (name,)) if "@" in name
            else KnownPerson(f"other:{name}", (name,))
            for name in self.other_names
        ]  # fmt: skip
        return (*people, *others)


def read_inputs(
    config: Config,
    *,
    withdrawals: Sequence[dict[str, Any]],
    aliases: Sequence[dict[str, Any]] = (),
    events: Sequence[dict[str, Any]] = (),
    separations: Sequence[dict[str, Any]] = (),
    holds: Sequence[dict[str, Any]] = (),
    today: dt.date,
) -> Inputs:
    """Read roster, mailmap and terms.

    Args:
        config: Where they are.
        withdrawals: Rows of the ledger.
        aliases: Merges and splits of addresses, rows of the ledger.
        events: What people said about the use of their work, rows of the ledger.
        separations: Who leaves, rows of the ledger: it counts before the roster says so.
        holds: Holds that were placed and released, rows of the ledger.
        today: The use date where the configuration gives none.

    Raises:
        ConfigError: One of them is wrong; the message names file and line.
    """
    people = read_roster(config.at(config.people.roster)) if config.people.roster else ()
    people = people_who_leave(people, separations_of(separations))
    known = {person.id for person in people}
    published = read_published(config, people=known)
    terms = Terms(
        agreements=configured_agreements(config),
        notices=published.counting,
        objections=_objections(config, known),
        withdrawals=tuple(_withdrawal(row) for row in withdrawals),
        events=tuple(event_of(row) for row in events),
        holds=holds_of(holds),
        assessments=published.assessments,
        proposed=config.terms.proposed,
    )
    given = config.people
    directory = _directory(config, people, aliases)
    check_identities(directory)
    return Inputs(
        directory=directory,
        terms=terms,
        purposes=tuple(check_purposes(config.release.purposes)),
        as_of=config.release.as_of or today,
        other_names=_other_names(config),
        provenance=read_provenance(config),
        published=published,
        signers=read_signers(
            allowed_signers=config.at(given.allowed_signers) if given.allowed_signers else None,
            openpgp_keys=config.at(given.openpgp_keys) if given.openpgp_keys else None,
        ),
    )


def _directory(
    config: Config, people: tuple[Person, ...], aliases: Sequence[dict[str, Any]]
) -> Directory:
    given = config.people
    return Directory(
        people=people,
        mailmap=_mailmap(config),
        bots=given.bots,
        agents=given.agents,
        not_bots=given.not_bots,
        aliases=confirmed(aliases),
        rules=read_rules(config.at(given.rules)) if given.rules else (),
        merge_places=merge_places(aliases),
        mailmap_file=str(config.at(given.mailmap)) if given.mailmap else "",
    )


def configured_agreements(config: Config) -> tuple[Agreement, ...]:
    """The agreements and packs that `[terms]` names, in the order of their ids.

    Raises:
        ConfigError: A file is wrong (file and line), there is no such pack, or an id stands twice.
    """
    own = read_agreements(config.at(path) for path in config.terms.agreements)
    packs = [load_pack(name) for name in config.terms.packs]
    return tuple(merge_agreements(own, *packs))


def _objections(config: Config, known: set[str]) -> tuple[Objection, ...]:
    path = config.terms.objections
    return read_objections(config.at(path), people=known) if path else ()


def _mailmap(config: Config) -> tuple[Mapping, ...]:
    if config.people.mailmap is None:
        return ()
    return parse_mailmap(_read_text(config.at(config.people.mailmap), "mailmap"))


def _other_names(config: Config) -> tuple[str, ...]:
    """Names and addresses of others, one a line; ``#`` begins a comment."""
    if config.people.names is None:
        return ()
    text = _read_text(config.at(config.people.names), "names")
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def _read_text(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}", advice=f"check `{key}` in [people]") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", advice="save it as UTF-8") from error


def _withdrawal(row: dict[str, Any]) -> Withdrawal:
    return Withdrawal(
        person=row["person"],
        received=dt.date.fromisoformat(row["received"]),
        classes=tuple(row["classes"]),
        purposes=tuple(row["purposes"]),
    )


def _known(person: Person, mapped: dict[str, list[Mapping]]) -> KnownPerson:
    """A person with the other names and addresses that the mailmap gives them."""
    aliases = [entry for email in person.emails for entry in mapped.get(email, ())]
    names = dict.fromkeys([person.name, *(entry.old_name for entry in aliases if entry.old_name)])
    emails = dict.fromkeys([*person.emails, *(entry.old_email for entry in aliases)])
    return KnownPerson(person.id, tuple(names), tuple(email for email in emails if email))
