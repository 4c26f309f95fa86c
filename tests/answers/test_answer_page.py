import re
from importlib import resources

import pytest
from page_reader import Page

from byline.answers.fates import fates, sentence_of
from byline.answers.page import render
from byline.release.account import INCLUDED
from byline.terms.reasons import REASONS

STYLE = (resources.files("byline.answers") / "templates" / "style.css.j2").read_text("utf-8")
TEXT = ("ink", "soft", "good", "bad", "link")
PLOTS = ("in", "terms", "other", "third", "fourth")


def palettes():
    found = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    ]
    light, dark, paper = found
    return [light, dark, paper]


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", palettes())
def test_colours_are_readable(palette):
    """WCAG 2.2: text 4.5 to 1 (1.4.3), parts of plots 3 to 1 (1.4.11)."""
    for ground in ("paper", "panel"):
        for name in TEXT:
            assert contrast(palette[name], palette[ground]) >= 4.5, (name, ground)
    for name in PLOTS:
        assert contrast(palette[name], palette["paper"]) >= 3, name


def test_a_stacked_bar_is_as_wide_as_its_parts():
    parts = [("a", 1, "c-in"), ("b", 2, "c-terms"), ("c", 0, "c-other")]
    page = Page(_plot('plots.stacked("x", "T", parts, 3, "lines")', parts=parts))
    widths = [float(v.rstrip("%")) for k, v in page.attributes if k == "width"]
    assert widths == pytest.approx([100, 100 / 3, 200 / 3], abs=1e-3)
    assert "a: 1 of 3 lines." in page.words


def test_columns_end_where_the_axis_is():
    groups = [(2020, {"a": 4, "b": 1}), (2021, {"a": 10})]
    kinds = [("a", "A", "c-in"), ("b", "B", "c-terms")]
    page = Page(
        _plot('plots.columns("x", "T", groups, kinds, "lines")', groups=groups, kinds=kinds)
    )
    boxes = [
        (float(y), float(h))
        for (name, y), (_, h) in zip(
            _of(page, "y", "rect"), _of(page, "height", "rect"), strict=True
        )
    ]
    assert [h for _, h in boxes] == pytest.approx([64, 16, 160], abs=1e-2)
    assert boxes[0][0] + boxes[0][1] == pytest.approx(190, abs=1e-2)
    assert boxes[1][0] + boxes[1][1] == pytest.approx(boxes[0][0], abs=1e-2)


def test_an_account_keeps_its_sums_and_says_every_reason():
    nested = {INCLUDED: {"a": 3, "b": 4}, "terms: objected": {"a": 2}, "too_short": {"b": 1}}
    found = fates(nested)
    assert [(f.code, f.count) for f in found] == [
        (INCLUDED, 7),
        ("terms: objected", 2),
        ("too_short", 1),
    ]
    assert [f.group for f in found] == ["included", "terms", "other"]
    for reason, sentence in REASONS.items():
        assert sentence_of(f"terms: {reason}") == sentence
    for code in ("quality: lines.mean", "message: too_short", "a_new_reason"):
        assert sentence_of(code).endswith(".")


def _plot(call, **values):
    import jinja2

    from byline.answers import page

    environment = page._environment()
    source = '{% import "plots.html.j2" as plots with context %}{{ ' + call + " }}"
    assert isinstance(environment, jinja2.Environment)
    return environment.from_string(source).render(**values)


def _of(page, attribute, _tag):
    rects = []
    for name, value in page.attributes:
        if name == "class":
            rects.append({})
        if rects:
            rects[-1][name] = value
    return [
        (r["class"], r[attribute]) for r in rects if r["class"].startswith("c-") and attribute in r
    ]


def test_a_missing_value_is_an_error_and_not_a_blank():
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        render("audit.html.j2", {})
