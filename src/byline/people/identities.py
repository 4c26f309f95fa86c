"""Who an alias is, in a fixed order, day by day, with the evidence.

A recorded name and address are a claim by whoever made the commit. They are resolved in this order:
the organisation's mailmap rewrites them; then the roster's addresses are asked, its handles (as
forges write them into no-reply addresses), the organisation's rules, and merges that somebody
confirmed in the ledger; what none of them knows may be a known AI or bot account. Names alone
decide nothing. An address that nobody knows is an ``outsider``; one without an ``@``, one that is
nobody's on that day, and one that a rule gives to two people, is ``unknown``.

Invariant: no alias is two people on one day. Where two sources say so it is an error that names
both places. `check_identities` finds every one among the addresses that sources name outright,
before anything is decided; `Resolver` the rest, two rules that fit one recorded address, as it
meets it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from byline.errors import ConfigError
from byline.people.accounts import population
from byline.people.claims import ALWAYS, FOREVER, RULE, Claim, ClaimIndex
from byline.people.garbage import collector_at_rest
from byline.people.mailmap import Mapping, apply_mailmap, by_address
from byline.people.roster import Person
from byline.people.rules import Rule
from byline.workspace.files import sha256_text

VERSION = "1"
MAILMAP = "the mailmap"


@dataclass(frozen=True)
class Directory:
    """Everything that identities are resolved against.

    Attributes:
        bots: The organisation's own patterns of bot addresses.
        aliases: Address and person, confirmed by somebody.
        agents: The organisation's own patterns of AI accounts.
        not_bots: Patterns of people whom a list or form would wrongly take.
        merge_places: For each confirmed address its entry in the ledger, for errors.
        mailmap_file: Where the mailmap stands, for errors.
    """

    people: tuple[Person, ...] = ()
    mailmap: tuple[Mapping, ...] = ()
    bots: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    rules: tuple[Rule, ...] = ()
    agents: tuple[str, ...] = ()
    not_bots: tuple[str, ...] = ()
    merge_places: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)
    mailmap_file: str = field(default=MAILMAP, compare=False, repr=False)

    @property
    def digest(self) -> str:
        """A digest of what is known."""
        return sha256_text(
            VERSION, repr(self.people), repr(self.mailmap), repr(self.bots), repr(self.aliases),
            repr(self.rules), repr(self.agents), repr(self.not_bots),
        )  # fmt: skip


class Identity(NamedTuple):
    """Who an alias is.

    Attributes:
        person: Of the roster, or None.
        key: The roster id, or how somebody else is named; None for nobody known.
        population: roster | outsider | bot | ai | unknown.
        evidence: How the alias was resolved.
    """

    person: Person | None
    key: str | None
    population: str
    evidence: str


class Since(NamedTuple):
    """Who an alias is from a day on (days since 1970-01-01), until the next one."""

    day: int
    identity: Identity


class Resolver:
    """Resolves aliases against a directory.

    Args:
        directory: What is known.
        strict: Refuse every pair of sources that contradict each other. Otherwise only rules are
            held against the rest, and of the others the first one stands.
    """

    def __init__(self, directory: Directory, *, strict: bool = False) -> None:
        self._directory = directory
        self._strict = strict
        self._mailmap = by_address(directory.mailmap)
        self._index = ClaimIndex(
            directory.people,
            merges=directory.aliases,
            merge_places=dict(directory.merge_places),
            rules=directory.rules,
        )

    @property
    def index(self) -> ClaimIndex:
        """What the sources say."""
        return self._index

    def sole_addresses(self) -> dict[str, Person]:
        """Addresses in lower case that are one person's always, by the roster alone."""
        found = self._index.sole_addresses()
        return {email: one for email, one in found.items() if email not in self._mailmap}

    def resolve(self, name: str, email: str) -> tuple[Since, ...]:
        """Who a recorded name and address are, in order of days; the first since always.

        Raises:
            ConfigError: Two sources give it to two people on one day; both places are named.
        """
        if email.lower() not in self._mailmap:
            sole = self._index.sole(email.strip().lower())
            if sole is not None:
                person, evidence = sole
                return (Since(ALWAYS, Identity(person, person.id, "roster", evidence)),)
        mappings = self._mailmap.get(email.lower(), ())
        proper_name, proper_email = apply_mailmap(mappings, name, email)
        recorded, address = email.strip().lower(), proper_email.strip().lower()
        claims = self._index.claims(address)
        via = ""
        if address != recorded:
            via = f"mailmap to {address}, "
            claims = self._mapped(recorded, address, claims, mappings)
        if len(claims) > 1:
            self._refuse_conflicts(recorded, claims)
        elif claims and claims[0].first == ALWAYS and claims[0].last == FOREVER:
            return (Since(ALWAYS, _sure(claims, via=via)),)
        rest = self._nobody(proper_name, address, via=via, is_claimed=bool(claims))
        return tuple(_days(claims, rest, via=via))

    def _mapped(
        self, recorded: str, address: str, claims: list[Claim], mappings: Sequence[Mapping]
    ) -> list[Claim]:
        """The claims on a proper address; those on the recorded one must not contradict them."""
        own = self._index.claims(recorded)
        if not own:
            return claims
        lines = [one.line for one in mappings if one.email.strip().lower() == address]
        where = f"{self._directory.mailmap_file}:{lines[-1]}" if lines else MAILMAP
        mapped = [one._replace(place=f"{where} (it stands for {address})") for one in claims]
        if self._strict:
            self._refuse_conflicts(recorded, [*mapped, *own])
        return claims or own

    def _refuse_conflicts(self, alias: str, claims: Sequence[Claim]) -> None:
        for position, one in enumerate(claims):
            for other in claims[:position]:
                checked = self._strict or RULE in (one.source, other.source)
                if checked and _contradict(one, other):
                    first, second = " or ".join(other.candidates), " or ".join(one.candidates)
                    raise ConfigError(
                        f"{one.place}: {alias} is {second} here, and {first} at {other.place}",
                        advice="correct one of the two, or give each the days on which it holds",
                    )

    def _nobody(self, name: str, address: str, *, via: str, is_claimed: bool) -> Identity:
        """Whoever an alias is on days on which it is nobody's of the roster."""
        known = self._directory
        machine = population(
            name, address, bots=known.bots, agents=known.agents, not_bots=known.not_bots
        )
        if machine:
            key = f"{machine}:{address or name.lower()}"
            return Identity(None, key, machine, f"{via}{machine} account")
        if is_claimed:
            return Identity(None, None, "unknown", f"{via}nobody's on that day")
        if "@" not in address:
            return Identity(None, None, "unknown", f"{via}no usable address")
        return Identity(None, f"email:{address}", "outsider", f"{via}nobody knows it")


