"""What a roster says beyond the first columns: entities, departures, handles, days, countries."""

import datetime as dt

import pytest

from byline.errors import ConfigError
from byline.people.countries import ASSIGNED
from byline.people.roster import read_roster
from byline.people.rows import Dated

HEAD = (
    "id,name,emails,worker_type,country,unit,start,end,legal_entity,collective_agreement,"
    "separation_type,separation_batch,handles\n"
)
ADA = "ada,Ada,ada@x.example,employee,de,core,2020-01-01,,Corp GmbH,IG Metall,,,github:ada;gitlab:al\n"


def write(folder, text, name="roster.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def row(identity, emails="", handles="", *, country="de", start="2020-01-01", end="", more=",,,"):
    return f"{identity},{identity},{emails},employee,{country},u,{start},{end},{more},{handles}\n"


def test_every_field_is_read_for_each_employment(tmp_path):
    text = HEAD + ADA + (
        "ada,Ada,ada@startup.example [..2019-12-31],contractor,FR,lab,2017-05-01,2019-12-31,"
        "Startup SAS,Syntec,transfer,2019-acquisition,startup:ada\n"
    )  # fmt: skip
    (ada,) = read_roster(write(tmp_path, text))
    old, new = ada.employments
    assert (old.legal_entity, old.collective_agreement, old.separation_type, old.separation_batch) == (
        "Startup SAS", "Syntec", "transfer", "2019-acquisition",
    )  # fmt: skip
    assert (new.legal_entity, new.collective_agreement, new.separation_type) == (
        "Corp GmbH",
        "IG Metall",
        "",
    )
    assert ada.emails == ("ada@x.example", "ada@startup.example")
    assert ada.addresses[1] == Dated("ada@startup.example", None, dt.date(2019, 12, 31))
    assert [one.alias for one in ada.handles] == ["github:ada", "gitlab:al", "startup:ada"]


def test_optional_columns_may_be_left_out_and_stand_anywhere(tmp_path):
    text = "handles,id,name,emails,worker_type,country,unit,start,end\ngithub:a,a,A,a@x,intern,,u,2020-01-01,\n"
    (person,) = read_roster(write(tmp_path, text))
    assert person.handles == (Dated("github:a"),)
    assert (person.employments[0].country, person.employments[0].legal_entity) == ("", "")


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        (row("a", country="zz"), ":2: `country` is 'zz', which is no ISO 3166-1", "two letters"),
        (row("a", country="uk"), ":2: `country` is 'uk'", "did you mean GB?"),
        (row("a", more=",,layoff,"), ":2: `separation_type` is 'layoff', but there is no `end`", "last day"),
        (row("a", more=",,,2026-1"), ":2: `separation_batch` is '2026-1', but", "last day"),
        (row("a", "a@x [2020-01-01]"), ":2: `emails` has 'a@x [2020-01-01]'", "[..2020-12-31]"),
        (row("a", "a@x [soon..]"), ":2: `emails` is 'soon'", "2026-11-24"),
        (row("a", "a@x [2021-01-01..2020-01-01]"), ":2: a@x ends 2020-01-01, before it starts", "correct"),
        (row("a", "[2021-01-01..]"), ":2: `emails` has days, but no alias", "before the bracket"),
        (row("a", handles="git hub:x y"), ":2: `handles` has 'git hub:x y'", "github:ada"),
        (row("a", handles="github:"), ":2: `handles` has 'github:'", "github:ada"),
        (row("email:a@x"), ":2: `id` is 'email:a@x'", "does not start with"),
        (row("a", handles="github:ada") + row("b", handles="GitHub:Ada"),
         ":3: github:ada belongs to b here and to a on line 2", "remove it from the other"),
        (row("a", handles="ada") + row("b", handles="github:ada"),
         ":3: github:ada belongs to b here and to a on line 2", "one person's"),
        (row("a", "s@x") + row("b", "s@x [2020-01-01..]"),
         ":3: s@x belongs to b here and to a on line 2", "[..2020-12-31]"),
        (row("a", "s@x [..2020-01-01]") + row("b", "s@x [2020-01-01..]"),
         ":3: s@x belongs to b here and to a on line 2", "the days on which"),
        (row("a", end="2020-06-30") + row("b") + row("a", start="2020-06-30"),
         ":4: with line 2, a has two employments at 2020-06-30", "end the earlier"),
        (row("a") + row("a"), ":3: with line 2, a has two employments", "end the earlier"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_both_places_and_the_fix(tmp_path, text, message, advice):
    path = write(tmp_path, HEAD + text)
    with pytest.raises(ConfigError) as caught:
        read_roster(path)
    assert f"{path}{message}" in str(caught.value)
    assert advice in caught.value.advice


def test_an_address_may_go_from_a_leaver_to_a_newcomer(tmp_path):
    text = row("a", "s@x [..2020-01-01]", "bot-a") + row("b", "s@x [ 2020-01-02 .. ]", "bot-b")
    a, b = read_roster(write(tmp_path, HEAD + text))
    assert (a.emails, b.emails) == (("s@x",), ("s@x",))
    assert b.addresses == (Dated("s@x", dt.date(2020, 1, 2), None),)


def test_the_country_list_is_the_standards():
    assert len(ASSIGNED) == 249
    assert {"DE", "GB", "SS", "CW", "BQ"} <= ASSIGNED
    assert not {"UK", "EU", "AN", "SU", "ZZ"} & ASSIGNED
