import ast
import io
import warnings

import betterleaks
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.errors import IntegrityError
from byline.sample.company import REPOSITORIES
from byline.sample.dice import Dice
from byline.sample.distinctive import distinctive_function, distinctive_lines
from byline.sample.fast_import import Recorder
from byline.sample.history import play
from byline.sample.modules import module_paths, module_source
from byline.sample.personal import iban, luhn
from byline.sample.plan import plan
from byline.sample.python_source import cut, versions
from byline.sample.secrets import secrets
from byline.sample.tree import (
    Piece,
    merged,
    object_id,
    renamed,
    tree_oid,
    whole,
    with_files,
    with_pieces,
    without_file,
)

MODULES = [name for name, _ in module_paths("dataflow")]


@pytest.mark.parametrize("module", MODULES[:12])
def test_the_pieces_of_a_module_are_the_module(module):
    source = module_source(module)
    sections = cut(source)
    assert "".join(section.text for section in sections) == source
    assert [section.key for section in sections] == sorted({section.key for section in sections})


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), module=st.sampled_from(MODULES))
def test_every_version_parses_and_the_last_is_the_module_s_own(seed, module):
    sections = cut(module_source(module))
    section = Dice(seed).pick(sections)
    history = versions(section, steps=3, dice=Dice(seed))
    assert history[-1].text == section.text
    assert len({version.text for version in history}) == len(history)
    assert all(version.subject for version in history[1:])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for version in history:
            indented = version.text.lstrip("\n")[:1].isspace()
            ast.parse(("if 1:\n" if indented else "") + version.text)


@given(digits=st.text("0123456789", min_size=8, max_size=18))
def test_check_digits_are_right(digits):
    number = luhn(digits)
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number))]
    assert sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
    account = iban("DE", digits)
    assert int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


@given(st.lists(st.tuples(st.integers(0, 50), st.binary(max_size=9)), max_size=12))
def test_pieces_stand_in_the_order_of_their_keys_whatever_the_order_of_arrival(rows):
    rows = list(dict(rows).items())
    one = two = {"a": whole("a", "")}
    for key, text in rows:
        one = with_pieces(one, "a", [Piece(key + 1, text)])
    for key, text in reversed(rows):
        two = with_pieces(two, "a", [Piece(key + 1, text)])
    assert one["a"].content == two["a"].content == b"".join(text for _, text in sorted(rows))


def test_a_merge_takes_both_sides_and_refuses_a_shared_file():
    base = with_files({}, [whole("a", "1"), whole("b", "1"), whole("c", "1")])
    ours = with_files(base, [whole("a", "2")])
    theirs = renamed(without_file(base, "c"), "b", "d")
    both = merged(base, ours, theirs)
    assert {file.path: file.content for file in both.values()} == {"a": b"2", "d": b"1"}
    with pytest.raises(IntegrityError, match="a"):
        merged(base, ours, with_files(base, [whole("a", "3")]))


def test_object_ids_are_git_s():
    assert object_id("blob", b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert tree_oid({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    with pytest.raises(IntegrityError):
        tree_oid(with_files({}, [whole("a", ""), whole("a/b", "")]))


def test_a_scanner_knows_at_least_twelve_kinds_of_the_credentials():
    known = {planted.kind for planted in secrets(7) if betterleaks.scan_string(planted.lines)}
    assert len(known) >= 12
    assert secrets(7) == secrets(7)
    assert {p.value for p in secrets(7)}.isdisjoint(p.value for p in secrets(8))


def test_distinctive_functions_are_python_and_share_no_line():
    texts = [distinctive_function(Dice(f"{n}")) for n in range(40)]
    lines = [line for text in texts for line in distinctive_lines(text)]
    assert len(lines) == len(set(lines))
    for text in texts:
        ast.parse(text)
        assert len(distinctive_lines(text)) >= 7


@pytest.mark.parametrize("seed", [1, 2])
def test_other_seeds_give_other_histories_that_keep_the_promises(seed):
    facts = REPOSITORIES[-1]
    made = plan(facts, seed=seed)
    head, named = play(made, Recorder(io.BytesIO()), seed=seed)
    times = [task.when for task in made.tasks]
    assert times == sorted(times)
    assert all(line.text.encode() in head.tree[line.identity].content for line in made.lines)
    for placement in made.placements:
        assert placement.task in named
        file = head.tree.get(placement.identity)
        stands = file is not None and placement.planted.value.encode() in file.content
        assert stands == (placement.where == "head")
    again, _ = play(plan(facts, seed=seed), Recorder(io.BytesIO()), seed=seed)
    other, _ = play(plan(facts, seed=seed + 100), Recorder(io.BytesIO()), seed=seed + 100)
    assert again.oid == head.oid != other.oid
