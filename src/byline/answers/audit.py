"""The audit of one repository without any configuration: `byline audit PATH`.

Whose work it holds, under which licences, what is in it, and what could be trained on today and why
not the rest. It reads collected tables through the same stages as a release, with an empty roster:
nobody is known, so nobody is taken for an employee. Files at one revision are read; of the history,
who wrote which line and when.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from byline.answers.contents import Contents, contents
from byline.answers.holders import Holders, holders, lines_by_commit, repository_mailmap
from byline.answers.origins import Origins, origins
from byline.answers.page import plain_values, render, write_page
from byline.answers.scenarios import PURPOSE, Scenario, scenarios
from byline.answers.signed import Signed, signed
from byline.errors import IntegrityError
from byline.people.bylines import Directory
from byline.people.signers import NO_SIGNERS, Signers
from byline.release.inputs import Inputs
from byline.release.prepare import Tools, describe
from byline.release.provenance import NO_PROVENANCE, Provenance
from byline.terms.agreed import Terms
from byline.work.git.collect import Collected
from byline.workspace.config import Repository

LISTED = 40  # people named one by one
SHOWN = 20  # places named for each kind of finding
NOBODY = Inputs(
    directory=Directory(),
    terms=Terms((), (), (), ()),
    purposes=(PURPOSE,),
    as_of=dt.date.min,  # nothing is decided with it: scenarios have their own days
)


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        commits: Commits reachable from the revision.
        first: Day of the earliest author date (UTC), or None in an empty history.
        last: Day of the latest one.
    """

    repository: str
    commit: str
    commits: int
    first: dt.date | None
    last: dt.date | None
    holders: Holders
    signed: Signed
    origins: Origins
    contents: Contents
    scenarios: tuple[Scenario, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        found = plain_values(asdict(self))
        for scenario, row in zip(self.scenarios, found["scenarios"], strict=True):
            row["lines"], row["trainable"] = scenario.lines, scenario.trainable
        return {"schema": "byline/audit/1", **found}


def audit(
    collected: Collected,
    *,
    tools: Tools,
    as_of: dt.date | None = None,
    signers: Signers = NO_SIGNERS,
    provenance: Provenance = NO_PROVENANCE,
) -> Audit:
    """Audit a collected repository.

    Args:
        collected: Its tables; edits are not needed (collect with ``max_commit_edits=0``).
        tools: Where the stages write, and what runs them.
        as_of: The use date of the scenarios; see `byline.answers.scenarios.scenarios`.
        signers: Whose keys are whose; without it no signature verifies an author.
        provenance: What is known of third parties; without it only paths and claims tell them.

    Raises:
        IntegrityError: Lines by person or by fate do not add up to the lines collected.
    """
    repository = Repository(
        name=collected.repository, path=Path(collected.repository), owner="open-source"
    )
    known = replace(NOBODY, signers=signers, provenance=provenance)
    described = describe(collected, repository, known, tools)
    days = _days(collected)
    whose = holders(
        described.bylines,
        lines_by_commit(collected.files),
        mailmap=repository_mailmap(collected.files),
        listed=LISTED,
    )
    inside = contents(
        collected.files,
        described.file_labels,
        described.file_findings,
        licence=described.licence,
        shown=SHOWN,
    )
    could = scenarios(
        collected.files,
        described.file_labels,
        described.file_contributions,
        as_of=as_of,
        newest=days[1] or dt.date.min,
    )
    typed = origins(described)
    _balance(inside.lines, whose, could, typed, collected.repository)
    return Audit(
        repository=collected.repository,
        commit=collected.commit,
        commits=sum(part.read(["commit"]).num_rows for part in collected.commits),
        first=days[0],
        last=days[1],
        holders=whose,
        signed=signed([described]),
        origins=typed,
        contents=inside,
        scenarios=could,
    )


def audit_page(audit: Audit) -> str:
    """The audit as one self-contained HTML page."""
    return render("audit.html.j2", {"audit": audit})


def write_audit(audit: Audit, path: Path) -> Path:
    """Write the page at `path` and its data as JSON beside it; returns the page's path."""
    return write_page(path, audit_page(audit), data=audit.as_json())


def _days(collected: Collected) -> tuple[dt.date | None, dt.date | None]:
    """The first and last author days of a history."""
    days = [
        time.astimezone(dt.UTC).date()
        for part in collected.commits
        for time in part.read(["author_time"])["author_time"].to_pylist()
    ]
    return (min(days), max(days)) if days else (None, None)


def _balance(
    lines: int, whose: Holders, could: Sequence[Scenario], typed: Origins, name: str
) -> None:
    by_person = sum(one.lines for one in (*whose.people, *whose.apart)) + whose.rest.lines
    sums = [("people", by_person), ("authorship", sum(typed.by_authorship.values()))]
    for what, counted in [*sums, *((one.name, one.lines) for one in could)]:
        if counted != lines:
            raise IntegrityError(
                f"{name}: {lines} lines were collected, but {counted} are counted for {what}"
            )
