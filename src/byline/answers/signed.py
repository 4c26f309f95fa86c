"""How much of the work has an author that is more than a claim: lines by what signatures prove.

A surviving line belongs to the commit that wrote it, and is as well vouched for as that commit's
author. Everything else of a byline is self-asserted, co-authors always. All lines add up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from byline.answers.holders import lines_by_commit
from byline.engine.stage import Partition
from byline.errors import IntegrityError
from byline.people.verification import STATES, label
from byline.release.prepare import Decided, Described

LISTED = 20  # commits named one by one


@dataclass(frozen=True)
class StateSum:
    """Surviving lines, and commits, in one state (see `byline.people.verification`).

    Attributes:
        label: What a byline says of them: ``verified``, ``mismatch`` or ``self-asserted``.
        share: Of all surviving lines, 0 to 1.
    """

    state: str
    label: str
    lines: int
    share: float
    commits: int


@dataclass(frozen=True)
class Mismatch:
    """A commit with a good signature that is not its author's.

    Attributes:
        name: The author that the commit names.
        email: Likewise.
        principal: Whose the key is, by the organisation's word.
        holder: ``other``, ``forge`` or ``shared``.
        lines: Its surviving lines.
    """

    repository: str
    commit: str
    name: str
    email: str
    principal: str
    holder: str
    lines: int


@dataclass(frozen=True)
class Signed:
    """What signatures prove about surviving lines.

    Attributes:
        lines: Surviving lines in all.
        commits: Commits in all.
        verified_share: Of all surviving lines, those whose author signed the commit, 0 to 1.
        states: Every state, in order; the sums are those of `lines` and `commits`.
        mismatches: Some of the commits that somebody other than their author signed: those with
            most lines, `LISTED` at most.
        holders: All those commits, by who signed: ``other``, ``forge`` and ``shared``.
        forge_claimed: Lines of commits whose signature only names a forge's published key; it is
            not listed, so they are among the ``unknown_key`` ones.
    """

    lines: int
    commits: int
    verified_lines: int
    verified_share: float
    states: tuple[StateSum, ...]
    mismatches: tuple[Mismatch, ...]
    holders: Mapping[str, int]
    forge_claimed: int


@dataclass(frozen=True)
class OwnSigned:
    """One person's commits, as author, by what a byline says of them.

    Attributes:
        mismatches: Repository and commit of some that name the person and were signed by a key that
            is not theirs; `LISTED` at most.
    """

    commits: Mapping[str, int]
    mismatches: tuple[tuple[str, str], ...]


def signed(works: Sequence[Described]) -> Signed:
    """What signatures prove about described repositories.

    Raises:
        IntegrityError: Lines of commits that were not collected.
    """
    lines: Counter[str] = Counter()
    commits: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    found: list[Mismatch] = []
    claimed = 0
    for work in works:
        surviving = lines_by_commit(work.collected.files)
        before = lines.total()
        for part, bylines in zip(work.verifications, work.bylines, strict=True):
            rows = part.read(["commit", "state", "principal", "holder"])
            for oid, state in zip(
                rows["commit"].to_pylist(), rows["state"].to_pylist(), strict=True
            ):
                lines[state] += surviving.get(oid, 0)
                commits[state] += 1
            forged = pc.and_(pc.equal(rows["state"], "unknown_key"), pc.is_valid(rows["holder"]))
            claimed += sum(
                surviving.get(oid, 0) for oid in rows.filter(forged)["commit"].to_pylist()
            )
            kept = rows.filter(pc.equal(rows["state"], "mismatch"))
            holders.update(kept["holder"].to_pylist())
            found += _mismatches(work.collected.repository, kept.to_pylist(), bylines, surviving)
            found = sorted(found, key=_by_lines)[:LISTED]
        if lines.total() - before != sum(surviving.values()):
            raise IntegrityError(
                f"{work.collected.repository}: {sum(surviving.values())} lines were collected, but "
                f"{lines.total() - before} are counted by signature"
            )
    return _summed(lines, commits, found, holders, forge_claimed=claimed)


def own_signed(person: str, decided: Iterable[Decided]) -> OwnSigned:
    """What signatures prove about the commits that name a person as their author."""
    commits: Counter[str] = Counter()
    found: list[tuple[str, str]] = []
    for one in decided:
        work = one.described
        for part, bylines in zip(work.verifications, work.bylines, strict=True):
            rows = bylines.read(["commit", "person", "role"])
            own = pc.and_(pc.equal(rows["person"], person), pc.equal(rows["role"], "author"))
            mine = rows.filter(own)["commit"].combine_chunks()
            states = part.read(["commit", "label"])
            states = states.filter(pc.is_in(states["commit"], value_set=mine))
            commits.update(states["label"].to_pylist())
            strange = states.filter(pc.equal(states["label"], "mismatch"))["commit"]
            found += [(work.collected.repository, oid) for oid in strange.to_pylist()]
    return OwnSigned(dict(sorted(commits.items())), tuple(sorted(found)[:LISTED]))


def _mismatches(
    repository: str,
    rows: Sequence[Mapping[str, str]],
    bylines: Partition,
    surviving: Mapping[str, int],
) -> list[Mismatch]:
    if not rows:
        return []
    table = bylines.read(["commit", "name", "email", "role"])
    table = table.filter(pc.equal(table["role"], "author"))
    authors = {row["commit"]: row for row in table.to_pylist()}
    return [
        Mismatch(
            repository=repository,
            commit=row["commit"],
            name=authors[row["commit"]]["name"],
            email=authors[row["commit"]]["email"],
            principal=row["principal"],
            holder=row["holder"],
            lines=surviving.get(row["commit"], 0),
        )
        for row in rows
    ]


def _by_lines(one: Mismatch) -> tuple[int, str, str]:
    return -one.lines, one.repository, one.commit


def _summed(
    lines: Counter[str],
    commits: Counter[str],
    found: Sequence[Mismatch],
    holders: Counter[str],
    *,
    forge_claimed: int,
) -> Signed:
    total = lines.total()
    return Signed(
        lines=total,
        commits=commits.total(),
        verified_lines=lines["verified"],
        verified_share=lines["verified"] / total if total else 0.0,
        states=tuple(
            StateSum(
                state=state,
                label=label(state),
                lines=lines[state],
                share=lines[state] / total if total else 0.0,
                commits=commits[state],
            )
            for state in STATES
        ),
        mismatches=tuple(found),
        holders=dict(sorted(holders.items())),
        forge_claimed=forge_claimed,
    )
