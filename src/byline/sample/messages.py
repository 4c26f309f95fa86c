"""Commit messages as people write them: each has a habit and breaks it sometimes."""

from byline.sample.dice import Dice
from byline.sample.people import AI_TRAILERS, Person
from byline.sample.words import NOUNS, PORTS

_TYPES = {"fix": "fix", "docs": "docs", "refactor": "refactor", "feature": "feat", "chore": "chore"}
_WHY = (
    "The nightly {noun} run in {port} failed twice this week because of it.",
    "Found while reading the {noun} report with support.",
    "No change in behaviour is meant; the old form confused two reviewers.",
    "The {noun} import needs this before it can be switched over.",
    "Measured on the {port} data: same results, and the odd case no longer raises.",
    "This was agreed in the {noun} review; the follow-up is in the ticket.",
    "We keep the slower path for {port} until their {noun} feed sends time zones.",
)
_SLOPPY = ("WIP", "wip: {1}", "{0} (again)", "fixup! {0}", "{0}, part 2", "more work to {1}")


def message(
    subject: str, *, kind: str, area: str, author: Person, dice: Dice, note: str = ""
) -> str:
    """Return a whole commit message; `note` is a paragraph that must stand in it."""
    parts = [_headline(subject, kind=kind, area=area, author=author, dice=dice)]
    if dice.random() < 0.28:
        parts.append(dice.pick(_WHY).format(noun=dice.pick(NOUNS), port=dice.pick(PORTS)))
    if note:
        parts.append(note)
    trailers = _trailers(author, dice)
    return "\n\n".join([*parts, "\n".join(trailers)] if trailers else parts)


def _headline(subject: str, *, kind: str, area: str, author: Person, dice: Dice) -> str:
    ticket = f"HAR-{dice.randrange(100, 2400)}"
    lowered = subject[:1].lower() + subject[1:]
    if author.population == "roster" and dice.random() < 0.06:
        return dice.pick(_SLOPPY).format(subject, lowered)
    habit = Dice(f"habit:{author.id}").randrange(5)
    if habit == 0:
        return f"{_TYPES.get(kind, 'feat')}({area}): {lowered}"
    if habit == 1:
        return f"{ticket}: {subject}"
    if habit == 2:
        return f"[{area}] {subject} ({ticket})" if dice.random() < 0.5 else subject
    return subject if habit == 3 else f"{area}: {lowered}"


def _trailers(author: Person, dice: Dice) -> list[str]:
    if author.population != "roster":
        return []
    trailers = []
    if Dice(f"sign:{author.id}").random() < 0.3:
        trailers.append(f"Signed-off-by: {author.name} <{author.email}>")
    if dice.random() < 0.12:
        trailers.append("Reviewed-by: Ingrid Baumann <ingrid.baumann@harbour.example>")
    if dice.random() < 0.06:
        trailers.append(dice.pick(AI_TRAILERS))
    if dice.random() < 0.03:
        trailers.append("Co-authored-by: Ewa Kowalczyk <ewa.kowalczyk@harbour.example>")
    return trailers
