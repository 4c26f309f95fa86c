"""Labels: what the corpus detectors think of each file, beside the work and never in it."""

import pyarrow as pa

RULE = pa.struct(
    [
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("limit", pa.float64(), nullable=False),
        pa.field("keep", pa.bool_(), nullable=False),
    ]
)

LINES = pa.struct(
    [
        pa.field("start", pa.int32(), nullable=False),  # first line, counted from 1
        pa.field("lines", pa.int32(), nullable=False),
    ]
)
LABELS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("repository", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("language", pa.string()),  # "Python", or null where nothing says
        pa.field("kind", pa.string(), nullable=False),  # programming | markup | data | prose
        pa.field("licence", pa.string()),  # SPDX expression declared by the file itself
        pa.field("licence_evidence", pa.string()),  # "SPDX tag, line 1"
        pa.field("generated", pa.string()),  # the evidence, or null
        pa.field("vendored", pa.string()),  # the evidence, or null: another project's, by its marks
        pa.field("copied", pa.string()),  # the evidence, or null: mostly a copy of the corpus
        pa.field("copied_lines", pa.list_(LINES)),  # of the text: copies of the corpus
        pa.field("copied_before", pa.list_(LINES)),  # of the before-state of an edit
        pa.field("quality", pa.list_(RULE), nullable=False),
    ]
)
