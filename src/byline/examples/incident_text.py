"""What of a postmortem is not taught: blame of persons, machine output, names of machines.

A sentence that gives a person as the cause is dropped, whoever wrote it: what is to be learned is
how systems fail. Hosts, addresses, accounts and customers become typed placeholders. Stack traces
that are long, images and encoded blobs go (arXiv 2401.13810). Everything works on the clean text
with its pieces, so that every author's spans stay exact, and takes time linear in it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from byline.examples.mentions import WORDS, Names
from byline.examples.pieces import Piece, joined
from byline.examples.text_cuts import Cut, code_ranges, line_spans, with_cuts

PERSON: Final = (
    r"(?:@[\w.-]{1,60}|<(?:NAME|HANDLE|EMAIL|PERSON)>|user_\d+|\b(?:he|she)\b"
    r"|\b(?:the|an?|our|one)\s+(?:on-?call\s+|junior\s+|senior\s+|new\s+)?(?:engineer|developer"
    r"|operator|intern"
    r"|contractor|administrator|admin|dba|colleague|employee|manager|author|reviewer|sre|person"
    r"|individual)s?\b)"
)
FAILED: Final = (
    r"(?:forgot|forgets|failed\s+to|neglected|caused|causing|broke|mistakenly|accidentally"
    r"|inadvertently"
    r"|by\s+mistake|misconfigured|should\s+have|should\s+not\s+have|overlooked|ignored"
    r"|did\s+not\s+(?:check|test|notice|follow|read)"
    r"|didn'?t\s+(?:check|test|notice|follow|read)|careless\w*|negligen\w+|at\s+fault"
    r"|to\s+blame|deleted\s+the\s+wrong)"
)
BLAME: Final = re.compile(
    rf"{PERSON}[^.!?]{{0,120}}?\b{FAILED}\b|\b(?:caused|introduced|broken|triggered)\s+by\s+{PERSON}"
    rf"|\b(?:human\s+error|operator\s+error|user\s+error)\b|\b(?:his|her|their)\s+(?:mistake|fault|error|carelessness)\b"
    rf"|{PERSON}(?:'s)?\s+(?:mistake|fault|error|carelessness)\b",
    re.IGNORECASE,
)
SLIPPED: Final = (
    r"(?:forgot|neglected|overlooked|mistakenly|accidentally|inadvertently|by\s+mistake"
    r"|should\s+(?:not\s+)?have)"
)
"""What only people do: a service "failed to", but only a person "forgot to"."""
NAMED_BLAME: Final = re.compile(
    rf"\b[A-Z][a-zà-ÿ]+(?:\s+[A-Z][a-zà-ÿ]+)?\s+(?:had\s+|has\s+)?{SLIPPED}\b"
)
FAILURE: Final = re.compile(rf"\b{FAILED}\b", re.IGNORECASE)
WORD: Final = re.compile(r"[\w-]{3,60}")
NOT_NAMES_LISTED: Final = """
    this that it the which change deploy deployment release commit update job script service server
    retry cache query nobody everything something what there they we you
    """
NOT_NAMES: Final = frozenset(NOT_NAMES_LISTED.split())
SENTENCE_END: Final = re.compile(
    r"[.!?][\"')\]]{0,2}(?=\s)|\n(?=[ \t]{0,40}(?:(?:[-*+|]|\d{1,3}[.)])\s|\n))"
)
IMAGE: Final = re.compile(
    r"!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)|<img\b[^<>]{0,2000}>"
    r"|\bimage::?\S{1,300}\[[^\]\n]{0,300}\]"
)
BLOB: Final = re.compile(r"(?:data:[\w/+.-]{1,60};base64,)?[A-Za-z0-9+/]{120,}={0,2}")
TRACE: Final = re.compile(
    r"\s+at\s+\S+[(:]|\s*File \".{1,300}\", line \d+|\s*Traceback \(most recent|\s*\.{3} \d+ more"
    r"|\s*Caused by: |\s+\S+\.(?:go|rs|rb|c|cc|cpp):\d+|\s*#\d+\s+0x[0-9a-f]+|\s*goroutine \d+"
    r"|\s*from \S+:\d+:in "
)
IP: Final = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d"
    r"|1?\d?\d)(?::\d{1,5})?(?![\w.]*\d)"
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}(?::?[0-9a-fA-F]{1,4})(?![\w:])"
)
HOST: Final = re.compile(
    r"(?<![\w.@/-])(?:[A-Za-z0-9](?:[\w-]{0,61}[A-Za-z0-9])?\.){1,8}(?:internal|local|lan|corp"
    r"|intranet|localdomain|svc|prod"
    r"|staging|test|example|com|net|org|io|dev|cloud|eu|uk|de|fr|nl)(?::\d{1,5})?(?![\w-])(?!\.\w)"
    r"|(?<![\w.-])(?:web|db|app|api|node|host|srv|server|vm|mail|cache|redis|kafka|worker|lb"
    r"|proxy|gw|bastion|ip|pg|mysql"
    r"|k8s|build|runner)(?:-[a-z0-9]{1,20}){0,6}-?\d{1,4}(?:-\d{1,4}){0,4}(?![\w.-]*\w)",
)
ACCOUNT: Final = re.compile(
    r"(?<![\w-])(?:acct|cus|cust|usr|sub|org|tenant|ten)_[A-Za-z0-9]{6,64}(?!\w)"
    r"|(?<![\w.-])\d{12}(?![\w.-])"
    r"|(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-])"
    r"|(?<=account )#?\d{4,20}\b|(?<=account id )#?\d{3,20}\b|(?<=customer )#?\d{3,20}\b"
    r"|(?<=tenant )#?\d{3,20}\b"
    r"|(?<=user id )#?\d{3,20}\b|(?<=customer id )#?\d{3,20}\b",
    re.IGNORECASE,
)
CAUSE: Final = re.compile(
    r"\b(?:caused\s+by|root\s+cause|due\s+to|because|as\s+a\s+result\s+of|the\s+cause"
    r"|stemmed\s+from"
    r"|owing\s+to|traced\s+(?:back\s+)?to|turned\s+out)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Taken:
    """What was taken out or replaced, and what is left.

    Attributes:
        pieces: What is left.
        blame: Sentences dropped because a person is given as the cause.
        causes: Sentences dropped because they tell the cause where it is to be found.
        replaced: Placeholders.
        machine: Traces, images and blobs.
    """

    pieces: list[Piece]
    blame: int
    causes: int
    replaced: int
    machine: int


def taken(
    pieces: Sequence[Piece],
    names: Names,
    *,
    customers: Sequence[str],
    max_trace_lines: int,
    without_causes: bool = False,
) -> Taken:
    """Pieces without what is not taught.

    Args:
        pieces: Clean text with its authors.
        names: How people who are mentioned are called.
        customers: Names that become ``<CUSTOMER>``.
        max_trace_lines: A longer stack trace goes.
        without_causes: Also drop sentences that tell a cause.
    """
    text = joined(pieces)
    said = list(sentences(text))
    blame = [Cut(*span) for span in said if is_blame(text[slice(*span)], names.known)]
    causes = [Cut(*span) for span in said if without_causes and CAUSE.search(text[slice(*span)])]
    machine = [
        *_traces(text, max_trace_lines),
        *_matches(text, IMAGE, ""),
        *_matches(text, BLOB, "<BLOB>"),
    ]
    replaced = list(_placeholders(text, customers))
    cuts = [*blame, *causes, *machine, *replaced, *names.cuts(text, code_ranges(text))]
    return Taken(with_cuts(pieces, cuts), len(blame), len(causes), len(replaced), len(machine))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence or list item, its white space behind it included."""
    start = 0
    for match in SENTENCE_END.finditer(text):
        end = match.end()
        while end < len(text) and text[end] in " \t":
            end += 1
        if end > start:
            yield start, end
            start = end
    if start < len(text):
        yield start, len(text)


