"""Lines across patchsets, and whether a comment was heeded."""

from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import change, material_of, oid, review

from byline.examples.addressed import AddressedSettings, Comment, States, heeded, says_done
from byline.examples.line_map import line_map

LINES = st.lists(st.sampled_from([f"{word}\n" for word in ("a", "b", "c", "dd", "")]), max_size=14)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(LINES, LINES)
def test_a_line_outside_every_change_goes_to_the_same_line_and_back(old, new):
    found = line_map(old, new)
    for line in range(1, len(old) + 1):
        there = found.forward(line)
        if there is not None:
            assert old[line - 1] == new[there - 1]
            assert found.reverse.forward(there) == line
        assert 1 <= found.place(line) <= max(len(new), 1)
        if there is not None:
            assert found.place(line) == there
    changed = [line for line in range(1, len(old) + 1) if found.forward(line) is None]
    assert all(found.distance(line) == 0 for line in changed)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(LINES, LINES)
def test_places_keep_their_order(old, new):
    found = line_map(old, new)
    places = [found.place(line) for line in range(1, len(old) + 1)]
    assert places == sorted(places)


def test_distances_count_the_lines_between():
    old = [f"{n}\n" for n in range(1, 11)]
    new = [*old[:4], "five\n", *old[5:]]
    found = line_map(old, new)
    assert [found.distance(line) for line in (1, 4, 5, 6, 10)] == [4, 1, 0, 1, 5]
    assert found.distance(1, end=9) == 0
    assert line_map(old, old).distance(3) is None
    inserted = line_map(old, [*old[:4], "new\n", *old[4:]])
    assert [inserted.distance(line) for line in (4, 5, 7)] == [0, 0, 2]


TEXT = "".join(f"line {n}\n" for n in range(1, 31))


def edited(text, line, new="changed\n"):
    lines = text.splitlines(keepends=True)
    lines[line - 1] = new
    return "".join(lines)


def fate(line, *changes, patchset=1, side="new", **more):
    source = material_of([review(41)], changes)
    states = States(next(iter(source.changes.values()), ()))
    comment = Comment("a.py", line, line, side, patchset)
    return heeded(comment, states, settings=AddressedSettings(), **more)


def patchset(number, base, text, **more):
    return change(41, "a.py", base, text, purpose="patchset", from_patchset=None,
                  to_patchset=number, **more)  # fmt: skip


def merged(base, text, **more):
    return change(41, "a.py", base, text, purpose="merged", from_patchset=None, to_patchset=None,
                  **more)  # fmt: skip


ONE = edited(TEXT, 10, "first\n")


def test_a_change_within_three_lines_heeds_a_comment():
    two = edited(ONE, 13)
    rows = [patchset(1, TEXT, ONE), patchset(2, TEXT, two), change(41, "a.py", ONE, two)]
    assert fate(10, *rows).verdict == "true"
    assert fate(10, *rows).distance == 3
    assert fate(9, *rows).verdict == "false"


def test_a_comment_is_followed_through_later_patchsets():
    two = "new\nnew\nnew\nnew\nnew\n" + ONE
    three = edited(two, 15, "heeded\n")
    rows = [
        patchset(1, TEXT, ONE),
        change(41, "a.py", ONE, two),
        change(41, "a.py", two, three, from_patchset=2, to_patchset=3),
    ]
    found = fate(10, *rows)
    assert (found.verdict, found.start, found.step.before, found.step.after) == ("true", 15, 2, 3)
    assert found.step.row["to_patchset"] == 3


def test_a_renamed_file_is_followed():
    two = edited(ONE, 10, "heeded\n")
    renamed = change(41, "b.py", ONE, two, status="R", old_path="a.py")
    assert fate(10, patchset(1, TEXT, ONE), renamed).verdict == "true"


def test_the_base_side_is_mapped_to_the_new_state():
    one = "added\n" * 5 + edited(TEXT, 10, "first\n")
    two = one.replace("first\n", "heeded\n")
    rows = [patchset(1, TEXT, one), change(41, "a.py", one, two)]
    assert fate(10, *rows, side="old").start == 15
    assert fate(10, *rows, side="old").verdict == "true"


