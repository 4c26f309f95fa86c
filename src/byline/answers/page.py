"""Turning an answer into one self-contained HTML page.

Invariants: every value is escaped (autoescape is on for every template) and its hidden characters
are shown; a page loads nothing and runs nothing (its policy forbids both); the same answer gives
the same bytes.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from byline.answers.text import visible
from byline.workspace.files import write_json, write_text


def render(template: str, values: Mapping[str, Any]) -> str:
    """A page from a template of this package."""
    return _environment().get_template(template).render(**values)


def write_page(path: Path, html: str, *, data: Mapping[str, Any]) -> Path:
    """Write a page, and its data as JSON beside it under the same name; returns the page's path."""
    write_text(path, html)
    write_json(path.with_suffix(".json"), data)
    return path


def plain_values(value: Any) -> Any:
    """A value as JSON has it: dates as ISO text, tuples as lists, keys as text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    return value


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("byline.answers"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["percent"] = percent
    environment.filters["words"] = _words
    return environment


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _number(value: float) -> str:
    """A count with thousands apart; a fraction with three decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def percent(part: float, whole: float = 1.0) -> str:
    """A share of a whole for people: never 0 % for something, never 100 % for less than all."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1 %"
    if 99.9 < share < 100:
        return "> 99.9 %"
    return f"{share:.1f} %"


def _words(name: str) -> str:
    """A code as words: ``notice_late`` is "notice late"."""
    return name.replace("_", " ").replace("-", " ")
