"""Merges are somebody's word, splits take them back, and names alone decide nothing."""

import datetime as dt

import pyarrow as pa
import pytest

from byline.errors import ConfigError
from byline.people.aliases import check_merge, confirmed, suggest
from byline.people.bylines import Directory, bylines
from byline.people.roster import Employment, Person
from byline.work.schema import COMMITS

WORK = Employment("employee", "DE", "Core", dt.date(2020, 1, 1), None)
ADA = Person("p-1", "Ada Müller-Lang", ("ada.lang@x.example",), (WORK,))
BO = Person("p-2", "Bo Riis", ("bo@x.example",), (WORK,))


def resolved(email: str, directory: Directory, *, name: str = "Ada") -> dict:
    row = {
        "repository": "r", "commit": "a" * 40, "parents": [], "author_name": name,
        "author_email": email, "author_time": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        "committer_name": "x", "committer_email": "x@x", "message": "m", "trailers": [],
        "changes": [], "commit_time": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    }  # fmt: skip
    [found] = bylines(pa.Table.from_pylist([row], schema=COMMITS), directory=directory).to_pylist()
    return found


def test_the_last_word_on_an_address_holds():
    events = [
        {"action": "merge", "email": "A@home.example", "person": "p-1"},
        {"action": "merge", "email": "b@home.example", "person": "p-1"},
        {"action": "split", "email": "a@home.example", "person": "p-1"},
        {"action": "merge", "email": "b@home.example", "person": "p-2"},
    ]
    assert confirmed(events) == (("b@home.example", "p-2"),)


def test_a_merge_joins_the_address_to_the_person_and_their_employment():
    before = Directory((ADA, BO))
    after = Directory((ADA, BO), aliases=(("ada@laptop.example", "p-1"),))
    assert resolved("Ada@Laptop.example", before)["population"] == "outsider"
    found = resolved("Ada@Laptop.example", after)
    assert (found["person"], found["employment"], found["unit"]) == ("p-1", "in_force", "Core")
    assert before.digest != after.digest


def test_a_merge_does_not_overrule_the_roster():
    stubborn = Directory((ADA, BO), aliases=(("bo@x.example", "p-1"), ("z@z.example", "p-9")))
    assert resolved("bo@x.example", stubborn)["person"] == "p-2"
    assert resolved("z@z.example", stubborn)["population"] == "outsider"
    with pytest.raises(ConfigError, match="belongs to p-2"):
        check_merge("BO@x.example", "p-1", people=(ADA, BO))
    with pytest.raises(ConfigError, match="p-9 is not in the roster"):
        check_merge("new@x.example", "p-9", people=(ADA, BO))
    check_merge("bo@x.example", "p-2", people=(ADA, BO))


def test_suggestions_name_their_evidence_and_change_nothing():
    def row(email, name, population="outsider"):
        return {"email": email, "name": name, "population": population, "commit": email + name}

    rows = [
        row("am@home.example", "LANG, Ada Muller"),
        row("77+ada.lang@users.noreply.example", "adl"),
        row("ada@other.example", "Ada"),
        row("ada.lang@bots.example", "Ada Müller-Lang", "bot"),
    ]
    found = suggest(rows, people=(ADA, BO))
    assert [(one.email, one.person, one.evidence) for one in found] == [
        ("77+ada.lang@users.noreply.example", "p-1", "the same name before the @ (ada.lang)"),
        ("am@home.example", "p-1", "the same full name"),
    ]
