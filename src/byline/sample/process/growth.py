"""What else goes on in the played repositories: queries, scripts, screens and services that grow.

These commits go between the scenes and touch no file of theirs.
"""

from collections.abc import Callable
from datetime import date

from byline.sample.dice import Dice
from byline.sample.go_code import go_file
from byline.sample.messages import message
from byline.sample.people import person
from byline.sample.process.scene import Edit, Step
from byline.sample.script_code import service_yaml, shell_file, sql_file
from byline.sample.tasks import between, day_of
from byline.sample.web_code import typescript_file
from byline.sample.words import NOUNS

_Maker = Callable[[str, Dice], list[str]]
_PLANS: dict[str, tuple[tuple[str, str, int, _Maker], ...]] = {
    "berth-planner": (
        ("sql/{0}s.sql", "queries", 6, sql_file),
        ("bin/{0}.sh", "script", 4, shell_file),
        ("web/src/{0}.ts", "screen", 4, typescript_file),
    ),
    "pilotage": (
        ("internal/{0}/{0}.go", "package", 10, go_file),
        ("deploy/{0}.yaml", "deployment", 6, service_yaml),
        ("bin/{0}.sh", "script", 4, shell_file),
    ),
}
_TEAMS = {
    "berth-planner": "101 102 113 119 120 129 110 111 116 105 122",
    "pilotage": "118 119 120 130 131 107 126 106 121",
}
_TIMES = {
    "berth-planner": (date(2025, 4, 7), date(2026, 6, 19)),
    "pilotage": (date(2025, 5, 5), date(2026, 6, 18)),
}
_SCENES_USE = ("pilot", "berth", "tide", "vessel", "dispatch")


def growth(repository: str, *, seed: int) -> list[Step]:
    """Return commits that grow a repository between its scenes."""
    steps: list[Step] = []
    for pattern, word, count, make in _PLANS[repository]:
        dice = Dice(f"{seed}:{repository}:{word}")
        for noun in dice.sample([one for one in NOUNS if one not in _SCENES_USE], count):
            steps += _file(repository, pattern.format(noun), (noun, word), make, seed=seed)
    return steps


def _file(repository: str, path: str, named: tuple[str, str], make: _Maker, *,
          seed: int) -> list[Step]:  # fmt: skip
    dice = Dice(f"{seed}:{repository}:{path}")
    pieces = make(named[0], dice)
    cuts = sorted({max(1, len(pieces) // 3), max(1, 2 * len(pieces) // 3), len(pieces)})
    times = sorted(between(*_TIMES[repository], dice) for _ in cuts)
    steps = []
    for place, (cut, when) in enumerate(zip(cuts, times, strict=True)):
        text = "".join(pieces[:cut])
        verb = ("Add the", "Extend the", "Complete the")[place]
        author = dice.pick([one for one in _TEAMS[repository].split()
                            if person(one).active(day_of(when))])  # fmt: skip
        words = message(f"{verb} {named[0]} {named[1]}", kind="feature", area=named[0],
                        author=person(author), dice=dice)  # fmt: skip
        edits = (Edit("file", path, text=text.strip("\n") + "\n"),)
        steps.append(Step("commit", "", when, words, "growth", {"by": author}, edits))
    return steps
