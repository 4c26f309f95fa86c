"""The `completion` recipe: stretches of files, half of them with a middle to fill in.

Sources: fill-in-the-middle after Bavarian et al. 2022 (arXiv 2207.14255), rendered with the tokens
and the rates of StarCoder2 (arXiv 2402.19173): a middle with probability .5, prefix-suffix-middle
and suffix-prefix-middle evenly. Middles prefer whole scopes, after Mellum (JetBrains 2025).

With a `packing_rate`, a stretch is shown behind other files of its repository: what its file
imports, dependencies first, or any by hash (`byline.examples.repository_packing`). Only lines that
may train are shown so, without loss, and a middle is never cut across files. Files are those of the
same bucket, so a caller that wants imports found puts a repository into one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from byline.examples import pieces as parts
from byline.examples.allowed import known_lines, permissions
from byline.examples.candidate import CANDIDATES, candidate, example_id
from byline.examples.chance import fraction
from byline.examples.completion_files import (
    RECIPE,
    VERSION,
    CompletionSettings,
    FileToTeach,
    Packing,
)
from byline.examples.middle import choose_middle
from byline.examples.pieces import Piece
from byline.examples.redaction import Found, findings_by_text, redacted
from byline.work.identifiers import line_list, span_swhid

__all__ = ["RECIPE", "VERSION", "CompletionSettings", "completion"]
RENDER = ("fim", "1")


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
    held: Mapping[str, dt.datetime] | None = None,
) -> pa.Table:
    """`CANDIDATES` from the segments of a bucket of files; for `held` see `permissions`."""
    permitted = permissions(contributions, decisions, held=held)
    found = findings_by_text(findings)
    languages = dict(zip(labels["item"].to_pylist(), labels["language"].to_pylist(), strict=True))
    wanted: dict[str, list[dict[str, Any]]] = {}
    for row in segments.to_pylist():
        if row["reason"] is None:
            wanted.setdefault(row["item"], []).append(row)
    sources: list[FileToTeach] = []
    plain = files.drop_columns(["origins"]).to_pylist()
    for file, known in zip(plain, known_lines(files, permitted), strict=True):
        if file["item"] in wanted:
            source = FileToTeach(
                row=file,
                lines=line_list(redacted(file, "text", found)),
                known=known,
                path=_clean_path(file, found),
                language=languages.get(file["item"]) or "",
                segments=wanted[file["item"]],
            )
            sources.append(source)
    packed = Packing(sources, settings)
    rows = [
        _example(source, segment, packed, settings, purposes)
        for source in sources
        for segment in source.segments
    ]
    rows.sort(key=lambda row: str(row["id"]))
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


def _clean_path(file: Mapping[str, Any], found: Found) -> str:
    return redacted(file, "path", found)


def _example(
    source: FileToTeach,
    segment: Mapping[str, Any],
    packed: Packing,
    settings: CompletionSettings,
    purposes: Sequence[str],
) -> dict[str, Any]:
    start = segment["start"] - 1
    end = start + segment["lines"]
    shown = start - segment["context"]
    body = source.pieces(start, end, beside=(shown, start))
    latest = max({id(known): known.time for known in source.known[start:end]}.values())
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
    before = parts.weighted(source.pieces(shown, start, beside=(start, end)), 0.0)
    others = packed.before(source, identity)
    header = _header(source, others, identity, settings)
    teaches_middle = segment["split"] == "train" and (
        fraction(identity, settings.seed, "middle") < settings.middle_rate
    )
    middle = (
        choose_middle(
            record["text"], identity, settings.seed, language=source.language,
            limits=settings.middles,
        )
        if teaches_middle
        else None
    )  # fmt: skip
    if middle is not None:
        suffix_first = fraction(identity, settings.seed, "order") < settings.suffix_first_rate
        record["middle"] = {"start": middle[0], "end": middle[1], "suffix_first": suffix_first}
        body = fill_in_the_middle(body, middle, suffix_first=suffix_first)
    pieces = [*header, *before, *body]
    return candidate(
        identity=identity,
        recipe=RECIPE,
        record=record,
        render=RENDER,
        pieces=pieces,
        prompt_pieces=None,
        sources=[origin],
        context=[*_packed_context(others), *_context(source, segment)],
        labels={"language": source.language} if source.language else {},
        split=segment["split"],
        split_keys={
            "repo": source.row["repository"],
            # Lines of one file go by the time they were written: a stretch is a group of its own.
            "group": f"{source.row['item']}:{start + 1}",
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


def _header(
    source: FileToTeach, others: Sequence[FileToTeach], identity: str, settings: CompletionSettings
) -> list[Piece]:
    named = fraction(identity, settings.seed, "repository") < settings.repository_name_rate
    repository = f"<repo_name>{source.row['repository']}" if named else ""
    own = Piece(f"{'' if others else repository}<file_sep>{source.path}\n")
    if not others:
        return [own]
    shown = [piece for other in others for piece in other.packed()]
    return [Piece(repository), *shown, own] if repository else [*shown, own]


def _packed_context(others: Sequence[FileToTeach]) -> list[dict[str, Any]]:
    return [{"path": one.path, "role": "neighbour", "hindsight": False} for one in others]


def _context(source: FileToTeach, segment: Mapping[str, Any]) -> list[dict[str, Any]]:
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
