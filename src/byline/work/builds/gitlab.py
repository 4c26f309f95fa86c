"""GitLab: jobs and their traces.

Read are ``<group>/<name>/jobs/<id>.json`` (the answer of ``GET /projects/:id/jobs/:job_id``) with
``<id>.log`` beside it, and lists of jobs wherever they stand. One item a job, key
``build:gitlab:<id>``. Section markers, timestamps and colours of traces are taken out by
`byline.work.builds.log_text`. Reports ``<id>*.xml`` are the job's tests.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from byline.work.builds.excerpt import Excerpt
from byline.work.builds.fields import (
    identity_of,
    is_number,
    list_of,
    mapping_of,
    moment,
    oid_of,
    text_of,
)
from byline.work.builds.folder import Found, json_files
from byline.work.builds.logs import log_at, reports_at
from byline.work.builds.run import FailedTest, Run, reading_of
from byline.work.items import Link, Problem, Reading, Source

ELSEWHERE: Final = re.compile(r"(?:^|/)(?:merge_requests|issues)/[^/]*\.json$")
REVIEW: Final = re.compile(r"^refs/merge-requests/(\d{1,12})/(?:head|merge|train)$")
INFRASTRUCTURE: Final[Mapping[str, str]] = {
    "stuck_or_timeout_failure": "timeout",
    "job_execution_timeout": "timeout",
    "runner_system_failure": "runner_lost",
    "runner_unsupported": "runner_lost",
    "scheduler_failure": "runner_lost",
    "stale_schedule": "runner_lost",
    "data_integrity_failure": "runner_lost",
    "api_failure": "network",
    "archived_failure": "runner_lost",
}
"""``failure_reason`` of a job, where it is no failure of the script."""


def read_gitlab_builds(source: Source) -> Iterator[Reading]:
    """A build for each job in a source; files of other kinds are passed over.

    Raises:
        InputError: The source is not there.
    """
    for one in json_files(source, but=ELSEWHERE):
        if isinstance(one, Problem):
            yield Reading(problems=(one,))
        else:
            yield from _file(source, *one)


def _file(source: Source, found: Found, value: Any) -> Iterator[Reading]:
    for job in _jobs(value):
        identity = identity_of(job, "id")
        if identity is None:
            yield Reading(problems=(Problem(found.name, "", "no_id", "a job has no id"),))
        else:
            yield reading_of(_run(source, found, job, identity))


def _jobs(value: Any) -> Iterator[Mapping[str, Any]]:
    many = value if isinstance(value, list) else [value, *list_of(value, "jobs")]
    for one in many:
        if isinstance(one, Mapping) and isinstance(one.get("job"), Mapping):
            yield one["job"]
        elif isinstance(one, Mapping) and "stage" in one and "status" in one:
            yield one


def _run(source: Source, found: Found, job: Mapping[str, Any], identity: str) -> Run:
    pipeline = mapping_of(job, "pipeline")
    project = text_of(mapping_of(job, "project"), "path_with_namespace") or _project(found.name)
    reference = text_of(job, "ref") or text_of(pipeline, "ref")
    problems: list[Problem] = []
    log = _log(found, identity, problems)
    name = text_of(job, "name")
    return Run(
        system="gitlab",
        key=f"build:gitlab:{identity}",
        file=found.name,
        title=" / ".join(one for one in (text_of(job, "stage"), name) if one) or identity,
        outcome=text_of(job, "status"),
        repository=source.repository(project or ""),
        project=project,
        commit=oid_of(mapping_of(job, "commit"), "id") or oid_of(pipeline, "sha"),
        branch=reference,
        job=name,
        workflow=text_of(job, "stage"),
        event=text_of(pipeline, "source"),
        opened=moment(job.get("started_at")) or moment(job.get("created_at")),
        closed=moment(job.get("finished_at")),
        infra=INFRASTRUCTURE.get(text_of(job, "failure_reason") or ""),
        log=log,
        failed=_tests(source, found, identity, problems),
        links=_links(reference, project),
        problems=problems,
    )


def _project(name: str) -> str | None:
    before, _, _ = name.rpartition("/jobs/")
    return before or None


def _links(reference: str | None, project: str | None) -> list[Link]:
    match = REVIEW.match(reference or "")
    if match is None or project is None:
        return []
    return [Link("ran_on", f"gitlab:{project}!{match[1]}", "ref")]


def _log(found: Found, identity: str, problems: list[Problem]) -> Excerpt | None:
    if not is_number(identity):
        return None  # such an id makes no file name
    for ending in (".log", ".txt", ".trace"):
        place = found.path.with_name(f"{identity}{ending}")
        if place.is_file() and not place.is_symlink():
            return log_at(place, found.name, problems)
    return None


def _tests(
    source: Source, found: Found, identity: str, problems: list[Problem]
) -> list[FailedTest]:
    if not is_number(identity):
        return []
    pattern = f"{identity}*.xml"
    return reports_at(found.path.parent, pattern, found.name, source.max_bytes, problems)
