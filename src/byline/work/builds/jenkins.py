"""Jenkins: builds and their console texts.

Read are ``<job>/<build>/build.json`` (the answer of ``…/<build>/api/json``) with ``consoleText``,
``build.log`` or ``log`` beside it; nested folders are part of the job's name. One item a build, key
``build:jenkins:<job>/<number>``. ``junitResult``-like reports ``*.xml`` beside it are its tests.

The commit is ``lastBuiltRevision`` of the git plugin (the last such action, which is the checkout
of the project itself and not of a shared library), else the parameter ``GIT_COMMIT``.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from byline.work.builds.excerpt import Excerpt
from byline.work.builds.fields import (
    identity_of,
    list_of,
    mapping_of,
    moment,
    oid_of,
    text_of,
    whole_of,
)
from byline.work.builds.folder import Found, json_files
from byline.work.builds.junit import project_of_only
from byline.work.builds.logs import log_at, reports_at
from byline.work.builds.run import Run, reading_of
from byline.work.items import Link, Problem, Reading, Source

LOGS: Final = ("consoleText", "consoleText.txt", "consoleText.log", "build.log", "log")
NUMBERED: Final = re.compile(r"^(?P<job>.+?)\s+#\d+$")
SCP: Final = re.compile(r"^[\w.-]+@[\w.-]+:(?P<path>.+)$")
GERRIT: Final = "GERRIT_CHANGE_NUMBER"


def read_jenkins_builds(source: Source) -> Iterator[Reading]:
    """A build for each ``build.json`` of a source, and for each build in raw answers of the API.

    Raises:
        InputError: The source is not there.
    """
    for one in json_files(source):
        if isinstance(one, Problem):
            yield Reading(problems=(one,))
        else:
            yield from _file(source, *one)


def _file(source: Source, found: Found, value: Any) -> Iterator[Reading]:
    builds = [value, *list_of(value, "builds")]
    for build in builds if not isinstance(value, list) else value:
        if not isinstance(build, Mapping) or "result" not in build or "number" not in build:
            continue
        number, job = whole_of(build, "number"), _job(build, found.name)
        if number is None or job is None:
            problem = Problem(found.name, "", "no_id", "a build has no job or no number")
            yield Reading(problems=(problem,))
        elif build.get("building") is not True:
            beside = found.name.endswith("build.json") and build is value
            yield reading_of(_run(source, found, build, job, number, beside=beside))


def _job(build: Mapping[str, Any], name: str) -> str | None:
    """The job's name: of the folders the file is in, else of the build's display name."""
    folders = name.split("/")[:-1]
    if len(folders) >= 2 and folders[-1] == str(build.get("number")):
        return "/".join(one for one in folders[:-1] if one != "builds")
    match = NUMBERED.match(text_of(build, "fullDisplayName") or "")
    return match["job"].replace(" » ", "/") if match is not None else None


def _run(
    source: Source,
    found: Found,
    build: Mapping[str, Any],
    job: str,
    number: int,
    *,
    beside: bool,
) -> Run:
    actions = [one for one in list_of(build, "actions") if isinstance(one, Mapping)]
    revision = [one for one in actions if mapping_of(one, "lastBuiltRevision")][-1:]
    parameters = _parameters(actions)
    project = _project(revision[0] if revision else {})
    problems: list[Problem] = []
    opened = moment(build.get("timestamp"))
    length = whole_of(build, "duration")
    closed = opened + timedelta(milliseconds=min(length, 1 << 36)) if opened and length else None
    return Run(
        system="jenkins",
        key=f"build:jenkins:{job}/{number}",
        file=found.name,
        title=text_of(build, "fullDisplayName", "displayName") or f"{job} #{number}",
        outcome=text_of(build, "result"),
        repository=source.repository(project or "") or project_of_only(source),
        project=project,
        commit=_commit(revision, parameters),
        branch=_branch(revision, parameters),
        job=job,
        event=_cause(actions),
        opened=opened,
        closed=closed,
        log=_log(found, problems) if beside else None,
        failed=reports_at(found.path.parent, "*.xml", found.name, source.max_bytes, problems)
        if beside
        else (),
        links=_links(parameters),
        problems=problems,
    )


def _parameters(actions: list[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for action in actions:
        for one in list_of(action, "parameters"):
            name = text_of(one, "name") if isinstance(one, Mapping) else None
            value = identity_of(one, "value") if name else None
            if name and value:
                found[name] = value
    return found


def _commit(revision: list[Mapping[str, Any]], parameters: Mapping[str, str]) -> str | None:
    for one in revision:
        commit = oid_of(mapping_of(one, "lastBuiltRevision"), "SHA1")
        if commit is not None:
            return commit
    return oid_of(parameters, "GIT_COMMIT", "GERRIT_PATCHSET_REVISION", "ghprbActualCommit")


def _branch(revision: list[Mapping[str, Any]], parameters: Mapping[str, str]) -> str | None:
    for one in revision:
        for branch in list_of(mapping_of(one, "lastBuiltRevision"), "branch"):
            name = text_of(branch, "name") if isinstance(branch, Mapping) else None
            if name and name != "detached":
                return re.sub(r"^(?:refs/remotes/)?origin/", "", name)
    return parameters.get("BRANCH_NAME") or parameters.get("GERRIT_BRANCH")


def _project(revision: Mapping[str, Any]) -> str | None:
    """The path of the project's address, without host and ``.git``."""
    address = next((one for one in list_of(revision, "remoteUrls") if isinstance(one, str)), "")
    match = SCP.match(address)
    try:
        path = match["path"] if match else urlsplit(address).path
    except ValueError:
        return None
    return path.strip("/").removesuffix(".git") or None


def _cause(actions: list[Mapping[str, Any]]) -> str | None:
    for action in actions:
        for one in list_of(action, "causes"):
            if isinstance(one, Mapping):
                kind = text_of(one, "_class")
                return kind.rpartition(".")[2] if kind else None
    return None


def _links(parameters: Mapping[str, str]) -> list[Link]:
    project, number = parameters.get("GERRIT_PROJECT"), parameters.get(GERRIT)
    return [Link("ran_on", f"gerrit:{project}~{number}", GERRIT)] if project and number else []


def _log(found: Found, problems: list[Problem]) -> Excerpt | None:
    for name in LOGS:
        place = found.path.with_name(name)
        if place.is_file() and not place.is_symlink():
            return log_at(place, found.name, problems)
    return None
