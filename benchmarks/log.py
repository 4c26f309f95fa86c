"""The transparency log: durable appends, and trees of millions of leaves, beside pymerkle.

Appends are of `--bytes` each and count once they are on disk: one by one from one thread and from
eight, and in batches, each under a signed checkpoint over tiles that were read back. The tree's
leaves are hashed and all of its levels built, then entries and earlier sizes are proved and
verified. Each measurement runs in a process of its own. The last line of the report tells how fast
this disk syncs: durable appends cannot be faster, and a disk that lies about it makes them so.

pymerkle builds the same leaves (`--peer-leaves` of them, for its memory), in memory and in SQLite;
roots are compared. It is installed for this alone:

    pip install --target PEERS pymerkle
    PYTHONPATH=PEERS python benchmarks/log.py
    python benchmarks/log_hammer.py        # the same log under writers that are killed

Wall time, CPU seconds of the process and those it started, the largest resident size of each.
"""

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measured import apart, cpu, peak, timed

from byline.proof import bigtree, log, merkle
from byline.proof.appender import Appender, appending
from byline.proof.check import check
from byline.proof.note import Signer

SIGNER = Signer("benchmark.example/log", bytes(range(32)))
PROOFS = 1_000
THREADS = 8


def main() -> None:
    given = options().parse_args()
    report: dict[str, Any] = {
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "entry_bytes": given.bytes,
    }
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = Path(scratch)
        report["appends"] = apart(appends, folder, given)
        report["tree"] = apart(tree, folder, given.leaves, given.workers)
        report["tree_as_peers"] = apart(tree, folder, given.peer_leaves, given.workers)
        report["tree_in_memory"] = apart(tree_in_memory, given.peer_leaves)
        for name in ("InmemoryTree", "SqliteTree"):
            report[f"pymerkle_{name}"] = apart(pymerkle_tree, folder, given.peer_leaves, name)
        report["syncs_a_second"] = apart(syncs, folder)
    print(json.dumps(report, indent=2))
    roots = {one.get("root") for name, one in report.items() if name.startswith(
        ("tree_", "pymerkle_")) and "root" in one}  # fmt: skip
    sys.exit(len(roots) != 1)


def options() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--entries", type=int, default=1_000_000, help="appended in batches")
    found.add_argument("--batch", type=int, default=100_000)
    found.add_argument("--singles", type=int, default=20_000, help="appended one by one")
    found.add_argument("--bytes", type=int, default=200)
    found.add_argument("--leaves", type=int, default=10_000_000)
    found.add_argument("--peer-leaves", type=int, default=1_000_000)
    found.add_argument("--workers", type=int, default=2)
    found.add_argument("--folder", type=Path, help="where to write; else the system's own place")
    return found


