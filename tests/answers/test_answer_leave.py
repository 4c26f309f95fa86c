"""A batch of leavers: what becomes of their work, where it has gone, and what they are given."""

import dataclasses
import datetime as dt
import json
import shutil

import pytest
from answer_worlds import organisation

from byline.answers import leave_closing, receipts
from byline.answers.affected import AffectedModel, affected
from byline.answers.deployed import Deployment
from byline.answers.disclosure import SMALLEST_CELL, disclose, withheld
from byline.answers.impact import Impact, ReleaseImpact, impact
from byline.answers.leave import Workplace, folder_of, subject_of, work_through
from byline.answers.leave_batches import choose, standing, tell
from byline.cli import steps
from byline.cli.leaving import contributions_of
from byline.cli.session import Session, session
from byline.cli.voice import Voice
from byline.errors import IntegrityError, RefusedError
from byline.privacy.pseudonyms import read_or_create_key
from byline.proof.note import generate_signer
from byline.terms.separation_files import Leaving, batch_of
from byline.workspace.ledger import append, rows
from byline.workspace.ledger import tables as ledger_tables

TOLD = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
LAST = dt.date(2026, 5, 31)
DEADLINE = dt.date(2026, 6, 10)
SURVIVES = """
[[clause]]
id = "us/8"
effect = "permit"
text = "Messages stay with the Company."
classes = ["process"]
purposes = ["assist_others"]
basis = "agreement"
needs_notice = "ai-training"
survives_separation = true
[clause.who]
countries = ["US"]
units = ["Core"]
"""


@dataclasses.dataclass
class World:
    root: object
    opened: object
    release: str

    @property
    def at(self):
        one = self.opened
        return Workplace(one.config, one.layout, one.ledger, one.inputs, one.signer, one.tools)

    def stands(self, batch):
        return standing(batch, ledger=self.opened.ledger, holds=self.opened.inputs.terms.holds)

    def work(self, batch, *, as_of=LAST):
        return work_through(
            self.stands(batch), contributions_of(self.opened), at=self.at, as_of=as_of
        )

    def receipt(self, person, batch, kind="leaving"):
        config = self.opened.config
        key = read_or_create_key(config.at(config.people.linkage_key))
        name = f"{subject_of(person, batch, key=key)}.{kind}.json"
        return folder_of(self.opened.layout, batch) / name


def leaving(person, *, effective=LAST):
    return Leaving(person=person, effective=effective, kind="layoff", start=dt.date(2020, 1, 1))


