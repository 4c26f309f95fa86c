"""The verbs, by the module that has each; a module is imported when its verb is asked for.

Importing everything takes longer than many verbs do.
"""

import functools
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "audit": ("start",),
        "init": ("start",),
        "sample": ("start",),
        "doctor": ("start",),
        "fetch": ("fetching",),
        "run": ("main_job",),
        "collect": ("work",),
        "people": ("work",),
        "terms": ("terms", "terms_files", "terms_diff", "records"),
        "decide": ("terms",),
        "release": ("proof",),
        "verify": ("proof",),
        "prove": ("proving",),
        "log": ("transparency",),
        "witness": ("witness",),
        "train": ("models",),
        "evaluate": ("models",),
        "model": ("models",),
        "canary": ("canaries",),
        "deploy": ("deploying",),
        "statement": ("people",),
        "withdraw": ("saying",),
        "object": ("saying",),
        "consent": ("saying",),
        "reinstate": ("saying",),
        "notices": ("records",),
        "records": ("records",),
        "key": ("keys",),
        "request": ("keys",),
        "leave": ("leaving",),
        "assessments": ("records",),
        "hold": ("holding",),
        "erase": ("erasure",),
        "capture": ("capturing",),
        "pause": ("switching",),
        "resume": ("switching",),
        "ledger": ("ledger",),
    }
)
"""The modules that a verb or a group of verbs is in, in the order in which help lists them."""


class Verbs(TyperGroup):
    """The group of all verbs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - of click
        """The names of all verbs."""
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """A verb by its name."""
        if cmd_name not in MODULES:
            return None
        for module in MODULES[cmd_name]:
            _registered(module)
        return get_group(_registered(MODULES[cmd_name][0])).commands[cmd_name]


@functools.cache
def _registered(module: str) -> typer.Typer:
    """The verbs of a module; what it adds to other groups is added once."""
    app = typer.Typer(rich_markup_mode=None)
    import_module(f"{__name__}.{module}").register(app)
    return app
