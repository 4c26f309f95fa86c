"""Authorship of a whole tree: `git blame` as users run it, at its best, and Byline's one pass.

Four sides on the same files, in turn, on Byline's own mirror of the repository:

- blame: `git blame`, once a file, one after another, without a commit-graph (as users run it). With
  `--sample` only on some files drawn at random, and its time scaled by their number.
- graph: the same on `--processes` cores, on a commit-graph with changed-path filters.
- pass: `byline.work.git.lineage`, `--processes` workers with a share of the paths each.
- refresh: the same pass after `--newer` more commits, with what the older tree said (only the files
  that changed since are asked).

Wall time, CPU seconds with those of git, the largest process; the lines that differ from blame.

    python benchmarks/authorship.py PATH [--follow copies --ignore-space] [--repeat 3] [--sample 0]
"""

import argparse
import json
import multiprocessing
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from byline.work.git.blame import Origin, blame
from byline.work.git.command import run
from byline.work.git.lineage import follow
from byline.work.git.lineage_asks import Ask, Following
from byline.work.git.mirror import mirror
from byline.work.git.objects import ObjectReader
from byline.work.git.snapshot import LINK, MODULE
from byline.work.git.texts import available
from byline.work.git.tree import files
from byline.work.text import decode, line_count

Answers = dict[str, list[Origin]]


@dataclass(frozen=True)
class Side:
    """One way to ask: where, what, and how."""

    directory: Path
    asks: tuple[Ask, ...]
    following: Following
    known: tuple[str, Answers] | None = None


Sides = dict[str, tuple[Callable[[Side, int], Answers], Side, int]]


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        found = mirror(given.path, into=Path(scratch) / "mirror.git")
        plain = Path(scratch) / "plain.git"
        shutil.copytree(found.directory, plain)
        (plain / "objects" / "info" / "commit-graph").unlink(missing_ok=True)
        following = Following(given.follow, given.ignore_space)
        asks = whole_files(found.directory, found.commit)
        drawn = asks
        if given.sample:
            drawn = tuple(random.Random(1).sample(asks, min(given.sample, len(asks))))
        older = before(found.directory, found.commit, given.newer)
        sides: Sides = {
            "blame": (by_blame, Side(plain, drawn, following), 1),
            "graph": (
                by_blame,
                Side(found.directory, drawn if given.sample_graph else asks, following),
                given.processes,
            ),
            "pass": (by_pass, Side(found.directory, asks, following), given.processes),
            "refresh": (
                by_pass,
                refreshed(found.directory, older, asks, following),
                given.processes,
            ),
        }
        if given.no_blame:
            del sides["blame"]
        costs: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
        answers: dict[str, Answers] = {}
        for _ in range(given.repeat):  # in turn, so that none has the quieter machine
            for name, (work, side, processes) in sides.items():
                answers[name], cost = measured(work, side, processes)
                costs[name].append(cost)
    report(given, asks, sides, costs, answers)


def arguments() -> argparse.Namespace:
    known = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known.add_argument("path", type=Path)
    known.add_argument("--processes", type=int, default=2)
    known.add_argument("--repeat", type=int, default=3)
    known.add_argument("--sample", type=int, default=0, help="files for blame; 0: all")
    known.add_argument("--sample-graph", action="store_true", help="sample for the graph side too")
    known.add_argument("--no-blame", action="store_true", help="leave the slowest side out")
    known.add_argument("--newer", type=int, default=100)
    known.add_argument("--follow", choices=("renames", "moves", "copies"), default="renames")
    known.add_argument("--ignore-space", action="store_true")
    return known.parse_args()


def whole_files(directory: Path, commit: str) -> tuple[Ask, ...]:
    """The text files at a commit, all their lines."""
    every = files(directory, commit, max_paths=2_000_000)
    regular = [entry for entry in every if entry.mode not in (LINK, MODULE)]
    found = []
    with ObjectReader(directory) as reader:
        contents = reader.read_all([entry.oid for entry in regular])
        for entry, data in zip(regular, contents, strict=True):
            text = decode(data)[0]
            if text:
                path = entry.path.decode("utf-8", "surrogateescape")
                found.append(Ask(commit, path, entry.oid, ((1, line_count(text)),)))
    return tuple(found)


def before(directory: Path, commit: str, count: int) -> str:
    """The newest commit of the first-parent line that `count` commits at least were added to."""
    line = run(directory, "rev-list", "--first-parent", commit).decode("ascii").split()
    for older in line:
        new = run(directory, "rev-list", "--count", commit, f"^{older}")
        if int(new) >= count:
            return older
    return line[-1]


