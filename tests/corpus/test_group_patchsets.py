"""Runs on commits that only a review's hidden refs keep belong to the review."""

import pyarrow as pa

from byline.corpus.groups import patchset_edges
from byline.corpus.link_targets import named, targets
from byline.work.items import LINKS, PATCHSETS

HEAD, SHARED = "a" * 40, "b" * 40


def link(item, target, kind="ran_on"):
    return {"item": item, "kind": kind, "target": target, "evidence": "commit"}


def patchset(item, head):
    return {"item": item, "number": 1, "head": head}


def resolved(*links):
    nothing = named(pa.table({"item": [], "key": [], "aliases": []}), {})
    return targets(pa.Table.from_pylist(list(links), schema=LINKS), nothing)


def test_a_run_on_a_patchset_is_joined_to_its_review():
    patchsets = pa.Table.from_pylist([patchset("review_1", HEAD)], schema=PATCHSETS)
    links = resolved(link("build_1", f"commit:ledger:{HEAD}"))
    assert patchset_edges(links, patchsets) == [("build_1", "review_1")]


def test_a_commit_of_two_reviews_and_a_mere_mention_join_nothing():
    patchsets = pa.Table.from_pylist(
        [patchset("review_1", SHARED), patchset("review_2", SHARED), patchset("review_1", HEAD)],
        schema=PATCHSETS,
    )
    links = resolved(
        link("build_1", f"commit:ledger:{SHARED}"),
        link("issue_1", f"commit:ledger:{HEAD}", kind="mentions"),
    )
    assert patchset_edges(links, patchsets) == []
