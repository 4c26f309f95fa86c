"""Build a tree of keys over many pairs, prove and check single keys and batches of them.

    python benchmarks/trie.py --pairs 10000000 --processes 2

Prints one JSON object: seconds, memory and sizes of proofs. The pairs are SHAKE-256 output, sorted
with numpy, so that every run hashes the same tree. Memory is that of Linux: what the build adds to
the process at its peak, and the peak of the largest worker.
"""

import argparse
import hashlib
import json
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from byline.proof import trie
from byline.proof.trie_build import PAIR_SIZE

KEY_SIZE = 32

Result = TypeVar("Result")


def sorted_pairs(count: int) -> bytes:
    """Return `count` pairs in order of key: SHAKE-256 output, cut into keys and values."""
    rows = hashlib.shake_256(b"byline/benchmark/trie").digest(count * PAIR_SIZE)
    table = np.frombuffer(rows, dtype=np.uint8).reshape(count, PAIR_SIZE)
    order = np.argsort(table[:, :8].copy().view(">u8")[:, 0], kind="stable")
    return np.ascontiguousarray(table[order]).tobytes()


def resident(process: str, field: str) -> int:
    """Return a figure of /proc/<process>/status in MB, 0 once the process is gone."""
    try:
        lines = Path("/proc", process, "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith(field)), 0)


def children(process: str) -> list[str]:
    """Return the processes below one, at any depth."""
    try:
        near = Path("/proc", process, "task", process, "children").read_text().split()
    except OSError:
        return []
    return [found for child in near for found in (child, *children(child))]


def watch(done: threading.Event, peaks: dict[str, int]) -> None:
    """Note each child's peak memory, ten times a second."""
    while not done.wait(0.1):
        for child in children(str(Path("/proc/self").readlink())):
            peaks[child] = max(peaks.get(child, 0), resident(child, "VmHWM"))


def timed(measure: dict[str, object], name: str, work: Callable[[], Result]) -> Result:
    """Run `work` and file the seconds it took."""
    start = time.perf_counter()
    result = work()
    measure[name] = round(time.perf_counter() - start, 3)
    return result


def batch(tree: trie.Trie, count: int) -> list[bytes]:
    """Return keys, half of them present and evenly spread, half absent."""
    step = max(1, tree.size // max(1, count // 2))
    present = [
        tree.pairs[at * PAIR_SIZE : at * PAIR_SIZE + KEY_SIZE] for at in range(0, tree.size, step)
    ][: count - count // 2]
    absent = [hashlib.sha256(b"absent %d" % number).digest() for number in range(count // 2)]
    return [*present, *absent]


def measure_batch(tree: trie.Trie, count: int) -> dict[str, object]:
    """Return size of one proof of `count` keys and the seconds to make and check it."""
    keys = batch(tree, count)
    figures: dict[str, object] = {"keys": len(keys)}
    proof = timed(figures, "prove_s", lambda: trie.prove(tree, keys))
    found = timed(figures, "verify_s", lambda: trie.verify(proof, root=tree.root, keys=keys))
    figures["present"] = sum(value is not None for value in found.values())
    figures["bytes"] = len(proof)
    return figures


def measure_single(tree: trie.Trie, count: int) -> dict[str, object]:
    """Return the sizes of proofs of one key each and the mean seconds of each."""
    sizes, start = [], time.perf_counter()
    proofs = [(key, trie.prove(tree, [key])) for key in batch(tree, count)]
    proved = time.perf_counter()
    for key, proof in proofs:
        trie.verify(proof, root=tree.root, keys=[key])
        sizes.append(len(proof))
    checked = time.perf_counter()
    return {
        "proofs": len(sizes),
        "mean_bytes": round(statistics.mean(sizes)),
        "max_bytes": max(sizes),
        "prove_ms": round(1000 * (proved - start) / len(sizes), 3),
        "verify_ms": round(1000 * (checked - proved) / len(sizes), 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    pairs = sorted_pairs(options.pairs)
    figures: dict[str, object] = {"pairs": options.pairs, "processes": options.processes}
    Path("/proc/self/clear_refs").write_text("5")
    before, done, peaks = resident("self", "VmRSS"), threading.Event(), dict[str, int]()
    watcher = threading.Thread(target=watch, args=(done, peaks))
    watcher.start()
    tree = timed(figures, "build_s", lambda: trie.build_sorted(pairs, processes=options.processes))
    done.set()
    watcher.join()
    figures["memory_mb"] = {
        "pairs": len(pairs) >> 20,
        "build_adds": resident("self", "VmHWM") - before,
        "largest_worker": max(peaks.values(), default=0),
        "rows": sum(map(len, tree.rows)) >> 20,
    }
    figures["single"] = measure_single(tree, 1000)
    figures["batches"] = [measure_batch(tree, count) for count in (1000, 10_000)]
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
