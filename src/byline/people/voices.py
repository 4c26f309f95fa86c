"""Who wrote each part of an item: accounts and addresses joined to people and employments then.

An account on a forge or tracker is looked up as a handle of that system (``github:ada`` in the
roster), an address like one in a commit. Where an export gives both, the one that is known stands.
A part by no account has no row here: whose it is, is for `byline.corpus.part_contributions` to say.

Nothing is assumed to be human: what the export itself marks as a bot's is a bot's, as an AI's an
AI's; all else is ``unknown``, as with commits.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from byline.people.bylines import BYLINES, EMPLOYED, minors
from byline.people.handles import HOSTS, NOREPLY
from byline.people.identities import VERSION as IDENTITIES_VERSION
from byline.people.identities import Directory
from byline.people.joining import ALIASES, STATES, Joiner, day_numbers

VERSION: Final = f"2.{IDENTITIES_VERSION}"
VOICES = pa.schema(
    [pa.field("part", pa.string(), nullable=False)]
    + [one for one in BYLINES if one.name not in ("commit", "authorship_evidence")]
)
NO_TIME: Final = 0
KNOWN: Final = ("roster", "bot", "ai")
UNSAFE: Final = re.compile(r"[\s:@\[\]]+")
AUTHORSHIP: Final[Mapping[str | None, str]] = {"ai": "ai", "human": "human"}
Pair = tuple[str, str]


def voices(
    items: pa.Table, parts: pa.Table, *, directory: Directory, hosts: Mapping[str, str]
) -> pa.Table:
    """`VOICES`: a row for each part that an account or an address wrote, in the order of `parts`.

    Args:
        items: `ITEMS` of the parts.
        parts: `PARTS`.
        directory: What identities are resolved against.
        hosts: By source, the system whose accounts its accounts are.

    Raises:
        ConfigError: Two sources give one alias to two people.
    """
    about = {row["item"]: row for row in items.select(["item", "source", "system"]).to_pylist()}
    columns = ["part", "item", "account", "name", "email", "origin", "time"]
    rows = [
        row
        for row in parts.select(columns).to_pylist()
        if row["account"] or row["email"] or row["name"]
    ]
    numbers: dict[Pair, int] = {}
    chosen = [_aliases(row, about.get(row["item"]), hosts) for row in rows]
    pairs = [[numbers.setdefault(pair, len(numbers)) for pair in one] for one in chosen]
    aliases = pa.table(
        [pa.array([pair[number] for pair in numbers], pa.string()) for number in (0, 1)],
        schema=ALIASES,
    )
    joiner = Joiner(aliases, directory=directory)
    times = pa.array([row["time"] for row in rows], pa.timestamp("s", tz="UTC"))
    days = day_numbers(times.fill_null(pa.scalar(NO_TIME, times.type)))
    first = np.array([one[0] for one in pairs], np.int32)
    last = np.array([one[-1] for one in pairs], np.int32)
    by_first, by_last = joiner.at(first, days), joiner.at(last, days)
    populations = np.array(joiner.identities["population"].to_pylist(), dtype=object)
    known = np.isin(populations, KNOWN) if len(populations) else np.zeros(0, bool)
    second = ~known[by_first.identity] & known[by_last.identity] if rows else np.zeros(0, bool)
    identity = np.where(second, by_last.identity, by_first.identity)
    employment = np.where(second, by_last.employment, by_first.employment)
    state = np.where(second, by_last.state, by_first.state)
    who = joiner.identities.take(pa.array(identity, pa.int32()))
    then = pa.array(employment, pa.int32(), mask=employment < 0)
    population = [
        origin if origin in ("bot", "ai") and found not in ("bot", "ai") else found
        for origin, found in zip(
            (row["origin"] for row in rows), who["population"].to_pylist(), strict=True
        )
    ]
    columns_made: dict[str, Any] = {
        "part": pa.array([row["part"] for row in rows], pa.string()),
        "name": pa.array([row["name"] or row["account"] or "" for row in rows], pa.string()),
        "email": pa.array([aliases["email"][one[0]].as_py() for one in pairs], pa.string()),
        "role": pa.array(["author"] * len(rows), pa.string()),
        "person": who["person"],
        "population": pa.array(population, pa.string()),
        "identity_evidence": who["identity_evidence"],
        "employment": pa.array(STATES).take(pa.array(state, pa.int8())),
        "authored": times.fill_null(pa.scalar(NO_TIME, times.type)),
        "authorship": pa.array(
            [AUTHORSHIP.get(row["origin"], "unknown") for row in rows], pa.string()
        ),
        **{name: joiner.employments[name].take(then) for name in EMPLOYED},
        "minor": minors(joiner, then, times.fill_null(pa.scalar(NO_TIME, times.type))),
    }
    return pa.table([columns_made[name] for name in VOICES.names], schema=VOICES)


def _aliases(
    row: Mapping[str, Any], item: Mapping[str, Any] | None, hosts: Mapping[str, str]
) -> list[Pair]:
    """The names and addresses that a part's author may be known by, the address first."""
    name = row["name"] or row["account"] or ""
    found: list[Pair] = []
    if row["email"]:
        found.append((name, row["email"].strip()))
    if row["account"] and item is not None:
        host = hosts.get(item["source"]) or item["system"]
        found.append((name, handle_address(row["account"], host)))
    return found or [(name, "")]


def handle_address(account: str, host: str) -> str:
    """An account as the no-reply address that its forge would write (`byline.people.handles`).

    What no account name can hold, as the colon in Jira's account ids, becomes a hyphen: the
    roster writes them likewise.
    """
    system = HOSTS.get(host, host)
    local = UNSAFE.sub("-", account.strip())
    number = "" if system == HOSTS["github"] else "0-"
    return f"{number}{local}@{NOREPLY}{system}"
