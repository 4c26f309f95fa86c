"""Leaving: what is told, what is chosen, and the state that follows from it."""

import datetime as dt
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byline.errors import ConfigError
from byline.people.roster import Employment, Person
from byline.terms.holds import Hold
from byline.terms.separation_files import Leaving, batch_of, read_batch
from byline.terms.separation_records import (
    choices_of,
    people_who_leave,
    separations_of,
)
from byline.terms.separations import (
    TRANSITIONS,
    Choice,
    Mark,
    Separation,
    chosen,
    history,
    holds_about,
    state_of,
)

DAY = dt.date(2026, 3, 1)
SEPARATION = Separation(
    id="sp_1",
    batch="lv_1",
    person="p-1",
    kind="layoff",
    start=dt.date(2020, 1, 1),
    effective=DAY + dt.timedelta(10),
    told=dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC),
    deadline=DAY + dt.timedelta(40),
)
PEOPLE = tuple(
    Person(
        id=f"p-{number}",
        name=f"Person {number}",
        emails=(f"p{number}@co.example",),
        employments=(
            Employment("employee", "US", "Core", dt.date(2020, 1, 1), None, region="US-NY"),
        ),
    )
    for number in (1, 2, 3)
)


def day(number):
    return DAY + dt.timedelta(number)


def choice(word, number, *, hour=12, by="person", document="00"):
    at = dt.datetime.combine(day(number), dt.time(hour), dt.UTC)
    return Choice(separation="sp_1", at=at, choice=word, by=by, document=document)


def at(number, *, choices=(), holds=(), marks=()):
    return state_of(SEPARATION, choices=choices, holds=holds, marks=marks, as_of=day(number))


def mark(state, number):
    return Mark(separation="sp_1", state=state, at=day(number))


def hold(first, last=None):
    return Hold(id="h", matter="m", placed=day(first), released=None if last is None else day(last))


@pytest.mark.parametrize(
    ("number", "given", "state"),
    [
        (-1, {}, "EMPLOYED"),
        (0, {}, "NOTICE"),
        (9, {}, "NOTICE"),
        (10, {}, "SEPARATED"),
        (40, {}, "SEPARATED"),
        (41, {}, "REMOVAL_PENDING"),  # nothing chosen by the deadline is stop
        (12, {"choices": [choice("stop", 12)]}, "REMOVAL_PENDING"),
        (12, {"choices": [choice("allow-retained", 12)]}, "RETAINED"),
        (90, {"choices": [choice("allow-retained", 12)]}, "RETAINED"),
        (41, {"choices": [choice("allow-retained", 41)]}, "REMOVAL_PENDING"),  # too late
        (41, {"choices": [choice("allow-retained", 5, document="")]}, "REMOVAL_PENDING"),
        (41, {"choices": [choice("allow-retained", 5, by="organisation")]}, "REMOVAL_PENDING"),
        (50, {"choices": [choice("allow-retained", 5), choice("erase", 50)]}, "REMOVAL_PENDING"),
        (12, {"choices": [choice("stop", 12), choice("allow-retained", 12)]}, "REMOVAL_PENDING"),
        (12, {"choices": [choice("erase", 12)], "holds": [hold(0)]}, "HELD"),
        (30, {"choices": [choice("erase", 12)], "holds": [hold(0, 20)]}, "REMOVAL_PENDING"),
        (30, {"choices": [choice("stop", 12)], "marks": [mark("REMOVED", 20)]}, "REMOVED"),
        (
            30,
            {"choices": [choice("stop", 12)], "holds": [hold(0)], "marks": [mark("REMOVED", 20)]},
            "HELD",  # nothing is removed while it is held
        ),
        (30, {"marks": [mark("REMOVED", 20)]}, "SEPARATED"),  # nothing was chosen yet
        (
            30,
            {"choices": [choice("stop", 12)], "marks": [mark("REMOVED", 20), mark("CLOSED", 20)]},
            "CLOSED",
        ),
    ],
)
def test_the_state_follows_from_what_is_on_record(number, given, state):
    assert at(number, **given) == state


