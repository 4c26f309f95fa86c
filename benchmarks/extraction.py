"""Extraction of a whole history, beside what others use for it, on the same bare copy.

Structure (paths, statistics, messages as data): git's raw walk read from a pipe, Perceval, and
Byline's `read_history` with Arrow output, relations and renames. Line diffs: `git log -p` read from
a pipe, the same with Byline's options, PyDriller reading each file's `diff`, Byline's `deltas`. The
subjects run in turn, each in processes of its own, so that none has the quieter machine; medians of
`--repeat` rounds after one that warms up, ratios within a round. Start-up of Python and imports are
not counted: PyDriller and Byline time themselves, and Perceval's own `--help` is subtracted.

The peers are no dependency of Byline. Install each in an environment of its own, and name it:

    python -m venv /tmp/peers && /tmp/peers/bin/pip install pydriller perceval
    python benchmarks/extraction.py PATH --pydriller /tmp/peers/bin/python \\
        --perceval /tmp/peers/bin/perceval [--repeat 3] [--newest 2000]

Line diffs leave merges out everywhere. With `--newest` only they are compared, on that many
commits: PyDriller is slow. Perceval is run as a program, never imported (it is GPL).
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from byline.work.git.commits import read_history
from byline.work.git.deltas import deltas, listed

Cost = dict[str, float]
LARGE = 1 << 20
PYDRILLER = """
import json, resource, sys, time
from pydriller import Repository
start, files, commits = time.perf_counter(), 0, 0
used = lambda: sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (0, -1)))
before = used()
for commit in Repository(sys.argv[1], order="reverse", only_no_merge=True).traverse_commits():
    for file in commit.modified_files:
        files += bool(file.diff)
    commits += 1
    if commits == int(sys.argv[2]):
        break
rss = resource.getrusage(0).ru_maxrss / 1024
print(json.dumps({"wall": time.perf_counter() - start, "cpu": used() - before,
                  "commits": commits, "files": files, "mb": rss}))
