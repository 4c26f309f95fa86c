"""The papers of the sample company: notices, objections, byline.toml, README.

Invariant: every date stands before `AS_OF` except the one notice that came too late.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from byline.sample import agreements
from byline.sample.people import ROSTER, Person, mailmap, roster_csv
from byline.sample.personal import CUSTOMERS
from byline.sample.published import capture_sha256, published_files

AS_OF = date(2026, 6, 30)
TRAIN_UNTIL = date(2026, 3, 31)
FIRST_NOTICE = date(2024, 8, 12)
LATE_NOTICE = date(2026, 7, 10)
CONTRACTOR_NOTICES = {"ha-121": date(2025, 2, 10), "ha-122": date(2024, 6, 20)}
LATE, TOTAL_OBJECTOR, PROCESS_OBJECTOR, SILENT = "ha-106", "ha-108", "ha-103", "ha-123"
INTERN, LEFT_US, LEFT_EU, SEPARATED = "ha-117", "ha-104", "ha-109", "ha-105"


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """What byline.toml says about a repository, and its span of work."""

    name: str
    owner: str
    customer: str
    summary: str
    start: date
    end: date


REPOSITORIES: tuple[RepositoryFacts, ...] = (
    RepositoryFacts(
        "ledger-core",
        "employer",
        "",
        "The ledger service: postings, balances, statements.",
        date(2024, 7, 1),
        date(2026, 6, 26),
    ),
    RepositoryFacts(
        "harbour-web",
        "employer",
        "",
        "The web application for berths, vessels and invoices.",
        date(2024, 7, 3),
        date(2026, 6, 25),
    ),
    RepositoryFacts(
        "dataflow",
        "employer",
        "",
        "Pipelines that load port calls, tides and payments.",
        date(2024, 7, 2),
        date(2026, 6, 26),
    ),
    RepositoryFacts(
        "platform",
        "employer",
        "",
        "Services, images and deployment for everything else.",
        date(2024, 7, 8),
        date(2026, 6, 24),
    ),
    RepositoryFacts(
        "northwind-portal",
        "customer",
        "northwind",
        "The portal built for Northwind Shipping.",
        date(2024, 9, 2),
        date(2026, 6, 19),
    ),
    RepositoryFacts(
        "tidepool",
        "employer",
        "",
        "Tide and weather models, from Tidepool Labs.",
        date(2024, 7, 15),
        date(2026, 6, 25),
    ),
)

# Told in scenes, with reviews, issues and builds: see `byline.sample.process`.
PROCESS_REPOSITORIES: tuple[RepositoryFacts, ...] = (
    RepositoryFacts(
        "berth-planner",
        "employer",
        "",
        "Which vessel lies at which berth, and when; reviewed on GitHub.",
        date(2025, 3, 3),
        date(2026, 6, 24),
    ),
    RepositoryFacts(
        "pilotage",
        "employer",
        "",
        "Sends pilots to vessels and keeps their rest hours; reviewed in Gerrit.",
        date(2025, 4, 1),
        date(2026, 6, 24),
    ),
)
_SOURCES = """\
[[sources]]
name = "github"
system = "github"
path = "exports/github"
repositories = { "harbour/berth-planner" = "berth-planner" }

[[sources]]
name = "gerrit"
system = "gerrit"
path = "exports/gerrit"
host = "review.harbour.example"
repositories = { "harbour/pilotage" = "pilotage" }

[[sources]]
name = "jira"
system = "jira"
path = "exports/jira"

[[sources]]
name = "pilotage-checks"
system = "junit"
path = "exports/junit"
repositories = { "harbour/pilotage" = "pilotage" }

