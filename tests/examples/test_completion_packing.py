"""Middles that are whole scopes, and other files of a repository shown before a stretch."""

import json

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from material_of import REPOSITORY, START, commit_of, oid

from byline.corpus.contributions import CONTRIBUTIONS
from byline.corpus.schema import LABELS
from byline.corpus.split import Cuts
from byline.examples.completion import CompletionSettings, completion
from byline.examples.middle import LIMITS, choose_middle
from byline.examples.repository_packing import imported, neighbours, topological
from byline.examples.scopes import scopes
from byline.examples.segments import SegmentLimits, segments
from byline.privacy.schema import FINDINGS
from byline.terms.schema import DECISIONS
from byline.work.identifiers import line_list
from byline.work.schema import FILES

PYTHON = '''import os

VALUES = {
    "a": 1,
    "b": 2,
}


class Ledger:
    """Keeps sums."""

    def add(self, amount):
        if amount < 0:
            raise ValueError(amount)
        else:
            self.total += amount
        return self.total
'''
SCRIPT = """function add(amount) {
  if (amount < 0) {
    throw new Error(amount);
  }
  return amount;
}
"""


def texts(text, language):
    lines = line_list(text)
    return {"".join(lines[start:end]) for start, end in scopes(text, language)}


def test_scopes_are_statements_of_python_and_closed_blocks_elsewhere():
    found = texts(PYTHON, "Python")
    branch = "".join(line_list(PYTHON)[12:16])
    assert branch.startswith("        if amount < 0:\n")
    assert branch in found
    assert 'VALUES = {\n    "a": 1,\n    "b": 2,\n}\n' in found
    assert SCRIPT in texts(SCRIPT, "JavaScript")
    assert "  if (amount < 0) {\n    throw new Error(amount);\n  }\n" in texts(SCRIPT, "JavaScript")
    inner = "".join(line_list(PYTHON)[11:17])
    assert texts(inner, "Python"), "a method alone, indented, has a tree too"
    assert texts("    x = [\n        1,\n    ]\n  )\n", "Python"), "no tree: by indentation"


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(alphabet="ab(){}:[]\n \t\"'#\\\r\f=,\0", max_size=120), st.booleans())
def test_scopes_of_any_text_are_lines_of_it(text, python):
    count = len(line_list(text))
    for start, end in scopes(text, "Python" if python else "C"):
        assert 0 <= start < end <= count


def test_middles_keep_their_sizes_and_leave_something_before():
    text = PYTHON + "\n\n" + "".join(
        f"def number_{n}(x):\n    y = x + {n}\n    for z in range(y):\n        print(z, y)\n    return y\n\n\n"
        for n in range(30)
    )  # fmt: skip
    whole = 0
    for number in range(200):
        found = choose_middle(text, f"ex_{number}", 17, language="Python")
        if found is None:  # a run of blank lines teaches nothing
            continue
        start, end = found
        assert start >= LIMITS.before
        assert end - start <= 1000
        scope = text[start:end]
        if scope in texts(text, "Python") and start >= 200 and len(scope) >= 50:
            whole += 1
    assert 70 <= whole <= 150, "about half are scopes"


FILES_OF = {
    "app/ledger.py": "from app.sums import add\nfrom . import rates\nimport os\n",
    "app/sums.py": "import app.rates\n",
    "app/rates.py": "RATE = 1\n",
    "app/__init__.py": "",
    "web/main.ts": "import {a} from './parts/a';\nconst b = require(\"../app/x\");\n",
    "web/parts/a.ts": "export const a = 1;\n",
    "core/x.h": "int x;\n",
    "core/x.c": '#include "x.h"\n',
}


def test_imports_name_files_of_the_repository():
    def names(path, language):
        return imported(path, FILES_OF[path], language, FILES_OF.keys())

    assert names("app/ledger.py", "Python") == ["app/__init__.py", "app/sums.py"] or names(
        "app/ledger.py", "Python"
    ) == ["app/sums.py"]
    assert names("app/sums.py", "Python") == ["app/rates.py"]
    assert names("web/main.ts", "TypeScript") == ["web/parts/a.ts"]
    assert names("core/x.c", "C") == ["core/x.h"]
    assert (
        imported("a.py", "import ../../etc/passwd\nfrom .... import x\n", "Python", {"x.py"}) == []
    )


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"))))
def test_dependencies_come_first_and_cycles_end(graph):
    order = topological(graph)
    assert sorted(order) == sorted(graph)
    for path in graph:
        for one in (one for one in graph[path] if one in graph):
            back, pending = set(), [one]
            while pending:
                step = pending.pop()
                if step in graph and step not in back:
                    back.add(step)
                    pending += graph[step]
            if path not in back:
                assert order.index(one) < order.index(path)
    sizes = dict.fromkeys(graph, 10)
    for path in graph:
        for by_imports in (True, False):
            found = neighbours(path, graph, sizes, order, identity="ex", seed=1,
                               by_imports=by_imports, characters=25)  # fmt: skip
            assert path not in found
            assert len(found) <= 2
    assert topological(dict(reversed(graph.items()))) == order


