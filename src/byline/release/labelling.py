"""Copies of third parties' files, and the labels of files and edits, for one repository."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byline.engine.executor import Executor, Progress
from byline.engine.stage import Partition, run_stage
from byline.release import stages
from byline.release.provenance import Provenance
from byline.work.git.collect import Collected
from byline.workspace.files import sha256_text


@dataclass(frozen=True)
class Labelled:
    """Copies found in a repository's files and edits, and the labels; in the order of the work."""

    file_copies: Sequence[Partition]
    edit_copies: Sequence[Partition]
    files: Sequence[Partition]
    edits: Sequence[Partition]


def label_parameters(
    provenance: Provenance, attributes: Mapping[str, str], documents: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """What a repository's files are labelled with, and what identifies it."""
    parameters = {
        "attributes": attributes, "documents": documents, "holders": provenance.holders,
    }  # fmt: skip
    identity = sha256_text(
        repr(sorted(attributes.items())), repr(sorted(documents.items())), repr(provenance.holders)
    )
    return parameters, identity


def labelled(
    collected: Collected,
    provenance: Provenance,
    *,
    attributes: Mapping[str, str],
    documents: Mapping[str, str],
    tables: Path,
    executor: Executor,
    progress: Progress,
) -> Labelled:
    """Find copies and label the files and edits of a repository.

    Args:
        collected: Its work.
        provenance: What is known of third parties.
        attributes: Its ``.gitattributes``, path to text.
        documents: Its documents that declare licences and holders, path to text.
        tables: The folder of all tables.
        executor: What runs the tasks.
        progress: Told how far it is.
    """

    def run(stage: Any, groups: Sequence[Sequence[Partition]], **how: Any) -> list[Partition]:
        named = [(group[0].name, group) for group in groups]
        return run_stage(
            stage, named, tables=tables, executor=executor, progress=progress, **how
        )  # fmt: skip

    corpus = provenance.corpus
    parameters, identity = label_parameters(provenance, attributes, documents)
    how: dict[str, Any] = {"parameters": parameters, "fingerprint": identity}
    files, edits = [(part,) for part in collected.files], [(part,) for part in collected.edits]
    if corpus is None:
        return Labelled(
            (), (), run(stages.FILE_LABELS, files, **how), run(stages.EDIT_LABELS, edits, **how)
        )
    search: dict[str, Any] = {"parameters": {"corpus": corpus}, "fingerprint": corpus.key}
    in_files = run(stages.FILE_COPIES, files, **search)
    in_edits = run(stages.EDIT_COPIES, edits, **search)
    return Labelled(
        in_files,
        in_edits,
        run(stages.FILE_LABELS, list(zip(collected.files, in_files, strict=True)), **how),
        run(stages.EDIT_LABELS, list(zip(collected.edits, in_edits, strict=True)), **how),
    )
