"""The file of overrides: what it sets aside, what it may not, and which line is wrong."""

from pathlib import Path

import pytest

from byline.errors import ConfigError
from byline.release.overrides import NO_OVERRIDES, Overrides, read_overrides
from byline.workspace.config import Config, read_config

ONE, TWO = "ex_" + "1" * 32, "ex_" + "2" * 32
HEAD = "example,rule,action,by,reason"


def overrides(folder: Path, *lines: str) -> Overrides:
    (folder / "overrides.csv").write_text("\n".join(lines) + "\n")
    (folder / "byline.toml").write_text('[release]\noverrides = "overrides.csv"\n')
    return read_overrides(read_config(folder))


def test_without_a_file_nothing_is_overridden():
    assert read_overrides(Config()) == NO_OVERRIDES


def test_rules_and_examples_are_set_aside_by_name(tmp_path: Path):
    found = overrides(
        tmp_path, HEAD, f"{TWO},length,keep,ada,worth it", f"{ONE},,exclude,bo,wrong file",
        f"{TWO},status,keep,ada,worth it",
    )  # fmt: skip
    assert found.set_aside == {TWO: ("length", "status")}
    assert found.excluded == {ONE: "wrong file (by bo)"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{ONE},terms: objected,keep,ada,please", "terms change by agreements"),
        (f"{ONE},terms,keep,ada,please", "terms change by agreements"),
        (f"{ONE},length,allow,ada,please", "known: keep, exclude"),
        ("github:a/b#1,length,keep,ada,please", "give the id that a release names"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write(tmp_path: Path, line: str, words: str):
    with pytest.raises(ConfigError) as caught:
        overrides(tmp_path, HEAD, f"{TWO},length,keep,ada,worth it", line)
    told = f"{caught.value} {caught.value.advice}"
    assert words in told
    assert "overrides.csv:3" in told or "line 3" in told


def test_an_override_names_who_and_why(tmp_path: Path):
    with pytest.raises(ConfigError):
        overrides(tmp_path, HEAD, f"{ONE},,exclude,,")
    with pytest.raises(ConfigError):
        overrides(tmp_path, "example,rule,action", f"{ONE},,exclude")
