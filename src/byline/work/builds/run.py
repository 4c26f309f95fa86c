"""One run of one job, whatever system ran it, and the `Reading` that it becomes.

``detail`` of a build:

================  =================================================================================
``system``        ``github``, ``gitlab``, ``jenkins`` or ``junit``
``commit``        full id of the commit that it ran on, or null
``branch``        the branch, with its owner before it for a fork (``owner:branch``), or null
``review``        key of the review that it ran for, where the run says so, or null
``job``           the job's name; ``workflow`` what it belongs to; both or null
``attempt``       1 for the first try
``event``         why it ran, as the system calls it, or null
``minutes``       how long it ran, or null
``tool``          whose error the log begins with, such as ``pytest``, or null
``failed_tests``  names of failed tests, at most 50
``named_paths``   files that the kept lines of the log name, at most 50
``infra``         why no change of the code repairs it (``timeout``, ``runner_lost`` …), or null
``signature``     one for all failures that are the same failure, or null
``essence``       the first error's own words, or empty
``log_lines``     how many lines the log has; null without a log
================  =================================================================================

Parts: ``log`` is the first error block (at most 60 lines) and the end (40), by nobody: origin
``tool``, no account; one more for each failed test of a JUnit report, with the test's name as
``native``. Where a report is supplied its tests count, else those that the log names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from byline.work.builds.excerpt import MOST_NAMES, Excerpt, excerpt, signature_of
from byline.work.items import Link, Part, Problem, Reading

STATES: Final = {
    "success": "passed", "passed": "passed", "SUCCESS": "passed", "neutral": "passed",
    "failure": "failed", "failed": "failed", "FAILURE": "failed", "UNSTABLE": "failed",
    "timed_out": "failed", "startup_failure": "failed",
    "cancelled": "cancelled", "canceled": "cancelled", "ABORTED": "cancelled",
    "stale": "cancelled", "skipped": "skipped", "NOT_BUILT": "skipped", "manual": "skipped",
    "action_required": "skipped",
}  # fmt: skip


@dataclass(frozen=True)
class FailedTest:
    """A failed test of a report: its name, and what the report says of it."""

    name: str
    text: str
    kind: str  # failure | error
    essence: str
    file: str = ""  # of the test, where the report says so


@dataclass(frozen=True)
class Run:
    """One run of one job.

    Attributes:
        key: As in `byline.work.items`.
        outcome: The system's own word.
        infra: What the system itself says of infrastructure, such as a runner that was lost.
        log: The log's excerpt, or None without a log.
        failed: Failed tests of a report.
    """

    system: str
    key: str
    file: str
    title: str
    outcome: str | None
    repository: str | None = None
    project: str | None = None
    commit: str | None = None
    branch: str | None = None
    job: str | None = None
    workflow: str | None = None
    attempt: int = 1
    event: str | None = None
    opened: datetime | None = None
    closed: datetime | None = None
    infra: str | None = None
    log: Excerpt | None = None
    failed: Sequence[FailedTest] = ()
    aliases: Sequence[str] = ()
    links: Sequence[Link] = ()
    problems: Sequence[Problem] = field(default_factory=tuple)


def reading_of(run: Run) -> Reading:
    """The item of a run."""
    state = STATES.get(run.outcome or "")
    if state == "passed" and run.failed:
        state = "failed"
    return Reading(
        kind="build",
        key=run.key,
        file=run.file,
        title=run.title,
        aliases=run.aliases,
        repository=run.repository,
        state=state,
        opened=run.opened,
        closed=run.closed,
        detail=_detail(run, state),
        parts=tuple(_parts(run)),
        links=(*_ran_on(run), *run.links),
        problems=run.problems,
    )


def _detail(run: Run, state: str | None) -> dict[str, Any]:
    log = run.log or excerpt(line for one in run.failed for line in one.text.splitlines())
    tests = [one.name for one in run.failed] or list(log.failed_tests)
    essence = next((one.essence for one in run.failed), log.essence)
    tool = log.tool or ("junit" if run.failed else None)
    paths = dict.fromkeys([*(one.file for one in run.failed if one.file), *log.named_paths])
    return {
        "system": run.system,
        "commit": run.commit,
        "branch": run.branch,
        "review": next((one.target for one in run.links if one.kind == "ran_on"), None),
        "job": run.job,
        "workflow": run.workflow,
        "attempt": run.attempt,
        "event": run.event,
        "minutes": _minutes(run),
        "tool": tool,
        "failed_tests": tests[:MOST_NAMES],
        "named_paths": list(paths)[:MOST_NAMES],
        "infra": None if state == "passed" else run.infra or (run.log.infra if run.log else None),
        "signature": signature_of(tool, tests, essence) if state == "failed" else None,
        "essence": essence[:300],
        "log_lines": run.log.lines if run.log else None,
    }


def _minutes(run: Run) -> float | None:
    if run.opened is None or run.closed is None or run.closed < run.opened:
        return None
    return round((run.closed - run.opened).total_seconds() / 60, 2)


def _parts(run: Run) -> list[Part]:
    time = run.closed or run.opened
    parts: list[Part] = []
    if run.log is not None and run.log.text:
        detail = {"lines": run.log.lines}
        parts.append(Part("log", "log", run.log.text, origin="tool", time=time, detail=detail))
    names = {"log"}
    for test in run.failed:
        if test.text and test.name not in names:
            names.add(test.name)
            parts.append(Part("log", test.name, test.text, origin="tool", time=time,
                              state=test.kind))  # fmt: skip
    return parts


def _ran_on(run: Run) -> list[Link]:
    if run.commit is None:
        return []
    return [Link("ran_on", f"commit:{run.repository or ''}:{run.commit}", "commit")]
