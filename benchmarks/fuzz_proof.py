"""Fuzz every parser of proofs with coverage feedback (https://pypi.org/project/atheris/).

    python benchmarks/fuzz_proof.py --seconds 30 [--only trie --only policy]

Runs the targets of tests/proof/fuzz_targets.py one after the other, each in a process of its own,
and prints the executions of each as JSON. Exit code 1 if one raised what it must not; atheris then
leaves the input in a file beside it, which is to become a test.
"""

import argparse
import contextlib
import importlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests" / "proof"
sys.path.insert(0, str(TESTS))


def fuzz_one(name: str, arguments: list[str]) -> None:
    """Fuzz a target until libFuzzer's limits are reached; never returns."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(
        include=["byline.proof", "byline.answers.bundle_questions", "byline.models.runlog"]
    ):
        parsers = importlib.import_module("fuzz_targets")
    run, refusals = parsers.targets()[name].run, parsers.REFUSALS

    def once(data: bytes) -> None:
        with contextlib.suppress(*refusals):
            run(data)

    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()


def fuzz_apart(name: str, *, seeds: tuple[bytes, ...], seconds: int) -> dict[str, object]:
    """Fuzz a target in a process of its own and return what came of it."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            Path(corpus, str(number)).write_bytes(seed)
        limits = [
            f"-max_total_time={seconds}",
            "-max_len=8192",
            "-timeout=20",
            "-rss_limit_mb=2048",
        ]
        command = [sys.executable, __file__, "--one", name, *limits, corpus]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    done = re.search(r"Done (\d+) runs in (\d+) second", result.stderr)
    figures: dict[str, object] = {"target": name, "sound": result.returncode == 0}
    if done:
        figures |= {"executions": int(done[1]), "seconds": int(done[2])}
    if result.returncode:
        figures["says"] = (result.stdout + result.stderr)[-3000:]
    covered = re.findall(r"cov: (\d+)", result.stderr)
    return figures | ({"edges": int(covered[-1])} if covered else {})


def main() -> int:
    """Fuzz all targets and print the figures."""
    if sys.argv[1:2] == ["--one"]:
        fuzz_one(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--only", action="append", default=[], metavar="TARGET")
    options = parser.parse_args()
    results = []
    for name, target in importlib.import_module("fuzz_targets").targets().items():
        if not options.only or name in options.only:
            results.append(fuzz_apart(name, seeds=target.seeds, seconds=options.seconds))
            print(json.dumps(results[-1]), flush=True)
    return 0 if all(result["sound"] for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
