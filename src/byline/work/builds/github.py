"""GitHub Actions: runs, their jobs and logs.

Read are ``<owner>/<name>/runs/<id>.json`` (``{"run": …, "jobs": […]}``) with logs beside it, and
raw answers of the API wherever they stand: one run, ``{"workflow_runs": […]}``, ``{"jobs": […]}``.
One item a job; a run whose jobs are not supplied is an item itself. Keys:
``build:github:<owner>/<name>/<run>/<job>``, without the job for a run; the latter is an alias of a
run's only job.

A job's log is ``<run>/<job id>.log`` (or ``.txt``), or in the archive that the API gives for a run,
``<run>.zip`` or ``<run>/*.zip``, the text named after the job. Reports ``<run>/<job id>*.xml`` are
its tests.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
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
    whole_of,
)
from byline.work.builds.folder import Found, json_files
from byline.work.builds.logs import archived_log, log_at, reports_at
from byline.work.builds.run import FailedTest, Run, reading_of
from byline.work.items import Link, Problem, Reading, Source

ELSEWHERE: Final = re.compile(r"(?:^|/)(?:pulls|issues|comments|changes|commits)/[^/]*\.json$")
"""Files of the same export that other readers read."""


def read_github_builds(source: Source) -> Iterator[Reading]:
    """A build for each job of each run in a source; files of other kinds are passed over.

    Raises:
        InputError: The source is not there.
    """
    for one in json_files(source, but=ELSEWHERE):
        if isinstance(one, Problem):
            yield Reading(problems=(one,))
        else:
            yield from _file(source, *one)


def _file(source: Source, found: Found, value: Any) -> Iterator[Reading]:
    for run, jobs in _runs(value):
        yield from _readings(source, found, run, jobs)


def _runs(value: Any) -> Iterator[tuple[Mapping[str, Any], list[Any]]]:
    """Runs with their jobs, in any shape that the API gives them."""
    if isinstance(value, list):
        for one in value:
            yield from _runs(one)
    elif not isinstance(value, Mapping):
        return
    elif isinstance(value.get("run"), Mapping):
        yield value["run"], list_of(value, "jobs")
    elif isinstance(value.get("workflow_runs"), list):
        for run in value["workflow_runs"]:
            yield from _runs(run)
    elif "run_number" in value and "head_sha" in value:
        yield value, []
    elif isinstance(value.get("jobs"), list):
        yield {}, value["jobs"]
    elif "run_id" in value and "runner_id" in value:
        yield {}, [value]


def _readings(
    source: Source, found: Found, run: Mapping[str, Any], jobs: Sequence[Any]
) -> Iterator[Reading]:
    known = [job for job in jobs if isinstance(job, Mapping)]
    if len(known) < len(jobs):
        problem = Problem(found.name, "jobs", "bad_job", "a job is no object")
        yield Reading(problems=(problem,))
    if not known and run:
        known = [{}]
    for job in known:
        identity = identity_of(run, "id") or identity_of(job, "run_id")
        if identity is None:
            yield Reading(problems=(Problem(found.name, "", "no_id", "a run has no id"),))
            continue
        yield reading_of(_run(source, found, run, job, identity, only=len(known) == 1))


def _run(
    source: Source,
    found: Found,
    run: Mapping[str, Any],
    job: Mapping[str, Any],
    identity: str,
    *,
    only: bool,
) -> Run:
    project = text_of(mapping_of(run, "repository"), "full_name") or _project(found.name)
    job_id = identity_of(job, "id")
    whole = "build:github:" + "/".join(one for one in (project, identity) if one)
    key = f"{whole}/{job_id}" if job_id else whole
    problems: list[Problem] = []
    log = _log(found, identity, job_id, text_of(job, "name"), problems)
    name = text_of(job, "name")
    workflow = text_of(run, "name") or text_of(job, "workflow_name")
    return Run(
        system="github",
        key=key,
        file=found.name,
        title=" / ".join(one for one in (workflow, name) if one) or key,
        outcome=text_of(job, "conclusion") or text_of(run, "conclusion"),
        repository=source.repository(project or ""),
        project=project,
        commit=oid_of(job, "head_sha") or oid_of(run, "head_sha"),
        branch=_branch(run, job, project),
        job=name,
        workflow=workflow,
        attempt=whole_of(job, "run_attempt") or whole_of(run, "run_attempt") or 1,
        event=text_of(run, "event"),
        opened=_first(job, run, "started_at", "run_started_at", "created_at"),
        closed=_first(job, run, "completed_at", "updated_at"),
        infra="timeout" if "timed_out" in (job.get("conclusion"), run.get("conclusion")) else None,
        log=log,
        failed=_tests(source, found, identity, job_id, problems),
        aliases=(whole,) if only and job_id else (),
        links=_links(run, project),
        problems=problems,
    )


def _project(name: str) -> str | None:
    """The project of a file's place, ``owner/name/runs/1.json``."""
    before, _, _ = name.partition("/runs/")
    return before if before != name and before.count("/") == 1 else None


def _branch(run: Mapping[str, Any], job: Mapping[str, Any], project: str | None) -> str | None:
    branch = text_of(run, "head_branch") or text_of(job, "head_branch")
    head = text_of(mapping_of(run, "head_repository"), "full_name")
    if branch and head and project and head != project:
        return f"{head.partition('/')[0]}:{branch}"
    return branch


def _first(job: Mapping[str, Any], run: Mapping[str, Any], *names: str) -> Any:
    times = (moment(each.get(name)) for each in (job, run) for name in names)
    return next((time for time in times if time is not None), None)


def _links(run: Mapping[str, Any], project: str | None) -> list[Link]:
    if project is None:
        return []
    numbers = (identity_of(one, "number") for one in list_of(run, "pull_requests")
               if isinstance(one, Mapping))  # fmt: skip
    return [
        Link("ran_on", f"github:{project}#{number}", "pull_requests")
        for number in numbers
        if number
    ]


def _log(
    found: Found, run: str, job: str | None, name: str | None, problems: list[Problem]
) -> Excerpt | None:
    if not is_number(run) or (job is not None and not is_number(job)):
        return None  # such an id makes no file name
    folder = found.path.parent / run
    inside = job is not None and not folder.is_symlink()
    places = [folder / f"{job}{ending}" for ending in (".log", ".txt")] if inside else []
    places += [found.path.parent / f"{run}{ending}" for ending in (".log", ".txt")]
    for place in places:
        if place.is_file() and not place.is_symlink():
            return log_at(place, found.name, problems)
    for archive in _archives(found.path.parent, run):
        log = archived_log(archive, name or "", found.name, problems)
        if log is not None:
            return log
    return None


def _archives(folder: Path, run: str) -> list[Path]:
    below = folder / run
    inside = sorted(below.glob("*.zip")) if below.is_dir() and not below.is_symlink() else []
    return [
        one for one in (folder / f"{run}.zip", *inside) if one.is_file() and not one.is_symlink()
    ]


def _tests(
    source: Source, found: Found, run: str, job: str | None, problems: list[Problem]
) -> list[FailedTest]:
    if job is None or not is_number(run) or not is_number(job):
        return []
    folder = found.path.parent / run
    if folder.is_symlink() or not folder.is_dir():
        return []
    return reports_at(folder, f"{job}*.xml", found.name, source.max_bytes, problems)
