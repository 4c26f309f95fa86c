"""Curation of whole repositories, beside data-juicer and datatrove on the same files.

Everyone reads, filters, removes personal data, drops near-duplicates and writes. Byline begins at
git objects and also says who wrote each line, decides about each contribution, finds secrets, cuts
training examples, accounts for every line, and seals: `byline release`, with bylines and decision
logs. Its history and per-line authorship, which no peer has, is `byline collect`; the figures are
given with and without it. The peers are given the same texts as JSON lines (those that Byline
collected from the heads), exported before the clock starts, and do: e-mail and IP addresses
replaced; share of alphanumeric characters, mean and longest line; MinHash near-duplicates (words,
5-grams, 14 bands of 8 rows); JSON lines or Parquet written.

Subjects run in turn, each in processes of its own and with as many as `--workers`; start-up is
counted for all. Medians of `--repeat` rounds. The peers are no dependency of Byline:

    python -m venv /tmp/peers
    /tmp/peers/bin/pip install 'datatrove[io,processing]==0.10.1' spacy \\
        py-data-juicer==1.6.1 aiohttp
    python benchmarks/curation.py scrapy=PATH sympy=PATH \\
        --data-juicer /tmp/peers/bin/python --datatrove /tmp/peers/bin/python [--repeat 3]
"""

import argparse
import contextlib
import ctypes
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

Cost = dict[str, float]
PR_SET_CHILD_SUBREAPER = 36
CONFIG = """\
[organisation]
name = "Benchmark"

[terms]
packs = ["open-source"]

[collect]
max_commit_edits = 0

[release]
recipes = ["completion"]
"""
REPOSITORY = """
[[repositories]]
name = {name}
path = {path}
owner = "open-source"
"""
DATA_JUICER = """\
project_name: curation
dataset_path: {data}
export_path: {out}/kept.jsonl
np: {workers}
use_cache: false
open_tracer: false
process:
  - clean_email_mapper:
  - clean_ip_mapper:
  - alphanumeric_filter: {{min_ratio: 0.25, max_ratio: 1.0}}
  - average_line_length_filter: {{min_len: 0, max_len: 100}}
  - maximum_line_length_filter: {{min_len: 0, max_len: 1000}}
  - document_minhash_deduplicator:
      tokenization: space
      window_size: 5
      lowercase: false
      num_permutations: 112
      jaccard_threshold: 0.7
      num_bands: 14
      num_rows_per_band: 8
"""
RUN_DATA_JUICER = """
import sys
from data_juicer.config import init_configs
from data_juicer.core import DefaultExecutor

if __name__ == "__main__":
    DefaultExecutor(init_configs(["--config", sys.argv[1]])).run()
"""
RUN_DATATROVE = """
import sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

data, out, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])

def fit(doc):
    lines = doc.text.split("\\n")
    sizes = [len(line) for line in lines]
    letters = sum(map(str.isalnum, doc.text))
    return (letters >= 0.25 * len(doc.text) and max(sizes) <= 1000
            and sum(sizes) <= 100 * len(sizes))

def run(name, steps, tasks):
    LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=min(tasks, workers),
                          logging_dir=f"{out}/logs/{name}").run()

if __name__ == "__main__":
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
    clean = f"{out}/clean"
    run("clean", [JsonlReader(data), LambdaFilter(fit), PIIFormatter(),
                  JsonlWriter(clean, compression=None)], workers)
    run("sign", [JsonlReader(clean),
                 MinhashDedupSignature(f"{out}/signatures", config=config, language="eng")],
        workers)
    run("buckets", [MinhashDedupBuckets(f"{out}/signatures", f"{out}/buckets", config=config)], 14)
    run("cluster", [MinhashDedupCluster(f"{out}/buckets", f"{out}/removed", config=config)], 1)
    run("filter", [JsonlReader(clean), MinhashDedupFilter(f"{out}/removed"),
                   JsonlWriter(f"{out}/kept", compression=None)], workers)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+", metavar="NAME=PATH")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--data-juicer", type=Path, help="a Python that has py-data-juicer")
    parser.add_argument("--datatrove", type=Path, help="a Python that has datatrove")
    parser.add_argument("--keep", type=Path, help="the folder to work in, kept; default: none")
    given = parser.parse_args()
    adopt_descendants()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.keep or Path(scratch)
        organisation = configured(given.repositories, work / "organisation")
        rounds = [one_round(given, organisation, work) for _ in range(given.repeat)]
    report(rounds, given)


def configured(repositories: list[str], folder: Path) -> Path:
    text = CONFIG
    for one in repositories:
        name, _, path = one.partition("=")
        text += REPOSITORY.format(name=json.dumps(name), path=json.dumps(str(Path(path).resolve())))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "byline.toml").write_text(text, encoding="utf-8")
    return folder


def exported(organisation: Path, data: Path, workers: int) -> tuple[int, int]:
    """The collected texts as JSON lines, a file for each worker: how many, and their bytes."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    outputs = [(data / f"{n:02}.jsonl").open("w", encoding="utf-8") for n in range(workers)]
    count = size = 0
    for file in sorted((organisation / "byline-workspace/tables/work").glob("*/files/*/*.parquet")):
        rows = pq.read_table(file, columns=["item", "text"]).to_pylist()
        for row in rows:
            if row["text"]:
                line = json.dumps({"text": row["text"], "id": row["item"]}, ensure_ascii=False)
                outputs[count % workers].write(line + "\n")
                count, size = count + 1, size + len(row["text"].encode())
    for output in outputs:
        output.close()
    return count, size