def test_without_a_change_a_resolved_discussion_is_weak():
    rows = [patchset(1, TEXT, ONE), patchset(2, TEXT, ONE)]
    assert fate(10, *rows).verdict == "false"
    assert fate(10, *rows, resolved=True).verdict == "weak"
    assert fate(10, *rows, ended=False).verdict == "unknown"


def test_states_that_are_not_there_are_unknown():
    assert fate(10).verdict == "unknown"
    gone = {**patchset(1, TEXT, ONE), "skip": "missing_object", "path": "", "before": None}
    assert fate(10, gone).verdict == "unknown"
    assert fate(400, patchset(1, TEXT, ONE)).verdict == "unknown"


def test_what_was_merged_counts_where_the_last_patchset_did_not():
    heeded_there = edited(ONE, 10, "heeded\n")
    assert fate(10, patchset(1, TEXT, ONE), merged(TEXT, heeded_there)).verdict == "true"


def test_what_a_rebase_brought_is_no_answer():
    moved = edited(TEXT, 12, "upstream\n")  # the new base
    two = edited(moved, 10, "first\n")
    rows = [
        patchset(1, TEXT, ONE, parent=oid("base 1")),
        patchset(2, moved, two, parent=oid("base 2")),
        change(41, "a.py", ONE, two),
    ]
    assert fate(10, *rows).verdict == "false"
    answered = edited(two, 10, "heeded\n")
    rows[1:] = [
        patchset(2, moved, answered, parent=oid("base 2")),
        change(41, "a.py", ONE, answered),
    ]
    assert fate(10, *rows).verdict == "true"


def test_a_file_that_a_range_does_not_name_is_the_same_at_both_ends():
    other = change(41, "other.py", "x\n", "y\n")
    two = edited(ONE, 10, "heeded\n")
    rows = [
        patchset(1, TEXT, ONE), other, change(41, "a.py", ONE, two, from_patchset=2, to_patchset=3),
    ]  # fmt: skip
    assert fate(10, *rows).step.row["to_patchset"] == 3
    assert fate(10, *rows, patchset=2).verdict == "true"


def test_replies_that_say_done():
    assert all(says_done(text) for text in ("Done.", "fixed, thanks", "Good catch, changed."))
    assert not any(says_done(text) for text in ("Not done yet", "I would rather not", "Why?"))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(LINES, LINES, st.data())
def test_a_part_of_a_change_replays_in_every_form_and_keeps_its_authors(old, new, data):
    from byline.examples.changed_file import changed_file
    from byline.examples.draft import LeftOutError, Log
    from byline.examples.part_of_change import part_of
    from byline.examples.rendering_files import blocks, diff
    from byline.examples.rendering_replay import applied, read_blocks, read_diff
    from byline.examples.tokens import token_map
    from byline.work.diff import changed_blocks

    who = [(line, data.draw(st.sampled_from(["ann", "ben"]))) for line in new]
    source = material_of([review(41)], [change(41, "a.py", [(line, "ann") for line in old], who)])
    [row] = next(iter(source.changes.values()))
    try:
        whole = changed_file(row, source, Log())
        wanted = data.draw(st.sampled_from(changed_blocks(old, new)))
        part = part_of(whole, [wanted])
    except LeftOutError:
        return
    after = "".join(part.after)
    tokens = token_map("plain")
    for write, read in ((blocks, read_blocks), (diff, read_diff)):
        text = "".join(piece.text for piece in write(part, tokens, learn=1.0))
        if part.status == "M":
            assert applied(read(text, tokens), {"a.py": "".join(old)}) == {"a.py": after}
        authors = {piece.contributor for piece in write(part, tokens, learn=1.0)}
        assert authors <= {"p-ann", "p-ben", None}
    assert len(part.known_after) == len(part.after)
    for origin in part.row["after_origins"]:
        assert part.known_after[origin["start"] - 1].reason is None
