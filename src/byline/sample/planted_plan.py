"""Where the answers are planted: lines of excluded people, credentials, personal data.

Invariant: planted pieces stand alone (never edited or moved by another task, unless the plan says
that they live in history only), so that `git blame` gives them to the person who wrote them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from byline.sample.company import REPOSITORIES, RepositoryFacts
from byline.sample.dice import Dice
from byline.sample.distinctive import distinctive_function, distinctive_lines, word
from byline.sample.people import OPEN_END, person
from byline.sample.personal import personal_data
from byline.sample.python_plan import Module, put
from byline.sample.secrets import Planted, secrets
from byline.sample.tasks import DAY, Task, author_at, between, later
from byline.sample.tree import Piece, Tree, without_piece

# Who must be kept out entirely, and where they worked; their functions go round these repositories.
_KEPT_OUT: dict[str, tuple[str, ...]] = {
    "ha-104": ("ledger-core",),
    "ha-106": ("ledger-core", "platform"),
    "ha-108": ("dataflow", "ledger-core"),
    "ha-109": ("dataflow",),
    "ha-117": ("harbour-web", "ledger-core"),
    "ha-123": ("dataflow",),
    "outsider": ("dataflow", "tidepool"),
    "copilot-swe-agent[bot]": ("platform", "ledger-core", "dataflow"),
    "ha-124": ("northwind-portal",),
    "ha-125": ("northwind-portal",),
    "ha-126": ("northwind-portal",),
    "ha-127": ("northwind-portal",),
}
FUNCTIONS_EACH, SHARED_EACH = 9, 6
_GREETING = "Hope this is useful; I ran into it at our port."
_PLACES = ("head", "head", "history", "head", "message")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that one person wrote and that stands at HEAD, in a file known by its identity."""

    repository: str
    identity: str
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Placement:
    """A planted value; `task` is the key of the commit that brought it."""

    repository: str
    identity: str
    planted: Planted
    where: str
    task: str


@dataclass(frozen=True, slots=True)
class PlantedPlan:
    """The tasks, lines and placements of one repository."""

    tasks: list[Task]
    lines: list[Line]
    placements: list[Placement]


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where things are planted: a repository, its modules, and the plan that grows."""

    facts: RepositoryFacts
    modules: list[Module]
    seed: int
    plan: PlantedPlan

    def dice(self, *name: object) -> Dice:
        return Dice(":".join(map(str, (self.seed, self.facts.name, *name))))


def planted_plan(facts: RepositoryFacts, modules: list[Module], seed: int) -> PlantedPlan:
    """Return everything planted in one repository."""
    offsets = count(1)
    ground = _Ground(facts, modules, seed, PlantedPlan([], [], []))
    for who, places in _KEPT_OUT.items():
        for number in range(FUNCTIONS_EACH):
            if places[number % len(places)] == facts.name:
                _plant_function(ground, who, number, offset=next(offsets))
    for number, planted in enumerate([*secrets(seed), *personal_data(seed)]):
        if REPOSITORIES[number % len(REPOSITORIES)].name == facts.name:
            where = _PLACES[number // len(REPOSITORIES) % len(_PLACES)]
            _plant_value(ground, planted, where, offset=next(offsets))
    return ground.plan


def _spans(who: str, facts: RepositoryFacts) -> tuple[date, date]:
    time = person(who).employments[0]
    first = max(time.start, facts.start + timedelta(days=90))
    return first, min(time.end or OPEN_END, facts.end)


def _plant_function(ground: _Ground, who: str, number: int, *, offset: int) -> None:
    facts, dice, author = ground.facts, ground.dice(who, number), person(who)
    when = between(*_spans(who, facts), dice)
    when += 3 * 3600 if author.country == "US" and when % DAY < 13 * 3600 else 0
    text = distinctive_function(dice)
    folder = ground.modules[0].identity.rsplit("/", 1)[0]
    key, home = offset, f"{folder}/{word(ground.dice(who))}.py"
    if number < SHARED_EACH:
        key, home = _place(ground.modules, when, offset, dice)
    name = text.split(maxsplit=2)[1].split("(")[0].rstrip(":")
    note = _GREETING if author.population == "outsider" else ""
    change = put(home, Piece(key, text.encode()))
    ground.plan.tasks.append(Task(when, who, f"Add {name}", change, frozenset([home]), note=note))
    lines = distinctive_lines(text)
    ground.plan.lines.extend(Line(facts.name, home, who, line) for line in lines)


def _place(modules: list[Module], when: int, offset: int, dice: Dice) -> tuple[int, str]:
    """Return (piece key, identity) of a place between two statements of a complete module."""
    ready = [module for module in modules if module.complete < when - 20 * DAY]
    module = dice.pick(ready or modules[:1])
    tops = [section.key for section in module.sections if section.top][1:]
    if not ready or not tops:
        return 800_000 + offset, module.identity
    return dice.pick(tops) - offset, module.identity


def _plant_value(ground: _Ground, planted: Planted, where: str, *, offset: int) -> None:
    facts, plan, dice = ground.facts, ground.plan, ground.dice("planted", offset)
    when = between(facts.start + timedelta(days=120), facts.end - timedelta(days=60), dice)
    author, task = author_at(facts, when, dice), f"planted-{offset}"
    key, home = _place(ground.modules, when, offset, dice)
    if planted.file:
        key, home = offset, planted.file
    text, note = planted.lines, ""
    if where == "message":
        note = f"Checked by hand with {planted.value} on staging."
        text = f"# checked on staging, run {offset}\n"
        text = "\n\n" + text if home.endswith(".py") else text
    subject = "Set up access for the night run" if planted.group == "secrets" else "Note who to ask"
    change, touched = put(home, Piece(key, text.encode())), frozenset([home])
    plan.tasks.append(Task(when, author, subject, change, touched, "chore", note=note, key=task))
    plan.placements.append(Placement(facts.name, home, planted, where, task))
    if where == "history":
        removal = later(facts, when, days=50, dice=dice)
        who = author_at(facts, removal, dice)
        gone = _taking_out(home, key)
        plan.tasks.append(Task(removal, who, "Take the value out again", gone, touched, "fix"))


def _taking_out(identity: str, key: int) -> Callable[[Tree], Tree]:
    return lambda tree: without_piece(tree, identity, key)
