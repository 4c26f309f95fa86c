"""Every account that is taken for a bot or an AI agent, with the rule that did it.

So that an organisation can see who has no say because a list says so, and put it right: `bots`,
`agents` and `not_bots` in `[people]`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from byline.people.accounts import Overrides, Taken, taken
from byline.people.bylines import CO_AUTHOR, CO_AUTHOR_LINE, IDENTITY
from byline.people.identities import Directory, Resolver

COLUMNS = ("author_name", "author_email", "committer_name", "committer_email", "message",
           "trailers")  # fmt: skip
MACHINES = ("ai", "bot")
UNSEEN = Taken("", "", "the mailmap's name or address for it", "the mailmap")


@dataclass(frozen=True)
class Machine:
    """One account as recorded, and why it counts as a machine.

    Attributes:
        population: ai | bot.
        account: Which known account it is, or ``""``.
        rule: What took it for one.
        source: Where that rule is from.
        authored: Commits that name it as author; `co_authored` and `committed` likewise.
    """

    name: str
    email: str
    population: str
    account: str
    rule: str
    source: str
    authored: int
    co_authored: int
    committed: int


def machines(commits: Iterable[pa.Table], *, directory: Directory) -> tuple[Machine, ...]:
    """The machines among all that `COMMITS` name, agents first, then by name."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for table in commits:
        for batch in table.select(list(COLUMNS)).to_batches(max_chunksize=4096):
            for row in batch.to_pylist():
                counts.update(set(_named(row)))
    resolver = Resolver(directory)
    overrides = Overrides(directory.bots, directory.agents, directory.not_bots)
    found = []
    for name, email in sorted({(name, email) for _, name, email in counts}):
        kinds = {since.identity.population for since in resolver.resolve(name, email)}
        for kind in sorted(kinds & set(MACHINES)):
            why = taken(name, email, overrides) or UNSEEN
            roles = [counts[role, name, email] for role in ("author", "co-author", "committer")]
            found.append(Machine(name, email, kind, why.account, why.rule, why.source, *roles))
    return tuple(sorted(found, key=lambda one: (one.population, one.name.casefold(), one.email)))


def _named(row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "author", row["author_name"], row["author_email"]
    yield "committer", row["committer_name"], row["committer_email"]
    values = [one["value"] for one in row["trailers"] if one["key"].lower() == CO_AUTHOR]
    values += [found["who"] for found in CO_AUTHOR_LINE.finditer(row["message"])]
    for value in values:
        match = IDENTITY.match(value.strip())
        yield "co-author", *((match["name"], match["email"]) if match else (value.strip(), ""))