def appends(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Appends a second, one by one, from threads, and in batches."""
    path, found = folder / "log", {}
    log.create(path, signer=SIGNER)
    with appending(path, signer=SIGNER) as writer:
        singles = entries(0, given.singles, given.bytes)
        found["singles"] = rate(lambda: [writer.append(entry) for entry in singles], given.singles)
        found["publish"] = rate(writer.publish, 1)
        found[f"singles_from_{THREADS}_threads"] = rate(
            lambda: from_threads(writer, singles), given.singles
        )
    batches = [
        entries(at, at + given.batch, given.bytes) for at in range(0, given.entries, given.batch)
    ]
    found["batches"] = rate(
        lambda: [log.append(path, batch, signer=SIGNER) for batch in batches],
        len(batches) * given.batch,
    )
    size = log.read_checkpoint(path, verifier=SIGNER.verifier).size
    found["check"] = rate(lambda: check(path, verifier=SIGNER.verifier), size)
    found["prove"] = rate(lambda: log.prove_all(path, range(0, size, size // PROOFS)), PROOFS)
    return found | {"size": size, "peak_mib": peak()}


def from_threads(writer: Appender, singles: list[bytes]) -> None:
    def append(part: list[bytes]) -> None:
        for entry in part:
            writer.append(entry)

    threads = [
        threading.Thread(target=append, args=(singles[number::THREADS],))
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def entries(start: int, stop: int, size: int) -> list[bytes]:
    return [b"%0*d" % (size, index) for index in range(start, stop)]


def leaf(index: int) -> bytes:
    return b"leaf %d" % index


def row(start: int, stop: int) -> bytes:
    return merkle.hash_leaves(map(leaf, range(start, stop)))


def tree(folder: Path, leaves: int, workers: int) -> dict[str, Any]:
    """A tree in a file, built by several processes."""
    begun, spent = time.perf_counter(), cpu()
    built = bigtree.build_tree(folder / "tree", size=leaves, row=row, workers=workers)
    found = timed(begun, spent) | {
        "leaves": leaves,
        "workers": workers,
        "peak_mib_of_a_worker": peak(resource.RUSAGE_CHILDREN),
        "file_mib": round((folder / "tree").stat().st_size / 2**20, 1),
        "root": built.root.hex(),
    }
    found |= proved(built.inclusion_proof, built.consistency_proof, leaves, built.root)
    built.close()
    return found


def tree_in_memory(leaves: int) -> dict[str, Any]:
    """The same in one process, the tree as Python bytes."""
    begun, spent = time.perf_counter(), cpu()
    built = merkle.build_row(row(0, leaves))
    return (
        timed(begun, spent)
        | {"leaves": leaves, "root": built.root.hex()}
        | proved(
            lambda index: merkle.inclusion_proof(built, index),
            lambda size: merkle.consistency_proof(built, size),
            leaves,
            built.root,
        )
    )


def proved(
    inclusion: Callable[[int], list[bytes]],
    consistency: Callable[[int], list[bytes]],
    leaves: int,
    root: bytes,
) -> dict[str, Any]:
    """How long a proof takes to make and to verify, over places spread through the tree."""
    places = range(0, leaves, max(leaves // PROOFS, 1))
    begun = time.perf_counter()
    included = [inclusion(index) for index in places]
    grown = [consistency(index + 1) for index in places]
    made = time.perf_counter()
    old_roots = {}
    for index, proof in zip(places, included, strict=True):
        merkle.verify_inclusion(
            leaf=merkle.leaf_hash(leaf(index)), index=index, size=leaves, proof=proof, root=root
        )
    verified = time.perf_counter()
    for size in (1, 1_000, 65_537):
        old_roots[size] = merkle.root([merkle.leaf_hash(leaf(index)) for index in range(size)])
        merkle.verify_consistency(
            old_size=size, old_root=old_roots[size], size=leaves, root=root,
            proof=consistency(size),
        )  # fmt: skip
    return {
        "microseconds_to_prove": round((made - begun) / (len(included) + len(grown)) * 1e6, 1),
        "microseconds_to_verify": round((verified - made) / len(included) * 1e6, 1),
        "proof_bytes": 32 * max(map(len, included)),
    }


def pymerkle_tree(folder: Path, leaves: int, name: str) -> dict[str, Any]:
    try:
        import pymerkle  # noqa: PLC0415
    except ImportError:
        return {"not_installed": "pymerkle"}
    begun, spent = time.perf_counter(), cpu()
    given = (str(folder / "pymerkle.db"),) if name == "SqliteTree" else ()
    built = getattr(pymerkle, name)(*given)
    built.append_entries(map(leaf, range(leaves)))
    root = built.get_state()
    found = timed(begun, spent) | {"leaves": leaves, "root": root.hex()}
    places = range(0, leaves, max(leaves // PROOFS, 1))
    begun = time.perf_counter()
    included = [built.prove_inclusion(index + 1) for index in places]
    made = time.perf_counter()
    for index, proof in zip(places, included, strict=True):
        pymerkle.verify_inclusion(built.get_leaf(index + 1), root, proof)
    return found | {
        "microseconds_to_prove": round((made - begun) / len(included) * 1e6, 1),
        "microseconds_to_verify": round((time.perf_counter() - made) / len(included) * 1e6, 1),
    }


def syncs(folder: Path) -> float:
    """How often a second 200 bytes can be written to the end of a file and synced."""
    count = 2_000
    with (folder / "synced").open("wb", buffering=0) as file:
        begun = time.perf_counter()
        for _ in range(count):
            file.write(bytes(200))
            os.fdatasync(file.fileno())
    return round(count / (time.perf_counter() - begun))


def rate(do: Callable[[], object], count: int) -> dict[str, Any]:
    begun, spent = time.perf_counter(), cpu()
    do()
    wall = time.perf_counter() - begun
    return {
        "wall_s": round(wall, 3), "cpu_s": round(cpu() - spent, 3), "a_second": round(count / wall)
    }  # fmt: skip


if __name__ == "__main__":
    main()
