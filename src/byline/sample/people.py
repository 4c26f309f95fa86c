"""The cast of the sample company: who worked there, when, under which names and addresses.

Every person is invented. Invariant: a commit is only ever dated inside its author's active time.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from byline.errors import UsageError

OPEN_END = date(2026, 6, 26)
ACQUISITION = date(2025, 3, 1)


@dataclass(frozen=True, slots=True)
class Employment:
    """One stretch of employment; `end` is None while it lasts."""

    worker_type: str
    unit: str
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody (or something) that commits.

    `identities` are the (name, email) pairs used in commits, the proper one first.
    """

    id: str
    identities: tuple[tuple[str, str], ...]
    country: str
    employments: tuple[Employment, ...]
    population: str = "roster"

    @property
    def name(self) -> str:
        """The proper name."""
        return self.identities[0][0]

    @property
    def email(self) -> str:
        """The proper address."""
        return self.identities[0][1]

    def active(self, day: date) -> bool:
        """Whether the person commits on this day."""
        return any(e.start <= day <= (e.end or OPEN_END) for e in self.employments)


def _person(
    number: int,
    name: str,
    unit: str,
    country: str,
    start: str,
    *,
    end: str = "",
    kind: str = "employee",
    aliases: Sequence[tuple[str, str]] = (),
    again: str = "",
    login: str = "",
) -> Person:
    address = (login or name.lower().replace(" ", ".")) + "@harbour.example"
    last = date.fromisoformat(end) if end else None
    employments = [Employment(kind, unit, date.fromisoformat(start), last)]
    if again:
        employments.append(Employment(kind, unit, date.fromisoformat(again)))
    return Person(f"ha-{number}", ((name, address), *aliases), country, tuple(employments))


def _tidepool(number: int, name: str, unit: str, country: str, end: str = "") -> Person:
    old = name.split(maxsplit=1)[0].lower() + "@tidepool.example"
    joined = ACQUISITION.isoformat()
    return _person(number, name, unit, country, joined, end=end, aliases=[(name, old)])


_PAY, _DATA, _WEB, _OPS, _CE = "Payments", "Data", "Web", "Platform", "Customer Engineering"

ROSTER: tuple[Person, ...] = (
    _person(
        101, "Amelia Ortiz", _PAY, "US", "2021-02-01", aliases=[("amelia", "amelia@ortiz.example")]
    ),
    _person(102, "Desmond Clarke", _PAY, "US", "2020-06-15"),
    _person(103, "Priya Raman", _PAY, "US", "2022-09-12"),
    _person(104, "Walter Hughes", _PAY, "US", "2019-04-01", end="2025-05-30"),
    _person(105, "Renee Castellano", _PAY, "US", "2021-11-08", end="2025-11-14"),
    _person(106, "Kofi Mensah", _PAY, "US", "2025-06-02"),
    _person(
        107,
        "Jonas Weber",
        _DATA,
        "DE",
        "2020-01-13",
        aliases=[
            ("jweber", "jonas@weber-mail.example"),
            ("Jonas Weber", "jw@laptop.local.example"),
        ],
    ),
    _person(108, "Annika Vogel", _DATA, "DE", "2022-03-01"),
    _person(109, "Lukas Brandt", _DATA, "DE", "2021-08-16", end="2025-08-31"),
    _person(110, "Ewa Kowalczyk", _DATA, "PL", "2023-05-08"),
    _person(111, "Tomasz Zieliński", _DATA, "PL", "2022-10-03", login="tomasz.zielinski"),
    _person(112, "Grace Okafor", _DATA, "US", "2023-01-09", end="2025-03-31", again="2025-10-01"),
    _person(113, "Sofia Marchetti", _WEB, "US", "2021-07-19"),
    _person(
        114, "Miguel Santos", _WEB, "US", "2023-02-06", aliases=[("msantos", "ms@santos.example")]
    ),
    _person(115, "Hanna Krüger", _WEB, "DE", "2022-05-02", login="hanna.krueger"),
    _person(116, "Piotr Wójcik", _WEB, "PL", "2024-09-02", login="piotr.wojcik"),
    _person(117, "Noah Fielding", _WEB, "US", "2025-05-19", end="2025-09-12", kind="intern"),
    _person(118, "Ingrid Baumann", _OPS, "DE", "2020-10-05"),
    _person(119, "Raj Patel", _OPS, "US", "2021-03-22"),
    _person(120, "Claire Dubois", _OPS, "US", "2024-11-04"),
    _person(121, "Marek Lewandowski", _OPS, "PL", "2024-09-16", kind="contractor"),
    _person(122, "Owen Gallagher", _OPS, "US", "2024-06-03", kind="contractor"),
    _person(123, "Victor Hale", _DATA, "US", "2024-10-07", end="2026-02-27", kind="contractor"),
    _person(124, "Yuki Tanaka", _CE, "US", "2022-01-10"),
    _person(125, "Fatima Haddad", _CE, "DE", "2023-04-03"),
    _person(126, "Bartosz Mazur", _CE, "PL", "2023-09-04"),
    _person(
        127, "Leah Whitcombe", _CE, "US", "2021-05-17", aliases=[("Leah W", "leah.w@home.example")]
    ),
    _tidepool(128, "Dylan Mercer", _DATA, "US", "2026-01-31"),
    _tidepool(129, "Isla Fraser", _DATA, "US"),
    _tidepool(130, "Theo Nakamura", _OPS, "US"),
    _tidepool(131, "Zofia Adamska", _DATA, "PL"),
)


