"""Labels of files: language, licence, whose they are, generated and quality, a row for each file.

Whose a file is, is judged by its marks (`vendored`: the repository's claims, its path, the holder
that its copyright lines name) and by its text (`copied`: at least `MOSTLY` of its lines with words
stand in the third-party corpus). Both carry what says so. Copied lines of other files are listed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from byline.corpus.attributes import Attributes, read_attributes
from byline.corpus.declarations import Declarations, read_declarations
from byline.corpus.generated import generated
from byline.corpus.holders import foreign_holder, holders_of
from byline.corpus.languages import language_of
from byline.corpus.licences import FileLicence, file_licence
from byline.corpus.quality import quality
from byline.corpus.schema import LABELS
from byline.corpus.vendored import vendored
from byline.errors import InputError

NEEDED = ("item", "repository", "path", "text")
MOSTLY: Final = 0.5
"""Share of a file's lines with words that are copies, from which the whole file is third-party."""


def label(
    files: pa.Table,
    copies: pa.Table | None = None,
    *,
    attributes: Mapping[str, str] | Sequence[str] = (),
    documents: Mapping[str, str] | None = None,
    holders: Sequence[str] = (),
) -> pa.Table:
    """What the detectors think of each file.

    Args:
        files: Files of one repository with the columns ``item``, ``repository``, ``path`` and
            ``text`` (null where the file was not collected: then only its path is judged), and
            optionally ``skip``.
        copies: Their `COPIES`, where there is a third-party corpus.
        attributes: The repository's ``.gitattributes``: path to text, or the texts of root ones.
        documents: Its documents that declare licences and holders, path to text.
        holders: How the organisation's own copyright lines name it.

    Returns:
        One row for each row of `files`, in the same order (schema `LABELS`). A file of a language
        that nothing tells has a null language and counts as data.

    Raises:
        InputError: A column is missing.
    """
    for column in NEEDED:
        if column not in files.column_names:
            raise InputError(f"the table of files has no column {column!r}")
    claims = _claims(attributes)
    declared = read_declarations(documents or {})
    paths, texts = files["path"].to_pylist(), files["text"].to_pylist()
    pairs = list(zip(paths, texts, strict=True))
    languages = [language_of(path, text) for path, text in pairs]
    names = [one.name if one else None for one in languages]
    kinds = [one.kind if one else "data" for one in languages]
    licences = [
        _licence(text, path, kind, declared)
        for (path, text), kind in zip(pairs, kinds, strict=True)
    ]
    copied = _copied(copies)
    found = [copied.get(item, _NOTHING) for item in files["item"].to_pylist()]
    return pa.table(
        {
            "item": files["item"],
            "repository": files["repository"],
            "path": files["path"],
            "language": names,
            "kind": kinds,
            "licence": [one.expression if one else None for one in licences],
            "licence_evidence": [one.evidence if one else None for one in licences],
            "generated": [generated(path, text, attributes=claims) for path, text in pairs],
            "vendored": [
                "a git submodule" if skip == "submodule"
                else vendored(path, attributes=claims) or _foreign(text, path, declared, holders)
                for (path, text), skip in zip(pairs, _skips(files), strict=True)
            ],
            "copied": [_evidence(rows) for rows in found],
            "copied_lines": [_lines(rows) for rows in found],
            "copied_before": pa.nulls(len(found), LABELS.field("copied_before").type),
            "quality": quality(files["text"], kinds=kinds, languages=names),
        },
        schema=LABELS,
    )  # fmt: skip


def _skips(files: pa.Table) -> list[str | None]:
    if "skip" in files.column_names:
        return list(files["skip"].to_pylist())
    return [None] * files.num_rows


def _licence(text: str | None, path: str, kind: str, declared: Declarations) -> FileLicence | None:
    """What the file declares, else what a document declares of it; an override goes first."""
    about = declared.about(path)
    outside = FileLicence(about.licence, about.evidence) if about and about.licence else None
    if outside and about and about.overrides:
        return outside
    return (file_licence(text, path=path, kind=kind) if text else None) or outside


def _foreign(
    text: str | None, path: str, declared: Declarations, holders: Sequence[str]
) -> str | None:
    """What names a holder that is not the organisation, or None."""
    if not holders:
        return None
    inside = list(holders_of(text)) if text else []
    about = declared.about(path)
    if about and (about.overrides or not inside):
        outside = foreign_holder(about.holders, holders)
        if outside:
            return f"copyright of {outside.name}, {about.evidence}"
        if about.overrides and about.holders:
            return None
    found = foreign_holder(inside, holders)
    return f"copyright of {found.name}, line {found.line}" if found else None


_NOTHING: Final[list[dict[str, Any]]] = []


def _copied(copies: pa.Table | None) -> dict[str, list[dict[str, Any]]]:
    """The copied spans of each item."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in copies.to_pylist() if copies is not None else ():
        found.setdefault(row["item"], []).append(row)
    return found


def _evidence(spans: Sequence[Mapping[str, Any]]) -> str | None:
    """What says that a file is mostly a copy: its main source, with its licence and the share."""
    share = min(1.0, sum(one["share"] for one in spans))
    if share < MOSTLY:
        return None
    main = max(spans, key=lambda one: (one["words"], one["source"]))
    licence = main["source_licence"] or "no licence found"
    return f"copy of {main['source']} ({licence}), {share:.0%} of its lines"


def _lines(spans: Iterable[Mapping[str, Any]]) -> list[dict[str, int]]:
    """The copied lines, spans that overlap or touch as one."""
    merged: list[list[int]] = []
    for start, end in sorted((one["start"], one["start"] + one["lines"]) for one in spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    return [{"start": start, "lines": end - start} for start, end in merged]


def _claims(attributes: Mapping[str, str] | Sequence[str]) -> Attributes:
    if isinstance(attributes, Mapping):
        return read_attributes(attributes)
    return read_attributes({".gitattributes": "\n".join(attributes)})
