"""Copies of a third-party corpus are found, whatever was done to them, and nothing else is.

The corpus and the copies are made of files of the running Python's library.
"""

import os
import pickle
import random
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.corpus.copies import COPIES, SPAN_WORDS, copies_in_edits, copies_in_files, spans_in
from byline.corpus.fingerprints import RUN, WINDOW, runs_of, selected, words_of
from byline.corpus.label import label
from byline.corpus.third_party import third_party
from byline.errors import ConfigError, IntegrityError

LIBRARY = Path(os.__file__).parent
THEIRS_WORDS = """argparse ast bdb cgi cmd configparser csv dis doctest fractions ftplib gettext
gzip heapq imaplib inspect locale mailbox nntplib optparse pickle pprint random shelve shlex smtplib
statistics string tarfile textwrap timeit trace zipfile"""
OURS_WORDS = """calendar cProfile code codecs colorsys copy difflib fileinput getopt hmac html/parser
http/cookies json/encoder logging/config netrc numbers platform plistlib poplib profile
quopri sched selectors socketserver symtable tabnanny telnetlib types uuid wave webbrowser
xmlrpc/server"""
THEIRS, OURS = THEIRS_WORDS.split(), OURS_WORDS.split()  # none of ours takes code from theirs
MIT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software "
)


def text_of(name):
    return (LIBRARY / f"{name}.py").read_text(encoding="utf-8", errors="replace")


def present(names):
    paths = {name: LIBRARY / f"{name}.py" for name in names}
    return [name for name, path in paths.items() if path.is_file() and path.stat().st_size > 4000]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("corpus") / "thirdparty"
    for name in present(THEIRS):
        target = root / "pylib" / f"{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text_of(name), encoding="utf-8")
    (root / "pylib" / "LICENSE").write_text("SPDX-License-Identifier: PSF-2.0\n")
    return third_party([root], into=tmp_path_factory.mktemp("index"))


