"""The `byline` command: one verb a job. Verbs are thin; the work is in the packages.

Exit codes: 0 done · 1 failed · 2 wrong use · 3 a gate or check said no · 4 partly done, resumable.
"""

import sys
import traceback
from typing import NoReturn

import sqlalchemy as sa
import typer

from byline import __version__
from byline.answers.text import visible
from byline.cli.interrupts import remember_interrupts
from byline.cli.verbs import Verbs
from byline.errors import BylineError, IncompleteError, RefusedError
from byline.network import silence
from byline.proof.errors import (
    LogDamagedError,
    LogRolledBackError,
    MalformedError,
    ProofError,
    VerificationError,
)

INTERRUPTED = 130  # typer's own answer to Ctrl-C
DAMAGE = (VerificationError, MalformedError, LogDamagedError, LogRolledBackError)

app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Train models on your engineers' own work, with bylines, terms and proof.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        typer.echo(f"byline {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line and exit with a status that scripts can trust."""
    silence()
    remember_interrupts()
    try:
        app()
    except BylineError as error:
        _complain(str(error), error.advice)
        sys.exit(error.exit_code)
    except ProofError as error:
        _complain(str(error), error.advice)
        sys.exit(RefusedError.exit_code if isinstance(error, DAMAGE) else BylineError.exit_code)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
        _interrupted()
    except KeyboardInterrupt:
        _interrupted()
    except sa.exc.DBAPIError as error:
        _complain(
            f"the ledger refused: {error.orig}", "check space and permissions, then run again"
        )
        sys.exit(1)
    except OSError as error:
        _complain(f"the system refused: {error}", "check space and permissions, then run again")
        sys.exit(1)
    except Exception:  # noqa: BLE001 - the one boundary: a bug is shown whole, with status 1
        traceback.print_exc()
        _complain("this is a bug in byline", "please report it with the lines above")
        sys.exit(1)


def _interrupted() -> NoReturn:
    _complain("interrupted", "run the same command again: it resumes")
    sys.exit(IncompleteError.exit_code)


def _complain(message: str, advice: str) -> None:
    sys.stderr.write(f"byline: {visible(message)}\n")
    if advice:
        sys.stderr.write(f"  fix: {visible(advice)}\n")
