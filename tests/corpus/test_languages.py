import pytest

from byline.corpus.languages import BY_NAME, language_of


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("a/b.py", "Python", "programming"),
        ("a/b.PY", "Python", "programming"),
        ("x.tsx", "TypeScript", "programming"),
        ("x.h", "C", "programming"),
        ("Dockerfile", "Dockerfile", "programming"),
        ("deploy/Dockerfile.prod", "Dockerfile", "programming"),
        ("Makefile", "Makefile", "programming"),
        ("CMakeLists.txt", "CMake", "programming"),
        ("notes.txt", "Text", "prose"),
        ("README", "Text", "prose"),
        ("README.md", "Markdown", "prose"),
        ("pyproject.toml", "TOML", "data"),
        ("a.json", "JSON", "data"),
        (".github/workflows/ci.yml", "YAML", "data"),
        ("site/index.html", "HTML", "markup"),
        (".gitignore", "Ignore List", "data"),
        ("pkg/BUILD", "Starlark", "programming"),
    ],
)
def test_names_and_suffixes(path, name, kind):
    found = language_of(path)
    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("#!/bin/sh", "Shell"),
        ("#!/usr/bin/env python3", "Python"),
        ("#! /usr/bin/env -S python3.11 -u", "Python"),
        ("#!/usr/bin/env node", "JavaScript"),
        ("#!/usr/bin/perl -w", "Perl"),
    ],
)
def test_first_line(line, name):
    assert language_of("bin/tool", line + "\nx").name == name


def test_what_nothing_says_is_unknown():
    assert language_of("bin/tool") is None
    assert language_of("bin/tool", "print(1)") is None
    assert language_of("tool.qqq", "#!/opt/strange\n") is None
    assert language_of("py") is None


def test_the_table_is_broad():
    assert len(BY_NAME) >= 80
