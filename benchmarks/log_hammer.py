"""Several processes append to one log at once, some are killed, others check every proof meanwhile.

Writers append one by one from two threads, in batches, and by `log.append`, and note what was
acknowledged. The parent kills a writer now and then (SIGKILL) and starts another in its place.
Readers prove each entry as it comes, and that every checkpoint grew from the one before and from
the first. At the end every acknowledged entry must be at its index, and the log must be sound.

    python benchmarks/log_hammer.py --entries 200000 --writers 4 --readers 2 --kills 40

The exit status is 0 only if nothing was forgotten, forked or damaged.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from byline.proof import log
from byline.proof.appender import appending
from byline.proof.check import check
from byline.proof.logproof import verify_proof
from byline.proof.merkle import leaf_hash, verify_consistency, verify_inclusion
from byline.proof.note import Signer

SIGNER = Signer("hammer.example/log", bytes(range(32)))


def main() -> None:
    given = options().parse_args()
    if given.role == "writer":
        write(Path(given.log), Path(given.acknowledged), name=given.name, share=given.entries,
              each=given.round)  # fmt: skip
    elif given.role == "reader":
        read(Path(given.log), total=given.entries)
    else:
        hammer(given)


def options() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--entries", type=int, default=200_000)
    found.add_argument("--writers", type=int, default=4)
    found.add_argument("--readers", type=int, default=2)
    found.add_argument("--kills", type=int, default=40)
    found.add_argument("--round", type=int, default=200,
                       help="entries of each kind between two openings of the log")  # fmt: skip
    found.add_argument("--seed", type=int, default=1)
    found.add_argument("--role", choices=("writer", "reader"), help=argparse.SUPPRESS)
    for name in ("--log", "--acknowledged", "--name"):
        found.add_argument(name, help=argparse.SUPPRESS)
    return found


def write(path: Path, acknowledged: Path, *, name: str, share: int, each: int) -> None:
    """Append entries until a share of them is in, each noted only once it was acknowledged."""
    done = 0
    with acknowledged.open("a", encoding="ascii", buffering=1) as notes:

        def told(index: int, entry: bytes) -> None:
            nonlocal done
            notes.write(f"{index} {entry.decode()}\n")
            done += 1

        while done < share:
            made = [f"{name}-{done}-{number}".encode() for number in range(3 * each)]
            with appending(path, signer=SIGNER, publish_every=each) as writer:
                with ThreadPoolExecutor(2) as pool:
                    singles = made[:each]
                    for index, entry in zip(pool.map(writer.append, singles), singles, strict=True):
                        told(index, entry)
                batch = made[each : 2 * each]
                for index, entry in zip(writer.append_all(batch), batch, strict=True):
                    told(index, entry)
            rest = made[2 * each :]
            for index, entry in zip(log.append(path, rest, signer=SIGNER), rest, strict=True):
                told(index, entry)


def read(path: Path, *, total: int) -> None:
    """Check every entry and every checkpoint as they come."""
    seen, checkpoints = 0, 0
    first = previous = log.read_checkpoint(path, verifier=SIGNER.verifier)
    while seen < total:
        head = log.read_checkpoint(path, verifier=SIGNER.verifier)
        if head.size == previous.size:
            time.sleep(0.01)
            continue
        for old in {previous.size: previous, first.size: first}.values():
            if old.size:
                verify_consistency(
                    old_size=old.size, old_root=old.root, size=head.size, root=head.root,
                    proof=log.prove_consistency(path, old_size=old.size, size=head.size),
                )  # fmt: skip
        indexes = range(seen, head.size)
        entries = log.entries_at(path, indexes)
        proofs = log.prove_all(path, indexes)
        signed = verify_proof(proofs[-1], entry=entries[-1], verifiers=[SIGNER.verifier])
        for entry, proof in zip(entries, proofs, strict=True):
            verify_inclusion(
                leaf=leaf_hash(entry), index=proof.index, size=signed.size, root=signed.root,
                proof=proof.hashes,
            )  # fmt: skip
        seen, previous, checkpoints = head.size, head, checkpoints + 1
        first = first if first.size else head
    print(json.dumps({"proved": seen, "checkpoints": checkpoints}))


def hammer(given: argparse.Namespace) -> None:
    draw = random.Random(given.seed)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "log"
        log.create(path, signer=SIGNER)
        readers = [
            start("reader", path, entries=given.entries, out=subprocess.PIPE)
            for _ in range(given.readers)
        ]
        killed = write_and_kill(folder, given, draw)
        size = log.read_checkpoint(path, verifier=SIGNER.verifier).size
        if size < given.entries:
            log.append(path, [b"rest-%d" % number for number in range(given.entries - size)],
                       signer=SIGNER)  # fmt: skip
        proved = [json.loads(reader.communicate()[0]) for reader in readers]
        failed = sum(reader.returncode != 0 for reader in readers)
        report = check(path, verifier=SIGNER.verifier)
        notes, wrong = compare(path, folder)
        result = {
            "entries": report.checkpoint.size,
            "acknowledged": notes,
            "acknowledged_and_not_there": wrong,
            "killed": killed,
            "readers": proved,
            "leftovers": report.leftovers,
            "wall_s": round(time.perf_counter() - begun, 1),
        }
    print(json.dumps(result, indent=2))
    sys.exit(bool(wrong or failed or report.leftovers))


def write_and_kill(folder: Path, given: argparse.Namespace, draw: random.Random) -> int:
    """Run the writers until the log is long enough, and kill some; returns how many were."""
    path, share, killed, made = folder / "log", given.entries // given.writers, 0, 0
    writers: list[subprocess.Popen[bytes]] = []

    def another() -> None:
        nonlocal made
        made += 1
        notes = folder / f"acknowledged-{made}"
        writers.append(start("writer", path, entries=share, notes=notes, name=f"w{made}",
                             each=given.round))  # fmt: skip

    for _ in range(given.writers):
        another()
    marks = sorted(draw.randrange(given.entries // 2) for _ in range(given.kills))
    while any(writer.poll() is None for writer in writers):
        time.sleep(0.005)
        size = log.read_checkpoint(path, verifier=SIGNER.verifier).size
        running = [writer for writer in writers if writer.poll() is None]
        if marks and size >= marks[0] and running:
            marks.pop(0)
            time.sleep(draw.uniform(0, 0.03))
            os.kill(draw.choice(running).pid, signal.SIGKILL)
            killed += 1
            another()
    if any(writer.returncode not in (0, -signal.SIGKILL) for writer in writers):
        sys.exit("a writer failed")
    return killed


def start(
    role: str,
    path: Path,
    *,
    entries: int,
    notes: Path | None = None,
    name: str = "",
    each: int = 1,
    out: int | None = None,
) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--role", role, "--log", str(path),
               "--entries", str(entries), "--acknowledged", str(notes), "--name", name,
               "--round", str(each)]  # fmt: skip
    return subprocess.Popen(command, stdout=out)


def compare(path: Path, folder: Path) -> tuple[int, int]:
    """How many entries were acknowledged, and how many of them are not where it was said."""
    held = [entry.decode() for entry in log.entries(path)]
    notes = [
        line.split(" ")
        for file in folder.glob("acknowledged-*")
        for line in file.read_text(encoding="ascii").splitlines(keepends=True)
        if line.endswith("\n")
    ]
    wrong = sum(held[int(index)] != entry.rstrip("\n") for index, entry in notes)
    return len(notes), wrong + len(held) - len(set(held))


if __name__ == "__main__":
    main()
