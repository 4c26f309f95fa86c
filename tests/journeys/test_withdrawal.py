"""A withdrawal, from the contributor's word to the next release."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from byline.sample import SampleSummary
from journeys.company import byline, release_folders, shrink, texts


def test_a_withdrawal_reaches_the_next_release_and_lists_what_it_touches(
    tmp_path: Path, copy_sample: Callable[[Path], SampleSummary]
):
    company = copy_sample(tmp_path / "demo").company
    shrink(company, repositories=("harbour-web", "ledger-core"))
    released = byline("release", "--json", "-c", company).json["release"]
    model = byline("train", "--json", "-c", company).json["model"]
    person = "ha-101"
    theirs = _lines_of(company, person)
    old = company / "byline-workspace" / "releases" / released
    inside = sorted(set(theirs) & _stripped_lines(old))
    assert len(inside) > 20

    said = byline("withdraw", person, "--json", "-c", company).json
    assert [one["release"] for one in said["affected"]["releases"]] == [released]
    assert [one["model"] for one in said["affected"]["models"]] == [model]

    new = byline("release", "--json", "-c", company).json
    assert new["release"] != released
    folder = company / "byline-workspace" / "releases" / new["release"]
    assert set(inside) & _stripped_lines(folder) == set()
    statement = byline("statement", person, "--json", "-c", company).json
    assert [one["release"] for one in statement["releases"]] == [released]
    assert new["release"] in [one["release"] for one in statement["without"]]
    assert len(release_folders(company)) == 2


def _stripped_lines(release: Path) -> set[str]:
    return {line.strip() for text in texts(release) for line in text.splitlines()}


def _lines_of(company: Path, person: str) -> list[str]:
    """Lines that git says only this person wrote, long enough to be theirs alone."""
    roster = (company / "people" / "roster.csv").read_text()
    emails = {
        email
        for row in roster.splitlines()[1:]
        if row.startswith(f"{person},")
        for email in row.split(",")[2].split(";")
    }
    theirs: set[str] = set()
    others: set[str] = set()
    for repository in sorted((company / "repos").iterdir()):
        for path in _git(repository, "ls-files", "-z").split("\0"):
            if not path.endswith(".py"):
                continue
            blamed = _git(
                repository, "-c", "mailmap.file=/dev/null", "blame", "-w", "-C",
                "--line-porcelain", "HEAD", "--", path,
            )  # fmt: skip
            email = ""
            for line in blamed.split("\n"):
                if line.startswith("author-mail "):
                    email = line[len("author-mail <") : -1]
                elif line.startswith("\t"):
                    text = line[1:].strip()
                    (theirs if email in emails else others).add(text)
    return sorted(line for line in theirs - others if len(line) > 40)


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", repository, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout
