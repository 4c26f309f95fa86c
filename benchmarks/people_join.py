"""Line spans joined to people and their employment at author time, beside DuckDB's ASOF JOIN.

Both sides get the same made roster, the same aliases as recorded and the same spans in one Parquet
file, each in a process of its own. Byline resolves the aliases from its roster (addresses, dated
addresses that were given to somebody else later, forge handles, confirmed merges) and joins batch
by batch. DuckDB is given what is harder to say in SQL ready made: a table of (address, first day,
last day, person) in which handles are already written as addresses. Then all answers are compared:
person, first day of the employment, state. Wall time, CPU seconds, the largest resident size.

    python benchmarks/people_join.py --people 100000 --aliases 300000 --spans 10000000
"""

import argparse
import datetime as dt
import json
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from byline.people.claims import ALWAYS, EPOCH, FOREVER
from byline.people.identities import Directory
from byline.people.joining import SPANS, Joiner
from byline.people.roster import Employment, Person
from byline.people.rows import Dated

BATCH = 1 << 18
FIRST, LAST = dt.date(2004, 1, 1), dt.date(2026, 6, 30)
TYPES, COUNTRIES = ("employee", "contractor", "intern"), ("DE", "US", "FR", "IN")


def main() -> None:
    given = options().parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make(folder, given)
        ours = apart(byline_side, folder, given)
        theirs = apart(duckdb_side, folder, given)
        different = compared(folder)
    report = {
        "people": given.people,
        "aliases": given.aliases,
        "spans": given.spans,
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "pyarrow": pa.__version__,
        "duckdb": duckdb.__version__,
        "byline": ours,
        "duckdb_asof": theirs,
        "duckdb_over_byline_wall": round(theirs["wall_s"] / ours["wall_s"], 2),
        "duckdb_over_byline_cpu": round(theirs["cpu_s"] / ours["cpu_s"], 2),
        "duckdb_over_byline_peak": round(theirs["peak_mib"] / ours["peak_mib"], 2),
        "answers_that_differ": different,
    }
    print(json.dumps(report, indent=2))
    sys.exit(different > 0)


def options() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--people", type=int, default=100_000)
    found.add_argument("--aliases", type=int, default=300_000)
    found.add_argument("--spans", type=int, default=10_000_000)
    found.add_argument("--repeat", type=int, default=3)
    return found


def make(folder: Path, given: argparse.Namespace) -> None:
    """The aliases, the spans, and for DuckDB the roster as tables."""
    directory, emails = company(given.people, given.aliases)
    names = [f"Name {number}" for number in range(len(emails))]
    pq.write_table(pa.table({"name": names, "email": emails}), folder / "aliases.parquet")
    draw = np.random.default_rng(7)
    span = (LAST - FIRST).days * 86_400
    start = (FIRST - EPOCH).days * 86_400
    with pq.ParquetWriter(folder / "spans.parquet", SPANS) as writer:
        for at in range(0, given.spans, BATCH):
            size = min(BATCH, given.spans - at)
            seconds = start + draw.integers(0, span, size)
            columns = [
                pa.array(draw.integers(0, len(emails), size).astype(np.int32)),
                pa.array(seconds).cast(pa.timestamp("s", tz="UTC")),
                pa.array(draw.integers(1, 40, size).astype(np.int32)),
            ]
            writer.write_table(pa.table(columns, schema=SPANS))
    claims, employments = as_tables(directory)
    pq.write_table(claims, folder / "claims.parquet")
    pq.write_table(employments, folder / "employments.parquet")


