"""The mark that a release's or model's content is not here any more, and where it went.

A folder whose content was sealed away or destroyed keeps its facts (manifest, leaves, proofs, run
record) and gets `away.json`. Invariants: the mark is written before the first byte goes, so that
nobody takes what is missing for damage; it only ever refuses.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from byline.errors import IntegrityError, RefusedError
from byline.workspace.files import write_json

AWAY_FILE: Final = "away.json"
SCHEMA: Final = "byline/away/1"
State = Literal["sealed", "destroyed"]
_WORDS: Final[dict[State, str]] = {
    "sealed": "was sealed away: its content is kept for the custodians of a hold, and nobody else "
    "reads it",
    "destroyed": "was destroyed: its content is gone, its facts and its entry in the log stand",
}
_STATES: Final[dict[str, State]] = {"sealed": "sealed", "destroyed": "destroyed"}


@dataclass(frozen=True)
class Away:
    """What became of a folder's content.

    Attributes:
        sealing: The container that has it, or empty.
        sha256: The digest of the files that went, with their paths.
    """

    state: State
    sealing: str
    sha256: str

    def refuse(self, subject: str) -> RefusedError:
        """The error for whoever wants the content."""
        return RefusedError(
            f"{subject} {_WORDS[self.state]}", advice="build a new one: it has none of that work"
        )


def read_away(directory: Path) -> Away | None:
    """The mark in a folder, or None.

    Raises:
        IntegrityError: There is one that cannot be read.
    """
    path = directory / AWAY_FILE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        state: State = _STATES[said["state"]]
        return Away(state, str(said["sealing"]), str(said["sha256"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{path} cannot be read: {error}") from error


def check_here(directory: Path, subject: str) -> None:
    """See that the content of a folder was not sealed away or destroyed.

    Raises:
        RefusedError: It was.
    """
    away = read_away(directory)
    if away is not None:
        raise away.refuse(subject)


def write_away(directory: Path, away: Away) -> None:
    """Mark a folder."""
    write_json(directory / AWAY_FILE, {"schema": SCHEMA, **asdict(away)})