CHOICES = st.lists(
    st.builds(
        choice,
        st.sampled_from(["stop", "allow-retained", "erase"]),
        st.integers(-5, 60),
        hour=st.integers(0, 2),
        by=st.sampled_from(["person", "representative", "organisation"]),
        document=st.sampled_from(["", "00"]),
    ),
    max_size=4,
)
HOLDS = st.lists(st.builds(hold, st.integers(-5, 40), st.none() | st.integers(41, 60)), max_size=2)
MARKS = st.lists(
    st.builds(mark, st.sampled_from(["REMOVED", "CLOSED"]), st.integers(0, 60)), max_size=3
)


@given(choices=CHOICES, holds=HOLDS, marks=MARKS, data=st.data())
def test_order_does_not_matter_and_only_legal_transitions_are_made(choices, holds, marks, data):
    told = history(SEPARATION, choices=choices, holds=holds, marks=marks, as_of=day(70))
    shuffled = [data.draw(st.permutations(one)) for one in (choices, holds, marks)]
    again = dict(zip(("choices", "holds", "marks"), shuffled, strict=True))
    assert history(SEPARATION, **again, as_of=day(70)) == told
    states = ["EMPLOYED", *(one.state for one in told)]
    for before, after in pairwise(states):
        assert after in TRANSITIONS[before]
    for number in (0, 15, 45):  # the past is not changed by what came later
        known = [one for one in told if one.day <= day(number)]
        now = history(SEPARATION, choices=choices, holds=holds, marks=marks, as_of=day(number))
        assert list(now) == known


@given(choices=CHOICES, holds=HOLDS, marks=MARKS)
def test_a_hold_only_ever_keeps_work_from_being_removed(choices, holds, marks):
    given = {"choices": choices, "marks": marks}
    held = at(70, **given, holds=[*holds, hold(-5)])
    assert held not in {"REMOVED", "REMOVAL_PENDING"}
    assert held == "HELD" or held == at(70, **given, holds=holds)


@given(choices=CHOICES)
def test_the_organisation_never_retains_anybodys_work(choices):
    by_others = [one for one in choices if one.by != "organisation"]
    now = chosen(SEPARATION, choices, as_of=day(70))
    if now == "allow-retained":
        assert any(one.choice == now and one.document for one in by_others)


def test_the_same_content_is_the_same_batch_and_a_changed_row_an_amendment(tmp_path):
    file = tmp_path / "leavers.csv"
    file.write_text("person,effective,kind\np-2,2026-03-11,layoff\np-1,2026-03-11,layoff\n")
    first = batch_of(read_batch(file, people=PEOPLE))
    file.write_text("kind,person,effective,note\nlayoff,p-1,2026-03-11,\nlayoff,p-2,2026-03-11,\n")
    assert batch_of(read_batch(file, people=PEOPLE)).id == first.id
    file.write_text("person,effective,kind\np-1,2026-03-12,layoff\np-2,2026-03-11,layoff\n")
    later = batch_of(read_batch(file, people=PEOPLE), deadline=first.deadline)
    assert later.id != first.id
    told = [*first.separations(SEPARATION.told)]
    told += later.separations(SEPARATION.told + dt.timedelta(1))
    rows = [one.as_row() for one in told]
    now = separations_of(rows)
    assert now == separations_of(rows[::-1])
    assert [one.effective.day for one in now] == [12, 11]
    assert {one.told for one in now} == {SEPARATION.told}
    assert [one.region for one in now] == ["US-NY", "US-NY"]  # from the roster
    ended = people_who_leave(PEOPLE, now)
    assert [one.left for one in ended] == [dt.date(2026, 3, 12), dt.date(2026, 3, 11), None]
    assert ended[0].employments[0].separation_type == "layoff"


def test_the_earlier_of_two_last_days_counts_and_a_rejoiner_stays():
    [told] = batch_of([_leaving("p-1", dt.date(2026, 3, 11))]).separations(SEPARATION.told)
    first = Employment("employee", "US", "Core", dt.date(2020, 1, 1), dt.date(2026, 3, 5))
    second = Employment("employee", "US", "Core", dt.date(2026, 6, 1), None)
    [person] = people_who_leave([_person(first)], [told])
    assert person.left == dt.date(2026, 3, 5)
    [person] = people_who_leave([_person(first, second)], [told])
    assert person.left is None


