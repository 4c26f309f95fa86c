"""What git is asked for edit logs."""

from byline.work.items import RANGES, Part, Reading, Source, tables_of
from byline.work.trace_ranges import MOST_FILES, trace_ranges

SOURCE = Source("traces", "traces", path=None)


def edits(key, paths, revision):
    parts = [Part("event", f"event-{n}", "@@", path=path, detail={"old_path": old})
             for n, (path, old) in enumerate(paths)]  # fmt: skip
    return Reading("trace", key, detail={"form": "edits", "revision": revision}, parts=parts)


def test_the_files_of_an_edit_log_are_asked_for_as_they_were():
    read = tables_of(SOURCE, [edits("trace:t:a", [("b.py", "a.py"), ("c.py", None)], "f" * 40)])
    ranges = trace_ranges(read.items, read.parts)
    assert ranges.schema == RANGES
    row = ranges.to_pylist()[0]
    assert row["purpose"] == "shown"
    assert row["old_commit"] == row["new_commit"] == "f" * 40
    assert row["paths"] == ["a.py", "c.py"]


def test_nothing_is_asked_for_without_a_revision_or_for_very_many_files():
    many = [(f"f{n}.py", None) for n in range(MOST_FILES + 1)]
    review = Reading("review", "github:a/b#1", detail={"revision": "f" * 40},
                     parts=[Part("event", "1", "", path="a.py")])  # fmt: skip
    read = tables_of(SOURCE, [edits("trace:t:a", [("a.py", None)], None),
                              edits("trace:t:b", many, "f" * 40), review])  # fmt: skip
    assert trace_ranges(read.items, read.parts).num_rows == 0
