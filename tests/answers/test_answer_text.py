import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from byline.answers.page import percent
from byline.answers.report import BANDS, band
from byline.answers.text import visible


def test_what_acts_on_the_screen_is_shown():
    assert visible("invoice\u202egpj.exe") == "invoice\\u202egpj.exe"
    assert visible("\x1b[31mred") == "\\x1b[31mred"
    assert visible("a\rb\x00") == "a\\x0db\\x00"
    assert visible("zero\u200bwidth\ufeff") == "zero\\u200bwidth\\ufeff"
    assert visible("tag\U000e0041") == "tag\\U000e0041"


def test_what_people_write_stays():
    text = "Tomasz Zieliński\t田中\n👩‍💻".replace("\u200d", "")
    assert visible(text) == text


@given(st.text(st.characters(codec=None)))
def test_no_hidden_character_is_left(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n"]
    assert not [
        c
        for c in shown
        if unicodedata.bidirectional(c)
        in ("RLO", "LRO", "RLE", "LRE", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    assert visible(shown) == shown


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_share_is_nought_or_all_only_when_it_is(part, whole):
    part = min(part, whole)
    shown = percent(part, whole)
    assert (shown == "0.0 %") == (part == 0)
    assert (shown == "100.0 %") == (part == whole)


@given(st.integers(0, 10_000))
def test_a_band_holds_its_number_and_hides_small_groups(people):
    words = band(people)
    if people == 0:
        assert words == "nobody"
    elif people < BANDS[0]:
        assert words == "fewer than 5"
    elif people >= BANDS[-1]:
        assert words == "1,000 or more"
    else:
        low, high = map(int, words.split("–"))
        assert low <= people <= high
        assert low in BANDS
