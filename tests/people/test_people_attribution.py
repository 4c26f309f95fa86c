"""Records of single lines: read as their specifications have it, placed only where it is certain."""

import json
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.people.attribution import (
    ATTRIBUTIONS,
    attributions_after,
    attributions_of_notes,
    attributions_of_traces,
    is_trace,
    merged,
)
from byline.people.attribution_records import (
    MAX_CLAIMS,
    Claim,
    Record,
    UnreadableRecordError,
    read_note,
    read_trace,
)
from byline.people.recorded_spans import SPANS, edit_spans, file_spans
from byline.work.schema import COMMITS, EDITS, FILES, NOTES

OID, CHILD, LATER = "a" * 40, "b" * 40, "c" * 40
# The complete example of the Git AI standard v3.0.0, section 1.2.7, and a path with a space.
GIT_AI = """src/main.rs
  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-10
  h_31dce776f88375 15-20
"src/my lib.rs"
  abcd1234abcd1234 1,3-4,50
---
""" + json.dumps({
    "schema_version": "authorship/3.0.0", "git_ai_version": "1.4.5",
    "base_commit_sha": "7734793b756b3921c88db5375a8c156e9532447b",
    "prompts": {"abcd1234abcd1234": {"agent_id": {"tool": "cursor", "id": "x", "model": "gpt-4"}}},
    "humans": {"h_31dce776f88375": {"author": "Developer <dev@example.com>"}},
    "sessions": {"s_c9883b05a2487d": {"agent_id": {"tool": "claude", "id": "c", "model": "m-1"}}},
})  # fmt: skip


def log(*entries, path="a.txt", humans=("h_1",), **metadata):
    """An authorship log of one file."""
    about = {"schema_version": "authorship/3.0.0", "base_commit_sha": "", "prompts": {},
             "humans": {key: {"author": "Ada <a@b>"} for key in humans}, **metadata}  # fmt: skip
    return "".join(
        [f"{path}\n", *(f"  {entry}\n" for entry in entries), "---\n", json.dumps(about)]
    )


def trace(path="a.txt", *, ranges=((1, 2),), kind="ai", revision=OID, **more):
    """An Agent Trace record of one file, as its schema has it."""
    record = {
        "version": "0.1.0", "id": "550e8400-e29b-41d4-a716-446655440000",
        "timestamp": "2026-01-23T14:30:00Z", "tool": {"name": "cursor", "version": "2.4.0"},
        "files": [{"path": path, "conversations": [{
            "contributor": {"type": kind, "model_id": "anthropic/claude"},
            "ranges": [{"start_line": a, "end_line": b} for a, b in ranges]}]}],
    }  # fmt: skip
    if revision:
        record["vcs"] = {"type": "git", "revision": revision}
    return json.dumps({**record, **more})


def claims(record):
    return [(c.path, c.start, c.lines, c.origin, c.agent) for c in record.claims]


def test_the_example_of_the_git_ai_standard_is_read():
    found = read_note(GIT_AI)
    assert (found.format, found.revision) == ("git-ai", None)
    assert claims(found) == [
        ("src/main.rs", 1, 10, "ai", "claude m-1"), ("src/main.rs", 15, 6, "human", ""),
        ("src/my lib.rs", 1, 1, "ai", "cursor gpt-4"), ("src/my lib.rs", 3, 2, "ai", "cursor gpt-4"),
        ("src/my lib.rs", 50, 1, "ai", "cursor gpt-4"),
    ]  # fmt: skip


def test_a_person_counts_only_when_the_log_knows_them():
    assert claims(read_note(log("h_2 1-3")))[0][3] == "unknown"
    assert claims(read_note(log("h_1::t_9 1-3")))[0][3] == "human"
    assert claims(read_note(log("z_future 1-3")))[0][3] == "unknown"
    assert claims(read_note(log("s_gone::t_1 1")))[0][3:] == ("ai", "")


def test_a_log_without_attestations_says_nothing():
    empty = read_note("---\n" + json.dumps({"schema_version": "authorship/3.0.0"}))
    assert empty == Record("git-ai", None, ())


