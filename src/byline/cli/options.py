"""Options that verbs share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config", "-c", help="byline.toml, or the folder that holds it.", show_default=True
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the result.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", "-w", min=0, help="Processes; 0 means one a core.")
]
ReleaseOption = Annotated[
    str | None, typer.Option("--release", help="A release's id or its beginning; default: newest.")
]
HERE = Path("byline.toml")
