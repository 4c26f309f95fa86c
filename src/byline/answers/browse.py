"""Pages on which a reviewer reads examples of a release beside the sources they were made from.

A sample of each recipe, chosen by hash: the same release gives the same pages. Who wrote what is
shown by the release's own pseudonyms; sources are shown with secrets, personal data and known names
taken out, as in the examples.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from byline.answers.page import plain_values, render, write_page
from byline.release.seal import SealedRelease
from byline.release.shards import SPLITS
from byline.release.source_texts import Place, lines_of, place_of
from byline.workspace.files import write_text

EACH: Final = 20  # examples of a recipe
COLOURS: Final = 6
MayShow = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Stretch:
    """Text by one author with one weight."""

    text: str
    title: str
    learned: bool
    colour: int


@dataclass(frozen=True)
class Block:
    """One field of an example: its text, a prompt, a message, a preference's two answers."""

    name: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class FromSource:
    """One source beside the example."""

    title: str
    text: str


@dataclass(frozen=True)
class Read:
    """One example as shown."""

    id: str
    recipe: str
    split: str
    render: str
    weight: float
    blocks: tuple[Block, ...]
    sources: tuple[FromSource, ...]
    people: tuple[Mapping[str, Any], ...]
    labels: tuple[Mapping[str, str], ...]
    context: tuple[Mapping[str, Any], ...]
    decisions: tuple[Mapping[str, Any], ...]
    record: str


def everything(_row: Mapping[str, Any]) -> bool:
    """Whether an example may be shown, where no hold is asked."""
    return True


def sample(
    release: SealedRelease, *, each: int = EACH, may_show: MayShow = everything
) -> dict[str, list[dict[str, Any]]]:
    """Rows of a release by recipe, the first `each` in order of id, which are hashes.

    What `may_show` says no to is not among them (`byline.answers.under_hold.readable`).
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for split in SPLITS:
        for row in release.rows(split):
            if not may_show(row):
                continue
            found.setdefault(row["recipe"], []).append(row)
            if len(found[row["recipe"]]) > 4 * each:
                found[row["recipe"]] = _first(found[row["recipe"]], each)
    return {recipe: _first(found[recipe], each) for recipe in sorted(found)}


def _first(rows: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["id"]))[:count]


def write_browser(
    release: SealedRelease,
    folder: Path,
    *,
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    texts: Mapping[Place, str],
) -> Path:
    """Write an index and a page for each recipe; returns the index.

    Args:
        release: The release.
        folder: Of reports.
        rows: What to show, by recipe (`sample`).
        texts: The sources' texts (`byline.release.source_texts`).
    """
    place = folder / f"browse-{release.id}"
    counts = release.manifest["recipes"]
    for recipe, chosen in rows.items():
        shown = [_read(row, texts) for row in chosen]
        html = render(
            "browse.html.j2",
            {"release": release.id, "recipe": recipe, "examples": shown, "count": counts[recipe]},
        )
        write_page(place / f"{recipe}.html", html, data=plain_values({
            "release": release.id, "recipe": recipe, "examples": [asdict(one) for one in shown],
        }))  # fmt: skip
    units = release.manifest["account"].get("units", {})
    index = render(
        "browse_index.html.j2",
        {"release": release.id, "recipes": [
            {"name": recipe, "examples": counts[recipe], "shown": len(rows[recipe]),
             "reasons": _reasons(units, recipe)}
            for recipe in rows
        ]},
    )  # fmt: skip
    write_text(place / "index.html", index)
    return place / "index.html"


def _reasons(units: Mapping[str, Mapping[str, int]], recipe: str) -> list[tuple[str, int]]:
    found = [
        (reason, by[recipe])
        for reason, by in units.items()
        if recipe in by and reason != "included"
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _read(row: Mapping[str, Any], texts: Mapping[Place, str]) -> Read:
    return Read(
        id=row["id"],
        recipe=row["recipe"],
        split=row["split"],
        render=f"{row['render']['name']} {row['render']['version']}",
        weight=row["weight"],
        blocks=tuple(_blocks(row)),
        sources=tuple(_sources(row, texts)),
        people=tuple(row["people"]),
        labels=tuple(row["labels"]),
        context=tuple(row["context"]),
        decisions=tuple(row["decisions"]),
        record=json.dumps(json.loads(row["record"]), indent=2, ensure_ascii=False, sort_keys=True),
    )


def _fields(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of an example in the order that spans count in."""
    if row["text"] is not None:
        yield "text", row["text"]
    elif row["messages"]:
        for message in row["messages"]:
            yield message["role"], message["content"]
    else:
        for name in ("prompt", "completion", "chosen", "rejected"):
            if row[name] is not None:
                yield name, row[name]


def _blocks(row: Mapping[str, Any]) -> Iterator[Block]:
    order = {person["contributor"]: place for place, person in enumerate(row["people"])}
    start = 0
    for name, text in _fields(row):
        end = start + len(text)
        stretches = []
        for span in row["spans"]:
            low, high = max(span["start"], start), min(span["end"], end)
            if low < high:
                who = span["contributor"] or "the recipe"
                stretches.append(
                    Stretch(
                        text=text[low - start : high - start],
                        title=f"{who} · {span['origin']} · loss {span['loss']:g}",
                        learned=span["loss"] > 0,
                        colour=order.get(span["contributor"], -1) % COLOURS + 1
                        if span["contributor"] in order
                        else 0,
                    )
                )
        yield Block(name, tuple(stretches))
        start = end


def _sources(row: Mapping[str, Any], texts: Mapping[Place, str]) -> Iterator[FromSource]:
    for source in row["sources"]:
        lines = f", lines {source['start']}–{source['end']}" if source["start"] else ""
        path = f" {source['path']}{lines}" if source["path"] else ""
        title = f"{source['system']} {source['repository']}{path} · {source['oid']}"
        text = texts.get(place_of(source))
        yield FromSource(
            title, "(not found in this workspace)" if text is None else lines_of(text, source)
        )
