"""A log and its witnesses, from the command line: cosigned, brought on a stick, refused."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from byline.cli.session import session
from byline.cli.voice import Voice
from byline.cli.witnessing import check_release_cosigned
from byline.errors import RefusedError
from byline.proof.cosignature import parse_cosigning_key
from byline.proof.cosigned import verify_cosigned_proof
from byline.proof.logproof import parse_proof
from byline.proof.policy import parse_policy
from byline.proof.witness import Witness
from byline.proof.witness_http import WitnessServer
from byline.release.logbook import read_verifiers, record
from byline.release.seal import MANIFEST, PROOF_FILE, log_entry
from laws.command import command
from laws.worlds import ANN, World, function

POLICY = """witness company {company}
witness union {union}
witness auditor {auditor}
group outside any union auditor
group both all company outside
quorum both
"""
NAMES = ("company", "union", "auditor")


def ask(*arguments: str | Path, status: int = 0) -> dict:
    done = command(*arguments, "--json")
    assert done.status == status, (done.out, done.err)
    assert "Traceback" not in done.err
    return json.loads(done.out) if done.out else {"err": done.err}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("witnessing") / "company")
    made = world.repository()
    made.point(made.commit({b"a.py": function("alpha")}, message="add alpha now\n", **ANN))
    world.release()
    root = world.root
    keys = {}
    for name in NAMES:
        options = ("--ml-dsa",) if name == "auditor" else ()
        out = root / f"{name}.key"
        keys[name] = ask("witness", "key", f"{name}.example/w", "--out", out, *options)["vkey"]
    (root / "policy.txt").write_text(POLICY.format(**keys))
    with (root / "byline.toml").open("a") as file:
        file.write('\n[log]\npolicy = "policy.txt"\ncosigned = true\n')
    return root


@pytest.fixture
def company(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "company")


def carried(company: Path, name: str, *options: str | Path, status: int = 0) -> dict:
    """A witness without a network cosigns what is on the stick."""
    return ask(
        "witness", "cosign", "--state", company / f"{name}-state", "--key",
        company / f"{name}.key", "--log", company / "byline-workspace/log/byline-log.vkey",
        "--out", company / "cosigned", *options, status=status,
    )  # fmt: skip


def append(company: Path, text: str) -> None:
    with session(company, voice=Voice(quiet=True)) as opened:
        record(opened.layout.log, {"type": "note", "text": text}, signer=opened.signer)


def gate(company: Path) -> None:
    with session(company, voice=Voice(quiet=True), writes=False) as opened:
        check_release_cosigned(opened, opened.open_release(None))


def test_on_a_stick(company: Path):
    log = company / "byline-workspace" / "log"
    with pytest.raises(RefusedError, match="not yet cosigned"):
        gate(company)
    refused = command("train", "-c", company)
    assert (refused.status, "not yet cosigned" in refused.err) == (3, True)
    for name in ("company", "auditor"):
        with pytest.raises(RefusedError):
            gate(company)
        carried(company, name, "--log-directory", log)
        done = ask("log", "cosign", "-c", company, "--from", company / "cosigned")
    assert done["renewed"] == [
        f"releases/{next(log.parent.glob('releases/rel_*')).name}/{PROOF_FILE}"
    ]
    gate(company)
    append(company, "later")
    gate(company)  # what was cosigned stays cosigned
    with session(company, voice=Voice(quiet=True), writes=False) as opened:
        sealed = opened.open_release(None)
        entry = log_entry(sealed, (sealed.directory / MANIFEST).read_bytes())
    policy = parse_policy(ask("log", "policy", "-c", company)["policy"])
    proof = parse_proof((sealed.directory / PROOF_FILE).read_bytes())
    signed = verify_cosigned_proof(proof, entry=entry, policy=policy)
    assert [one.name for one in signed.witnesses] == ["company", "auditor"]
    seen = ask("log", "check", "-c", company, "--since", company / "cosigned")
    assert seen["since"] == seen["size"] - 1 == seen["witnesses"]["size"]
    assert set(seen["witnesses"]["cosigned"]) == {"company", "auditor"}
    # A request is enough where the log's folder cannot be carried.
    made = ask("log", "cosign", "-c", company, "--request", company / "request")
    assert made["from"] == seen["since"]
    carried(company, "company", "--checkpoint", company / "request")
    ask("log", "cosign", "-c", company, "--from", company / "cosigned")
    carried(company, "union", "--checkpoint", company / "request", status=3)
    first = ask("log", "cosign", "-c", company, "--request", company / "request", "--old-size", "0")
    assert first["from"] == 0
    carried(company, "union", "--checkpoint", company / "request")
    done = ask("log", "cosign", "-c", company, "--from", company / "cosigned")
    assert done["witnesses"]["size"] == seen["size"]


def test_a_log_that_was_put_back_and_goes_on_otherwise(company: Path):
    log = company / "byline-workspace" / "log"
    before = shutil.copytree(log, company / "before")
    append(company, "what is to be forgotten")
    carried(company, "union", "--log-directory", log)
    shutil.copy(company / "cosigned", company / "kept")
    shutil.rmtree(log)
    shutil.copytree(before, log)
    said = carried(company, "union", "--log-directory", log, status=3)
    assert "rollback" in said["err"]
    append(company, "what is told instead")
    said = carried(company, "union", "--log-directory", log, status=3)
    assert "split view" in said["err"]
    listed = command(
        "witness", "list", "--state", company / "union-state", "--key", company / "union.key",
        "--log", log / "byline-log.vkey", "--json",
    )  # fmt: skip
    assert listed.status == 3
    [seen] = json.loads(listed.out)["logs"]
    assert seen["refused"] == {"split": 1, "fork": 0, "older": 1}
    evidence = Path(seen["evidence"]).read_text()
    assert evidence.count(seen["origin"]) >= 2
    ask("log", "cosign", "-c", company, "--from", company / "kept", status=3)
    ask("log", "check", "-c", company, "--since", company / "kept", status=3)
    ask("log", "check", "-c", company)
    (log / "cosigned").mkdir()
    shutil.copy(company / "kept", log / "cosigned" / "9")  # the operator's own copy is enough
    ask("log", "check", "-c", company, status=3)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_over_the_network_and_with_a_new_key(company: Path, tmp_path: Path):
    log = company / "byline-workspace" / "log"
    known = read_verifiers(log / "byline-log.vkey")
    witness = Witness(
        tmp_path / "state",
        (parse_cosigning_key((company / "union.key").read_text().strip()),),
        tuple(known),
        clock=lambda: 2**63 - 1,  # a witness may say what it likes
    )
    ask("log", "cosign", "-c", company, status=2)  # none has an address
    with WitnessServer(("127.0.0.1", 0), witness=witness, report=lambda _: None) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with (company / "byline.toml").open("a") as file:
                file.write(
                    f'witnesses = {{ union = "http://127.0.0.1:{server.server_address[1]}",'
                    ' company = "http://127.0.0.1:1" }\n'
                )
            done = ask("log", "cosign", "-c", company, status=4)
            assert done["asked"]["union"] == "cosigned"
            assert "no answer" in done["asked"]["company"]
            assert done["witnesses"] is None  # the company's is missing
            policy = company / "policy.txt"
            policy.write_text(policy.read_text().replace("quorum both", "quorum union"))
            assert "s after 1970" in command("log", "-c", company).out
            rotated = ask("log", "rotate", "-c", company, "--reason", "yearly")
            done = ask("log", "cosign", "-c", company, status=4)
            assert done["asked"]["union"] == "cosigned"  # both keys signed the handover
            append(company, "under the new key")
            done = ask("log", "cosign", "-c", company, status=4)
            assert "403" in done["asked"]["union"]
            new = read_verifiers(log / "byline-log.vkey")[-1]
            assert new.vkey == rotated["after"]
            server.witness = Witness(
                witness.state, witness.keys, (*known, new), clock=witness.clock
            )
            assert ask("log", "cosign", "-c", company, status=4)["asked"]["union"] == "cosigned"
        finally:
            server.shutdown()
            thread.join()


def test_settings_that_do_not_fit(company: Path):
    file = company / "byline.toml"
    text = file.read_text()
    file.write_text(f'{text}witnesses = {{ stranger = "http://x" }}\n')
    assert "no witness 'stranger'" in command("log", "-c", company).err
    file.write_text(text.replace('policy = "policy.txt"\n', ""))
    assert "no policy" in command("log", "-c", company).err
    file.write_text(text)
    policy = company / "policy.txt"
    policy.write_text(policy.read_text().replace("quorum both", "quorum other"))
    done = command("log", "-c", company)
    assert (done.status, "policy.txt: policy line 6" in done.err) == (2, True)