def refreshed(directory: Path, older: str, asks: Sequence[Ask], following: Following) -> Side:
    """What is asked again when history grew from an older commit: the files that changed."""
    earlier = whole_files(directory, older)
    said = follow(directory, older, earlier, following=following)
    known = {ask.path: origins for ask, origins in zip(earlier, said, strict=True)}
    same = {(ask.path, ask.oid) for ask in earlier}
    again = tuple(ask for ask in asks if (ask.path, ask.oid) not in same)
    stop = (older, known) if following.text == "renames" else None
    return Side(directory, again, following, stop)


def measured(
    work: Callable[[Side, int], Answers], side: Side, processes: int
) -> tuple[Answers, dict[str, float]]:
    """One side's answers and what they cost, in a process of their own and its children."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=_measure, args=(sender, work, side, processes))
    child.start()
    sender.close()  # so that a child that fails is noticed
    answers, cost = receiver.recv()
    child.join()
    return answers, cost


def _measure(
    sender: Connection, work: Callable[[Side, int], Answers], side: Side, processes: int
) -> None:
    began = time.perf_counter()
    answers = work(side, processes)
    wall = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cost = {
        "wall_s": round(wall, 3),
        "cpu_s": round(sum(one.ru_utime + one.ru_stime for one in used), 3),
        "largest_process_mb": max(one.ru_maxrss for one in used) // 1024,
    }
    sender.send((answers, cost))


def by_blame(side: Side, processes: int) -> Answers:
    """`git blame --incremental --root`, once a file."""
    parts = [Side(side.directory, (ask,), side.following) for ask in side.asks]
    return _spread_out(_blame, parts, processes)


def by_pass(side: Side, processes: int) -> Answers:
    """One pass a process, each over its share of the files."""
    parts = [
        Side(side.directory, side.asks[start::processes], side.following, side.known)
        for start in range(processes)
    ]
    return _spread_out(_pass, parts, processes)


def _spread_out(work: Callable[[Side], Answers], parts: Sequence[Side], processes: int) -> Answers:
    if processes == 1:
        return {path: found for part in parts for path, found in work(part).items()}
    with ProcessPoolExecutor(processes) as pool:
        chunk = 1 if len(parts) <= processes else 8
        done = pool.map(work, parts, chunksize=chunk)
        return {path: origins for part in done for path, origins in part.items()}


def _blame(side: Side) -> Answers:
    [ask] = side.asks
    options = side.following.blame_options
    return {ask.path: blame(side.directory, ask.commit, ask.path, options=options)}


def _pass(side: Side) -> Answers:
    if not side.asks:
        return {}
    known = side.known
    stop = known and (known[0], lambda names: {n: known[1][n] for n in names if n in known[1]})
    found = follow(
        side.directory, side.asks[0].commit, side.asks, following=side.following, stop=stop
    )
    return {ask.path: origins for ask, origins in zip(side.asks, found, strict=True)}


def report(
    given: argparse.Namespace,
    asks: Sequence[Ask],
    sides: Sides,
    costs: dict[str, list[dict[str, float]]],
    answers: dict[str, Answers],
) -> None:
    """Print what was measured as JSON; ends with 1 where a line differs."""
    different = {
        name: sum(
            one != other
            for path, theirs in said.items()
            for one, other in zip(spread(theirs), spread(answers["pass"][path]), strict=True)
        )
        for name, said in answers.items()
    }
    medians = {
        name: {key: median([cost[key] for cost in each]) for key in each[0]}
        for name, each in costs.items()
    }
    walls = {name: medians[name]["wall_s"] for name in sides}
    for name in ("blame", "graph"):
        if name in walls:
            walls[name] *= len(asks) / len(sides[name][1].asks)
    found = {
        "repository": given.path.parent.name if given.path.name == "repo" else given.path.name,
        "git": run_git_version(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "compiled": available(),
        "following": list(sides["pass"][1].following.blame_options),
        "files": len(asks),
        "lines": sum(ask.ranges[0][1] for ask in asks),
        "files_of_each": {name: len(side.asks) for name, (_, side, _) in sides.items()},
        "lines_that_differ": different,
        "medians": medians,
        "runs": {name: [cost["wall_s"] for cost in each] for name, each in costs.items()},
        "wall_of_all_files_s": {name: round(wall, 2) for name, wall in walls.items()},
        "times_faster": {
            f"than {name}": round(walls[name] / walls["pass"], 2)
            for name in ("blame", "graph")
            if name in walls
        },
        "refresh_share": round(walls["refresh"] / walls["pass"], 3),
    }
    print(json.dumps(found, indent=2))
    sys.exit(any(different.values()))


def run_git_version() -> str:
    """Which git."""
    done = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def spread(origins: Sequence[Origin]) -> list[str]:
    """The commit of each line."""
    return [origin.commit for origin in origins for _ in range(origin.lines)]


def median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


if __name__ == "__main__":
    main()
