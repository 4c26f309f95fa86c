"""A task is one future commit: when, by whom, with which words, and what it does to the files.

Invariant: a task's change is a pure function of the tree, so the same task can land on a branch,
on main, or on a release branch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from byline.sample.company import RepositoryFacts
from byline.sample.dice import Dice
from byline.sample.people import Person, person
from byline.sample.tree import Tree

_TEAMS: dict[str, str] = {
    "ledger-core": "101:5 102:5 103:4 104:4 105:4 106:3 112:1 124:2 126:1 119:1 118:1 111:1",
    "harbour-web": "113:5 114:5 115:5 116:5 117:3 124:2 127:2 101:1 125:1",
    "dataflow": "107:5 108:4 109:4 110:5 111:5 112:4 123:3 125:2 129:1 103:1",
    "platform": "118:5 119:5 120:4 121:4 122:4 130:2 106:1 102:1",
    "northwind-portal": "124:4 125:4 126:4 127:4 114:1 113:1 104:1",
    "tidepool": "128:5 129:5 130:5 131:5 107:1 110:1 119:1 120:1",
}
_FOUNDERS = ("ha-128", "ha-129", "ha-130", "ha-131")
DAY, _OPENS, _OPEN = 86400, 10 * 3600, 11 * 3600


@dataclass(frozen=True, slots=True)
class Task:
    """One commit to come.

    `touches` names the files (by identity) that the change reads or writes; a `solo` task never
    lands on a side branch; `key` lets a later task name it: `reverts` and `picks` do. `exact` words
    are used as they are; `special` names a scene that `history` plays.
    """

    when: int
    author: str
    subject: str
    change: Callable[[Tree], Tree]
    touches: frozenset[str]
    kind: str = "feature"
    note: str = ""
    key: str = ""
    reverts: str = ""
    picks: str = ""
    special: str = ""
    solo: bool = False
    exact: bool = False


def moment(day: date, dice: Dice) -> int:
    """Return a time on that day between 10:00 and 21:00 UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) + dice.randrange(_OPENS, _OPENS + _OPEN)


def workday(when: int) -> int:
    """Move a time to working hours (10:00 to 21:00 UTC) and out of the weekend (to Friday)."""
    weekday = datetime.fromtimestamp(when, tz=UTC).weekday()
    midnight = when - when % DAY - max(0, weekday - 4) * DAY
    return midnight + _OPENS + when % DAY % _OPEN


def between(first: date, last: date, dice: Dice) -> int:
    """Return a working time in a span of days, both included."""
    days = max(0, (last - first).days)
    day = date.fromordinal(first.toordinal() + dice.randrange(days + 1))
    return workday(moment(day, dice))


def later(facts: RepositoryFacts, when: int, *, days: int, dice: Dice) -> int:
    """Return a working time an hour to some days after, while the work goes on."""
    last = between(facts.end, facts.end, dice)
    room = max(7200, min(days * DAY, last - when))
    return max(when + 3600, workday(when + dice.randrange(3600, room)))


def day_of(when: int) -> date:
    """Return the day (UTC) of a time."""
    return datetime.fromtimestamp(when, tz=UTC).date()


def works_on(member: Person, repository: str, day: date) -> bool:
    """Whether somebody commits to a repository that day; Tidepool's founders did before joining."""
    if repository == "tidepool" and member.id in _FOUNDERS and day < member.employments[0].start:
        return True
    return member.active(day)


def author_at(facts: RepositoryFacts, when: int, dice: Dice) -> str:
    """Return one of the repository's people for a commit at this time.

    Whoever it is night for hardly ever commits.
    """
    hour = when % DAY // 3600
    rows = [pair.split(":") for pair in _TEAMS[facts.name].split()]
    team = [(person(number), int(weight)) for number, weight in rows]
    day = min(max(day_of(when), facts.start), facts.end)
    present = [(m, w) for m, w in team if works_on(m, facts.name, day)]
    awake = [(m.id, w * (1 if _awake(m, hour) else 0.05)) for m, w in present]
    return dice.choices([name for name, _ in awake], [weight for _, weight in awake])[0]


def _awake(member: Person, hour: int) -> bool:
    return hour >= 13 if member.country == "US" else hour < 18