def test_an_agent_trace_record_is_read():
    [claim] = read_trace(trace(ranges=[(42, 67)])).claims
    assert claim == Claim("a.txt", 42, 26, "ai", "cursor anthropic/claude")
    assert read_note(trace()).format == "agent-trace"
    assert read_trace(trace(revision=None)).revision is None
    assert read_trace(trace(vcs={"type": "jj", "revision": "kkmpptxz"})).revision is None
    nobody = json.loads(trace())
    del nobody["files"][0]["conversations"][0]["contributor"]
    assert read_trace(json.dumps(nobody)).claims[0].origin == "unknown"
    nobody["files"][0]["conversations"][0]["ranges"][0]["contributor"] = {"type": "human"}
    assert read_trace(json.dumps(nobody)).claims[0] == Claim("a.txt", 1, 2, "human", "")


def test_a_whogitit_note_is_read():
    def line(number, kind):
        return {"line_number": number, "source": {"type": kind}}

    note = {"version": 3, "session": {"model": {"id": "claude-opus"}}, "prompts": [], "files": [
        {"path": "a.txt", "lines": [line(1, "AI"), line(2, "AIModified"), line(3, "Human"),
                                    line(4, "Original"), line(5, "Unknown")]}]}  # fmt: skip
    assert [(c.start, c.origin) for c in read_note(json.dumps(note)).claims] == [
        (1, "ai"), (2, "mixed"), (3, "human"),
    ]  # fmt: skip
    with pytest.raises(UnreadableRecordError):
        read_note(json.dumps({**note, "version": 9}))


@pytest.mark.parametrize(
    "text", ["", "Reviewed, fine.", "{", "{}", "[]", '{"files": []}', "a\n---\nb", "---", "null"]
)
def test_other_notes_are_no_records(text):
    assert read_note(text) is None


@pytest.mark.parametrize(
    "text",
    [
        log("s_1 0-3"), log("s_1 5-3"), log("s_1 x"), log("s_1 1, 2"), log("s_1 99999999999"),
        log("s_1"), log("s_1 1-9999999999"), "  s_1 1\n" + log("s_1 1"),
        log("s_1 1", schema_version="authorship/9.0.0"), log("s_1 1")[:-1],
        log("s_1 " + ",".join(["1"] * (MAX_CLAIMS + 1))), "a\n---\n" + "[" * 100_000 + '"authorship/',
        trace(ranges=[(0, 1)]), trace(ranges=[(2, 1)]), trace(ranges=[(1, "2")]),
        trace(ranges=[(True, 2)]), trace(ranges=[(1, 2**40)]), trace(path=""), trace(path=7),
        trace(path="\ud800"), trace(files=[{"path": "a", "conversations": {}}]),
        trace(files=[{"path": "a", "conversations": [1]}]),
    ],
)  # fmt: skip
def test_a_broken_record_says_that_it_is(text):
    with pytest.raises(UnreadableRecordError):
        read_note(text)


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, "1", '{"a":' * 50_000, "\0", "9" * 5000])
def test_what_is_no_trace_is_refused(text):
    with pytest.raises(UnreadableRecordError):
        read_trace(text)


def test_labels_are_plain_and_short():
    hostile = "\x1b[31m<b>\u202e" + "x" * 500
    [claim] = read_trace(trace(tool={"name": hostile})).claims
    assert claim.agent.isprintable()
    assert claim.agent.isascii()
    assert len(claim.agent) <= 80


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["files", "path", "conversations", "ranges", "start_line", "end_line",
                         "contributor", "type", "vcs", "tool", "session", "lines", "version",
                         "line_number", "source", "sessions", "agent_id", "schema_version"])
        | st.text(max_size=4),
        inner, max_size=4),
    max_leaves=25,
)  # fmt: skip
line_text = st.text(alphabet="ab \"'\\/-,0123456789sh_:t\n\x00\u202e", max_size=60)


@given(value=json_values)
def test_any_json_is_a_record_or_refused(value):
    _read_safely(json.dumps(value))


@given(value=json_values)
def test_anything_inside_a_known_frame_is_a_record_or_refused(value):
    _read_safely(json.dumps({"files": [{"path": "a", "conversations": value}]}))
    _read_safely(json.dumps({"version": 3, "session": value, "files": [{"lines": value}]}))
    _read_safely(f"a\n  s_1 1\n---\n{json.dumps({'schema_version': 'authorship/3', 'x': value})}")