def _leaving(person, effective):
    return Leaving(person=person, effective=effective, kind="layoff", start=dt.date(2020, 1, 1))


def _person(*employments):
    return Person("p-1", "Person 1", ("p1@co.example",), employments)


@pytest.mark.parametrize(
    ("row", "line", "words"),
    [
        ("p-9,2026-03-11,layoff", 3, "'p-9' is not on the roster"),
        ("p-2,11.3.2026,layoff", 3, "`effective` is '11.3.2026'"),
        ("p-2,2026-03-11,fired", 3, "`kind` is 'fired'"),
        ("p-2,2019-03-11,layoff", 3, "before any employment"),
        ("p-1,2026-03-11,layoff", 3, "leaves twice, here and on line 2"),
    ],
)
def test_what_is_wrong_in_a_batch_is_told_with_its_line(tmp_path, row, line, words):
    file = tmp_path / "leavers.csv"
    file.write_text(f"person,effective,kind\np-1,2026-03-11,layoff\n{row}\n")
    with pytest.raises(ConfigError, match=words) as told:
        read_batch(file, people=PEOPLE)
    assert f"leavers.csv:{line}:" in str(told.value)


EMPLOYMENT = "urn:ietf:params:scim:schemas:extension:byline:2.0:Employment"


def test_scim_users_and_patches_tell_the_same_batch(tmp_path):
    gone = {"end": "2026-03-11T00:00:00Z", "separationType": "Layoff"}
    users = [
        {"id": "p-1", "active": False, EMPLOYMENT: {"start": "2020-01-01", **gone}},
        {"id": "p-2", "active": True, EMPLOYMENT: {"start": "2020-01-01"}},
        {"id": "p-3", "active": "False", EMPLOYMENT: {"start": "2020-01-01", **gone}},
    ]
    (tmp_path / "users.json").write_text(json.dumps({"totalResults": 3, "Resources": users}))
    patches = [
        [{"op": "Replace", "value": {"active": False, EMPLOYMENT: gone}}],
        [
            {"op": "replace", "path": "active", "value": "False"},
            {"op": "add", "path": f"{EMPLOYMENT}:end", "value": "2026-03-11"},
            {"op": "add", "path": f"{EMPLOYMENT}:separationType", "value": "layoff"},
        ],
    ]
    bulk = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "PATCH", "path": f"/Users/{person}", "data": {"Operations": operations}}
            for person, operations in zip(("p-3", "p-1"), patches, strict=True)
        ],
    }
    (tmp_path / "bulk.json").write_text(json.dumps(bulk))
    first, second = (
        batch_of(read_batch(tmp_path / name, people=PEOPLE)) for name in ("users.json", "bulk.json")
    )
    assert [one.person for one in first.leavings] == ["p-1", "p-3"]
    assert {one.kind for one in first.leavings} == {"layoff"}
    assert first.id == second.id
    bulk["Operations"][0]["data"]["Operations"] = []
    (tmp_path / "bulk.json").write_text(json.dumps(bulk))
    with pytest.raises(ConfigError, match="/Operations/0: the user stays active"):
        read_batch(tmp_path / "bulk.json", people=PEOPLE)


def test_holds_concern_people_by_name_and_by_where_they_work():
    by_name = Hold(id="a", matter="m", placed=DAY, people=("p-1",))
    by_place = Hold(id="b", matter="m", placed=DAY, repositories=("core",))
    both = (by_name, by_place)
    assert holds_about("p-1", both, repositories=["web"]) == (by_name,)
    assert holds_about("p-2", both, repositories=["core"]) == (by_place,)
    assert holds_about("p-2", both) == (by_place,)  # not known where: rather held than not


def test_choices_come_back_from_the_ledger_as_they_were():
    rows = [
        {"separation": "sp_1", "at": "2026-03-12T10:00:00+00:00", "choice": "erase",
         "speaker": "person", "detail": {}},
    ]  # fmt: skip
    [made] = choices_of(rows)
    assert chosen(SEPARATION, [made], as_of=day(11)) == "erase"
    assert chosen(SEPARATION, [made], as_of=day(10)) == ""
