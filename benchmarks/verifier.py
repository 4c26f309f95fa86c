"""How long the stand-alone verifier takes over a bundle of 1,000 items, without a clone.

    python benchmarks/verifier.py [--items 1000] [--numbers 5000] [--leaves 200000] [--repeat 5]

The bundle is made here from docs/proof-formats.md: one release whose trees of items and of
fingerprints have `--leaves` leaves each, of which the bundle answers `--items` items and
`--numbers` fingerprints, half of each present. Each run is a fresh `python3 -I verify.py`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "proof"))

from bundle_maker import LOG, Bundle, Item, Release, write_zip

PROGRAM = Path(__file__).parent.parent / "src" / "byline" / "proof" / "verify.py"


def make(path: Path, *, items: int, numbers: int, leaves: int) -> Path:
    """Write the bundle; returns its path."""
    names = [f"swh:1:rev:{number:040x}" for number in range(leaves)]
    mine = set(names[: items // 2])
    release = Release(
        examples={"ada": tuple(f"ex_{n:032x}" for n in range(items)), "bob": ("ex_b",)},
        items=tuple(Item(name, ("ada",) if name in mine else ("bob",)) for name in names),
        numbers={number * 1_000_003: 1 for number in range(leaves)},
    )
    asked = [*mine, *(f"swh:1:cnt:{n:040x}" for n in range(items - len(mine)))]
    some = tuple(n * 1_000_003 + n % 2 for n in range(numbers))
    return write_zip(path, Bundle((release,), items=tuple(asked), numbers=some).files())


def main() -> None:
    """Make, verify, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in (("items", 1000), ("numbers", 5000), ("leaves", 200_000), ("repeat", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = make(
            Path(folder) / "bundle.zip",
            items=given.items, numbers=given.numbers, leaves=given.leaves,
        )  # fmt: skip
        seconds = []
        for _ in range(given.repeat):
            begun = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-I", PROGRAM, path, "--key", LOG.vkey, "--me", "ada", "--json"],
                capture_output=True, check=False,
            )  # fmt: skip
            seconds.append(time.perf_counter() - begun)
            said = json.loads(done.stdout)
            if done.returncode != 0:
                raise SystemExit(f"the bundle does not hold: {said['verdict']}")
        print(f"bundle: {path.stat().st_size / 1e6:.2f} MB, {given.items} items and "
              f"{given.numbers} fingerprints asked of {given.leaves} each")  # fmt: skip
        middle, repeat = statistics.median(seconds), given.repeat
        print(f"verified in {middle:.2f} s (median of {repeat}, the start of Python included; "
              f"{min(seconds):.2f} to {max(seconds):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
