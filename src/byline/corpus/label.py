"""Labels of files: language, licence, generated, vendored and quality, one row for each file."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from byline.corpus.attributes import Attributes, read_attributes
from byline.corpus.generated import generated
from byline.corpus.languages import language_of
from byline.corpus.licences import file_licence
from byline.corpus.quality import quality
from byline.corpus.schema import LABELS
from byline.corpus.vendored import vendored
from byline.errors import InputError

NEEDED = ("item", "repository", "path", "text")


def label(files: pa.Table, *, attributes: Mapping[str, str] | Sequence[str] = ()) -> pa.Table:
    """What the detectors think of each file.

    Args:
        files: Files of one repository with the columns ``item``, ``repository``, ``path`` and
            ``text`` (null where the file was not collected: then only its path is judged).
        attributes: The repository's ``.gitattributes``: path to text, or the texts of root ones.

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
    paths, texts = files["path"].to_pylist(), files["text"].to_pylist()
    pairs = list(zip(paths, texts, strict=True))
    languages = [language_of(path, text) for path, text in pairs]
    names = [one.name if one else None for one in languages]
    kinds = [one.kind if one else "data" for one in languages]
    licences = [
        file_licence(text, path=path, kind=kind) if text else None
        for (path, text), kind in zip(pairs, kinds, strict=True)
    ]
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
            "vendored": [vendored(path, attributes=claims) for path in paths],
            "quality": quality(files["text"], kinds=kinds, languages=names),
        },
        schema=LABELS,
    )


def _claims(attributes: Mapping[str, str] | Sequence[str]) -> Attributes:
    if isinstance(attributes, Mapping):
        return read_attributes(attributes)
    return read_attributes({".gitattributes": "\n".join(attributes)})
