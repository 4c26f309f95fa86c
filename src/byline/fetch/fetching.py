"""Fetching a project of a live server into the folder of an export: the public face.

A run lists what changed since the run before, gets each item, writes its files aside and renames
them, and notes it; whatever moment it is killed at, the next run goes on from there. An answer that
cannot be taken costs its item only: it is counted, and asked for again next time. Items that the
server no longer shows (404, 410, 451) are counted as gone, and not asked for again.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from byline.errors import UsageError
from byline.fetch import github, gitlab
from byline.fetch.client import Client
from byline.fetch.connecting import Credentials
from byline.fetch.contract import Connector
from byline.fetch.gerrit import Gerrit
from byline.fetch.limits import Limits
from byline.fetch.running import Failure, Report, Run
from byline.fetch.state import State
from byline.workspace.lock import writing

SYSTEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "github": ("pulls", "issues", "runs"),
    "gitlab": ("merge_requests", "issues", "jobs"),
    "gerrit": ("changes",),
}
DEFAULT_URLS: Final = {"github": github.PUBLIC, "gitlab": "https://gitlab.com"}


@dataclass(frozen=True)
class Fetched:
    """What a run did.

    Attributes:
        counts: Of each kind: fetched | unchanged | pending | older | failed | gone, and of how
            many items.
        files: How many files were written.
        requests: How many requests were made.
        failures: The items that failed, at most `MOST_FAILURES` of them.
        complete: Nothing failed, and nothing was left for the next run.
        notes: What is missing in files that were written, and in how many.
    """

    counts: Mapping[str, Mapping[str, int]]
    files: int
    requests: int
    failures: Sequence[Failure] = ()
    complete: bool = True
    notes: Mapping[str, int] = field(default_factory=dict)


def fetch(
    system: str,
    url: str | None,
    project: str,
    *,
    into: Path,
    token_variable: str | None = None,
    since: datetime | None = None,
    kinds: Sequence[str] = (),
    progress: Report = lambda _done, _total, _text: None,
    limits: Limits | None = None,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch a project's items that changed since the last run into a folder.

    Args:
        system: github | gitlab | gerrit.
        url: The server's address; None: the public one of the system.
        project: ``owner/name``, ``group/name``, or Gerrit's name.
        into: The folder; its layout is what the readers of the system read.
        token_variable: The environment variable that holds the token (Gerrit: ``user:password``).
        since: Nothing that last changed before it is fetched in the first run.
        kinds: Which kinds; none given: all of the system.
        progress: Told of each item: how many are done, how many are known of, and what.
        limits: Bounds.
        now: The time; given by tests.
        sleep: Waits; given by tests.

    Raises:
        UsageError: The call is wrong, the variable is empty, or the token is not accepted.
        RefusalError: The list of no kind can be taken.
        StoppedError: The server does not answer any more; the next run goes on.
        RefusedError: Another run writes there.
    """
    chosen = _kinds(system, kinds)
    address = url or DEFAULT_URLS.get(system)
    if address is None:
        raise UsageError(f"{system} has no public server", advice="give its address with --url")
    token = _token(token_variable)
    client, connector = _connector(system, address, project, token, limits, now, sleep)
    state = State(into, system=system, url=client.base, project=project)
    run = Run(connector, state, into, progress, limits or Limits())
    try:
        with writing(state.lock):
            state.load()
            run.kinds(chosen, since)
    finally:
        client.close()
    return Fetched(
        {kind: dict(run.counts[kind]) for kind in chosen},
        run.files,
        client.requests,
        tuple(run.failures),
        run.complete,
        dict(connector.notes),
    )


def _kinds(system: str, kinds: Sequence[str]) -> Sequence[str]:
    if system not in SYSTEMS:
        raise UsageError(f"{system!r} is no system", advice=f"one of {', '.join(SYSTEMS)}")
    for kind in kinds:
        if kind not in SYSTEMS[system]:
            raise UsageError(
                f"{system} has no kind {kind!r}", advice=f"one of {', '.join(SYSTEMS[system])}"
            )
    return kinds or SYSTEMS[system]


def _token(variable: str | None) -> str:
    if variable is None:
        return ""
    token = os.environ.get(variable, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise UsageError(
            f"the environment variable {variable} holds no token",
            advice=f"export {variable}=… in the shell, or leave --token-variable out",
        )
    return token


def _connector(
    system: str,
    url: str,
    project: str,
    token: str,
    limits: Limits | None,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> tuple[Client, Connector]:
    schemes = {"github": "bearer", "gitlab": "private", "gerrit": "basic"}
    base = {"github": github.api_of, "gitlab": gitlab.api_of}.get(system, str)(url)
    client = Client(
        base,
        credentials=Credentials(token, schemes[system]),
        headers=github.HEADERS if system == "github" else {},
        limits=limits,
        now=now,
        sleep=sleep,
    )
    if system == "github":
        return client, github.GitHub(client, project, threads=bool(token))
    if system == "gitlab":
        return client, gitlab.GitLab(client, project)
    return client, Gerrit(client, project, signed_in=bool(token))
