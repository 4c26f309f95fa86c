"""The face: exit codes, errors with place and fix, data on standard output, talk on standard error."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from byline.cli.main import app
from journeys.company import byline
from simulators.licences import mit
from simulators.repositories import Repository, filled

HOLD = (
    "import fcntl,sys; f=open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); "
    "print('held', flush=True); sys.stdin.read()"
)
ROSTER = "id,name,emails,worker_type,country,unit,start,end\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    code = b"def price(item):\n    return item.cents / 100\n" * 8
    return filled(tmp_path / "shop", {b"LICENSE": MIT.encode(), b"shop.py": code})


MIT = mit("2026 Ann")


def _verbs(command=None, prefix=()):
    command = command or get_command(app)
    for name in sorted(command.list_commands(None)):
        inner = command.get_command(None, name)
        if hasattr(inner, "commands"):
            yield from _verbs(inner, (*prefix, name))
        else:
            yield (*prefix, name), inner


@pytest.mark.parametrize("verb", [" ".join(name) for name, _ in _verbs()])
def test_every_verb_has_an_example_in_its_help(verb: str):
    command = dict(_verbs())[tuple(verb.split(" "))]
    assert f"Example: byline {verb}" in command.help


def test_every_verb_stands_in_the_readme():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    missing = [name for name, _ in _verbs() if f"byline {' '.join(name)}" not in readme]
    assert missing == []


def test_audit_of_a_repository(repository: Repository, tmp_path: Path):
    page = tmp_path / "page.html"
    done = byline("audit", repository.path, "--json", "-o", page)
    found = done.json
    assert found["schema"] == "byline/audit/1"
    assert found["contents"]["licence"] == "MIT"
    assert page.read_text().startswith("<!doctype html>")
    assert "reading shop" in done.err


@pytest.mark.parametrize("path", ["missing", "file", "empty"])
def test_audit_of_what_is_no_repository(tmp_path: Path, path: str):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    done = byline("audit", tmp_path / path, cwd=tmp_path, check=1)
    assert done.out == ""
    assert "byline: " in done.err
    assert "  fix: " in done.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["empty", "file"]


def test_init_writes_a_valid_file_and_says_what_is_missing(repository: Repository, tmp_path: Path):
    done = byline(
        "init", tmp_path / "here", "-r", repository.path, "--name", 'A "B" \\ C', "--json"
    )
    assert {"roster", "agreements", "notices"} <= set(done.json["missing"])
    config = tmp_path / "here" / "byline.toml"
    assert str(repository.path) in config.read_text()
    again = byline("init", tmp_path / "here", check=2)
    assert "--force" in again.err
    byline("collect", "-c", tmp_path / "here")


def test_nothing_trains_without_agreements(repository: Repository, tmp_path: Path):
    byline("init", tmp_path, "-r", repository.path)
    refused = byline("release", "-c", tmp_path, check=3)
    assert "nothing may be included" in refused.err
    assert not list(tmp_path.glob("byline-workspace/releases/*/manifest.json"))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('[organisation]\nname = "x\n', "line 2", "toml"),
        ('[organisation]\nnam = "x"\n', ":2:", "did you mean `name`"),
        ("[collect]\nmax_paths = 0\n", ":2:", "greater than 0"),
        ('[[repositories]]\nname = "a b"\npath = "x"\n', ":2:", "name"),
        ('[[repositories]]\nname = "a"\npath = "x"\nowner = "customer"\n', ":1:", "customer"),
        ('[release]\npurposes = ["everything"]\n', "", "everything"),
    ],
)
def test_a_wrong_configuration_names_its_line(tmp_path: Path, text: str, place: str, words: str):
    (tmp_path / "byline.toml").write_text(text)
    done = byline("decide", "-c", tmp_path, check=None)
    assert done.status == 2, done.err
    assert place in done.err
    assert words.lower() in done.err.lower()
    assert "Traceback" not in done.err


def test_two_people_on_one_email_is_an_error_with_both_places(
    repository: Repository, tmp_path: Path
):
    (tmp_path / "roster.csv").write_text(
        ROSTER
        + "a,Ann,ann@x.example,employee,US,Core,2020-01-01,\n"
        + "b,Bo,bo@x.example;ANN@x.example,employee,US,Core,2020-01-01,\n"
    )
    (tmp_path / "byline.toml").write_text(
        f'[[repositories]]\nname = "shop"\npath = "{repository.path}"\n'
        '[people]\nroster = "roster.csv"\n'
    )
    done = byline("people", "-c", tmp_path, check=2)
    assert "roster.csv:3: ann@x.example belongs to b here and to a on line 2" in done.err


def test_there_is_no_configuration(tmp_path: Path):
    done = byline("run", cwd=tmp_path, check=2)
    assert "byline init" in done.err


def test_no_verb_prints_a_hostile_name_raw(tmp_path: Path):
    made = filled(tmp_path / "shop")
    name = "Mallory\x1b[31m\u202e"
    made.point(made.commit({b"a.py": b"x = 1\n" * 20}, name=name, email="m@x.example"))
    done = byline("audit", made.path, "-o", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    for shown in (done.out, done.err, page):
        assert "\x1b[31m" not in shown
        assert "\u202e" not in shown
    assert "Mallory" in page


def test_terms_check_and_explain(repository: Repository, tmp_path: Path):
    (tmp_path / "byline.toml").write_text(
        f'[[repositories]]\nname = "shop"\npath = "{repository.path}"\nowner = "open-source"\n'
        '[terms]\npacks = ["open-source"]\n'
    )
    checked = byline("terms", "check", "--json", "-c", tmp_path).json
    assert any(one["code"] == "template" for one in checked["problems"])
    told = byline("terms", "explain", "shop:shop.py", "-c", tmp_path).out
    assert "Included" in told
    assert "licence MIT" in told
    byline("terms", "explain", "shop:no-such.py", "-c", tmp_path, check=1)


def test_someone_outside_the_roster_can_withdraw(repository: Repository, tmp_path: Path):
    (tmp_path / "byline.toml").write_text(
        f'[[repositories]]\nname = "shop"\npath = "{repository.path}"\nowner = "open-source"\n'
        '[terms]\npacks = ["open-source"]\n'
    )
    made = byline("release", "--json", "-c", tmp_path).json["release"]
    said = byline("withdraw", "email:Ada@corp.example", "--json", "-c", tmp_path).json
    assert [one["release"] for one in said["affected"]["releases"]] == [made]
    refused = byline("release", "-c", tmp_path, check=3)
    assert "withdrawn" in refused.err
    nobody = byline("withdraw", "email:nobody@corp.example", "-c", tmp_path, check=1)
    assert "nothing is known" in nobody.err


def test_doctor_and_version():
    assert byline("doctor", "--json").json["schema"] == "byline/doctor/1"
    assert re.fullmatch(r"byline \d+\.\d+\.\d+\n", byline("--version").out)


def test_a_second_writer_is_refused(repository: Repository, tmp_path: Path):
    byline("init", tmp_path, "-r", repository.path)
    byline("collect", "-c", tmp_path)
    holder = subprocess.Popen(
        ["python3", "-c", HOLD, tmp_path / "byline-workspace" / ".lock"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        refused = byline("collect", "-c", tmp_path, check=3)
        assert "another byline process" in refused.err
    finally:
        holder.communicate()


def test_json_is_one_object_on_standard_output(repository: Repository, tmp_path: Path):
    byline("init", tmp_path, "-r", repository.path)
    for verb in (("collect",), ("people",), ("decide",), ("terms", "check"), ("release", "--list")):
        done = byline(*verb, "--json", "-c", tmp_path)
        assert json.loads(done.out)["schema"].startswith("byline/")


def test_an_address_is_merged_by_somebodys_word_and_split_again(
    repository: Repository, tmp_path: Path
):
    (tmp_path / "roster.csv").write_text(
        ROSTER + "p-1,Ada,a@home.example,employee,US,Core,2020-01-01,\n"
    )
    (tmp_path / "byline.toml").write_text(
        f'[[repositories]]\nname = "shop"\npath = "{repository.path}"\n'
        '[people]\nroster = "roster.csv"\n'
    )

    def person(*arguments: str) -> str:
        [alias] = byline("people", *arguments, "--json", "-c", tmp_path).json["aliases"]
        return alias["person"]

    suggested = byline("people", "--suggest", "--json", "-c", tmp_path).json["suggestions"]
    assert [one["person"] for one in suggested] == ["p-1"]
    assert person() == "email:ada@corp.example"
    assert person("--merge", "Ada@corp.example=p-1", "--note", "asked her") == "p-1"
    assert person() == "p-1"
    assert person("--split", "ada@corp.example") == "email:ada@corp.example"
    byline("people", "--split", "ada@corp.example", "-c", tmp_path, check=2)
    byline("people", "--merge", "ada@corp.example=p-9", "-c", tmp_path, check=2)
    byline("people", "--merge", "ada", "-c", tmp_path, check=2)
