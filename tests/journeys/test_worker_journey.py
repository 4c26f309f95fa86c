"""A worker finds out from their own clone what of theirs is used, and the operator's lies fail."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from byline.cli.main import app
from byline.release.away import AWAY_FILE, Away, write_away
from journeys import worker_world as lies
from journeys.process_world import PLAYED, World
from journeys.worker_world import Checked, Worker, clone

PERSON, ADDRESS = "ha-101", "amelia.ortiz@harbour.example"
COLLEAGUE, THEIRS = "Desmond Clarke", "desmond.clarke@harbour.example"
MODULE, COPY = "src/berth_planner/tidal.py", "src/berth_planner/water.py"


@dataclass(frozen=True)
class Story:
    """What happened, up to the honest end of it.

    Attributes:
        before: The bundle before the withdrawal; `after`: the one after the next release.
        old: The release that has their work; `new`: the one that has not.
    """

    company: Path
    worker: Worker
    questions: Path
    key: str
    before: Path
    after: Path
    old: str
    new: str

    def bundle(self, company: Path, name: str, *, who: str = PERSON) -> Path:
        """Ask the operator of a company for a bundle."""
        out = self.worker.folder / name
        do("prove", who, "--questions", self.questions, "--out", out, "-c", company)
        return out

    def check(self, bundle: Path, *more: str | Path) -> Checked:
        """Check it as the worker does."""
        return self.worker.verify(
            bundle, "--me", PERSON, "--address", ADDRESS, "--key", self.key, *more
        )


def do(*words: str | Path) -> str:
    """Run the program in this process."""
    done = CliRunner().invoke(app, [str(one) for one in words])
    if done.exit_code:
        raise AssertionError(f"{words}: {done.exit_code}\n{done.output}") from done.exception
    return done.stdout


def release(company: Path) -> str:
    return str(json.loads(do("release", "--json", "-c", company))["release"])


@pytest.fixture(scope="module")
def story(world: World, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("worker")
    company, home = folder / "company", folder / "home"
    home.mkdir()
    shutil.copytree(world.company, company)
    clones = tuple(clone(company / "repos" / name, home) for name in PLAYED)
    worker = Worker(PERSON, (ADDRESS,), clones, home)
    questions = worker.ask()
    key = (company / lies.WORKSPACE / "log" / "byline-log.vkey").read_text().strip()
    made = {"questions": questions, "company": company, "worker": worker, "key": key}
    told = Story(**made, before=home, after=home, old=world.release.name, new="")
    before = told.bundle(company, "before.zip")
    do("withdraw", PERSON, "-c", company)
    new = release(company)
    after = told.bundle(company, "after.zip")
    return Story(**made, before=before, after=after, old=world.release.name, new=new)


def test_included_then_withdrawn_then_absent_in_all_three_layers(story: Story):
    was = story.check(story.before)
    assert was.status == 0, was.out
    assert f"{story.old} (engineering): INCLUDED" in was.out
    record = json.loads(lies.in_bundle(story.before, "bundle.json"))["releases"][0]["record"]
    assert record["examples"] > 20
    assert record["items"] > 20

    now = story.check(story.after, "--since", story.before)
    assert now.status == 0, now.out
    assert f"{story.old} (engineering): INCLUDED" in now.out
    assert f"{story.new} (engineering): ABSENT" in now.out
    assert "the log only grew since" in now.out


def test_a_bundle_has_nothing_of_anybody_else(story: Story):
    names = {COLLEAGUE.encode(), THEIRS.encode(), b"ha-102"}
    for name in ("bundle.json", f"{story.old}/items.jsonl", "entries.jsonl", "README.txt"):
        assert not any(one in lies.in_bundle(story.after, name) for one in names)
    assert story.after.stat().st_mode & 0o077 == 0


def test_the_same_answer_is_the_same_file_and_on_record(story: Story):
    whos = (PERSON, ADDRESS)
    made = [story.bundle(story.company, "again.zip", who=who).read_bytes() for who in whos]
    assert made[0] == made[1]
    listed = json.loads(do("prove", "--list", "--json", "-c", story.company))["bundles"]
    assert {one["person"] for one in listed} == {PERSON}
    assert listed[-1]["releases"] == {story.old: "included", story.new: "absent"}
    assert listed[-1]["sha256"] == hashlib.sha256(made[0]).hexdigest()


def test_of_a_destroyed_release_absence_is_answered_and_presence_is_not(story: Story):
    releases = story.company / lies.WORKSPACE / "releases"
    for name in (story.old, story.new):
        write_away(releases / name, Away("destroyed", "", "0" * 64))
    try:
        bundle = story.bundle(story.company, "destroyed.zip")
    finally:
        for name in (story.old, story.new):
            (releases / name / AWAY_FILE).unlink()
    told = json.loads(lies.in_bundle(bundle, "bundle.json"))
    assert [(one["release"], one["claim"]) for one in told["releases"]] == [(story.new, "absent")]
    assert [one["release"] for one in told["unanswered"]] == [story.old]
    assert "destroyed" in told["unanswered"][0]["reason"]
    checked = story.check(bundle)
    assert checked.status == 4, checked.out
    assert f"release {story.old} is not answered" in checked.out


def test_the_same_work_in_another_shape_and_under_another_name_is_found(
    story: Story, tmp_path: Path
):
    company = tmp_path / "company"
    shutil.copytree(story.company, company, symlinks=True)
    lies.commit_reformatted(
        company / "repos" / "berth-planner", MODULE, COPY,
        name=COLLEAGUE, email=THEIRS, date="2026-02-10T10:00:00+0000",
    )  # fmt: skip
    reshaped = release(company)
    caught = story.check(story.bundle(company, "reshaped.zip"))
    assert caught.status == 3
    [told] = [line for line in caught.out.splitlines() if line.startswith("FAIL")]
    assert "pieces in a row of your text" in told
    assert MODULE in told
    assert f"{reshaped} (engineering): ABSENT" in caught.out

    lies.give_addresses_away(company, [ADDRESS], name=COLLEAGUE, to=THEIRS)
    planted = release(company)
    without = tmp_path / "unasked.zip"
    do("prove", PERSON, "--out", without, "-c", company)
    evaded = story.check(without)
    assert evaded.status == 4, evaded.out  # what the clone asks was not looked for
    assert f"the organisation does not count {ADDRESS} as yours" in evaded.out

    caught = story.check(story.bundle(company, "planted.zip"))
    assert caught.status == 3
    assert "filed under another name" in caught.out
    assert f"{planted} (engineering): ABSENT" in caught.out


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ("absent", "the proof is not in the form that a set of keys has"),
        ("disowned", "is not the one that was sealed"),
        ("forgotten", "is in the log, and the bundle does not mention it"),
    ],
)
def test_a_changed_bundle_fails(story: Story, tmp_path: Path, lie: str, says: str):
    out = tmp_path / "lie.zip"
    if lie == "absent":
        lies.claim_absent(
            story.after, out, company=story.company, release=story.old, other="ha-108"
        )
    elif lie == "disowned":
        lies.disown(story.after, out, release=story.old)
    else:
        lies.forget(story.after, out, release=story.old)
    caught = story.check(out)
    assert caught.status == 3, caught.out
    assert says in caught.out


def test_another_log_shown_to_one_worker_is_caught_by_the_checkpoint_seen_before(
    story: Story, tmp_path: Path
):
    other = lies.second_log(story.company, tmp_path / "other", without=story.old)
    bundle = story.bundle(other, "second.zip")
    alone = story.check(bundle)
    assert alone.status == 0  # nothing in it is false: only another log shows what is missing
    caught = story.check(bundle, "--since", story.before)
    assert caught.status == 3
    assert "SPLIT VIEW" in caught.out or "ROLLBACK" in caught.out
