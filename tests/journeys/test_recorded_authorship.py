"""Whose line is it, human or AI: from notes, traces, trailers and accounts to a release."""

import json

import pytest

from laws.command import command
from laws.worlds import ANN, BOB, World, everything, function, moment, rows

AGENT = {"name": "Claude", "email": "noreply@anthropic.com"}
ONLY_PEOPLE = '[clause.where]\nowners = ["employer"]\nauthorship = ["human", "unknown"]\n'
ANY = '[clause.where]\nowners = ["employer"]\n'


def log(path, lines):
    """A Git AI authorship log: which lines an agent wrote, and which Ann typed."""
    about = {
        "schema_version": "authorship/3.0.0", "base_commit_sha": "", "prompts": {},
        "humans": {"h_1": {"author": "Ann Alder <ann@corp.example>"}},
        "sessions": {"s_1": {"agent_id": {"tool": "claude", "id": "1", "model": "opus"}}},
    }  # fmt: skip
    entries = "".join(f"  {key} {span}\n" for key, span in lines)
    return f"{path}\n{entries}---\n{json.dumps(about)}"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Eight functions of ten lines each, by all ways of saying who wrote them."""
    made = World(tmp_path_factory.mktemp("authorship"))
    shop = made.repository()
    files, parent, oids = {}, (), {}
    history = [
        ("plain", ANN, ""), ("noted", ANN, ""), ("agent", AGENT, ""),
        ("trailer", BOB, "Assisted-by: Claude Opus 4.6\n"),
        ("thanked", BOB, "Assisted-by: Ann Alder <ann@corp.example>\n"),
        ("footer", BOB, "Generated with [Claude Code](https://claude.com/claude-code)\n"),
        ("joint", BOB, "Co-authored-by: Claude <noreply@anthropic.com>\n"), ("traced", BOB, ""),
    ]  # fmt: skip
    for day, (name, who, trailer) in enumerate(history):
        files[f"{name}.py".encode()] = function(name, lines=8)
        if name == "traced":
            files[b".agent-trace/traces.jsonl"] = json.dumps({
                "version": "1.0", "id": "0", "timestamp": "2026-01-01T00:00:00Z",
                "vcs": {"type": "git", "revision": parent[0]}, "tool": {"name": "cursor"},
                "files": [{"path": "traced.py", "conversations": [
                    {"contributor": {"type": "ai"}, "ranges": [{"start_line": 1, "end_line": 4}]},
                ]}]}).encode() + b"\n"  # fmt: skip
        message = f"Add {name} function to shop\n\n{trailer}"
        parent = (
            shop.commit(dict(files), parents=parent, time=moment(day), message=message, **who),
        )
        oids[name] = parent[0]
    # The noted file grows above: its lines must be found where they are now.
    files[b"noted.py"] = function("above", lines=8) + files[b"noted.py"]
    last = shop.commit(dict(files), parents=parent, time=moment(20), **BOB,
                       message="Add the above function to noted\n")  # fmt: skip
    oids["grown"] = shop.commit(
        {**files, b"plain.py": files[b"plain.py"] + function("grown", lines=8)}, parents=(last,),
        time=moment(21), message="Add the grown function to plain\n", **ANN,
    )  # fmt: skip
    shop.point(oids["grown"])
    blob = shop.object("blob", log("noted.py", [("s_1::t_1", "1-5"), ("h_1", "6-12")]).encode())
    shop.git("notes", "--ref", "ai", "add", "-C", blob, oids["noted"])
    blob = shop.object("blob", log("plain.py", [("s_1::t_1", "13-17")]).encode())
    shop.git("notes", "--ref", "ai", "add", "-C", blob, oids["grown"])
    return made


def agree(world, where):
    """Let the one clause hold where it says."""
    world.configure()
    file = world.root / "agreement.toml"
    head, _, _ = file.read_text().partition("[clause.where]")
    file.write_text(head + where)


NAMES = ("plain", "noted", "above", "agent", "trailer", "thanked", "footer", "joint", "traced",
         "grown")  # fmt: skip


def origins(release, recipe="completion"):
    """The origins that spans with a function's lines carry, by function."""
    found: dict[str, set[str]] = {}
    for row in rows(release, recipe):
        text = row["text"] or row["prompt"] + row["completion"]
        for span in row["spans"]:
            piece = text[span["start"] : span["end"]]
            for name in NAMES:
                if f"{name}_" in piece:
                    found.setdefault(name, set()).add(span["origin"])
    return found


