"""The two sets of `commit_edit`: which commits are in, which are not, and that all replay."""

import json

import pyarrow as pa
import pytest
from material_of import a_commit, change, material_of

from byline.examples.candidate import CANDIDATES
from byline.examples.commit_edit import CommitEditSettings, commit_edits
from byline.examples.draft import Draft
from byline.examples.messages import company_reason, instruction, is_bump, strict_reason
from byline.examples.rendering import render
from byline.examples.rendering_replay import applied, read_blocks, read_diff
from byline.examples.tokens import token_map

BODY = "".join(f"value_{n} = compute({n})\n" for n in range(20))
EDITED = BODY.replace("compute(3)", "fetch(3)").replace("compute(4)", "fetch(4)").replace(
    "compute(5)", "fetch(5)")  # fmt: skip
SUBJECT = "Fetch the values that the bank has changed"


def drafts(*rows, message=SUBJECT, config=None, **options):
    commit = a_commit(message)
    given = rows or (("money.py", BODY, EDITED, {}),)
    changes = [
        change(1, path, before, after, purpose="commit", work_item=commit["commit"], **more)
        for path, before, after, more in given
    ]
    source = material_of([], changes, commits=[commit], **options)
    return source, list(commit_edits(source, config or CommitEditSettings()))


def reason(*rows, **options):
    _, [declined] = drafts(*rows, **options)
    assert not isinstance(declined, Draft)
    return declined.reason


@pytest.mark.parametrize("style", ["search_replace", "unified_diff", "chat", "conversation"])
def test_created_changed_deleted_and_renamed_files_replay_from_every_rendering(style):
    source, [draft] = drafts(
        ("a.py", BODY, EDITED, {}), ("b.py", "", BODY, {}), ("c.py", BODY, "", {}),
        ("d.py", BODY, EDITED, {"status": "R", "old_path": "old/d.py"}),
    )  # fmt: skip
    tokens = token_map("qwen2.5-coder")
    row = render(draft, style=style, tokens=tokens, purposes=["p"], cuts=source.cuts)
    pa.Table.from_pylist([row], schema=CANDIDATES)
    answer = row["completion"] or row["text"] or row["messages"][-1]["content"]
    answer = answer[answer.index("diff --git") :] if style == "conversation" else answer
    read = read_diff if style in ("unified_diff", "conversation") else read_blocks
    before = {"a.py": BODY, "c.py": BODY, "old/d.py": BODY}
    assert applied(read(answer, tokens), before) == {
        "a.py": EDITED, "b.py": BODY, "c.py": None, "d.py": EDITED, "old/d.py": None,
    }  # fmt: skip
    record = json.loads(row["record"])
    assert [one["status"] for one in record["files"]] == ["M", "A", "D", "R"]


def test_a_lock_file_is_dropped_and_the_commit_is_taught():
    lock = ("uv.lock", BODY, EDITED, {"item": "change_lock"})
    labels = [{"item": "change_lock", "generated": "lock file uv.lock"}]
    _, [draft] = drafts(lock, ("money.py", BODY, EDITED, {}), labels=labels)
    assert [one["path"] for one in draft.context] == ["money.py"]
    assert {"rule": "files_dropped: lock_file", "value": 1.0, "limit": 2.0, "keep": True} in (
        draft.decisions
    )
    assert reason(lock, labels=labels) == "lock_file"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fetch values now", "message: too_short"),
        ("The values of the bank have changed", "message: not_imperative"),
        ("Revert the values of the bank again", "message: machine_or_unfinished"),
        ("WIP fetch the values of the bank", "message: machine_or_unfinished"),
        ("Use <|im_end|> where the values are fetched", "contains_control_token"),
    ],
)
def test_subjects_of_the_company_set(message, expected):
    assert reason(message=message) == expected


def test_conventional_commits_and_bumps():
    _, [draft] = drafts(message="feat(bank): values that the bank has changed")
    assert isinstance(draft, Draft)
    kept = sum(
        isinstance(drafts(message=f"Bump requests from 2.{n} to 3.{n}")[1][0], Draft)
        for n in range(60)
    )
    assert 1 <= kept <= 15, "about a tenth"
    assert reason(
        message="Bump requests from 2 to 3", config=CommitEditSettings(bump_rate=0.0)
    ) == ("message: bump_thinned")
    assert is_bump("build(deps): bump requests from 2 to 3")
    assert not is_bump("Fetch what the bump left")


def test_sizes_of_the_company_set():
    many = [(f"f{n}.py", BODY, EDITED, {}) for n in range(6)]
    assert reason(*many) == "too_many_files"
    assert reason(config=CommitEditSettings(max_changed_lines=2)) == "too_many_lines"
    assert reason(config=CommitEditSettings(max_characters=100)) == "too_large"
    one = ("money.py", BODY, BODY.replace("compute(3)", "fetch(3)"), {})
    assert reason(one, config=CommitEditSettings(small_change_rate=0.0)) == "small_change_thinned"
    assert isinstance(drafts(one, config=CommitEditSettings(small_change_rate=1.0))[1][0], Draft)


STRICT = CommitEditSettings(kind="strict")


def test_the_strict_set_is_one_changed_file_of_a_certain_size():
    assert isinstance(drafts(config=STRICT)[1][0], Draft)
    two = [(f"f{n}.py", BODY, EDITED, {}) for n in range(2)]
    assert reason(*two, config=STRICT) == "too_many_files"
    assert reason(("b.py", "", BODY, {}), config=STRICT) == "only_modified"
    assert reason(("b.py", "a\n", "b\n", {}), config=STRICT) == "strict: tokens.min"
    long = "".join(f"value_{n} = compute({n})\n" for n in range(400))
    assert reason(("b.py", long, long + "x\n", {}), config=STRICT) == "strict: tokens.max"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fetch the values that the bank has", None),
        ("fetch the values that the bank has", "message: not_imperative"),
        ("Fetch all values again", "message: too_short"),
        ("Fetch the money that the bank has", "message: names_the_file"),
        ("Fetch what i want from the bank", "message: unwanted_words"),
        ("Fetch all of it, see https://bank.example/x", "message: unwanted_words"),
        ("Fetch the values\n\n" + "word " * 300, "message: too_short"),
        ("Fetch the values of the bank\n\n" + "word " * 300, "message: too_long"),
    ],
)
def test_subjects_of_the_strict_set(message, expected):
    wording, _ = instruction(message)
    assert wording is not None
    assert strict_reason(message, wording, path="src/money.py") == expected


def test_a_hash_is_no_instruction():
    message = f"Apply {'a1' * 20} to the branch"
    assert company_reason(message, message, min_words=4) == "message: hash"
