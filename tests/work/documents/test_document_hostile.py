"""Documents that want to exhaust, mislead or run: all end in passages or counted problems."""

from document_tables import file, read
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.work.documents.markup import plain_lines, plain_text, tokens
from byline.work.documents.reading import passages_of
from byline.work.documents.sections import TooManySectionsError, sections_of
from byline.work.documents.y_statement import clauses
from byline.work.identifiers import line_list

PIECES = st.sampled_from(
    ["# A\n", "## Context\n", "```\n", "~~~~\n", "---\n", "===\n", "====\n", "Title\n", "* x\n",
     "| a | b |\n", "|---|\n", "<!--\n", "-->\n", "<h1>a</h1>", "<h2>", "</h2>\n", "<script>\n",
     "</script>", "<![CDATA[", "]]>", "&#10;", "&lt;", "<EMAIL>", "\n", " ", "\u202eRTL\n",
     "12:30 x\n", "Status: accepted\n", "Superseded by 3\n", "\t- y\n", "\u2028", "\r\n", "= B\n"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(TEXTS, st.sampled_from(["markdown", "restructuredtext", "asciidoc", "html"]))
def test_sections_partition_the_lines(text, markup):
    lines = line_list(text)
    found = sections_of(lines, markup)
    place = 0
    for section in found:
        assert section.start == place + 1 <= section.end
        assert section.start <= section.body <= section.end + 1
        place = section.end
    assert place == len(lines)
    passages_of(lines, markup)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(TEXTS)
def test_html_as_people_see_it_has_the_same_lines(text):
    lines = line_list(text)
    seen = plain_lines(lines)
    assert len(seen) == len(lines)
    assert all("\n" not in line[:-1] for line in seen)
    assert "".join(text[one.start : one.end] for one in tokens(text)) == text
    plain_text(text)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.tuples(PIECES, TEXTS), max_size=6), st.sampled_from(["adr/1.md", "rca/2.html"]))
def test_any_file_is_read(pairs, path):
    text = "".join(head + body for head, body in pairs)
    for reading in read(file(path, text), every_document=True):
        assert "".join(part.text for part in reading.parts) == text
        for part in reading.parts:
            assert sum(run["lines"] for run in part.origins) == len(line_list(part.text))


def test_a_hundred_thousand_headings_are_a_counted_problem():
    text = "# Decision\n" * 100_000
    [reading] = read(file("docs/adr/1-many.md", text))
    assert [one.reason for one in reading.problems] == ["too_many_sections"]
    assert not reading.key
    for markup, line in (("restructuredtext", "Aa\n==\n\n"), ("html", "<h1>a</h1>\n")):
        try:
            sections_of(line_list(line * 100_000), markup)
        except TooManySectionsError:
            continue
        raise AssertionError(markup)


def test_what_takes_others_quadratic_time():
    """Each of these would run for hours in a scanner that goes back; the suite's limit is minutes."""
    for piece in ("<!--", "<![CDATA[", "<?", "<!", "<a ", "<", "&", "<script>", "</", "<h1>"):
        text = piece * (60_000 // len(piece))
        assert "".join(text[one.start : one.end] for one in tokens(text)) == text
        plain_text(text)
        plain_lines([text])
    for piece in ("#", "- ", "`", "[a](", "in the context of facing ", "1.", "a/", "AB-1 ", "0a"):
        line = piece * (60_000 // len(piece))
        passages_of([line + "\n"] * 3, "markdown")
        short = (piece * (3_000 // len(piece)) + "\n") * 10
        read(file("docs/adr/1.md", f"# A\n\n## Context\n\n{line}\n\n## Decision\n\n{short}\n"))
        clauses(line)


def test_hidden_text_of_html_is_not_shown():
    text = "<p>a</p><script>steal()</script><style>p{}</style><!-- no -->\n<b>c</b>\n"
    assert "".join(plain_lines(line_list(text))).split() == ["a", "c"]
    assert plain_text(text).split() == ["a", "c"]
    kept = plain_lines(["<p>write to <EMAIL> with <SECRET></p>\n"])
    assert kept == ["write to <EMAIL> with <SECRET>\n"], "what redaction wrote is no tag"


def test_files_that_cannot_be_read_are_left_alone():
    large = file("docs/adr/1.md", "# A\n", size=1 << 30)
    [reading] = read(large)
    assert [one.reason for one in reading.problems] == ["too_large"]
    assert read({**file("docs/adr/1.md", ""), "text": None, "skip": "binary"}) == []


def test_links_never_leave_the_repository():
    text = ("# 1. A\n\n## Status\n\nSuperseded by [2](../../../etc/passwd), [3](/etc/passwd),"
            " [4](file:///etc/passwd), [5](https://evil.example/0002-b.md)\n\n## Context\n\nx\n\n"
            "## Decision\n\ny\n\n## Consequences\n\nz\n")  # fmt: skip
    [reading] = read(file("docs/adr/0001-a.md", text))
    assert reading.detail["superseded_by"] == []
