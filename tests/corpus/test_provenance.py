"""Whose text it is: holders, declarations, rules, own time; always with what says so."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.contributions import Ownership, edit_contributions, file_contributions
from byline.corpus.declarations import is_declaration, read_declarations
from byline.corpus.holders import foreign_holder, holders_of
from byline.corpus.label import label
from byline.corpus.ownership import Rule, owners_by_rule, read_own_time
from byline.corpus.schema import LABELS
from byline.errors import ConfigError
from byline.people.bylines import BYLINES
from byline.people.recorded_spans import SPANS
from byline.work.schema import COMMITS, EDITS, FILES

OWN = ("Example GmbH", "The Example Authors")
UTC = dt.UTC


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("# Copyright (C) 1991, 1992 Free Software Foundation, Inc.", "Free Software Foundation, Inc"),
        (" * Copyright 2019-2024 Google LLC. All rights reserved.", "Google LLC"),
        ("// \N{COPYRIGHT SIGN} 2020 Jane Doe <j@x.example>", "Jane Doe"),
        ("; SPDX-FileCopyrightText: 2020 Some Body", "Some Body"),
        ("# Copyright: (c) 2017, Ansible Project", "Ansible Project"),
        ("/* Copyright (c) Microsoft Corporation. */", "Microsoft Corporation"),
        ("# Copyright (C) 2005-2026 the Foo authors and contributors", "the Foo authors"),
    ],
)  # fmt: skip
def test_a_copyright_line_names_its_holder(line, name):
    [found] = holders_of(f"x\n{line}\n")
    assert (found.name, found.line) == (name, 2)


@pytest.mark.parametrize(
    "line",
    [
        "the copyright notice above is retained", "value = copyright(2000)", "see Copyright file",
        "# Copyright 2020", "# Copyright (c) {year} {name}", "copyrighted 2010 by nobody",
        'print("copyright: who knows")',
    ],
)  # fmt: skip
def test_prose_about_copyright_names_nobody(line):
    assert not list(holders_of(line))


def test_only_the_head_of_a_file_counts():
    assert not list(holders_of("x = 1\n" * 80 + "# Copyright 2020 Late Comer\n"))


def test_the_organisation_s_own_names_are_not_foreign():
    own = "# Copyright 2020 EXAMPLE GmbH, Berlin\n# Copyright 2021 Example Authors\n"
    assert foreign_holder(list(holders_of(own)), OWN) is None
    mixed = list(holders_of(own + "# Copyright 2019 Example GmbHs Rival\n"))
    assert foreign_holder(mixed, OWN).name == "Example GmbHs Rival"
    assert foreign_holder(mixed, ()) is None, "nothing tells without the organisation's names"


DOCUMENTS = {
    "REUSE.toml": """version = 1
[[annotations]]
path = ["img/**", "one/*.c"]
precedence = "override"
SPDX-FileCopyrightText = ["2019 Other Corp"]
SPDX-License-Identifier = "MIT OR Apache-2.0"
[[annotations]]
path = "ours/**"
precedence = "override"
SPDX-FileCopyrightText = "2020 Example GmbH"
SPDX-License-Identifier = "0BSD"
""",
    "sub/REUSE.toml": """version = 1