"""
STRUCTURE = ("git log --raw", "perceval", "byline structure")
LINES = ("git log -p", "git log -p -U0 --no-renames", "pydriller", "byline deltas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--newest", type=int, default=0, help="only so many commits; 0: all")
    parser.add_argument("--pydriller", type=Path, help="a Python that has pydriller")
    parser.add_argument("--perceval", type=Path, help="the program")
    parser.add_argument("--cold", action="store_true", help="no round before those that count")
    parser.add_argument("--only", choices=("structure", "lines"))
    parser.add_argument("--one", choices=("structure", "deltas"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(ours(given.one, given.path, given.newest)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy.git"
        url = f"file://{given.path.resolve()}"
        git = ("git", "clone", "--quiet", "--bare", "--single-branch", "--no-tags", url, str(copy))
        subprocess.run(git, check=True)
        subjects = chosen(given, copy)
        for subject in () if given.cold else subjects.values():  # warms the disk's cache
            subject()
        rounds = [
            {name: subject() for name, subject in subjects.items()} for _ in range(given.repeat)
        ]
        counting = ("git", "-C", copy, "rev-list", "--count", "HEAD")
        every = int(subprocess.check_output(counting))
        plain = int(subprocess.check_output((*counting, "--no-merges")))
    report(rounds, (every, min(plain, given.newest or plain)), given)


def chosen(given: argparse.Namespace, copy: Path) -> dict[str, Callable[[], Cost]]:
    """What is measured, by name; what is not installed is said and left out."""
    few = ["--no-merges", *(["-n", str(given.newest)] if given.newest else [])]
    log = ("git", "-C", str(copy), "--no-pager", "log")
    found: dict[str, Callable[[], Cost]] = {}
    if not given.newest and given.only != "lines":
        raw = (*log, "--raw", "-r", "-z", "--no-abbrev", "--no-renames", "--format=%H")
        found["git log --raw"] = lambda: piped(raw)
        found["byline structure"] = lambda: child([sys.executable, __file__, str(copy), "--one",
                                                   "structure"])  # fmt: skip
        if given.perceval:
            found["perceval"] = lambda: perceval(given.perceval, copy)
        else:
            print("Perceval: not named, left out (see --help)", file=sys.stderr)
    if given.only == "structure":
        return found
    found["git log -p"] = lambda: piped((*log, "-p", *few))
    same = (*log, "-p", "-U0", "--no-renames", *few)
    found["git log -p -U0 --no-renames"] = lambda: piped(same)
    found["byline deltas"] = lambda: child([sys.executable, __file__, str(copy), "--one", "deltas",
                                            "--newest", str(given.newest)])  # fmt: skip
    if given.pydriller:
        found["pydriller"] = lambda: child([str(given.pydriller), "-c", PYDRILLER, str(copy),
                                            str(given.newest or -1)])  # fmt: skip
    else:
        print("PyDriller: not named, left out (see --help)", file=sys.stderr)
    return found


def ours(what: str, copy: Path, newest: int) -> Cost:
    pa.array(["a"])  # Arrow imports pandas at its first array, where that is installed
    start, before = time.perf_counter(), used()
    if what == "structure":
        growth = read_history(
            copy, "HEAD", repository="r", since=None, max_paths=2_000_000, buckets=16
        )
        counts: Cost = {"commits": growth.count, "files": len(growth.touched)}
    else:
        commits = listed(copy, "HEAD", most=newest or None)
        batches = deltas(copy, commits, max_bytes=LARGE)
        counts = {"commits": len(commits), "files": sum(batch.num_rows for batch in batches)}
    largest = max(resource.getrusage(who).ru_maxrss for who in (0, -1)) / 1024
    return {"wall": time.perf_counter() - start, "cpu": used() - before, "mb": largest, **counts}


def used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def piped(command: tuple[str, ...]) -> Cost:
    """A program whose output is read and thrown away."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        size = 0
        while piece := process.stdout.read(1 << 20):
            size += len(piece)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command}: status {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    wall = time.perf_counter() - start
    return {"wall": wall, "cpu": cpu, "mb": usage.ru_maxrss / 1024, "output_mb": size / 2**20}


def child(command: list[str]) -> Cost:
    """A program that prints its own costs."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cost: Cost = json.loads(done.stdout.splitlines()[-1])
    return cost


def perceval(program: Path, copy: Path) -> Cost:
    """Its own program, with JSON lines written to nowhere, less what its start takes."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    fetch = ("git", f"file://{copy}", "--git-path", str(copy), "--no-update", "--json-line")
    costs = []
    for arguments in (("git", "--help"), (*fetch, "-o", os.devnull)):
        start = time.perf_counter()
        process = subprocess.Popen([str(program), *arguments], **quiet)  # type: ignore[call-overload]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"perceval: status {process.returncode}")
        cpu = usage.ru_utime + usage.ru_stime
        costs.append((time.perf_counter() - start, cpu, usage.ru_maxrss / 1024))
    return {
        "wall": costs[1][0] - costs[0][0], "cpu": costs[1][1] - costs[0][1], "mb": costs[1][2]
    }  # fmt: skip


def report(
    rounds: list[dict[str, Cost]], counts: tuple[int, int], given: argparse.Namespace
) -> None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = subprocess.check_output(["git", "--version"], text=True).split()[2]
    name = given.path.parent.name if given.path.name == "repo" else given.path.name
    print(f"{name}: {counts[0]:,} commits, line diffs of {counts[1]:,}; n = {len(rounds)}")
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB, git {version}, ", end="")
    print(f"Python {platform.python_version()}, load at the end {os.getloadavg()[0]:.1f}")
    kinds = ((STRUCTURE, "byline structure"), (LINES, "byline deltas"))
    for (names, our), commits in zip(kinds, counts, strict=True):
        if our not in rounds[0]:
            continue
        print(f"\n| subject | wall s | CPU s | commits/s | MB | wall over {our} | CPU over {our} |")
        print("|---|---|---|---|---|---|---|")
        for name in (name for name in names if name in rounds[0]):
            wall, cpu, mb = (
                statistics.median(one[name][key] for one in rounds) for key in ("wall", "cpu", "mb")
            )
            ratios = [
                statistics.median(one[name][key] / one[our][key] for one in rounds)
                for key in ("wall", "cpu")
            ]
            print(
                f"| {name} | {wall:.2f} | {cpu:.2f} | {commits / wall:,.0f} | {mb:.0f} "
                f"| {ratios[0]:.2f} | {ratios[1]:.2f} |"
            )


if __name__ == "__main__":
    main()