def company(people: int, aliases: int) -> tuple[Directory, list[str]]:
    """A roster with rejoiners and reused addresses, and the addresses found in commits."""
    draw = np.random.default_rng(11)
    made = []
    for number in range(people):
        first = FIRST + dt.timedelta(days=int(draw.integers(0, 6000)))
        employments = []
        count = int(draw.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))
        for turn in range(count):
            end = first + dt.timedelta(days=int(draw.integers(200, 2000)))
            is_open = turn == count - 1 and draw.random() < 0.6
            employments.append(
                Employment(
                    TYPES[number % 3], COUNTRIES[number % 4], f"unit-{number % 97}",
                    first, None if is_open else end, legal_entity=f"entity-{turn}",
                )
            )  # fmt: skip
            first = end + dt.timedelta(days=int(draw.integers(1, 500)))
        made.append(person(number, tuple(employments)))
    emails = [f"p{number}@corp.example" for number in range(people)]
    emails += [f"first.last{number}@corp.example" for number in range(people)]
    emails += [f"{number + 1000}+h{number}@users.noreply.github.com" for number in range(people)]
    merges = tuple((f"m{n}@home.example", f"p{n}") for n in range(0, people, 4))
    emails += [email for email, _ in merges] + [f"x{n}@else.example" for n in range(people)]
    return Directory(people=tuple(made), aliases=merges), [*emails[: aliases - 1], "nowhere"]


def person(number: int, employments: tuple[Employment, ...]) -> Person:
    """Every fiftieth address belonged to somebody else before 2014."""
    own = Dated(f"p{number}@corp.example")
    if number % 50 == 0:
        own = Dated(own.alias, last=dt.date(2013, 12, 31))
    extra = [Dated(f"first.last{number}@corp.example")]
    if number % 50 == 1:
        extra.append(Dated(f"p{number - 1}@corp.example", first=dt.date(2014, 1, 1)))
    emails = tuple(one.alias for one in (own, *extra))
    handle = (Dated(f"github:h{number}"),)
    return Person(f"p{number}", f"N {number}", emails, employments, (own, *extra), handle)


def as_tables(directory: Directory) -> tuple[pa.Table, pa.Table]:
    """What DuckDB joins with: who each address is from day to day, and the employments."""
    claims = [
        (dated.alias, number(dated.first, ALWAYS), number(dated.last, FOREVER), one.id)
        for one in directory.people
        for dated in one.addresses
    ]
    claims += [
        (
            f"{int(one.id[1:]) + 1000}+h{one.id[1:]}@users.noreply.github.com",
            ALWAYS,
            FOREVER,
            one.id,
        )
        for one in directory.people
    ]
    claims += [(email, ALWAYS, FOREVER, who) for email, who in directory.aliases]
    employments = [
        (one.id, number(e.start, ALWAYS), number(e.end, FOREVER), turn == 0,
         turn == len(one.employments) - 1)
        for one in directory.people
        for turn, e in enumerate(one.employments)
    ]  # fmt: skip
    return (
        pa.table(
            list(map(list, zip(*claims, strict=True))), names=["email", "first", "last", "person"]
        ),
        pa.table(
            list(map(list, zip(*employments, strict=True))),
            names=["person", "start", "finish", "is_first", "is_last"],
        ),
    )


def number(day: dt.date | None, default: int) -> int:
    return default if day is None else (day - EPOCH).days