def test_every_span_of_a_release_carries_its_origin(world):
    agree(world, ANY)
    sealed = world.release()
    found = origins(sealed)
    assert found["plain"] == {"unknown"}
    assert found["above"] == {"unknown"}
    assert found["noted"] == {"ai", "human"}
    assert found["thanked"] == {"unknown"}
    assert found["trailer"] == found["footer"] == found["joint"] == found["traced"] == {"mixed"}
    assert found["grown"] == {"ai", "unknown"}
    assert "agent" not in found  # an agent's own account has no say, and no clause names it


def test_every_span_of_an_edit_carries_its_origin(world):
    agree(world, ANY)
    found = origins(world.release(), "commit_edit")
    assert found["grown"] == {"ai", "unknown"}  # its own lines, in its own state
    assert found["noted"] == {"ai", "human"}  # older lines around the change
    assert found["above"] == {"unknown"}


def test_a_clause_that_permits_people_only_leaves_out_each_line_of_an_ai(world):
    agree(world, ONLY_PEOPLE)
    sealed = world.release()
    found = origins(sealed)
    assert found == {
        "plain": {"unknown"}, "above": {"unknown"}, "noted": {"human"}, "thanked": {"unknown"},
        "grown": {"unknown"},
    }  # fmt: skip
    text = everything(sealed)
    assert "grown" not in origins(sealed, "commit_edit")  # part of what it wrote is an AI's
    assert "noted_6 =" in text  # typed by Ann, as the note says
    assert "noted_2 =" not in text  # generated, as the same note says


def test_the_agent_and_who_is_taken_for_one_are_listed(world):
    world.configure()
    found = json.loads(command("people", "--bots", "--json", "-c", world.root).out)
    [agent] = found["accounts"]
    assert (agent["name"], agent["population"], agent["account"]) == ("Claude", "ai", "Claude")
    assert (agent["authored"], agent["co_authored"], agent["committed"]) == (1, 1, 1)
    assert "noreply@anthropic.com" in agent["rule"]
    text = (world.root / "byline.toml").read_text()
    override = text.replace("[people]\n", '[people]\nnot_bots = ["noreply@anthropic.com"]\n')
    (world.root / "byline.toml").write_text(override)
    found = json.loads(command("people", "--bots", "--json", "-c", world.root).out)
    assert found["accounts"] == []


def test_the_audit_counts_lines_by_authorship_and_shows_the_evidence(world, tmp_path):
    repository = world.repositories["shop"].path
    found = json.loads(
        command("audit", repository, "--json", "--output", tmp_path / "page.html").out
    )
    typed = found["origins"]
    counts = typed["by_authorship"]
    assert sum(counts.values()) == typed["lines"] == found["contents"]["lines"]
    functions = 12  # lines of one
    assert counts["ai"] == 5 + 5 + functions  # of the notes, and of the agent's own commit
    assert counts["human"] == 7
    assert counts["mixed"] == 4 * functions  # trailer, footer, co-author, trace
    evidence = {(one["kind"], one["what"]): one["lines"] for one in typed["evidence"]}
    assert evidence["git-ai", "claude opus"] == 5 + 5 + 7
    assert evidence["trailer", "assisted-by"] == functions
    assert evidence["author-account", "Claude"] == functions
    assert evidence["agent-trace", "cursor"] == functions
    assert "agent trace" in (tmp_path / "page.html").read_text()
