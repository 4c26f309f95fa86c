"""Pages of examples beside their sources: everything is text, nothing runs, nothing is lost."""

import datetime as dt
import json
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byline.answers.browse import EACH, sample, write_browser
from byline.release.source_texts import place_of

NOON = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOSTILE = "</pre></td><script>alert(1)</script><img src=x onerror='alert(2)'>{{ 7*7 }}&amp;"


def row(number: int = 1, *, text: str = HOSTILE, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ex_{number:032x}", "recipe": "decision", "split": "train",
        "render": {"name": "chat", "version": "1"}, "weight": 1.0, "text": None,
        "prompt": text, "completion": "Yes.", "messages": None, "chosen": None, "rejected": None,
        "spans": [
            {"start": 0, "end": len(text), "loss": 0.0, "contributor": None, "origin": "tool"},
            {"start": len(text), "end": len(text) + 4, "loss": 1.0, "contributor": "p1",
             "origin": "human"},
        ],
        "sources": [{"system": "github", "repository": text, "oid": "github:a/b#1/comment:1",
                     "swhid": "", "path": text, "start": 1, "end": 2, "time": NOON}],
        "people": [{"contributor": "p1", "role": "author", "share": 1.0, "decisions": ["c/1"]}],
        "labels": [{"name": text, "value": text}],
        "context": [{"path": text, "role": "edited", "hindsight": True}],
        "decisions": [{"rule": text, "value": 1.0, "limit": 2.0, "keep": True}],
        "record": json.dumps({"body": text}), **more,
    }  # fmt: skip


def pages(folder: Path, *rows: dict[str, Any], texts: bool = True) -> dict[str, str]:
    release = SimpleNamespace(
        id="rel_1",
        manifest={
            "recipes": {"decision": len(rows)},
            "account": {"units": {"included": {"decision": 1}, HOSTILE: {"decision": 2}}},
        },
    )
    known = {place_of(source): HOSTILE for one in rows for source in one["sources"]}
    index = write_browser(
        release, folder, rows={"decision": rows}, texts=known if texts else {}
    )  # fmt: skip
    assert index.name == "index.html"
    return {path.stem: path.read_text() for path in index.parent.glob("*.html")}


class Reader(HTMLParser):
    VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "wbr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs), attrs
        places = [value or "" for name, value in attrs if name in ("src", "href")]
        assert all(one.endswith(".html") or one.startswith("#") for one in places), places
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_shown_and_never_run(tmp_path: Path):
    for page in pages(tmp_path, row()).values():
        read = Reader(page)
        assert not {"script", "img", "iframe", "object"} & read.tags
        assert HOSTILE in read.text


def test_every_field_of_an_example_is_on_its_page(tmp_path: Path):
    page = pages(tmp_path, row())["decision"]
    text = Reader(page).text
    for word in ("ex_" + f"{1:032x}", "p1", "Yes.", "github:a/b#1/comment:1"):
        assert word in text
    assert "loss 1" in unescape(page)


def test_a_source_that_is_gone_is_said_to_be_gone(tmp_path: Path):
    assert "not found in this workspace" in pages(tmp_path, row(), texts=False)["decision"]


def test_the_index_tells_why_others_were_not_made(tmp_path: Path):
    index = Reader(pages(tmp_path, row())["index"])
    assert "decision" in index.text
    assert HOSTILE in index.text


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_any_text_comes_back_from_the_page(tmp_path_factory: pytest.TempPathFactory, text: str):
    page = pages(tmp_path_factory.mktemp("pages"), row(text=text))["decision"]
    assert text in Reader(page).text


def test_the_sample_is_the_first_by_id_whatever_the_order():
    def release(rows: list[dict[str, Any]]) -> Any:
        return SimpleNamespace(rows=lambda split: rows if split == "train" else [])

    rows = [{"id": f"ex_{(at * 7919) % 1000:032x}", "recipe": "decision"} for at in range(500)]
    one, two = sample(release(rows)), sample(release(rows[::-1]))
    assert one == two
    assert len(one["decision"]) == EACH
    assert one["decision"] == sorted(rows, key=lambda row: row["id"])[:EACH]
