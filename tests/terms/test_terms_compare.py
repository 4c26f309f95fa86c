"""The protections that terms offer: answers that change with the clauses and with nothing else."""

import json

from terms_company import AS_OF, agreement, day, forbid, permit, require

from byline.terms.agreement_files import load_pack
from byline.terms.compare import protections
from byline.terms.quotes import text_sha256
from laws.command import command

NEVER = ["role_automation", "role_replication", "persona_twin", "performance_evaluation"]


def answers(*agreements, **keys):
    found = protections(agreements, as_of=keys.pop("as_of", AS_OF), **keys)
    assert len(found) == 12
    return [(each.answer, each.clauses) for each in found]


def test_a_template_answers_what_terms_can_answer():
    found = protections(load_pack("works-agreement"), as_of=AS_OF)
    assert [each.answer for each in found] == [
        "yes", "yes", "not in the terms", "yes", "yes", "partly", "not in the terms", "yes",
        "not in the terms", "yes", "not in the terms", "yes",
    ]  # fmt: skip
    assert found[1].words.startswith("code: legitimate interest; design: forbidden; process: ")
    assert found[5].words.startswith("14 days to object before the first use")


def test_silence_is_not_said_and_permission_is_no():
    assert [word for word, _ in answers()] == [
        "not said", "not said", "not in the terms", "not said", "not said", "not in the terms",
        "not in the terms", "not said", "not in the terms", "not said", "not in the terms",
        "not said",
    ]  # fmt: skip
    bad = agreement("a", permit("a/1", purposes=["persona_twin"], survives_separation=True))
    found = answers(bad)
    assert found[3] == ("not said", ())
    assert found[4] == ("no", ("a/1",))
    assert found[7] == ("no", ("a/1",))
    assert answers(bad, as_of=day("2023-01-01")) == answers()


def test_a_forbid_for_some_is_partly_and_for_all_is_yes():
    permits = agreement("a", permit("a/1", who={"countries": ["US", "DE"]}))
    some = agreement("b", forbid("b/1", classes=["*"], purposes=NEVER, who={"countries": ["DE"]}))
    every = agreement("b", forbid("b/1", classes=["*"], purposes=NEVER))
    assert [answers(permits, some)[row] for row in (3, 4, 9)] == [("partly", ("b/1",))] * 3
    assert [answers(permits, every)[row] for row in (3, 4, 9)] == [("yes", ("b/1",))] * 3
    later = every.model_copy(update={"status": "proposed"})
    assert answers(permits, later)[4][0] == "not said"
    assert answers(permits, later, proposed=True)[4][0] == "yes"


def test_notices_time_and_equal_treatment_are_read_from_the_clauses():
    signed = agreement("a", permit("a/1", needs_notice=""))
    assert answers(signed)[0] == ("partly", ("a/1",))
    told = agreement("r", require("r/1", classes=["*"], needs_notice="n", wait_days=30))
    assert answers(signed, told)[0] == ("yes", ("a/1",))
    assert answers(signed, told)[5] == ("partly", ("r/1",))
    board = {"units": ["Board"]}
    secret = agreement("x", forbid("x/1", who=board))
    public = agreement("x", forbid("x/1", who=board, exemption="board-2026"))
    assert answers(signed)[11][0] == "yes"
    assert answers(signed, secret)[11] == ("no", ("x/1",))
    assert answers(signed, public)[11] == ("partly", ("x/1",))


ROSTER = """id,name,emails,worker_type,country,unit,start,end
ann,Ann,ann@ours.example,employee,US,Web,2020-01-01,
ben,Ben,ben@ours.example,employee,JP,Web,2020-01-01,
"""


def ask(*arguments, status=0):
    done = command(*arguments, "--json")
    assert done.status == status, done.err
    return json.loads(done.out) if done.out else None


def test_the_verbs_tell_machines_and_refuse_contradictions(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "notices.csv").write_text("notice,version,person,served,channel,language\n")
    config = tmp_path / "byline.toml"
    given = '[people]\nroster = "roster.csv"\n[terms]\nnotices = "notices.csv"\n'
    config.write_text(given + 'packs = ["us-employer"]\n')
    checked = ask("terms", "check", "-c", tmp_path)
    told = {one["code"]: one["message"] for one in checked["problems"]}
    assert told["no_terms"].startswith("1 person (employee, JP, Web): no clause permits anything")
    assert told["not_told"].startswith("1 person (employee, US, Web)")
    assert sum(row["people"] for row in checked["coverage"]) == 2 * 3
    own = tmp_path / "own.toml"
    own.write_text(
        '[agreement]\nid = "own"\ntitle = "Own"\nkind = "policy"\nversion = "1"\n'
        'effective = 2020-01-01\n[[clause]]\nid = "own/1"\neffect = "forbid"\ntext = "No  use."\n'
        'classes = ["*"]\npurposes = ["*"]\n'
    )
    config.write_text(given + 'packs = ["us-employer"]\nagreements = ["own.toml"]\n')
    refused = ask("terms", "check", "-c", tmp_path, status=3)
    assert {one["code"] for one in refused["problems"]} >= {"contradiction", "unreviewed"}
    compared = ask("terms", "compare", config, "us-employer")
    ours, theirs = compared["compared"]
    assert ours["agreements"] == ["own", "us-employer"]
    assert theirs["answers"][3]["clauses"] == ["us-employer/no-replacement"]
    assert ask("terms", "compare", "no-such-pack", status=2) is None
    (pin,) = ask("terms", "hash", own)["hashes"]
    assert (pin["about"], pin["state"], pin["found"]) == (
        "own/1", "not pinned", text_sha256("No use."),
    )  # fmt: skip