@given(attestations=line_text, metadata=line_text, cut=st.integers(0, 400))
def test_any_text_is_a_record_or_refused(attestations, metadata, cut):
    _read_safely(attestations)
    _read_safely(f'{attestations}\n---\n{{"schema_version": "authorship/3.0.0"}}{metadata}')
    _read_safely(GIT_AI[:cut] + attestations + GIT_AI[cut:])


def _read_safely(text):
    for read in (read_note, read_trace):
        try:
            found = read(text)
        except UnreadableRecordError:
            continue
        for claim in found.claims if found else ():
            assert claim.start >= 1
            assert claim.lines >= 1
            assert claim.origin in ("human", "ai", "mixed", "unknown")
            claim.path.encode("utf-8")


@given(
    st.lists(
        st.builds(Claim, st.just("a"), st.integers(1, 12), st.integers(1, 6),
                  st.sampled_from(["human", "ai", "mixed", "unknown"])),
        max_size=8,
    )
)  # fmt: skip
def test_merging_claims_is_the_line_by_line_answer(claims):
    expected = {}
    for line in range(1, 20):
        said = {c.origin for c in claims if c.start <= line < c.start + c.lines}
        said = said - {"unknown"} or said
        if said:
            expected[line] = said.pop() if len(said) == 1 else "mixed"
    found = merged(claims)
    assert {n: r["origin"] for r in found for n in range(r["start"], r["start"] + r["lines"])} == (
        expected
    )
    assert all(a["start"] + a["lines"] <= b["start"] for a, b in pairwise(found))
    assert all(a["origin"] != b["origin"] or a["start"] + a["lines"] < b["start"]
               for a, b in pairwise(found))  # fmt: skip


# From records to the lines of files and edits.


def notes(text, *, commit=OID, reference="ai", **texts):
    row = {
        "repository": "r", "commit": commit, "reference": reference, "oid": "0" * 40, "text": text,
        "skip": None if text is not None else "too_large",
        "files": [{"path": path.replace("_txt", ".txt"), "oid": "1" * 40, "text": content}
                  for path, content in texts.items()],
    }  # fmt: skip
    return attributions_of_notes(pa.Table.from_pylist([row], schema=NOTES))


def file(text, owners, *, path="a.txt", item="file_1"):
    """A file whose lines belong to these commits, one each."""
    return {
        "item": item, "repository": "r", "path": path, "oid": "0" * 40, "swhid": "",
        "size": len(text), "text": text, "lines": len(owners), "skip": None,
        "origins": [{"start": n, "lines": 1, "commit": c} for n, c in enumerate(owners, start=1)],
    }  # fmt: skip


def said(rows, *attributions, schema=FILES, spans=file_spans, side="file"):
    """What is recorded of each line: by line."""
    table = spans(pa.Table.from_pylist(rows, schema=schema), *attributions)
    assert table.schema.equals(SPANS)
    return {
        line: row["origin"]
        for row in table.to_pylist()
        if row["side"] == side
        for line in range(row["start"], row["start"] + row["lines"])
    }


STATE = "one\ntwo\nthree\nfour\n"


def test_lines_are_found_again_where_they_moved():
    told = notes(log("s_1 1-2", "h_1 3"), a_txt=STATE)
    moved = file("new\none\nthree\nfour\n", [LATER, OID, OID, OID])
    assert said([moved], told) == {2: "ai", 3: "human"}  # line 4: the record does not speak of it


def test_a_line_that_could_be_two_is_never_human():
    told = notes(log("s_1 1", "h_1 2"), a_txt="}\n}\n")
    assert said([file("}\n", [OID])], told) == {1: "mixed"}
    assert said([file("}\n}\n", [OID, OID])], told) == {1: "mixed", 2: "mixed"}
    told = notes(log("s_1 1-2", "h_1 3"), a_txt="}\n}\nx\n")
    assert said([file("}\nx\n", [OID, OID])], told) == {1: "ai", 2: "human"}
    told = notes(log("h_1 2"), a_txt="}\n}\n")
    assert said([file("}\n", [OID])], told) == {1: "unknown"}


