"""Thousands leave at once: from the event to new decisions, affected models and signed receipts.

Makes an organisation (`leave_world.py`), then runs what `byline leave --batch` runs after it has
collected: tell, decide the leavers' work anew, find the releases, models and deployments that hold
it, sign one root and write a receipt for each. In a process of its own; wall time, CPU seconds of
it and its workers, and the largest sum of their resident sizes, sampled every 0.1 s.

With `--kill`, a second copy of the same organisation is killed twice (SIGKILL, the whole process
group), after a share of the undisturbed run's time that is drawn from the seed. Then it is run
again, and decisions, receipts and what is on record are compared with those of the run that was let
be. `--withdraw` asks about one person's withdrawal.

    python benchmarks/leave.py --scratch /tmp/leave --kill --withdraw
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import leave_world as world
import pyarrow as pa

from byline.answers import leave_batches
from byline.answers.affected import affected
from byline.answers.leave import Workplace, work_through
from byline.answers.receipts import check_receipt
from byline.engine.executor import LocalExecutor
from byline.proof.keys import load_signer
from byline.release.inputs import Inputs, read_inputs
from byline.release.prepare import Tools
from byline.terms.separation_files import batch_of, read_batch
from byline.workspace.config import Config, read_config
from byline.workspace.layout import layout_of
from byline.workspace.ledger import open_ledger, rows, withdrawals
from byline.workspace.ledger import tables as ledger_tables

TOLD = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
SAMPLE = 0.1  # seconds


def main() -> None:
    given = options().parse_args()
    size = world.Size(people=given.people, contributions=given.contributions,
                      partitions=given.partitions, leavers=given.leavers,
                      examples=given.examples, seed=given.seed)  # fmt: skip
    if given.child:
        print(json.dumps(batch(Path(given.child), size)))
        return
    scratch = Path(given.scratch)
    first = scratch / "one"
    start = time.perf_counter()
    if not (first / "leavers.csv").exists():
        world.make_world(first, size)
    report: dict[str, Any] = {
        "size": world.describe(size),
        "machine": {
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
            "python": platform.python_version(),
            "pyarrow": pa.__version__,
        },
        "made_seconds": round(time.perf_counter() - start, 1),
    }
    second = copied(first, scratch / "two") if given.kill else None
    report["batch"] = apart(first, given)
    report["outcome"] = outcome(first)
    if second is not None:
        wall = report["batch"]["wall"]
        report["killed"] = killed(second, given, seed=size.seed, wall=wall)
        report["killed"]["same"] = outcome(second) == report["outcome"]
    if given.withdraw:
        report["withdrawal"] = withdrawal(first, size)
    print(json.dumps(report, indent=2))
    if second is not None and not report["killed"]["same"]:
        sys.exit("the killed run came to another result")


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    standard = world.Size()
    parser.add_argument("--scratch", default="/tmp/byline-leave")
    parser.add_argument("--people", type=int, default=standard.people)
    parser.add_argument("--contributions", type=int, default=standard.contributions)
    parser.add_argument("--partitions", type=int, default=standard.partitions)
    parser.add_argument("--leavers", type=int, default=standard.leavers)
    parser.add_argument("--examples", type=int, default=standard.examples)
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--withdraw", action="store_true")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    return parser


def batch(root: Path, size: world.Size) -> dict[str, Any]:
    """What the verb does with a batch, with the seconds of each part."""
    marks = {"start": time.perf_counter()}
    config = read_config(root)
    layout = layout_of(config)
    ledger = open_ledger(layout.ledger)
    people = inputs_of(config, ledger).directory.people
    told = batch_of(read_batch(root / "leavers.csv", people=people))
    said = leave_batches.tell(told, ledger=ledger, told=TOLD)
    inputs = inputs_of(config, ledger)
    marks["told"] = time.perf_counter()
    stands = leave_batches.standing(said.batch, ledger=ledger, holds=inputs.terms.holds)

    def progress(done: int, total: int, what: str) -> None:
        marks[what] = time.perf_counter()
        print(f"{what} {done} of {total}", file=sys.stderr, flush=True)

    with LocalExecutor() as executor:
        tools = Tools(layout.tables, executor, progress)
        at = Workplace(config, layout, ledger, inputs, load_signer(layout.log_key), tools)
        parts = world.found_contributions(layout, size)
        worked = work_through(stands, parts, at=at, as_of=world.AS_OF)
    marks["end"] = time.perf_counter()
    ordered = sorted(marks.items(), key=lambda one: one[1])
    seconds = {name: round(at - before, 1) for (_, before), (name, at) in pairwise(ordered)}
    return {
        "seconds_until": seconds,
        "decisions": worked.decisions,
        "ended": worked.ended,
        "surviving": worked.surviving,
        "releases": len(worked.impact.releases),
        "models": len(worked.impact.models),
        "deployments": len(worked.impact.deployments),
        "receipts": worked.issue.size,
        "root": worked.issue.root,
        "in_use_on_their_work": worked.disclosure.answer,
    }


def inputs_of(config: Config, ledger: Any) -> Inputs:
    return read_inputs(
        config,
        withdrawals=withdrawals(ledger),
        separations=rows(ledger, ledger_tables.SEPARATIONS),
        today=world.AS_OF,
    )


def apart(root: Path, given: argparse.Namespace, *, kill_after: float = 0) -> Any:
    """Run a batch in a process group of its own and measure it; kill it after some seconds."""
    command = [sys.executable, __file__, "--child", str(root)]
    for name in ("people", "contributions", "partitions", "leavers", "examples", "seed"):
        command += [f"--{name}", str(getattr(given, name))]
    start = time.perf_counter()
    progress = root.with_suffix(".progress")
    with (
        progress.open("wb") as talk,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=talk, start_new_session=True
        ) as child,
    ):
        used: dict[int, float] = {}
        peak = 0
        while child.poll() is None:
            peak = max(peak, sampled(child.pid, used))
            if kill_after and time.perf_counter() - start > kill_after:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                done = progress.read_text().splitlines()
                return {"killed_after": round(kill_after, 1), "at": done[-1] if done else "start"}
            time.sleep(SAMPLE)
        out = child.stdout.read() if child.stdout else b""
    wall = time.perf_counter() - start
    if child.returncode:
        sys.exit(f"the batch failed with {child.returncode}: {progress.read_text()[-2000:]}")
    return {
        "wall": round(wall, 1),
        "cpu": round(sum(used.values()), 1),
        "peak_mib": peak >> 20,
        **json.loads(out),
    }


def sampled(session: int, used: dict[int, float]) -> int:
    """Resident bytes of every process of a session; their CPU seconds go into `used`."""
    total = 0
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / ticks
            total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total


def killed(root: Path, given: argparse.Namespace, *, seed: int, wall: float) -> dict[str, Any]:
    """Kill a batch, kill it again when it goes on, and let the third finish."""
    draw = random.Random(seed)
    moments = (wall * draw.uniform(0.3, 0.6), wall * draw.uniform(0.15, 0.3))
    ends = [apart(root, given, kill_after=moment) for moment in moments]
    if not all("killed_after" in end for end in ends):
        sys.exit("a run was done before it was to be killed: give another --seed")
    return {"runs": [*ends, apart(root, given)]}


def copied(source: Path, target: Path) -> Path:
    """The organisation again; the tables, which are never written to, are linked."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(
        source, target,
        copy_function=lambda a, b: os.link(a, b) if a.endswith(".parquet") else shutil.copy2(a, b),
    )  # fmt: skip
    return target


