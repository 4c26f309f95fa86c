"""Equal treatment: nobody is left out but by a published row, and no table shows few people."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notice_world import AS_OF, agreements, employee

from byline.errors import ConfigError, RefusedError
from byline.terms.exemptions import (
    SMALLEST,
    Exemption,
    Whose,
    check_exemptions,
    exemption_table,
    read_exemptions,
    whose_words,
)
from byline.terms.published import Published, refuse_unpublished
from byline.workspace.config import Config, HeldOut, Ownership, Release

FORBID = """
[agreement]
id = "carve-out"
title = "Carve-out"
kind = "policy"
version = "1"
effective = 2025-01-01

[[clause]]
id = "carve-out/1"
effect = "forbid"
text = "Executives' work is not used."
classes = ["code"]
purposes = ["repair"]
{exemption}
[clause.who]
{who}
"""
PEOPLE = [
    employee("ceo", unit="board", band="E"),
    employee("cto", unit="board", band="E"),
    *(employee(f"dev{number}", band="B") for number in range(12)),
]
ROW = {"id": "board", "who": {"units": ["board"]}, "reason": "In the policy.",
       "published": dt.date(2025, 1, 1), "decided_by": "Works council"}  # fmt: skip


def exemption(**changes) -> Exemption:
    return Exemption.model_validate({**ROW, **changes})


def problems(folder, *rows, who='units = ["board"]', names='exemption = "board"', config=None):
    text = FORBID.format(exemption=names, who=who)
    return check_exemptions(agreements(folder, text), rows, PEOPLE, config or Config(), as_of=AS_OF)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (exemption(), None),
        (exemption(who={"bands": ["E"]}), None),
        (exemption(who={"people": ["ceo", "cto"]}), None),
        (exemption(classes=["code"], purposes=["repair", "retrieval"]), None),
        (None, "exemption_unknown"),
        (exemption(id="other"), "exemption_unknown"),
        (exemption(published=dt.date(2025, 6, 2)), "exemption_unpublished"),
        (exemption(who={"people": ["ceo"]}), "exemption_too_narrow"),
        (exemption(classes=["design"]), "exemption_too_narrow"),
        (exemption(purposes=["retrieval"]), "exemption_too_narrow"),
    ],
)
def test_a_clause_that_leaves_people_out_needs_a_published_row(tmp_path, row, code):
    found = problems(tmp_path, *([row] if row else []))
    errors = [one.code for one in found if one.severity == "error"]
    assert errors == ([code] if code else [])


def test_the_release_is_refused_where_a_carve_out_is_secret(tmp_path):
    text = FORBID.format(exemption="", who='people = ["ceo"]')
    given = {"people": PEOPLE, "config": Config(), "purposes": ["assist_others"], "as_of": AS_OF}
    rules = agreements(tmp_path, text)
    with pytest.raises(RefusedError, match="carve-out/1 leaves particular people out"):
        refuse_unpublished(Published(), rules, **given)
    published = Published(exemptions=(exemption(),))
    refuse_unpublished(published, rules, **given)


@pytest.mark.parametrize(
    ("limits", "is_whole"),
    [
        ({}, True),
        ({"employment": ("in_force", "after"), "owner": "own-time"}, True),
        ({"repositories": ("*",), "emails": ("*",), "owner": "open-source"}, True),
        ({"repositories": ("games",)}, False),
        ({"employment": ("before",)}, False),
        ({"until": dt.date(2020, 1, 1)}, False),
        ({"owner": "employer"}, False),
    ],
)
def test_an_ownership_rule_hides_nobody_unpublished(limits, is_whole):
    rule = Ownership(**{"owner": "third-party", "persons": ("ceo",), **limits})
    config = Config(ownership=(rule,))
    found = check_exemptions((), (), PEOPLE, config, as_of=AS_OF)
    told = [("exemption_unnamed", ("ownership 1",))] if is_whole else []
    assert [(one.code, one.about) for one in found] == told
    if is_whole:
        assert check_exemptions((), (exemption(),), PEOPLE, config, as_of=AS_OF) == []


def test_holding_people_out_for_evaluation_is_a_warning_without_a_row():
    held = Config(release=Release(hold_out=HeldOut(persons=("ceo",))))
    [problem] = check_exemptions((), (), PEOPLE, held, as_of=AS_OF)
    assert (problem.severity, problem.code) == ("warning", "exemption_held_out")
    assert check_exemptions((), (exemption(),), PEOPLE, held, as_of=AS_OF) == []


def test_an_exemption_that_nothing_makes_is_told(tmp_path):
    [problem] = check_exemptions((), (exemption(),), PEOPLE, Config(), as_of=AS_OF)
    assert (problem.severity, problem.code) == ("information", "exemption_unused")


def test_an_unknown_person_is_not_covered_by_anything_but_their_name(tmp_path):
    who = 'people = ["nobody"]'
    assert problems(tmp_path, exemption(), who=who)[0].code == "exemption_too_narrow"
    assert problems(tmp_path, exemption(who={"people": ["nobody"]}), who=who) == []


@given(st.integers(0, 25), st.integers(0, 25))
def test_no_count_below_the_threshold_is_shown(few, many):
    people = [employee(f"e{n}", unit="board", band="E") for n in range(few)]
    people += [employee(f"b{n}", unit="board") for n in range(many)]
    table = exemption_table([exemption()], people, as_of=AS_OF)
    shown = {one.band: one.people for one in table}
    for band, count in (("E", few), ("not stated", many)):
        assert (band in shown) == (count > 0)
        assert shown.get(band) == (count if count >= SMALLEST else None)


def test_words_about_whose_work_it_is_name_no_person():
    words = whose_words(Whose(people=("ceo", "cto"), bands=("E",)))
    assert words == "bands: E; fewer than 10 people by name"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[exemption]]\nid = "a"\n[exemption.who]\n', "says whose work"),
        ('[[exemption]]\nid = "a"\nreason = "r"\n[exemption.who]\nbands = ["E"]\n', "is missing"),
        ("[[exemptions]]\n", "unknown key `exemptions`; did you mean 'exemption'"),
    ],
)
def test_a_wrong_file_of_exemptions_says_what_is_wrong(tmp_path, text, says):
    (tmp_path / "exemptions.toml").write_text(text)
    with pytest.raises(ConfigError, match=says):
        read_exemptions(tmp_path / "exemptions.toml")