def _contradict(one: Claim, other: Claim) -> bool:
    """Whether two claims have a day, and nobody, in common."""
    if one.first > other.last or other.first > one.last:
        return False
    return not set(one.candidates) & set(other.candidates)


def _days(claims: Sequence[Claim], rest: Identity, *, via: str) -> Iterator[Since]:
    """Cut time where a claim begins or ends; on each piece the first source that knows stands."""
    if not claims:
        yield Since(ALWAYS, rest)
        return
    cuts = {ALWAYS, *(one.first for one in claims)}
    cuts |= {one.last + 1 for one in claims if one.last < FOREVER}
    before: Identity | None = None
    for day in sorted(cuts):
        identity = _on(day, claims, rest, via=via)
        if identity != before:
            yield Since(day, identity)
        before = identity


def _on(day: int, claims: Sequence[Claim], rest: Identity, *, via: str) -> Identity:
    holding = [one for one in claims if one.first <= day <= one.last]
    return _sure(holding, via=via) if holding else rest


def _sure(holding: Sequence[Claim], *, via: str) -> Identity:
    """Whoever the first source names that knows; unknown where none is sure."""
    for one in holding:
        if one.person is not None:
            return Identity(one.person, one.person.id, "roster", f"{via}{one.evidence}")
    return Identity(None, None, "unknown", f"{via}{holding[0].evidence}")


def check_identities(directory: Directory) -> None:
    """Refuse a directory whose sources give one alias to two people.

    Every address that the roster, the ledger or the mailmap names is asked of all sources.

    Raises:
        ConfigError: There is such an alias; both places are named.
    """
    with collector_at_rest():
        _check_all(directory)


def _check_all(directory: Directory) -> None:
    resolver = Resolver(directory, strict=True)
    mapped = {one.old_email.strip().lower() for one in directory.mailmap}
    for address in resolver.index.addresses():
        is_plain = address not in mapped and resolver.index.sole(address) is not None
        if not is_plain and len(resolver.index.claims(address)) > 1:
            resolver.resolve("", address)
    for mapping in directory.mailmap:
        resolver.resolve(mapping.old_name, mapping.old_email)
