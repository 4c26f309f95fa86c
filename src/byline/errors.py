"""Every error that Byline raises on purpose.

BylineError                    exit 1   something failed; the message says what and where
├── UsageError                 exit 2   the command or the configuration is wrong
│   └── ConfigError            exit 2   byline.toml, roster or terms file: place and fix
├── InputError                 exit 1   a source cannot be read: repository, file, table
│   └── HostileInputError      exit 1   a source that tries to make us do what we must not
├── IntegrityError             exit 3   stored bytes are not what was sealed or recorded
├── RefusedError               exit 3   a gate or check said no
│   └── CaptureError           exit 3   a source has what its capture manifest does not declare
├── MissingExtraError          exit 2   an optional dependency is not installed
└── IncompleteError            exit 4   partly done; run the same command again to resume
    └── PausedError            exit 4   somebody paused it; `byline resume` lets it go on

Library code raises; only `byline.cli` turns an error into an exit status.
"""


class BylineError(Exception):
    """Root of the tree.

    Args:
        message: What is wrong, and where (file, line, repository).
        advice: What the user can do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class UsageError(BylineError):
    """The command was used wrongly."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration, roster or terms file is wrong; the message names file and line."""


class InputError(BylineError):
    """A source cannot be read."""


class HostileInputError(InputError):
    """A source is built to execute, escape or exhaust; it is refused."""


class IntegrityError(BylineError):
    """Stored bytes differ from what was sealed or recorded."""

    exit_code = 3


class RefusedError(BylineError):
    """A gate said no: terms, purpose, seal or check."""

    exit_code = 3


class CaptureError(RefusedError):
    """A source holds a field, a kind or a form that the capture manifest does not declare."""


class MissingExtraError(UsageError):
    """An optional dependency is needed for this verb."""


class IncompleteError(BylineError):
    """The work is partly done and can be resumed."""

    exit_code = 4


class PausedError(IncompleteError):
    """Capture or training is paused; nothing more is taken in until it is resumed.

    Args:
        message: What is paused, and by which pause.
        advice: How it is resumed.
        pauses: The ids of the pauses that are in force for it.
        is_whole: Whether all capture and training is paused, and not only this.
        stopped: Where the work stopped: the last record accepted, or the checkpoint written.
    """

    def __init__(
        self,
        message: str,
        *,
        advice: str = "",
        pauses: tuple[str, ...] = (),
        is_whole: bool = False,
        stopped: dict[str, str | int] | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.pauses = pauses
        self.is_whole = is_whole
        self.stopped = stopped or {}
