"""What agents' messages, calls and results look like in the formats that have them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from byline.work.builds.fields import text_of
from byline.work.traces.shell import MISTAKEN

COMMANDS: Final = ("command", "cmd", "code", "script")
FAILED: Final = re.compile(
    r"^(?:Your (?:proposed edit|command|last output|output|response)\b|COMMAND TIMED OUT"
    r"|EXECUTION TIMED OUT|ERROR:|Error:|Failed to |Invalid |Exception:)"
    r"|exit code:? (?:126|127)\b"
)
TYPED: Final = re.compile(r'^ *File "<(?:string|stdin|ipython|input)[^"]{0,40}>", line \d+')
SLIP: Final = re.compile(
    r"^(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError)\b"
)
FIRST_LINES: Final = 4


def is_mistake(result: str) -> bool:
    """Whether a result says that the call itself was a mistake.

    A test that fails is none, nor is an error that a program was run to show; a slip in what was
    typed (a name that is not there, bad syntax) is one.
    """
    lines = [line[:500] for line in result[:16_000].splitlines() if line.strip()]
    if any(FAILED.search(line) or MISTAKEN.search(line) for line in lines[:FIRST_LINES]):
        return True
    return bool(lines) and bool(SLIP.match(lines[-1])) and any(TYPED.match(one) for one in lines)


def content_text(value: Any, *, deeper: int = 4) -> str:
    """The text of a message's content: text, or a list of parts of which those of text count.

    Args:
        value: As recorded.
        deeper: How many levels of lists are looked into.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list) and deeper:
        texts = (content_text(one, deeper=deeper - 1) for one in value[:1000])
        return "\n".join(one for one in texts if one)
    if isinstance(value, Mapping):
        return text_of(value, "text", "content", "output") or ""
    return ""


def call_text(name: str, arguments: Any) -> str:
    """A call as text: the command alone where there is nothing else, else JSON."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (RecursionError, ValueError):
            return str(arguments)
    if isinstance(arguments, Mapping) and len(arguments) == 1:
        ((key, value),) = arguments.items()
        if key in COMMANDS and isinstance(value, str):
            return value
    return as_json({"name": name, "arguments": arguments})


def as_json(value: Any) -> str:
    """A value as one line of JSON; one nested too deeply is not shown."""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except (RecursionError, ValueError):
        return "{}"