def is_blame(sentence: str, accounts: Collection[str] = ()) -> bool:
    """Whether a sentence gives a person as the cause."""
    text = " ".join(sentence[:4_000].split())
    if BLAME.search(text):
        return True
    named = NAMED_BLAME.search(text)
    if named and named[0].split()[0].lower() not in NOT_NAMES:
        return True
    if not FAILURE.search(text):
        return False
    words = {word.lower() for word in WORD.findall(text)}
    return any(word in accounts and word not in WORDS for word in words)


def _placeholders(text: str, customers: Sequence[str]) -> Iterator[Cut]:
    for pattern, word in ((IP, "<IP>"), (ACCOUNT, "<ACCOUNT>"), (HOST, "<HOST>")):
        yield from _matches(text, pattern, word)
    if customers:
        listed = "|".join(re.escape(one) for one in sorted(customers, key=len, reverse=True))
        yield from _matches(
            text, re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE), "<CUSTOMER>"
        )


def _matches(text: str, pattern: re.Pattern[str], word: str) -> Iterable[Cut]:
    return (Cut(one.start(), one.end(), word) for one in pattern.finditer(text))


def _traces(text: str, most: int) -> Iterator[Cut]:
    """Runs of more than `most` lines of a stack trace; a line of its source may stand between."""
    run: list[tuple[int, int]] = []
    gap = 0
    for span in [*line_spans(text), (len(text), len(text))]:
        if TRACE.match(text[span[0] : min(span[1], span[0] + 400)]):
            run.append(span)
            gap = 0
        elif run and gap == 0 and span[0] < len(text) and text[span[0]].isspace():
            run.append(span)
            gap = 1
        else:
            if len(run) > most:
                yield Cut(run[0][0], run[-1][1], "<STACK TRACE>\n")
            run, gap = [], 0
