"""Notices: what a serving shows, and that no clause goes beyond what people were told."""

import datetime as dt

import pytest
from notice_world import (
    AGREEMENT,
    AS_OF,
    agreements,
    employee,
    register,
    register_text,
    served,
    write_register,
)

from byline.errors import ConfigError, RefusedError
from byline.terms.notice_checks import check_notices
from byline.terms.notice_register import counting, read_notice_register, serving_fault, uncovered
from byline.terms.notices import Notice, read_notices, unique_notices
from byline.terms.published import Published, published_problems, refuse_unpublished
from byline.workspace.config import Config

HEADER = "notice,version,person,served,channel,language"


def test_the_optional_columns_of_notices_are_read_and_may_be_absent(tmp_path):
    file = tmp_path / "notices.csv"
    file.write_text(f"{HEADER}\nai,2,ada,2025-02-01,mail,de\n")
    [plain] = read_notices(file, people={"ada"})
    assert (plain.opened, plain.acknowledged, plain.method) == (None, None, "")
    file.write_text(
        f"{HEADER},acknowledged,method,opened\n"
        "ai,2,ada,2025-02-01,mail,de,2025-02-03,button,2025-02-02\n"
    )
    [row] = read_notices(file, people={"ada"})
    assert row.acknowledged == dt.date(2025, 2, 3)
    assert (row.opened, row.method) == (dt.date(2025, 2, 2), "button")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("ai,2,ada,2025-02-01,mail,de,2025-01-31,", "`acknowledged` 2025-01-31 is before"),
        ("ai,2,ada,2025-02-01,mail,de,yesterday,", "which is not a date"),
    ],
)
def test_an_impossible_acknowledgement_is_an_error_with_its_line(tmp_path, row, says):
    file = tmp_path / "notices.csv"
    file.write_text(f"{HEADER},acknowledged,method\n{row}\n")
    with pytest.raises(ConfigError, match=f"notices.csv:2.*{says}"):
        read_notices(file, people={"ada"})


def test_servings_are_ordered_whatever_is_known_of_them():
    rows = [served(acknowledged=day) for day in (dt.date(2025, 3, 1), None)]
    assert unique_notices(rows) == unique_notices(rows[::-1])
    assert unique_notices([*rows, *rows])[0].acknowledged is None


@pytest.mark.parametrize(
    ("serving", "fault"),
    [
        (served(), ""),
        (served(version="3"), "version_unknown"),
        (served(day="2024-12-31"), "before_version"),
        (served(language="pl"), "no_translation"),
        (served(language=""), "no_translation"),
    ],
)
def test_a_serving_counts_only_with_a_text_that_existed(tmp_path, serving, fault):
    found = register(tmp_path)
    assert serving_fault(serving, found) == fault
    assert counting([serving], found) == (() if fault else (serving,))
    assert counting([serving], None) == (serving,)
    codes = [
        one.code for one in check_notices((), found, served=[serving], people=[employee("ada")])
    ]
    assert codes == ([f"notice_{fault}"] if fault else [])


def test_a_text_that_was_changed_shows_nothing_and_blocks_nobody(tmp_path):
    path = write_register(tmp_path)
    (tmp_path / "2.de").write_text("Wir lernen alles.")
    found = read_notice_register(path)
    assert serving_fault(served(), found) == "text_changed"
    assert serving_fault(served(language="en"), found) == ""
    (tmp_path / "2.de").unlink()
    [problem] = check_notices((), read_notice_register(path), served=(), people=())
    assert (problem.code, problem.severity) == ("notice_text_changed", "error")


def test_a_register_does_not_read_outside_its_folder(tmp_path):
    (tmp_path / "secret").write_text("We may train.")
    inside = tmp_path / "terms"
    inside.mkdir()
    path = write_register(inside, register_text().replace('"1.en"', '"../secret"'))
    assert read_notice_register(path).faults["ai-training", "1", "en"] == "its file is not there"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('supersedes = "1"', 'supersedes = "0"', "supersedes 0, which is not in the register"),
        ('version = "2"', 'version = "1"', "given twice"),
        ("effective = 2025-01-01", 'effective = "soon"', r":\d+: `effective` is a date"),
        ('purposes = ["assist_others", "repair"]', 'purposes = ["x"]', "'x' is not a purpose"),
        ('sources = ["git"]', 'source = ["git"]', "unknown key `source`; did you mean 'sources'"),
        ('retention = "P3Y"', 'retention = "long"', "`retention`"),
        ('country = "DE"', "", "`country` is missing"),
    ],
)
def test_a_wrong_register_says_what_is_wrong(tmp_path, old, new, says):
    path = write_register(tmp_path, register_text().replace(old, new))
    with pytest.raises(ConfigError, match=says):
        read_notice_register(path)


def test_errors_of_a_register_name_the_line_of_the_right_entry(tmp_path):
    text = register_text().replace('sources = ["git"]', "sources = 3")
    line = text.split("\n").index("sources = 3") + 1
    with pytest.raises(ConfigError, match=f"register.toml:{line}: "):
        read_notice_register(write_register(tmp_path, text))


def test_a_clause_that_permits_more_than_its_notice_says_is_refused(tmp_path):
    found = register(tmp_path)
    assert uncovered(agreements(tmp_path), found) == []
    wide = agreements(tmp_path, AGREEMENT.replace('["code"]', '["code", "process"]'))
    [gap] = uncovered(wide, found)
    assert (gap.clause, gap.version, gap.classes) == ("policy/interest", "2", ("process",))
    published = Published(register=found, served=(served(),))
    given = {"people": [employee("ada")], "config": Config(), "as_of": AS_OF}
    codes = [one.code for one in published_problems(published, wide, **given)]
    assert codes == ["notice_uncovered"]
    with pytest.raises(RefusedError, match="process for assist_others, repair"):
        refuse_unpublished(published, wide, purposes=["assist_others", "repair"], **given)
    refuse_unpublished(published, wide, purposes=["code_review"], **given)
    refuse_unpublished(published, agreements(tmp_path), purposes=["assist_others"], **given)


def test_every_version_that_would_satisfy_a_clause_is_looked_at(tmp_path):
    text = AGREEMENT.replace('notice_version = "2"\n', "", 1)
    [gap] = uncovered(agreements(tmp_path, text), register(tmp_path))
    assert (gap.version, gap.purposes) == ("1", ("repair",))
    text = AGREEMENT.replace('notice_version = "2"', 'notice_version = "9"', 1)
    [gap] = uncovered(agreements(tmp_path, text), register(tmp_path))
    assert gap.version == ""


def test_people_told_in_no_language_of_their_country_are_a_warning(tmp_path):
    people = [employee("ada", country="PL"), employee("bob", country="DE")]
    rows = [served("ada", language="en"), served("bob", language="en")]
    [problem] = check_notices((), register(tmp_path), served=rows, people=people)
    assert (problem.severity, problem.code) == ("warning", "notice_language")
    assert "in PL" in problem.message
    assert "ada" not in problem.message


def test_a_notice_stays_comparable_only_with_notices():
    row: Notice = served()
    with pytest.raises(TypeError):
        _ = row < "a"  # type: ignore[operator]
