"""All detectors over a table of texts, as one table of findings beside it.

Each text is encoded once, and the detectors work on its bytes.
"""

import pyarrow as pa

from byline.errors import InputError
from byline.privacy.names import NameMatcher
from byline.privacy.personal import find_personal_in
from byline.privacy.schema import FINDINGS
from byline.privacy.secrets import find_secrets_in
from byline.privacy.spans import Finding, line_numbers, merged


def find_in_text(text: str, *, names: NameMatcher | None = None) -> list[Finding]:
    """Everything the detectors see in one text: no overlaps (a secret wins), in order of place."""
    data = text.encode("utf-8")
    seen = find_secrets_in(data) + find_personal_in(data)
    if names is not None:
        seen += names.find(text)
    return merged(seen)


def find(table: pa.Table, *, field: str = "text", names: NameMatcher | None = None) -> pa.Table:
    """Find secrets, personal data and known people in a column of texts.

    Args:
        table: Has the columns ``item`` and `field` (strings; a null text has no findings).
        field: The column that holds the texts; it is written into each finding.
        names: The people to look for; None looks for none.

    Returns:
        One row for each finding (schema `FINDINGS`), in the order of the items and then of place.

    Raises:
        InputError: A column is missing.
    """
    for column in ("item", field):
        if column not in table.column_names:
            raise InputError(f"the table to scan has no column {column!r}")
    columns: dict[str, list[object]] = {name: [] for name in FINDINGS.names}
    items = table["item"].to_pylist()
    for item, text in zip(items, table[field].to_pylist(), strict=True):
        if text:
            _append(columns, item, field, text, find_in_text(text, names=names))
    return pa.table(columns, schema=FINDINGS)


def _append(
    columns: dict[str, list[object]], item: str, field: str, text: str, found: list[Finding]
) -> None:
    lines = line_numbers(text, [one.start for one in found])
    for one, line in zip(found, lines, strict=True):
        row = (
            item,
            field,
            one.detector,
            one.version,
            one.category,
            one.kind,
            one.start,
            one.end,
            line,
        )
        for name, value in zip(FINDINGS.names, row, strict=True):
            columns[name].append(value)
