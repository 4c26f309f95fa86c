"""Every message id of `git fsck`: found, named, explained, and no neighbour harmed."""

import subprocess

import pytest
from collecting import by_path, gather, rows
from hostility import head
from malformed import BUILDERS, NEWER, NOT_MADE, OF_PARTIAL_CLONES, OF_REFS, Malformed

from byline.errors import HostileInputError
from byline.work.git.findings import FATAL, HARMLESS, IDENTITY, MEANINGS, QUOTING, reportable
from byline.work.git.tags import person_finding, tag_findings
from simulators.repositories import ENVIRONMENT, Repository, filled

REFUSED = sorted(name for name, means in MEANINGS.items() if means.treatment == "refused")
READ = sorted(name for name in BUILDERS if name not in REFUSED)


def built(path, name: str) -> tuple[Repository, str, Malformed]:
    made = filled(path)
    first = head(made)
    malformed = BUILDERS[name](made, first)
    made.point(malformed.tip)
    return made, first, malformed


def test_every_message_id_is_made_or_it_is_said_why_not():
    installed = set(reportable()) | FATAL
    assert installed <= set(BUILDERS) | set(NOT_MADE) | OF_PARTIAL_CLONES | NEWER | OF_REFS
    assert set(BUILDERS) <= installed
    assert not set(BUILDERS) & set(NOT_MADE)


def test_every_message_id_about_objects_has_a_meaning():
    assert set(BUILDERS) | set(NOT_MADE) | OF_PARTIAL_CLONES | NEWER == set(MEANINGS)
    assert set(MEANINGS) >= HARMLESS | IDENTITY | QUOTING | FATAL
    assert all(means.explanation.endswith(".") for means in MEANINGS.values())
    harmful = {name for name, means in MEANINGS.items() if means.treatment != "recorded"}
    assert not harmful & HARMLESS


@pytest.mark.parametrize("name", READ)
def test_a_malformed_object_is_quarantined_by_its_id_and_its_neighbours_are_collected(
    tmp_path, name
):
    made, first, malformed = built(tmp_path / "r", name)
    done = gather(made.path, tmp_path / "out")
    assert done.commit == malformed.tip
    found = rows(done, "quarantine", "message")
    assert {row["message"] for row in found} == {name}
    [row] = found
    assert row["oid"] == malformed.oid
    assert row["explanation"] == MEANINGS[name].explanation
    assert row["harmless"] == (name in HARMLESS)
    neighbour = by_path(done)["a.txt"]
    assert (neighbour["text"], neighbour["skip"]) == ("one\ntwo\n", None)
    assert neighbour["origins"] == [{"start": 1, "lines": 2, "commit": first}]
    check_treatment(done, malformed, MEANINGS[name].treatment, name)
    assert not (tmp_path / "evil").exists()
    assert not gather(made.path, tmp_path / "out").changed


def check_treatment(done, malformed: Malformed, treatment: str, name: str) -> None:
    marks = {row["commit"]: row["quarantine"] for row in rows(done, "commits", "commit")}
    skips = {path: row["skip"] for path, row in by_path(done).items() if path.startswith("odd/")}
    assert (marks[malformed.tip] is not None) == (treatment in ("authorship", "tree"))
    if treatment in ("authorship", "tree"):
        assert marks[malformed.tip] == name
    if treatment in ("entry", "tree"):
        assert set(skips.values()) <= {"quarantined_tree"}
    else:
        assert "quarantined_tree" not in skips.values()


@pytest.mark.parametrize("name", sorted(set(REFUSED) & set(BUILDERS)))
def test_an_object_that_git_cannot_read_is_named_and_its_repository_refused(tmp_path, name):
    made, _, malformed = built(tmp_path / "r", name)
    with pytest.raises(
        HostileInputError, match=f"{malformed.oid} is malformed: {name}: "
    ) as caught:
        gather(made.path, tmp_path / "out")
    assert MEANINGS[name].explanation in str(caught.value)
    assert caught.value.advice
    assert not (tmp_path / "out/tables").exists()
    assert not list((tmp_path / "out/mirrors").iterdir())


@pytest.mark.parametrize("name", sorted(set(REFUSED) & set(BUILDERS)))
def test_an_unreadable_object_that_nothing_needs_does_not_matter(tmp_path, name):
    made, first, _ = built(tmp_path / "r", name)
    made.point(first)
    assert gather(made.path, tmp_path / "out").commit == first


def test_an_object_of_an_unknown_kind_beside_the_history_does_not_matter(tmp_path):
    made = filled(tmp_path / "r")
    made.object("wish", b"x")
    assert set(by_path(gather(made.path, tmp_path / "out"))) == {"a.txt"}


TAGS = sorted(
    {"badObjectSha1", "badTagName", "badType", "extraHeaderEntry", "missingObject",
     "missingTagEntry", "missingTaggerEntry", "missingTypeEntry"}
)  # fmt: skip


@pytest.mark.parametrize("name", TAGS)
def test_what_is_said_of_a_tag_is_what_git_says(tmp_path, name):
    made, _, malformed = built(tmp_path / "r", name)
    data = made.git("cat-file", "tag", malformed.oid)
    assert [one.message for one in tag_findings(malformed.oid, data)] == [name]
    assert name in said_by_mktag(made, data)


PEOPLE = sorted(IDENTITY | {"badName"})


@pytest.mark.parametrize("name", PEOPLE)
def test_a_taggers_line_is_read_as_git_reads_it(tmp_path, name):
    made, _, malformed = built(tmp_path / "r", name)
    line = made.git("cat-file", "commit", malformed.oid).split(b"author ")[1].split(b"\n")[0]
    assert person_finding(line) == name
    tagged = made.git("rev-parse", "main").strip()
    data = b"object %b\ntype commit\ntag odd\ntagger %b\n\nwords\n" % (tagged, line)
    assert name in said_by_mktag(made, data)


def said_by_mktag(made: Repository, data: bytes) -> str:
    done = subprocess.run(
        ["git", "mktag", "--strict"], cwd=made.path, input=data, capture_output=True, check=False,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode != 0
    return done.stderr.decode()
