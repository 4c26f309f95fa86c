"""Exports that try to exhaust, escape or deceive."""

import io
import zipfile
from pathlib import Path

import pytest
from building import github_job, github_run, source, write

from byline.work.builds import logs
from byline.work.builds.excerpt import excerpt
from byline.work.builds.folder import UnreadableError, lines_of
from byline.work.builds.github import read_github_builds
from byline.work.builds.junit import read_junit_builds, report_of
from byline.work.items import tables_of

BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><testsuite name="&c;"><testcase name="x"/></testsuite>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<testsuite name="&e;"/>"""


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_a_document_type_is_refused(text: str, tmp_path: Path) -> None:
    write(tmp_path / "a.xml", text)
    (one,) = read_junit_builds(source(tmp_path, "junit"))
    assert one.key == ""
    assert [problem.reason for problem in one.problems] == ["xml_doctype"]


def test_deep_or_huge_xml_is_refused() -> None:
    with pytest.raises(UnreadableError, match="nested"):
        report_of(io.BytesIO(b"<testsuite>" * 10_000), max_bytes=1 << 20)
    with pytest.raises(UnreadableError, match="more than"):
        report_of(io.BytesIO(b"<testsuite>" + b" " * 200_000), max_bytes=100_000)


def test_a_long_failure_is_cut() -> None:
    text = "<testsuite><testcase name='x'><failure>" + "a" * 5_000_000 + "</failure></testcase>"
    report = report_of(io.BytesIO(f"{text}</testsuite>".encode()), max_bytes=1 << 24)
    assert len(report.failed[0].text) <= 8000


def test_a_gigantic_line_is_passed_over_and_counted(tmp_path: Path) -> None:
    write(tmp_path / "7.json", {"run": github_run(7), "jobs": [github_job(71)]})
    log = "x" * 3_000_000 + "\nsrc/a.py:3: error: Bad  [misc]\n"
    write(tmp_path / "7" / "71.log", log)
    (one,) = read_github_builds(source(tmp_path))
    assert one.detail["tool"] == "mypy"
    assert [problem.reason for problem in one.problems] == ["line_cut"]
    assert len(one.parts[0].text) < 2000


def test_lines_are_never_held_whole() -> None:
    class Endless(io.RawIOBase):
        left = 1 << 24

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:
            size = min(len(buffer), self.left)
            buffer[:size] = b"a" * size
            self.left -= size
            return size

    stream = io.BufferedReader(Endless())
    lines = list(lines_of(stream, longest=1000))
    assert [len(line) for line in lines] == [1000]


def test_a_zip_bomb_is_expanded_only_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_EXPANDED", 1 << 20)
    write(tmp_path / "7.json", {"run": github_run(7), "jobs": [github_job(71)]})
    with zipfile.ZipFile(tmp_path / "7.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0_test.txt", "line\n" * 4_000_000)
    (one,) = read_github_builds(source(tmp_path))
    assert one.detail["log_lines"] < 300_000
    assert [problem.reason for problem in one.problems] == ["log_cut"]


def test_a_broken_archive_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "7.json", {"run": github_run(7), "jobs": [github_job(71)]})
    (tmp_path / "7.zip").write_bytes(b"PK\x03\x04 nothing")
    (one,) = read_github_builds(source(tmp_path))
    assert one.state == "failed"
    assert [problem.reason for problem in one.problems] == ["bad_archive"]


def test_ids_are_no_paths(tmp_path: Path) -> None:
    write(tmp_path / "secret.log", "src/a.py:3: error: Bad  [misc]\n")
    run = github_run(7)
    run["id"] = "../secret"
    write(tmp_path / "in" / "7.json", {"run": run, "jobs": [{**github_job(1), "id": "*"}]})
    (one,) = read_github_builds(source(tmp_path / "in"))
    assert one.parts == ()


def test_a_linked_folder_of_logs_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "71.log", "src/a.py:3: error: Bad  [misc]\n")
    write(tmp_path / "in" / "7.json", {"run": github_run(7), "jobs": [github_job(71)]})
    (tmp_path / "in" / "7").symlink_to(tmp_path / "elsewhere")
    found = list(read_github_builds(source(tmp_path / "in")))
    assert [one.parts for one in found if one.key] == [()]
    assert [problem.reason for one in found for problem in one.problems] == ["symlink"]


def test_text_that_no_table_can_hold_is_made_so_that_it_can(tmp_path: Path) -> None:
    run = github_run(7, name="CI \ud800\x00", head_branch="\udfff")
    write(tmp_path / "7.json", {"run": run, "jobs": [github_job(71, name="t\x00")]})
    source_ = source(tmp_path)
    tables = tables_of(source_, read_github_builds(source_))
    assert tables.items["title"].to_pylist() == ["CI \ufffd\ufffd / t\ufffd"]


def test_escape_sequence_floods_are_linear_enough_to_finish() -> None:
    floods = ["\x1b]" * 50_000, "\x1b[" * 50_000, "a" * 100_000, "/" * 100_000, "a.b/" * 25_000,
              "E   " * 20_000, "error: " * 10_000, "0f" * 50_000]  # fmt: skip
    assert excerpt(floods).lines == len(floods)
