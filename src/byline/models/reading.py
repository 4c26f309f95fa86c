"""What a run really read: the sidecar with how often each span was read, and sums an example.

Invariant: a span's count is the number of times that its row went through the model; nothing is
estimated.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from byline.models.packing import Packed
from byline.workspace.files import replacing, write_table

READ = pa.field("times_read", pa.int32(), nullable=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """Counts of a run: examples in the data, those read at all, and tokens read of examples."""

    examples: int
    examples_read: int
    tokens_read: int


def write_reading(packed: Packed, times: npt.NDArray[np.int32], *, directory: Path) -> Reading:
    """Write `sidecar.parquet` and `examples.parquet` of a run into `directory`.

    Args:
        packed: The rows of the run.
        times: How often each row was read, `[rows]`.
        directory: The model's folder.
    """
    counts = pq.read_table(packed.counts)
    read = np.zeros(len(counts), dtype=np.int64)
    example = -1
    with (
        pq.ParquetFile(packed.sidecar) as source,
        replacing(directory / "sidecar.parquet") as aside,
        pq.ParquetWriter(aside, source.schema_arrow.append(READ), compression="zstd") as writer,
    ):
        for batch in source.iter_batches():
            spans = pa.Table.from_batches([batch])
            often = times[spans["row"].to_numpy()]
            # Spans lie in the order of the examples, and each example's first starts at token 0.
            places = example + np.cumsum(spans["example_start_token"].to_numpy() == 0)
            sizes = spans["end"].to_numpy() - spans["start"].to_numpy()
            np.add.at(read, places, sizes.astype(np.int64) * often)
            example = int(places[-1])
            writer.write_table(spans.append_column(READ, pa.array(often, READ.type)))
    table = counts.append_column("tokens_read", pa.array(read, pa.int64()))
    write_table(directory / "examples.parquet", table)
    return Reading(
        examples=len(counts),
        examples_read=int(np.count_nonzero(read)),
        tokens_read=int(read.sum()),
    )
