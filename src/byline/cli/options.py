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
PersonArgument = Annotated[
    str, typer.Argument(help="The person's id in the roster, or email:ADDRESS for others.")
]
ClassOption = Annotated[
    list[str] | None, typer.Option("--class", help="code, design or process; default: all.")
]
PurposeOption = Annotated[
    list[str] | None, typer.Option("--purpose", help="A purpose; default: all.")
]
NoteOption = Annotated[str, typer.Option(help="A note for the record.")]
HERE = Path("byline.toml")
