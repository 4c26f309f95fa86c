"""What is said of decisions: in groups, in sentences, and nothing that names who said no."""

import dataclasses
import datetime as dt
import re
from collections import Counter

import pyarrow as pa
import pytest
from terms_company import AGREEMENTS, AS_OF, NOTICES, OBJECTIONS, WITHDRAWALS, fact, table
from terms_worlds import PURPOSES, make

from byline.answers.asked_groups import FEW, OWN_SAY, grouped
from byline.answers.asked_person import person_in_words
from byline.answers.asked_words import (
    PURPOSE_WORDS,
    Quotes,
    clause_in_words,
    group_in_words,
    notice_in_words,
    plain,
    proposed_in_words,
    purposes_in_words,
)
from byline.answers.asked_work import FILES, MESSAGES, decided_rows
from byline.people.identities import Directory
from byline.people.roster import Employment, Person
from byline.release.inputs import Inputs
from byline.terms.agreed import Terms
from byline.terms.agreements import Agreement
from byline.terms.explain import day_in_words
from byline.terms.objections import Objection
from byline.terms.purposes import ORDINARY, RESTRICTED, Purpose

TERMS = Terms(
    agreements=AGREEMENTS, notices=NOTICES, objections=OBJECTIONS, withdrawals=WITHDRAWALS
)


def inputs(terms=TERMS, people=()):
    return Inputs(
        directory=Directory(people=people, mailmap=()), terms=terms, purposes=(), as_of=AS_OF
    )


def work(facts):
    made = table(*facts).append_column("commit", pa.array(["abc"] * len(facts)))
    kinds = [MESSAGES if one["class"] == "process" else FILES for one in facts]
    return iter([made.append_column("kind", pa.array(kinds))])


def groups(facts, *, terms=TERMS, purposes=("assist_others",), by_person=False, about=None):
    pairs = decided_rows(work(facts), inputs=inputs(terms), purposes=list(purposes))
    return grouped(pairs, by_person=by_person, asked_about=about)


@pytest.mark.parametrize("seed", range(4))
def test_groups_hold_every_decision_once(seed):
    world, facts, _ = make(seed, rows=50)
    terms = Terms(**world)
    rows = [
        (fact["class"], decision["purpose"], decision["outcome"], decision["reason"])
        for facts_of, decisions in decided_rows(
            work(facts), inputs=inputs(terms), purposes=PURPOSES
        )
        for fact, decision in zip(facts_of.to_pylist(), decisions.to_pylist(), strict=True)
    ]
    for by_person in (False, True):
        found = Counter()
        for one in groups(facts, terms=terms, purposes=PURPOSES, by_person=by_person):
            for purpose in one.purposes:
                found[one.work_class, purpose, one.outcome, one.reason] += one.contributions
        assert found == Counter(rows)


def test_many_contributions_are_one_sentence():
    facts = [fact(contribution=f"c{n}") for n in range(312)]
    [one] = groups(facts, about="ann")
    told = group_in_words(one, by="", quotes=Quotes(AGREEMENTS))
    assert "312 contributions to today's files (936 lines)" in told
    assert told.startswith("Included, with the byline: code, for assisting others.")
    assert "Clause us/1 of “Agreement us”, version 1 permits it: “Words of us.”" in told
    assert "The notice ai, version 1, was served on 1 September 2024." in told
    assert not re.search(r"assist_others|legitimate_interest|\d{4}-\d{2}-\d{2}", told)


def test_a_clause_is_quoted_once_and_named_afterwards():
    quotes = Quotes(AGREEMENTS)
    assert "“Words of us.”" in quotes.say("us/1", reason="permitted")
    assert quotes.say("us/1", reason="permitted") == "Clause us/1, quoted above, permits it."
    assert "would permit it" in quotes.say("us/1", reason="objected")
    assert "comes nearest" in quotes.say("us/1", reason="notice_missing")
    assert "not among the terms" in quotes.say("none/1", reason="permitted")


