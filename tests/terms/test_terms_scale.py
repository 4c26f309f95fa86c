"""Many decisions: the batches never matter, and cases are shared without sharing words."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terms_company import AGREEMENTS, AS_OF, fact, table
from terms_worlds import PURPOSES, make

from byline.terms.agreed import Terms
from byline.terms.decide import decide
from byline.terms.decide_many import decide_many
from byline.terms.notices import Notice
from byline.terms.objections import Objection
from byline.terms.purposes import Purpose
from byline.terms.schema import DECISIONS


def many(batches, terms, purposes=("assist_others",)):
    return list(decide_many(batches, terms=terms, purposes=purposes, as_of=AS_OF))


def by_purpose(decided):
    parts = [part for one in decided for part in one.spread()]
    return pa.concat_tables(parts).sort_by(
        [("purpose", "ascending"), ("contribution", "ascending")]
    )


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**40), cut=st.integers(0, 24))
def test_the_batches_do_not_matter(seed, cut):
    given_terms, rows, _ = make(seed, rows=24)
    facts = table(*rows)
    terms = Terms(**{name: tuple(value) if isinstance(value, list | tuple) else value
                     for name, value in given_terms.items()})  # fmt: skip
    whole = decide(facts, purposes=PURPOSES, as_of=AS_OF, **given_terms)
    parts = many([facts.slice(0, cut), facts.slice(cut)], terms, PURPOSES)
    expected = whole.sort_by([("purpose", "ascending"), ("contribution", "ascending")])
    assert by_purpose(parts).to_pylist() == expected.to_pylist()
    assert sum(sum(one.count("reason").values()) for one in parts) == whole.num_rows


def test_people_told_on_other_days_share_a_verdict_but_no_words():
    served = [dt.date(2025, 1, 1) + dt.timedelta(days=day) for day in range(200)]
    notices = tuple(
        Notice(notice="ai", version="1", person=f"p{n}", served=day) for n, day in enumerate(served)
    )
    objections = (
        Objection(id="o-7", person="p7", received=served[7]),
        Objection(id="o-8", person="p8", received=served[8], classes=("code", "design")),
        Objection(id="o-9", person="p9", received=served[9]),
    )
    terms = Terms(agreements=AGREEMENTS, notices=notices, objections=objections)
    facts = table(*(fact(contribution=f"c{n:03}", person=f"p{n}") for n in range(200)))
    [one] = many([facts], terms)
    [found] = one.spread()
    rows = found.to_pylist()
    assert rows[0]["notice"] == "ai@1 served 2025-01-01"
    assert rows[199]["notice"] == f"ai@1 served {served[199]}"
    said = [rows[n]["counterfactual"] for n in (7, 8, 9)]
    assert said == [f"would be included if objection o-{n} had not been made" for n in (7, 8, 9)]
    assert not any("\0" in str(value) for row in rows for value in row.values())


@pytest.mark.parametrize("purposes", [["assist_others"], list(Purpose)])
def test_nothing_to_decide(purposes):
    [one] = many([table()], Terms(agreements=AGREEMENTS), purposes)
    assert one.rows == 0
    assert one.verdicts.num_rows == 0
    assert set(one.codes) == set(purposes)
    empty = decide(
        table(), agreements=AGREEMENTS, notices=(), objections=(), withdrawals=(),
        purposes=purposes, as_of=AS_OF,
    )  # fmt: skip
    assert empty.schema == DECISIONS
