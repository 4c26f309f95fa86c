"""Phabricator (and Phorge) revisions, from answers of its Conduit API.

Read are ``differential.revision.search``, ``differential.diff.search``, ``transaction.search``,
and, where the export has them, ``user.search``, ``diffusion.repository.search`` and
``diffusion.commit.search``: in any files, as answers (``{"result": {"data": […]}}``) or as their
rows. They are joined by PHID; who has no user name in the export is named by PHID.

A diff's number among the diffs of its revision is its patchset's. Its head is the commit that
``arc`` sent with it (``attachments.commits``, asked for with ``attachments[commits]``); a diff
without one is counted as a problem ``no_head``, and keeps its number.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import Document, integer, objects, record, records, text_of, when
from byline.work.issues.references import Home
from byline.work.items import Link, Part, Patchset, Problem, Reading, Source
from byline.work.reviews.assembly import (
    Author,
    approved,
    commit_key,
    in_order,
    oid_of,
    once_each,
    project_of,
)
from byline.work.reviews.links import Place, stated
from byline.work.reviews.phabricator_parts import People, opening, transactions_of
from byline.work.spool import Spool

Row = Mapping[str, Any]
REVISION: Final = "revision"
DIFF: Final = "diff"
TRANSACTION: Final = "transaction"
OTHER: Final = "other"  # users, repositories and commits: one row each, by PHID
STATES: Final = {"published": "merged", "abandoned": "abandoned", "closed": "merged"}


def read_phabricator(source: Source) -> Iterator[Reading]:
    """The revisions of an export, in order of their number.

    Raises:
        InputError: There is nothing at the source's path.
    """
    with Spool() as spool, Spool() as order:
        for one in objects(source):
            problems = [one] if isinstance(one, Problem) else list(_keep(one, spool, order))
            if problems:
                yield Reading(problems=problems)
        people = People(_users(spool))
        seen: set[str] = set()
        for key in order.keys():  # noqa: SIM118
            for _, revision, file in order.rows(key):
                reading = _read(revision, spool, people, source=source, file=file)
                if reading.key in seen:
                    why = "this revision was read before; the first is kept"
                    problem = Problem(file, reading.key, "duplicate_item", why)
                    reading = Reading(problems=(problem,))
                seen.add(reading.key)
                yield reading


def rows_of(value: Row) -> list[Row]:
    """The rows of an answer, or the row that an object is itself."""
    for held in (value, record(value.get("result")), record(value.get("response"))):
        if isinstance(held.get("data"), list):
            return list(records(held["data"]))
    return [value] if text_of(value.get("phid")) else []


def _keep(one: Document, spool: Spool, order: Spool) -> Iterator[Problem]:
    value = record(one.value)
    rows = rows_of(value)
    answer = "result" in value or "data" in value or "response" in value
    if not rows and not answer:
        yield Problem(one.file, one.place, "not_recognised", "no answer of Conduit's searches")
    if value.get("error_code"):
        yield Problem(one.file, one.place, "failed_answer", text_of(value.get("error_info"))[:200])
    for row in rows:
        phid, fields = text_of(row.get("phid")), record(row.get("fields"))
        if phid.startswith("PHID-DREV-"):
            order.add(f"{integer(row.get('id')) or 0:012}", REVISION, row, file=one.file)
        elif phid.startswith("PHID-DIFF-"):
            spool.add(text_of(fields.get("revisionPHID")), DIFF, row, file=one.file)
        elif phid.startswith("PHID-XACT-"):
            spool.add(text_of(row.get("objectPHID")), TRANSACTION, row, file=one.file)
        elif phid.startswith("PHID-USER-"):
            spool.add("users", OTHER, row, file=one.file)
        else:
            spool.add(phid, OTHER, row, file=one.file)


def _users(spool: Spool) -> dict[str, Author]:
    found = {}
    for _, row, _ in spool.rows("users"):
        fields = record(row.get("fields"))
        roles = fields.get("roles")
        bot = isinstance(roles, list) and "bot" in roles
        found[text_of(row.get("phid"))] = Author(
            account=text_of(fields.get("username")) or text_of(row.get("phid")),
            name=text_of(fields.get("realName")) or None,
            origin="bot" if bot else None,
        )
    return found


def _fields_of(spool: Spool, phid: str) -> Row:
    rows = spool.rows(phid, kind=OTHER) if phid else []
    return record(rows[0][1].get("fields")) if rows else {}


def _read(revision: Row, spool: Spool, people: People, *, source: Source, file: str) -> Reading:
    phid = text_of(revision.get("phid"))
    transactions = [row for _, row, _ in spool.rows(phid, kind=TRANSACTION)]
    commits = [
        found
        for one in transactions
        for commit in _commit_ids(one)
        if (found := oid_of(_fields_of(spool, commit).get("identifier")))
    ]
    repository = _fields_of(spool, text_of(record(revision.get("fields")).get("repositoryPHID")))
    return phabricator_review(
        {
            "revision": revision,
            "diffs": [row for _, row, _ in spool.rows(phid, kind=DIFF)],
            "transactions": transactions,
            "repository": repository,
            "merged_commits": commits,
        },
        people=people,
        source=source,
        file=file,
    )


def _commit_ids(transaction: Row) -> list[str]:
    if transaction.get("type") != "close":
        return []
    listed = record(transaction.get("fields")).get("commitPHIDs")
    return [text_of(one) for one in listed] if isinstance(listed, list) else []


def phabricator_review(bundle: Row, *, people: People, source: Source, file: str) -> Reading:
    """One revision.

    Args:
        bundle: ``revision``, ``diffs`` and ``transactions`` as their searches answer,
            ``repository`` (fields of one) and ``merged_commits`` (ids).
        people: Who the PHIDs of users are.
        source: For the names of repositories.
        file: Where it was found.
    """
    revision = record(bundle.get("revision"))
    number, fields = integer(revision.get("id")), record(revision.get("fields"))
    if number is None or number < 1:
        return Reading(problems=(Problem(file, "", "no_key", "a revision without number"),))
    project, repository = _repository(bundle, fields, source)
    diffs = _diffs(records(bundle.get("diffs")))
    patchsets, problems = _patchsets(diffs, people, file=file)
    numbers = {
        text_of(name): place
        for place, one in enumerate(diffs, start=1)
        for name in (one.get("phid"), str(one.get("id")))
    }
    events = records(bundle.get("transactions"))
    parts, doubled = once_each(
        [*opening(revision, people), *transactions_of(events, people, numbers, diffs)], file=file
    )
    ordered = in_order(parts)
    key = f"phabricator:D{number}"
    state = text_of(record(fields.get("status")).get("value"))
    merged = [one for one in map(oid_of, _texts(bundle.get("merged_commits"))) if one]
    closed = [one.time for one in ordered if one.state in ("closed", "abandoned") and one.time]
    return Reading(
        kind="review",
        key=key,
        file=file,
        title=text_of(fields.get("title")),
        repository=repository,
        state=STATES.get(state, "open") if state else None,
        opened=when(fields.get("dateCreated")),
        closed=closed[-1] if closed and state in STATES else None,
        detail={
            "number": number,
            "project": project,
            "base_branch": _branch(diffs),
            "merged_commit": merged[-1] if merged and STATES.get(state) == "merged" else None,
            "merged": STATES.get(state) == "merged",
            "approved": _approved(revision, ordered),
            "labels": [],
            **({"draft": True} if fields.get("isDraft") is True else {}),
        },
        parts=ordered,
        patchsets=patchsets,
        links=_links(ordered, key, repository, patchsets, merged),
        problems=[*problems, *doubled],
    )


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _repository(bundle: Row, fields: Row, source: Source) -> tuple[str | None, str | None]:
    """What the repository is called there, and as configured: short name, callsign, name, PHID."""
    known = record(bundle.get("repository"))
    called = [text_of(known.get(name)) for name in ("shortName", "callsign", "name")]
    called = [one for one in [*called, text_of(fields.get("repositoryPHID"))] if one]
    configured = next((one for one in called if source.repository(one)), None)
    project = configured or next((one for one in called if project_of(one)), None)
    return project, source.repository(configured) if configured else None


def _diffs(rows: Sequence[Row]) -> list[Row]:
    """The diffs by number, each once."""
    found = {integer(one.get("id")) or 0: one for one in reversed(rows)}
    return [found[number] for number in sorted(found) if number > 0]


def _patchsets(
    diffs: Sequence[Row], people: People, *, file: str
) -> tuple[tuple[Patchset, ...], list[Problem]]:
    found, problems = [], []
    for number, one in enumerate(diffs, start=1):
        fields = record(one.get("fields"))
        head, parent = _head(one)
        if head is None:
            why = "a diff without its commit: ask for attachments[commits]"
            problems.append(Problem(file, f"diff {one.get('id')}", "no_head", why))
            continue
        base = [
            oid_of(ref.get("identifier"))
            for ref in records(fields.get("refs"))
            if ref.get("type") == "base"
        ]
        found.append(
            Patchset(
                number=number,
                head=head,
                base=next((ref for ref in base if ref), parent),
                time=when(fields.get("dateCreated")),
                kind="initial" if number == 1 else "push",
                **people.author(fields.get("authorPHID")).person(),
            )
        )
    return tuple(found), problems


def _head(diff: Row) -> tuple[str | None, str | None]:
    """The commit that is no other's parent, and the commit that all of them start from."""
    attached = record(record(diff.get("attachments")).get("commits")).get("commits")
    parents = {
        oid: [oid_of(parent) for parent in _texts(one.get("parents"))]
        for one in records(attached)
        if (oid := oid_of(one.get("identifier")))
    }
    inner = {parent for held in parents.values() for parent in held}
    heads = [one for one in parents if one not in inner]
    outer = [one for one in inner if one and one not in parents]
    return (heads[0] if len(heads) == 1 else None), (outer[0] if len(outer) == 1 else None)


