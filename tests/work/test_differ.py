"""The compiled library gives git's own hunks, on texts made to be ambiguous and on random ones."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from byline.errors import IntegrityError
from byline.work.git import texts
from byline.work.git.patch import PATCH, Comparer, hunks, scratch
from byline.work.git.texts import Copy, Entry, Text, changed_rows, copies
from simulators.repositories import repository

pytestmark = pytest.mark.skipif(not texts.available(), reason="there is no C compiler")
Pairs = list[tuple[bytes, bytes]]


def a_text(chance: random.Random) -> bytes:
    """Few kinds of lines, so that many differences are equally short."""
    kinds = chance.choice([2, 5, 30, 3000])
    lines = []
    for _ in range(chance.choice([0, 1, 2, 5, 20, 100, 600, 3000])):
        kind = chance.random()
        indent = chance.choice([b"", b"  ", b"\t", b"    ", b" \t "])
        end = chance.choice([b"", b"", b"\r", b" ", b"\x0c", b"\0"])
        if kind < 0.2:
            lines.append(b"")
        elif kind < 0.3:
            lines.append(b" " * chance.randrange(9) + b"}")
        else:
            lines.append(indent + b"x%d" % chance.randrange(kinds) + end)
    return b"\n".join(lines) + chance.choice([b"", b"\n", b"\n\n\n"])


def changed(chance: random.Random, text: bytes) -> bytes:
    """The text with lines removed, added, doubled, indented anew, and a part moved."""
    rate = chance.choice([0.01, 0.1, 0.3, 0.6])
    lines: list[bytes] = []
    for line in text.split(b"\n"):
        what = chance.random()
        if what < rate:
            continue
        if what < 2 * rate:
            lines.append(b"new%d" % chance.randrange(5))
        if what < 3 * rate:
            lines.append(b"  " + line)
        lines.append(line)
    if chance.random() < 0.3 and len(lines) > 10:
        start, end = sorted(chance.sample(range(len(lines)), 2))
        to = chance.randrange(len(lines))
        lines = lines[:to] + lines[start:end] + lines[to:]
    return b"\n".join(lines)


def random_pairs(seed: int) -> Pairs:
    chance = random.Random(seed)
    made = []
    for _ in range(150):
        one = a_text(chance)
        made.append((one, changed(chance, one) if chance.random() < 0.8 else a_text(chance)))
    return made


def small_pairs(seed: int) -> Pairs:
    """A few lines of a few kinds: groups of both texts slide, meet and pass each other."""
    chance = random.Random(1000 + seed)
    kinds = [b"a\n", b"b\n", b"\n", b"  c\n"]
    made = [
        (b"b\na\na\n  c\na\n", b"b\na\n  c\n  c\n  c\n"),
        (b"a\n\na\na\nb\nb\n\na\n", b"a\na\n\n\na\n"),
    ]
    for _ in range(2000):
        one = [chance.choice(kinds) for _ in range(chance.randrange(3, 10))]
        two = list(one)
        for _ in range(chance.randrange(1, 4)):
            start = chance.randrange(len(two) + 1)
            new = [chance.choice(kinds) for _ in range(chance.randrange(3))]
            two[start : start + chance.randrange(3)] = new
        made.append((b"".join(one), b"".join(two)))
    return made


def long_pairs(_: int) -> Pairs:
    """Large and unlike: git cuts its search short."""
    chance = random.Random(7)
    lines = [b"%d" % chance.randrange(900) for _ in range(9000)]
    other = [b"%d" % chance.randrange(900) for _ in range(9000)]
    mixed = [chance.choice(pair) for pair in zip(lines, other, strict=True)]
    runs = [line for start in range(0, 9000, 40) for line in (*lines[start : start + 30], b"=")]
    every = [b"\n".join(each) for each in (lines, other, mixed, runs)]
    return [(one, two) for one in every for two in every]


@pytest.mark.parametrize("ignore_space", [False, True])
@pytest.mark.parametrize(
    ("make", "seed"),
    [
        (random_pairs, 1),
        (random_pairs, 2),
        (random_pairs, 3),
        (long_pairs, 0),
        (small_pairs, 1),
        (small_pairs, 2),
    ],
)
def test_hunks_are_those_of_git(
    tmp_path, make: Callable[[int], Pairs], seed: int, ignore_space: bool
) -> None:
    made = repository(tmp_path / "r")
    pairs = make(seed)
    names = [f"{number}" for number in range(2 * len(pairs))]
    for name, text in zip(names, (text for pair in pairs for text in pair), strict=True):
        (made.path / name).write_bytes(text)
    listed = "".join(f"{name}\n" for name in names).encode()
    written = made.git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed)
    oids = written.decode().split()
    every = zip(oids[::2], oids[1::2], pairs, strict=True)
    found = {(one, two): pair for one, two, pair in every if one != two}
    space = ("--ignore-all-space",) if ignore_space else ()
    with scratch(made.directory) as place, Comparer(place, *PATCH, *space) as comparer:
        expected = hunks(place, comparer, found)
    for pair, (older, newer) in found.items():
        one = Text(older, ignore_space=ignore_space)
        two = Text(newer, ignore_space=ignore_space)
        again = Text(newer, ignore_space=ignore_space, like=one)
        back = Text(older, ignore_space=ignore_space, like=again)
        with one, two, again, back:
            assert np.array_equal(changed_rows(one, two), expected[pair].rows)
            assert np.array_equal(changed_rows(one, again), expected[pair].rows)
            assert np.array_equal(changed_rows(back, two), expected[pair].rows)


def test_texts_are_counted_and_closed():
    with Text(b"one\ntwo\nthree") as text:
        assert len(text) == 3
        assert text.weight(0, 3) == 12
    with Text(b"") as empty, Text(b"\n") as blank:
        assert (len(empty), len(blank)) == (0, 1)
        assert changed_rows(empty, blank).tolist() == [[0, 0, 0, 1]]
        assert changed_rows(blank, empty).tolist() == [[0, 1, 0, 0]]


def test_texts_opened_differently_are_not_compared():
    one, two = Text(b"a\n"), Text(b"a\n", ignore_space=True)
    with one, two, pytest.raises(IntegrityError, match="compared"):
        changed_rows(one, two)


def test_more_hunks_than_expected_are_all_given():
    one = b"".join(b"%d\n" % number for number in range(5000))
    two = b"".join(b"%d\n" % number for number in range(5000) if number % 2)
    with Text(one) as older, Text(two) as newer:
        rows = changed_rows(older, newer)
    assert len(rows) == 2500
    assert rows[:, 1].sum() == 2500


def test_the_heaviest_stretch_is_found_and_of_two_alike_the_later():
    line = b"a line with many letters in it\n"
    entry, far = Text(b"x\n" + line * 2 + b"y\n"), Text(line + b"z\n" + line * 2)
    near, other = Text(line), Text(b"nothing\n")
    with entry, far, near, other:
        found = copies([Entry(entry, 0, 4), Entry(entry, 3, 1)], [near, far, other], least=20)
        assert found == [Copy(1, 1, 2, 2), None]
        [first] = copies([Entry(entry, 1, 1)], [near, near], least=20)
        assert first == Copy(1, 0, 0, 1)
        assert copies([Entry(entry, 0, 4)], [], least=20) == [None]
