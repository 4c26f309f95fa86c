"""Documents as exports: folders, Word files and Confluence, with whoever is recorded."""

import datetime as dt
import io
import json
import zipfile

import document_texts as written
import pytest

from byline.work.documents.exports import read_documents
from byline.work.items import Source

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:creator>Ada Quay'
    "</dc:creator><cp:lastModifiedBy>{}</cp:lastModifiedBy><dcterms:created>2024-02-01T08:00:00Z"
    "</dcterms:created><dcterms:modified>2024-02-03T08:00:00Z</dcterms:modified></cp:coreProperties>"
)

BY_ADA = CORE.format("Ada Quay")


def source(path, **fields):
    return Source("wiki", "documents", path, **fields)


def run(text):
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(content, style=""):
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{kind}{content}</w:p>"


def inserted(author, content):
    return f'<w:ins w:id="1" w:author="{author}" w:date="2024-02-02T09:00:00Z">{content}</w:ins>'


def word(path, *paragraphs, core=BY_ADA, head="", extra=()):
    body = f'{head}<w:document xmlns:w="{WORD}"><w:body>{"".join(paragraphs)}</w:body></w:document>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", body)
        if core:
            archive.writestr("docProps/core.xml", core)
        for name, data in extra:
            archive.writestr(name, data)


RECORD = (
    paragraph(run("Use signed manifests"), "Title"),
    paragraph(run("Status"), "Heading2"), paragraph(run("Accepted")),
    paragraph(run("Context"), "Heading2"), paragraph(run("Manifests change on the way.")),
    paragraph(run("Decision"), "Heading2"), paragraph(run("We will sign them.")),
)  # fmt: skip


def test_a_word_file_by_one_person(tmp_path):
    word(tmp_path / "adr-4 manifests.docx", *RECORD)
    [reading] = read_documents(source(tmp_path))
    assert (reading.kind, reading.state) == ("decision", "accepted")
    assert reading.key == "doc:wiki:adr-4 manifests.docx"
    assert {part.name for part in reading.parts} == {"Ada Quay"}
    assert reading.opened == dt.datetime(2024, 2, 1, 8, tzinfo=dt.UTC)
    assert reading.parts[-1].text.startswith("## Decision\n\nWe will sign them.")


def test_somebody_else_saved_it_so_nobody_is_known(tmp_path):
    word(tmp_path / "adr.docx", *RECORD, core=CORE.format("Bo Reef"))
    [reading] = read_documents(source(tmp_path))
    assert {part.name for part in reading.parts} == {None}


def test_tracked_changes_name_their_author(tmp_path):
    own = (
        paragraph(inserted("Bo Reef", run("Consequences")), "Heading2"),
        paragraph(inserted("Bo Reef", run("Agents need keys."))),
        paragraph(run("Costs"), "Heading2"),
        paragraph(run("A key costs ") + inserted("Bo Reef", run("ten marks."))),
        paragraph("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>" + run("kept")),
    )
    word(tmp_path / "adr.docx", *RECORD, *own)
    [reading] = read_documents(source(tmp_path))
    by = {part.text.split("\n")[0]: part for part in reading.parts}
    assert by["## Decision"].name == "Ada Quay"
    assert by["## Consequences"].name == "Bo Reef"
    assert by["## Consequences"].time == dt.datetime(2024, 2, 2, 9, tzinfo=dt.UTC)
    assert by["## Costs"].name is None, "two people wrote one paragraph"
    assert "gone" not in by["## Costs"].text
    assert "kept" in by["## Costs"].text


def test_text_that_looks_like_markup_stays_text(tmp_path):
    word(tmp_path / "a.docx", paragraph(run("A"), "Heading1"), paragraph(run("# no heading")))
    [reading] = read_documents(source(tmp_path))
    assert len(reading.parts) == 1


