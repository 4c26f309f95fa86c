"""A decision record or design document as structure: which lines say what, and nothing of them.

`detail_of` gives the superset of MADR that recipes read. Its keys:

``format``            madr | nygard | y-statement | rfc | other
``markup``            how it is written
``id``                the number of its file name, or None
``title``             reference
``status``            None where none is recorded
``date``              ISO date, or None
``deciders``          references
``summary``, ``context``, ``drivers``, ``goals``, ``outcome``, ``justification``,
``confirmation``, ``status_lines``  lists of references
``options``           ``{"name", "text", "pros", "cons"}``: reference, and lists of references
``chosen``            index of the chosen option, or None where the outcome names none for certain
``consequences``      ``{"all", "good", "bad"}``: lists of references
``statement``         reference to a Y-statement, or None
``supersedes``, ``superseded_by``  keys
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from byline.work.documents.blocks import (
    BULLET,
    Passage,
    Reference,
    arguments,
    bullets,
    fields,
    whole,
)
from byline.work.documents.roles import plain, words_of
from byline.work.documents.status import date_in, state_in
from byline.work.documents.y_statement import clauses

CHOSEN: Final = re.compile(
    r"\b(?:chosen|selected|preferred)\s+(?:option|solution|alternative)\b", re.IGNORECASE
)
DECIDED: Final = re.compile(
    r"\b(?:we|i)\s+(?:will|have|shall|are\s+going\s+to)?\s*(?:decided?|chose|choose|use|adopt"
    r"|go|select|picked)\b",
    re.IGNORECASE,
)
OPTION_LABEL: Final = re.compile(
    r"^(?:option|alternative|solution|proposal)?\s*(?:[0-9]{1,2}|[a-z])?\s*[:.)–—-]\s+",
    re.IGNORECASE,
)
NAME_END: Final = re.compile(r"\s+(?:[–—]|-{1,3})\s+|:\s|,?\s+because\b|\.\s|\s\(")
SEARCHED: Final = 40  # lines of an outcome in which the choice is sought


def option_name(line: str) -> str:
    """The name of an option: the bullet's or heading's first words, without marks and reasons."""
    bare = plain(BULLET.sub("", line[:400].rstrip(), count=1).lstrip("#= ")).strip("[] ")
    bare = OPTION_LABEL.sub("", bare, count=1)
    return NAME_END.split(bare, maxsplit=1)[0].strip(" .:;,\"'“”")


def detail_of(passages: Sequence[Passage], markup: str) -> dict[str, Any]:
    """The structure of one record; see the module for its keys."""
    refs = {name: _all(passages, name) for name in (
        "summary", "context", "drivers", "goals", "outcome", "justification", "confirmation",
    )}  # fmt: skip
    known = _fields(passages)
    options = _options(passages)
    statement = _statement(passages)
    detail: dict[str, Any] = {
        "markup": markup,
        "title": _title(passages, known),
        "status": _status(passages, known),
        "date": date_in(known["date"][1]) if "date" in known else _date(passages),
        "deciders": _deciders(passages, known),
        **refs,
        "status_lines": _all(passages, "status"),
        "options": options,
        "chosen": _chosen(passages, options),
        "consequences": _consequences(passages),
        "statement": statement,
    }
    detail["format"] = _format(passages, detail)
    return detail


def _all(passages: Sequence[Passage], role: str) -> list[Reference]:
    return [one for passage in passages if passage.role == role for one in whole(passage)]


def _title(
    passages: Sequence[Passage], known: Mapping[str, tuple[Passage, str, int]]
) -> Reference | None:
    if "title" in known and ("pep" in known or passages[0].section.level == 0):
        passage, _, number = known["title"]
        return passage.refer(number, number)
    first = next((one for one in passages if one.section.level), None)
    if first is None:
        return None
    return first.refer(first.section.start, max(first.section.start, first.section.body - 1))


def _fields(passages: Sequence[Passage]) -> dict[str, tuple[Passage, str, int]]:
    """``Name: value`` lines of the front matter and of what stands before the first own section."""
    found: dict[str, tuple[Passage, str, int]] = {}
    for passage in passages[:3]:
        if passage.section.level > 1 or (passage.role and passage.section.level):
            break
        for name, (number, value) in fields(passage.text_lines).items():
            found.setdefault(name, (passage, value, number))
    return found


def _status(
    passages: Sequence[Passage], known: Mapping[str, tuple[Passage, str, int]]
) -> str | None:
    if "status" in known:
        return state_in(known["status"][1])
    states = [
        state_in(line)
        for passage in passages
        if passage.role == "status"
        for _, line in passage.text_lines
        if line.strip()
    ]
    named = [state for state in states if state is not None]
    # adr-tools leaves "Accepted" above "Superceded by …": the record is superseded.
    return (
        "superseded" if "superseded" in named and _superseded(passages) else next(iter(named), None)
    )


def _superseded(passages: Sequence[Passage]) -> bool:
    lines = [line.lower() for p in passages if p.role == "status" for _, line in p.text_lines]
    return any(re.search(r"super[sc]eded|replaced by", line) for line in lines)


def _date(passages: Sequence[Passage]) -> str | None:
    dated = [date_in(line) for p in passages if p.role == "date" for _, line in p.text_lines]
    return next((one for one in dated if one is not None), None)


def _deciders(
    passages: Sequence[Passage], known: Mapping[str, tuple[Passage, str, int]]
) -> list[Reference]:
    names = ("deciders", "decision makers", "decision maker", "author", "authors", "approvers")
    found = [known[name] for name in names if name in known]
    return [p.refer(number, number) for p, _, number in found] + _all(passages, "deciders")


def _options(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """Listed options, with the sections that speak of each; else the sections alone."""
    listed = [_listed(passage, span) for passage in passages if passage.role == "options"
              for span in bullets(passage)]  # fmt: skip
    headed = [_headed(passage, passages) for passage in _option_sections(passages)]
    if not listed:
        return [option for _, option in headed]
    by_name = dict(listed)
    for name, option in headed:
        match = next(
            (one for one in by_name if one and name and (one in name or name in one)), None
        )
        if match is None and not any(passage.role == "pros_cons" for passage in passages):
            by_name[name] = option
        elif match is not None:
            for key in ("text", "pros", "cons"):
                by_name[match][key] += option[key]
    return list(by_name.values())


def _listed(passage: Passage, span: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    line = dict(passage.text_lines)[span[0]]
    option = {"name": passage.refer(span[0], span[0]), "text": [passage.refer(*span)],
              "pros": [], "cons": []}  # fmt: skip
    return words_of(option_name(line)), option


def _option_sections(passages: Sequence[Passage]) -> list[Passage]:
    """The sections one level below "Pros and Cons of the Options" or "Considered Options"."""
    found: list[Passage] = []
    below: int | None = None
    for passage in passages:
        level = passage.section.level
        if passage.role in ("options", "pros_cons"):
            below = level
        elif below is not None and level <= below:
            below = None
        elif below is not None and level == below + 1 and passage.role is None:
            found.append(passage)
    return found


def _headed(passage: Passage, passages: Sequence[Passage]) -> tuple[str, dict[str, Any]]:
    parts = [passage]
    for later in passages[passages.index(passage) + 1 :]:
        if later.section.level <= passage.section.level:
            break
        parts.append(later)
    good: list[Reference] = []
    bad: list[Reference] = []
    for part in parts:
        pros, cons = arguments(part)
        good += [part.refer(*span) for span in pros] or (whole(part) if part.role == "good" else [])
        bad += [part.refer(*span) for span in cons] or (whole(part) if part.role == "bad" else [])
    heading = passage.refer(passage.section.start, passage.section.start)
    texts = [one for part in parts for one in whole(part)]
    option = {"name": heading, "text": texts, "pros": good, "cons": bad}
    return words_of(option_name(passage.section.name)), option


def _chosen(passages: Sequence[Passage], options: Sequence[Mapping[str, Any]]) -> int | None:
    """The option that the outcome names; None where it names none, or several, for certain."""
    by_native = {passage.native: passage for passage in passages}
    names = [words_of(option_name(_line(by_native, option["name"]))) for option in options]
    lines = [line for p in passages if p.role == "outcome" for _, line in p.text_lines][:SEARCHED]
    stated = [line for line in lines if CHOSEN.search(line[:1_000])]
    decided = stated or [line for line in lines if DECIDED.search(line[:1_000])] or lines[:5]
    for line in decided:
        named = f" {words_of(_first_clause(line[:1_000]))} "
        hits = [place for place, name in enumerate(names) if name and f" {name} " in named]
        longest = [place for place in hits if not any(
            other != place and names[place] in names[other] for other in hits
        )]  # fmt: skip
        if len(longest) == 1:
            return longest[0]
    return None


def _first_clause(line: str) -> str:
    """What stands before the reason: a reason may name the options that were not taken."""
    return re.split(r"\b(?:because|since|over|instead of|rather than|and not)\b", line, maxsplit=1)[
        0
    ]


def _line(by_native: Mapping[str, Passage], reference: Reference) -> str:
    return by_native[str(reference["part"])].lines[int(reference["start"]) - 1]


def _consequences(passages: Sequence[Passage]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {"all": [], "good": [], "bad": []}
    inside: int | None = None  # inside the pros and cons of options nothing is a consequence
    for passage in passages:
        if inside is not None and passage.section.level > inside:
            continue
        inside = passage.section.level if passage.role in ("options", "pros_cons") else None
        if passage.role in ("good", "bad"):
            found[passage.role] += whole(passage)
            found["all"] += whole(passage)
        elif passage.role == "consequences":
            good, bad = arguments(passage)
            found["good"] += [passage.refer(*span) for span in good]
            found["bad"] += [passage.refer(*span) for span in bad]
            found["all"] += whole(passage)
    return found


def _statement(passages: Sequence[Passage]) -> Reference | None:
    for passage in passages:
        numbered = passage.text_lines
        text = "".join(line for _, line in numbered)
        spans = clauses(text)
        if spans is not None:
            first = text.count("\n", 0, spans["context"][0])
            last = text.count("\n", 0, max(end for _, end in spans.values()) - 1)
            start = passage.section.body
            return passage.refer(start + first, min(start + last, passage.section.end))
    return None


def _format(passages: Sequence[Passage], detail: Mapping[str, Any]) -> str:
    names = {words_of(passage.section.name) for passage in passages}
    if "decision outcome" in names or "considered options" in names:
        return "madr"
    if {"context", "decision"} <= names:
        return "nygard"
    if detail["statement"] is not None:
        return "y-statement"
    return "rfc" if {"summary", "motivation", "proposal", "abstract"} & names else "other"