def _account(identity: str, name: str, email: str, population: str, *, time: str) -> Person:
    start, end = map(date.fromisoformat, time.split(" to "))
    return Person(identity, ((name, email),), "", (Employment("", "", start, end),), population)


_NOREPLY = "users.noreply.github.com"
_ALWAYS = "2024-07-01 to 2026-06-26"
ACCOUNTS: tuple[Person, ...] = (
    _account(
        "harbour-deps[bot]",
        "harbour-deps[bot]",
        f"48110233+harbour-deps[bot]@{_NOREPLY}",
        "bot",
        time=_ALWAYS,
    ),
    _account("harbour-ci", "Harbour CI", "release-ci@harbour.example", "bot", time=_ALWAYS),
    _account(
        "copilot-swe-agent[bot]",
        "copilot-swe-agent[bot]",
        f"198982749+Copilot@{_NOREPLY}",
        "ai",
        time="2025-07-01 to 2026-06-26",
    ),
    _account(
        "outsider",
        "Casper Lund",
        "casper.lund@mailbox.example",
        "outsider",
        time="2025-01-10 to 2025-12-20",
    ),
)
CAST: tuple[Person, ...] = ROSTER + ACCOUNTS

AI_TRAILERS = (
    "Co-authored-by: Claude <noreply@anthropic.com>",
    "Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>",
)
WRONG_MAILMAP = "Jonas Weber <jonas.weber@harbour.example> <annika.vogel@harbour.example>\n"


def person(identity: str) -> Person:
    """Return a member of the cast by id (`ha-101` or `101`).

    Raises:
        UsageError: nobody has this id.
    """
    for member in CAST:
        if identity in (member.id, member.id.removeprefix("ha-")):
            return member
    raise UsageError(f"nobody in the sample has the id {identity!r}")


def identity_at(member: Person, day: date, roll: float) -> tuple[str, str]:
    """Return the (name, email) a person commits under; `roll` in 0..1 picks among aliases."""
    others = member.identities[1:]
    if any(email.endswith("@tidepool.example") for _, email in others):
        return others[0] if day < ACQUISITION else member.identities[0]
    if others and roll < 0.25:
        return others[int(roll * 4 * len(others))]
    return member.identities[0]


def login(member: Person) -> str:
    """Return the name of somebody's account on GitHub and in Gerrit."""
    if member.population == "roster":
        return member.email.split("@", maxsplit=1)[0].replace(".", "-")
    return "casper-lund" if member.population == "outsider" else member.id


def jira_account(member: Person) -> str:
    """Return somebody's account id in Jira: 24 hexadecimal digits."""
    return "5b" + hashlib.sha256(f"jira:{member.id}".encode()).hexdigest()[:22]


def roster_csv() -> str:
    """Return people/roster.csv: one row an employment."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["id", "name", "emails", "worker_type", "country", "unit", "start", "end",
                   "handles"])  # fmt: skip
    for member in ROSTER:
        for time in member.employments:
            end = time.end.isoformat() if time.end else ""
            kind, start = time.worker_type, time.start.isoformat()
            rows.writerow(
                [member.id, member.name, member.email, kind, member.country, time.unit, start, end,
                 f"github:{login(member)};jira:{jira_account(member)}"]
            )  # fmt: skip
    return out.getvalue()


def mailmap() -> str:
    """Return people/mailmap: the organisation's own list of names and addresses."""
    lines = ["# Approved by People Operations. Format: git help mailmap"]
    for member in ROSTER:
        for name, email in member.identities[1:]:
            lines.append(f"{member.name} <{member.email}> {name} <{email}>")
    return "\n".join(lines) + "\n"