[[annotations]]
path = "a.c"
SPDX-FileCopyrightText = "2018 Sub Author"
SPDX-License-Identifier = ["ISC", "MIT OR Zlib"]
""",
    "debian/copyright": """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: deb/*
Copyright: 2001 Deb Author <x@y.example>
           2002 Second
License: GPL-2+
 text

Files: deb/mit/*
Copyright: 2003 Third
License: Expat
""",
    "x.png.license": "SPDX-FileCopyrightText: 2020 Side Car\nSPDX-License-Identifier: CC0-1.0\n",
}


@pytest.mark.parametrize(
    ("path", "licence", "holder", "evidence"),
    [
        ("img/a/b.svg", "MIT OR Apache-2.0", "Other Corp", "REUSE.toml, annotation 1"),
        ("one/x.c", "MIT OR Apache-2.0", "Other Corp", "REUSE.toml, annotation 1"),
        ("sub/a.c", "ISC AND (MIT OR Zlib)", "Sub Author", "sub/REUSE.toml, annotation 1"),
        ("deb/a/b.c", "GPL-2.0-or-later", "Deb Author", "debian/copyright, paragraph 2"),
        ("deb/mit/c.c", "MIT", "Third", "debian/copyright, paragraph 3"),
        ("x.png", "CC0-1.0", "Side Car", "the file x.png.license"),
    ],
)  # fmt: skip
def test_documents_declare_other_files(path, licence, holder, evidence):
    found = read_declarations(DOCUMENTS).about(path)
    assert (found.licence, found.holders[0].name, found.evidence) == (licence, holder, evidence)


@pytest.mark.parametrize("path", ["one/two/x.c", "a.c", "imgs/a", "x.pngs", "sub/img/a"])
def test_documents_declare_nothing_else(path):
    assert read_declarations(DOCUMENTS).about(path) is None


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    st.sampled_from(["REUSE.toml", "debian/copyright", ".reuse/dep5", "a.license"]),
    st.text(max_size=60) | st.sampled_from(["[[annotations]]\npath=3", "annotations=1", "Files: **[" ]),
)  # fmt: skip
def test_hostile_documents_declare_nothing_and_break_nothing(path, text):
    assert is_declaration(path)
    read_declarations({path: text}).about("some/path")


def labelled(rows, **how):
    table = pa.table(
        {
            "item": [f"i{n}" for n in range(len(rows))],
            "repository": ["r"] * len(rows),
            "path": [path for path, _ in rows],
            "text": pa.array([text for _, text in rows], pa.string()),
        }
    )
    return label(table, **how).to_pylist()


def test_labels_say_whose_a_file_is_and_what_says_so():
    rows = [
        ("a.c", "/* Copyright (c) 2001 Somebody Else */\nint x;\n"),
        ("b.c", "/* Copyright (c) 2020 Example GmbH */\nint x;\n"),
        ("c.c", "int x;\n"),
        ("img/logo.svg", "<svg/>\n"),
        ("ours/d.c", "/* Copyright (c) 2001 Somebody Else */\nint x;\n"),
        ("x.png", None),
        ("vendor/e.c", "/* Copyright (c) 2020 Example GmbH */\n"),
    ]
    found = labelled(rows, documents=DOCUMENTS, holders=OWN)
    assert [row["vendored"] for row in found] == [
        "copyright of Somebody Else, line 1", None, None,
        "copyright of Other Corp, REUSE.toml, annotation 1", None,
        "copyright of Side Car, the file x.png.license", "folder vendor/",
    ]  # fmt: skip
    assert found[3]["licence"] == "MIT OR Apache-2.0"
    assert found[3]["licence_evidence"] == "REUSE.toml, annotation 1"
    assert found[4]["licence"] == "0BSD"
    quiet = labelled(rows, documents=DOCUMENTS)
    assert [row["vendored"] for row in quiet] == [None] * 6 + ["folder vendor/"]


def test_a_submodule_is_third_party():
    table = pa.table({"item": ["i"], "repository": ["r"], "path": ["lib"],
                      "text": pa.array([None], pa.string()), "skip": ["submodule"]})  # fmt: skip
    assert label(table).to_pylist()[0]["vendored"] == "a git submodule"


def facts(*rows):
    names = ("person", "email", "employment", "licence", "day")
    table = [dict(zip(names, row, strict=True)) for row in rows]
    for row in table:
        row["authored"] = dt.datetime.fromisoformat(row.pop("day")).replace(tzinfo=UTC)
    return pa.Table.from_pylist(table).cast(
        pa.schema([("person", pa.string()), ("email", pa.string()), ("employment", pa.string()),
                   ("licence", pa.string()), ("authored", pa.timestamp("s", tz="UTC"))])
    )  # fmt: skip


