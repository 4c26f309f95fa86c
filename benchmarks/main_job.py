"""Time and peak memory of the main job by stage, on repositories that you name.

Each repository is collected, decided under its own licence (the `open-source` pack) and released in
a fresh workspace; then the release is verified, and made again with nothing new. Peak memory is the
largest resident set of any one process, as the kernel counted it, workers and git included.

    python benchmarks/main_job.py NAME=PATH [NAME=PATH ...] [--train] [--json FILE] [--keep FOLDER]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONFIG = """
[[repositories]]
name = "{name}"
path = "{path}"
owner = "open-source"

[terms]
packs = ["open-source"]
"""
STAGES = [
    ("collect", ("collect",)),
    ("decide", ("decide",)),
    ("release", ("release",)),
    ("verify", ("verify",)),
    ("release again", ("release",)),
]
TRAINING = [("train", ("train",)), ("evaluate", ("evaluate",))]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("repositories", nargs="+", metavar="NAME=PATH")
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--keep", type=Path, help="keep the workspaces here")
    arguments.add_argument("--train", action="store_true", help="train and evaluate, too")
    given = arguments.parse_args()
    if given.train:
        STAGES.extend(TRAINING)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for item in given.repositories:
            name, _, path = item.partition("=")
            folder = (given.keep or Path(scratch)) / name
            folder.mkdir(parents=True)
            rows.append(measure(name, Path(path).resolve(), folder))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}\n")
    print(table(rows))
    for row in rows:
        if "bits_per_byte" in row:
            print(f"\n{row['name']}, bits per byte on later work: {row['bits_per_byte']}")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def measure(name: str, path: Path, folder: Path) -> dict[str, Any]:
    """Run the stages on one repository."""
    (folder / "byline.toml").write_text(CONFIG.format(name=name, path=path), encoding="utf-8")
    row: dict[str, Any] = {"name": name}
    for stage, verb in STAGES:
        seconds, peak, result = run(verb, folder)
        row[stage] = {"seconds": round(seconds, 1), "peak_mb": round(peak)}
        if stage == "collect":
            row |= {key: result["repositories"][0][key] for key in ("commits", "files", "lines")}
        if stage == "release":
            manifest = result["manifest"]
            row["examples"] = manifest["examples"]
            row["release_mb"] = round(size_of(Path(result["directory"])) / 1e6, 1)
        if stage == "evaluate":
            row["bits_per_byte"] = {
                one["system"]: round(one["bits_per_byte"], 3)
                for one in result["figures"]
                if one["group"] == "all"
            }
    row["workspace_mb"] = round(size_of(folder / "byline-workspace") / 1e6, 1)
    return row


def run(verb: tuple[str, ...], folder: Path) -> tuple[float, float, dict[str, Any]]:
    """Run one verb in a process whose children are counted on their own."""
    started = time.monotonic()
    code = (
        "import json,resource,subprocess,sys;"
        "done=subprocess.run(sys.argv[1:],stdout=subprocess.PIPE,stderr=subprocess.DEVNULL);"
        "peak=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(json.dumps([done.returncode,peak,done.stdout.decode()]))"
    )
    command = [sys.executable, "-m", "byline", *verb, "--json", "-c", str(folder)]
    outer = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
    )
    seconds = time.monotonic() - started
    status, peak, out = json.loads(outer.stdout)
    if status:
        sys.exit(f"{' '.join(command)} ended with status {status}")
    scale = 1024 if platform.system() == "Linux" else 1024 * 1024
    return seconds, peak / scale, json.loads(out)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def table(rows: list[dict[str, Any]]) -> str:
    """The measurements as a Markdown table."""
    heads = ["repository", "commits", "files", "lines", "examples"]
    heads += [stage for stage, _ in STAGES] + ["peak MB", "release MB", "workspace MB"]
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for row in rows:
        cells = [
            row["name"],
            *(f"{row[key]:,}" for key in ("commits", "files", "lines", "examples")),
        ]
        cells += [f"{row[stage]['seconds']} s" for stage, _ in STAGES]
        cells.append(f"{max(row[stage]['peak_mb'] for stage, _ in STAGES):,}")
        cells += [f"{row['release_mb']:,}", f"{row['workspace_mb']:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