def test_who_said_no_is_shown_only_where_the_question_is_about_them():
    no = Objection(id="o-1", person="ann", received=AS_OF)
    terms = dataclasses.replace(TERMS, objections=(no,))
    facts = [fact(contribution="c1"), fact(contribution="c2", **{"class": "process"})]

    def asked(**how):
        return [one for one in groups(facts, terms=terms, **how) if one.reason in OWN_SAY]

    said = asked(by_person=True)
    assert len(said) == 2
    assert {(one.person, one.change) for one in said} == {(None, None)}
    [hidden, *_] = asked()
    assert hidden.hidden
    assert hidden.as_json()["amounts"] is None
    told = group_in_words(hidden, by=f" by fewer than {FEW} people", quotes=Quotes(AGREEMENTS))
    assert "That is some work by fewer than 10 people." in told
    own = asked(about="ann")
    assert not any(one.hidden for one in own)
    assert all("objection o-1" in (one.change or "") for one in own)


def test_a_person_is_told_who_they_are_what_they_were_told_and_what_they_said():
    ann = Person("ann", "Ann Onym", ("ann@x.example",),
                 (Employment("employee", "US", "Data", dt.date(2020, 1, 1), None),))  # fmt: skip
    told = " ".join(person_in_words("ann", ann, inputs(people=(ann,))))
    assert "Ann Onym (ann), employee in the unit Data, US since 1 January 2020." in told
    assert "The notice ai, version 1, was served on 1 September 2024" in told
    assert "they had said nothing" in told
    wim = " ".join(person_in_words("wim", None, inputs()))
    assert "On 30 June 2026 they withdrew their work, for all work, every use." in wim
    assert person_in_words("bot:ci@x.example", None, inputs()) == ["The bot account ci@x.example."]
    [head, *_] = person_in_words("email:zed@x.example", None, inputs())
    assert head == "Whoever uses the address zed@x.example, on no roster."


def test_every_code_has_words():
    assert set(PURPOSE_WORDS) == set(Purpose)
    assert purposes_in_words(sorted(ORDINARY)) == "every ordinary use"
    assert "denied unless" in purposes_in_words(sorted(RESTRICTED))
    text = "would be included if notice ai had been served on or before 2026-06-30 for repair"
    assert plain(text).endswith("on or before 30 June 2026 for repairing faults")
    assert plain("clause eu/repair named it") == "clause eu/repair named it"
    assert day_in_words(dt.date(2026, 2, 3)) == "3 February 2026"
    for notice in ("licence MIT (repository)", "agreement us@1 effective 2024-01-01",
                   "nobody to notify: bot account", "ai@2 served 2024-09-01"):  # fmt: skip
        assert notice_in_words(notice).endswith(".")


def test_what_is_law_and_what_is_only_proposed():
    def statute(status):
        head = {"id": status, "title": "Act", "kind": "statute", "version": "1",
                "effective": dt.date(2020, 1, 1), "status": status}  # fmt: skip
        clause = {"id": f"{status}/1", "effect": "forbid", "text": "No.", "classes": ["*"],
                  "purposes": ["repair"], "place": "§ 2", "who": {"countries": ["US"]}}  # fmt: skip
        return Agreement.model_validate({**head, "clauses": [clause]})

    law, draft = statute("in_force"), statute("proposed")
    assert "(§ 2), which is the law," in clause_in_words(law, law.clauses[0])

    def told(**about):
        given = {"classes": {"code"}, "purposes": {"repair"}, "countries": {"US"}, "counted": False}
        return proposed_in_words([law, draft], **{**given, **about})

    [one] = told()
    assert "only proposed so far" in one
    assert "it decides nothing today" in one
    assert "forbid and require already" in told(counted=True)[0]
    assert told(countries={"DE"}) == told(purposes={"retrieval"}) == []


def test_a_group_of_no_person_is_nobodys():
    [one] = groups([fact(person=None, population="unknown", employment="none")])
    assert (one.people, one.reason) == (0, "unknown_person")
    assert dataclasses.asdict(one)["clauses"] == ()