ROWS = facts(
    ("ann", "ann@corp.example", "in_force", None, "2020-05-01"),
    ("ann", "Ann@Mail.example", "in_force", None, "2021-05-01T23:59:59"),
    ("bob", "bob@corp.example", "between", "MIT", "2022-05-01"),
    (None, "x@y", "none", None, "2023-05-01"),
)
PATHS = (["src/a.py"], ["toys/b.py"], ["src/c.py", "toys/d.py"], [])


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"people": ("ann",)}, [1, 1, 0, 0]),
        ({"emails": ("*@mail.example",)}, [0, 1, 0, 0]),
        ({"employment": ("between", "none")}, [0, 0, 1, 1]),
        ({"licences": ("MIT",)}, [0, 0, 1, 0]),
        ({"paths": ("toys/",)}, [0, 1, 1, 0]),
        ({"paths": ("*.py",)}, [1, 1, 1, 0]),
        ({"first": dt.date(2021, 5, 1)}, [0, 1, 1, 1]),
        ({"last": dt.date(2021, 5, 1)}, [1, 1, 0, 0]),
        ({"people": ("ann",), "paths": ("src/**",)}, [1, 0, 0, 0]),
    ],
)
def test_every_key_of_a_rule_must_match(rule, fits):
    owners, by_path, evidence = owners_by_rule(ROWS, [Rule("own-time", **rule)], PATHS)
    assert [owner == "own-time" for owner in owners.to_pylist()] == [bool(one) for one in fits]
    assert by_path.tolist() == [bool(one) and "paths" in rule for one in fits]
    assert [one is None for one in evidence.to_pylist()] == [not one for one in fits]


def test_the_first_rule_that_fits_decides():
    rules = [
        Rule("own-time", people=("ann",), last=dt.date(2020, 12, 31)),
        Rule("open-source", people=("ann", "bob")),
        Rule("third-party"),
    ]
    owners, _, _ = owners_by_rule(ROWS, rules, PATHS)
    assert owners.to_pylist() == ["own-time", "open-source", "open-source", "third-party"]


def test_rules_name_repositories_and_where_they_came_from():
    rule = Rule("own-time", repositories=("dotfiles-*",), remotes=("*/~ann/*",))
    assert rule.names_repository("dotfiles-vim", "/srv/~ann/vim")
    assert not rule.names_repository("dotfiles-vim", "/srv/team/vim")
    assert not rule.names_repository("vim", "/srv/~ann/vim")


def test_the_hour_of_a_commit_is_never_read():
    """Law 10: nights and weekends say nothing of whose work it is, and no rule can ask."""
    assert not {"hour", "hours", "weekday", "time", "times"} & set(Rule.__dataclass_fields__)
    rule = Rule("own-time", first=dt.date(2024, 6, 1), last=dt.date(2024, 6, 30))
    days = [f"2024-06-15T{hour:02d}:00:00" for hour in range(24)]
    rows = facts(*(("ann", "a@b", "in_force", None, day) for day in days))
    owners, _, _ = owners_by_rule(rows, [rule], [[]] * 24)
    assert set(owners.to_pylist()) == {"own-time"}


def test_declarations_of_own_time(tmp_path):
    file = tmp_path / "own_time.csv"
    file.write_text(
        "person,repository,path,from,until,note\n"
        "ann,tools,toys/**,2020-01-01,2020-12-31,agreed by letter\nbob,*,,,,\n"
    )
    one, two = read_own_time(file)
    assert one.evidence == "own_time.csv, line 2: agreed by letter"
    assert (one.owner, one.people, one.paths) == ("own-time", ("ann",), ("toys/**",))
    assert (two.paths, two.first, two.last) == ((), None, None)


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (",tools,,,,", "`person` is empty"),
        ("ann,,,,,", "`repository` is empty"),
        ("ann,tools,,01/02/2020,,", "not a date"),
        ("ann,tools,,2021-01-01,2020-01-01,", "is before"),
    ],
)
def test_a_wrong_declaration_is_told_with_its_line(tmp_path, row, error):
    file = tmp_path / "own_time.csv"
    file.write_text(f"person,repository,path,from,until,note\n{row}\n")
    with pytest.raises(ConfigError, match=f"csv:2.*{error}"):
        read_own_time(file)


A, B = "a" * 40, "b" * 40