def outcome(root: Path) -> dict[str, Any]:
    """Digests of what a batch came to: decisions, receipts, what is on record; receipts checked."""
    layout = layout_of(read_config(root))
    ledger = open_ledger(layout.ledger)
    receipts = sorted(layout.receipts.glob("*/*.leaving.json"))
    verifier = load_signer(layout.log_key).verifier
    for path in receipts[:: max(len(receipts) // 200, 1)]:
        check_receipt(path.read_bytes(), verifiers=[verifier])

    def digest(paths: list[Path]) -> str:
        found = hashlib.sha256()
        for path in paths:
            found.update(path.relative_to(layout.root).as_posix().encode())
            found.update(path.read_bytes())
        return found.hexdigest()

    recorded = {
        table.name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in {"sequence", "recorded"}},
                       sort_keys=True)
            for row in rows(ledger, table)
        )
        for table in (ledger_tables.SEPARATIONS, ledger_tables.SEPARATION_STATES,
                      ledger_tables.RECEIPTS)
    }  # fmt: skip
    return {
        "receipts": len(receipts),
        "receipts_sha256": digest(receipts),
        "decisions_sha256": digest(sorted((layout.tables / "left_work").rglob("*.parquet"))),
        "on_record": {name: len(found) for name, found in recorded.items()},
        "on_record_sha256": hashlib.sha256(json.dumps(recorded).encode()).hexdigest(),
    }


def withdrawal(root: Path, size: world.Size) -> dict[str, Any]:
    """One person's withdrawal: what it reaches, as `byline withdraw` asks it."""
    config = read_config(root)
    layout = layout_of(config)
    ledger = open_ledger(layout.ledger)
    person = world.person_id(int(world.numbers(size, "withdrawal").integers(0, size.people)))
    start = time.perf_counter()
    hit = affected(person, config=config, layout=layout, ledger=ledger)
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "releases": len(hit.releases),
        "models": len(hit.models),
    }


if __name__ == "__main__":
    main()
