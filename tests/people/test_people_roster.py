"""The roster: employments over time, and every mistake named with its line and its fix."""

import datetime as dt

import pytest

from byline.errors import ConfigError
from byline.people.roster import Employment, read_roster, standing

HEAD = "id,name,emails,worker_type,country,unit,start,end\n"
ADA = "ada,Ada,ada@x.example,employee,de,core,2020-01-01,\n"


def write(folder, text, *, encoding="utf-8"):
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        (HEAD + ADA + ",Bo,b@x,employee,de,u,2020-01-01,\n", ":3: `id` is empty", "id"),
        ("id,name,mails\n", ":1: unknown column `mails`", "emails"),
        (HEAD.replace("unit", "zzz"), ":1: unknown column `zzz`", "columns: id"),
        (HEAD.replace(",end", ""), ":1: column `end` is missing", "columns: id"),
        (HEAD.replace("unit", "name"), ":1: two columns `name`", "one"),
        ("", ":1: column `id` is missing", "columns: id"),
        (HEAD + "ada,Ada,a@x,employee,de,u,2020-01-01\n", ":2: 7 cells, but 8 columns", "quote"),
        (HEAD + ADA.replace("employee", "boss"), ":2: `worker_type` is 'boss'", "employee"),
        (HEAD + ADA.replace("2020-01-01", "1.2.2020"), ":2: `start` is '1.2.2020'", "2026-11-24"),
        (HEAD + ADA.replace("2020-01-01,", "2020-01-01,soon"), ":2: `end` is 'soon'", "2026-11-24"),
        (HEAD + ADA.replace("2020-01-01,", "2020-01-01,2019-01-01"), ":2: ends 2019-01-01", "correct"),
        (HEAD + ADA + "bo,Bo,ADA@x.example,employee,de,u,2020-01-01,\n",
         ":3: ada@x.example belongs to bo here and to ada on line 2", "one person"),
        (HEAD + ADA + ADA.replace("2020", "2021"),
         ":3: with line 2, ada has two employments at 2021-01-01", "end the earlier"),
        (HEAD + '"' + "x" * 200_000 + '"' + ",Ada,a@x,employee,de,u,2020-01-01,\n", ":2: ", "quotes"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_line_and_fix(tmp_path, text, message, advice):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_roster(path)
    assert f"{path}{message}" in str(caught.value)
    assert advice in caught.value.advice
    assert caught.value.exit_code == 2


def test_a_missing_file_and_another_encoding_are_said(tmp_path):
    with pytest.raises(ConfigError, match="there is no"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_roster(write(tmp_path, HEAD + ADA.replace("Ada", "Adé"), encoding="latin-1"))


def test_the_overlap_is_named_whatever_the_order_of_rows(tmp_path):
    rows = [
        ADA.replace("2020-01-01,", "2022-01-01,2022-12-31"),
        ADA.replace("2020-01-01,", "2019-01-01,2022-01-01"),
        ADA.replace("2020-01-01,", "2024-01-01,"),
    ]
    with pytest.raises(
        ConfigError, match=r":2: with line 3, ada has two employments at 2022-01-01"
    ):
        read_roster(write(tmp_path, HEAD + "".join(rows)))


def test_a_byte_order_mark_blank_lines_and_quoted_cells_are_read(tmp_path):
    text = (
        "\ufeff"
        + HEAD
        + '\r\nada," Ada, Countess ","ADA@x.example; ada@y.example;",employee,de,c,2020-01-01,\r\n'
    )
    (ada,) = read_roster(write(tmp_path, text))
    assert (ada.name, ada.emails) == ("Ada, Countess", ("ada@x.example", "ada@y.example"))
    assert ada.employments[0].country == "DE"


def test_a_person_without_an_address_is_a_person(tmp_path):
    (ada,) = read_roster(write(tmp_path, HEAD + ADA.replace("ada@x.example", "")))
    assert ada.emails == ()


def test_a_rejoiner_stands_before_in_between_and_after(tmp_path):
    rows = (
        "ada,Ada,a@x,employee,de,new,2022-01-01,2023-06-30\n"
        "ada,Ada,b@x,contractor,fr,old,2019-01-01,2020-12-31\n"
    )
    (ada,) = read_roster(write(tmp_path, HEAD + rows))
    old, new = ada.employments
    assert (old.unit, new.unit, ada.left) == ("old", "new", dt.date(2023, 6, 30))
    assert set(ada.emails) == {"a@x", "b@x"}
    expected = {
        "2018-12-31": ("before", old), "2019-01-01": ("in_force", old),
        "2020-12-31": ("in_force", old), "2021-01-01": ("between", old),
        "2021-12-31": ("between", old), "2022-01-01": ("in_force", new),
        "2023-06-30": ("in_force", new), "2023-07-01": ("after", new),
    }  # fmt: skip
    for day, (state, employment) in expected.items():
        found = standing(ada, dt.date.fromisoformat(day))
        assert (found.state, found.employment) == (state, employment), day


def test_an_employment_that_goes_on_has_not_been_left(tmp_path):
    rows = ADA.replace("2020-01-01,", "2018-01-01,2018-12-31") + ADA
    (ada,) = read_roster(write(tmp_path, HEAD + rows))
    assert ada.left is None
    assert standing(ada, dt.date(2099, 1, 1)).state == "in_force"
    assert Employment("employee", "DE", "u", dt.date(2020, 1, 1), None).covers(dt.date(2020, 1, 1))
