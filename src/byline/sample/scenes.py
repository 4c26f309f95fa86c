"""The texts of the scenes that every history plays: topic branches and a settled conflict."""

from dataclasses import dataclass

from byline.sample.dice import Dice
from byline.sample.words import NOUNS, PORTS, VERBS

LIMITS = "config/limits.toml"


@dataclass(frozen=True, slots=True)
class Topic:
    """One small document on a branch of its own."""

    name: str
    path: str
    subject: str
    text: str


def topics(repository: str, dice: Dice) -> list[Topic]:
    """Return three topics that touch different files."""
    made = []
    for noun in dice.sample(NOUNS, 3):
        verb, port = dice.pick(VERBS), dice.pick(PORTS)
        number = dice.randrange(100, 1000)
        name = f"{noun}-{number}"
        text = (
            f"# When {repository} cannot {verb} a {noun}\n\n1. Look at the queue of {port} first.\n"
            f"2. Stop the {noun} worker, wait {number // 10} seconds, start it again.\n"
            f"3. If entry {number} is still there, page the owner of the {noun} service.\n"
        )
        made.append(
            Topic(name, f"docs/runbooks/{name}.md", f"Write down how to {verb} {noun}s", text)
        )
    return made


def conflict_texts(dice: Dice) -> tuple[str, str, str]:
    """Return the limits file of one side, of the other, and as settled."""
    base = dice.randrange(210, 400)
    form = "[limits]\nbatch = {0}\nretries = {1}\ntimeout = {2}\n"
    ours, theirs = form.format(base, 4, 30), form.format(base + 90, 3, 30)
    return ours, theirs, form.format(base + 45, 3, 30)
