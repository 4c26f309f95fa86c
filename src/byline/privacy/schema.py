"""Findings: what detectors saw in texts, written beside the work and never into it (law 12)."""

import pyarrow as pa

FINDINGS = pa.schema(
    [
        pa.field("item", pa.string(), nullable=False),
        pa.field("field", pa.string(), nullable=False),  # the column of the work table: "text", …
        pa.field("detector", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),  # secret | personal
        pa.field("kind", pa.string(), nullable=False),  # "aws-access-key", "email", "name", …
        pa.field("start", pa.int32(), nullable=False),  # code points into the text
        pa.field("end", pa.int32(), nullable=False),
        pa.field("line", pa.int32(), nullable=False),  # from 1, of `start`
    ]
)
"""The secret itself is never stored."""
