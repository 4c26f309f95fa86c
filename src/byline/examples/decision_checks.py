"""What keeps a record of a decision from teaching: templates, thin reasons, leaks of the answer."""

import re
from collections.abc import Mapping
from typing import Any, Final

from byline.work.documents.roles import words_of

PLACEHOLDER: Final = re.compile(
    r"\{[^{}\n]{0,200}(?:title|option|e\.g\.|describe|context|status|example|because|argument|…"
    r"|\.\.\.)[^{}\n]{0,200}\}"
    r"|\[(?:option \d|short title|title of|describe|insert|your|e\.g\.|todo"
    r"|placeholder)[^\]\n]{0,200}\]"
    r"|\blorem ipsum\b|\bshort title of (?:the )?(?:solved )?problem\b|<(?:insert|describe|your"
    r"|title)[^<>\n]{0,80}>"
    r"|\bthe issue motivating this decision\b|\bthe change that we'?re proposing\b"
    r"|\bwhat becomes easier or more difficult\b|\b(?:describe here|fill (?:this )?in)\b",
    re.IGNORECASE,
)
"""Words of the templates of MADR, adr-tools and RFCs that nobody filled in."""
BECAUSE: Final = re.compile(
    r"\b(?:because|since|due to|so that|in order to|as it|as they|to achieve|given that)\b",
    re.IGNORECASE,
)
MARKED: Final = re.compile(
    r"\b(?:chosen|selected|accepted|our choice|decided)\b|[✓✔☑✅]", re.IGNORECASE
)
REFERENCE: Final = re.compile(
    r"\b(?:ADR|RFC|PEP|KEP|decision(?: record)?)[\s#_-]{0,3}0*(\d{1,5})\b", re.IGNORECASE
)


def placeholders(text: str) -> int:
    """How many stretches are a template's own words."""
    return sum(1 for _ in PLACEHOLDER.finditer(text))


def reason_words(text: str) -> int:
    """How many words give the reason: those after the first "because", or all where none says."""
    match = BECAUSE.search(text)
    return len((text[match.end() :] if match else text).split())


def leaks(name: str, text: str) -> int:
    """How often the words of an option's name stand in a text, one after another."""
    sought = words_of(name)
    return f" {words_of(text)} ".count(f" {sought} ") if sought else 0


def marked(line: str) -> bool:
    """Whether an option in a list is marked as the chosen one."""
    return MARKED.search(line) is not None


def names_record(line: str, detail: Mapping[str, Any], path: str, title: str) -> bool:
    """Whether a line names a record: by number, by path or by its title."""
    number = detail.get("id")
    numbers = [int(match[1]) for match in REFERENCE.finditer(line[:4_000])]
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
    by_path = len(stem) > 3 and stem in line.lower()
    return (number is not None and number in numbers) or by_path or leaks(title, line) > 0


def overlap(answer: str, prompt: str, *, size: int = 5) -> float:
    """Share of the answer's runs of `size` words that the prompt holds, too."""
    runs = [_runs(text, size) for text in (answer, prompt)]
    return len(runs[0] & runs[1]) / len(runs[0]) if runs[0] else 0.0


def _runs(text: str, size: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[place : place + size]) for place in range(len(words) - size + 1)}
