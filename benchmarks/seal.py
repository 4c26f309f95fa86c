"""Seal a large release: seconds, peak memory and sizes; fingerprinting beside the verifier's own.

    python benchmarks/seal.py --megabytes 300 --workers 2

Rows are pieces of Python's standard library; each pass over it renames what its objects are called,
so that a new pass has new fingerprints. Prints one JSON object.
"""

import argparse
import hashlib
import json
import resource
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from measured import cpu, peak

from byline.engine.executor import LocalExecutor
from byline.examples.schema import EXAMPLES
from byline.proof import verify, vrf
from byline.release.fingerprints import row_fingerprints
from byline.release.seal_file import Tree
from byline.release.sealing import KEYED, write_trees
from byline.release.sealing_people import Blinding
from byline.workspace.files import write_table

PIECE = 3000  # characters of an example
PEOPLE = 500
SHARD = 96 << 20
TIME = 1_700_000_000
SALT = hashlib.sha256(b"byline/benchmark/seal").digest()
PSEUDONYMS = [f"p_{number:016x}" for number in range(PEOPLE)]
LABELS = {name: hashlib.sha256(name.encode()).digest() for name in PSEUDONYMS}


def pieces() -> Iterator[tuple[str, str, int]]:
    """Text, its file and its place there, without end."""
    files = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("**/*.py"))
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files
             if "site-packages" not in file.parts]  # fmt: skip
    number = 0
    while True:
        for at, text in enumerate(texts):
            renamed = text.replace("self", f"self{number}").replace("name", f"name{number}")
            for start in range(0, len(renamed), PIECE):
                yield renamed[start : start + PIECE], f"{number}/{at}", start
        number += 1


def row(number: int, text: str, file: str, place: int) -> dict[str, Any]:
    """An example of one author, with one more person in every third."""
    oid = hashlib.sha1(file.encode(), usedforsecurity=False).hexdigest()
    people = [PSEUDONYMS[int(oid[:6], 16) % PEOPLE]]
    if number % 3 == 0:
        people.append(PSEUDONYMS[(int(oid[:6], 16) + 1) % PEOPLE])
    nothing = dict.fromkeys(("prompt", "completion", "messages", "chosen", "rejected"))
    return {
        **nothing, "id": f"ex_{number:032x}", "recipe": "completion", "class": "code",
        "record": "{}", "render": {"name": "plain", "version": "1"}, "text": text,
        "spans": [{"start": 0, "end": len(text), "loss": 1.0, "contributor": people[0],
                   "origin": "human"}],
        "sources": [{"system": "git", "repository": "web", "oid": oid, "path": file, "time": TIME,
                     "swhid": f"swh:1:cnt:{oid};path=/{file}", "start": place, "end": place + 60}],
        "people": [{"contributor": one, "role": "author", "share": 1 / len(people),
                    "decisions": ["c/1"]} for one in people],
        "context": [], "labels": [], "weight": 1.0, "split": "train", "lane": "attributed",
        "split_keys": {"repo": "web", "group": file, "time": TIME, "dup": None},
        "purposes": ["assist_others"], "decisions": [],
        "transform": {"name": "completion", "version": "1", "params_sha256": "0" * 64},
    }  # fmt: skip


def write_shards(folder: Path, size: int) -> tuple[list[Path], int, int]:
    """Shards of together `size` bytes of text; with how many rows and bytes there are."""
    shards, rows, held, total = [], [], 0, 0
    for count, (text, file, place) in enumerate(pieces()):
        rows.append(row(count, text, file, place))
        held += len(text.encode())
        if held >= SHARD or total + held >= size:
            shards.append(folder / f"train-text-{len(shards):05}.parquet")
            write_table(
                shards[-1], pa.Table.from_pylist(rows, schema=EXAMPLES), row_group_size=4096
            )
            total, held, rows = total + held, 0, []
            if total >= size:
                return shards, count + 1, total
    raise ValueError("no text")


def timed(figures: dict[str, Any], name: str, work: Any) -> Any:
    """Run `work` and file the seconds it took, by the clock and of the processors."""
    start, before = time.perf_counter(), cpu()
    result = work()
    figures[name] = round(time.perf_counter() - start, 3)
    figures[f"{name}_cpu"] = round(cpu() - before, 3)
    return result


def speeds(shard: Path) -> dict[str, float]:
    """Megabytes a second of processor time, for each way to find fingerprints."""
    rows = pq.ParquetFile(shard).read_row_group(0)
    size = sum(len(text.encode()) for text in rows["text"].to_pylist()) / 1e6
    start = time.process_time()
    found = sum(len(numbers) for numbers, _ in row_fingerprints(rows))
    ours = time.process_time() - start
    few = rows["text"].to_pylist()[:100]
    start = time.process_time()
    for text in few:
        verify.fingerprints(text)
    plain = time.process_time() - start
    return {
        "numpy_mb_cpu_s": round(size / ours, 1),
        "verifier_mb_cpu_s": round(sum(len(text.encode()) for text in few) / 1e6 / plain, 2),
        "found": found,
    }


def peaks() -> dict[str, float]:
    """Peak memory so far in MB, of this process and of the largest worker."""
    who = {"process_mb": resource.RUSAGE_SELF, "worker_mb": resource.RUSAGE_CHILDREN}
    return {name: peak(one) for name, one in who.items()}


def measure(folder: Path, size: int, workers: int) -> dict[str, Any]:
    """Seal, and build the trees again as whoever proves something does."""
    shards, rows, total = write_shards(folder, size)
    figures: dict[str, Any] = {
        "rows": rows,
        "text_mb": round(total / 1e6, 1),
        "shards": len(shards),
    }
    figures["fingerprinting"] = speeds(shards[0])
    figures["before"] = peaks()
    blinding = Blinding(SALT, b"", LABELS)
    scratch = folder / "scratch"
    scratch.mkdir()

    def seal() -> dict[str, Tree]:
        with LocalExecutor(workers) as executor:  # its workers count once they have ended
            return write_trees(folder / "seal", shards, blinding=blinding, scratch=scratch,
                               executor=executor)  # fmt: skip

    trees = timed(figures, "seal_s", seal)
    figures["scratch_mb"] = round(folder_size(scratch) / 1e6, 1)
    figures["seal"] = peaks()
    figures["mb_s"] = round(total / 1e6 / figures["seal_s"], 1)
    for name in KEYED:
        figures[name] = trees[name].size
    figures["seal_mb"] = round(folder_size(folder / "seal") / 1e6, 1)
    figures["parquet_mb"] = round(sum(path.stat().st_size for path in shards) / 1e6, 1)
    people = [f"person-{number}".encode() for number in range(50)]
    timed(figures, "vrf_50_people_s", lambda: [vrf.output(SALT, one) for one in people])
    return figures


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="byline-seal-"))
    try:
        print(json.dumps(measure(folder, given.megabytes * 1_000_000, given.workers), indent=2))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
