"""GitHub pull requests, from REST and GraphQL answers.

Read are our own layout (``{"pull", "reviews", "comments", "issue_comments", "commits", "files",
"timeline", "threads"}``, one file a pull request), GraphQL answers with ``pullRequest`` or
``pullRequests``, what ``gh pr view --json`` prints, and loose answers of the REST API (arrays or
JSON Lines of pulls, reviews, comments, …) that are joined by project and number; see
`byline.work.reviews.github_loose`. Issues and runs of the same export are for other readers.

``merged_commit`` is ``merge_commit_sha`` of a merged pull request only: of an open one that is a
trial merge. ``approved`` follows GitHub's ``reviewDecision``, from the reviews where it is absent.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from byline.work.exports import Document, integer, objects, record, records, text_of, when
from byline.work.issues.references import Home
from byline.work.items import Link, Part, Problem, Reading, Source
from byline.work.reviews.assembly import approved, commit_key, in_order, numbered, oid_of, once_each
from byline.work.reviews.github_graphql import bundles_of
from byline.work.reviews.github_loose import Loose
from byline.work.reviews.github_parts import (
    comments_of,
    events_of,
    inline_of,
    opening,
    reviews_of,
    threads_of,
)
from byline.work.reviews.github_patchsets import patchsets_of
from byline.work.reviews.github_runs import Runs, runs_of
from byline.work.reviews.github_values import author_of, names, place_in_file, place_of, rows
from byline.work.reviews.links import Place, stated

Row = Mapping[str, Any]
NO_RUNS: Final = Runs()


def read_github(source: Source) -> Iterator[Reading]:
    """The pull requests of an export: those with all their parts first, then the joined ones.

    Raises:
        InputError: There is nothing at the source's path.
    """
    seen: set[str] = set()
    runs = runs_of(source)
    with Loose() as loose:
        for one in objects(source):
            if isinstance(one, Problem):
                yield Reading(problems=(one,))
                continue
            bundles = _bundles(one)
            if not bundles and not loose.add(one):
                why = "no answer of GitHub's API that is known"
                yield Reading(problems=(Problem(one.file, one.place, "not_recognised", why),))
            for bundle in bundles:
                yield _first(github_review(bundle, source=source, file=one.file, runs=runs), seen)
        for bundle, file in loose.bundles():
            if bundle.get("pull"):
                yield _first(github_review(bundle, source=source, file=file, runs=runs), seen)
            else:
                why = "comments or reviews of a pull request that is not in the export"
                yield Reading(problems=(Problem(file, "", "no_pull_request", why),))


def _bundles(one: Document) -> list[Row]:
    value = record(one.value)
    return [value] if isinstance(value.get("pull"), dict) else bundles_of(value)


def _first(reading: Reading, seen: set[str]) -> Reading:
    """A reading, or only a problem where its key was read before."""
    if reading.key in seen:
        why = f"{reading.key} was read before; the first is kept"
        return Reading(problems=(Problem(reading.file, reading.key, "duplicate_item", why),))
    if reading.key:
        seen.add(reading.key)
    return reading


def github_review(bundle: Row, *, source: Source, file: str, runs: Runs = NO_RUNS) -> Reading:
    """One pull request.

    Args:
        bundle: As in the layout above; only ``pull`` must be there.
        source: For the names of repositories.
        file: Where it was found.
        runs: What was built, which proves states.
    """
    pull = record(bundle.get("pull"))
    project, number = place_of(pull)
    in_file = place_in_file(file)
    project, number = project or in_file[0], number or in_file[1]
    if project is None or number is None:
        why = "a pull request without project or number"
        return Reading(problems=(Problem(file, "", "no_key", why),))
    timeline = rows(bundle, "timeline")
    reviews = rows(bundle, "reviews") or _events(timeline, "reviewed")
    comments = rows(bundle, "comments", "review_comments") or _line_comments(timeline)
    commits = _commits(bundle) or _events(timeline, "committed")
    patchsets = patchsets_of(
        pull,
        reviews=reviews,
        comments=comments,
        commits=commits,
        timeline=timeline,
        runs=runs.of(pull, project=project, number=number),
    )
    numbers = numbered(patchsets)
    said = rows(bundle, "issue_comments") or _events(timeline, "commented")
    parts, problems = once_each(
        [
            *opening(pull),
            *comments_of(said),
            *reviews_of(reviews, numbers),
            *inline_of(comments, numbers, threads_of(records(bundle.get("threads")))),
            *events_of(timeline, pull),
        ],
        file=file,
    )
    key = f"github:{project}#{number}"
    return Reading(
        kind="review",
        key=key,
        file=file,
        title=text_of(pull.get("title")),
        repository=source.repository(project),
        state=_state(pull),
        opened=when(pull.get("created_at")),
        closed=when(pull.get("merged_at") or pull.get("closed_at")),
        detail=_detail(bundle, pull, project, number, in_order(parts)),
        parts=in_order(parts),
        patchsets=patchsets,
        links=_links(bundle, pull, key, source.repository(project), commits),
        problems=problems,
    )


def _events(timeline: Sequence[Row], name: str) -> list[Row]:
    return [one for one in timeline if one.get("event") == name]


def _line_comments(timeline: Sequence[Row]) -> list[Row]:
    held = (records(one.get("comments")) for one in _events(timeline, "line-commented"))
    return [one for comments in held for one in comments]


def _commits(bundle: Row) -> list[Row]:
    """The commits, which some exports give as bare ids."""
    value = bundle.get("commits")
    listed = value if isinstance(value, list) else []
    return [{"sha": one} if isinstance(one, str) else record(one) for one in listed]


def _merged(pull: Row) -> bool:
    return pull.get("merged") is True or bool(pull.get("merged_at"))


def _state(pull: Row) -> str | None:
    if _merged(pull):
        return "merged"
    state = text_of(pull.get("state")).lower()
    return state if state in ("open", "closed", "merged") else None


def _detail(
    bundle: Row, pull: Row, project: str, number: int, parts: Sequence[Part]
) -> dict[str, Any]:
    decision = text_of(pull.get("review_decision"))
    opener = author_of(pull.get("user")).account
    votes = [
        (one.account, one.state)
        for one in parts
        if one.kind == "review" and (one.account is None or one.account != opener)
    ]
    changed = integer(pull.get("changed_files"))
    if changed is None and isinstance(bundle.get("files"), list):
        changed = len(bundle["files"])
    return {
        "number": number,
        "project": project,
        "base_branch": text_of(record(pull.get("base")).get("ref")) or None,
        "merged_commit": oid_of(pull.get("merge_commit_sha")) if _merged(pull) else None,
        "merged": _merged(pull),
        "approved": decision == "APPROVED" if decision else approved(votes),
        "labels": names(pull.get("labels")),
        **({"draft": True} if pull.get("draft") is True else {}),
        **({} if changed is None else {"changed_files": changed}),
    }


def _links(
    bundle: Row, pull: Row, key: str, repository: str | None, commits: Sequence[Row]
) -> tuple[Link, ...]:
    home = Home("github", key.removeprefix("github:").partition("#")[0])
    texts = [("title", text_of(pull.get("title"))), ("description", text_of(pull.get("body")))]
    found = stated(texts, Place(home, repository, key))
    for one in records(bundle.get("closing_issues")):
        project, number = place_of(one)
        target = f"github:{project or home.project}#{number}"
        if number is not None and not any(
            link.target == target and link.kind in ("closes", "fixes") for link in found
        ):
            found.append(Link("closes", target, "closingIssuesReferences"))
    merged = oid_of(pull.get("merge_commit_sha"))
    if merged and _merged(pull):
        found.append(Link("merged_as", commit_key(repository, merged), "merge_commit_sha"))
    heads = dict.fromkeys(oid_of(one.get("sha") or one.get("oid")) for one in commits)
    return (
        *found,
        *(Link("contains", commit_key(repository, one), "commits") for one in heads if one),
    )
