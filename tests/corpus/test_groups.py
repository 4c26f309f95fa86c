"""Groups: what is linked is one, whatever the order; keys that fit two things mean none."""

import datetime as dt

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from byline.corpus.groups import CROWD, Node, commit_edges, groups, held_back, item_edges
from byline.corpus.link_targets import keys_of, named, targets, told_by_commits
from byline.corpus.split import Cuts
from byline.work.git.resolution import RELATIONS
from byline.work.items import LINKS, Link, Reading, Source, item_of, tables_of

DAY = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
SOURCE = Source("forge", "github", None)  # type: ignore[arg-type]
NAMES = st.sampled_from([f"n{number}" for number in range(12)])


def nodes(*names: str) -> list[Node]:
    return [Node(name, DAY + dt.timedelta(days=place)) for place, name in enumerate(names)]


def by_item(table: pa.Table) -> dict[str, str]:
    return dict(zip(table["item"].to_pylist(), table["group"].to_pylist(), strict=True))


@given(st.lists(st.tuples(NAMES, NAMES), max_size=30), st.randoms())
def test_groups_are_the_connected_components_in_any_order(pairs, random):
    names = [f"n{number}" for number in range(12)]
    found = by_item(groups(nodes(*names), pairs))
    shuffled = [(b, a) for a, b in pairs]
    random.shuffle(shuffled)
    assert by_item(groups(reversed(nodes(*names)), shuffled)) == found
    for one, other in pairs:
        assert found[one] == found[other]
    reach = {name: {name} for name in names}
    for _ in names:
        for one, other in pairs:
            reach[one] |= reach[other]
            reach[other] |= reach[one]
    for one in names:
        for other in names:
            assert (found[one] == found[other]) == (other in reach[one])


def test_a_group_has_the_latest_time_of_its_members():
    table = groups(nodes("a", "b", "c"), [("a", "c")])
    rows = {row["item"]: row for row in table.to_pylist()}
    assert rows["a"]["time"] == rows["c"]["time"] == DAY + dt.timedelta(days=2)
    assert rows["b"]["time"] == DAY + dt.timedelta(days=1)
    assert (rows["a"]["size"], rows["b"]["size"]) == (2, 1)


def test_what_very_many_name_joins_nothing():
    crowd = [f"i{number:03}" for number in range(CROWD + 1)]
    edges = [("style guide", name) for name in crowd]
    found = by_item(groups(nodes("style guide", *crowd), edges))
    assert len(set(found.values())) == len(crowd) + 1


def test_links_find_items_by_key_and_alias_and_commits_by_their_beginning():
    review = Reading(
        kind="review", key="github:acme/web#7", title="t",
        links=[
            Link("closes", "jira:WEB-12", "title"),
            Link("merged_as", "commit:web:abcdef1", "merge_commit_sha"),
            Link("mentions", "github:ACME/web#7", "body"),
            Link("closes", "jira:TWICE-1", "body"),
        ],
    )  # fmt: skip
    issue = Reading(kind="issue", key="jira:10001", aliases=["jira:WEB-12"], title="i")
    twice = [Reading(kind="issue", key=f"jira:{n}", aliases=["jira:TWICE-1"]) for n in (1, 2)]
    tables = tables_of(SOURCE, [review, issue, *twice])
    known = named(tables.items, {"web": ["abcdef1" + "0" * 33, "abcdef2" + "0" * 33]})
    found = targets(tables.links, known).to_pylist()
    assert [row["related"] for row in found] == [item_of(issue), None, item_of(review), None]
    assert found[1]["related_repository"] == "web"
    assert found[1]["related_commit"] == "abcdef1" + "0" * 33
    edges = item_edges(targets(tables.links, known))
    assert (item_of(review), f"commit:web:abcdef1{'0' * 33}") in edges
    assert len(edges) == 2  # the mention and the ambiguous key join nothing


def test_an_abbreviation_that_fits_two_commits_is_none():
    known = named(
        tables_of(SOURCE, []).items, {"web": ["abcdef1" + "0" * 33, "abcdef1" + "1" * 33]}
    )
    assert known.commit("web", "abcdef1") is None
    assert known.commit("web", "abcdef11") == ("web", "abcdef1" + "1" * 33)
    assert known.commit("other", "abcdef11") is None


def test_messages_name_issues_by_the_projects_of_their_repository():
    projects = [("github", "acme/web"), ("jira", "WEB")]
    assert keys_of("issue", "#4", projects) == ["github:acme/web#4"]
    assert keys_of("issue", "other/one#4", projects) == ["github:other/one#4"]
    assert keys_of("issue", "WEB-12", projects) == ["jira:WEB-12"]
    assert keys_of("change_id", "I0123", projects) == ["change-id:I0123"]
    assert (
        keys_of("issue", "https://github.com/acme/web/pull/9", projects)[0] == "github:acme/web#9"
    )
    assert keys_of("issue", "nonsense", projects) == []


def test_commits_join_the_issue_they_close_and_the_commit_they_revert():
    issue = Reading(kind="issue", key="github:acme/web#4", title="i")
    known = named(tables_of(SOURCE, [issue]).items, {})
    rows = [
        ("web", "c1", "issue", "#4", "closes", None, None),
        ("web", "c2", "reverts", "c1", "line", "c1", "id"),
    ]
    relations = pa.Table.from_pylist(
        [dict(zip(RELATIONS.names, row, strict=True)) for row in rows], schema=RELATIONS
    )
    edges = commit_edges(relations, known, {"web": [("github", "acme/web")]})
    assert edges == [("commit:web:c1", item_of(issue)), ("commit:web:c2", "commit:web:c1")]


def test_only_commits_that_their_group_moves_over_a_cut_are_held_back():
    cut = DAY + dt.timedelta(days=5)
    late = DAY + dt.timedelta(days=9)
    table = groups(
        [Node("commit:web:c1", DAY), Node("issue", late), Node("commit:web:c2", DAY)],
        [("commit:web:c1", "issue")],
    )
    cuts = Cuts(cut, late + dt.timedelta(days=1), "")
    assert held_back(table, {"c1": DAY, "c2": DAY}, cuts) == {"c1": late}
    assert held_back(table, {"c1": cut, "c2": DAY}, cuts) == {}


def test_links_is_what_the_resolved_table_begins_with():
    assert targets(LINKS.empty_table(), named(tables_of(SOURCE, []).items, {})).num_rows == 0


def test_what_a_message_says_of_an_issue_is_a_link_of_the_issue():
    issue = Reading(kind="issue", key="github:acme/web#4", title="i")
    review = Reading(kind="review", key="gerrit:web~7", aliases=["change-id:I01"], title="r")
    known = named(tables_of(SOURCE, [issue, review]).items, {"web": ["c1", "c2"]})
    rows = [
        ("web", "c1", "issue", "#4", "closes", None, None),
        ("web", "c1", "issue", "#4", "mention", None, None),
        ("web", "c2", "change_id", "I01", "footer", None, None),
        ("web", "c2", "issue", "#5", "closes", None, None),
    ]
    relations = pa.Table.from_pylist(
        [dict(zip(RELATIONS.names, row, strict=True)) for row in rows], schema=RELATIONS
    )
    found = told_by_commits(relations, known, {"web": [("github", "acme/web")]}).to_pylist()
    assert [(row["item"], row["kind"], row["related_commit"]) for row in found] == [
        (item_of(issue), "closes", "c1"), (item_of(review), "contains", "c2"),
    ]  # fmt: skip
