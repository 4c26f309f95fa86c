"""Whether the audit's lines agree with `git blame -w -C`, on files drawn at random.

For each drawn file, git blames every line (no mailmap), and the addresses are counted; the same is
counted from Byline's tables. The audit's shares are sums of these.

    python benchmarks/audit_against_blame.py PATH [--files 50] [--seed 1]
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from byline.engine.executor import LocalExecutor
from byline.people.bylines import Directory, bylines
from byline.work.git.collect import Limits, collect
from byline.work.git.command import command, environment


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--files", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch, LocalExecutor() as executor:
        collected = collect(
            given.path,
            repository="audited",
            revision="HEAD",
            limits=Limits(1 << 20, 2_000_000, 0),
            mirrors=Path(scratch) / "mirrors",
            tables=Path(scratch) / "tables",
            executor=executor,
        )
        people = {
            row["commit"]: row["email"]
            for part in collected.commits
            for row in bylines(part.read(), directory=Directory()).to_pylist()
            if row["role"] == "author"
        }
        files = [row for part in collected.files for row in part.read().to_pylist() if row["text"]]
        files.sort(key=lambda row: row["path"])
        drawn = random.Random(given.seed).sample(files, min(given.files, len(files)))
        mirror = Path(scratch) / "mirrors" / "audited.git"
        lines = different = 0
        for row in drawn:
            ours = [people[o["commit"]] for o in row["origins"] for _ in range(o["lines"])]
            theirs = blamed(mirror, collected.commit, row["path"])
            lines += len(theirs)
            wrong = sum(a != b for a, b in zip(ours, theirs, strict=True))
            different += wrong
            if wrong or Counter(ours) != Counter(theirs):
                print(f"differs: {row['path']}: {wrong} of {len(theirs)} lines")
    print(f"{len(drawn)} files, {lines:,} lines: {different} differ from git blame -w -C")
    sys.exit(different > 0)


def blamed(mirror: Path, commit: str, path: str) -> list[str]:
    """The recorded author address of each line, by `git blame -w -C`."""
    done = subprocess.run(
        command(mirror, "blame", "-w", "-C", "--root", "--line-porcelain", commit, "--", path),
        capture_output=True,
        check=True,
        env=environment(),
    )
    text = done.stdout.decode("utf-8", "replace")
    return [
        line[len("author-mail <") : -1]
        for line in text.split("\n")
        if line.startswith("author-mail <")
    ]


if __name__ == "__main__":
    main()
