"""What stands between the configured sources and their records."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from byline.errors import CaptureError
from byline.work.capture import Manifest


def _always(_source: str, _number: int, _record: str) -> None:
    """Nothing is paused, and nobody keeps account."""


def _unheard(_source: str, _error: CaptureError) -> None:
    """Nobody keeps account of what was refused."""


@dataclass(frozen=True)
class Intake:
    """What stands between an export and its records.

    Attributes:
        manifest: What sources may have; None where none is configured.
        ask: Called before each record with the source, and number and key of the last one that was
            accepted (0 and "" before the first); raises `PausedError` where capture is paused.
        accepted: Called once a source was read, with the last record that was accepted.
        refused: Called with a source that has what is not declared, and the error that says so.
    """

    manifest: Manifest | None = None
    ask: Callable[[str, int, str], None] = _always
    accepted: Callable[[str, int, str], None] = _always
    refused: Callable[[str, CaptureError], None] = _unheard


OPEN: Final = Intake()
