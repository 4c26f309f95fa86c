"""Random histories with random records: no line is ever told wrongly, by git's own line numbers."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from byline.people.attribution import attributions_of_notes
from byline.people.recorded_spans import edit_spans, file_spans
from simulators.histories import build, histories
from simulators.repositories import repository
from work.collecting import gather

KEYS = {"s_1": "ai", "h_1": "human", None: None}
ABOUT = {"schema_version": "authorship/3.0.0", "humans": {"h_1": {"author": "Ada <a@b>"}}}


def log(files):
    """A Git AI authorship log: for each path the key of each line, or None."""
    text = ""
    for path, keys in sorted(files.items()):
        entries = [f"  {key} {n}\n" for n, key in enumerate(keys, start=1) if key]
        if entries:
            text += f'"{path}"\n' + "".join(entries)
    return f"{text}---\n{json.dumps(ABOUT)}"


@st.composite
def recorded_histories(draw):
    """A history, and for some of its commits what is recorded of each line of each path."""
    steps = draw(histories(most=7))
    records = []
    for step in steps:
        files = {}
        for path, text in step.files.items():
            lines = text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
            keys = st.lists(st.sampled_from([*KEYS]), min_size=lines, max_size=lines)
            files[path.decode()] = draw(keys) if draw(st.integers(0, 3)) else [None] * lines
        records.append(files if draw(st.integers(0, 3)) else None)
    return steps, records


def blamed(made, path):
    """For each line of a file: the commit, the path and the line number there, as git has it."""
    found, where = [], ()
    for line in made.git("blame", "--line-porcelain", "--root", "main", "--", path).split(b"\n"):
        head = line.split(b" ")
        if len(head) >= 3 and len(head[0]) == 40 and head[1].isdigit():
            where = head[0].decode(), int(head[1])
        elif line.startswith(b"filename "):
            found.append((where[0], line[9:].decode(), where[1]))
    return found


@settings(max_examples=25, deadline=None)
@given(drawn=recorded_histories())
def test_a_line_is_what_its_record_says_or_less(drawn, tmp_path_factory):
    steps, records = drawn
    folder = tmp_path_factory.mktemp("recorded")
    made = repository(folder / "repo")
    oids = build(made, steps)
    made.point(oids[-1])
    told = {}
    for oid, files in zip(oids, records, strict=True):
        if files is not None and oid not in told:
            told[oid] = files
            blob = made.object("blob", log(files).encode())
            made.git("notes", "--ref", "ai", "add", "-f", "-C", blob, oid)
    collected = gather(made.path, folder)
    attributions = [attributions_of_notes(part.read()) for part in collected.notes]
    for part in collected.files:
        files = part.read()
        spans = file_spans(files, *attributions).to_pylist()
        for file in files.to_pylist():
            if file["text"]:
                _check(file, spans, blamed(made, file["path"]), told)
    for part in collected.edits:
        for edit in part.read().to_pylist():
            spans = edit_spans(part.read(), *attributions).to_pylist()
            _check_own(edit, spans, told)


def _by_line(item, spans, side):
    return {
        line: span["origin"]
        for span in spans
        if (span["item"], span["side"]) == (item, side)
        for line in range(span["start"], span["start"] + span["lines"])
    }


def _check(file, spans, origins, told):
    found = _by_line(file["item"], spans, "file")
    for number, (commit, path, line) in enumerate(origins, start=1):
        keys = told.get(commit, {}).get(path)
        truth = KEYS[keys[line - 1]] if keys else None
        said = found.get(number)
        assert said in (truth, "mixed", "unknown", None)
        if truth == "ai" and path == file["path"]:
            assert said in ("ai", "mixed")  # nothing that an AI wrote is passed over


def _check_own(edit, spans, told):
    found = _by_line(edit["item"], spans, "after")
    keys = told.get(edit["commit"], {}).get(edit["path"])
    for run in edit["after_origins"]:
        for number in range(run["start"], run["start"] + run["lines"]):
            assert found.get(number) == (KEYS[keys[number - 1]] if keys else None)
