import pickle

import pytest

from byline.privacy.names import KnownPerson, NameMatcher

PEOPLE = (
    KnownPerson("p1", ("Ann Marie Bauer",), ("ann.bauer@harbour.example",), ("abauer",)),
    KnownPerson("p2", ("Mark Olsen", "Mark T. Olsen"), ("mark@harbour.example",), ()),
    KnownPerson("p3", ("Łukasz Groß",), ("lukasz.gross@harbour.example",), ("LGross",)),
    KnownPerson("p4", ("李 小龍",), (), ()),
    KnownPerson("p5", (), (), ()),
)
MATCHER = NameMatcher(PEOPLE)


def kinds(text):
    return [(one.kind, text[one.start : one.end]) for one in MATCHER.find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("# written by Ann Marie Bauer in May", "name", "Ann Marie Bauer"),
        ("thanks, ANN BAUER!", "name", "ANN BAUER"),
        ("see A. Bauer's note", "name", "A. Bauer"),
        ("Bauer, Ann: minutes", "name", "Bauer, Ann"),
        ("ŁUKASZ GROSS wrote", "name", "ŁUKASZ GROSS"),
        ("ß und Łukasz Groß", "name", "Łukasz Groß"),
        ("由李 小龍", "name", None),
        ("mail Ann.Bauer@Harbour.Example.", "email", "Ann.Bauer@Harbour.Example"),
        ("cc @abauer please", "handle", "abauer"),
        ("ping @lgross", "handle", "lgross"),
        ("@ann.bauer can look", "name", "ann.bauer"),
        ("TODO(mark): fix", "name", "mark"),
        ("FIXME (Ann) later", "name", "Ann"),
        ("@author Mark", "name", "Mark"),
        ("Author: Ann", "name", "Ann"),
        ("ask Mark about it", "name", "Mark"),
        ("Reviewed-by: Mark", "name", "Mark"),
    ],
)
def test_known_people_are_found(text, kind, value):
    found = kinds(text)
    if value is None:
        assert found == []
    else:
        assert (kind, value) in found


@pytest.mark.parametrize(
    "text",
    [
        "mark = 5",
        "def mark_done(ann): ...",
        "benchmark olsen_twins",
        "MarkOlsens",
        "Anna Bauerling",
        "abauer = 1",
        "annotation.ann",
        "bookmark.olsen",
        "xmark@harbour.example.org",
        "mark@harbour.example.com",
    ],
)
def test_words_of_code_are_not_people(text):
    assert kinds(text) == []


def test_matcher_survives_pickling():
    copy = pickle.loads(pickle.dumps(MATCHER))
    text = "ask Mark and Ann Marie Bauer"
    assert copy.find(text) == MATCHER.find(text)
    assert copy.people == MATCHER.people


def test_nobody_known_finds_nobody():
    assert NameMatcher([]).find("Ann Marie Bauer") == []
    assert NameMatcher([KnownPerson("p")]).find("x") == []
    assert MATCHER.find("") == []


def test_order_of_people_does_not_matter():
    text = "Mark Olsen, A. Bauer, @lgross, ask Ann, mark@harbour.example"
    assert NameMatcher(PEOPLE[::-1]).find(text) == MATCHER.find(text)
