"""Jupyter notebooks (nbformat 3 and 4): cells are actions, their outputs observations.

Nobody is named in a notebook: whoever submitted it vouches for it, and whether its code was written
by hand is not known (no origin). Of outputs only text is read; images, widgets and JavaScript are
counted. Nothing is run.

Format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from byline.work.builds.fields import list_of, mapping_of, text_of, whole_of
from byline.work.traces.steps import Recorded, Steps

MOST_OUTPUTS: Final = 1000  # of one cell
TEXT: Final = ("text/plain", "text/markdown", "text/latex")


def is_notebook(value: Any) -> bool:
    """Whether a value has the shape of a notebook."""
    return isinstance(value, Mapping) and whole_of(value, "nbformat") is not None


def read_notebook(value: Mapping[str, Any]) -> Iterator[Recorded]:
    """The one session of a notebook's value."""
    steps = Steps()
    pictures = 0
    cells = list_of(value, "cells")
    for sheet in list_of(value, "worksheets"):
        cells = [*cells, *list_of(sheet, "cells")]
    for number, cell in enumerate(cells):
        if isinstance(cell, Mapping):
            pictures += _cell(cell, steps)
        else:
            steps.problem(f"cells[{number}]", "bad_cell", "a cell is no object")
    metadata = mapping_of(value, "metadata")
    yield Recorded(
        form="notebook",
        steps=steps,
        title=text_of(metadata, "title") or "",
        detail={
            "language": text_of(mapping_of(metadata, "kernelspec"), "language")
            or text_of(mapping_of(metadata, "language_info"), "name"),
            "pictures": pictures,
        },
    )


def _cell(cell: Mapping[str, Any], steps: Steps) -> int:
    """Take a cell; how many of its outputs are no text."""
    kind = text_of(cell, "cell_type") or ""
    source = _joined(cell.get("source", cell.get("input")))
    if kind not in ("code", "markdown", "raw", "heading"):
        steps.problem("cells", "unknown_cell", f"cell type {kind[:40]!r}")
        return 0
    outputs = [one for one in list_of(cell, "outputs")[:MOST_OUTPUTS] if isinstance(one, Mapping)]
    error = any(one.get("output_type") in ("error", "pyerr") for one in outputs)
    role = "code" if kind == "code" else "markdown"
    run = whole_of(cell, "execution_count")
    steps.add("cell", source, None, detail={"role": role, "error": error, "run": run})
    if kind != "code":
        return 0
    texts = [_output(one) for one in outputs]
    shown = "".join(text for text in texts if text is not None)
    steps.add("output", shown, "tool", detail={"error": error})
    return texts.count(None)


def _output(one: Mapping[str, Any]) -> str | None:
    """The text of an output, or None where it is no text."""
    kind = one.get("output_type")
    if kind == "stream":
        return _joined(one.get("text"))
    if kind in ("error", "pyerr"):
        lines = [line for line in list_of(one, "traceback") if isinstance(line, str)]
        last = f"{text_of(one, 'ename') or ''}: {text_of(one, 'evalue') or ''}"
        return "\n".join(lines or [last]) + "\n"
    data = mapping_of(one, "data") or one  # nbformat 3 has the types beside each other
    found = next((_joined(data.get(name)) for name in (*TEXT, "text") if data.get(name)), None)
    return None if found is None else found if found.endswith("\n") else f"{found}\n"


def _joined(value: Any) -> str:
    """Text, which may be given as a list of lines."""
    if isinstance(value, list):
        return "".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""
