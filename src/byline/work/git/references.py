"""The refs of a supplied repository: branches, tags, and the reviews that forges hide.

GitHub and those like it keep ``refs/pull/N/head`` and ``/merge``, GitLab
``refs/merge-requests/N/head`` and ``refs/keep-around/<id>``, Gerrit ``refs/changes/XX/N/PATCHSET``
and ``/meta``. Names are data: only these shapes are taken for reviews.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from byline.work.git.command import run
from byline.work.identifiers import swhid
from byline.work.schema import REFERENCES

MAX_REFERENCES = 200_000  # of one repository; the rest is counted
NUMBER = r"[1-9][0-9]{0,17}"
REVIEWS = (
    ("github", re.compile(rf"refs/pull/(?P<number>{NUMBER})/(?P<part>head|merge)\Z")),
    ("gitlab", re.compile(rf"refs/merge-requests/(?P<number>{NUMBER})/(?P<part>head|merge)\Z")),
    ("gitlab", re.compile(r"refs/keep-around/(?P<kept>[0-9a-f]{40}|[0-9a-f]{64})\Z")),
    (
        "gerrit",
        re.compile(
            rf"refs/changes/[0-9]{{2}}/(?P<number>{NUMBER})/"
            r"(?:(?P<patchset>[1-9][0-9]{0,8})|(?P<part>meta))\Z"
        ),
    ),
)
NOTES = re.compile(r"refs/notes/(?!.*(?:\.\.|\.lock(?:/|\Z)|\.(?:/|\Z)))"
                   r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\Z")  # fmt: skip
BYLINE_NOTES, BYLINE_REVIEWS = "refs/byline/notes/", "refs/byline/reviews/"


@dataclass(frozen=True)
class Reference:
    """One ref that leads to a commit."""

    name: str
    kind: str
    forge: str | None
    number: int | None
    patchset: int | None
    commit: str


def is_review(name: str) -> bool:
    """Whether a ref is one that a forge keeps for a review."""
    return any(pattern.match(name) for _, pattern in REVIEWS)


def is_notes(name: str) -> bool:
    """Whether a ref holds git notes, under a name that is safe to keep."""
    return len(name) <= 200 and NOTES.match(name) is not None


def references(window: Path, refs: Mapping[str, str]) -> tuple[list[Reference], dict[str, int]]:
    """The refs that lead to a commit, by name, and how many do not count, by reason."""
    names = sorted(name for name in refs if not is_notes(name))
    left_out = {"over_limit": max(0, len(names) - MAX_REFERENCES)}
    commits = peeled(window, {refs[name] for name in names[:MAX_REFERENCES]})
    found = [
        _reference(name, commits[refs[name]])
        for name in names[:MAX_REFERENCES]
        if refs[name] in commits
    ]
    left_out["no_commit"] = min(len(names), MAX_REFERENCES) - len(found)
    return found, {reason: count for reason, count in left_out.items() if count}


def peeled(window: Path, oids: set[str]) -> dict[str, str]:
    """The commit that each object is or, through tags, names; others are left out."""
    asked = sorted(oids)
    answer = run(
        window, "cat-file", "--batch-check=%(objectname)", "--buffer",
        stdin="".join(f"{oid}^{{commit}}\n" for oid in asked).encode("ascii"),
    )  # fmt: skip
    lines = answer.decode("ascii").splitlines()
    pairs = zip(asked, lines, strict=True)
    return {oid: line for oid, line in pairs if re.fullmatch(r"[0-9a-f]+", line)}


def _reference(name: str, commit: str) -> Reference:
    for forge, pattern in REVIEWS:
        match = pattern.match(name)
        if match:
            parts = match.groupdict()
            number, patchset = parts.get("number"), parts.get("patchset")
            return Reference(
                name, "review", forge, int(number) if number else None,
                int(patchset) if patchset else None, commit,
            )  # fmt: skip
    kind = "tag" if name.startswith("refs/tags/") else "branch"
    return Reference(name, kind, None, None, None, commit)


def proposed(found: list[Reference]) -> dict[str, str]:
    """What is copied of the reviews: ours by name, and the commit.

    The merges that a forge tries by itself, and Gerrit's own records (``meta``), are no proposals.
    """
    return {
        BYLINE_REVIEWS + one.name.removeprefix("refs/"): one.commit
        for one in found
        if one.kind == "review" and not one.name.endswith(("/merge", "/meta"))
    }


def table(repository: str, found: list[Reference]) -> pa.Table:
    """`REFERENCES` of a repository, by name."""
    rows = [
        {
            "repository": repository,
            "name": one.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"),
            "kind": one.kind,
            "forge": one.forge,
            "number": one.number,
            "patchset": one.patchset,
            "commit": one.commit,
            "swhid": swhid("rev", one.commit),
        }
        for one in found
    ]
    return pa.Table.from_pylist(rows, schema=REFERENCES)
