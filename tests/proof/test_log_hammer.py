import json
import subprocess
import sys
from pathlib import Path

HAMMER = Path(__file__).parents[2] / "benchmarks" / "log_hammer.py"


def test_writers_killed_and_readers_who_prove_everything():
    counts = ("--entries", "480", "--writers", "4", "--readers", "2", "--kills", "3")
    done = subprocess.run(
        [sys.executable, str(HAMMER), *counts, "--round", "20", "--seed", "7"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["entries"] >= 480
    assert found["acknowledged_and_not_there"] == 0
    assert [one["proved"] >= 480 for one in found["readers"]] == [True, True]
