"""The command line inside the test's own process: what it says and how it exits."""

import contextlib
import io
import sys
from pathlib import Path

from byline.cli.main import main
from journeys.company import Result


def command(*arguments: str | Path) -> Result:
    """Run a verb as `byline` would."""
    out, err = io.StringIO(), io.StringIO()
    given, status = sys.argv, 0
    sys.argv = ["byline", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.argv = given
    return Result(status, out.getvalue(), err.getvalue())