def reindented(text):
    return re.sub(r"(?m)^( +)", lambda found: "\t" * (len(found[1]) // 4), text)


def without_comments(text):
    header = "# Copyright 2026 Example GmbH\n# All rights reserved.\n\n"
    return header + re.sub(r"(?m)^\s*#.*\n", "", text)


def reformatted(text):
    """Quotes, spaces and blank lines changed; the words stay."""
    return re.sub(r"\n\n+", "\n", text.replace("'", '"').replace(" = ", "=").replace("(", "( "))


def edited(text, share=0.3):
    chance = random.Random(share)
    lines = text.splitlines(keepends=True)
    return "".join(
        f"new_{place} = changed(value_{place}, {place * 7})\n"
        if line.strip() and chance.random() < share
        else line
        for place, line in enumerate(lines)
    )


def lines_of(rows):
    return {
        line for row in rows for line in range(row["start"], row["start"] + row["lines"])
    }  # fmt: skip


def share(text, corpus):
    rows = list(spans_in(text, "src/copy.py", corpus=corpus))
    return len(lines_of(rows)) / text.count("\n"), rows


@pytest.mark.parametrize("change", [str, reindented, without_comments, reformatted])
def test_a_changed_copy_is_found_whole(corpus, change):
    for name in present(THEIRS):
        found, rows = share(change(text_of(name)), corpus)
        assert found > 0.8, name
        assert {row["source"] for row in rows} == {f"thirdparty/pylib/{name}.py"}, name
        assert all(row["source_licence"] for row in rows), name


def test_recall_with_three_lines_in_ten_rewritten(corpus):
    shares = sorted(share(edited(text_of(name)), corpus)[0] for name in present(THEIRS))
    assert shares[0] > 0, "every one is found"
    assert shares[len(shares) // 2] > 0.5


def test_precision_on_what_is_no_copy(corpus):
    lines = copied = 0
    for name in present(OURS):
        text = text_of(name)
        found, rows = share(text, corpus)
        assert found < 0.2, (name, rows)
        lines += text.count("\n")
        copied += len(lines_of(rows))
    assert copied < 0.01 * lines


def test_one_function_among_ones_own_lines_is_found_where_it_stands(corpus):
    theirs = text_of("textwrap").splitlines(keepends=True)[150:230]
    own = [f"result_{n} = compute_{n}(data[{n}], limit_{n})\n" for n in range(100)]
    [row] = spans_in("".join([*own, *theirs, *own]), "a/b.py", corpus=corpus)
    assert row["source"] == "thirdparty/pylib/textwrap.py"
    first, last = row["start"], row["start"] + row["lines"] - 1
    assert 101 <= first <= 105
    assert 176 <= last <= 180, "no own line is taken for a copied one"
    assert abs(row["source_start"] - (first - 100 + 150)) <= 1
    assert row["similarity"] > 0.99
    assert row["share"] < 0.5


def test_what_everybody_writes_is_no_copy(tmp_path):
    imports = "".join(f"from package_{n} import name_{n}, other_{n}\n" for n in range(80))
    notice = "".join(f"# {line}\n" for line in (MIT * 12).split(" to "))
    boilerplate = "def main():\n    parser = argparse.ArgumentParser()\n" * 2
    body = "\n".join(f"total_{n} = price_{n} * amount_{n} + tax_{n}" for n in range(60))
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.py").write_text(notice + imports + boilerplate + body)
    index = third_party([folder], into=tmp_path / "index")
    own = "\n".join(f"x_{n} = y_{n} - z_{n} / w_{n}" for n in range(60))
    assert not list(spans_in(notice + imports + boilerplate + own, "b.py", corpus=index))
    assert not list(spans_in(notice, "LICENSE", corpus=index))
    assert list(spans_in(body, "b.py", corpus=index))
    assert not list(spans_in("\n".join(body.split("\n")[: SPAN_WORDS // 5]), "b.py", corpus=index))


def test_a_licence_text_in_a_string_is_no_copied_work(tmp_path):
    words = (
        "Redistribution and use in source and binary forms are permitted provided that the "
        "above disclaimer is retained. There are no warranties and nobody is liable for damages "
        "of any kind arising in any way out of the use of this software even if advised of it. "
    )
    text = '"""' + words.replace(". ", ".\n").replace(" and ", "\nand ") + '"""\n'
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.py").write_text(text + "value = other(name)\n")
    index = third_party([folder], into=tmp_path / "index")
    assert not list(spans_in(text, "mine.py", corpus=index))


def test_what_stands_in_too_many_files_is_common(tmp_path):
    shared = "\n".join(f"shared_{n} = first_{n} + second_{n} * third_{n}" for n in range(40))
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(40):
        (folder / f"f{number}.py").write_text(f"{shared}\nown_{number} = {number}\n")
    index = third_party([folder], into=tmp_path / "many")
    assert not list(spans_in(shared, "mine.py", corpus=index))
    for number in range(20):
        (folder / f"f{number}.py").unlink()
    index = third_party([folder], into=tmp_path / "few")
    assert list(spans_in(shared, "mine.py", corpus=index))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=40, max_size=120), st.integers(0, 30), st.integers())
def test_winnowing_finds_every_shared_run_that_is_long_enough(numbers, before, seed):
    chance = random.Random(seed)
    run = [f"w{n}" for n in numbers[: RUN + WINDOW - 1 + chance.randrange(20)]]
    one = [*(f"a{n}" for n in range(before)), *run, "end_a"]
    other = [*(f"b{n}" for n in range(chance.randrange(30))), *run, "end_b"]
    marks = []
    for words in (one, other):
        read = words_of(" ".join(words), "x.py")
        runs = runs_of(read)
        marks.append({int(runs[place]) for place in selected(read, runs)})
    repetitive = min(
        len(set(run[place : place + RUN])) for place in range(len(run) - RUN + 1)
    )  # fmt: skip
    assert marks[0] & marks[1] or repetitive < 4


def test_comments_layout_and_imports_do_not_count():
    plain = "def f(a, b):\n    return a + b\n"
    same = "import os\n# why\ndef f( a,b ) :   # note\n\n\treturn (a\n\t\t+ b)\n"
    assert (words_of(plain, "x.py").hashes == words_of(same, "y.py").hashes).all()
    assert words_of(same, "y.py").lines.tolist() == [2, 2, 2, 2, 4, 4, 5]
    c = "/* Copyright\n someone */\nint f(void) { // x\n  return 'a'; }\n"
    assert (words_of(c, "x.c").hashes == words_of("int f(void){return 'a';}", "x.c").hashes).all()
    assert words_of("", "x.py").hashes.size == words_of("+++\n", "x").hashes.size == 0


def test_an_index_is_made_once_for_a_content(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.py").write_text(text_of("textwrap"))
    (folder / "link.py").symlink_to(LIBRARY / "ast.py")
    first = third_party([folder], into=tmp_path / "index")
    again = third_party([folder], into=tmp_path / "index")
    assert first.key == again.key
    assert first.files["path"].to_pylist() == ["corpus/a.py"]
    assert pickle.loads(pickle.dumps(first)).key == first.key
    (folder / "a.py").write_text(text_of("shlex"))
    changed = third_party([folder], into=tmp_path / "index")
    assert changed.key != first.key
    assert [path.name for path in (tmp_path / "index").iterdir()] == [changed.key]


def test_wrong_corpora_are_told(tmp_path):
    with pytest.raises(ConfigError, match="no folder"):
        third_party([tmp_path / "nothing"], into=tmp_path / "index")
    for place in ("a/lib", "b/lib"):
        (tmp_path / place).mkdir(parents=True)
    with pytest.raises(ConfigError, match="two folders"):
        third_party([tmp_path / "a/lib", tmp_path / "b/lib"], into=tmp_path / "index")
    empty = third_party([tmp_path / "a/lib"], into=tmp_path / "index")
    assert not list(spans_in(text_of("textwrap"), "a.py", corpus=empty))
    (empty.folder / "hashes.u64").unlink()
    broken = type(empty)(empty.folder, "other")
    with pytest.raises(IntegrityError, match="cannot be read"):
        list(spans_in(text_of("textwrap"), "a.py", corpus=broken))


def files(*texts):
    return pa.table(
        {
            "item": [f"i{n}" for n in range(len(texts))],
            "repository": ["r"] * len(texts),
            "path": [f"src/f{n}.py" for n in range(len(texts))],
            "text": pa.array(texts, pa.string()),
        }
    )


def test_findings_become_labels_with_their_evidence(corpus):
    own = "".join(f"result_{n} = compute_{n}(data[{n}])\n" for n in range(300))
    part = "".join(text_of("textwrap").splitlines(keepends=True)[150:230])
    table = files(reindented(text_of("shlex")), own + part, own, None)
    copies = copies_in_files(table, corpus=corpus)
    assert copies.schema == COPIES
    whole, partly, none, unread = label(table, copies).to_pylist()
    assert re.fullmatch(
        r"copy of thirdparty/pylib/shlex\.py \(PSF-2\.0\), \d+% of its lines", whole["copied"]
    )
    assert partly["copied"] is None
    [span] = partly["copied_lines"]
    assert 301 <= span["start"] <= 305
    assert (none["copied"], none["copied_lines"]) == (None, [])
    assert (unread["copied"], unread["copied_lines"]) == (None, [])
    assert [row["vendored"] for row in (whole, partly)] == [None, None]


def test_both_states_of_an_edit_are_searched(corpus):
    before, after = "x = 1\n", text_of("shlex")
    edits = pa.table(
        {
            "item": ["e"], "repository": ["r"], "path": ["a.py"],
            "before": [before], "after": [after],
        }
    )  # fmt: skip
    assert set(copies_in_edits(edits, corpus=corpus)["state"].to_pylist()) == {"after"}


def test_hostile_texts_cost_no_more_than_others(corpus):
    """Comments that never end, and one copied run over and over, end soon and in bounded memory."""
    for text in ("/* " * 200_000, "<!-- " * 150_000, "# " * 300_000, "\n" * 900_000):
        for path in ("a.c", "a.html", "a.py"):
            assert not list(spans_in(text, path, corpus=corpus))
    part = "".join(text_of("textwrap").splitlines(keepends=True)[150:210])
    rows = list(spans_in(part * 200, "a.py", corpus=corpus))
    assert rows
    assert all(row["source_lines"] > 0 for row in rows)
