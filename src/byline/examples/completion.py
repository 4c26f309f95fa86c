"""The `completion` recipe: stretches of files, half of them with a middle to fill in.

Sources: fill-in-the-middle after Bavarian et al. 2022 (arXiv 2207.14255), rendered with the tokens
and the rates of StarCoder2 (arXiv 2402.19173): a middle with probability .5, prefix-suffix-middle
and suffix-prefix-middle evenly. Middles prefer whole blocks, after Mellum (JetBrains 2025).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from byline.examples import pieces as parts
from byline.examples.allowed import Allowed, by_line, permissions
from byline.examples.candidate import CANDIDATES, candidate, example_id
from byline.examples.chance import fraction
from byline.examples.middle import choose_middle
from byline.examples.pieces import Piece
from byline.examples.redaction import Found, findings_by_text, redacted
from byline.work.identifiers import line_list, span_swhid
from byline.workspace.files import sha256_text

RECIPE = "completion"
VERSION = "2"
RENDER = ("fim", "1")


@dataclass(frozen=True)
class CompletionSettings:
    """Rates of the recipe; see the module for their sources."""

    seed: int = 17
    middle_rate: float = 0.5
    suffix_first_rate: float = 0.5
    repository_name_rate: float = 0.5

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return sha256_text(RECIPE, VERSION, repr(sorted(asdict(self).items())))


def completion(
    files: pa.Table,
    labels: pa.Table,
    findings: pa.Table,
    segments: pa.Table,
    contributions: pa.Table,
    decisions: pa.Table,
    *,
    settings: CompletionSettings,
    purposes: Sequence[str],
) -> pa.Table:
    """`CANDIDATES` from the segments of a bucket of files."""
    permitted = permissions(contributions, decisions)
    found = findings_by_text(findings)
    languages = {row["item"]: row["language"] for row in labels.to_pylist()}
    wanted: dict[str, list[dict[str, Any]]] = {}
    for row in segments.to_pylist():
        if row["reason"] is None:
            wanted.setdefault(row["item"], []).append(row)
    rows: list[dict[str, Any]] = []
    for file in files.to_pylist():
        if file["item"] in wanted:
            source = _File(
                row=file,
                lines=line_list(redacted(file, "text", found)),
                known=by_line(
                    file["item"], file["origins"], permitted, lines=file["lines"], side="file"
                ),
                path=_clean_path(file, found),
                language=languages.get(file["item"]) or "",
            )
            rows += [
                _example(source, segment, settings, purposes) for segment in wanted[file["item"]]
            ]
    rows.sort(key=lambda row: str(row["id"]))
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


@dataclass(frozen=True)
class _File:
    row: Mapping[str, Any]
    lines: Sequence[str]
    known: Sequence[Allowed]
    path: str
    language: str

    def pieces(self, start: int, end: int) -> list[Piece]:
        """The lines [start, end), counted from 0, as pieces that carry loss."""
        return [
            Piece(
                text=self.lines[place],
                contributor=next(iter(self.known[place].people), None),
                origin=self.known[place].origin,
                loss=1.0,
                people=self.known[place].people,
                clauses=self.known[place].clauses,
            )
            for place in range(start, end)
        ]


def _clean_path(file: Mapping[str, Any], found: Found) -> str:
    return redacted(file, "path", found)


def _example(
    source: _File,
    segment: Mapping[str, Any],
    settings: CompletionSettings,
    purposes: Sequence[str],
) -> dict[str, Any]:
    start = segment["start"] - 1
    end = start + segment["lines"]
    shown = start - segment["context"]
    body = source.pieces(start, end)
    latest = max(known.time for known in source.known[start:end])
    origin = {
        "system": "git",
        "repository": source.row["repository"],
        "oid": source.row["oid"],
        "swhid": span_swhid(
            source.row["oid"],
            path=source.path if source.path == source.row["path"] else None,  # else redacted
            lines=(start + 1, end),
        ),
        "path": source.path,
        "start": start + 1,
        "end": end,
        "time": latest,
    }
    identity = example_id(RECIPE, settings.digest, [origin])
    record: dict[str, Any] = {
        "repository": source.row["repository"],
        "path": source.path,
        "language": source.language,
        "start": start + 1,
        "end": end,
        "text": parts.joined(body),
        "context": "".join(source.lines[shown:start]),
        "middle": None,
    }
    before = parts.weighted(source.pieces(shown, start), 0.0)
    header = _header(source, identity, settings)
    teaches_middle = segment["split"] == "train" and (
        fraction(identity, settings.seed, "middle") < settings.middle_rate
    )
    middle = choose_middle(record["text"], identity, settings.seed) if teaches_middle else None
    if middle is not None:
        suffix_first = fraction(identity, settings.seed, "order") < settings.suffix_first_rate
        record["middle"] = {"start": middle[0], "end": middle[1], "suffix_first": suffix_first}
        body = fill_in_the_middle(body, middle, suffix_first=suffix_first)
    pieces = [header, *before, *body]
    return candidate(
        identity=identity,
        recipe=RECIPE,
        record=record,
        render=RENDER,
        pieces=pieces,
        prompt_pieces=None,
        sources=[origin],
        context=_context(source, segment),
        labels={"language": source.language} if source.language else {},
        split=segment["split"],
        split_keys={
            "repo": source.row["repository"],
            "group": source.row["item"],
            "time": latest,
            "dup": None,
        },
        decisions=[],
        purposes=purposes,
        transform=(RECIPE, VERSION, settings.digest),
        item=source.row["item"],
        first_line=start + 1,
        target=record["text"],
    )


def _header(source: _File, identity: str, settings: CompletionSettings) -> Piece:
    named = fraction(identity, settings.seed, "repository") < settings.repository_name_rate
    repository = f"<repo_name>{source.row['repository']}" if named else ""
    return Piece(f"{repository}<file_sep>{source.path}\n")


def _context(source: _File, segment: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not segment["context"]:
        return []
    return [{"path": source.path, "role": "preceding", "hindsight": False}]


def fill_in_the_middle(
    body: Sequence[Piece], middle: tuple[int, int], *, suffix_first: bool
) -> list[Piece]:
    """The pieces in the order of a fill-in-the-middle prompt, with its control tokens."""
    length = len(parts.joined(body))
    prefix = parts.cut(body, 0, middle[0])
    inner = parts.cut(body, *middle)
    suffix = parts.cut(body, middle[1], length)

    def token(name: str) -> Piece:
        return Piece(f"<fim_{name}>", loss=1.0)

    if suffix_first:
        return [
            token("prefix"), token("suffix"), *suffix, token("middle"), *prefix, *inner,
        ]  # fmt: skip
    return [token("prefix"), *prefix, token("suffix"), *suffix, token("middle"), *inner]
