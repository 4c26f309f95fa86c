"""One pass over a history against `git blame` file by file: same answers, on the same cores.

Both run on Byline's own mirror, whose commit-graph has changed-path filters (without it blame is
several times slower). Each side has `--processes` workers; the pass gives every worker a share of
the files. Wall time, CPU seconds with those of git, the largest process, and the lines that differ.

    python benchmarks/authorship.py PATH [--processes 2] [--repeat 3] [--files 0]
"""

import argparse
import json
import multiprocessing
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

from byline.work.git.blame import Origin, blame
from byline.work.git.lineage import lineage
from byline.work.git.mirror import Mirror, mirror
from byline.work.git.objects import ObjectReader
from byline.work.git.snapshot import LINK, MODULE, decode
from byline.work.git.tree import files

Answers = dict[str, list[Origin]]
Share = tuple[Path, str, list[str]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--files", type=int, default=0, help="draw so many; 0: all text files")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = mirror(given.path, into=Path(scratch) / "mirror.git")
        paths = text_files(found)
        if given.files:
            paths = sorted(random.Random(1).sample(paths, min(given.files, len(paths))))
        blamed: list[dict[str, float]] = []
        passed: list[dict[str, float]] = []
        theirs: Answers = {}
        ours: Answers = {}
        for _ in range(given.repeat):  # in turn, so that neither has the quieter machine
            theirs, cost = measured(by_blame, found, paths, given.processes)
            blamed.append(cost)
            ours, cost = measured(by_lineage, found, paths, given.processes)
            passed.append(cost)
    different = sum(
        one != other
        for path in paths
        for one, other in zip(spread(theirs[path]), spread(ours[path]), strict=True)
    )
    report = {
        "git": subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
        .stdout.strip(),
        "python": platform.python_version(),
        "processes": given.processes,
        "files": len(paths),
        "lines": sum(len(spread(found)) for found in theirs.values()),
        "lines_that_differ": different,
        "blame": blamed,
        "lineage": passed,
        "blame_over_lineage_wall": ratio(blamed, passed, "wall_s"),
        "blame_over_lineage_cpu": ratio(blamed, passed, "cpu_s"),
    }  # fmt: skip
    print(json.dumps(report, indent=2))
    sys.exit(different > 0)


def text_files(found: Mirror) -> list[str]:
    """The files that Byline asks authorship of."""
    every = files(found.directory, found.commit, max_paths=2_000_000)
    regular = [entry for entry in every if entry.mode not in (LINK, MODULE)]
    with ObjectReader(found.directory) as reader:
        contents = reader.read_all([entry.oid for entry in regular])
        return [
            entry.path.decode("utf-8", "surrogateescape")
            for entry, data in zip(regular, contents, strict=True)
            if decode(data)[0] is not None
        ]


def measured(
    work: Callable[[Mirror, Sequence[str], int], Answers],
    found: Mirror,
    paths: Sequence[str],
    processes: int,
) -> tuple[Answers, dict[str, float]]:
    """One side's answers and what they cost, in a process of their own and its children."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=_measure, args=(sender, work, found, paths, processes))
    child.start()
    sender.close()  # so that a child that fails is noticed
    answers, cost = receiver.recv()
    child.join()
    return answers, cost


def _measure(
    sender: Connection,
    work: Callable[[Mirror, Sequence[str], int], Answers],
    found: Mirror,
    paths: Sequence[str],
    processes: int,
) -> None:
    before = time.perf_counter()
    answers = work(found, paths, processes)
    wall = time.perf_counter() - before
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cost = {
        "wall_s": round(wall, 2),
        "cpu_s": round(sum(one.ru_utime + one.ru_stime for one in used), 2),
        "largest_process_mb": max(one.ru_maxrss for one in used) // 1024,
    }
    sender.send((answers, cost))


def by_blame(found: Mirror, paths: Sequence[str], processes: int) -> Answers:
    """`git blame --incremental --root`, once a file."""
    shares = [(found.directory, found.commit, [path]) for path in paths]
    return _spread_out(_blame, shares, processes)


def by_lineage(found: Mirror, paths: Sequence[str], processes: int) -> Answers:
    """One pass a process, each over its share of the files."""
    shares = [
        (found.directory, found.commit, list(paths[start::processes])) for start in range(processes)
    ]
    return _spread_out(_lineage, shares, processes)


def _spread_out(
    work: Callable[[Share], Answers], shares: Sequence[Share], processes: int
) -> Answers:
    if processes == 1:
        return {path: found for share in shares for path, found in work(share).items()}
    with ProcessPoolExecutor(processes) as pool:
        chunk = 1 if len(shares) <= processes else 8
        parts = pool.map(work, shares, chunksize=chunk)
        return {path: origins for part in parts for path, origins in part.items()}


def _blame(share: Share) -> Answers:
    directory, commit, paths = share
    return {path: blame(directory, commit, path) for path in paths}


def _lineage(share: Share) -> Answers:
    directory, commit, paths = share
    return lineage(directory, commit, paths)


def spread(origins: Sequence[Origin]) -> list[str]:
    """The commit of each line."""
    return [origin.commit for origin in origins for _ in range(origin.lines)]


def ratio(one: Sequence[dict[str, float]], other: Sequence[dict[str, float]], name: str) -> float:
    """How many times the medians of one side are those of the other."""
    return round(median([cost[name] for cost in one]) / median([cost[name] for cost in other]), 2)


def median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


if __name__ == "__main__":
    main()
