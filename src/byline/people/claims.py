"""Who says that an address is somebody's: the roster, its handles, rules, and confirmed merges.

Each source gives claims: an address is a person's from one day to another, with the evidence and
the place of the words. `ClaimIndex` finds them by address, at a dictionary look-up each.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from byline.people.handles import HOSTS, NOREPLY, OWN, forge_handles, systems_of
from byline.people.roster import Person
from byline.people.rows import Dated
from byline.people.rules import PART, Rule, compiled, matcher

EPOCH = dt.date(1970, 1, 1)
ALWAYS, FOREVER = -(1 << 31), (1 << 31) - 2
"""The first and last day there is, in days since 1970-01-01 (one short of int32's own bounds)."""

ROSTER, HANDLE, RULE, MERGE = range(4)
"""The sources, in the order in which they are asked."""
LISTED, MERGED = "roster address", "confirmed merge"


class Claim(NamedTuple):
    """One source's word on an address.

    Attributes:
        person: Whose it is; None when the source fits several people, named in `evidence`.
        first: The first day, since 1970-01-01, on which it is theirs.
        last: The last one.
        source: ROSTER, HANDLE, RULE or MERGE.
        evidence: What says so, without places: it stands in tables.
        place: Where it is written, for errors.
        candidates: The ids of whoever the source fits.
    """

    person: Person | None
    first: int
    last: int
    source: int
    evidence: str
    place: str
    candidates: tuple[str, ...]


def day_number(day: dt.date | None, *, default: int) -> int:
    """Days since 1970-01-01; `default` where there is no bound."""
    return default if day is None else (day - EPOCH).days


class ClaimIndex:
    """All claims of a roster, its merges and rules, by address."""

    def __init__(
        self,
        people: Sequence[Person],
        *,
        merges: Iterable[tuple[str, str]] = (),
        merge_places: Mapping[str, str] | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        self._by_id = {person.id: person for person in people}
        self._sole: dict[str, Person] = {}
        self._shared: dict[str, list[tuple[Person, Dated]]] = {}
        self._handles: dict[str, list[tuple[Person, Dated]]] = {}
        self._merges: dict[str, Claim] = {}
        for person in people:
            self._add(person)
        for email, identity in merges:
            if identity in self._by_id:
                place = (merge_places or {}).get(email, "the ledger")
                known = self._by_id[identity]
                claim = Claim(known, ALWAYS, FOREVER, MERGE, MERGED, place, (identity,))
                self._merges[email.lower()] = claim
        self._rules = RuleIndex(rules, people, self._handles) if rules else None

    def _add(self, person: Person) -> None:
        for dated in person.dated_addresses:
            address = dated.alias
            if address not in self._sole and address not in self._shared and _always(dated):
                self._sole[address] = person
                continue
            other = self._sole.pop(address, None)
            if other is not None:
                before = [(other, one) for one in other.dated_addresses if one.alias == address]
                self._shared[address] = before
            self._shared.setdefault(address, []).append((person, dated))
        for dated in person.handles:
            for key in systems_of(dated.alias):
                self._handles.setdefault(key, []).append((person, dated))

    def addresses(self) -> Iterable[str]:
        """Every address that some source names outright."""
        return {**self._sole, **self._shared, **self._merges}.keys()

    def sole(self, address: str) -> tuple[Person, str] | None:
        """Whoever alone has an address in lower case, always and by one source, and the evidence.

        None where it is not that simple: `claims` then tells all.
        """
        if self._rules or address in self._merges:
            return None
        person = self._sole.get(address)
        if NOREPLY not in address:
            return (person, LISTED) if person else None
        if person or address in self._shared:
            return None
        held = [pair for key in forge_handles(address) for pair in self._handles.get(key, ())]
        if len(held) != 1 or not _always(held[0][1]):
            return None
        return held[0][0], _handle_evidence(held[0][1])

    def sole_addresses(self) -> Mapping[str, Person]:
        """The addresses for which `sole` gives a person of the roster by address."""
        if self._rules:
            return {}
        return {
            address: person
            for address, person in self._sole.items()
            if address not in self._merges and NOREPLY not in address
        }

    def claims(self, address: str) -> list[Claim]:
        """Every claim on an address in lower case, in the order of the sources."""
        found = [*self._roster_claims(address), *self._forge_claims(address)]
        if self._rules:
            found += self._rules.claims(address)
        if address in self._merges:
            found.append(self._merges[address])
        return found

    def _roster_claims(self, address: str) -> Iterator[Claim]:
        person = self._sole.get(address)
        if person is not None:
            dated = next(one for one in person.dated_addresses if one.alias == address)
            yield _roster_claim(person, dated, ROSTER, LISTED)
        for other, dated in self._shared.get(address, ()):
            yield _roster_claim(other, dated, ROSTER, LISTED)

    def _forge_claims(self, address: str) -> Iterator[Claim]:
        for key in forge_handles(address):
            for person, dated in self._handles.get(key, ()):
                yield _roster_claim(person, dated, HANDLE, _handle_evidence(dated))


class RuleIndex:
    """Rules ready to be asked, with the people they can speak of."""

    def __init__(
        self,
        rules: Sequence[Rule],
        people: Sequence[Person],
        handles: Mapping[str, Sequence[tuple[Person, Dated]]],
    ) -> None:
        self._rules = rules
        self._patterns = [compiled(rule.pattern) for rule in rules]
        self._matcher = matcher(rules)
        self._handles = handles
        self._by_id = {person.id.lower(): person for person in people}
        self._by_address: dict[str, dict[str, Person]] = {}
        self._by_name: dict[tuple[str, str], dict[str, Person]] = {}
        for person in people:
            for email in person.emails:
                self._by_address.setdefault(email, {})[person.id] = person
            for key in name_keys(person.name):
                self._by_name.setdefault(key, {})[person.id] = person

    def claims(self, address: str) -> Iterator[Claim]:
        """The claims of every rule that fits an address in lower case."""
        for number in sorted(self._matcher.Match(address) or ()):
            rule = self._rules[number]
            found = self._patterns[number].fullmatch(address)
            fitting = self._fitting(rule, found.groupdict()) if found else []
            if fitting:
                yield from _rule_claims(rule, fitting)

    def _fitting(self, rule: Rule, parts: Mapping[str, str]) -> Sequence[tuple[Person, Dated]]:
        if "handle" in parts and not (rule.person or rule.becomes):
            host = HOSTS.get(rule.system, rule.system) if rule.system else OWN
            return self._handles.get(f"{host}:{parts['handle']}", ())
        return [(person, Dated("")) for person in self._people(rule, parts)]

    def _people(self, rule: Rule, parts: Mapping[str, str]) -> Iterable[Person]:
        if rule.person:
            known = self._by_id.get(rule.person.lower())
            return [known] if known else []
        if rule.becomes:
            address = PART.sub(lambda part: parts.get(part[1] or "") or "", rule.becomes)
            return self._by_address.get(address.lower(), {}).values()
        if "id" in parts:
            known = self._by_id.get(parts["id"])
            return [known] if known else []
        key = (_letters(parts["first"]), _letters(parts["last"]))
        return self._by_name.get(key, {}).values()


def _rule_claims(rule: Rule, fitting: Sequence[tuple[Person, Dated]]) -> Iterator[Claim]:
    evidence = f"rule {rule.name}"
    place = str(rule.place or "the rules")
    bounds = [_bounds(rule, dated) for _, dated in fitting]
    ids = tuple(dict.fromkeys(person.id for person, _ in fitting))
    if len(ids) > 1 and _any_overlap(bounds):
        first, last = min(b[0] for b in bounds), max(b[1] for b in bounds)
        yield Claim(
            None, first, last, RULE, f"{evidence} fits {', '.join(sorted(ids))}", place, ids
        )
        return
    for (person, _), (first, last) in zip(fitting, bounds, strict=True):
        if first <= last:
            yield Claim(person, first, last, RULE, evidence, place, (person.id,))


def _bounds(rule: Rule, dated: Dated) -> tuple[int, int]:
    firsts = (day_number(day, default=ALWAYS) for day in (rule.first, dated.first))
    lasts = (day_number(day, default=FOREVER) for day in (rule.last, dated.last))
    return max(firsts), min(lasts)


def _any_overlap(bounds: Iterable[tuple[int, int]]) -> bool:
    ordered = sorted(bound for bound in bounds if bound[0] <= bound[1])
    return any(one[1] >= other[0] for one, other in pairwise(ordered))


def _roster_claim(person: Person, dated: Dated, source: int, evidence: str) -> Claim:
    return Claim(
        person,
        day_number(dated.first, default=ALWAYS),
        day_number(dated.last, default=FOREVER),
        source,
        evidence,
        str(dated.place or "the roster"),
        (person.id,),
    )


def _handle_evidence(dated: Dated) -> str:
    return f"roster handle {dated.alias}"


def _always(dated: Dated) -> bool:
    return dated.first is None and dated.last is None


def name_keys(name: str) -> set[tuple[str, str]]:
    """The first and last names, in plain letters, that a full name may be written with.

    ``Ada van der Berg`` is ada + berg and ada + vanderberg; ``Berg, Ada`` is ada + berg.
    """
    last, comma, first = name.partition(",")
    parts = (f"{first} {last}" if comma else name).split()
    letters = [text for text in map(_letters, parts) if text]
    if len(letters) < 2:
        return set()
    return {(letters[0], letters[-1]), (letters[0], "".join(letters[1:]))}


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w]|[\d_]", "", "".join(c for c in plain if not unicodedata.combining(c)))
