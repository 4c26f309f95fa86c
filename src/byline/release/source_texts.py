"""The texts that examples were made from, as collected, with findings taken out, for a reviewer."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from byline.errors import BylineError
from byline.privacy.findings import find_in_text
from byline.privacy.names import NameMatcher
from byline.privacy.redact import redact
from byline.release.grouping import WorkBucket
from byline.work.git.objects import ObjectReader
from byline.work.identifiers import line_list
from byline.work.text import decode

MOST: Final = 20_000  # characters of one source
Place = tuple[str, str, str]  # (system, repository, oid)


def place_of(source: Mapping[str, Any]) -> Place:
    """What a row of `SOURCE` is looked up by."""
    return source["system"], source["repository"], source["oid"]


def source_texts(
    sources: Iterable[Mapping[str, Any]],
    *,
    buckets: Sequence[WorkBucket],
    mirrors: Mapping[str, Path],
    names: NameMatcher,
) -> dict[Place, str]:
    """The text of each source that can be found; of a file all of it.

    Args:
        sources: Rows of `SOURCE`.
        buckets: Where parts of reviews, issues, documents, builds and traces are.
        mirrors: The mirror of each repository.
        names: Who is to be taken out.
    """
    wanted = {place_of(source) for source in sources}
    found = _parts({place for place in wanted if place[0] != "git" or "/" in place[2]}, buckets)
    by_repository: dict[str, list[Place]] = {}
    for place in wanted - found.keys():
        if place[1] in mirrors:
            by_repository.setdefault(place[1], []).append(place)
    for repository, places in by_repository.items():
        found |= _objects(mirrors[repository], places)
    return {place: _clean(text, names) for place, text in sorted(found.items())}


def lines_of(text: str, source: Mapping[str, Any]) -> str:
    """The lines of a text that a row of `SOURCE` names; all where it names none."""
    if source["start"] is None or source["end"] is None or source["system"] != "git":
        return text
    return "".join(line_list(text)[source["start"] - 1 : source["end"]])


def _parts(wanted: set[Place], buckets: Sequence[WorkBucket]) -> dict[Place, str]:
    oids = {oid: (system, place, oid) for system, place, oid in wanted}
    found = {}
    for bucket in buckets:
        rows = bucket.items.read(["item", "key"])
        keys = dict(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        items = [item for item, key in keys.items() if any(o.startswith(f"{key}/") for o in oids)]
        parts = bucket.parts.read(["item", "native", "text"])
        chosen = parts.filter(pc.is_in(parts["item"], value_set=pa.array(items, pa.string())))
        for row in chosen.to_pylist():
            place = oids.get(f"{keys[row['item']]}/{row['native']}")
            if place is not None:
                found[place] = row["text"]
    return found


def _objects(directory: Path, places: Sequence[Place]) -> dict[Place, str]:
    found = {}
    with ObjectReader(directory) as reader:
        for place in sorted(places):
            try:
                text, _ = decode(reader.read(place[2]))
            except BylineError:
                continue  # a mirror that no longer has it: the page says so
            if text is not None:
                found[place] = text
    return found


def _clean(text: str, names: NameMatcher) -> str:
    shown = text if len(text) <= MOST else f"{text[:MOST]}\n… ({len(text) - MOST:,} more)"
    return redact(shown, find_in_text(shown, names=names))
