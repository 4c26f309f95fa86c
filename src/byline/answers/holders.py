"""Whose work a repository holds: surviving lines, commits and active period, by identity.

Two groupings stand side by side. As recorded, an identity is an address. As claimed, the
repository's own `.mailmap` joins identities; anyone who can commit can write one, so it is shown as
a claim and no decision rests on it. A surviving line belongs to the author of the commit that
`git blame` names. Bots, AI accounts and identities without a usable address stand apart. All lines
add up.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.engine.stage import Partition
from byline.people.mailmap import Mapping as MailmapEntry
from byline.people.mailmap import apply_mailmap, parse_mailmap

PEOPLE = ("roster", "outsider")
APART = ("bot", "ai", "unknown")


@dataclass(frozen=True)
class Alias:
    """One identity as commits record it. Lines survive at the revision; commits are authored."""

    name: str
    email: str
    lines: int
    commits: int


@dataclass(frozen=True)
class Holder:
    """One identity under the repository's own claim, with all that was recorded for it.

    Attributes:
        share: Of all surviving lines, 0 to 1. It serves credit and consent, and ranks nobody.
        first: Day of the first commit authored, as its author dated it (UTC).
        last: Day of the last one.
    """

    name: str
    email: str
    population: str
    lines: int
    share: float
    commits: int
    co_authored: int
    first: dt.date | None
    last: dt.date | None
    recorded: tuple[Alias, ...]


@dataclass(frozen=True)
class Rest:
    """Identities that are not listed one by one."""

    identities: int
    lines: int
    share: float
    commits: int


@dataclass(frozen=True)
class Holders:
    """Everyone whose work is there. Listed in order of name, never of lines.

    Attributes:
        lines: Surviving lines in all.
        people: Those with most lines, in order of name.
        rest: The other people, summed.
        apart: Bots, AI accounts, and identities without a usable address.
        recorded: How many people identities the commits record.
        claimed: How many they are under the repository's `.mailmap`.
        mailmap_entries: Lines of that `.mailmap`; 0 when there is none.
        ai_assisted_lines: Lines of commits that name an AI as a co-author or helper; they are
            counted under their human authors too.
        ai_assisted_commits: Those commits.
        years: Surviving lines by the year they were written and by kind (people, ai-assisted, ai,
            bot, unknown).
    """

    lines: int
    people: tuple[Holder, ...]
    rest: Rest
    apart: tuple[Holder, ...]
    recorded: int
    claimed: int
    mailmap_entries: int
    ai_assisted_lines: int
    ai_assisted_commits: int
    years: Mapping[int, Mapping[str, int]]

    @property
    def kinds(self) -> dict[str, int]:
        """Surviving lines by kind, over all years."""
        totals: Counter[str] = Counter()
        for kinds in self.years.values():
            totals.update(kinds)
        return dict(totals)


@dataclass
class _Sum:
    population: str
    names: Counter[str] = field(default_factory=Counter)
    aliases: Counter[tuple[str, str]] = field(default_factory=Counter)
    alias_lines: Counter[tuple[str, str]] = field(default_factory=Counter)
    co_authored: int = 0
    days: list[dt.date] = field(default_factory=list)

    def add_commit(self, name: str, row: Mapping[str, Any], lines: int) -> None:
        day = row["authored"].astimezone(dt.UTC).date()
        alias = (row["name"], row["email"])
        self.names[name] += 1
        self.aliases[alias] += 1
        self.alias_lines[alias] += lines
        self.days = [min([day, *self.days]), max([day, *self.days])]


def holders(
    bylines: Sequence[Partition], lines: Mapping[str, int], *, mailmap: str | None, listed: int
) -> Holders:
    """Whose work it is.

    Args:
        bylines: Buckets of `BYLINES`, resolved without the repository's mailmap.
        lines: Surviving lines by commit (`lines_by_commit`).
        mailmap: The text of the repository's `.mailmap`, or None.
        listed: How many people are listed one by one.
    """
    entries = parse_mailmap(mailmap or "")
    sums: dict[tuple[str, str], _Sum] = {}
    recorded: set[str] = set()
    years: dict[int, Counter[str]] = defaultdict(Counter)
    assisted_commits = assisted_lines = 0
    for part in bylines:
        columns = ["commit", "name", "email", "role", "population", "authored", "authorship"]
        for row in part.read(columns).to_pylist():
            name, key = _claimed(row, entries)
            one = sums.setdefault(key, _Sum(row["population"]))
            if row["population"] in PEOPLE:
                recorded.add(row["email"].strip().lower())
            if row["role"] != "author":
                one.co_authored += 1
                one.names[name] += 0
                continue
            count = lines.get(row["commit"], 0)
            one.add_commit(name, row, count)
            years[row["authored"].astimezone(dt.UTC).year][_kind(row)] += count
            if _kind(row) == "ai-assisted":
                assisted_commits += 1
                assisted_lines += count
    return _holders(
        sums,
        listed=listed,
        recorded=len(recorded),
        mailmap_entries=len(entries),
        ai_assisted_commits=assisted_commits,
        ai_assisted_lines=assisted_lines,
        years={year: dict(kinds) for year, kinds in sorted(years.items()) if kinds.total()},
    )


def lines_by_commit(files: Sequence[Partition]) -> dict[str, int]:
    """Surviving lines of each commit, over all files."""
    counts: Counter[str] = Counter()
    for part in files:
        origins = pc.list_flatten(part.read(["origins"])["origins"].combine_chunks())
        commits = pc.struct_field(origins, "commit").to_pylist()
        sizes = pc.struct_field(origins, "lines").to_pylist()
        for commit, size in zip(commits, sizes, strict=True):
            counts[commit] += size
    return dict(counts)


def repository_mailmap(files: Sequence[Partition]) -> str | None:
    """The text of `.mailmap` at the root, or None."""
    for part in files:
        rows = pq.read_table(part.path, columns=["text"], filters=[("path", "==", ".mailmap")])
        if rows.num_rows:
            text: str | None = rows["text"][0].as_py()
            return text
    return None


def _claimed(
    row: Mapping[str, Any], entries: Sequence[MailmapEntry]
) -> tuple[str, tuple[str, str]]:
    """The name and the key of an identity as the repository claims them."""
    if row["population"] in ("bot", "ai"):
        return row["name"], (row["population"], row["email"].strip().lower() or row["name"].lower())
    name, email = apply_mailmap(entries, row["name"], row["email"])
    address = email.strip().lower()
    if "@" in address:
        return name, ("people" if row["population"] in PEOPLE else row["population"], address)
    return name, ("unknown", address or name.lower())


def _kind(row: Mapping[str, Any]) -> str:
    if row["population"] in APART:
        return str(row["population"])
    return "ai-assisted" if row["authorship"] in ("mixed", "ai") else "people"


def _holders(sums: Mapping[tuple[str, str], _Sum], *, listed: int, **facts: Any) -> Holders:
    total = sum(one.alias_lines.total() for one in sums.values())
    made = [_holder(email, one, total) for (_, email), one in sums.items()]
    people = [one for one in made if one.population in PEOPLE]
    by_lines = sorted(people, key=lambda one: (-one.lines, -one.commits, one.email))
    rest = by_lines[listed:]
    return Holders(
        lines=total,
        people=tuple(sorted(by_lines[:listed], key=_by_name)),
        rest=Rest(
            identities=len(rest),
            lines=sum(one.lines for one in rest),
            share=sum(one.lines for one in rest) / total if total else 0.0,
            commits=sum(one.commits for one in rest),
        ),
        apart=tuple(sorted((o for o in made if o.population in APART), key=_by_population)),
        claimed=len(people),
        **facts,
    )


def _holder(email: str, one: _Sum, total: int) -> Holder:
    lines = one.alias_lines.total()
    names = sorted(one.names.items(), key=lambda item: (-item[1], item[0]))
    return Holder(
        name=names[0][0],
        email=email,
        population=one.population,
        lines=lines,
        share=lines / total if total else 0.0,
        commits=one.aliases.total(),
        co_authored=one.co_authored,
        first=one.days[0] if one.days else None,
        last=one.days[-1] if one.days else None,
        recorded=tuple(
            Alias(name, address, one.alias_lines[name, address], commits)
            for (name, address), commits in sorted(one.aliases.items())
        ),
    )


def _by_name(one: Holder) -> tuple[str, str]:
    return one.name.casefold(), one.email


def _by_population(one: Holder) -> tuple[int, str, str]:
    return APART.index(one.population), *_by_name(one)