def bylines(*rows):
    filled = [
        {
            "commit": commit, "name": person, "email": f"{person}@corp.example", "role": "author",
            "person": person, "population": "roster", "identity_evidence": "roster",
            "employment": "in_force", "authored": dt.datetime(2024, 1, 1, tzinfo=UTC),
            "authorship": "unknown", "authorship_evidence": [],
        }
        for commit, person in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(filled, schema=BYLINES)


def file_row(item, path):
    return {
        "item": item, "repository": "r", "path": path, "oid": "0" * 40, "swhid": "", "size": 1,
        "text": "x\ny\n", "lines": 2, "skip": None,
        "origins": [{"start": 1, "lines": 1, "commit": A}, {"start": 2, "lines": 1, "commit": B}],
    }  # fmt: skip


def label_row(item, path, **how):
    return {"item": item, "repository": "r", "path": path, "kind": "programming", "quality": [],
            **how}  # fmt: skip


def owners_of(rules=(), **labels):
    files = pa.Table.from_pylist(
        [file_row("own", "src/a.py"), file_row("toy", "toys/b.py"), file_row("dep", "deps/c.py")],
        schema=FILES,
    )
    about = pa.Table.from_pylist(
        [
            label_row("own", "src/a.py", **labels),
            label_row("toy", "toys/b.py"),
            label_row("dep", "deps/c.py", vendored="folder deps/"),
        ],
        schema=LABELS,
    )
    found = file_contributions(
        files, about, SPANS.empty_table(), bylines((A, "ann"), (B, "bob")),
        ownership=Ownership("r", "employer", None, None, tuple(rules)),
    )  # fmt: skip
    return {
        (row["item"], row["person"]): (row["owner"], row["owner_evidence"])
        for row in found.to_pylist()
    }


def test_contributions_carry_the_owner_and_its_evidence():
    found = owners_of(copied="copy of lib/x.c (MIT), 90% of its lines")
    assert found["own", "ann"] == ("third-party", "copy of lib/x.c (MIT), 90% of its lines")
    assert found["toy", "ann"] == ("employer", None)
    assert found["dep", "bob"] == ("third-party", "folder deps/")


def test_rules_divide_one_file_by_person_and_go_before_detectors_where_they_name_paths():
    rules = [
        Rule("own-time", people=("ann",), paths=("toys/**",), evidence="letter"),
        Rule("employer", paths=("deps/c.py",), evidence="we wrote it"),
        Rule("own-time", people=("bob",), evidence="all of bob's"),
    ]
    found = owners_of(rules)
    assert found["toy", "ann"] == ("own-time", "letter")
    assert found["toy", "bob"] == ("own-time", "all of bob's")
    assert found["dep", "bob"] == ("employer", "we wrote it")
    assert found["own", "ann"] == ("employer", None)
    only_person = owners_of(rules[2:])
    assert only_person["dep", "bob"] == ("third-party", "folder deps/"), "detectors go first"


def test_a_message_belongs_to_what_its_commit_changed():
    edits = pa.Table.from_pylist(
        [
            {"item": f"e-{path}", "repository": "r", "commit": commit, "parent": "0" * 40,
             "path": path, "old_oid": "1" * 40, "new_oid": "2" * 40, "before": "", "after": "x\n",
             "before_origins": [], "after_origins": [{"start": 1, "lines": 1, "commit": commit}]}
            for commit, path in ((A, "toys/a.py"), (A, "src/b.py"), (B, "src/c.py"))
        ],
        schema=EDITS,
    )  # fmt: skip
    moment = dt.datetime(2024, 1, 1, tzinfo=UTC)
    commits = [
        {name: "" for name in COMMITS.names if COMMITS.field(name).type == pa.string()}
        | {"repository": "r", "commit": commit, "message": "Do it\n", "parents": [], "changes": [],
           "trailers": [], "author_time": moment, "commit_time": moment}
        for commit in (A, B)
    ]  # fmt: skip
    labels = [label_row(row["item"], row["path"]) for row in edits.to_pylist()]
    found = edit_contributions(
        edits,
        pa.Table.from_pylist(labels, schema=LABELS),
        pa.Table.from_pylist(commits).select(["repository", "commit", "message"]),
        SPANS.empty_table(),
        bylines((A, "ann"), (B, "ann")),
        ownership=Ownership("r", "employer", None, None, (Rule("own-time", paths=("toys/",)),)),
    ).to_pylist()
    owners = {(row["class"], row["commit"], row["owner"]) for row in found}
    assert owners == {
        ("code", A, "own-time"), ("code", A, "employer"), ("code", B, "employer"),
        ("process", A, "own-time"), ("process", B, "employer"),
    }  # fmt: skip