[[sources]]
name = "traces"
system = "traces"
path = "exports/traces"
repositories = { "berth-planner" = "berth-planner", "pilotage" = "pilotage" }
"""


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _notices_of(member: Person) -> list[list[str]]:
    kind, start = member.employments[0].worker_type, member.employments[0].start
    language = {"US": "en", "DE": "de", "PL": "pl"}[member.country]
    served = max(FIRST_NOTICE, start + timedelta(days=7))
    if kind == "contractor":
        day = CONTRACTOR_NOTICES.get(member.id)
        rows = [["ai-training-contractors", "1", day, "e-mail"]] if day else []
    elif member.id == LATE:
        rows = [["ai-training", "2", LATE_NOTICE, "portal"]]
    elif member.country == "US" or member.id == "ha-131":
        rows = [["ai-training", "1", served, "portal"]]
    else:
        rows = []
    if kind == "employee" and member.country != "US":
        rows.append(["ai-training-eu", "1", max(served, date(2024, 9, 2)), "letter"])
    return [
        [str(n), str(v), member.id, str(day), str(channel), language] for n, v, day, channel in rows
    ]


def notices_csv() -> str:
    """Return terms/notices.csv: one row a person served; one row came after the use date."""
    rows = [row for member in ROSTER for row in _notices_of(member)]
    second = [
        ["ai-training", "2", member.id, "2025-09-15", "portal", "en"]
        for member in ROSTER
        if member.country == "US"
        and member.id not in (LATE, LEFT_US, INTERN)
        and member.employments[0].worker_type == "employee"
    ]
    header = ["notice", "version", "person", "served", "channel", "language"]
    return _csv(header, sorted([*rows, *second], key=lambda row: (row[3], row[2], row[0])))


def objections_csv() -> str:
    """Return terms/objections.csv: one total objection and one to the class `process`."""
    return _csv(
        ["id", "person", "received", "classes", "purposes", "note"],
        [
            ["obj-1", TOTAL_OBJECTOR, "2026-02-16", "*", "*", "Art. 21 GDPR, by letter to the DPO"],
            [
                "obj-2",
                PROCESS_OBJECTOR,
                "2025-10-02",
                "process",
                "*",
                "keep my commit messages out",
            ],
        ],
    )


def byline_toml() -> str:
    """Return the organisation's byline.toml."""
    parts = [
        '[organisation]\nname = "Harbour Analytics"\n',
        '[workspace]\npath = "byline-workspace"\n',
    ]
    for facts in REPOSITORIES + PROCESS_REPOSITORIES:
        customer = f'customer = "{facts.customer}"\n' if facts.customer else ""
        parts.append(
            f'[[repositories]]\nname = "{facts.name}"\npath = "repos/{facts.name}"\n'
            f'owner = "{facts.owner}"\n{customer}'
        )
    parts.append(_SOURCES)
    parts.append(
        '[people]\nroster = "people/roster.csv"\nmailmap = "people/mailmap"\n'
        'names = "people/customers.txt"\n'
        'bots = ["*-ci@harbour.example"]\nlinkage_key = "keys/linkage.key"\n'
    )
    parts.append(
        '[terms]\nagreements = ["terms/agreements"]\npacks = []\n'
        'notices = "terms/notices.csv"\nnotice_register = "terms/notices.toml"\n'
        'objections = "terms/objections.csv"\nassessments = "terms/assessments.toml"\n'
        'assessors = "terms/assessors"\n'
    )
    parts.append(f'[capture]\nmanifest = "terms/capture.toml"\nsha256 = "{capture_sha256()}"\n')
    parts.append(
        '[release]\nname = "engineering"\npurposes = ["assist_others"]\n'
        f"as_of = {AS_OF}\ntrain_until = {TRAIN_UNTIL}\n"
    )
    parts.append("[train]\nsteps = 850\n")
    return "\n".join(parts)


def customers() -> str:
    """Return the customers' people, whose names must not get out, one a line."""
    return "# People of customers, from the sales records.\n" + "\n".join([*CUSTOMERS, ""])


def readme() -> str:
    """Return the README of the company's folder."""
    rows = "\n".join(f"- `repos/{facts.name}`: {facts.summary}"
                     for facts in REPOSITORIES + PROCESS_REPOSITORIES)  # fmt: skip
    return f"""\
# Harbour Analytics

An invented company with two years of invented work, for trying Byline on something that is shaped
like a real organisation. Nobody in it exists. No secret in it opens anything.

{rows}
- `people/`: the roster, the approved mailmap, and customers' people, whose names must not get out
- `terms/`: agreements, notices with their words and who was served them, assessments, objections,
  and what may be captured from each source
- `exports/`: reviews, issues and builds as GitHub, Gerrit, Jira and JUnit export them, and work
  that engineers recorded and submitted
- `byline.toml`: what Byline reads

The Python in the repositories grew from modules of Python's standard library, which the Python
Software Foundation licenses; each repository keeps that licence in `LICENSES/Python-2.0.txt`.
"""


def company_files() -> dict[str, str]:
    """Return every paper of the company: path below the company's folder, and text."""
    papers = {
        "README.md": readme(),
        "byline.toml": byline_toml(),
        "people/roster.csv": roster_csv(),
        "people/mailmap": mailmap(),
        "people/customers.txt": customers(),
        "terms/notices.csv": notices_csv(),
        "terms/objections.csv": objections_csv(),
    }
    papers |= published_files()
    return papers | {f"terms/agreements/{name}": text for name, text in agreements.FILES.items()}
