"""The answer key of decisions: what is decided on everybody's work, told from the story alone.

The rows stand in order and the first that fits a contribution tells what is decided on it, and why.
Nothing here asks an engine: each row is what counsel of the sample company would say, having read
its ten agreements. Invariant: every contribution of the company fits a row.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from byline.sample.company import CONTRACTOR_NOTICES
from byline.sample.people import ACQUISITION

IN, LANE, OUT = "identified", "pseudonymised-lane", "excluded"
US = tuple(
    f"ha-{number}" for number in (101, 102, 103, 112, 113, 114, 119, 120, 124, 127, 129, 130)
)
EU = tuple(
    f"ha-{number}" for number in (107, 110, 111, 115, 116, 118, 125, 126, 131)
)  # fmt: skip
FOUNDERS = ("ha-128", "ha-129", "ha-130")
ALL = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is decided on work that every given part fits.

    Attributes:
        who: People by id, a population, or everybody.
        classes: Classes of work.
        repository: Only work in this repository or source.
        before: Only work written before this day.
        licensed: Only work in files with a licence of their own.
        clauses: The clauses that decide, the permit first.
        why: As counsel would say it.
    """

    who: tuple[str, ...]
    outcome: str
    reason: str
    why: str
    classes: tuple[str, ...] = ALL
    repository: str = ""
    before: str = ""
    licensed: bool = False
    clauses: tuple[str, ...] = ()


def _assist() -> Iterator[Row]:
    """For `assist_others`."""
    yield Row(
        who=ALL,
        repository="northwind-portal",
        outcome=OUT,
        reason="forbidden",
        clauses=("northwind-nda/3.1",),
        why="the customer's NDA forbids it to everybody",
    )
    yield Row(
        who=("ha-117",),
        outcome=OUT,
        reason="forbidden",
        clauses=("intern-policy/5",),
        why="an intern: the internship policy forbids",
    )
    yield Row(who=("ha-108",), outcome=OUT, reason="objected", why="objected to everything")
    yield Row(
        who=("ha-103",),
        classes=("process",),
        outcome=OUT,
        reason="objected",
        clauses=("employment-us/7.1",),
        why="objected to the class process",
    )
    yield Row(who=("ai",), outcome=OUT, reason="ai_authored", why="no clause speaks of AI accounts")
    yield Row(
        who=("outsider",),
        outcome=OUT,
        reason="outsider",
        why="not of the company, and no clause speaks of outsiders",
    )
    yield Row(
        who=("bot",),
        classes=("process",),
        outcome=OUT,
        reason="bot",
        why="the policy on automation accounts permits code only",
    )
    yield Row(
        who=("ha-123",), outcome=OUT, reason="silence", why="a contractor without any agreement"
    )
    yield Row(
        who=("ha-121", "ha-122"),
        classes=("process", "design"),
        outcome=OUT,
        reason="silence",
        why="the contractors' agreement permits code only",
    )
    joined = ACQUISITION.isoformat()
    yield Row(
        who=("ha-131",),
        before=joined,
        outcome=OUT,
        reason="before_employment",
        clauses=("employment-eu/9.2",),
        why="written before joining; the acquisition's clause rests on another basis than "
        "the works agreement asks for",
    )
    yield Row(
        who=ALL,
        licensed=True,
        outcome=OUT,
        reason="third_party",
        why="the file has a licence of its own, and no clause names it",
    )
    yield from _code_and_talk(joined)


def _code_and_talk(joined: str) -> Iterator[Row]:
    """The company's own files, for `assist_others`."""
    yield Row(
        who=("bot",),
        outcome=IN,
        reason="permitted",
        clauses=("automation-policy/2",),
        why="changes by the company's own bots",
    )
    yield Row(
        who=("ha-121",),
        before=CONTRACTOR_NOTICES["ha-121"].isoformat(),
        outcome=OUT,
        reason="notice_late",
        clauses=("contractor-services/4.2",),
        why="the notice must come before the writing",
    )
    yield Row(
        who=("ha-121", "ha-122"),
        outcome=IN,
        reason="permitted",
        clauses=("contractor-services/4.2",),
        why="contractors, told before they wrote",
    )
    yield Row(
        who=("ha-104",),
        outcome=OUT,
        reason="separated",
        clauses=("employment-us/7.1",),
        why="left, and no clause survives",
    )
    yield Row(
        who=("ha-109",),
        outcome=OUT,
        reason="separated",
        clauses=("employment-eu/9.2",),
        why="left, and no clause survives",
    )
    yield Row(
        who=("ha-105",),
        classes=("code",),
        outcome=IN,
        reason="permitted",
        clauses=("separation-castellano/5",),
        why="the separation agreement permits code",
    )
    yield Row(
        who=("ha-105",),
        outcome=OUT,
        reason="separated",
        clauses=("employment-us/7.1",),
        why="the separation agreement permits code only",
    )
    yield Row(
        who=("ha-106",),
        outcome=OUT,
        reason="notice_late",
        clauses=("employment-us/7.1",),
        why="told on 2026-07-10, after the use date",
    )
    yield Row(
        who=("ha-128",),
        classes=("design",),
        outcome=OUT,
        reason="separated",
        clauses=("employment-us/7.1",),
        why="the acquisition's clause leaves design out",
    )
    yield Row(
        who=("ha-128",),
        outcome=IN,
        reason="permitted",
        clauses=("tidepool-acquisition/2.6",),
        why="the acquisition's clause survives",
    )
    yield Row(
        who=FOUNDERS,
        before=joined,
        outcome=IN,
        reason="permitted",
        clauses=("tidepool-acquisition/2.6",),
        why="assigned with the acquisition",
    )
    yield Row(
        who=EU,
        classes=("design",),
        outcome=LANE,
        reason="permitted",
        clauses=("employment-eu/9.3", "works-agreement-ai/3"),
        why="design only where nobody is named",
    )
    yield Row(
        who=EU,
        outcome=IN,
        reason="permitted",
        clauses=("employment-eu/9.2", "works-agreement-ai/3"),
        why="legitimate interest, within the works agreement",
    )
    yield Row(
        who=US,
        outcome=IN,
        reason="permitted",
        clauses=("employment-us/7.1",),
        why="the employment agreement, after the notice",
    )


def _replicate() -> Iterator[Row]:
    """For `role_replication`: for nobody."""
    yield Row(
        who=ALL,
        outcome=OUT,
        reason="forbidden",
        why="the company's charter forbids it for anybody's work, whoever wrote it",
    )


DECIDED: dict[str, tuple[Row, ...]] = {
    "assist_others": tuple(_assist()),
    "role_replication": tuple(_replicate()),
}  # fmt: skip


def decided() -> dict[str, list[dict[str, object]]]:
    """Return the rows by purpose, for answers/answer-key.json."""
    return {purpose: [asdict(row) for row in rows] for purpose, rows in DECIDED.items()}
