"""Each task of the decision recipe on records as people write them."""

import json
from dataclasses import replace

from decision_worlds import (
    DAY,
    MADR,
    NYGARD,
    Y_STATEMENT,
    document,
    drafts,
    headings,
    readings,
    reasons,
    says,
)
from material_of import a_commit, at, item, material_of, review, said

from byline.examples.decisions import RECIPE, DecisionSettings, decision
from byline.examples.pieces import joined
from byline.examples.rendering import render
from byline.examples.tokens import token_map
from byline.work.items import Link

OLD = document("docs/adr/0002-files-on-the-share.md", NYGARD, by="ann", days=1)
NEW = document("docs/adr/0007-postgresql.md", MADR, by="ben", days=20)
QUEUE = document("docs/adr/0008-queue.md", Y_STATEMENT, by="ann", days=30)


def made(*documents, more=(), **options):
    options.setdefault("one_group", False)
    return list(
        decision(material_of([*readings(*documents), *more], **options), DecisionSettings())
    )


def test_context_to_options():
    [one] = drafts(made(NEW), "options")
    assert headings(one) == ["Context", "Decision drivers", "Considered options"]
    assert says(one, "Considered options") == (
        "* PostgreSQL\n* SQLite on the share\n* A document store\n"
    )
    assert [turn.learn for turn in one.turns] == [0, 0, 1]
    assert "PostgreSQL" not in says(one, "Context")


def test_choice_with_its_reason_and_no_leak():
    [one] = drafts(made(NEW), "choice")
    assert headings(one) == ["Context", "Decision drivers", "Considered options", "Decision"]
    assert says(one, "Decision").startswith('Chosen option: "PostgreSQL", because')
    assert "locks on network shares are unreliable" in says(one, "Considered options")
    before = [turn for turn in one.turns if turn.heading not in ("Considered options", "Decision")]
    assert not any("PostgreSQL" in piece.text for turn in before for piece in turn.pieces)
    assert (one.recipe, one.work_class, one.labels["status"]) == (RECIPE, "design", "accepted")
    assert one.record["outcome"] == one.target
    assert {row["path"] for row in one.sources} == {"docs/adr/0007-postgresql.md"}
    assert {piece.contributor for turn in one.turns for piece in turn.pieces} == {"p-ben"}


def test_sources_are_the_exact_lines():
    [one] = drafts(made(NEW), "choice")
    lines = MADR.split("\n")
    told = ["\n".join(lines[row["start"] - 1 : row["end"]]) for row in one.sources]
    assert any(text.startswith("Chosen option") for text in told)
    assert any(text.startswith("The planner reads") for text in told)


def test_decision_to_consequences():
    [new] = drafts(made(NEW), "consequences")
    assert says(new, "Consequences").startswith("* Good, because lost updates end")
    assert headings(new)[-2:] == ["Decision", "Consequences"]


def test_nygard_gives_choice_without_options():
    [one] = drafts(made(OLD), "choice")
    assert headings(one) == ["Context", "Decision"], "its title would give the decision away"
    assert one.labels["format"] == "nygard"


def test_y_statement_gives_its_clauses():
    found = made(QUEUE)
    [choice], [after] = drafts(found, "choice"), drafts(found, "consequences")
    assert says(choice, "Context").startswith("In the context of the berth planner, facing")
    assert says(choice, "Decision").startswith("we decided for a durable queue")
    assert "accepting" not in says(choice)
    assert says(after, "Consequences").startswith("accepting that some message")


def test_the_superseded_pair():
    found = made(OLD, NEW)
    [one] = drafts(found, "revision")
    assert headings(one) == [
        "Earlier context", "Earlier decision", "Context", "Decision drivers", "Considered options",
        "Decision",
    ]  # fmt: skip
    assert says(one, "Earlier decision").startswith("We will keep the exported files")
    assert one.labels["supersedes"].endswith("0002-files-on-the-share.md")
    assert one.context == [
        {"path": "docs/adr/0002-files-on-the-share.md", "role": "superseded", "hindsight": True}
    ]
    assert {piece.contributor for turn in one.turns for piece in turn.pieces} == {"p-ann", "p-ben"}


def test_a_chain_gives_each_pair():
    third = MADR.replace("ADR-0002](0002-files-on-the-share.md", "ADR-0007](0007-postgresql.md")
    third = third.replace("PostgreSQL", "Oracle")
    reason = third[third.index("because the operations") : third.index("### Consequences")]
    third = third.replace(reason, "because the port has bought a licence that covers every host and"
                                  " wants one kind of server to be looked after.\n\n")  # fmt: skip
    last = document("docs/adr/0011-oracle.md", third, by="cho", days=40)
    pairs = {
        (one.labels["supersedes"][-12:], one.record["key"][-14:])
        for one in drafts(made(OLD, NEW, last), "revision")
    }
    assert pairs == {("the-share.md", "-postgresql.md"), ("ostgresql.md", "0011-oracle.md")}


def test_a_pair_out_of_order_is_declined():
    late = document("docs/adr/0002-files-on-the-share.md", NYGARD, by="ann", days=50)
    found = made(late, NEW)
    assert not drafts(found, "revision")
    assert "order" in reasons(found)