def test_lines_whose_place_is_not_known_are_mixed_or_unknown():
    whole = file("one\ntwo\n", [OID, OID])
    assert said([whole], notes(log("s_1 1", "h_1 2"), a_txt=None)) == {1: "mixed", 2: "mixed"}
    assert said([whole], notes(log("h_1 1-2"), a_txt=None)) == {1: "unknown", 2: "unknown"}
    stale = notes(log("s_1 1-9", "h_1 2"), a_txt="one\ntwo\n")  # of a state that is gone
    assert said([whole], stale) == {1: "mixed", 2: "mixed"}
    other = notes(log("s_1 1"), a_txt="else\n")
    assert said([whole], other) == {1: "mixed", 2: "mixed"}


def test_a_renamed_file_is_known_by_the_only_path_that_its_commit_changed():
    told = notes(log("s_1 1", "h_1 2"), a_txt="one\ntwo\n")
    renamed = file("one\ntwo\n", [OID, OID], path="b.txt")
    assert said([renamed], told) == {1: "ai", 2: "human"}
    told = notes(log("s_1 1", "h_1 2"), a_txt="one\ntwo\n", c_txt="x\n")
    assert said([renamed], told) == {1: "mixed", 2: "unknown"}  # it may have been c.txt
    assert said([file("x\n", [OID], path="c.txt")], told) == {}  # it speaks of a.txt only


def test_two_records_that_differ_are_mixed():
    one, other = notes(log("s_1 1-2"), a_txt=STATE), notes(log("h_1 2-3"), a_txt=STATE)
    whole = file(STATE, [OID] * 4)
    assert said([whole], one, other) == {1: "ai", 2: "mixed", 3: "human"}


def edit(before, after, *, before_origins=(), after_origins=(), commit=OID):
    def runs(given):
        return [{"start": s, "lines": n, "commit": c} for s, n, c in given]

    return {
        "item": "edit_1", "repository": "r", "commit": commit, "parent": "d" * 40, "path": "a.txt",
        "old_oid": "0" * 40, "new_oid": "0" * 40, "before": before, "after": after, "skip": None,
        "before_origins": runs(before_origins), "after_origins": runs(after_origins),
    }  # fmt: skip


def test_an_edit_is_placed_exactly_in_its_own_state():
    told = notes(log("s_1 2", "h_1 4"), a_txt=None)
    row = edit("}\n", "}\n}\n}\n}\n", after_origins=[(2, 3, OID)])
    assert said([row], told, schema=EDITS, spans=edit_spans, side="after") == {2: "ai", 4: "human"}
    table = edit_spans(pa.Table.from_pylist([row], schema=EDITS), told).to_pylist()
    assert {(r["side"], r["origin"], r["lines"]) for r in table if r["lines"] == 0} == {
        ("whole", "mixed", 0), ("message", "mixed", 0),
    }  # fmt: skip
    assert {words for r in table for words in r["evidence"]} == {"git-ai: no agent named"}


def test_lines_before_an_edit_are_found_again_too():
    told = notes(log("s_1 1"), commit=LATER, a_txt="one\ntwo\n")
    row = edit("zero\none\ntwo\n", "zero\n", before_origins=[(2, 2, LATER)])
    assert said([row], told, schema=EDITS, spans=edit_spans, side="before") == {2: "ai"}


def traces(*records, owners, path=".agent-trace/traces.jsonl"):
    text = "".join(f"{record}\n" for record in records)
    rows = [file(text, owners, path=path), file("one\n", [OID], item="file_2")]
    return attributions_of_traces(pa.Table.from_pylist(rows, schema=FILES))


def test_a_trace_is_exact_for_its_revision_and_mixed_for_what_came_with_it():
    told = traces(trace(ranges=[(1, 1)]), owners=[CHILD])
    spoken = edit("", STATE, after_origins=[(1, 4, OID)])
    assert said([spoken], told, schema=EDITS, spans=edit_spans, side="after") == {1: "ai"}
    assert said([file(STATE, [CHILD] * 4)], told) == dict.fromkeys(range(1, 5), "mixed")
    assert said([file(STATE, [LATER] * 4)], told) == {}
    beside = file("a line that is long enough to be copied\n", [CHILD], path="b.txt")
    assert said([beside], told) == {}  # the trace says nothing of other files


