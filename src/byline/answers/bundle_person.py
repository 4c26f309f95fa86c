"""What a bundle answers by itself of one person: what the organisation knows to be their work.

Commits, files and texts are found in the workspace's mirrors with the very functions of the
stand-alone verifier, so that a person with the same history asks the same questions. Reviews,
issues and documents are not in any clone; they come from what was collected.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from byline.answers.bundle_questions import Questions
from byline.answers.identity import Identity, commits_naming
from byline.errors import InputError
from byline.proof import verify
from byline.proof.blinding import item_id
from byline.release.engineering import ToldDecided
from byline.release.inputs import Inputs
from byline.release.prepare import Decided
from byline.workspace.files import sha256_text

SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
OUTSIDER: Final = "email:"


def person_of(words: str, *, inputs: Inputs, decided: Sequence[Decided]) -> str:
    """The person's id, from it or from an address or a name that commits record for them.

    Raises:
        InputError: Nobody is known by it, or several people are.
    """
    people = inputs.directory.people
    if any(one.id == words for one in people):
        return words
    address = words.lower().removeprefix(OUTSIDER)
    found = {one.id for one in people if address in {email.lower() for email in one.emails}}
    found |= set(_recorded(words, address, decided)) if not found else set()
    if len(found) != 1:
        known = "several people are" if found else "nobody is"
        raise InputError(
            f"{known} known by {words!r}",
            advice="give the id of the roster, or email:ADDRESS for someone outside it",
        )
    return found.pop()


def _recorded(name: str, address: str, decided: Sequence[Decided]) -> Iterator[str]:
    """Whoever commits name by a name or an address."""
    for one in decided:
        for part in one.described.bylines:
            for row in part.read(["name", "email", "person"]).to_pylist():
                if row["person"] and (row["name"] == name or row["email"].lower() == address):
                    yield row["person"]


def bundle_name(person: str, size: int) -> str:
    """The file that a bundle lies in, by the person and the size of the log."""
    name = person if SAFE.fullmatch(person) else sha256_text(person)[:16]
    return f"{name}-{size}.zip"


def addresses_of(identity: Identity) -> tuple[str, ...]:
    """The addresses that count as a person's: those of the roster, and those in commits."""
    found = [*identity.emails, *(alias.email for alias in identity.aliases)]
    return tuple(sorted({one.lower() for one in found if one}))


@dataclass(frozen=True)
class Mirror:
    """The workspace's copy of a repository, at the commit that was collected.

    Attributes:
        naming: The commits that name the person who is asked about.
    """

    name: str
    commit: str
    directory: Path
    naming: frozenset[str]


def mirrors_naming(person: str, decided: Sequence[Decided], folder: Path) -> list[Mirror]:
    """The mirrors with a commit that names somebody."""
    found = []
    for one in decided:
        naming = frozenset(commits_naming(person, [one]))
        if naming:
            name = one.described.repository.name
            commit = one.described.collected.commit
            found.append(Mirror(name, commit, folder / f"{name}.git", naming))
    return found


def git_questions(addresses: Sequence[str], mirrors: Sequence[Mirror]) -> Questions:
    """What the verifier would ask of these mirrors: somebody's commits, files and texts.

    Args:
        addresses: Those that commits name the person by.
        mirrors: Where those commits are.

    Raises:
        InputError: A mirror cannot be read.
    """
    try:
        works = verify.scan([one.directory for one in mirrors], addresses)
    except verify.Unreadable as error:
        raise InputError(str(error), advice="run `byline collect` again") from error
    items: set[str] = set()
    numbers: set[int] = set()
    for mirror, work in zip(mirrors, works, strict=True):
        # A repository that was split off another has its commits, and its clone asks under both.
        names = {mirror.name, *(one.name for one in mirrors if one.commit in work.order)}
        for kind, oids in (("rev", work.commits), ("cnt", work.blobs)):
            items.update(name for oid in oids for name in verify.names_of(oid, kind, names))
        numbers.update(work.mine)
    return Questions(items=frozenset(items), fingerprints=frozenset(numbers))


def told_items(
    person: str, told: Sequence[ToldDecided], mirrors: Sequence[Mirror]
) -> Iterator[str]:
    """The ids of every review, issue, document, build and trace that a person said something in.

    Args:
        person: Their id.
        told: Everything that was read and decided.
        mirrors: Where commits name them; a passage is of those who wrote its lines.
    """
    commits = {commit for mirror in mirrors for commit in mirror.naming}
    for one in told:
        contributions = one.told.contributions.path
        rows = pq.read_table(contributions, columns=["commit"], filters=[("person", "==", person)])
        if rows.num_rows:
            spoken = commits | set(rows["commit"].to_pylist())
            yield from _ids_of_parts(one, spoken)


def _ids_of_parts(one: ToldDecided, spoken: set[str]) -> Iterator[str]:
    """The ids of the parts that somebody spoke, and of the items that those are in."""
    bucket = one.told.bucket
    items = {row["item"]: row for row in bucket.items.read(
        ["item", "system", "repository", "source", "key"]).to_pylist()}  # fmt: skip
    for row in bucket.parts.read(["part", "item", "native", "origins"]).to_pylist():
        wrote = {row["part"], *(run["commit"] for run in row["origins"] or ())}
        if wrote & spoken:
            item = items[row["item"]]
            place = {"swhid": "", "system": item["system"],
                     "repository": item["repository"] or item["source"]}  # fmt: skip
            yield item_id(**place, oid=f"{item['key']}/{row['native']}")
            yield item_id(**place, oid=item["key"])