def _branch(diffs: Sequence[Row]) -> str | None:
    """The branch that the last diff says it is for (``onto``)."""
    for one in reversed(diffs):
        for ref in records(record(one.get("fields")).get("refs")):
            if ref.get("type") == "onto" and text_of(ref.get("name")):
                return text_of(ref["name"])
    return None


def _approved(revision: Row, parts: Sequence[Part]) -> bool:
    attached = record(record(revision.get("attachments")).get("reviewers")).get("reviewers")
    states = [text_of(one.get("status")) for one in records(attached)]
    if states:
        return "accepted" in states and "rejected" not in states
    return approved((one.account, one.state) for one in parts if one.kind == "review")


def _links(
    parts: Sequence[Part],
    key: str,
    repository: str | None,
    patchsets: Sequence[Patchset],
    merged: Sequence[str],
) -> tuple[Link, ...]:
    texts = [(one.native, one.text) for one in parts if one.kind in ("title", "description")]
    found = stated(texts, Place(Home("phabricator"), repository, key))
    found += [
        Link("merged_as", commit_key(repository, one), "close transaction")
        for one in dict.fromkeys(merged)
    ]
    found += [
        Link("contains", commit_key(repository, one.head), f"diff {one.number}")
        for one in patchsets
        if one.head not in merged
    ]
    return tuple(found)