def test_a_trace_of_a_person_makes_only_its_own_revision_human():
    told = traces(trace(kind="human"), owners=[CHILD])
    spoken = edit("", STATE, after_origins=[(1, 4, OID)])
    found = said([spoken], told, schema=EDITS, spans=edit_spans, side="after")
    assert found == {1: "human", 2: "human"}
    assert said([file(STATE, [CHILD] * 4)], told) == {}


def commit(oid, *parents, paths=("a.txt",)):
    zero = {"old_oid": "0" * 40, "new_oid": "0" * 40, "old_mode": "0", "new_mode": "0"}
    return {
        "repository": "r", "commit": oid, "parents": list(parents), "author_name": "A",
        "author_email": "a@b", "author_time": 0, "committer_name": "A", "committer_email": "a@b",
        "commit_time": 0, "message": "m", "trailers": [],
        "changes": [{"status": "M", "path": path, **zero} for path in paths],
    }  # fmt: skip


def test_commits_right_after_a_traced_revision_are_mixed_in_that_path():
    told = traces(trace(), owners=[LATER])
    history = [commit(CHILD, OID), commit("d" * 40, OID, paths=("z",)), commit("e" * 40, CHILD)]
    found = attributions_after(told, pa.Table.from_pylist(history, schema=COMMITS))
    assert [(r["commit"], r["path"], r["whole"]) for r in found.to_pylist()] == [
        (CHILD, "a.txt", "mixed")
    ]
    assert said([file(STATE, [CHILD] * 4)], told, found) == dict.fromkeys(range(1, 5), "mixed")


def test_what_cannot_be_read_is_counted_with_its_reason():
    for found, reason in [
        (notes(None), "too_large"), (notes("hello"), "of no known format"),
        (notes(log("s_1 x")), "a line range that is none"),
        (traces("{}", owners=[CHILD]), "not an Agent Trace record"),
    ]:  # fmt: skip
        [row] = found.to_pylist()
        assert (row["path"], row["problem"]) == (None, reason)
    assert notes("hello", reference="commits").num_rows == 0  # people write what they like there


def test_traces_are_known_by_where_they_lie():
    assert is_trace(".agent-trace/traces.jsonl")
    assert is_trace("packages/x/.agent-trace/1.json")
    assert not is_trace("agent-trace/traces.jsonl")
    assert not is_trace(".agent-trace/readme.md")


@settings(max_examples=60)
@given(
    state=st.lists(st.sampled_from("abc}"), min_size=1, max_size=8),
    kinds=st.lists(st.sampled_from(["s_1", "h_1", None]), min_size=8, max_size=8),
    kept=st.lists(st.booleans(), min_size=8, max_size=8),
    new=st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc}")), max_size=3),
)
def test_a_line_is_never_placed_wrongly(state, kinds, kept, new):
    """Whatever is deleted and put in, a line is what it was, or mixed or unknown; never more."""
    truth = dict(zip(range(len(state)), kinds, strict=False))
    entries = [f"{kind} {n + 1}" for n, kind in truth.items() if kind]
    told = notes(log(*entries), a_txt="".join(f"{line}\n" for line in state))
    lines = [(text, OID, truth[n]) for n, text in enumerate(state) if kept[n]]
    for place, text in new:
        lines.insert(min(place, len(lines)), (text, LATER, None))
    whole = "".join(f"{text}\n" for text, *_ in lines)
    found = said([file(whole, [owner for _, owner, _ in lines])], told)
    allowed = {"s_1": ("ai", "mixed"), "h_1": ("human", "mixed", "unknown"),
               None: (None, "mixed", "unknown")}  # fmt: skip
    for number, (_, owner, kind) in enumerate(lines, start=1):
        assert found.get(number) in (allowed[kind] if owner == OID else (None,))


def test_the_tables_have_their_schemas():
    assert notes(log("s_1 1"), a_txt="x\n").schema.equals(ATTRIBUTIONS)
    assert traces(trace(), owners=[CHILD]).schema.equals(ATTRIBUTIONS)