def world(excluded=()):
    """Two files, one importing the other, with everything that the recipe reads."""
    bodies = {
        "app/sums.py": "".join(f"def add_{n}(x):\n    return x + {n}\n\n\n" for n in range(6)),
        "app/main.py": "from app.sums import add_1\n\n\n" + "".join(
            f"def run_{n}(x):\n    return add_1(x) * {n}\n\n\n" for n in range(6)),
    }  # fmt: skip
    rows = [
        {"item": f"file_{path}", "repository": REPOSITORY, "path": path, "oid": oid(path),
         "swhid": "", "size": len(text), "text": text, "lines": text.count("\n"), "skip": None,
         "origins": [{"start": 1, "lines": text.count("\n"),
                      "commit": commit_of("ben" if "sums" in path else "ann")}]}
        for path, text in bodies.items()
    ]  # fmt: skip
    files = pa.Table.from_pylist(rows, schema=FILES)
    labels = pa.Table.from_pylist(
        [{"item": row["item"], "repository": REPOSITORY, "path": row["path"],
          "language": "Python", "kind": "programming", "quality": []} for row in rows],
        schema=LABELS,
    )  # fmt: skip
    contributions, decisions = [], []
    for row in rows:
        who = "ben" if "sums" in row["path"] else "ann"
        name = f"c_{row['path']}"
        contributions.append(
            {"contribution": name, "item": row["item"], "class": "code", "repository": REPOSITORY,
             "owner": "employer", "person": f"p-{who}", "population": "roster",
             "employment": "in_force", "authored": START, "authorship": "human",
             "lines": row["lines"], "commit": commit_of(who), "role": "author"}
        )  # fmt: skip
        out = "excluded" if who in excluded else "identified"
        decisions.append(
            {"contribution": name, "purpose": "assist_others", "outcome": out,
             "reason": "objected" if who in excluded else "permitted", "clauses": [], "missing": []}
        )  # fmt: skip
    decided = (pa.Table.from_pylist(contributions, schema=CONTRIBUTIONS),
               pa.Table.from_pylist(decisions, schema=DECISIONS))  # fmt: skip
    cuts = Cuts(None, None, "all train")
    parts = segments(files, labels, *decided, cuts=cuts, limits=SegmentLimits())
    return files, labels, FINDINGS.empty_table(), parts, *decided


def made(packing, excluded=()):
    config = CompletionSettings(packing_rate=packing, imports_rate=1.0, middle_rate=0.0)
    table = completion(*world(excluded), settings=config, purposes=["assist_others"])
    return {json.loads(row["record"])["path"]: row for row in table.to_pylist()}


def test_what_a_file_imports_is_shown_before_it_without_loss():
    plain, packed = made(0.0), made(1.0)
    assert "add_3" not in plain["app/main.py"]["text"]
    row = packed["app/main.py"]
    text = row["text"]
    assert text.index("<file_sep>app/sums.py\n") < text.index("<file_sep>app/main.py\n")
    lost = "".join(text[one["start"] : one["end"]] for one in row["spans"] if one["loss"] == 0)
    assert "def add_3(x):" in lost
    assert {one["contributor"]: one["role"] for one in row["people"]} == {
        "p-ann": "author", "p-ben": "context",
    }  # fmt: skip
    assert row["context"] == [{"path": "app/sums.py", "role": "neighbour", "hindsight": False}]
    assert packed["app/sums.py"]["text"] == plain["app/sums.py"]["text"]


def test_an_excluded_persons_file_is_never_a_neighbour():
    found = made(1.0, excluded=["ben"])
    assert found.keys() == {"app/main.py"}
    assert "add_3" not in found["app/main.py"]["text"]
