"""The verbs, by what they are about."""

import typer

from byline.cli.verbs import fetching, main_job, models, people, proof, start, terms, work


def register(app: typer.Typer) -> None:
    """Add every verb to the command."""
    for module in (start, fetching, main_job, work, terms, proof, models, people):
        module.register(app)
