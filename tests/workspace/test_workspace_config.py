"""The configuration: what is wrong, on which line, and what to write instead."""

from pathlib import Path

import pytest

from byline.errors import ConfigError
from byline.workspace.config import find_line, read_config

GOOD = """\
[organisation]
name = "Corp"

[[repositories]]
name = "one"
path = "repos/one"

[[repositories]]
name = "two"
path = "/abs/two"
owner = "customer"
customer = "acme"

[people]
bots = [
  "a@b",
]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "byline.toml").write_text(text, encoding="utf-8")
    return folder / "byline.toml"


def test_paths_are_relative_to_the_file(tmp_path):
    write(tmp_path, GOOD)
    config = read_config(tmp_path)
    assert config.at(config.repositories[0].path) == tmp_path.resolve() / "repos/one"
    assert config.at(config.repositories[1].path) == Path("/abs/two")
    assert (config.people.bots, config.repositories[1].customer) == (("a@b",), "acme")


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "advice"),
    [
        ("[people]", "[peeple]", 14, "unknown key `peeple`", "did you mean `people`?"),
        ('name = "Corp"', 'nmae = "Corp"', 2, "unknown key `nmae`", "did you mean `name`?"),
        ('path = "/abs/two"', 'pth = "/abs/two"', 8, "Field required", ""),
        ('path = "repos/one"\n', "", 4, "Field required", ""),
        ('customer = "acme"', 'customr = "acme"', 12, "unknown key `customr`", "`customer`"),
        ('name = "one"', "name = 1", 5, "valid string", ""),
        ('name = "two"', 'name = "../two"', 9, "pattern", ""),
        ("bots = [", "bots = [\n  1,", 15, "valid string", ""),
        ('customer = "acme"\n', "", 8, "`customer` goes with", ""),
        ('owner = "customer"\n', "", 8, "`customer` goes with", ""),
        ('owner = "customer"', 'owner = "us"', 11, "'employer'", ""),
        ('name = "two"', 'name = "one"', 1, "two repositories are named 'one'", ""),
        ("[people]", "[collect]\nmax_file_bytes = 0\n[people]", 15, "greater than 0", ""),
        ("[people]", "[release]\npurposes = []\n[people]", 15, "at least 1", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, line, message, advice):
    assert old in GOOD
    file = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_config(tmp_path)
    said = str(caught.value)
    if "Field required" not in message:
        assert message in said
        assert said.startswith(f"{file}:{line}:"), said
    else:
        assert said.startswith(f"{file}:{line}:") or "unknown key" in said, said
    assert advice in caught.value.advice
    assert caught.value.exit_code == 2


def test_a_file_that_is_missing_not_toml_or_not_text_is_said(tmp_path):
    with pytest.raises(ConfigError, match="there is no") as caught:
        read_config(tmp_path)
    assert "byline init" in caught.value.advice
    write(tmp_path, "[organisation\n")
    with pytest.raises(ConfigError, match="line 1"):
        read_config(tmp_path)
    (tmp_path / "byline.toml").write_bytes(b"name = '\xff'\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_config(tmp_path)
    write(tmp_path, "root = '/'\n")
    with pytest.raises(ConfigError, match="unknown key `root`"):
        read_config(tmp_path)


def test_a_line_is_looked_for_in_its_own_table_only():
    text = "[a]\nx = 1\n[b]\ny = 2\n[[c]]\nz = 1\n[[c]]\ny = 3\n"
    assert find_line(text, ("a", "x")) == 2
    assert find_line(text, ("a", "y")) == 1
    assert find_line(text, ("c", 0, "y")) == 5
    assert find_line(text, ("c", 1, "y")) == 8
    assert find_line(text, ()) == 1