HOSTILE = {
    "entities": ("<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>", "hostile"),
    "external": ("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>", "hostile"),
    "outside": ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "hostile"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_xml_that_asks_for_more_is_refused(tmp_path, name):
    head, reason = HOSTILE[name]
    word(tmp_path / "a.docx", paragraph(run("x")), head=head)
    [reading] = read_documents(source(tmp_path))
    assert [one.reason for one in reading.problems] == [reason]


def test_bombs_and_ruins_end_in_problems_and_the_rest_goes_on(tmp_path):
    word(tmp_path / "bomb.docx", paragraph(run("a" * 3_000_000)))
    word(tmp_path / "deep.docx", "<w:sdt>" * 400 + "</w:sdt>" * 400)
    word(tmp_path / "many.docx", paragraph(run("a")), extra=[(f"x{n}", "") for n in range(5_001)])
    word(tmp_path / "torn.docx", "<w:p>")
    with zipfile.ZipFile(tmp_path / "none.docx", "w") as archive:
        archive.writestr("x", "y")
    (tmp_path / "not.docx").write_bytes(b"PK\x03\x04 no archive")
    (tmp_path / "latin.md").write_bytes(b"# \xe9t\xe9\n")
    (tmp_path / "nul.md").write_bytes(b"# a\0b\n")
    (tmp_path / "good.md").write_text("# Fine\n\nStill read.\n")
    (tmp_path / "link.md").symlink_to("/etc/passwd")
    found = list(read_documents(source(tmp_path, max_bytes=1 << 20)))
    reasons = {one.file: problem.reason for one in found for problem in one.problems}
    assert reasons == {
        "bomb.docx": "too_large", "deep.docx": "too_deep", "many.docx": "too_large",
        "torn.docx": "malformed", "none.docx": "malformed", "not.docx": "malformed",
        "latin.md": "not_utf8", "nul.md": "binary", "link.md": "symlink",
    }  # fmt: skip
    assert [one.file for one in found if one.key] == ["good.md"]


def test_half_a_word_file_is_a_problem(tmp_path):
    whole = io.BytesIO()
    word(whole, *RECORD)
    for size in range(0, len(whole.getvalue()), 97):
        (tmp_path / "a.docx").write_bytes(whole.getvalue()[:size])
        [reading] = read_documents(source(tmp_path))
        assert not reading.key
        assert len(reading.problems) == 1


def page(identity, title, body, **fields):
    user = {"accountId": "712:ada", "displayName": "Ada Quay"}
    return {
        "id": identity, "title": title, "space": {"key": "HARBOUR"},
        "ancestors": [{"title": "Decisions"}], "body": {"storage": {"value": body}},
        "history": {"createdBy": user, "createdDate": "2024-03-01T10:00:00.000Z"},
        "version": {"number": 1, "by": user, "when": "2024-03-01T10:00:00.000Z"}, **fields,
    }  # fmt: skip


BODY = (
    "<h2>Status</h2><p>Accepted</p><h2>Context</h2><p>Berths &amp; tides.</p><h2>Decision</h2>"
    '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[if a < b:\n    go()]]>'
    "</ac:plain-text-body></ac:structured-macro><p>We will use <b>one</b> table.</p>"
)


def test_confluence_pages_of_a_rest_answer(tmp_path):
    other = {"accountId": "712:bo", "displayName": "Bo Reef"}
    edited = page("12", "Edited", BODY, version={"number": 4, "by": other, "when": "2024-04-01"})
    answer = {"results": [page("11", "One table", BODY), edited], "size": 2}
    (tmp_path / "pages.json").write_text(json.dumps(answer))
    first, second = read_documents(source(tmp_path))
    assert (first.kind, first.key, first.file) == ("decision", "doc:wiki:11", "pages.json")
    assert {part.account for part in first.parts} == {"712:ada"}
    assert {part.account for part in second.parts} == {None}
    assert first.opened == dt.datetime(2024, 3, 1, 10, tzinfo=dt.UTC)
    told = first.parts[-1].text
    assert "```\nif a < b:\n    go()\n```" in told
    assert "We will use one table." in told
    assert "Berths & tides." in first.parts[2].text


def test_confluence_html_export(tmp_path):
    head = ('<div class="page-metadata">Created by <span class="author"> Ada Quay</span>, last'
            ' modified {}on Mar 01, 2024</div>')  # fmt: skip
    both = head.format('by <span class="editor"> Bo Reef</span> ')
    for name, metadata in (("one.html", head.format("")), ("two.html", both)):
        (tmp_path / name).write_text(
            f"<html><body>{metadata}<h1>A page</h1><p>Hi.</p></body></html>"
        )
    first, second = read_documents(source(tmp_path))
    assert {part.name for part in first.parts} == {"Ada Quay"}
    assert {part.name for part in second.parts} == {None}
    assert first.opened == dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


def test_json_that_is_no_page_is_counted(tmp_path):
    (tmp_path / "a.json").write_text('{"tables": 1}')
    (tmp_path / "b.json").write_text('{"results": [')
    reasons = [
        problem.reason for one in read_documents(source(tmp_path)) for problem in one.problems
    ]
    assert reasons == ["no_page", "truncated"]


def test_text_files_have_no_author(tmp_path):
    (tmp_path / "postmortems").mkdir()
    (tmp_path / "postmortems" / "spring.md").write_text(written.POSTMORTEM)
    [reading] = read_documents(source(tmp_path))
    assert reading.kind == "incident"
    assert reading.opened is None
    assert all(part.account is part.name is part.origins is None for part in reading.parts)
