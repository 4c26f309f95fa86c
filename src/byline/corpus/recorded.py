"""Lines that a record speaks of, among the lines of contributions.

A record takes lines out of those of which nothing is recorded and puts them to their own, so that
all lines of an item still add up.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

PLACE = pa.struct(
    [
        pa.field("side", pa.string(), nullable=False),  # as in SPANS
        pa.field("start", pa.int32(), nullable=False),  # counted from 1
        pa.field("lines", pa.int32(), nullable=False),
    ]
)
LINES = pa.schema(
    [
        pa.field("item", pa.string()),
        pa.field("commit", pa.string()),
        pa.field("lines", pa.int32()),
        pa.field("recorded", pa.string()),
    ]
)
Places = Mapping[tuple[str, str, str], list[dict[str, Any]]]  # by item, commit, recorded


def recorded_lines(spans: pa.Table, *sides: str) -> Iterator[pa.Table]:
    """What takes recorded lines from those without a record, and what puts them to their own."""
    chosen = _telling(spans)
    chosen = chosen.filter(pc.is_in(chosen["side"], value_set=pa.array(sides)))
    for sign, recorded in ((-1, pa.nulls(chosen.num_rows, pa.string())), (1, chosen["origin"])):
        lines = pc.multiply(chosen["lines"], pa.scalar(sign, pa.int32()))
        yield pa.table([chosen["item"], chosen["commit"], lines, recorded], names=LINES.names)


def _telling(spans: pa.Table) -> pa.Table:
    """Spans that say something: a record of an unknown origin changes nothing."""
    return spans.filter(pc.not_equal(spans["origin"], "unknown"))


def places_by_lines(spans: pa.Table) -> Places:
    """Where the lines stand that a record speaks of."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in _telling(spans).to_pylist():
        place = {name: row[name] for name in ("side", "start", "lines")}
        found.setdefault((row["item"], row["commit"], row["origin"]), []).append(place)
    return found


def recorded_of_whole(places: Places, item: str, commit: str, side: str) -> str | None:
    """What is recorded of an edit, or of a message, as a whole."""
    for recorded in ("mixed", "ai", "human"):
        if any(one["side"] == side for one in places.get((item, commit, recorded), ())):
            return recorded
    return None


def authorship_of(joined: pa.Table) -> pa.ChunkedArray:
    """What is known of these lines: what a record says of them, else what their commit says.

    Where a record says that a person typed what an agent's own account committed: ``mixed``.
    """
    recorded, by_commit = joined.column("recorded"), joined.column("authorship")
    contradicted = pc.and_(pc.equal(recorded, "human"), pc.equal(by_commit, "ai"))
    said = pc.if_else(pc.fill_null(contradicted, False), "mixed", recorded)
    return pc.coalesce(said, by_commit)


def places_of(joined: pa.Table, places: Places) -> pa.Array:
    """Those places, for each row with ``item``, ``commit`` and ``recorded``."""
    if not places:
        return pa.nulls(joined.num_rows, pa.list_(PLACE))
    columns = [joined.column(name).to_pylist() for name in ("item", "commit", "recorded")]
    return pa.array([places.get(key) for key in zip(*columns, strict=True)], pa.list_(PLACE))
