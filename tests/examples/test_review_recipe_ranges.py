"""What is asked of git for reviews."""

from material_of import at, item, oid, review, said

from byline.work.items import Patchset, Source, item_of, tables_of
from byline.work.review_ranges import review_ranges


def ranges(*readings, **options):
    tables = tables_of(Source("forge", "github", None), readings)
    found = review_ranges(tables.items, tables.parts, tables.patchsets, **options)
    return [
        (r["purpose"], r["old_commit"], r["new_commit"], r["from_patchset"], r["to_patchset"])
        for r in found.to_pylist()
    ]


def pushed(number, kind="rework", base=None):
    return Patchset(number, oid("head", number), base=base, time=at(number), kind=kind)


def test_each_patchset_each_step_and_what_was_merged():
    assert ranges(review(41, patchsets=2)) == [
        ("patchset", oid("base", 41), oid("head", 41, 1), None, 1),
        ("patchset", oid("base", 41), oid("head", 41, 2), None, 2),
        ("interdiff", oid("head", 41, 1), oid("head", 41, 2), 1, 2),
        ("merged", "", oid("merge", 41), None, None),
    ]


def test_a_base_that_is_not_recorded_is_left_to_the_collector():
    assert ranges(review(41, patchsets=[pushed(1)], state="closed")) == [
        ("patchset", "", oid("head", 1), None, 1)
    ]


def test_a_patchset_that_is_what_was_merged_is_no_patchset():
    found = ranges(
        review(41, patchsets=[pushed(1), pushed(2, "merged")], detail={"merged_commit": None})
    )
    assert found == [
        ("patchset", "", oid("head", 1), None, 1),
        ("merged", "", oid("head", 2), None, None),
    ]


def test_a_push_of_the_same_commit_is_no_step():
    same = Patchset(2, oid("head", 1), time=at(2))
    found = ranges(review(41, patchsets=[pushed(1), same], state="closed"))
    assert [row[0] for row in found] == ["patchset", "patchset"]


def test_of_very_many_patchsets_those_with_comments_stay():
    many = [pushed(number) for number in range(1, 101)]
    comment = said("inline", "ben", "x", path="a.py", start=1, end=1, patchset=50)
    found = ranges(review(41, comment, patchsets=many, state="closed"), max_patchsets=4)
    assert [row[4] for row in found if row[0] == "patchset"] == [1, 50, 100]
    assert [row[3:] for row in found if row[0] == "interdiff"] == [(1, 50), (50, 100)]


def test_other_items_and_unusable_reviews_ask_for_nothing():
    assert ranges(item("issue", "jira:A-1"), review(41, skip="malformed")) == []


def test_rows_name_their_item():
    tables = tables_of(Source("forge", "github", None), [review(41), review(42)])
    found = review_ranges(tables.items, tables.parts, tables.patchsets)
    assert set(found["work_item"].to_pylist()) == {item_of(review(41)), item_of(review(42))}