BATCH = batch_of([leaving("p-amy"), leaving("p-dan")], deadline=DEADLINE)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The organisation with a release, a model, and the model in use on one kind of work."""
    root = organisation(tmp_path_factory.mktemp("organisation"))
    with (root / "agreement.toml").open("a") as file:
        file.write(SURVIVES)
    with session(root, voice=Voice(quiet=True), workers=1) as opened:
        made = steps.release_all(opened)
        append(
            opened.ledger, ledger_tables.MODELS,
            {
                "model": "mdl_1", "release": made.sealed.id, "purpose": "assist_others",
                "weights_sha256": "00", "path": "models/mdl_1", "settings": {}, "log_index": None,
            },
        )  # fmt: skip
        append(
            opened.ledger, ledger_tables.DEPLOYMENTS,
            {
                "deployment": "dep_1", "action": "deployed", "model": "mdl_1",
                "purpose": "assist_others", "place": "ide", "job_families": ["backend"],
                "at": "2026-01-01", "note": "",
            },
        )  # fmt: skip
    return root, made.sealed.id


@pytest.fixture
def world(released, tmp_path):
    """The same for one test to change."""
    root = tmp_path / "organisation"
    shutil.copytree(released[0], root, symlinks=True)
    with session(root, voice=Voice(quiet=True), workers=1) as opened:
        yield World(root, opened, released[1])


def test_a_batch_reaches_decisions_releases_models_and_a_receipt_for_everybody(world):
    told = tell(BATCH, ledger=world.opened.ledger, told=TOLD)
    assert (told.new, told.amended, told.repeated) == (2, 0, 0)
    world.opened.forget_inputs()
    worked = world.work(told.batch)
    assert worked.ended["assist_others"] > 0 < worked.surviving["assist_others"]
    assert [one.release for one in worked.impact.releases] == [world.release]

    paths = sorted(folder_of(world.opened.layout, told.batch).glob("*.leaving.json"))
    assert len(paths) == 2  # Dan wrote nothing and has a receipt all the same
    data = world.receipt("p-amy", told.batch).read_bytes()
    body = receipts.check_receipt(data, verifiers=[world.opened.signer.verifier]).body
    [held] = body["releases"]
    assert held["release"] == world.release
    assert sum(held["shards"].values()) == sum(held["classes"].values()) == held["examples"]
    assert [one["model"] for one in body["models"]] == ["mdl_1"]
    assert [one["deployment"] for one in body["deployments"]] == ["dep_1"]
    [survives] = body["survives"]
    assert (survives["clause"], len(survives["text_sha256"])) == ("us/8", 64)
    code = next(one for one in body["decisions"] if one["class"] == "code")
    assert code["included_before"] == code["ended"] == code["excluded"]["separated"]
    assert [one["state"] for one in body["states"]] == ["NOTICE", "SEPARATED"]
    everything = b"".join(path.read_bytes() for path in paths)
    for word in (b"p-amy", b"Amy", b"amy@", b"p-dan", b"p-bob"):
        assert word not in everything

    # The next decisions of the organisation are the ones that the receipt tells, on the roster as
    # it was, which does not say that she left.
    decided = steps.decision_counts(steps.decide_all(world.opened))
    assert decided["separated"] == code["ended"]


def test_a_second_run_and_a_killed_one_give_the_same_bytes(world, monkeypatch):
    told = tell(BATCH, ledger=world.opened.ledger, told=TOLD)
    again = tell(BATCH, ledger=world.opened.ledger, told=TOLD + dt.timedelta(3))
    assert (again.new, again.amended, again.repeated) == (0, 0, 2)
    world.opened.forget_inputs()

    def dies(*_args, **_keywords):
        raise KeyboardInterrupt

    real = receipts.append
    monkeypatch.setattr(receipts, "append", dies)  # the files are there, the ledger is not told
    with pytest.raises(KeyboardInterrupt):
        world.work(told.batch)
    monkeypatch.setattr(receipts, "append", real)
    first = world.receipt("p-amy", told.batch).read_bytes()
    world.receipt("p-dan", told.batch).unlink()
    append(world.opened.ledger, ledger_tables.EVENTS, {"verb": "x", "subject": "x", "detail": {}})
    done, once_more = world.work(told.batch), world.work(told.batch)
    assert done.issue == once_more.issue
    assert world.receipt("p-amy", told.batch).read_bytes() == first
    assert world.receipt("p-dan", told.batch).exists()
    assert len(rows(world.opened.ledger, ledger_tables.RECEIPTS)) == 2
    assert len(rows(world.opened.ledger, ledger_tables.SEPARATION_STATES)) == 4


def test_a_receipt_that_was_changed_or_signed_by_another_is_refused(world):
    told = tell(BATCH, ledger=world.opened.ledger, told=TOLD)
    world.opened.forget_inputs()
    world.work(told.batch)
    data, known = world.receipt("p-amy", told.batch).read_bytes(), world.opened.signer.verifier
    changed = [
        data.replace(b'"ended":', b'"ended":1', 1),
        data.replace(b'"default":"stop"', b'"default":"keep"'),
        data[:-1],
        data + b" ",
        b"{}",
        b"\xff",
    ]
    receipt = json.loads(data)
    for name, value in (("index", 1 - receipt["index"]), ("size", 3), ("path", [])):
        changed.append(receipts.canonical_json({**receipt, name: value}))
    for other in changed:
        with pytest.raises(IntegrityError):
            receipts.check_receipt(other, verifiers=[known])
    with pytest.raises(IntegrityError):
        receipts.check_receipt(data, verifiers=[generate_signer(known.name).verifier])


def test_a_choice_is_recorded_once_and_erase_withdraws(world):
    ledger = world.opened.ledger
    batch = tell(BATCH, ledger=ledger, told=TOLD).batch
    at = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    with pytest.raises(RefusedError, match="only by a paper"):
        choose("p-amy", "allow-retained", ledger=ledger, at=at)
    late = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
    with pytest.raises(RefusedError, match="the deadline was"):
        choose("p-amy", "allow-retained", ledger=ledger, at=late, document="00")
    choose("p-amy", "erase", ledger=ledger, at=at)
    choose("p-amy", "erase", ledger=ledger, at=at + dt.timedelta(1))
    assert len(rows(ledger, ledger_tables.CHOICES)) == 1
    assert [row["person"] for row in rows(ledger, ledger_tables.WITHDRAWALS)] == ["p-amy"]
    assert world.stands(batch).counts(as_of=LAST) == {"REMOVAL_PENDING": 1, "SEPARATED": 1}
    world.opened.forget_inputs()
    assert world.work(batch).surviving["assist_others"] == 0  # not even what survives


def test_a_separation_closes_when_the_newest_release_and_models_in_use_are_without(world):
    ledger = world.opened.ledger
    batch = tell(BATCH, ledger=ledger, told=TOLD).batch
    choose("p-amy", "erase", ledger=ledger, at=TOLD)
    world.opened.forget_inputs()
    world.work(batch)
    day = DEADLINE + dt.timedelta(1)

    def close():
        return leave_closing.close(
            world.stands(batch), contributions_of(world.opened), at=world.at, as_of=day
        )

    # Dan has no work in any release: nothing holds his separation open.
    assert (close().closed, close().open) == (1, {"no release without it yet": 1})
    fresh = {"deployment": "dep_1", "action": "retired", "model": "mdl_1", "job_families": [],
             "purpose": "assist_others", "place": "ide", "at": "2026-06-01", "note": ""}  # fmt: skip
    steps.release_all(Session(world.opened.config, Voice(quiet=True), world.opened.executor))
    assert close().open == {"a model that learned from it is in use": 1}
    append(ledger, ledger_tables.DEPLOYMENTS, fresh)
    done = close()
    assert (done.closed, done.open) == (2, {})
    assert world.stands(batch).counts(as_of=day) == {"CLOSED": 2}
    path = world.receipt("p-amy", batch, "closing-2")
    body = receipts.check_receipt(path.read_bytes(), verifiers=[world.opened.signer.verifier]).body
    assert [one["state"] for one in body["states"]][-1] == "REMOVED"
    assert [one["release"] for one in body["releases"]] == [world.release]  # older, on record
    assert close().issues == ()


def test_many_are_asked_at_once_and_get_what_each_would_be_told_alone(world):
    people = ["p-amy", "p-bob", "p-cat", "p-dan"]
    asked = {"config": world.opened.config, "layout": world.opened.layout,
             "ledger": world.opened.ledger}  # fmt: skip
    together = impact(people, **asked)
    for person in people:
        alone = affected(person, **asked).releases
        held = together.of(person)
        assert [(one.release, one.contributor, one.examples, dict(one.shards)) for one in held] == [
            (one.release, one.contributor, one.examples, dict(one.shards)) for one in alone
        ]


def test_a_disclosure_shows_no_cell_of_fewer_than_ten():
    people = [f"p-{n}" for n in range(40)]
    families = dict(zip(people, ["backend"] * 25 + ["data"] * 12 + ["legal"] * 3, strict=True))
    held = ReleaseImpact("rel_1", "n", (), "00", dict(zip(people, range(40), strict=True)), (),
                         None, (), None, None)  # fmt: skip
    running = Deployment(
        "dep_1", "mdl_1", "assist_others", "ide", ("legal",), "2026-01-01", stands=True
    )
    reached = Impact((held,), (AffectedModel("mdl_1", "rel_1", "assist_others", "m"),), {},
                     (running,), ())  # fmt: skip
    made = disclose("lv_1", families, reached)
    assert made.answer
    [one] = made.models
    assert one.people == 40
    shown = {cell.job_family: (cell.people, cell.deployed) for cell in one.families}
    assert shown == {"backend": (25, False), "data": (None, False), "legal": (None, True)}
    assert withheld([9, 9], total=18) == [None, None]
    assert withheld([30], total=30) == [30]
    assert disclose("lv_1", dict.fromkeys(people[: SMALLEST_CELL - 1], ""), reached).people is None