def test_exemplars_are_strictly_earlier():
    later = document("docs/adr/0009-later.md", NYGARD.replace("Superseded by [7. A database](0007-postgresql.md)", "Accepted"),
                     by="cho", days=60)  # fmt: skip
    same = document("docs/adr/0005-same.md", NYGARD.replace("office", "mate"), by="dan", days=20)
    [one] = [
        one for one in drafts(made(OLD, NEW, later, same), "choice") if "0007" in one.record["key"]
    ]
    assert [row["path"] for row in one.context] == ["docs/adr/0002-files-on-the-share.md"]
    assert "Earlier decision" in headings(one)
    assert one.context[0] == {
        "path": "docs/adr/0002-files-on-the-share.md", "role": "exemplar", "hindsight": False,
    }  # fmt: skip


def test_an_exemplar_that_holds_the_answer_is_passed_over_and_marked():
    leaky = document("docs/adr/0003-leaky.md", NYGARD.replace("a database", "PostgreSQL"),
                     by="cho", days=2)  # fmt: skip
    [one] = [one for one in drafts(made(OLD, NEW, leaky), "choice") if "0007" in one.record["key"]]
    assert [(row["path"][-12:], row["hindsight"]) for row in one.context] == [
        ("the-share.md", True)
    ]


def test_preference_for_each_rejected_option_with_a_case():
    found = made(NEW)
    [one] = drafts(found, "preference")
    assert says(one, "Considered options")
    assert one.rejected
    assert joined(one.rejected[0].pieces) == (
        'Chosen option: "SQLite on the share", because\n'
        "* Good, because nothing must be installed anywhere\n"
    )
    assert [turn.heading for turn in one.turns if turn.learn] == ["Decision"]
    assert "rejected_has_case" in reasons(found), "nobody argued for the document store"


CHANGE = "Write tide tables inside transactions so that the import and the planner can run at once."


def test_a_review_and_the_record_that_it_follows():
    link = Link("implements", "doc:ledger-core:docs/adr/0007-postgresql.md", "description")
    own = _review(link)
    found = made(OLD, NEW, more=[own])
    [one] = drafts(found, "applies")
    assert headings(one) == ["Change", "Decisions on record", "Decision that applies"]
    assert says(one, "Decision that applies") == "Keep tide tables in PostgreSQL\n"
    shown = says(one, "Change")
    assert CHANGE in shown
    assert "ADR-0007" not in shown
    assert "@dan" not in shown
    assert sorted(says(one, "Decisions on record").splitlines()) == [
        "- Keep tide tables as files on the share", "- Keep tide tables in PostgreSQL",
    ]  # fmt: skip
    assert one.context[0]["hindsight"] is True


def _review(*links, who="cho", days=25):
    text = f"{CHANGE}\nSee ADR-0007.\nBy the way, hi @dan.\n"
    one = review(41, said("description", who, text), who=who, title="Use transactions for tides",
                 links=links)  # fmt: skip
    return replace(one, opened=at(days * DAY), closed=at((days + 1) * DAY))


def test_a_commit_and_the_record_that_it_follows():
    commit = a_commit(f"Use transactions\n\n{CHANGE}\n", "cho", minutes=30 * DAY)
    text = MADR.replace("nightly import", f"nightly import ({commit['commit']})")
    record = document("docs/adr/0007-postgresql.md", text, by="ben", days=20)
    [one] = drafts(made(OLD, record, commits=[commit]), "applies")
    assert CHANGE in says(one, "Change")
    assert "p-cho" in {piece.contributor for turn in one.turns for piece in turn.pieces}


def test_a_review_and_a_record_that_name_one_incident():
    text = MADR.replace("this winter.", "this winter (HAR-7).")
    record = document("docs/adr/0007-postgresql.md", text, by="ben", days=20)
    incident = item("incident", "jira:HAR-7", said("title", "dan", "Lost entries"))
    own = _review(Link("fixes", "jira:HAR-7", "title"))
    old = document("docs/adr/0002-files-on-the-share.md", NYGARD.replace("Superseded by", "See"),
                   by="ann", days=1)  # fmt: skip
    separate = [document("docs/adr/0003-x.md", NYGARD.replace("share", "disk"), by="ann", days=1)]
    found = made(record, *separate, more=[incident, own])
    [one] = drafts(found, "applies")
    assert (one.labels["evidence"], one.weight) == ("reason", 0.5)
    together = made(record, old, more=[incident, own], one_group=True)
    assert not drafts(together, "applies"), "which of the group's two records is meant?"


def test_a_review_before_the_record_is_not_asked_about_it():
    link = Link("implements", "doc:ledger-core:docs/adr/0007-postgresql.md", "description")
    found = made(OLD, NEW, more=[_review(link, days=10)])
    assert not drafts(found, "applies")
    assert "order" in reasons(found)


def test_all_drafts_render_in_chat_and_as_completion():
    link = Link("implements", "doc:ledger-core:docs/adr/0007-postgresql.md", "description")
    found = made(OLD, NEW, QUEUE, more=[_review(link)])
    source = material_of([])
    rendered = [
        render(one, style=style, tokens=token_map("plain"), purposes=["assist_others"],
               cuts=source.cuts)
        for one in drafts(found)
        for style in ("chat", "search_replace")
    ]  # fmt: skip
    assert len(rendered) >= 16
    assert {row["split"] for row in rendered} == {"train"}
    for row in rendered:
        json.loads(row["record"])
        assert sum(one["share"] for one in row["people"]) == 1 or abs(
            sum(one["share"] for one in row["people"]) - 1) < 1e-9  # fmt: skip


def test_ids_differ_between_tasks_and_do_not_depend_on_order():
    forward = made(OLD, NEW, QUEUE)
    back = made(QUEUE, NEW, OLD)
    ids = [one.identity for one in forward]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(one.identity for one in back)