def one_round(given: argparse.Namespace, organisation: Path, work: Path) -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    shutil.rmtree(organisation / "byline-workspace", ignore_errors=True)
    costs["byline collect"] = byline("collect", organisation, given.workers)
    documents, size = exported(organisation, work / "data", given.workers)
    costs["input"] = {"documents": documents, "megabytes": size / 1e6}
    costs["byline release"] = byline("release", organisation, given.workers)
    costs["byline both"] = {
        key: costs["byline collect"][key] + costs["byline release"][key] for key in ("wall", "cpu")
    }
    costs["byline both"]["kept"] = costs["byline release"]["kept"] = examples(organisation)
    for name, python, program in (
        ("data-juicer", given.data_juicer, RUN_DATA_JUICER),
        ("datatrove", given.datatrove, RUN_DATATROVE),
    ):
        if python is None:
            print(f"{name}: not named, left out (see --help)", file=sys.stderr)
            continue
        out = work / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        script = out / "run.py"  # a file, because workers import it
        script.write_text(program, encoding="utf-8")
        what = [str(one) for one in (work / "data", out, given.workers)]
        if name == "data-juicer":
            what = [recipe(*what)]
        costs[name] = timed([str(python), str(script), *what], out / "log.txt", out)
        costs[name]["kept"] = kept(out)
    return costs


def recipe(data: str, out: str, workers: str) -> str:
    file = Path(out) / "recipe.yaml"
    file.write_text(DATA_JUICER.format(data=data, out=out, workers=workers), encoding="utf-8")
    return str(file)


def byline(verb: str, organisation: Path, workers: int) -> Cost:
    command = [sys.executable, "-m", "byline", verb, "-q", "-c", str(organisation),
               "-w", str(workers)]  # fmt: skip
    return timed(command, organisation / f"{verb}.txt", organisation)


def examples(organisation: Path) -> int:
    manifests = sorted((organisation / "byline-workspace/releases").glob("*/manifest.json"))
    return int(json.loads(manifests[-1].read_text(encoding="utf-8"))["examples"])


def kept(out: Path) -> int:
    folder = out / "kept"
    files = folder.glob("*.jsonl") if folder.is_dir() else out.glob("kept*.jsonl")
    return sum(file.read_bytes().count(b"\n") for file in files if "stats" not in file.name)


def timed(command: list[str], log: Path, folder: Path) -> Cost:
    """Wall and CPU seconds of a program and all that it starts."""
    start, before = time.perf_counter(), used()
    with log.open("wb") as output:
        status = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, check=False
        ).returncode
    if status:
        sys.exit(f"{command[0]}: status {status}\n{log.read_text(errors='replace')[-3000:]}")
    wall = time.perf_counter() - start
    reap()
    return {"wall": wall, "cpu": used() - before}


def reap() -> None:
    """Wait for what a program left behind, such as a server that forks its workers."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def adopt_descendants() -> None:
    """Become the parent of orphans, on Linux, so that `used` counts them: prctl(2)."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report(rounds: list[dict[str, Cost]], given: argparse.Namespace) -> None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    documents, megabytes = rounds[0].pop("input").values()
    names = ", ".join(one.partition("=")[0] for one in given.repositories)
    print(f"{names}: {int(documents):,} files, {megabytes:.1f} MB; n = {len(rounds)}")
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB, {given.workers} workers, Python ", end="")
    print(f"{platform.python_version()}, load at the end {os.getloadavg()[0]:.1f}")
    print("\n| subject | wall s | CPU s | MB/s | MB/CPU s | kept |\n|---|---|---|---|---|---|")
    speeds: dict[str, Cost] = {}
    for name in rounds[0]:
        wall, cpu = (statistics.median(one[name][key] for one in rounds) for key in ("wall", "cpu"))
        speeds[name] = {"wall": megabytes / wall, "cpu": megabytes / cpu}
        count = f"{int(rounds[0][name]['kept']):,}" if "kept" in rounds[0][name] else ""
        speed = f"{megabytes / wall:.2f} | {megabytes / cpu:.2f}"
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {speed} | {count} |")
    peers = [name for name in ("data-juicer", "datatrove") if name in speeds]
    for own in ("byline release", "byline both") if peers else ():
        ratios = (
            f"{speeds[own][key] / max(speeds[one][key] for one in peers):.2f}x in {key}"
            for key in ("wall", "cpu")
        )
        print(f"{own} over the faster peer: {', '.join(ratios)}")


if __name__ == "__main__":
    main()
