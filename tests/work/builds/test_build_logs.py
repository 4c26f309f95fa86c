"""What is kept of a log: the first error, the end, and what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.work.builds.excerpt import FIRST, GAP, LAST, excerpt
from byline.work.builds.log_text import alike, plain

TIME = "2026-03-04T10:00:00.1234567Z "
PYTEST = """\
##[group]Run python -m pytest -q
\x1b[36;1mpython -m pytest -q\x1b[0m
##[endgroup]
..F
=================================== FAILURES ===================================
__________________________________ test_round __________________________________

    def test_round():
>       assert to_minor(1.005) == 101
\x1b[1m\x1b[31mE       assert 100 == 101\x1b[0m

/home/runner/work/ledger/ledger/tests/test_round.py:12: AssertionError
=========================== short test summary info ============================
FAILED tests/test_round.py::test_round - assert 100 == 101
1 failed, 2 passed in 3.21s
##[error]Process completed with exit code 1.
"""


def test_what_the_runner_added_is_gone_and_the_error_is_whole() -> None:
    found = excerpt(TIME + line for line in PYTEST.splitlines())
    assert found.tool == "pytest"
    assert found.failed_tests == ("tests/test_round.py::test_round",)
    assert found.named_paths == ("tests/test_round.py",)
    assert found.essence == "assert 100 == 101"
    assert found.infra is None
    assert "2026-03-04" not in found.text
    assert "\x1b" not in found.text
    assert "##[" not in found.text
    assert "/home/runner" not in found.text
    assert "in <duration>" in found.text
    assert "E       assert 100 == 101\n" in found.text


@pytest.mark.parametrize(
    ("line", "tool", "path"),
    [
        ('src/a.py:3: error: Name "x" is not defined  [name-defined]', "mypy", "src/a.py"),
        ("src/a.py:1:8: F401 `os` imported but unused", "ruff", "src/a.py"),
        ("src/main.c:3:5: error: expected ';' before '}'", "gcc", "src/main.c"),
        ("error[E0308]: mismatched types", "rustc", None),
        ("  --> src/main.rs:3:4", "rustc", "src/main.rs"),
        ("./pay/round.go:3:4: undefined: z", "go", "pay/round.go"),
        ("--- FAIL: TestRound (0.00s)", "go test", None),
        ("[ERROR] src/main/java/A.java:[3,4] cannot find symbol", "javac", "src/main/java/A.java"),
        ("src/a.ts(3,4): error TS2304: Cannot find name 'x'.", "tsc", "src/a.ts"),
        ("  12:3  error  'x' is not defined  no-undef", "eslint", None),
        (" FAIL  src/a.test.js", "jest", "src/a.test.js"),
        ("thread 'main' panicked at src/lib.rs:4:5:", "cargo test", "src/lib.rs"),
        ("FAIL: test_x (tests.test_a.T)", "unittest", None),
        ("FAILURE: Build failed with an exception.", "gradle", None),
    ],
)
def test_the_tool_of_an_error_is_known(line: str, tool: str, path: str | None) -> None:
    found = excerpt(["something before", line, "something after"])
    assert found.tool == tool
    assert path is None or path in found.named_paths
    assert alike(line).strip() in found.text


def test_of_a_long_log_only_the_error_and_the_end_are_kept() -> None:
    lines = [f"step {number}" for number in range(5000)]
    lines[1000] = "src/a.py:3: error: Bad  [misc]"
    found = excerpt(iter(lines))
    kept = found.text.splitlines()
    assert len(kept) <= FIRST + LAST + 1
    assert kept[2] == lines[1000]
    assert GAP in kept
    assert kept[-1] == "step 4999"
    assert found.lines == 5000


def test_an_error_near_the_end_is_kept_once() -> None:
    lines = [f"step {number}" for number in range(50)] + ["a.py:3: error: Bad  [misc]", "end"]
    kept = excerpt(lines).text.splitlines()
    assert kept.count("a.py:3: error: Bad  [misc]") == 1
    assert GAP not in kept


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("##[error]The hosted runner lost communication with the server.", "runner_lost"),
        ("curl: (6) Could not resolve host: pypi.example", "network"),
        ("OSError: [Errno 28] No space left on device", "disk_full"),
        ("java.lang.OutOfMemoryError: Java heap space", "out_of_memory"),
        ("##[error]The job has exceeded the maximum execution time of 6h0m0s", "timeout"),
    ],
)
def test_infrastructure_is_recognised(line: str, reason: str) -> None:
    assert excerpt(["Run tests", line]).infra == reason


def test_a_retried_download_long_before_a_real_error_is_not_the_cause() -> None:
    lines = ["Connection reset by peer, retrying"] + ["ok"] * 200
    found = excerpt([*lines, "a.py:3: error: Bad  [misc]", *["ok"] * 50])
    assert found.infra is None
    assert found.tool == "mypy"


def test_one_failure_has_one_signature_whatever_the_run() -> None:
    again = PYTEST.replace("3.21s", "9.87s").replace("ledger/ledger", "other/other")
    first = excerpt(PYTEST.splitlines()).signature
    assert first is not None
    assert first == excerpt(again.splitlines()).signature
    assert first != excerpt(PYTEST.replace("test_round", "test_sum").splitlines()).signature


def test_gitlab_sections_and_progress_are_read_as_shown() -> None:
    assert (
        plain("section_start:1560896352:prepare[collapsed=true]\r\x1b[0KPreparing") == "Preparing"
    )
    assert plain("section_end:1560896353:prepare\r\x1b[0K") is None
    assert plain("2026-03-04T10:00:00.000000Z 00O Getting source") == "Getting source"
    assert plain("10%\r50%\r100% done") == "100% done"
    assert plain("[Pipeline] sh") is None
    assert plain("[2026-03-04T10:00:00.000Z] + make test") == "+ make test"


def test_runs_of_one_failure_are_made_alike() -> None:
    line = "commit 0123456789abcdef0123456789abcdef01234567 at 0x7f3a2b1c took 12.5 seconds"
    assert alike(line) == "commit <hash> at <address> took <duration>"
    assert alike("1234567890123456 bytes, defaced") == "1234567890123456 bytes, defaced"


@given(st.lists(st.text(max_size=200), max_size=200))
def test_any_text_is_bounded_and_storable(lines: list[str]) -> None:
    found = excerpt(lines)
    kept = found.text.split("\n")
    assert len(kept) <= FIRST + LAST + 3
    assert all(len(line) <= 500 for line in kept)
    assert "\x1b" not in found.text
    assert "\x00" not in found.text
