"""Law 8 by attack: what must not change a release, and what a withdrawal must change."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from laws.command import command
from laws.worlds import ANN, BOB, XEN, World, everything, function, moment, objecting, rows
from simulators.repositories import git


def fill(world: World) -> None:
    """Three repositories by three people, two of them with the same first file."""
    for number, name in enumerate(("shop", "api", "web")):
        made = world.repository(name)
        first = made.commit(
            {b"a.py": function("alpha"), b"bin": b"\0\1"},
            time=moment(0), message="add the alpha reading\n", **ANN,
        )  # fmt: skip
        second = made.commit(
            {b"a.py": function("alpha") + function(name), b"bin": b"\0\1"},
            parents=[first], time=moment(20 + number),
            message=f"add the reading of {name}\n", **(BOB, XEN, ANN)[number],
        )  # fmt: skip
        made.point(second)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world") / "company")
    fill(world)
    world.configure(release={"train_until": "2023-12-05"})
    return world


@pytest.fixture(scope="module")
def released(filled: World) -> str:
    return filled.release(release={"train_until": "2023-12-05"}).id


@pytest.fixture
def elsewhere(filled: World, tmp_path: Path) -> World:
    """The same company at another path, with nothing made yet."""
    target = tmp_path / "an other place" / "é"
    shutil.copytree(filled.root, target, ignore=shutil.ignore_patterns("byline-workspace"))
    return World(target, filled.repositories)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"},
    ],
)
def test_hash_seed_time_zone_locale_and_path_do_not_matter(
    elsewhere: World, released: str, environment: dict[str, str]
):
    done = subprocess.run(
        [sys.executable, "-m", "byline", "release", "-q", "-w", "2", "-c", elsewhere.root],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"releases/{released}\n" in done.stdout


def test_the_order_of_repositories_does_not_matter(elsewhere: World, released: str):
    found = elsewhere.release(order=("web", "shop", "api"), release={"train_until": "2023-12-05"})
    assert found.id == released


def test_an_empty_commit_makes_the_release_that_a_fresh_start_makes(filled: World, tmp_path: Path):
    """A release names the commit it was made at, so "nothing new" must mean that commit."""
    grown = World(tmp_path / "grown", dict(filled.repositories))
    shutil.copytree(filled.root, grown.root, ignore=shutil.ignore_patterns("byline-workspace"))
    before = grown.release()
    place = grown.root / "repos" / "web"
    empty = git(place, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "start the build")
    git(place, "update-ref", "HEAD", empty.decode().strip())
    fresh = World(tmp_path / "fresh", dict(filled.repositories))
    shutil.copytree(grown.root, fresh.root, ignore=shutil.ignore_patterns("byline-workspace"))
    after = grown.release()
    assert after.id == fresh.release().id
    assert after.id != before.id


def test_a_repository_under_two_names_is_taught_once(tmp_path: Path):
    world = World(tmp_path)
    fill(world)
    once = world.release()
    shutil.copytree(tmp_path / "repos" / "shop", tmp_path / "repos" / "twin")
    twice = world.release(order=("twin", "shop", "api", "web"))
    assert sorted(map(taught, rows(twice))) == sorted(map(taught, rows(once)))


def taught(row: dict[str, Any]) -> str:
    """What an example teaches, whatever its id chose as its rendering."""
    return str(row["record"].get("text") or row["completion"])


@pytest.mark.parametrize(
    ("settings", "splits"),
    [
        ({"train_until": "1980-01-01"}, ["test"]),
        ({"train_until": "2099-01-01"}, ["train"]),
        ({"as_of": "9999-12-31"}, ["train"]),
    ],
)
def test_dates_beyond_all_work(tmp_path: Path, settings: dict[str, str], splits: list[str]):
    world = World(tmp_path)
    fill(world)
    assert list(world.release(release=settings).manifest["splits"]) == splits


def test_a_use_date_before_all_work_includes_nothing(tmp_path: Path):
    world = World(tmp_path)
    fill(world)
    refused = command("release", "-c", world.configure(release={"as_of": "2001-01-01"}))
    assert refused.status == 3
    assert "2001-01-01" in refused.err


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    fill(made)
    return made


def test_a_withdrawal_of_messages_keeps_the_code_and_counts_once(world: World):
    config = world.configure()
    world.release()
    said = [command("withdraw", "xen", "--class", "process", "-c", config, "--json") for _ in "ab"]
    assert [one.status for one in said] == [0, 0]
    assert said[0].out == said[1].out
    after = world.release()
    text = everything(after)
    assert "api_3" in text
    assert "add the reading of api" not in text
    assert after.manifest["account"]["commits"]["terms: withdrawn"] == {"api": 1}
    assert world.release().id == after.id


def test_a_withdrawal_for_another_purpose_changes_no_example(world: World):
    config = world.configure()
    before = world.release()
    assert command("withdraw", "xen", "--purpose", "retrieval", "-c", config).status == 0
    after = world.release()
    assert [row["record"] for row in rows(after)] == [row["record"] for row in rows(before)]


def test_a_withdrawal_counts_whenever_it_comes(world: World):
    """Before any release, between collection and release, after one, and after all is withdrawn."""
    config = world.configure(objections=[objecting("ann")])
    assert command("collect", "-q", "-c", config).status == 0
    assert command("withdraw", "xen", "-c", config).status == 0
    assert command("decide", "-q", "-c", config).status == 0
    first = world.release(objections=[objecting("ann")])
    assert "shop_3" in everything(first)
    assert "api_3" not in everything(first)
    assert command("withdraw", "bob", "-c", config).status == 0
    refused = command("release", "--json", "-c", config)
    assert refused.status == 3
    assert refused.out == ""
    assert "nothing may be included" in refused.err
