"""GitLab merge requests: with their discussions, versions, commits and approvals.

Read are our own layout (``{"merge_request", "discussions", "versions", "commits", "approvals"}``)
and loose answers of the API (merge requests, discussions, notes, versions, in arrays or JSON
Lines), joined by project and number. ``versions`` are the exact patchsets (``GET versions``, best
with ``GET versions/:id``, whose commits tell a push from a forced one).

``merged_commit`` is the merge commit, else the squashed one, else (fast-forward) the last head.
``approved`` is that of the approvals where somebody approved, else what the notes tell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import integer, objects, record, records, text_of, when
from byline.work.issues.references import Home
from byline.work.items import Link, Part, Patchset, Problem, Reading, Source
from byline.work.reviews.assembly import (
    Author,
    approved,
    commit_key,
    in_order,
    numbered,
    oid_of,
    once_each,
    project_of,
)
from byline.work.reviews.github_values import names
from byline.work.reviews.gitlab_loose import Loose
from byline.work.reviews.gitlab_parts import approvals_of, discussions_of, opening
from byline.work.reviews.links import Place, stated

Row = Mapping[str, Any]
STATES: Final = {"opened": "open", "locked": "open", "closed": "closed", "merged": "merged"}
ADDRESS: Final = re.compile(
    r"https?://[^/\s]+/(?P<project>[\w.-]+(?:/[\w.-]+)+)/-/merge_requests/(?P<number>\d{1,10})/?"
)
FILE: Final = re.compile(
    r"(?P<project>[\w.-]+(?:/[\w.-]+)+)/merge_requests/(?P<number>\d{1,10})(?:\.json|/.*)"
)
FULL: Final = re.compile(r"(?P<project>[\w.-]+(?:/[\w.-]+)+)!(?P<number>\d{1,10})")


def read_gitlab(source: Source) -> Iterator[Reading]:
    """The merge requests of an export: those with all their parts first, then the joined ones.

    Raises:
        InputError: There is nothing at the source's path.
    """
    seen: set[str] = set()
    with Loose() as loose:
        for one in objects(source):
            if isinstance(one, Problem):
                yield Reading(problems=(one,))
            elif isinstance(record(one.value).get("merge_request"), dict):
                yield _first(gitlab_review(one.value, source=source, file=one.file), seen)
            elif not loose.add(one):
                why = "no answer of GitLab's API that is known"
                yield Reading(problems=(Problem(one.file, one.place, "not_recognised", why),))
        for bundle, file in loose.bundles():
            if "merge_request" in bundle:
                yield _first(gitlab_review(bundle, source=source, file=file), seen)
            else:
                why = "discussions or versions of a merge request that is not in the export"
                yield Reading(problems=(Problem(file, "", "no_merge_request", why),))


def _first(reading: Reading, seen: set[str]) -> Reading:
    if reading.key in seen:
        why = f"{reading.key} was read before; the first is kept"
        return Reading(problems=(Problem(reading.file, reading.key, "duplicate_item", why),))
    if reading.key:
        seen.add(reading.key)
    return reading


def gitlab_review(bundle: Row, *, source: Source, file: str) -> Reading:
    """One merge request.

    Args:
        bundle: As in the layout above; only ``merge_request`` must be there.
        source: For the names of repositories.
        file: Where it was found.
    """
    request = record(bundle.get("merge_request"))
    project, number = _place(request, file)
    if project is None or number is None:
        why = "a merge request without project or number"
        return Reading(problems=(Problem(file, "", "no_key", why),))
    repository = source.repository(project)
    patchsets = patchsets_of(records(bundle.get("versions")), request)
    said = list(discussions_of(_discussions(bundle), numbered(patchsets)))
    parts, problems = once_each(
        [*opening(request), *said, *approvals_of(record(bundle.get("approvals")), said)], file=file
    )
    ordered = in_order(parts)
    key = f"gitlab:{project}!{number}"
    return Reading(
        kind="review",
        key=key,
        file=file,
        title=text_of(request.get("title")),
        repository=repository,
        state=STATES.get(text_of(request.get("state"))),
        opened=when(request.get("created_at")),
        closed=when(request.get("merged_at")) or when(request.get("closed_at")),
        detail=_detail(bundle, request, project, number, ordered, patchsets),
        parts=ordered,
        patchsets=patchsets,
        links=_links(bundle, request, key, repository, patchsets),
        problems=[*problems, *_lost(bundle, file=file)],
    )


def _lost(bundle: Row, *, file: str) -> Iterator[Problem]:
    """Versions that have no head, and so are no patchsets."""
    versions = records(bundle.get("versions"))
    headless = sum(oid_of(one.get("head_commit_sha")) is None for one in versions)
    if headless:
        yield Problem(file, "versions", "no_head", f"{headless} versions without a head commit")


def _discussions(bundle: Row) -> Sequence[Row]:
    """The discussions; where an export has bare notes, those that say which one they are of."""
    found = records(bundle.get("discussions"))
    if found:
        return found
    grouped: dict[str, list[Row]] = {}
    for number, one in enumerate(records(bundle.get("notes"))):
        grouped.setdefault(text_of(one.get("discussion_id")) or f"\0{number}", []).append(one)
    return [
        {"id": name.partition("\0")[0], "individual_note": name[0] == "\0", "notes": notes}
        for name, notes in grouped.items()
    ]


def _place(request: Row, file: str) -> tuple[str | None, int | None]:
    project: str | None = None
    number = integer(request.get("iid"))
    for pattern, text in (
        (FULL, text_of(record(request.get("references")).get("full"))),
        (ADDRESS, text_of(request.get("web_url"))),
        (FILE, file),
    ):
        found = pattern.fullmatch(text[:2000])
        if found and project is None:
            project, number = project_of(found["project"]), number or int(found["number"])
    return project, number if number is not None and number > 0 else None


def patchsets_of(versions: Sequence[Row], request: Row) -> tuple[Patchset, ...]:
    """The versions by id, oldest first; without any, the head that the request has now.

    A later version that holds the earlier head among its commits is a push; otherwise a rebase if
    it starts from another commit, else a forced push. Without commits it is none of these.
    """
    rows = sorted(
        (one for one in versions if oid_of(one.get("head_commit_sha"))),
        key=lambda one: (integer(one.get("id")) or 0, text_of(one.get("created_at"))),
    )
    if not rows:
        refs = record(request.get("diff_refs"))
        head = oid_of(refs.get("head_sha") or request.get("sha"))
        return (Patchset(1, head, base=oid_of(refs.get("base_sha"))),) if head else ()
    found: list[Patchset] = []
    for row in rows:
        before = found[-1] if found else None
        found.append(
            Patchset(
                number=len(found) + 1,
                head=oid_of(row.get("head_commit_sha")) or "",
                base=oid_of(row.get("base_commit_sha")),
                time=when(row.get("created_at")),
                kind=_kind(row, before),
                **_author(row).person(),
            )
        )
    return tuple(found)


def _kind(row: Row, before: Patchset | None) -> str | None:
    if before is None:
        return "initial"
    commits = {oid_of(one.get("id")) for one in records(row.get("commits"))}
    if not commits:
        return None
    if before.head in commits:
        return "push"
    return "rebase" if before.base != oid_of(row.get("base_commit_sha")) else "force_push"


def _author(row: Row) -> Author:
    """Who wrote the commit that is the head of a version."""
    head = oid_of(row.get("head_commit_sha"))
    for one in records(row.get("commits")):
        if oid_of(one.get("id")) == head:
            name, email = text_of(one.get("author_name")), text_of(one.get("author_email"))
            return Author(name=name or None, email=email or None)
    return Author()


def _merged_commit(request: Row) -> str | None:
    if request.get("state") != "merged":
        return None
    found = (oid_of(request.get(name)) for name in ("merge_commit_sha", "squash_commit_sha", "sha"))
    return next((one for one in found if one), None)


def _detail(
    bundle: Row,
    request: Row,
    project: str,
    number: int,
    parts: Sequence[Part],
    patchsets: Sequence[Patchset],
) -> dict[str, Any]:
    approvals = record(bundle.get("approvals"))
    by = records(approvals.get("approved_by"))
    votes = [(one.account, one.state) for one in parts if one.kind == "review"]
    draft = request.get("draft") is True or request.get("work_in_progress") is True
    count = text_of(request.get("changes_count"))
    changed = integer(request.get("changes_count"))
    return {
        "number": number,
        "project": project,
        "base_branch": text_of(request.get("target_branch")) or None,
        "merged_commit": _merged_commit(request),
        "merged": request.get("state") == "merged",
        "approved": bool(by) and approvals.get("approved") is not False
        if approvals
        else approved(votes),
        "labels": names(request.get("labels")),
        **({"draft": True} if draft else {}),
        **({} if changed is None or count.endswith("+") else {"changed_files": changed}),
        **({} if records(bundle.get("versions")) or not patchsets else {"versions": "unknown"}),
    }


def _links(
    bundle: Row,
    request: Row,
    key: str,
    repository: str | None,
    patchsets: Sequence[Patchset],
) -> tuple[Link, ...]:
    home = Home("gitlab", key.removeprefix("gitlab:").partition("!")[0])
    texts = [
        ("title", text_of(request.get("title"))),
        ("description", text_of(request.get("description"))),
    ]
    found = stated(texts, Place(home, repository, key))
    merged = _merged_commit(request)
    if merged is not None:
        found.append(Link("merged_as", commit_key(repository, merged), "merge_request"))
    squashed = oid_of(request.get("squash_commit_sha"))
    commits = [oid_of(one.get("id")) for one in records(bundle.get("commits"))]
    heads = dict.fromkeys([*commits, *(one.head for one in patchsets), squashed])
    return (
        *found,
        *(
            Link("contains", commit_key(repository, one), "commits")
            for one in heads
            if one and one != merged
        ),
    )