def byline_side(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    """Resolve, then join batch by batch; the answers are kept as codes."""
    directory, _ = company(given.people, given.aliases)
    begun, spent = time.perf_counter(), time.process_time()
    joiner = Joiner(pq.read_table(folder / "aliases.parquet"), directory=directory)
    resolved = time.perf_counter()
    source = pq.ParquetFile(folder / "spans.parquet")
    found = [joiner.batch(batch) for batch in source.iter_batches(BATCH)]
    ended, spent = time.perf_counter(), time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = joiner.employments["start"].cast(pa.int32()).combine_chunks()
    with pq.ParquetWriter(folder / "byline.parquet", ANSWERS) as writer:
        for batch in found:
            columns = [
                pc.if_else(pc.equal(batch["population"].cast(pa.string()), "roster"),
                           batch["person"].cast(pa.string()), None),
                start.take(batch["employment"]),
                batch["state"].cast(pa.string()),
            ]  # fmt: skip
            writer.write_table(pa.table(columns, schema=ANSWERS))
    return {"resolve_s": resolved - begun, "join_s": ended - resolved, "wall_s": ended - begun,
            "cpu_s": spent, "peak_mib": peak / 1024}  # fmt: skip


ANSWERS = pa.schema([("person", pa.string()), ("start", pa.int32()), ("state", pa.string())])
PREPARE = """
CREATE TABLE aliases AS SELECT file_row_number AS alias, email
    FROM read_parquet('{0}/aliases.parquet', file_row_number = true);
CREATE TABLE claims AS SELECT * FROM '{0}/claims.parquet';
CREATE TABLE employments AS SELECT * FROM '{0}/employments.parquet';
"""
JOIN = """
CREATE TABLE found AS
WITH known AS (
    SELECT a.alias, c.first, c.last, c.person FROM aliases a JOIN claims c ON a.email = c.email
), spans AS (
    SELECT file_row_number AS i, alias, lines,
        CAST(floor(epoch(authored) / 86400) AS INTEGER) AS day
    FROM read_parquet('{0}/spans.parquet', file_row_number = true)
), whose AS (
    SELECT s.i, s.day, s.lines, k.person FROM spans s
    LEFT JOIN known k ON s.alias = k.alias AND s.day BETWEEN k.first AND k.last
)
SELECT w.i, w.person, w.lines, coalesce(e.start, f.start) AS start,
    CASE WHEN w.person IS NULL THEN 'none' WHEN e.start IS NULL THEN 'before'
        WHEN w.day <= e.finish THEN 'in_force' WHEN e.is_last THEN 'after' ELSE 'between'
    END AS state
FROM whose w ASOF LEFT JOIN employments e ON w.person = e.person AND w.day >= e.start
LEFT JOIN (SELECT person, start FROM employments WHERE is_first) f ON w.person = f.person
"""


def duckdb_side(folder: Path, _given: argparse.Namespace) -> dict[str, float]:
    """Read the small tables, then one query."""
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    begun, spent = time.perf_counter(), time.process_time()
    connection.execute(PREPARE.format(folder))
    loaded = time.perf_counter()
    connection.execute(JOIN.format(folder))
    ended, spent = time.perf_counter(), time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.execute(
        f"COPY (SELECT person, start, state FROM found ORDER BY i) TO '{folder}/duckdb.parquet'"
    )
    return {"load_s": loaded - begun, "join_s": ended - loaded, "wall_s": ended - begun,
            "cpu_s": spent, "peak_mib": peak / 1024}  # fmt: skip


def apart(
    side: Callable[[Path, argparse.Namespace], dict[str, float]],
    folder: Path,
    given: argparse.Namespace,
) -> dict[str, Any]:
    """The fastest of some runs, each in a process of its own."""
    runs = []
    for _ in range(given.repeat):
        receiving, sending = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(
            target=told, args=(side, folder, given, sending)
        )
        process.start()
        runs.append(receiving.recv())
        process.join()
    best = min(runs, key=lambda run: run["wall_s"])
    return {
        **{name: round(value, 2) for name, value in best.items()},
        "wall_s_of_runs": [round(run["wall_s"], 2) for run in runs],
    }


def told(
    side: Callable[[Path, argparse.Namespace], dict[str, float]],
    folder: Path,
    given: argparse.Namespace,
    sending: Connection,
) -> None:
    sending.send(side(folder, given))


def compared(folder: Path) -> int:
    """How many spans have another person, employment or state."""
    different = 0
    files = [pq.ParquetFile(folder / f"{name}.parquet") for name in ("byline", "duckdb")]
    if files[0].metadata.num_rows != files[1].metadata.num_rows:
        return max(one.metadata.num_rows for one in files)
    for one, other in zip(*(file.iter_batches(BATCH) for file in files), strict=True):
        wrong = np.zeros(one.num_rows, bool)
        for name in ANSWERS.names:
            a, b = (batch[name].cast(ANSWERS.field(name).type) for batch in (one, other))
            same = pc.or_(pc.fill_null(pc.equal(a, b), False),
                          pc.and_(pc.is_null(a), pc.is_null(b)))  # fmt: skip
            wrong |= ~same.to_numpy(zero_copy_only=False)
        different += int(wrong.sum())
    return different


if __name__ == "__main__":
    main()
