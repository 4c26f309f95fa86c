"""Every error that Byline raises on purpose.

BylineError                    exit 1   something failed; the message says what and where
├── UsageError                 exit 2   the command or the configuration is wrong
│   └── ConfigError            exit 2   byline.toml, roster or terms file: place and fix
├── InputError                 exit 1   a source cannot be read: repository, file, table
│   └── HostileInputError      exit 1   a source that tries to make us do what we must not
├── IntegrityError             exit 3   stored bytes are not what was sealed or recorded
├── RefusedError               exit 3   a gate or check said no
├── MissingExtraError          exit 2   an optional dependency is not installed
└── IncompleteError            exit 4   partly done; run the same command again to resume

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


class MissingExtraError(UsageError):
    """An optional dependency is needed for this verb."""


class IncompleteError(BylineError):
    """The work is partly done and can be resumed."""

    exit_code = 4
