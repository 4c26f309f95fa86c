"""Races for two branches of one log at one witness, in threads and in processes; and its speed.

    python benchmarks/witness_races.py --races 10000

A race: a witness knows a log of 3 entries; six requests for two branches that go apart after them
come at once. At most one branch may ever be cosigned. Every tenth race is between processes, which
share nothing but the folder. Prints one line of JSON; exit status 1 if both branches of any race
were cosigned.
"""

import argparse
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from byline.proof.checkpoint import Checkpoint, format_checkpoint
from byline.proof.cosignature import CosigningKey
from byline.proof.merkle import build, consistency_proof, leaf_hash
from byline.proof.note import Signer, sign_note
from byline.proof.witness import Witness, add_checkpoint, newest_cosigned
from byline.proof.witness_request import OK, Request, format_request

LOG = Signer("harbour.example/byline", bytes(range(32)))
KEY = CosigningKey("union.example/w1", b"u" * 32)
COMMON, LARGEST, PUSHES = 3, 20, 6
BRANCHES = [
    [leaf_hash(bytes([at, 0 if at < COMMON else branch])) for at in range(LARGEST)]
    for branch in range(2)
]
PROCESS_RACE = 10


def request(old: int, size: int, leaves: list[bytes]) -> bytes:
    """An `add-checkpoint` request for a branch's first `size` entries."""
    note = sign_note(format_checkpoint(Checkpoint(LOG.name, size, build(leaves[:size]).root)), LOG)
    return format_request(Request(old, tuple(consistency_proof(leaves[:size], old)), note))


def push(state: Path, data: bytes) -> bool:
    """Whether the witness in a folder cosigned."""
    witness = Witness(state, (KEY,), (LOG.verifier,), clock=lambda: 1)
    return add_checkpoint(witness, data).status == OK


def race(pool: Executor, state: Path, seed: int) -> set[int]:
    """The branches that were cosigned."""
    draw = random.Random(seed)
    pushes = [
        (branch, draw.choice([COMMON, COMMON, draw.randint(4, 9)]), draw.randint(10, LARGEST))
        for branch in range(2)
        for _ in range(PUSHES // 2)
    ]
    draw.shuffle(pushes)
    first = sign_note(
        format_checkpoint(Checkpoint(LOG.name, COMMON, build(BRANCHES[0][:COMMON]).root)), LOG
    )
    push(state, format_request(Request(0, (), first)))
    waiting = [
        (branch, pool.submit(push, state, request(old, size, BRANCHES[branch])))
        for branch, old, size in pushes
    ]
    return {branch for branch, done in waiting if done.result()}


def cosignatures_a_second(state: Path, seconds: float) -> float:
    """How many checkpoints one thread has cosigned durably a second."""
    witness = Witness(state, (KEY,), (LOG.verifier,), clock=lambda: 1)
    data, count, end = request(LARGEST, LARGEST, BRANCHES[0]), 0, time.perf_counter() + seconds
    note = data.partition(b"\n\n")[2]
    add_checkpoint(witness, format_request(Request(0, (), note)))
    began = time.perf_counter()
    while time.perf_counter() < end:
        if add_checkpoint(witness, data).status != OK:
            raise RuntimeError("the witness refused its own checkpoint")
        count += 1
    if newest_cosigned(witness, LOG.name) is None:
        raise RuntimeError("the witness forgot")
    return count / (time.perf_counter() - began)


def main() -> int:
    """Run the races and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="witness-races-"))
    context = multiprocessing.get_context("spawn")
    cosigned: list[set[int]] = []
    began = time.perf_counter()
    with ThreadPoolExecutor(PUSHES) as threads, ProcessPoolExecutor(PUSHES, context) as processes:
        for seed in range(given.races):
            pool = threads if seed % PROCESS_RACE else processes
            cosigned.append(race(pool, folder / str(seed), seed))
            shutil.rmtree(folder / str(seed))
    took = time.perf_counter() - began
    both = sum(len(branches) > 1 for branches in cosigned)
    speed = cosignatures_a_second(folder / "speed", given.seconds)
    shutil.rmtree(folder)
    print(
        json.dumps(
            {
                "races": given.races,
                "between_processes": len(range(0, given.races, PROCESS_RACE)),
                "both_branches_cosigned": both,
                "first_branch": sum(branches == {0} for branches in cosigned),
                "second_branch": sum(branches == {1} for branches in cosigned),
                "seconds": round(took, 1),
                "durable_cosignatures_a_second": round(speed),
            }
        )
    )
    return 1 if both else 0


if __name__ == "__main__":
    sys.exit(main())
