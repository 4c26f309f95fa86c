"""A small organisation with a register of notices, an agreement on each basis, and two people."""

import datetime as dt
import hashlib
from pathlib import Path

from byline.people.roster import Employment, Person
from byline.terms.agreed import Terms
from byline.terms.agreement_files import read_agreements
from byline.terms.events import BasisEvent
from byline.terms.notice_register import NoticeRegister, read_notice_register
from byline.terms.notices import Notice

AS_OF = dt.date(2025, 6, 1)
WORDS = {"1.en": "We may train.", "2.en": "We train tools on code.", "2.de": "Wir lernen."}

CONTROLLER = """
[controller]
name = "Harbour Systems SE"
address = "Am Kai 1, 20457 Hamburg"
contact = "privacy@harbour.example"
country = "DE"
withdraw_at = "https://harbour.example/byline/say"
rights_at = "https://harbour.example/byline/rights"
storage_locations = ["DE"]
retention = "P3Y"
processing_locations = ["DE"]
location_rule = "Stored and processed in Germany only."

[controller.authority]
name = "Der Hamburgische Beauftragte"
address = "Ludwig-Erhard-Str. 22, 20459 Hamburg"
contact = "mailbox@authority.example"
"""

AGREEMENT = """
[agreement]
id = "policy"
title = "Policy on training"
kind = "policy"
version = "1"
effective = 2024-01-01

[[clause]]
id = "policy/interest"
effect = "permit"
text = "Code is used to train tools."
classes = ["code"]
purposes = ["assist_others", "repair"]
basis = "legitimate_interest"
needs_notice = "ai-training"
notice_version = "2"

[[clause]]
id = "policy/consent"
effect = "permit"
text = "Design is used where the author agrees."
classes = ["design"]
purposes = ["assist_others"]
basis = "consent"
needs_notice = "ai-training"
notice_version = "2"
"""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def register_text() -> str:
    return f"""{CONTROLLER}
[[notice]]
id = "ai-training"
version = "1"
effective = 2024-01-01
classes = ["code"]
purposes = ["assist_others"]
[notice.texts]
en = {{ file = "1.en", sha256 = "{sha256(WORDS["1.en"])}" }}

[[notice]]
id = "ai-training"
version = "2"
effective = 2025-01-01
supersedes = "1"
classes = ["code", "design"]
purposes = ["assist_others", "repair"]
sources = ["git"]
[notice.texts]
en = {{ file = "2.en", sha256 = "{sha256(WORDS["2.en"])}" }}
de = {{ file = "2.de", sha256 = "{sha256(WORDS["2.de"])}" }}
"""


def write_register(folder: Path, text: str | None = None) -> Path:
    for name, words in WORDS.items():
        (folder / name).write_text(words, encoding="utf-8")
    path = folder / "register.toml"
    path.write_text(register_text() if text is None else text, encoding="utf-8")
    return path


def register(folder: Path) -> NoticeRegister:
    return read_notice_register(write_register(folder))


def agreements(folder: Path, text: str = AGREEMENT):
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return read_agreements([path])


def employee(identity: str, **known: str) -> Person:
    employment = Employment(
        worker_type="employee", country=known.get("country", "DE"), unit=known.get("unit", "dev"),
        start=dt.date(2020, 1, 1), end=None, band=known.get("band", ""),
    )  # fmt: skip
    return Person(identity, identity, (f"{identity}@h.example",), (employment,))


def served(person: str = "ada", *, version: str = "2", day: str = "2025-02-01", **more) -> Notice:
    given = {"channel": "e-mail", "language": "de", **more}
    day_of = dt.date.fromisoformat(day)
    return Notice(notice="ai-training", version=version, person=person, served=day_of, **given)


def said(kind: str, day: str = "2025-03-01", **more) -> BasisEvent:
    at = dt.datetime.fromisoformat(f"{day}T09:30:00+00:00")
    return BasisEvent(id=f"{kind} {day}", person="ada", at=at, kind=kind, **more)


def terms(folder: Path, *events: BasisEvent, notices: tuple[Notice, ...] | None = None) -> Terms:
    rows = (served(),) if notices is None else notices
    return Terms(agreements=agreements(folder), notices=rows, events=events)
