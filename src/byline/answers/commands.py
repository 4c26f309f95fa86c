"""The commands that pages tell people to run, each exactly as it is typed."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """What a command does, and the command."""

    what: str
    line: str


def verify_release(release: str) -> Command:
    """Check a release against its seal and the log."""
    return Command(
        f"Check that release {release} is exactly what was sealed and logged.",
        f"byline verify --release {shlex.quote(release)}",
    )


def verify_example(release: str, example: str) -> Command:
    """Prove that an example is in a release, or that it is not."""
    return Command(
        "Prove that one example is in that release, or that it is not.",
        f"byline verify --release {shlex.quote(release)} {shlex.quote(example)}",
    )


def prove(person: str) -> Command:
    """Make the file that a person checks from their own clone."""
    return Command(
        "Check it from your own clone, trusting nobody: ask for your proof bundle, made with this. "
        "A program of one file, which you can read, is in it.",
        f"byline prove {shlex.quote(person)}",
    )


def check_log() -> Command:
    """Check the log."""
    return Command("Check the log from its first entry.", "byline log")


def withdraw(person: str) -> Command:
    """Withdraw everything of a person."""
    return Command(
        "Withdraw all of it, from the next release on.", f"byline withdraw {shlex.quote(person)}"
    )


def withdraw_class(person: str, work_class: str) -> Command:
    """Withdraw one class of a person's work."""
    return Command(
        f"Withdraw {work_class} work only.",
        f"byline withdraw {shlex.quote(person)} --class {shlex.quote(work_class)}",
    )
