"""Pieces of runs of lines say what pieces of single lines say; scopes are those of the tree."""

import ast
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from byline.examples.allowed import Allowed
from byline.examples.completion_files import FileToTeach
from byline.examples.pieces import Piece, joined, people, spans
from byline.examples.scopes import scopes

TIME = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
KNOWN = st.builds(
    Allowed,
    st.none(),
    st.lists(st.sampled_from("abcd"), max_size=4, unique=True).map(tuple),
    st.sampled_from(["human", "ai"]),
    st.just(TIME),
    st.sampled_from([(), ("c1",), ("c1", "c2")]),
)
LINES = st.lists(st.tuples(st.text("xy é", max_size=9).map(lambda one: one + "\n"), KNOWN))


@given(LINES, st.data())
@settings(max_examples=200, deadline=None)
def test_runs_of_lines_are_told_as_single_lines_are(lines, data):
    texts, known = [text for text, _ in lines], [one for _, one in lines]
    file = FileToTeach({}, texts, known, "a.py", "Python", [])
    start = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(start, len(lines)))
    shown = data.draw(st.integers(0, start))
    found = [
        *file.pieces(shown, start, beside=(start, end)),
        *file.pieces(start, end, beside=(shown, start)),
    ]
    single = [
        Piece(text, next(iter(one.people), None), one.origin, 1.0, one.people, one.clauses)
        for text, one in lines[shown:end]
    ]
    assert joined(found) == joined(single)
    assert spans(found) == spans(single)
    assert people(found) == people(single)


SOURCE = """\
@decorated
class A:
    async def f(self, x=lambda: (1,
                                 2)):
        try:
            for one in x:
                pass
            else:
                y = [
                    1,
                ]
        except* ValueError:
            with a as b:
                return 1
        finally:
            while True:
                break
        match x:
            case 1:
                z = {
                    1: 1,
                }
            case _ if x:
                pass
"""


def test_scopes_are_every_statement_of_the_tree():
    lines = SOURCE.split("\n")
    wanted = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.stmt):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
            wanted.add((first - 1, node.end_lineno))
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body and not isinstance(node, ast.Module):
                wanted.add((body[0].lineno - 1, body[-1].end_lineno))
    found = scopes(SOURCE, "Python")
    assert found == sorted(one for one in wanted if any(map(str.strip, lines[one[0] : one[1]])))
